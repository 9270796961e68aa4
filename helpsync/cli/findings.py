"""Findings on the way to something else: errors one by one, warnings as long as they are few."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from helpsync.cli.console import stderr_style, talk
from helpsync.errors import Exit
from helpsync.report.text import finding_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpsync.model import Finding

_MANY_WARNINGS = 20


def show_findings(findings: Iterable[Finding], *, where: str = "helpsync lint", end: str = "nothing was sent") -> Exit:
    """Print findings as talk: each error, and the warnings or, where they are many, how many of which code.

    Returns the code that they ask for. `where` is the command that shows them all, `end` what an error comes to.
    """
    items = tuple(findings)
    errors = [finding for finding in items if finding.severity == "error"]
    many = len(items) - len(errors) > _MANY_WARNINGS
    for line in finding_lines(errors if many else items, stderr_style()):
        talk(line)
    if many:
        counts = Counter(finding.code for finding in items if finding.severity != "error")
        said = ", ".join(f"{count} {code}" for code, count in counts.most_common())
        talk(f"warnings: {said}")
        talk(f"    hint: `{where}` shows each with its place")
    if errors:
        talk(f"{len(errors)} error{'s' * (len(errors) != 1)} in the content tree: {end}")
    return Exit.FINDINGS if errors else Exit.OK
