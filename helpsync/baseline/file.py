"""The file baseline: one JSON file a remote, sorted, one address a line, so that git merges it."""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from helpsync.baseline.durable import flush, write_whole
from helpsync.baseline.records import Baseline, LocaleRecord, Record
from helpsync.errors import ConfigError, Location
from helpsync.locales import LOCALES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = "helpsync.baseline/1"
_KINDS = ("article", "collection", "section")
_BLOB = re.compile(r"[0-9a-f]{40}")
_MAPS = ("sent", "seen", "anchors", "images")


def record_to_json(record: Record) -> dict[str, Any]:
    """Return the record as JSON values, without what is empty."""
    value: dict[str, Any] = {"kind": record.kind, "id": record.id}
    if record.parent is not None:
        value["parent"] = record.parent
    if record.removed:
        value["gone"] = True
    if record.removed_from is not None:
        value["removed_from"] = record.removed_from
    value["locales"] = {locale: _locale_to_json(text) for locale, text in sorted(record.locales.items())}
    return value


def _locale_to_json(text: LocaleRecord) -> dict[str, Any]:
    value = {
        "blob": text.blob,
        "sent": dict(sorted(text.pushed.items())),
        "seen": dict(sorted(text.remote.items())),
        "scrub": text.stored_digest,
        "url": text.url,
        "links": list(text.links),
        "anchors": dict(sorted(text.anchors.items())),
        "images": dict(sorted(text.images.items())),
        "gone": text.removed,
        "was": text.prior_state,
        "dialect": text.dialect,
    }
    return {key: item for key, item in value.items() if item}


def record_from_json(value: object) -> Record:
    """Return the record; raises ValueError saying what is wrong with it."""
    entry = _mapping(value, "an entry")
    if entry.get("kind") not in _KINDS:
        raise ValueError(f"kind is {entry.get('kind')!r}, not one of {', '.join(_KINDS)}")
    if not isinstance(entry.get("id"), str):
        raise ValueError("id is not a text")  # noqa: TRY004  # all that a file can hold wrongly is one kind
    locales = {}
    for locale, text in _mapping(entry.get("locales", {}), "locales").items():
        if locale not in LOCALES:
            raise ValueError(f"{locale!r} is not one of Intercom's locales")
        locales[locale] = _locale_from_json(_mapping(text, locale))
    return Record(
        kind=entry["kind"],
        id=entry["id"],
        parent=_text(entry, "parent"),
        locales=locales,
        removed=entry.get("gone") is True,
        removed_from=_text(entry, "removed_from"),
    )


def _locale_from_json(value: Mapping[str, Any]) -> LocaleRecord:
    maps = {}
    for name in _MAPS:
        maps[name] = _mapping(value.get(name, {}), name)
        if not all(isinstance(item, str) for item in maps[name].values()):
            raise ValueError(f"{name} holds something that is not a text")
    links = value.get("links", [])
    if not isinstance(links, list) or not all(isinstance(item, str) for item in links):
        raise ValueError("links is not a list of texts")
    blob = _text(value, "blob")
    if blob is not None and not _BLOB.fullmatch(blob):  # it names a file, and goes to git
        raise ValueError(f"blob is {blob!r}, not git's id of a file")
    return LocaleRecord(
        blob=blob,
        stored_digest=_text(value, "scrub"),
        url=_text(value, "url"),
        links=tuple(links),
        removed=value.get("gone") is True,
        prior_state=_text(value, "was"),
        dialect=_text(value, "dialect"),
        pushed=maps["sent"],
        remote=maps["seen"],
        anchors=maps["anchors"],
        images=maps["images"],
    )


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not an object")  # noqa: TRY004  # all that a file can hold wrongly is one kind
    return value


def _text(value: Mapping[str, Any], name: str) -> str | None:
    item = value.get(name)
    if item is not None and not isinstance(item, str):
        raise ValueError(f"{name} is not a text")
    return item


def read_baseline(path: Path, *, shown: str) -> Baseline | None:
    """Return the baseline, or None where there is none yet; `shown` is the path for messages.

    Raises ConfigError with the way out when the file is damaged, half-merged or of a later version.
    """
    way_out = "bring the last good one back: git checkout -- " + shown
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"the baseline can't be read: {why}", location=Location(shown), hint=way_out) from None
    return parse_baseline(text, shown=shown, way_out=way_out)


def parse_baseline(text: str, *, shown: str, way_out: str) -> Baseline:
    """Return the baseline that a text holds; `shown` is where it is from, `way_out` the hint for a damaged one.

    Raises ConfigError when it is damaged, half-merged or of a later version.
    """
    try:
        value = json.loads(text, object_pairs_hook=_each_once)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # half a character, escaped, could not be written again
    except _TwiceError as error:
        raise ConfigError(
            f"the baseline is damaged: it has “{error}” twice",
            location=Location(shown),
            hint="keep the line that is right and remove the other, as after a merge that kept both sides",
        ) from None
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        merged = any(mark in text for mark in ("<<<<<<< ", "=======\n", ">>>>>>> "))
        message = "the baseline holds conflict markers of a merge" if merged else "the baseline is not JSON"
        hint = "keep the line of each address from one side, remove the markers" if merged else way_out
        raise ConfigError(message, location=Location(shown, line), hint=hint) from None
    try:
        if _mapping(value, "it")["format"] != FORMAT:
            raise ConfigError(
                f"the baseline's format is {value['format']!r}; this version of helpsync reads {FORMAT}",
                location=Location(shown),
                hint="use the version of helpsync that wrote it, or a later one",
            )
        records = {address: record_from_json(entry) for address, entry in _mapping(value["addresses"], "it").items()}
        _refuse_sharing(records, shown)
        return Baseline(
            workspace_id=_named(value, "workspace"),
            base_url=_named(value, "base_url"),
            dialect=_named(value, "dialect"),
            heading_ids=value.get("heading_ids") if value.get("heading_ids") in ("keep", "renew") else None,
            records=records,
        )
    except KeyError as error:
        message = f"the baseline is damaged: it has no {error.args[0]}"
        raise ConfigError(message, location=Location(shown), hint=way_out) from None
    except ValueError as error:
        raise ConfigError(f"the baseline is damaged: {error}", location=Location(shown), hint=way_out) from None


class _TwiceError(ValueError):
    """A key is there twice: JSON's readers would take the last one without a word."""


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _TwiceError(next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1))
    return value


def _named(value: Mapping[str, Any], name: str) -> str:
    text = value[name]
    if not isinstance(text, str):
        raise ValueError(f"{name} is not a text")  # noqa: TRY004  # all that a file can hold wrongly is one kind
    return text


def _refuse_sharing(records: Mapping[str, Record], shown: str) -> None:
    """Raise ConfigError where two addresses claim one item, as a merge of a move and an edit can leave them."""
    holders: dict[tuple[str, str], str] = {}
    for address, record in sorted(records.items()):
        if record.removed:
            continue
        other = holders.setdefault((record.kind, record.id), address)
        if other != address:
            raise ConfigError(
                f"the baseline is damaged: {other} and {address} both stand for {record.kind} {record.id}",
                location=Location(shown),
                hint="keep the line of the address that the content tree has, remove the other",
            )


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write the baseline, if it says anything new; a reader or a crash meets the old file or the new one whole.

    It is on the disk when the call returns, so that the journal may go. Same value, same bytes. Raises OSError with the
    file's name where it can't be written.
    """
    text = dump_baseline(baseline)
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") == text:
            flush(path)  # who wrote it may have died before that
            return
    write_whole(path, text)


def dump_baseline(baseline: Baseline) -> str:
    """Return the baseline as a text with one address a line."""
    head = {
        "format": FORMAT,
        "workspace": baseline.workspace_id,
        "base_url": baseline.base_url,
        "dialect": baseline.dialect,
        "heading_ids": baseline.heading_ids,
    }
    lines = [f"{_dump(key)}: {_dump(value)}," for key, value in head.items()]
    entries = [f"{_dump(key)}: {_dump(record_to_json(record))}" for key, record in sorted(baseline.records.items())]
    return "{\n" + "\n".join(lines) + '\n"addresses": {\n' + ",\n".join(entries) + "\n}}\n"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
