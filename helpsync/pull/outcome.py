"""What came of a pull."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helpsync.errors import Exit

if TYPE_CHECKING:
    from helpsync.model import Requests
    from helpsync.plan.changes import Attention
    from helpsync.pull.compose import FileChange
    from helpsync.pull.moves import Moves
    from helpsync.pull.values import ItemPull


@dataclass(slots=True)
class Pulled:
    """What came of a pull, for reports: items with their files, sizes of pictures by path, and what was left alone.

    `relinked` are the paths of files that stayed, and whose links follow what moved.
    """

    items: list[ItemPull] = field(default_factory=list)
    files: list[FileChange] = field(default_factory=list)
    moves: list[tuple[ItemPull, Moves]] = field(default_factory=list)
    relinked: list[str] = field(default_factory=list)
    pictures: dict[str, int] = field(default_factory=dict)
    unfetched: dict[str, str] = field(default_factory=dict)
    attention: list[Attention] = field(default_factory=list)
    requests: Requests | None = None
    unchanged: int = 0

    @property
    def code(self) -> Exit:
        """Return the documented exit code."""
        held = any(each.kind == "conflict" for each in self.attention) or any(file.conflicts for file in self.files)
        return Exit.CONFLICT if held else Exit.OK
