"""One page: its frontmatter, its body, and the conflict markers that a merge may have left in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from helpsync.content.discover import Found, blob_id
from helpsync.content.paths import path_of
from helpsync.errors import Location
from helpsync.findings import Issue, catalogue, finding
from helpsync.markdown import RenderContext, fence_after, render
from helpsync.model import Finding, Label, Source, Translation
from helpsync.settings import Fields, Key, Kind, Problem, YamlNode, fields, strict_yaml
from helpsync.visible import describe, first_hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from helpsync.content.links import Links
    from helpsync.content.paths import Place
    from helpsync.markdown import ImageTarget, Rendered
    from helpsync.model import Body, Finding, Text
    from helpsync.settings import Config, Pair

INTERCOM = "Intercom"
"""The name of Intercom's side in the conflict markers that helpsync writes; git writes the name of a branch there."""

_BOUNDARY = re.compile(r"---[ \t]*")
_BEGIN = re.compile(r"<{7}(?: .*)?")
_BASE = re.compile(r"\|{7}(?: .*)?")
_END = re.compile(r">{7}(?: (.*))?")


def conflict_markers(text: str, path: str) -> Iterator[Finding]:
    r"""Yield a finding for each conflict in a file's text, whose lines end in \n, at its first marker.

    In fenced code, which may show a conflict as an example, only those count that helpsync wrote.
    """
    for begin, _, _ in _conflicts(text):
        yield catalogue.UNRESOLVED_CONFLICT().at(Location(path, begin, 1))


def first_versions(text: str) -> str:
    r"""Return the text, whose lines end in \n, with the first version of each conflict.

    The other lines of a conflict become blank, so that every line keeps its number.
    """
    lines = text.split("\n")
    for begin, second, end in _conflicts(text):
        for number in (begin, *range(second, end + 1)):
            lines[number - 1] = ""
    return "\n".join(lines)


def _conflicts(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield the line numbers of three markers of each conflict: its begin, the end of its first version, its end."""
    if "<<<<<<<" not in text:
        return
    begin = second = 0
    fence = outer = mine = None
    parted = has_two = False
    in_head = bool(_BOUNDARY.fullmatch(text.partition("\n")[0]))
    for number, line in enumerate(text.split("\n"), 1):
        if _BEGIN.fullmatch(line):
            begin, outer, parted, has_two = number, fence, False, False
        elif begin and not has_two and (line == "=======" or _BASE.fullmatch(line)):
            mine, second = (mine, second) if parted else (fence, number)
            parted, has_two = True, line == "======="
        elif has_two and (end := _END.fullmatch(line)):
            if outer is None or (end[1] or "").startswith(INTERCOM):
                yield begin, second, number
            # Both versions may open a code block: go on as the first one does.
            begin, fence, has_two = 0, mine, False
        elif in_head:
            in_head = number == 1 or not _BOUNDARY.fullmatch(line)
        else:
            fence = fence_after(fence, line)


MAX_BYTES = 20_000_000
BOUNDARY = re.compile(r"^---[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """A file that could be read: its frontmatter, its source, and the line on which its body begins."""

    found: Found
    fields: Fields
    source: Source
    first_line: int

    @property
    def place(self) -> Place:
        """Return the address and locale of the page."""
        return self.found.place

    @property
    def title(self) -> str:
        """Return the title of an article or the name of a collection, "" without one."""
        return self.fields["name" if self.place.is_collection else "title"] or ""

    def at(self, key: str) -> Location:
        """Return the location of a frontmatter key, or the top of the file."""
        return self.source.at(key)

    @property
    def text_location(self) -> Location:
        """Return the line on which the text of the body begins, or the top of the file without text."""
        text = self.source.text
        blank = text[: len(text) - len(text.lstrip())].count("\n")
        return replace(self.at(""), line=self.first_line + blank) if text.strip() else self.at("")


def split_frontmatter(text: str) -> tuple[str, str] | None:
    r"""Return what is between the two boundary lines of a text with \n at its line ends, and what follows the second.

    None without both. Both parts begin with the line end of their boundary, so lines of the first count from 1 as in
    the file.
    """
    begin = BOUNDARY.match(text)
    end = BOUNDARY.search(text, begin.end()) if begin else None
    return (text[begin.end() : end.start()], text[end.end() :]) if begin and end else None


def _pins() -> Kind[dict[str, str]]:
    one = fields.identifier("a number above 0, or a mapping of remotes to numbers")
    mapping = fields.mapping_of(fields.identifier(), of="of remotes to numbers", named=lambda *_: True)

    def read(node: YamlNode, name: str, problems: list[Problem]) -> dict[str, str] | None:
        if isinstance(node.value, dict):
            return mapping.read(node, name, problems)
        value = one.read(node, name, problems)
        return None if value is None else {"": value}

    return Kind(one.expects, {"oneOf": [one.schema, mapping.schema]}, read)


ARTICLE_KEYS: tuple[Key[Any], ...] = (
    Key("title", fields.text(), "The article's title.", required=True, code="missing-title"),
    Key("description", fields.text(), "One line below the title."),
    Key("author", fields.as_written("an email, a name or an admin id"), "The teammate that the article belongs to."),
    Key("state", fields.choice("draft", "published"), "Whether readers see it."),
    Key("id", _pins(), "Pins an article in Intercom: a number, or one for each remote."),
    Key("source", fields.as_written("a digest, as text"), "In a translation: digest of the source text it translates."),
    Key("sync", fields.boolean(), "With false, helpsync leaves the article alone.", default=True),
)
COLLECTION_KEYS: tuple[Key[Any], ...] = (
    Key("name", fields.text(), "The name of the collection or section.", required=True, code="missing-title"),
    Key("description", fields.text(), "One line below the name; sections have none."),
    Key("id", _pins(), "Pins a collection or section in Intercom: a number, or one for each remote."),
)
ARTICLE = fields.table(ARTICLE_KEYS, hints={"locale": "the locale is in the name or the folder of the file"})
COLLECTION = fields.table(COLLECTION_KEYS, hints={"title": "a collection has a `name`"})

_SHOWN = ("title", "name", "description")
"""Keys whose text readers see."""

MAX_SHOWN = 40
"""How many characters of a text a message quotes."""

_ONLY_DEFAULT = ("id", "sync")
_ONLY_TRANSLATION = ("source",)


class PageReader:
    """Reads files one by one; what is wrong with them is added to `findings`."""

    def __init__(self, config: Config, findings: list[Finding]) -> None:
        self.config = config
        self.findings = findings

    def read(self, found: Found, data: bytes | None = None, *, unresolved: bool = False) -> Page | None:
        """Return the page, or None if the file or its frontmatter can't be used; `data` replaces the file's bytes.

        With `unresolved`, a file with conflict markers is read too, by the first version in each conflict.
        """
        data = self._bytes(found) if data is None else data
        raw = None if data is None else self._text(data, found.shown)
        if data is None or raw is None:
            return None
        if conflicts := [*conflict_markers(raw, found.shown)]:
            before = [*self.findings]
            page = self._page(found, data, first_versions(raw)) if unresolved else None
            # The conflict may be the reason for whatever else is wrong, so only that is reported.
            self.findings[:] = [*before, *conflicts]
            return page
        return self._page(found, data, raw)

    def _page(self, found: Found, data: bytes, raw: str) -> Page | None:
        parts = split_frontmatter(raw)
        if parts is None:
            self.findings.append(_no_frontmatter(raw, found.shown).at(Location(found.shown, 1)))
            return None
        head, body = parts
        problems: list[Problem] = []
        kind, keys = (COLLECTION, COLLECTION_KEYS) if found.place.is_collection else (ARTICLE, ARTICLE_KEYS)
        ignored = {*self.config.ignore_keys} - {key.name for key in keys}
        pairs = {name: pair for name, pair in _pairs(head, found.shown, problems).items() if name not in ignored}
        whole = YamlNode(pairs, Location(found.shown, 1, 1))
        values = kind.read(whole, "frontmatter", problems) if pairs or not problems else None
        if values is not None:
            self.findings += self._check(values, found)
        problems = [replace(each, hint=_other_tool(each)) if each.code == "unknown-key" else each for each in problems]
        self.findings += [finding(each.code, each.message, each.location, each.hint) for each in problems]
        if values is None:
            return None
        first_line = head.count("\n") + 2
        source = Source(found.shown, blob_id(data), body[1:], MappingProxyType(dict(values.keys)), first_line)
        return Page(found, values, source, first_line)

    def _bytes(self, found: Found) -> bytes | None:
        if found.size > MAX_BYTES:
            issue = catalogue.FILE_TOO_LARGE(size=found.size / 1e6, limit=MAX_BYTES // 1_000_000)
            self.findings.append(issue.at(Location(found.shown)))
            return None
        try:
            return found.disk.read_bytes()
        except OSError as error:
            self.findings.append(catalogue.FILE_NOT_OPENED(error=error.strerror).at(Location(found.shown)))
            return None

    def _text(self, data: bytes, path: str) -> str | None:
        try:
            raw = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")) + 1
            what = "UTF-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else f"byte 0x{data[error.start]:02x}"
            self.findings.append(catalogue.NOT_UTF8(found=what).at(Location(path, line, column)))
            return None
        raw = raw.replace("\r\n", "\n").replace("\r", "\n") if "\r" in raw else raw
        if "\0" in raw:
            at = raw.index("\0")
            place = Location(path, raw.count("\n", 0, at) + 1, at - raw.rfind("\n", 0, at))
            self.findings.append(catalogue.ZERO_BYTE().at(place))
            return None
        return raw

    def _check(self, values: Fields, found: Found) -> Iterator[Finding]:
        """Yield what is wrong with keys that can be read, each by itself."""
        default = self.config.default_locale
        translation = found.place.locale != default
        for name in _ONLY_DEFAULT if translation else _ONLY_TRANSLATION:
            if name in values.keys:
                text = catalogue.ONLY_IN_DEFAULT_LOCALE if translation else catalogue.ONLY_IN_TRANSLATION
                yield text(key=name, locale=default).at(values.keys[name])
        for name in _SHOWN:
            if name in values.values and name in values.nodes:
                yield from _doubts(name, values)
        pins: Mapping[str, Pair] | Any = values.nodes["id"].value if "id" in values.nodes else None
        for remote, pair in pins.items() if isinstance(pins, dict) else ():
            if remote not in self.config.remotes:
                hint = fields.did_you_mean(remote, tuple(self.config.remotes))
                yield catalogue.UNKNOWN_REMOTE(hint=hint, remote=remote).at(pair.key)


def _no_frontmatter(raw: str, path: str) -> Issue:
    if BOUNDARY.match(raw):
        return catalogue.FRONTMATTER_WITHOUT_END()
    if BOUNDARY.match(raw.lstrip()):
        return catalogue.TEXT_BEFORE_FRONTMATTER()
    return catalogue.NO_FRONTMATTER(key="name" if path.rpartition("/")[2].startswith("_") else "title")


def _pairs(head: str, path: str, problems: list[Problem]) -> Mapping[str, Pair]:
    """Return the keys of the frontmatter with their values, and add what is wrong to `problems`."""
    node = strict_yaml.load(head, path, problems)
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        issue = catalogue.NOT_KEYS(kind=node.kind)
        problems.append(Problem(issue.message, node.location, issue.hint, issue.code))
        return {}
    return node.value


def _other_tool(problem: Problem) -> str:
    return f"{problem.hint}; a key of another tool can be listed in `ignore_keys` in helpsync.yaml"


def _doubts(name: str, values: Fields) -> Iterator[Finding]:
    """Yield why readers would not see a text as it was written: a part is cut off, or a character doesn't show."""
    node, value = values.nodes[name], values[name]
    rest = f", so the `{name}` is {_short(value)}" if value else ""
    if node.comment is not None:
        yield catalogue.COMMENT_IN_TEXT(rest=rest).at(node.comment)
    if node.sign:
        yield catalogue.SIGN_BEFORE_TEXT(sign=node.sign, rest=rest).at(node.location)
    if hidden := first_hidden(value or ""):
        text = catalogue.TAB_IN_KEY if hidden == "\t" else catalogue.HIDDEN_IN_KEY
        yield text(key=name, character=describe(hidden)).at(node.location)


def _short(text: str) -> str:
    return f"only `{text}`" if len(text) <= MAX_SHOWN else f"only `…{text[-MAX_SHOWN:]}`"


def body_of(raw: str) -> str:
    r"""Return the body of a file whose lines end in \n, which is all of its text without frontmatter."""
    parts = split_frontmatter(raw)
    return parts[1][1:] if parts else raw


class TextReader:
    """Turns pages into the values of one tree: for the tree itself, for texts as last pushed, and for a pull.

    `links` knows the files of that tree, and `resolve_picture` says which picture an address in a file is.
    """

    def __init__(self, config: Config, links: Links, resolve_picture: Callable[[str, Place], ImageTarget]) -> None:
        self.config = config
        self.links = links
        self.resolve_picture = resolve_picture

    def page(self, place: Place, raw: str) -> Page | None:
        """Return the page that a file of `place` with this text would be, or None if its frontmatter can't be used."""
        shown = path_of(self.config, place)
        return PageReader(self.config, []).read(Found(place, Path(shown), shown, 0), raw.encode())

    def read(self, place: Place, raw: str) -> Text | None:
        """Return what a file of `place` with this text asks for, or None if its frontmatter can't be used."""
        page = self.page(place, raw)
        if page is None:
            return None
        return self.label(page) if place.is_collection else self.translation(page, self.render(page).body)

    def render(self, page: Page) -> Rendered:
        """Return the body of an article's page, and the findings in it."""
        context = RenderContext(
            path=page.found.shown,
            first_line=page.first_line,
            resolve_link=partial(self.links.resolve, here=page.place),
            resolve_image=lambda source: self.resolve_picture(source, page.place),
        )
        return render(page.source.text, context)

    def label(self, page: Page) -> Label:
        """Return a collection's text in the locale of the page; a section has no description."""
        description = page.fields["description"] if page.place.depth == 1 else None
        return Label(page.place.locale, page.title, description, page.source)

    def translation(self, page: Page, body: Body) -> Translation:
        """Return an article's text in the locale of the page."""
        return Translation(
            page.place.locale,
            page.title,
            description=page.fields["description"],
            state=page.fields["state"],
            author=page.fields["author"],
            body=body,
            source=page.source,
        )
