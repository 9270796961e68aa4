"""Readers get each line of code as it was written, and what older versions sent is not touched by a new one alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from helpsync.baseline import digest
from helpsync.markdown import DIALECT_VERSION, stable_html
from journey_site import Site, page

if TYPE_CHECKING:
    from pathlib import Path

CODE = "npm install\n\nif ready:\n    npm start"
FENCED = f"```\n{CODE}\n```"


def shifted(text: str, mark: str) -> str:
    return "\n".join(f"{mark}{line}".rstrip() for line in text.split("\n"))


FIVE = f"""\
{FENCED}

- Run:

{shifted(FENCED, "  ")}

> [!NOTE]
{shifted(FENCED, "> ")}

<details>
<summary>More</summary>

{FENCED}

</details>

Indented:

{shifted(CODE, "    ")}
"""


def codes(text: str) -> list[str]:
    """Return the blocks of code of Markdown without the marks that stand before their lines."""
    bare = "\n".join(line.removeprefix("> ").removeprefix(">") for line in text.split("\n"))
    found = re.findall(r"^( *)```\n(.*?)\n *```$", bare, re.DOTALL | re.MULTILINE)
    return ["\n".join(line.removeprefix(space) for line in code.split("\n")) for space, code in found]


@pytest.mark.parametrize("code_newlines", ["drop", "keep"])
def test_five_blocks_of_code_keep_every_line_on_the_way_to_readers_and_back(tmp_path: Path, code_newlines: Any) -> None:
    with Site(tmp_path / "one", code_newlines=code_newlines) as site:
        site.content({"a/_collection.md": page(name="A"), "a/one.md": page(FIVE, title="One")})
        assert site.push().code == 0
        assert site("diff", "--exit-code").code == 0
        body = site.sandbox.articles()[0]["body"]
        assert re.findall(r"<pre><code>(.*?)</code></pre>", body) == [CODE.replace("\n", "<br>")] * 5
        other = site.beside(tmp_path / "two")
        other.write("helpsync.yaml", (site.root / "helpsync.yaml").read_text())
        assert other("pull").code == 0
        assert codes((other.root / "content/a/one.md").read_text()) == [CODE] * 5
        assert other("diff", "--exit-code").code == 0


def test_code_of_the_editor_keeps_its_lines_when_only_a_title_is_sent(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        files = {"a/_collection.md": page(name="A"), "a/one.md": page("Text.\n", title="One")}
        site.content(files | {"a/one.fr.md": page("Texte.\n", title="Un")})
        site.push()
        number = site.sandbox.articles()[0]["id"]
        site.sandbox.edit_article(number, "fr", body="<p>Texte.</p><pre><code>a\n  b</code></pre>")
        site.content(files | {"a/one.fr.md": page("Texte.\n", title="Premier")})
        site.push()
        shown = site.sandbox.articles()[0]["translated_content"]["fr"]
        assert (shown["title"], shown["body"][-32:]) == ("Premier", "<pre><code>a<br>  b</code></pre>")


@pytest.mark.parametrize("stored", ["npm install\n\nif ready:\n    npm start", "npm installif ready:    npm start"])
def test_a_new_version_sends_nothing_of_what_an_older_one_sent(tmp_path: Path, stored: str) -> None:
    with Site(tmp_path) as site:
        files = {"a/_collection.md": page(name="A"), "a/one.md": page(f"## **Run**\n\n{FENCED}\n", title="One")}
        site.content(files)
        site.push()
        body = f'<h1 id="h_0123456789">Run</h1><pre><code>{stored}</code></pre>'
        site.sandbox.edit_article(site.sandbox.articles()[0]["id"], "en", body=body)
        made_by_an_older_version(site)
        assert site("diff", "--exit-code").code == 0
        assert site.push().writes == []
        site.content(files | {"a/one.md": page(f"## **Run**\n\nNow:\n\n{FENCED}\n", title="One")})
        assert [change["address"] for change in site.plan()["changes"]] == ["a/one"]
        assert site.push().code == 0
        assert CODE.replace("\n", "<br>") in site.sandbox.articles()[0]["body"]


def made_by_an_older_version(site: Site) -> None:
    """Let the baseline be what a version with another dialect left of what Intercom shows, whose forms were others."""
    path = next((site.root / ".helpsync").rglob("*.json"))
    text = path.read_text(encoding="utf-8")
    article = next(line for line in text.split("\n") if line.startswith('"a/one"'))
    older = re.sub(r'"body":"[^"]*"', f'"body":"{digest("older")}"', article)
    shown = digest(stable_html(site.sandbox.articles()[0]["body"]))
    older = re.sub(r'"scrub":"[^"]*"', f'"scrub":"{shown}"', older)
    text = text.replace(article, older)
    path.write_text(text.replace(f'"dialect":"{DIALECT_VERSION}"', '"dialect":"2"'), encoding="utf-8")
