"""Replaces the addresses of Markdown's links and pictures, and leaves every other character as it is.

Candidates are found by their form. To verify one, the text is read again with a mark in its place, as a push reads it,
and only a mark that becomes the target of a link or a picture counts. So code, comments and text that looks like a link
stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias
from urllib.parse import quote

from helpsync.markdown.parse.blocks import parse_blocks
from helpsync.markdown.parse.inline import ENTITY, decode
from helpsync.markdown.to_html.context import PublicImage, RenderContext
from helpsync.markdown.to_html.write import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from helpsync.markdown.to_html.context import ImageTarget, LinkTarget


LinkKind: TypeAlias = Literal["link", "picture"]
Asked: TypeAlias = "list[tuple[LinkKind, str]]"

_BEHIND_TEXT = re.compile(r"\]\([ \t]*")
_BRACKETED = re.compile(r"<([^<>\n]*)>")
_PLAIN = re.compile(r"(?:[^() \t\n]|\([^() \t\n]*\))+")
_DEFINED = re.compile(r"\]:[ \t]*\n?[ \t]*(?:<([^<>\n]*)>|([^\s<]\S*))")
_ATTRIBUTE = re.compile(r"""\b(?:href|src)\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'<>`]+))""", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\s\u200b\ufeff\"'<>()\[\]\\`|]")
_ENTITY = re.compile(ENTITY)
_READINGS = 64
"""A text whose marks change how it is read is read again in parts, but not more often than this."""


class Replacement(NamedTuple):
    """A replacement for the text from `start` to `end`."""

    start: int
    end: int
    text: str


class _Address(NamedTuple):
    """A candidate for an address in the text; `spaced` if the characters around it allow spaces."""

    start: int
    end: int
    spaced: bool


@dataclass(frozen=True, slots=True)
class LinkChanges:
    """The changes of addresses: `changed` returns the new one, percent-encoded, None where it stays.

    `resolve` is what a push resolves links with; it decides which links are read inside of others.
    """

    changed: Callable[[LinkKind, str], str | None]
    resolve: Callable[[str], LinkTarget]


def link_replacements(text: str, addresses: LinkChanges) -> list[Replacement]:
    """Return the replacements in the Markdown, in order; its line ends are single newlines.

    An address in a rare form (over two lines, with brackets in brackets) stays.
    """
    found = [each for each in _found(text) if _may_change(text[each.start : each.end], addresses)]
    if not found:
        return []
    replaced: list[Replacement] = []
    for each, (kind, href) in sorted(_Proof(text, addresses).proven(found).items()):
        if (changed := addresses.changed(kind, href)) is not None:
            spelled = _spelled(changed, text[each.start : each.end], spaced=each.spaced)
            replaced.append(Replacement(each.start, each.end, spelled))
    return replaced


def _found(text: str) -> list[_Address]:
    """Return the candidates without overlaps; of two that overlap, the one that starts later."""
    addresses: list[_Address] = []
    for opening in _BEHIND_TEXT.finditer(text):
        if bracketed := _BRACKETED.match(text, opening.end()):
            addresses.append(_Address(*bracketed.span(1), spaced=True))
            continue
        if plain := _PLAIN.match(text, opening.end()):
            addresses.append(_Address(*plain.span(), spaced=False))
    for pattern in (_DEFINED, _ATTRIBUTE):
        # The last group of each stands between no marks.
        addresses.extend(
            _Address(*match.span(match.lastindex), spaced=match.lastindex < pattern.groups)
            for match in pattern.finditer(text)
            if match.lastindex is not None
        )
    apart: list[_Address] = []
    for each in sorted(set(addresses)):
        if apart and each.start < apart[-1].end:
            apart.pop()
        if each.start < each.end:
            apart.append(each)
    return apart


def _may_change(source: str, addresses: LinkChanges) -> bool:
    said = decode(_ESCAPED.sub(r"\1", source) if "\\" in source else source)
    return any(addresses.changed(kind, each) is not None for kind in _KINDS for each in {said, decode(source)})


_KINDS: tuple[LinkKind, ...] = ("link", "picture")


class _Proof:
    """Verifies which candidates are addresses, and what they say."""

    def __init__(self, text: str, addresses: LinkChanges) -> None:
        self._text = text
        self._addresses = addresses
        self._mark = "address"
        while self._mark in text:
            self._mark += "x"
        self._said: dict[str, str] = {}
        self._left = _READINGS
        self._before = self._asked(text)

    def proven(self, found: Sequence[_Address]) -> dict[_Address, tuple[LinkKind, str]]:
        """Return each candidate that is an address, with its kind, a link or a picture, and the address as read."""
        if not self._left:
            return {}
        self._left -= 1
        marks = {f"{self._mark}-{number}-": each for number, each in enumerate(found)}
        self._said = {mark: decode(self._text[each.start : each.end]) for mark, each in marks.items()}
        marked = (Replacement(each.start, each.end, mark) for mark, each in marks.items())
        after = self._asked(apply_replacements(self._text, marked))
        proven: dict[_Address, tuple[LinkKind, str]] = {}
        for (kind, href), (_, mark) in zip(self._before, after, strict=False):
            if mark in marks:
                proven.setdefault(marks[mark], (kind, href))
        if len(after) == len(self._before) and all(
            before == now or now[1] in marks for before, now in zip(self._before, after, strict=True)
        ):
            return proven
        if len(found) == 1:
            return {}
        half = len(found) // 2
        return self.proven(found[:half]) | self.proven(found[half:])

    def _asked(self, text: str) -> Asked:
        """Return the targets of the text's links and pictures as read, and those of its definitions."""
        asked: Asked = []

        def link(href: str) -> LinkTarget:
            asked.append(("link", href))
            return self._addresses.resolve(self._said.get(href, href))

        def picture(source: str) -> ImageTarget:
            asked.append(("picture", source))
            return PublicImage("https://picture.invalid/")

        render(text, RenderContext("", 1, link, picture))
        # What is defined and not used yet is to lead on as well.
        asked.extend(("link", decode(each.href)) for each in parse_blocks(text).references.values())
        return asked


def _spelled(address: str, before: str, *, spaced: bool) -> str:
    """Return the address as it is written after `before`."""
    if spaced and " " in before:
        address = address.replace("%20", " ")
    address = _UNSAFE.sub(lambda each: each[0] if spaced and each[0] == " " else quote(each[0], safe=""), address)
    return _ENTITY.sub(lambda each: f"&amp;{each[0][1:]}", address)


def apply_replacements(text: str, replacements: Iterable[Replacement]) -> str:
    """Return the text with the replacements, which are in order and don't overlap."""
    parts: list[str] = []
    read = 0
    for each in replacements:
        parts += text[read : each.start], each.text
        read = each.end
    return "".join([*parts, text[read:]])
