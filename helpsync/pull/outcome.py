"""What came of a pull."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helpsync.errors import Exit

if TYPE_CHECKING:
    from helpsync.model import Address, Requests
    from helpsync.plan.plan import Attention
    from helpsync.pull.compose import FileChange


@dataclass(slots=True)
class Pulled:
    """What came of a pull, for reports: its files, sizes of pictures by path, and what was left alone.

    `moved` maps addresses, old to new; `relinked` are the paths of files that stayed, and whose links follow what
    moved.
    """

    files: list[FileChange] = field(default_factory=list)
    moved: dict[Address, Address] = field(default_factory=dict)
    relinked: list[str] = field(default_factory=list)
    pictures: dict[str, int] = field(default_factory=dict)
    unfetched: dict[str, str] = field(default_factory=dict)
    attention: list[Attention] = field(default_factory=list)
    requests: Requests | None = None

    @property
    def code(self) -> Exit:
        """Return the documented exit code."""
        held = any(each.kind == "conflict" for each in self.attention) or any(file.conflicts for file in self.files)
        return Exit.CONFLICT if held else Exit.OK
