"""Pull and the writers' changes to the same files, and what pull can't bring home and leaves as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from helpsync.pull import compose
from helpsync.sync import pull as pulling
from journey_site import Died, Site, group, identifier, mortal, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {
    "billing/_collection.md": page(name="Billing"),
    "other/_collection.md": page(name="Other"),
    "billing/refunds.md": page("Money comes back within ten days.\n\nWrite to us.\n", title="Refunds"),
    "billing/refunds.fr.md": page("L'argent revient sous dix jours.\n", title="Remboursements"),
    "billing/see.md": page("Have a look around here.\n", title="See"),
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as made:
        made.content(FILES)
        assert made.push().code == 0
        yield made


def teammate(site: Site, title: str, old: str, new: str) -> None:
    number = identifier(site, title)
    body = site.sandbox.article(number)["body"]
    assert old in body
    site.sandbox.edit_article(number, body=body.replace(old, new))


def move(site: Site, before: str, after: str) -> None:
    target = site.root / "content" / after
    target.parent.mkdir(parents=True, exist_ok=True)
    (site.root / "content" / before).rename(target)


def move_refunds(site: Site, to: str) -> None:
    move(site, "billing/refunds.md", f"{to}.md")
    move(site, "billing/refunds.fr.md", f"{to}.fr.md")


def read(site: Site, path: str) -> str:
    return (site.root / "content" / path).read_text(encoding="utf-8")


def test_an_article_too_large_for_a_file_does_not_count_as_removed_by_writers(site: Site) -> None:
    number = site.sandbox.create_article("Huge", body="<p>Long.</p>", state="published", group=group(site, "Other"))
    site.sandbox.add_translation(number, "fr", title="Énorme", body="<p>Long.</p>")
    with patch.object(compose, "MAX_BYTES", 10):
        ran = site("pull", "--new")
    assert ran.code == 13
    assert not list((site.root / "content/other").glob("[!_]*"))
    assert site.plan()["changes"] == []
    assert site.push().writes == []


def test_pull_merges_an_edit_into_a_renamed_file_of_the_same_article(site: Site) -> None:
    move_refunds(site, "billing/money")
    teammate(site, "Refunds", "Write to us", "Call us")
    assert site("pull").code == 0
    assert "Call us." in read(site, "billing/money.md")
    assert site("diff", "--exit-code").code == 0
    assert site.push().writes == []


def test_pull_merges_an_edit_into_a_moved_file_and_push_sends_the_move(site: Site) -> None:
    move_refunds(site, "other/refunds")
    teammate(site, "Refunds", "Write to us", "Call us")
    assert site("pull").code == 0
    ran = site.push()
    assert (ran.code, [method for method, _ in ran.writes]) == (0, ["PUT"])
    article = site.sandbox.article(identifier(site, "Refunds"))
    assert article["parent_id"] == int(group(site, "Other"))
    assert "Call us." in article["body"]
    assert site("diff", "--exit-code").code == 0


def test_pull_removes_a_renamed_file_whose_article_was_removed(site: Site) -> None:
    move_refunds(site, "billing/money")
    site.sandbox.delete_article(identifier(site, "Refunds"))
    assert site("pull").code == 0
    assert not (site.root / "content/billing/money.md").exists()
    assert "billing/refunds" not in (site.root / ".helpsync/sandbox/baseline.json").read_text(encoding="utf-8")
    assert site("diff", "--exit-code").code == 0
    assert site.push().writes == []


def test_an_interrupted_pull_of_a_renamed_file_keeps_its_record(site: Site) -> None:
    move_refunds(site, "billing/money")
    teammate(site, "Refunds", "Write to us", "Call us")

    def dies(*_: object) -> None:
        raise Died

    with patch.object(pulling, "write_whole", dies), mortal():
        site("pull")
    assert site("diff", "--exit-code").code == 13
    assert site("pull").code == 0
    assert site("diff", "--exit-code").code == 0


def test_pull_leaves_swapped_files_alone_until_a_push(site: Site) -> None:
    move(site, "billing/see.md", "billing/tmp.md")
    move(site, "billing/refunds.md", "billing/see.md")
    move(site, "billing/tmp.md", "billing/refunds.md")
    (site.root / "content/billing/refunds.fr.md").rename(site.root / "content/billing/see.fr.md")
    teammate(site, "See", "Have a look", "Look")
    ran = site("pull")
    assert ran.code == 13
    assert "push first" in ran.out
    assert site.push().code == 0
    assert site("pull").code == 0
    assert "Look around here." in read(site, "billing/refunds.md")
    assert site("diff", "--exit-code").code == 0


def test_pull_refuses_to_remove_most_translations_of_a_locale_at_once(site: Site) -> None:
    for number in range(12):
        site.write(f"content/other/n{number}.md", page(f"Text of number {number}.\n", title=f"N{number}"))
        site.write(f"content/other/n{number}.fr.md", page(f"Texte du numéro {number}.\n", title=f"F{number}"))
    assert site.push().code == 0
    for article in site.sandbox.articles():
        if article["translated_content"]["fr"]:
            site.sandbox.remove_translation(article["id"], "fr")
    before = {path: path.read_bytes() for path in (site.root / "content").rglob("*.md")}
    ran = site("pull")
    assert ran.code == 12
    assert "13 of 13 fr translations were removed in Intercom" in ran.err
    assert "--allow-remove 13" in ran.err
    assert before == {path: path.read_bytes() for path in (site.root / "content").rglob("*.md")}
    assert site("pull", "--allow-remove", "12").code == 12
    assert site("pull", "--allow-remove", "13").code == 0
    assert not list((site.root / "content").rglob("*.fr.md"))


def test_a_section_moves_with_a_file_that_has_conflict_markers(site: Site) -> None:
    site.write("content/billing/inv/_collection.md", page(name="Invoices"))
    site.write("content/billing/inv/one.md", page("One text here.\n\nAnother.\n", title="One"))
    assert site.push().code == 0
    teammate(site, "One", "Another", "Theirs")
    site.write("content/billing/inv/one.md", page("One text here.\n\nMine.\n", title="One"))
    assert site("pull").code == 13
    marked = read(site, "billing/inv/one.md")
    (section,) = site.sandbox.groups("section")
    site.sandbox.move_section(section["id"], group(site, "Other"))
    ran = site("pull")
    assert (ran.code, ran.err) == (13, "")
    assert read(site, "other/inv/one.md") == marked
    site.write("content/other/inv/one.md", page("One text here.\n\nMine.\n", title="One"))
    assert site.plan()["summary"]["update"] == 1


def test_an_article_moved_into_a_new_collection_brings_its_folder_too(site: Site) -> None:
    site.write("content/fresh/_collection.md", page(name="Fresh"))
    assert site.push().code == 0
    (site.root / "content/fresh/_collection.md").unlink()
    path = site.root / ".helpsync/sandbox/baseline.json"
    baseline = json.loads(path.read_text(encoding="utf-8"))
    del baseline["addresses"]["fresh/"]
    path.write_text(json.dumps(baseline), encoding="utf-8")
    site.sandbox.move_article(identifier(site, "See"), group(site, "Fresh"))
    assert site("pull", "billing/see").code == 0
    assert read(site, "fresh/_collection.md") == "---\nname: Fresh\n---\n"
    assert "look around" in read(site, "fresh/see.md")
    assert site("diff", "--exit-code").code == 0


def test_pull_keeps_a_removed_articles_file_that_was_edited_meanwhile(site: Site) -> None:
    site.sandbox.delete_article(identifier(site, "See"))
    site.sandbox.on_request = lambda *_: site.write("content/billing/see.md", page("Saved right now.\n", title="See"))
    ran = site("pull")
    site.sandbox.on_request = None
    assert ran.code == 13
    assert "billing/see: its file was changed while this ran (en)\n    hint: run it again" in ran.out
    assert "Saved right now." in read(site, "billing/see.md")


def test_an_article_moved_into_a_section_that_moves_follows_it(site: Site) -> None:
    site.write("content/billing/inv/_collection.md", page(name="Invoices"))
    site.write("content/billing/inv/see.md", page("This one is about bills.\n", title="See bills"))
    assert site.push().code == 0
    (section,) = site.sandbox.groups("section")
    site.sandbox.move_section(section["id"], group(site, "Other"))
    site.sandbox.move_article(identifier(site, "See"), section["id"])
    assert site("pull").code == 0
    (moved,) = (site.root / "content/other/inv").glob("see-*.md")
    assert "look around" in moved.read_text(encoding="utf-8")
    assert "about bills" in read(site, "other/inv/see.md")
    assert not (site.root / "content/billing/inv").exists()
    assert site("diff", "--exit-code").code == 0
    assert site.push().writes == []


def test_pull_reports_a_changed_state_that_no_file_sets(site: Site) -> None:
    number = identifier(site, "Refunds")
    site.sandbox.edit_article(number, state="draft")
    assert site("pull").code == 0
    site.write("content/billing/refunds.md", FILES["billing/refunds.md"])
    assert site.push().writes == []
    site.sandbox.edit_article(number, state="published")
    ran = site("pull")
    assert "published in Intercom: en; no file says otherwise" in ran.out
    assert read(site, "billing/refunds.md") == FILES["billing/refunds.md"]
    assert "published in Intercom" not in site("pull").out


def test_pull_removes_one_of_many_articles_without_an_option(site: Site) -> None:
    for number in range(12):
        site.write(f"content/other/n{number}.md", page(f"Text of number {number}.\n", title=f"N{number}"))
    assert site.push().code == 0
    site.sandbox.delete_article(identifier(site, "N3"))
    assert site("pull").code == 0
    assert not (site.root / "content/other/n3.md").exists()
    assert site("diff", "--exit-code").code == 0


def test_pull_removes_the_folder_of_a_removed_collection_and_no_other(site: Site) -> None:
    site.write("content/other/stays.md", page("This one stays.\n", title="Stays"))
    assert site.push().code == 0
    for title in ("Refunds", "See"):
        site.sandbox.delete_article(identifier(site, title))
    site.sandbox.delete_group("collection", group(site, "Billing"))
    assert site("pull", "--allow-remove", "2").code == 0
    assert sorted(path.name for path in (site.root / "content").rglob("*.md")) == ["_collection.md", "stays.md"]
    assert site("diff", "--exit-code").code == 0


def test_an_article_moved_into_a_collection_without_a_folder_stays_in_place(site: Site) -> None:
    (site.root / "content/other/_collection.md").unlink()
    assert site.push().code == 0
    site.sandbox.move_article(identifier(site, "See"), group(site, "Other"))
    ran = site("pull")
    assert ran.code == 13
    assert "moved in Intercom to a collection whose folder was removed from the tree" in ran.out
    assert (site.root / "content/billing/see.md").exists()


def test_pull_counts_articles_in_a_locale_that_is_not_configured(site: Site) -> None:
    site.sandbox.add_translation(identifier(site, "Refunds"), "de", title="Erstattung", body="<p>Zehn Tage.</p>")
    assert "1 item also has text in de: not pulled" in site("pull").out
    site.sandbox.add_translation(identifier(site, "See"), "de", title="Siehe", body="<p>Hier.</p>")
    assert "2 items also have text in de: not pulled" in site("pull").out
