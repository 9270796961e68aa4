"""Applies a plan: checks before each write, sends it, compares the reply, and records what both sides agree on."""

from helpsync.apply.compose import Composer
from helpsync.apply.precondition import SECONDS_FRESH
from helpsync.apply.run import apply
from helpsync.apply.snapshot_recorder import SnapshotRecorder
from helpsync.apply.state import Applied, ApplyEnvironment, Difference, Outcome

__all__ = [
    "SECONDS_FRESH",
    "Applied",
    "ApplyEnvironment",
    "Composer",
    "Difference",
    "Outcome",
    "SnapshotRecorder",
    "apply",
]
