"""Text and YAML that is easily read otherwise than it was meant, and the PageReader to ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from helpsync.content import Found, Page, PageReader, Place
from helpsync.settings import Config, RemoteConfig

if TYPE_CHECKING:
    from helpsync.model import Finding

_OTHER_KINDS = ("no", "null", "true", "~", "12", "012", "0x1F", "1e3", ".inf", "12:30", "2024-01-01", "<<", "=")
_SIGNS = ("-", "?", ":", "#", "&", "*", "!", "|", ">", "%", "@", "`", "[a]", "{a}", "a,", "---", "...", "'a'", '"a"')
_MIXED = ("a: b", "a #b", "- a", "? a", "a:", "k: >-", "*a b", "&a b", "!!str 1", "it's", '"a" b', "<!-- -->", "a\\nb")
_BREAKS = ("a\nb", "a\r\nb", "a\u2028b", "a\x85b", "a\tb", "a  b", "  a ", "\xa0a")
_UNSEEN = ("a\0b", "\ufeffa", "a\ufeffb", "a\ufffeb", "a\ud800b", "a\u202eb", "a\u200eb", "a\x1bb", "a\x7fb")
_RARE = ("a\U0001f600b", "a\u0378b", "a\U0001fffeb")
AWKWARD = st.sampled_from((*_OTHER_KINDS, *_SIGNS, *_MIXED, *_BREAKS, *_UNSEEN, *_RARE))
TEXTS = AWKWARD | st.text() | st.lists(AWKWARD, min_size=2, max_size=5).map("".join)

_SCALARS = ("A", "'A' # c", '"A\n  b" # c', "A\n  b", "\n  A", "&x A", "2024-01-01", "'it''s'", "12", "no", "true")
_BLOCKS = (">-\n  A\n  b\n", "|  # c\n    A\n\n", "", "# c", "~")
_SEVERAL = ("[a,\n  b]", "{a: 1} # c", "\n  a: 1 # c\n  # d\n  b: 2", "\n- a\n- b")
WRITTEN = st.sampled_from((*_SCALARS, *_BLOCKS, *_SEVERAL))

_TOKENS = (
    "title",
    "id",
    ":",
    ": ",
    "\n",
    "  ",
    "- ",
    "? ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "'",
    '"',
    "#",
    " # ",
    "&a",
    " *a",
)
_WORDS = ("|", ">-", "A", "1", "true", "\u2028", "\x85", "é", "\t", "---\n", "...\n", "<<", "!!str ", "title: A\n")
SOUP = st.lists(st.sampled_from((*_TOKENS, *_WORDS)), max_size=14).map("".join)


def read(raw: str, *, address: str = "a", locale: str = "en") -> tuple[Page | None, list[Finding]]:
    """Return the page and the findings of a file with this text."""
    findings: list[Finding] = []
    remotes = {name: RemoteConfig(name) for name in ("production", "staging")}
    config = Config(Path(), Path("helpsync.yaml"), "en", ("en",), remotes=remotes)
    data = raw.encode()
    return PageReader(config, findings).read(
        Found(Place(address, locale), Path("a.md"), "a.md", len(data)), data
    ), findings
