"""Runs a plan.

`run` walks it, `order` says what waits for what, `fresh` looks before each write, `sending` makes one write and learns
from its reply, `relink` sends what links to new or renewed targets, `writes` composes what goes over the wire, `fold`
what the baseline keeps.
"""

from helpsync.apply.run import apply
from helpsync.apply.state import Altered, Applied, ApplyEnvironment, Keeping, Outcome

__all__ = ["Altered", "Applied", "ApplyEnvironment", "Keeping", "Outcome", "apply"]
