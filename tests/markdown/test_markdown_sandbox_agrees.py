"""What the sandbox stores of a rendered body equals it in canonical form; the two were written apart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from grouped import grouped
from helpsync.markdown.html.canonical import canonical, canonical_ignoring_levels
from helpsync.sandbox import StorageRules, to_storage_form
from markdown_parts import PARTS

if TYPE_CHECKING:
    from helpsync.sandbox import HeadingMode
    from markdown_bench import Bench

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.md"))
SHELF = "https://downloads.intercomcdn.com/i/o/"


def store(html: str, mode: HeadingMode) -> str:
    rules = StorageRules(
        heading_id=lambda number: f"h_{number:010x}",
        picture=lambda source: f"{SHELF}{source.encode().hex()}.png?expires=1&signature=2",
        headings=mode,
        keep_heading_ids=False,
    )
    return to_storage_form(html, rules)


def key(source: str) -> str | None:
    return bytes.fromhex(source[len(SHELF) :].partition(".")[0]).decode() if source.startswith(SHELF) else source


def holds(bench: Bench, text: str, mode: HeadingMode) -> None:
    html = bench.filled(text)
    form = canonical_ignoring_levels if mode == "docs" else canonical
    assert form(store(html, mode), image=key) == form(html, image=key)


@pytest.mark.parametrize("mode", ["compact", "docs", "keep"])
@grouped("path", GOLDEN)
def test_a_golden_body_is_stored_as_it_is_meant(bench: Bench, path: Path, mode: HeadingMode) -> None:
    holds(bench, path.read_bytes().decode(), mode)


@examples(300)
@given(st.lists(PARTS, max_size=40).map("".join), st.sampled_from(["compact", "docs", "keep"]))
def test_any_text_is_stored_as_it_is_meant(bench: Bench, text: str, mode: HeadingMode) -> None:
    holds(bench, text, mode)
