"""What Intercom's editor makes is pulled, and the pulled files change nothing in Intercom."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from pulled_site import PulledSite

if TYPE_CHECKING:
    from pathlib import Path

TINT = "background-color: #e8e8e880;"
BOX = "border-left: 1px solid #c6c9c0; border-top: 1px solid #c6c9c0; padding: 8px;"
TABLE = "border: 1px solid #c6c9c0; border-radius: 6px; border-collapse: separate; border-spacing: 0;"
MADE = {
    "bold in a heading": ("<h1>Pay <b>now</b> with <code>git</code></h1>", "## Pay **now** with `git`"),
    "left": ('<p class="intercom-align-left no-margin">Text</p>', "Text\n{.left}"),
    "justified": ('<p class="intercom-align-justify no-margin">Text</p>', "Text\n{.justify}"),
    "justified heading": ('<h1 class="intercom-align-justify">Text</h1>', "## Text {.justify}"),
    "old paragraph": ('<p class="intercom-align-center">Text</p>', "Text\n{.center}"),
    "link without address": ("<p>See <a>the terms</a> now</p>", "See the terms now"),
    "link to nothing": ('<p>See <a href="">the terms</a></p>', "See [the terms](link-to-nothing.md)"),
    "restyled table": (
        (
            f'<table style="{TABLE}"><tr><td style="{TINT} {BOX}"><p>A</p></td></tr>'
            f'<tr><td style="{BOX}"><p>1</p></td></tr></table>'
        ),
        "| A |\n| --- |\n| 1 |",
    ),
    "list in a cell": ("<table><tr><td><ul><li>a</li></ul></td></tr></table>", "- a"),
    "heading in a cell": ("<table><tr><td><h2>a</h2><p>b</p></td></tr></table>", "## a\n\nb"),
    "rule in a cell": ("<table><tr><td>a<hr>b</td></tr></table>", "---"),
    "braces": ("<p>Hello {{name}} and #{{name}}</p>", "Hello {{name}} and {{name}}"),
    "code": ("<pre><code>a\n\n  b<br>c</code></pre>", "```\na\n\n  b\nc\n```"),
    "letters in an address": ('<p><a href="https://a.example/größe">a</a></p>', "(https://a.example/gr%C3%B6%C3%9Fe)"),
    "empty item": ("<ul><li>a</li><li></li><li>b</li></ul>", "- a\n- b"),
    "gap of levels": ("<h1>a</h1><h4>b</h4>", "## a\n\n### b"),
}
SWITCHES: dict[str, tuple[str, str]] = {
    "heading_marks": ("drop", "keep"),
    "braces": ("mark", "keep"),
}


@pytest.mark.parametrize(
    "position", [dict(zip(SWITCHES, values, strict=True)) for values in product(*SWITCHES.values())], ids=str
)
def test_pull_brings_home_every_construct_of_the_editor_without_a_change(
    tmp_path: Path, position: dict[str, Any]
) -> None:
    with PulledSite(tmp_path, locales=("en",), **position) as site:
        for name, (html, _) in MADE.items():
            site.sandbox.create_article(name, body=f"{html}<p>Last words.</p>")
        site.pull()
        files = {path: text.decode() for path, text in site.files().items()}
        for name, (_, markdown) in MADE.items():
            assert markdown in files[f"{name.replace(' ', '-')}.md"], name
        assert site.nothing_to_do()
        for path, text in files.items():
            site.write(f"content/{path}", text.replace("Last words", "The last words"))
        assert site.push().code == 0
        assert site.nothing_to_do()
