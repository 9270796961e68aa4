"""The inputs of a rendering, and what it collects: link targets, pictures and findings with their places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from helpsync.errors import Location
from helpsync.findings import RULES
from helpsync.markdown.addresses import clean_address, is_public_address, refused_scheme, unsafe_scheme
from helpsync.markdown.html.read import attribute
from helpsync.markdown.html.storage import placeholder
from helpsync.model import Finding, Link

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.model import Body, Reference


@dataclass(frozen=True, slots=True)
class External:
    """A link to another site; `href` is sent as it is."""

    href: str


@dataclass(frozen=True, slots=True)
class Own:
    """A link to an own article."""

    target: Reference


@dataclass(frozen=True, slots=True)
class PublicImage:
    """A picture that can be sent; `key` is its public URL, or `sha256:…` of a local file."""

    key: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken link or picture; the text stays, and the finding is reported at its place."""

    code: str
    message: str
    hint: str | None = None


LinkTarget: TypeAlias = External | Own | Broken
ImageTarget: TypeAlias = PublicImage | Broken


@dataclass(frozen=True, slots=True)
class RenderContext:
    """The file that a text is from, and how its links and pictures are resolved.

    `first_line` is the line of the file on which the text begins (1-based).
    """

    path: str
    first_line: int
    resolve_link: Callable[[str], LinkTarget]
    resolve_image: Callable[[str], ImageTarget]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A body with placeholders, and everything the writer should know about it, in the order of the text."""

    body: Body
    findings: tuple[Finding, ...] = ()


DOUBLE_BRACES = re.compile(r"(?<!#)\{\{")
"""What Intercom stores with a `#` before it."""

_LONGEST_LINE = 20_000
"""On a longer line no column is looked for: nobody reads one, and time stays linear."""


Misplaced: TypeAlias = Literal[
    "table in table", "table in list", "picture in heading", "block in title", "empty item", "empty callout"
]
_MISPLACED: Mapping[Misplaced, tuple[str, str]] = {
    "table in table": ("Intercom refuses a table in a table, so its cells become paragraphs", "write two tables"),
    "table in list": (
        "Intercom refuses a table in a list, so it is put below its item, and the list restarts there",
        "put the table below the list",
    ),
    "picture in heading": ("a picture can't stand in a heading, so it is put below it", "put it below"),
    "block in title": ("a title holds only text, so this is put below it", "write </summary> above it"),
    "empty item": ("Intercom drops empty list items", "write its text, or remove it"),
    "empty callout": ("this callout shows nothing, so readers get an empty box", "begin each of its lines with `>`"),
}
"""What Intercom refuses or drops: message and hint."""


class Findings:
    """Collects findings; lines are counted from 1 within the text, places are those in the file.

    `double_braces` are the blocks with `{{`, which one finding is for.
    """

    def __init__(self, text: str, context: RenderContext) -> None:
        self.findings: list[Finding] = []
        self.double_braces: list[Location] = []
        self._known: set[Finding] = set()
        self._lines = text.split("\n")
        self._path = context.path
        self._offset = context.first_line - 1
        self._cursors: dict[tuple[int, str], int] = {}
        self._passed: dict[int, int] = {}

    def place(self, line: int, needle: str = "", *, before: str = "", again: bool = False) -> Location:
        """Return the place of `needle` on the line, without column when it is not there.

        Each call finds the next occurrence on that line, or the same one with `again`; the text `before` it helps to
        find it.
        """
        column = None
        if needle and line <= len(self._lines):
            source = self._lines[line - 1]
            if len(source) > _LONGEST_LINE:
                return Location(self._path, self._offset + line)
            start = self._cursors.get((line, needle), 0)
            behind = max(start, self._passed.get(line, 0))
            found = source.find(before + needle, behind)
            if found >= 0:
                found += len(before)
            elif (found := source.find(needle, behind)) < 0:
                found = source.find(needle, start)
            if found >= 0 and not again:
                self._cursors[line, needle] = found + len(needle)
            if found >= 0:
                column = found + 1
        return Location(self._path, self._offset + line, column)

    def passed(self, line: int, written: str) -> None:
        """Mark the text `written` on the line as read, so that nothing more is found in it.

        If the text occurs more than once, the first counts, so no place is missed.
        """
        if written and line <= len(self._lines) and len(source := self._lines[line - 1]) <= _LONGEST_LINE:
            start = self._passed.get(line, 0)
            if (found := source.find(written, start)) >= 0:
                self._passed[line] = found + len(written)

    def first_line(self, needle: str, start: int, end: int) -> int:
        """Return the first line from `start` up to `end` with the needle, `start` without one."""
        lines = enumerate(self._lines[start - 1 : end - 1], start)
        return next((line for line, text in lines if needle in text), start)

    def add(self, code: str, message: str, place: Location, hint: str | None = None) -> None:
        """Add a finding with the severity that its code has by default."""
        finding = Finding(code, RULES[code].severity, message, place, hint)
        if finding not in self._known:
            self._known.add(finding)
            self.findings.append(finding)

    def lost(self, message: str, place: Location, hint: str | None = None) -> None:
        """Report that markup is dropped or changed, although its text or a link stays."""
        self.add("lost-markup", message, place, hint)

    def misplaced(self, what: Misplaced, place: Location) -> None:
        """Report that something is lost because of its place, or because it is empty."""
        message, hint = _MISPLACED[what]
        self.lost(message, place, hint)


_SCHEME_HINT = "write an address that begins with https://, http://, mailto: or tel:"
_SIZE = re.compile(r"[1-9][0-9]{0,4}")
_SIZES = ("width", "height")


class TargetResolver:
    """Resolves the targets of one body; `links` and `images` are the results, in the order of the text."""

    def __init__(self, context: RenderContext, notes: Findings) -> None:
        self.links: list[Link] = []
        self.images: list[str] = []
        self._context = context
        self._notes = notes

    def link(self, href: str, place: Location) -> str | None:
        """Return the address to write, None when the link is dropped, which is reported."""
        href = clean_address(href)
        if (scheme := unsafe_scheme(href)) is not None:
            self._notes.lost(f"a link can't use `{scheme}:`; its text stays", place, _SCHEME_HINT)
            return None
        target = self._context.resolve_link(href)
        if isinstance(target, Broken):
            self._notes.add(target.code, target.message, place, target.hint)
            return None
        if isinstance(target, Own):
            self.links.append(Link(target.target, place))
            return placeholder(target.target)
        return clean_address(target.href).replace(" ", "%20")

    def picture(self, source: str, alt: str, place: Location, attributes: Mapping[str, str]) -> str | None:
        """Return the picture's tag, None when it is left out, which is reported.

        The only attribute that stays is a size in pixels, which Intercom stores.
        """
        source = clean_address(source)
        if (scheme := refused_scheme(source)) is not None:
            self._notes.add(
                "refused-markup",
                f"Intercom refuses a picture from a `{scheme}:` address",
                place,
                "save it as a file beside the article, or give the address of one on the web",
            )
            return None
        target = self._context.resolve_image(source)
        if isinstance(target, Broken):
            self._notes.add(target.code, target.message, place, target.hint)
            return None
        key = target.key
        local = key.startswith("sha256:")
        if not local and not is_public_address(key):
            message = "Intercom can only fetch a picture with a public address, so it is left out"
            self._notes.lost(message, place, "save it as a file beside the article, or give its address on the web")
            return None
        self.images.append(key)
        described = attribute("alt", " ".join(alt.split())) if alt.strip() else ""
        sizes = "".join(f' {name}="{attributes[name]}"' for name in _SIZES if is_size(attributes.get(name)))
        return f"<img{attribute('src', f'helpsync:{key}' if local else key)}{described}{sizes}>"


def is_size(value: str | None) -> bool:
    """Return whether this is a number of pixels."""
    return value is not None and _SIZE.fullmatch(value) is not None
