"""Each golden pair is Markdown (`.md`) and the body that it must become (`.html`), hand-checked against the facts.

A body is one line. In the file a line break follows each block's end, and the findings stand below in a comment.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grouped import grouped
from helpsync.markdown.html.canonical import canonical

if TYPE_CHECKING:
    from helpsync.markdown.to_html.context import Rendered
    from markdown_bench import Bench

GOLDEN = Path(__file__).parents[1] / "golden"
PAIRS = sorted(path.stem for path in GOLDEN.glob("*.md"))


def written(rendered: Rendered) -> str:
    findings = [f"{found.code} {found.location}: {found.message}" for found in rendered.findings]
    return "\n".join([rendered.body.html, *(f"<!-- {finding} -->" for finding in findings)]) + "\n"


@grouped("name", PAIRS)
def test_markdown_becomes_the_body_beside_it(bench: Bench, name: str) -> None:
    text = (GOLDEN / f"{name}.md").read_bytes().decode()
    assert written(bench.render(text)) == (GOLDEN / f"{name}.html").read_bytes().decode()


@grouped("name", PAIRS)
def test_the_canonical_form_of_a_golden_body_is_stable(bench: Bench, name: str) -> None:
    form = canonical(bench.filled((GOLDEN / f"{name}.md").read_bytes().decode()))
    assert canonical(form) == form


def test_every_body_has_its_markdown() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.html")) == PAIRS
