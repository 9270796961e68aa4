"""Plans a restore: selects the snapshots of a run or of a moment, and plans how readers get them back."""

from helpsync.restore.planner import make_restore
from helpsync.restore.select import Selection, select

__all__ = [
    "Selection",
    "make_restore",
    "select",
]
