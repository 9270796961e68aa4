"""Text that was meant to be markup but isn't, on GitHub either: readers would see its signs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpsync.errors import Location
    from helpsync.markdown.to_html.findings import Findings

_BRACKETS = re.compile(r"\[[^\[\]]+(?=\](?P<space> ?)\((?P<inside>[^()]*)(?P<end>\)?))")
_ADDRESS = re.compile(r"\S*[./#:]\S*")
_SIZE = re.compile(r"(?:^|.*\s)=\d*x\d*\s*")
_EMOJI = re.compile(r"(?<![\w:]):(?:[a-z][a-z0-9_-]*|[+-]1):(?![\w:])")
_STARS = re.compile(r"(?<!\*)\*{2,3}(?!\*)")


class SlipFindings:
    """Looks through the text of one leaf, part by part; escaped signs must still be set aside."""

    def __init__(self, notes: Findings) -> None:
        self._notes = notes
        self._stars: Location | None = None

    def look(self, text: str, line: int, linked: str) -> None:
        """Note what is in a part that begins on this line; `linked` is the address right behind it, and its tail."""
        if "](" in text or "] (" in text:
            self._brackets(text, line, linked)
        if "**" in text:
            self._bold(text, line)
        for emoji in _EMOJI.finditer(text) if ":" in text else ():
            place = self._notes.place(line + text.count("\n", 0, emoji.start()), emoji[0])
            message = f"`{emoji[0]}` stays as text: Intercom doesn't know names of emoji"
            self._notes.lost(message, place, "write the emoji itself")

    def _brackets(self, text: str, line: int, linked: str) -> None:
        for found in _BRACKETS.finditer(text):
            inside = found["inside"] if found["end"] else found["inside"] + linked.partition(")")[0]
            is_apart = bool(found["space"])
            if not (found["end"] or linked) or (is_apart and not _ADDRESS.fullmatch(inside.strip())):
                continue
            place = self._notes.place(
                line + text.count("\n", 0, found.end()), f"]{found['space']}(", before=found[0].rpartition("\n")[2]
            )
            if is_apart:
                message, hint = "a space stands between `]` and `(`, so this is not a link", "remove the space"
            elif _SIZE.fullmatch(inside):
                message = "GitHub doesn't know sizes like `=20x10`, so this is not a picture"
                hint = "write `![text](address){width=20}`"
            else:
                message = "the text in the parentheses is not an address, so this is not a link"
                hint = "write `[text](<address>)` when the address has spaces"
            self._notes.lost(f"{message}, and readers see the brackets", place, hint)

    def _bold(self, text: str, line: int) -> None:
        for stars in _STARS.finditer(text):
            if self._stars is not None and not text[: stars.start()][-1:].isspace():
                message = "these stars stay as text, as on GitHub: the bold text begins or ends with punctuation"
                self._notes.lost(message, self._stars, "put the punctuation outside the stars, or write `<b>`")
                self._stars = None
            elif not text[stars.end() : stars.end() + 1].isspace():
                self._stars = self._notes.place(line + text.count("\n", 0, stars.start()), stars[0])
