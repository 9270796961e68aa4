"""Brings Intercom's changes into the content tree: what to bring home (`decide`), and the files and records of it.

`compose` merges each edit into the file that both sides last agreed on; `moves` moves files and `images` fetches
pictures. Only `sync` writes anything.
"""

from helpsync.pull.compose import ComposeContext, Composed, FileChange, PullResult, compose_files
from helpsync.pull.decide import ItemPull, PullRequest, Pulls, decide_pulls
from helpsync.pull.images import PulledPictures
from helpsync.pull.moves import moved_text, moves_of

__all__ = [
    "ComposeContext",
    "Composed",
    "FileChange",
    "ItemPull",
    "PullRequest",
    "PullResult",
    "PulledPictures",
    "Pulls",
    "compose_files",
    "decide_pulls",
    "moved_text",
    "moves_of",
]
