"""Links remote items to files where the baseline does not: the decisions of `helpsync adopt`."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal, TypeAlias
from unicodedata import normalize

from helpsync.baseline import Record
from helpsync.errors import ConfigError
from helpsync.locales import LOCALES
from helpsync.model import Article
from helpsync.plan.matches import by_depth, folded, is_managed, title_of, url_or_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.model import Address, HelpCenter, Item, Kind, LocaleCode
    from helpsync.plan.build import Planned
    from helpsync.plan.plan import LocaleChange

By: TypeAlias = Literal["id", "title"]

_URL = re.compile(
    r"https?://(?P<host>[^/?#]+)(?P<path>/[^?#]*?)??(?:/(?P<locale>[A-Za-z]{2}(?:-[A-Za-z]{2})?))?"
    r"/(?P<what>articles|collections|sections)/(?P<id>\d+)(?:-[^/?#]*)?/?(?:[?#].*)?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Linked:
    """A remote item that belongs to an address from now on, with its new record.

    `previous` is the address that had the record, `left` the id that the address had before.
    """

    address: Address
    item: Item
    record: Record
    previous: Address | None = None
    left: str | None = None


@dataclass(frozen=True, slots=True)
class Unlinked:
    """An address that could not be linked, and why."""

    address: Address
    message: str
    hint: str | None = None


@dataclass(slots=True)
class Adoption:
    """What is linked, what could not be, what was linked already, and what has no counterpart in Intercom."""

    linked: list[Linked] = field(default_factory=list)
    unlinked: list[Unlinked] = field(default_factory=list)
    already: list[Address] = field(default_factory=list)
    new: list[Address] = field(default_factory=list)

    def records(self) -> dict[Address, Record | None]:
        """Return the changes of the baseline: the new records, and None for an address that lost its record."""
        changed: dict[Address, Record | None] = {each.previous: None for each in self.linked if each.previous}
        return changed | {each.address: each.record for each in self.linked}


def adoption_targets(arguments: Iterable[str], desired: HelpCenter, bases: frozenset[str]) -> dict[Address, str | None]:
    """Return the id for each address that is given as ``address=ID`` or ``address=URL``, None for ``address`` alone.

    Raises ConfigError for an address that is not in the tree or is given twice, and for anything but an id or a URL of
    an article or collection of this help center.
    """
    items = {item.address or "": item for item in desired.items}
    found: dict[Address, str | None] = {}
    for argument in arguments:
        text = normalize("NFC", argument)
        address, _, target = (text, "", "") if text in items else text.partition("=")
        if address not in items:
            raise ConfigError(f"{address}: no such address in the content tree", hint=_near(address, items))
        if address in found:
            raise ConfigError(f"{address} is named twice")
        if "=" in text and text not in items:
            found[address] = _id_of(target.strip(), items[address], bases)
        else:
            found[address] = None
    return found


def _near(address: str, items: Mapping[Address, Item]) -> str:
    near = f"{address}/" if f"{address}/" in items else next(iter(get_close_matches(address, items, n=1)), None)
    if near:
        return f"did you mean {near}?"
    return "an address is a path below the content folder, without locale and ending; a folder's ends in /"


def _id_of(target: str, item: Item, bases: frozenset[str]) -> str:
    if target.isascii() and target.isdecimal() and int(target):
        return target
    match = _URL.fullmatch(target)
    if match is None or (match["locale"] and match["locale"] not in LOCALES):
        raise ConfigError(
            f"{target or 'nothing'}: neither an id nor the URL of an article or collection",
            hint="such as `billing/refunds=123`, or `billing/refunds=https://help.example.com/en/articles/123-refunds`",
        )
    base = f"{match['host']}{match['path'] or ''}".casefold()
    known = sorted(known for known in bases if known)
    if base not in {known.partition("://")[2].rstrip("/").casefold() for known in known}:
        hint = f"its URLs begin with {', '.join(known)}" if known else "it shows no URL of its own: give the id"
        raise ConfigError(f"{target}: not a URL of this help center", hint=hint)
    if (match["what"] == "articles") != isinstance(item, Article):
        what = "an article" if isinstance(item, Article) else f"a {item.kind}"
        raise ConfigError(f"{target}: this URL is not that of {what}, but {item.address} is {what}")
    return match["id"]


def adopt(planned: Planned, asked: Mapping[Address, str | None], by: By | None) -> Adoption:
    """Return which items are linked to which addresses. With nothing `asked`, all addresses without a link are tried.

    A requested id comes first, then the pin in the frontmatter (`by` id or None), then the only item with the same
    kind, parent and title (`by` title or None). Collections come first, so that parents are known. An item that is
    linked to another file of the tree is never taken from it.
    """
    adopter = _Adopter(planned, by, every=not asked)
    for item in (*by_depth(planned.desired.collections), *by_depth(planned.desired.articles)):
        address = item.address or ""
        if wanted := asked.get(address):
            adopter.link_id(address, item, wanted)
        elif address in asked or (not asked and is_managed(item)):
            adopter.link(address, item)
    return adopter.found


class _Adopter:
    """Links one address after the other; `every`: all addresses are tried, so finding nothing is no failure."""

    def __init__(self, planned: Planned, by: By | None, *, every: bool) -> None:
        self.found = Adoption()
        self._by = by
        self._every = every
        self._locale = planned.desired.default_locale
        self._records = planned.baseline.records
        self._matches = matches = planned.matching.matches
        self._by_id = {(item.kind, item.id): item for item in planned.scope.items}
        self._ids = {address: match.remote.id for address, match in matches.items() if match.remote}
        self._recorded_at = {(record.kind, record.id): address for address, record in self._records.items()}
        # An item belongs to an address by its record, or by the matching.
        self._owners: dict[tuple[Kind, str | None], Address] = {
            (record.kind, record.id): address
            for address, record in self._records.items()
            if not record.removed and address in matches and matches[address].remote is None
        }
        for address, match in matches.items():
            if match.remote and not match.adopted:
                self._owners[match.desired.kind, match.remote.id] = address
        self._shelves: defaultdict[tuple[str, str | None, str], list[Item]] = defaultdict(list)
        for item in planned.scope.items:
            self._shelves[item.kind, item.parent_id, folded(title_of(item, self._locale))].append(item)

    def link(self, address: Address, item: Item) -> None:
        """Link an address for which no id was requested."""
        match = self._matches.get(address)
        if match is not None and match.record is not None:
            self.found.already.append(address)
        elif item.pin and self._by != "title":
            self.link_id(address, item, item.pin)
        elif self._by == "id":
            if not self._every:
                self._fail(address, "its frontmatter has no `id:` for this remote", f"name it: {address}=ID")
        elif match is not None and match.adopted and match.remote and self._is_free(match.remote):
            self._link(address, item, match.remote)
        else:
            self._link_title(address, item)

    def link_id(self, address: Address, item: Item, wanted: str) -> None:
        """Link an address to the item with the wanted id."""
        found = self._by_id.get((item.kind, wanted))
        owner = self._owners.get((item.kind, wanted))
        match = self._matches.get(address)
        if item.pin and item.pin != wanted:
            self._fail(address, f"its frontmatter has `id: {item.pin}`", f"change that to {wanted}, or remove it")
        elif found is None:
            others = [f"{'an' if kind == 'article' else 'a'} {kind}" for kind, one in self._by_id if one == wanted]
            other = f": {wanted} is {others[0]}" if others else ""
            self._fail(address, f"Intercom has no {item.kind} {wanted}{other}")
        elif owner is not None and owner != address:
            self._fail(address, f"{item.kind} {wanted} is linked to {owner} already", f"remove or move {owner} first")
        elif match is not None and match.record is not None and owner == address:
            self.found.already.append(address)
        else:
            self._link(address, item, found)

    def _link_title(self, address: Address, item: Item) -> None:
        parent_id = self._ids.get(item.parent or "")
        if item.parent and parent_id is None:
            self._is_new(address, f"{item.parent} is not linked to anything yet", f"adopt {item.parent} first")
            return
        title = title_of(item, self._locale)
        free = [each for each in self._shelves[item.kind, parent_id, folded(title)] if self._is_free(each)]
        if len(free) == 1:
            self._link(address, item, free[0])
        elif free:
            named = ", ".join(f"#{other.id} {url_or_title(other, self._locale)}" for other in free)
            hint = f"name the one that is meant: {address}={free[0].id}"
            self._fail(address, f"several have this kind, parent and title: {named}", hint)
        else:
            message = f"Intercom has nothing unlinked of this kind, with this parent and the title “{title}”"
            self._is_new(address, message, f"name it: {address}=ID, or a push creates it")

    def _is_free(self, item: Item) -> bool:
        return (item.kind, item.id) not in self._owners

    def _link(self, address: Address, item: Item, found: Item) -> None:
        key = (found.kind, found.id or "")
        holder = self._recorded_at.get(key)
        if holder is not None:
            record = self._records[holder]
        else:
            parent = self._ids.get(item.parent or "")
            record = Record(found.kind, found.id or "", found.parent_id if found.parent_id == parent else None)
        own = self._records.get(address)
        left = own.id if own is not None and not own.removed and own.id != found.id else None
        previous = holder if holder != address else None
        self.found.linked.append(Linked(address, found, record, previous, left))
        self._owners[key] = address
        self._ids[address] = found.id

    def _is_new(self, address: Address, message: str, hint: str) -> None:
        """Note that an address has no counterpart, which is a failure only if it was named."""
        if self._every:
            self.found.new.append(address)
        else:
            self._fail(address, message, hint)

    def _fail(self, address: Address, message: str, hint: str | None = None) -> None:
        self.found.unlinked.append(Unlinked(address, message, hint))


def adoption_differences(planned: Planned, linked: Linked) -> str:
    """Return in which fields a linked address and Intercom differ; empty where they are equal.

    `planned` is a plan with the address linked.
    """
    said = []
    for item in planned.plan.attention:
        if item.address == linked.address and item.kind in ("conflict", "drift"):
            edits = sorted(item.edits.items())
            said += [_fields(locale, edit) for locale, edit in edits] or [item.message]
    for change in planned.plan.changes:
        if change.address == linked.address:
            known = linked.item.texts
            said += [
                _fields(locale, text) if locale in known else f"{locale} is not in Intercom yet"
                for locale, text in sorted(change.locales.items())
            ]
            said += ["its place"] if "parent" in change.fields else []
    if not said and linked.address not in planned.steps:
        return "can't be compared until the findings of `helpsync diff` are fixed"
    return ", ".join(said)


def _fields(locale: LocaleCode, text: LocaleChange) -> str:
    return f"{locale} {' and '.join([*text.fields, *(['body'] if text.body else [])])}"
