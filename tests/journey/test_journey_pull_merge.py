"""Pull merges edits of teammates with those of writers: what merges, what conflicts, and what a push then does."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

LAYOUTS = ("suffix", "folder")

EN = """\
---
# Billing owns this.
title: "Refunds"
description: How to get your money back
---

First, *breathe* in
and out.

Then write to us.

* one
* two

Last paragraph, [terms][t].

[t]: https://example.com/terms
"""

FR = page("Premier paragraphe.\n\nDeuxième paragraphe.\n", title="Remboursements")


class Tree:
    """A site with one article in two locales, pushed; `path` gives where a file lies in the layout."""

    def __init__(self, site: Site, layout: str) -> None:
        self.site = site
        self.layout = layout
        site.write("helpsync.yaml", (site.root / "helpsync.yaml").read_text() + f"layout: {layout}\n")
        self.files = {
            ("billing/_collection", "en"): page(name="Billing"),
            ("billing/_collection", "fr"): page(name="Facturation"),
            ("other/_collection", "en"): page(name="Other"),
            ("billing/refunds", "en"): EN,
            ("billing/refunds", "fr"): FR,
            ("billing/see", "en"): page("See [refunds](refunds.md).\n", title="See"),
        }
        site.content({self.name(*place): text for place, text in self.files.items()})
        assert site.push().code == 0
        self.id = self.find("Refunds")

    def name(self, base: str, locale: str) -> str:
        if self.layout == "folder":
            return f"{locale}/{base}.md"
        return f"{base}.md" if locale == "en" else f"{base}.{locale}.md"

    def path(self, base: str = "billing/refunds", locale: str = "en") -> Path:
        return self.site.root / "content" / self.name(base, locale)

    def read(self, base: str = "billing/refunds", locale: str = "en") -> str:
        return self.path(base, locale).read_bytes().decode()

    def change(self, old: str, new: str, base: str = "billing/refunds", locale: str = "en") -> None:
        text = self.read(base, locale)
        assert old in text
        self.path(base, locale).write_bytes(text.replace(old, new).encode())

    def find(self, title: str) -> str:
        return str(next(item["id"] for item in self.site.sandbox.articles() if item["title"] == title))

    def body(self, locale: str = "en") -> str:
        return str(self.site.sandbox.article(self.id)["translated_content"][locale]["body"])

    def teammate(self, old: str, new: str, locale: str = "en") -> None:
        body = self.body(locale)
        assert old in body
        self.site.sandbox.edit_article(self.id, locale, body=body.replace(old, new))

    def group(self, name: str) -> str:
        return str(next(item["id"] for item in self.site.sandbox.groups("collection") if item["name"] == name))

    def settles(self) -> None:
        """Hold that both sides agree from here on."""
        assert self.site("diff", "--exit-code").code == 0
        assert self.site.push().writes == []
        before = {path: path.read_bytes() for path in (self.site.root / "content").rglob("*.md")}
        assert self.site("pull").code == 0
        assert before == {path: path.read_bytes() for path in (self.site.root / "content").rglob("*.md")}


@pytest.fixture(params=LAYOUTS)
def tree(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Tree]:
    with Site(tmp_path) as site:
        yield Tree(site, request.param)


def test_an_edited_word_is_the_only_change_in_the_file(tree: Tree) -> None:
    tree.teammate("write to us", "call us")
    ran = tree.site("pull")
    assert (ran.code, ran.writes) == (0, [])
    assert tree.read() == EN.replace("write to us", "call us")
    assert tree.read(locale="fr") == FR
    tree.settles()


def test_edits_of_different_paragraphs_merge_and_push_sends_ours(tree: Tree) -> None:
    tree.teammate("write to us", "call us")
    tree.change("Last paragraph", "The very last paragraph")
    assert tree.site("pull").code == 0
    assert tree.read() == EN.replace("write to us", "call us").replace("Last paragraph", "The very last paragraph")
    ran = tree.site.push()
    assert (ran.code, [call[0] for call in ran.writes]) == (0, ["PUT"])
    assert "call us" in tree.body()
    assert "The very last paragraph" in tree.body()
    tree.settles()


def test_edits_of_the_same_sentence_conflict_and_push_sends_the_decision(tree: Tree) -> None:
    tree.teammate("Then write to us.", "Then call us.")
    tree.change("Then write to us.", "Then mail us.")
    ran = tree.site("pull")
    assert ran.code == 13
    name = f"content/{tree.name('billing/refunds', 'en')}"
    markers = f"<<<<<<< {name}\nThen mail us.\n=======\nThen call us.\n>>>>>>> Intercom\n"
    assert tree.read() == EN.replace("Then write to us.\n", markers)
    refused = tree.site.push()
    assert (refused.code, refused.writes) == (11, [])
    assert "conflict-markers" in refused.err
    again = tree.site("pull")
    assert again.code == 13
    assert tree.read() == EN.replace("Then write to us.\n", markers)
    tree.change(markers, "Then call or mail us.\n")
    assert tree.site.push().code == 0
    assert "Then call or mail us." in tree.body()
    tree.settles()


def test_taking_their_side_of_a_conflict_leaves_nothing_to_push(tree: Tree) -> None:
    tree.teammate("Then write to us.", "Then call us.")
    tree.change("Then write to us.", "Then mail us.")
    assert tree.site("pull").code == 13
    tree.path().write_text(EN.replace("Then write to us.", "Then call us."), encoding="utf-8")
    assert tree.site.push().writes == []
    tree.settles()


def test_titles_merge_by_field(tree: Tree) -> None:
    tree.site.sandbox.edit_article(tree.id, title="Money back")
    tree.change("How to get your money back", "Get it back")
    assert tree.site("pull").code == 0
    text = tree.read()
    assert text == EN.replace('"Refunds"', '"Money back"').replace("How to get your money back", "Get it back")
    assert len(tree.site.push().writes) == 1
    tree.settles()


def test_titles_that_both_sides_changed_conflict_with_markers(tree: Tree) -> None:
    tree.site.sandbox.edit_article(tree.id, title="Money back")
    tree.change('"Refunds"', '"Repayments"')
    assert tree.site("pull").code == 13
    text = tree.read()
    assert 'title: "Repayments"\n=======\ntitle: "Money back"\n>>>>>>> Intercom\n' in text
    refused = tree.site.push()
    assert (refused.code, refused.writes) == (11, [])
    assert "conflict-markers" in refused.err


def test_equal_edits_of_both_sides_are_agreed(tree: Tree) -> None:
    tree.teammate("write to us", "call us")
    tree.change("write to us", "call us")
    assert tree.site("pull").code == 0
    assert tree.read() == EN.replace("write to us", "call us")
    tree.settles()


def test_files_and_links_follow_a_moved_article(tree: Tree) -> None:
    tree.site.sandbox.move_article(tree.id, tree.group("Other"))
    tree.teammate("write to us", "call us")
    ran = tree.site("pull")
    assert ran.code == 0
    assert not tree.path().exists()
    assert tree.read("other/refunds") == EN.replace("write to us", "call us")
    assert tree.read("other/refunds", "fr") == FR
    assert "[refunds](../other/refunds.md)" in tree.read("billing/see")
    tree.settles()


def test_a_moved_article_keeps_the_writers_edit(tree: Tree) -> None:
    tree.change("Last paragraph", "The very last paragraph")
    tree.site.sandbox.move_article(tree.id, tree.group("Other"))
    tree.teammate("write to us", "call us")
    assert tree.site("pull").code == 0
    expected = EN.replace("write to us", "call us").replace("Last paragraph", "The very last paragraph")
    assert tree.read("other/refunds") == expected
    assert len(tree.site.push().writes) == 1
    tree.settles()


def test_a_translation_that_was_removed_in_intercom_loses_its_file(tree: Tree) -> None:
    tree.site.sandbox.remove_translation(tree.id, "fr")
    assert tree.site("pull").code == 0
    assert not tree.path(locale="fr").exists()
    tree.settles()


def test_pull_keeps_an_edited_translation_that_was_removed_in_intercom(tree: Tree) -> None:
    tree.site.sandbox.remove_translation(tree.id, "fr")
    tree.change("Deuxième", "Second", locale="fr")
    ran = tree.site("pull")
    assert ran.code == 13
    assert "Second" in tree.read(locale="fr")
    assert "removed in Intercom" in ran.out


def test_a_translation_that_a_teammate_added_gets_a_file(tree: Tree) -> None:
    other = tree.find("See")
    tree.site.sandbox.add_translation(other, "fr", title="Voir", body="<p>Tout.</p>")
    assert tree.site("pull").code == 0
    assert tree.read("billing/see", "fr") == page("\nTout.\n").replace("---\n", "---\ntitle: Voir\n", 1)
    tree.settles()


def test_an_article_that_was_removed_in_intercom_loses_its_files(tree: Tree) -> None:
    tree.site.sandbox.delete_article(tree.id)
    assert tree.site("pull").code == 0
    assert not tree.path().exists()
    assert not tree.path(locale="fr").exists()


def test_pull_keeps_an_edited_article_that_was_removed_in_intercom(tree: Tree) -> None:
    tree.change("Last paragraph", "The very last paragraph")
    tree.site.sandbox.delete_article(tree.id)
    ran = tree.site("pull")
    assert ran.code == 13
    assert "removed in Intercom, and edited in the tree" in ran.out
    assert tree.path(locale="fr").exists()


def test_pull_takes_an_added_article_only_with_new(tree: Tree) -> None:
    tree.site.sandbox.create_article("Shipping", body="<p>Fast.</p>", state="published", group=tree.group("Other"))
    ran = tree.site("pull")
    assert ran.code == 0
    assert "Shipping" in ran.out
    assert not tree.path("other/shipping").exists()
    assert tree.site("pull", "--new").code == 0
    assert tree.read("other/shipping") == "---\ntitle: Shipping\n---\n\nFast.\n"
    tree.settles()


def test_pull_does_not_take_a_new_article_whose_name_begins_another_address(tree: Tree) -> None:
    for title in ("Shipping", "Shipping abroad"):
        tree.site.sandbox.create_article(title, body="<p>Fast.</p>", state="published", group=tree.group("Other"))
    assert tree.site("pull", "--new", "other/shipping-abroad").code == 0
    assert tree.path("other/shipping-abroad").exists()
    assert not tree.path("other/shipping").exists()


def test_a_new_article_with_the_title_of_another_has_its_id_in_the_file_name(tree: Tree) -> None:
    number = tree.site.sandbox.create_article(
        "Refunds", body="<p>For shops.</p>", state="published", group=tree.group("Billing")
    )
    assert tree.site("pull", "--new").code == 0
    assert tree.read(f"billing/refunds-{number}") == "---\ntitle: Refunds\n---\n\nFor shops.\n"
    assert tree.read() == EN
    tree.settles()


def test_a_dry_run_shows_the_lines_and_writes_nothing(tree: Tree) -> None:
    tree.teammate("write to us", "call us")
    before = {path: path.read_bytes() for path in tree.site.root.rglob("*") if path.is_file()}
    ran = tree.site("pull", "--dry-run")
    assert ran.code == 0
    assert "-Then write to us." in ran.out
    assert "+Then call us." in ran.out
    assert before == {path: path.read_bytes() for path in tree.site.root.rglob("*") if path.is_file()}


def test_a_collection_that_a_teammate_renamed_keeps_its_folder(tree: Tree) -> None:
    tree.site.sandbox.edit_group(tree.group("Billing"), name="Payments")
    assert tree.site("pull").code == 0
    assert tree.read("billing/_collection") == page(name="Payments")
    tree.settles()


def test_a_conflict_in_one_translation_does_not_stop_the_others(tree: Tree) -> None:
    tree.teammate("Then write to us.", "Then call us.")
    tree.change("Then write to us.", "Then mail us.")
    tree.teammate("Deuxième", "Second", locale="fr")
    assert tree.site("pull").code == 13
    assert tree.read(locale="fr") == FR.replace("Deuxième", "Second")


def test_an_address_limits_a_pull(tree: Tree) -> None:
    tree.teammate("write to us", "call us")
    tree.site.sandbox.edit_article(tree.find("See"), title="Look")
    assert tree.site("pull", "billing/see").code == 0
    assert 'title: "Look"' in tree.read("billing/see")
    assert tree.read() == EN
    assert tree.site("pull", "billing/").code == 0
    assert "call us" in tree.read()
    assert tree.site("pull", "biling/see").code == 2


def test_git_would_merge_it_the_same_way(tree: Tree, tmp_path: Path) -> None:
    tree.teammate("Then write to us.", "Then call us.")
    tree.change("Then write to us.", "Then mail us.")
    ours = tmp_path / "ours.md"
    ours.write_text(tree.read(), encoding="utf-8")
    (tmp_path / "base.md").write_text(EN, encoding="utf-8")
    (tmp_path / "theirs.md").write_text(EN.replace("Then write to us.", "Then call us."), encoding="utf-8")
    tree.site("pull")
    names = ["-L", f"content/{tree.name('billing/refunds', 'en')}", "-L", "base", "-L", "Intercom"]
    command = ["git", "merge-file", "-p", *names, "ours.md", "base.md", "theirs.md"]
    merged = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).stdout
    assert tree.path().read_bytes() == merged


def test_pins_are_written_beside_those_of_other_remotes(tree: Tree) -> None:
    settings = (tree.site.root / "helpsync.yaml").read_text(encoding="utf-8")
    tree.site.write("helpsync.yaml", settings + "remotes: {production: {token_env: TOKEN}}\n")
    tree.change("title:", "id: 5 # theirs\ntitle:", base="billing/see")
    assert tree.site("pull", "--pin").code == 0
    assert f"id: {{sandbox: {tree.id}}}\n" in tree.read()
    assert "id:" not in tree.read(locale="fr")
    assert f"id: {{production: 5, sandbox: {tree.find('See')}}}" in tree.read("billing/see")
    tree.settles()


def test_without_a_baseline_pull_links_equal_articles_and_makes_no_second_file(tree: Tree) -> None:
    tree.teammate("Then write to us.", "Then call us, or write to us.")
    before = {path: path.read_bytes() for path in (tree.site.root / "content").rglob("*.md")}
    tree.site.lose_disk()
    ran = tree.site("pull")
    assert ran.code == 13
    assert "helpsync adopt billing/refunds" in ran.out
    assert before == {path: path.read_bytes() for path in (tree.site.root / "content").rglob("*.md")}
    assert tree.site("adopt", "--yes").code == 0
    assert tree.site("pull").code == 13
    assert before == {path: path.read_bytes() for path in (tree.site.root / "content").rglob("*.md")}
    tree.change("Then write to us.", "Then call us, or write to us.")
    assert tree.site("pull").code == 0
    tree.settles()


LISTS = """\
---
title: Lists
---

* one
    * under one
* two

Then write to us.
"""


def test_lists_in_lists_that_intercom_refused_stay_in_the_file_when_a_teammate_edits_there(tmp_path: Path) -> None:
    with Site(tmp_path, nested_lists="refuse") as site:
        site.content({"a/_collection.md": page(name="A"), "a/lists.md": LISTS})
        site.push()
        (article,) = site.sandbox.articles()
        site.sandbox.edit_article(article["id"], body=article["body"].replace("write to us", "call us"))
        assert site("pull").code == 0
        assert (tmp_path / "content/a/lists.md").read_text() == LISTS.replace("write to us", "call us")
        assert site("diff", "--exit-code").code == 0
        assert site.push().writes == []


def test_nested_lists_that_a_teammate_turned_into_paragraphs_are_paragraphs_in_the_file(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        # The list that says nothing yet keeps the edit from being carried into the lines as they stand.
        lists = "* one\n+ two\n    + under two\n1. <!-- later -->\n"
        site.content({"a/_collection.md": page(name="A"), "a/lists.md": page(lists, title="Lists")})
        site.push()
        (article,) = site.sandbox.articles()
        nested = article["body"]
        flat = re.sub(r"<ul><li>(<p[^>]*>)(under two</p>)</li></ul>", r"\1– \2", nested)
        assert flat != nested
        site.sandbox.edit_article(article["id"], body=flat)
        assert site("pull").code == 0
        assert "\n- two\n\n  – under two\n" in (tmp_path / "content/a/lists.md").read_text()
        assert site("diff", "--exit-code").code == 0
        assert site.push().writes == []


def test_an_added_description_comes_home_after_a_push_of_other_edits(tree: Tree) -> None:
    tree.site.sandbox.edit_article(tree.id, "fr", description="Comment")
    tree.site.sandbox.edit_group(tree.group("Billing"), description="All about money")
    tree.change("Deuxième", "Second", locale="fr")
    tree.change("Billing", "Payments", base="billing/_collection")
    assert len(tree.site.push().writes) == 2
    assert tree.site("pull").code == 0
    assert "description: Comment\n" in tree.read(locale="fr")
    assert "description: All about money\n" in tree.read("billing/_collection")
    tree.settles()


def test_descriptions_of_both_sides_conflict_after_a_push_without_one(tree: Tree) -> None:
    tree.site.sandbox.edit_article(tree.id, "fr", description="Comment")
    tree.change("Deuxième", "Second", locale="fr")
    assert tree.site.push().code == 0
    tree.change("title:", "description: Pourquoi\ntitle:", locale="fr")
    ran = tree.site.push()
    assert (ran.code, ran.writes) == (13, [])


def test_a_description_older_than_the_file_comes_home(tree: Tree) -> None:
    number = tree.site.sandbox.create_article("Seen", body="<p>The same text.</p>", group=tree.group("Billing"))
    tree.site.sandbox.edit_article(number, "en", description="Said in Intercom", state="published")
    tree.path("billing/seen").write_text(page("The same text.\n", title="Seen"), encoding="utf-8")
    assert tree.site.push().writes == []
    assert tree.site("pull").code == 0
    assert "description: Said in Intercom\n" in tree.read("billing/seen")
    tree.settles()
