"""Findings of one text with their places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.errors import Location
from helpsync.findings.catalogue import RULES
from helpsync.model import Finding

if TYPE_CHECKING:
    from helpsync.markdown.to_html.context import RenderContext


DOUBLE_BRACES = re.compile(r"(?<!#)\{\{")
"""What Intercom stores with a `#` before it (facts: what is sent)."""

_LONGEST_LINE = 20_000
"""On a longer line no column is looked for: nobody reads one, and time stays linear."""


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

        Each call finds the next one on that line, with `again` the same; what stands `before` it helps to find it.
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
        """Take it that what is `written` on the line is read, so that the same signs in it are found no more.

        Of text that stands there more than once the first is taken: a place is never sought too far behind.
        """
        if written and line <= len(self._lines) and len(source := self._lines[line - 1]) <= _LONGEST_LINE:
            start = self._passed.get(line, 0)
            if (found := source.find(written, start)) >= 0:
                self._passed[line] = found + len(written)

    def first_line(self, needle: str, start: int, end: int) -> int:
        """Return the first line from `start` on, but before `end`, that has the needle; `start` when none has."""
        lines = enumerate(self._lines[start - 1 : end - 1], start)
        return next((line for line, text in lines if needle in text), start)

    def add(self, code: str, message: str, place: Location, hint: str | None = None) -> None:
        """Add a finding with the severity that its code has by default."""
        finding = Finding(code, RULES[code].severity, message, place, hint)
        if finding not in self._known:
            self._known.add(finding)
            self.findings.append(finding)

    def table_in_table(self, place: Location) -> None:
        """Add that a table stands in another one, which Intercom refuses (facts: what is sent)."""
        message = "Intercom refuses a table in a table, so its cells become paragraphs"
        self.lost(message, place, "write two tables")

    def table_in_list(self, place: Location) -> None:
        """Add that a table stands in a list, which Intercom refuses (facts: what is sent)."""
        message = "Intercom refuses a table in a list, so it is put below its item, and the list begins anew"
        self.lost(message, place, "put the table below the list")

    def picture_in_heading(self, place: Location) -> None:
        """Add that a picture stands in a heading, which holds only text."""
        self.lost("a picture can't stand in a heading, so it is put below it", place, "put it below")

    def block_in_title(self, place: Location) -> None:
        """Add that the title of a collapsible holds a block other than text."""
        self.lost("a title holds only text, so this is put below it", place, "write </summary> above it")

    def empty_item(self, place: Location) -> None:
        """Add a finding for an empty list item."""
        self.lost("Intercom drops empty list items", place, "write its text, or remove it")

    def empty_callout(self, place: Location) -> None:
        """Add a finding for a callout in which nothing is shown."""
        self.lost("this callout shows nothing, so readers get an empty box", place, "begin each of its lines with `>`")

    def lost(self, message: str, place: Location, hint: str | None = None) -> None:
        """Add that markup is dropped or changed, though its text or a link stays."""
        self.add("lost-markup", message, place, hint)
