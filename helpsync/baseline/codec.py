"""JSON that helpsync keeps on disk: one reader that checks it, and the form of records and baselines.

A schema library would name a damaged place without the address it belongs to: for msgspec and cattrs every key of a
mapping is `[...]`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from helpsync.baseline.record import Baseline, HeadingIds, LocaleRecord, Record, digest
from helpsync.errors import ConfigError, Location
from helpsync.locales import LOCALES
from helpsync.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")

FORMAT = "helpsync.baseline/1"
KINDS: tuple[Kind, ...] = get_args(Kind)
HEADING_IDS: tuple[HeadingIds, ...] = get_args(HeadingIds)
_BLOB = re.compile(r"[0-9a-f]{40}")


class DataError(ValueError):
    """A file has something that helpsync does not write; the message begins with the place in the file."""

    def __init__(self, what: str, *path: str) -> None:
        super().__init__(f"{'.'.join(path) or 'it'} {what}")
        self.what = what
        self.path = path

    def inside(self, *path: str) -> DataError:
        """Return the same error for the value that holds this one at `path`."""
        return DataError(self.what, *path, *self.path)


class NotJsonError(DataError):
    """A text is not JSON; `line` is where, None if unknown."""

    def __init__(self, line: int | None) -> None:
        super().__init__("is not JSON")
        self.line = line


class RepeatedKeyError(DataError):
    """A JSON object has a `key` twice: Python's reader would take the last one without a word."""

    def __init__(self, key: str) -> None:
        super().__init__(f"has “{key}” twice")
        self.key = key


class JsonObject:
    """A JSON object that checks its members as they are read; every method raises DataError.

    With `optional`, a member that is absent is empty.
    """

    __slots__ = ("values",)

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise DataError("is not an object")
        self.values: dict[str, Any] = value

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str) -> str:
        """Return a text."""
        value = self.values.get(key)
        if not isinstance(value, str):
            raise self._wrong(key, "is not text")
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a text, None if it is absent or null."""
        return None if self.values.get(key) is None else self.text(key)

    def optional_integer(self, key: str) -> int | None:
        """Return a whole number, None if it is absent or null."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, int):
            raise DataError("is not a whole number", key)
        return value

    def optional_choice(self, key: str, choices: tuple[T, ...]) -> T | None:
        """Return one of the choices, None if it is absent or null."""
        return None if self.values.get(key) is None else self.choice(key, choices)

    def flag(self, key: str) -> bool:
        """Return whether a member is true."""
        return self.values.get(key) is True

    def count(self, key: str) -> int:
        """Return a number of things."""
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong(key, "is not a count")
        return value

    def choice(self, key: str, choices: tuple[T, ...]) -> T:
        """Return one of the choices."""
        value = self.values.get(key)
        for choice in choices:
            if choice == value:
                return choice
        raise self._wrong(key, f"is {value!r}, not one of {', '.join(map(str, choices))}")

    def moment(self, key: str) -> datetime:
        """Return a point in time, which must have a UTC offset."""
        try:
            found = datetime.fromisoformat(self.text(key))
        except DataError:
            raise
        except ValueError:
            raise DataError("is not a time", key) from None
        if found.tzinfo is None:
            raise DataError("is a time without its offset", key)
        return found

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self.values.get(key, [] if optional else None)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self._wrong(key, "is not a list of texts")
        return tuple(values)

    def text_map(self, key: str, *, optional: bool = False) -> dict[str, str]:
        """Return an object whose members are texts."""
        values = self._dict(key, optional=optional)
        if not all(isinstance(value, str) for value in values.values()):
            raise DataError("is not text", key, next(name for name, value in values.items() if not _is_text(value)))
        return values

    def optional_text_map(self, key: str) -> dict[str, str | None]:
        """Return an object whose members are texts or null."""
        values = self._dict(key)
        for name, value in values.items():
            if value is not None and not isinstance(value, str):
                raise DataError("is neither text nor null", key, name)
        return values

    def nested(self, key: str, read: Callable[[JsonObject], T]) -> T:
        """Return an object as `read` returns it."""
        return _read(self._dict(key), read, key)

    def members(self, key: str, read: Callable[[JsonObject, str], T], *, optional: bool = False) -> dict[str, T]:
        """Return an object, each member as a method here reads it: `members("images", JsonObject.text_map)`."""
        holder = JsonObject(self._dict(key, optional=optional))
        try:
            return {name: read(holder, name) for name in holder.values}
        except DataError as error:
            raise error.inside(key) from None

    def each(self, key: str, read: Callable[[JsonObject], T], *, optional: bool = False) -> dict[str, T]:
        """Return an object whose members are objects, each as `read` returns it."""
        return {name: _read(value, read, key, name) for name, value in self._dict(key, optional=optional).items()}

    def each_or_none(self, key: str, read: Callable[[JsonObject], T]) -> dict[str, T | None]:
        """Return the same as `each`, with None for null."""
        values = self._dict(key)
        return {name: None if value is None else _read(value, read, key, name) for name, value in values.items()}

    def items(self, key: str, read: Callable[[JsonObject], T]) -> list[T]:
        """Return a list of objects, each as `read` returns it."""
        return [_read(value, read, key, str(number)) for number, value in enumerate(self._list(key))]

    def rows(self, key: str, width: int) -> list[list[str | None]]:
        """Return a list of lists, each of `width` texts or nulls."""
        rows = self._list(key)
        for number, row in enumerate(rows):
            whole = isinstance(row, list) and len(row) == width
            if not whole or not all(value is None or isinstance(value, str) for value in row):
                raise DataError(f"is not a list of {width} texts", key, str(number))
        return rows

    def _dict(self, key: str, *, optional: bool = False) -> dict[str, Any]:
        value = self.values.get(key, {} if optional else None)
        if not isinstance(value, dict):
            raise self._wrong(key, "is not an object")
        return value

    def _list(self, key: str) -> list[Any]:
        value = self.values.get(key)
        if not isinstance(value, list):
            raise self._wrong(key, "is not a list")
        return value

    def _wrong(self, key: str, what: str) -> DataError:
        return DataError(what if key in self.values else "is missing", key)


def _read(value: object, read: Callable[[JsonObject], T], *path: str) -> T:
    try:
        return read(JsonObject(value))
    except DataError as error:
        raise error.inside(*path) from None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def parse_object(text: str | bytes, *, strict: bool = False) -> JsonObject:
    """Return the JSON object that a text is; raises DataError.

    With `strict` a key that appears twice, and half a character that could not be written back, are errors too.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique if strict else None)
        if strict and isinstance(text, str) and "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except DataError:
        raise
    except (ValueError, RecursionError) as error:
        raise NotJsonError(getattr(error, "lineno", None)) from None
    return JsonObject(value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise RepeatedKeyError(next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1))
    return value


def dump_json(value: object) -> str:
    """Return a value as JSON on one line, without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def dump_lines(lines: Iterable[Mapping[str, object]]) -> str:
    """Return JSON objects, one a line."""
    return "".join(dump_json(line) + "\n" for line in lines)


# Records and baselines ------------------------------------------------------------------------------------------------


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


def record_from_json(value: JsonObject) -> Record:
    """Return the record; raises DataError."""
    return Record(
        kind=value.choice("kind", KINDS),
        id=value.text("id"),
        parent=value.optional_text("parent"),
        locales=_locales(value.each("locales", _locale_from_json, optional=True)),
        removed=value.flag("gone"),
        removed_from=value.optional_text("removed_from"),
    )


def _locales(locales: dict[str, LocaleRecord]) -> dict[str, LocaleRecord]:
    for locale in locales:
        if locale not in LOCALES:
            raise DataError("is not one of Intercom's locales", "locales", locale)
    return locales


def _locale_from_json(value: JsonObject) -> LocaleRecord:
    blob = value.optional_text("blob")
    if blob is not None and not _BLOB.fullmatch(blob):  # it names a file, and goes to git
        raise DataError(f"is {blob!r}, not git's id of a file", "blob")
    return LocaleRecord(
        blob=blob,
        pushed=value.text_map("sent", optional=True),
        remote=value.text_map("seen", optional=True),
        stored_digest=value.optional_text("scrub"),
        url=value.optional_text("url"),
        links=value.texts("links", optional=True),
        anchors=value.text_map("anchors", optional=True),
        images=value.text_map("images", optional=True),
        removed=value.flag("gone"),
        prior_state=value.optional_text("was"),
        dialect=value.optional_text("dialect"),
    )


def record_digest(record: Record | None) -> str | None:
    """Return a short digest that tells a record from its earlier and later forms, None for no record."""
    return None if record is None else digest(dump_json(record_to_json(record)))


def dump_baseline(baseline: Baseline) -> str:
    """Return the baseline as a text, sorted, with one address a line, so that git merges it."""
    head = {
        "format": FORMAT,
        "workspace": baseline.workspace_id,
        "base_url": baseline.base_url,
        "dialect": baseline.dialect,
        "heading_ids": baseline.heading_ids,
    }
    lines = [f"{dump_json(key)}: {dump_json(value)}," for key, value in head.items()]
    records = sorted(baseline.records.items())
    entries = [f"{dump_json(address)}: {dump_json(record_to_json(record))}" for address, record in records]
    return "{\n" + "\n".join(lines) + '\n"addresses": {\n' + ",\n".join(entries) + "\n}}\n"


def parse_baseline(text: str, *, label: str, way_out: str) -> Baseline:
    """Return the baseline that a text has; `label` says where it is from, `way_out` is the hint if it is damaged.

    Raises ConfigError if it is damaged, half merged or of a later version.
    """
    try:
        value = parse_object(text, strict=True)
        found = value.values.get("format")
        if found != FORMAT and "format" in value:
            raise ConfigError(
                f"the baseline's format is {found!r}; this version of helpsync reads {FORMAT}",
                location=Location(label),
                hint="use the version of helpsync that wrote it, or a later one",
            )
        value.text("format")
        baseline = Baseline(
            workspace_id=value.text("workspace"),
            base_url=value.text("base_url"),
            dialect=value.text("dialect"),
            heading_ids=next((each for each in HEADING_IDS if each == value.values.get("heading_ids")), None),
            records=value.each("addresses", record_from_json),
        )
    except RepeatedKeyError as error:
        hint = "keep the line that is right and remove the other, as after a merge that kept both sides"
        raise ConfigError(f"the baseline is damaged: {error}", location=Location(label), hint=hint) from None
    except NotJsonError as error:
        merged = any(mark in text for mark in ("<<<<<<< ", "=======\n", ">>>>>>> "))
        message = "the baseline has conflict markers of a merge" if merged else "the baseline is not JSON"
        hint = "keep the line of each address from one side, remove the markers" if merged else way_out
        raise ConfigError(message, location=Location(label, error.line), hint=hint) from None
    except DataError as error:
        raise ConfigError(f"the baseline is damaged: {error}", location=Location(label), hint=way_out) from None
    _refuse_shared_items(baseline.records, label)
    return baseline


def _refuse_shared_items(records: Mapping[str, Record], label: str) -> None:
    """Raise ConfigError if two addresses have one item, as a merge of a move and an edit can leave them."""
    owners: dict[tuple[str, str], str] = {}
    for address, record in sorted(records.items()):
        if record.removed:
            continue
        other = owners.setdefault((record.kind, record.id), address)
        if other != address:
            raise ConfigError(
                f"the baseline is damaged: {other} and {address} both have {record.kind} {record.id}",
                location=Location(label),
                hint="keep the line of the address that the content tree has, remove the other",
            )
