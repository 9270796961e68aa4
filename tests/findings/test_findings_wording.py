"""How findings about markup speak, over all texts of the golden pairs and some that nobody should write."""

from __future__ import annotations

from pathlib import Path

import pytest

from markdown_bench import Bench

GOLDEN = Path(__file__).parents[1] / "markdown" / "golden"
MARKUP = {"lost-markup", "refused-markup", "deep-heading", "code-language"}
TAGS = """
    abbr address article aside audio big body button canvas center cite del dfn dialog dl embed fieldset figure font
    footer form frame frameset head header html iframe input ins kbd label main map mark marquee math menu meter nav
    noscript object output picture progress q rp ruby s samp script section select small span strike style sub summary
    sup svg template textarea time title tt u var video wbr x-unknown
""".split()  # noqa: SIM905  # seventy words read better than seventy strings
TEXTS = {
    **{path.stem: path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.md"))},
    "tags": "".join(f'Text <{tag} class="x" onclick="y()">inside</{tag}> text.\n\n' for tag in TAGS),
    "blocks": "".join(f'<{tag} style="color: red" data-x="1">inside</{tag}>\n\n' for tag in TAGS),
    "nested": "[" * 400 + "x" + "](https://example.com)" * 400 + "\n\n" + "*_" * 400 + "x" + "_*" * 400,
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_finding_about_markup_has_a_hint_without_full_stop(name: str) -> None:
    for found in Bench().render(TEXTS[name]).findings:
        if found.code in MARKUP:
            assert found.hint, found
            assert not found.message.endswith("."), found
            assert not found.hint.endswith("."), found
            assert "\n" not in found.message + found.hint, found
