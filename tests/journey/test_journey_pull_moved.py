"""Links to moved or removed files don't count as edits of a teammate: only edited lines can conflict."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from journey_site import Site, is_relink, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

LAYOUTS = ("suffix", "folder")
LOCALES = ("en", "fr")
PICTURE = b"\x89PNG\r\n\x1a\nfour pixels"
WORDS = (("en", "First sentence", "First long sentence"), ("fr", "Première phrase", "Première longue phrase"))


class Tree:
    """A pushed site in which `billing/see` leads to `billing/refunds`, in French by a path to the English file."""

    def __init__(self, site: Site, layout: str) -> None:
        self.site = site
        self.layout = layout
        self.content = site.root / "content"
        subprocess.run(["git", "init", "-q", str(site.root)], check=True)
        site.write("helpsync.yaml", (site.root / "helpsync.yaml").read_text() + f"layout: {layout}\n")
        english = "refunds.md" if layout == "suffix" else "../../en/billing/refunds.md"
        picture = "images/a.png" if layout == "suffix" else "../../images/a.png"
        self.picture = self.content / ("billing/images/a.png" if layout == "suffix" else "images/a.png")
        files = {
            ("billing/_collection", "en"): page(name="Billing"),
            ("billing/_collection", "fr"): page(name="Facturation"),
            ("other/_collection", "en"): page(name="Other"),
            ("other/_collection", "fr"): page(name="Autre"),
            ("billing/refunds", "en"): page("# When\n\nYou get your money back within a week.\n", title="Refunds"),
            ("billing/refunds", "fr"): page("# Quand\n\nVous êtes remboursé en une semaine.\n", title="Avoirs"),
            ("billing/terms", "en"): page("These are the terms that we all agree on.\n", title="Terms"),
            ("billing/see", "en"): page(
                "First sentence.\n\nSee [refunds](refunds.md#when) and [terms][t].\n\n"
                f"![A picture]({picture})\n\nLast.\n\n[t]: /billing/terms.md\n",
                title="See",
            ),
            ("billing/see", "fr"): page(
                f"Première phrase.\n\nVoir [avoirs]({english}#quand) et [conditions][t].\n\n"
                f"![Une image]({picture})\n\nFin.\n\n[t]: /billing/terms.md\n",
                title="Voir",
            ),
        }
        site.content({self.name(*place): text for place, text in files.items()})
        self.picture.parent.mkdir(parents=True, exist_ok=True)
        self.picture.write_bytes(PICTURE)
        self.push()
        self.id = self.find("See")

    def name(self, base: str, locale: str) -> str:
        if self.layout == "folder":
            return f"{locale}/{base}.md"
        return f"{base}.md" if locale == "en" else f"{base}.{locale}.md"

    def path(self, base: str, locale: str) -> Path:
        return self.content / self.name(base, locale)

    def find(self, title: str) -> str:
        return str(next(item["id"] for item in self.site.sandbox.articles() if item["title"] == title))

    def push(self) -> None:
        for command in (["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
            subprocess.run(["git", *command], cwd=self.site.root, check=True)
        assert self.site.push("--allow-remove", "9").code in (0, 13)

    def move(self, old: str, new: str) -> None:
        for locale in LOCALES:
            if self.path(old, locale).exists():
                self.path(new, locale).parent.mkdir(parents=True, exist_ok=True)
                self.path(old, locale).rename(self.path(new, locale))

    def change(self, base: str, *pairs: tuple[str, str]) -> None:
        """Replace texts in an article's files, each where it stands."""
        for locale in LOCALES:
            path = self.path(base, locale)
            if path.exists():
                text = path.read_text(encoding="utf-8")
                for old, new in pairs:
                    text = text.replace(old, new)
                path.write_text(text, encoding="utf-8")

    def edit(self) -> None:
        """Let a writer edit the last sentence of the linking article, wherever it is."""
        for folder in ("billing", "other", "money"):
            self.change(f"{folder}/see", ("Last.", "Last of all."), ("Fin.", "Fin de tout."))

    def teammate(self, *words: tuple[str, str, str]) -> None:
        for locale, old, new in words:
            body = self.site.sandbox.article(self.id)["translated_content"][locale]["body"]
            assert old in body
            self.site.sandbox.edit_article(self.id, locale, body=body.replace(old, new))

    def files(self) -> dict[Path, str]:
        """Return the texts of the linking article by their files."""
        return {path: path.read_text(encoding="utf-8") for path in self.content.rglob("see*.md")}


@pytest.fixture(params=LAYOUTS)
def tree(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Tree]:
    with Site(tmp_path) as site:
        yield Tree(site, request.param)


def the_article_moves(tree: Tree) -> None:
    tree.move("billing/refunds", "other/back")
    tree.change("billing/see", ("/billing/refunds", "/other/back"), ("(refunds", "(./../other/back"))


def the_article_is_renamed(tree: Tree) -> None:
    tree.move("billing/refunds", "billing/back")
    tree.change("billing/see", ("refunds.md", "back.md"))


def the_linking_article_moves(tree: Tree) -> None:
    tree.move("billing/see", "other/see")
    tree.change("other/see", ("(refunds", "(../billing/refunds"), ("(images", "(../billing/images"))


def both_move(tree: Tree) -> None:
    the_article_moves(tree)
    tree.move("billing/see", "other/see")
    tree.change("other/see", ("../other/", ""), ("(images", "(../billing/images"))


def the_folder_is_renamed(tree: Tree) -> None:
    for locale in LOCALES:
        folder = tree.path("billing/see", locale).parent
        if folder.exists():
            folder.rename(folder.with_name("money"))
    tree.change("money/see", ("/billing/", "/money/"))


def they_trade_places(tree: Tree) -> None:
    tree.move("billing/refunds", "billing/between")
    tree.move("billing/terms", "billing/refunds")
    tree.move("billing/between", "billing/terms")
    tree.change("billing/see", ("refunds.md", "?"), ("terms.md", "refunds.md"), ("?", "terms.md"))


def the_heading_is_renamed(tree: Tree) -> None:
    tree.change("billing/refunds", ("# When", "# How soon"), ("# Quand", "# Délai"))
    tree.change("billing/see", ("#when", "#how-soon"), ("#quand", "#délai"))


def the_article_is_removed(tree: Tree) -> None:
    for locale in LOCALES:
        tree.path("billing/refunds", locale).unlink()
        path = tree.path("billing/see", locale)
        path.write_text(re.sub(r"\[(refunds|avoirs)\]\(\S*\)", r"\1", path.read_text()), encoding="utf-8")


def its_translation_is_removed(tree: Tree) -> None:
    tree.path("billing/refunds", "fr").unlink()
    tree.change("billing/see", ("#quand", ""))


def a_translation_is_added(tree: Tree) -> None:
    tree.path("billing/terms", "fr").write_text(page("Voici les conditions.\n", title="Conditions"), encoding="utf-8")


def the_picture_moves(tree: Tree) -> None:
    target = tree.content / "pictures/b.png"
    target.parent.mkdir()
    tree.picture.rename(target)
    tree.change("billing/see", ("(images/a", "(../pictures/b"), ("(../../images/a", "(../../pictures/b"))


CHANGES = [
    the_article_moves,
    the_article_is_renamed,
    the_linking_article_moves,
    both_move,
    the_folder_is_renamed,
    they_trade_places,
    the_heading_is_renamed,
    the_article_is_removed,
    its_translation_is_removed,
    a_translation_is_added,
    the_picture_moves,
]


def comes_home(tree: Tree) -> None:
    """Hold that the teammate's words, and nothing else, come into the writer's files, and that both sides agree."""
    tree.teammate(*WORDS)
    ours = tree.files()
    edited = tree.site("diff").out.partition("! ")[2]
    lines = {line.strip(" -+~") for line in edited.splitlines() if re.match(r" +[-+]", line)}
    assert not [line for line in lines if not re.match(r"(First|Première) |(Last|Fin)", line)], edited
    ran = tree.site("pull")
    assert (ran.code, ran.writes) == (0, []), ran.out
    assert tree.files() == {path: _with(text) for path, text in ours.items()}
    tree.push()
    assert tree.site("diff", "--exit-code").code == 0


def _with(text: str) -> str:
    for _, old, new in WORDS:
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("tree", LAYOUTS[:1], indirect=True)
def test_only_the_line_that_a_teammate_edited_comes_home(tree: Tree, change: Callable[[Tree], None]) -> None:
    change(tree)
    comes_home(tree)


@pytest.mark.parametrize("change", CHANGES)
def test_the_edit_comes_home_beside_another_edit_of_the_writer(tree: Tree, change: Callable[[Tree], None]) -> None:
    change(tree)
    tree.edit()
    comes_home(tree)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("tree", LAYOUTS[:1], indirect=True)
def test_the_edit_comes_home_after_the_move_was_pushed(tree: Tree, change: Callable[[Tree], None]) -> None:
    change(tree)
    tree.push()
    tree.edit()
    comes_home(tree)


# A renamed heading has another id then, and the old link, which Intercom still has, leads to none.
@pytest.mark.parametrize("change", [change for change in CHANGES if change != the_heading_is_renamed])
@pytest.mark.parametrize("tree", LAYOUTS[:1], indirect=True)
def test_the_edit_comes_home_after_a_push_that_held_the_article(tree: Tree, change: Callable[[Tree], None]) -> None:
    change(tree)
    tree.edit()
    tree.teammate(("en", " and ", " and our "))
    tree.push()
    tree.teammate(("en", " and our ", " and "))
    comes_home(tree)


def test_a_word_that_a_teammate_edited_on_the_line_of_the_link_comes_home(tree: Tree) -> None:
    tree.move("billing/refunds", "other/back")
    tree.change("billing/see", ("/billing/refunds", "/other/back"), ("(refunds", "(../other/back"))
    tree.teammate(("fr", " et ", " puis "))
    assert tree.site("pull").code == 0
    path = "../other/back.md" if tree.layout == "suffix" else "../../en/other/back.md"
    assert f"Voir [avoirs]({path}#quand) puis [conditions][t].\n" in tree.path("billing/see", "fr").read_text()


def test_links_follow_an_article_that_a_teammate_moved_while_a_writer_edited_the_text(tree: Tree) -> None:
    other = next(item["id"] for item in tree.site.sandbox.groups("collection") if item["name"] == "Other")
    tree.site.sandbox.move_article(tree.find("Refunds"), other)
    tree.edit()
    tree.teammate(*WORDS)
    assert tree.site("pull").code == 0
    path = "../other/refunds.md" if tree.layout == "suffix" else "../../en/other/refunds.md"
    french = tree.path("billing/see", "fr").read_text()
    assert f"Première longue phrase.\n\nVoir [avoirs]({path}#quand) et [conditions][t].\n" in french
    assert "Fin de tout." in french


def test_a_broken_link_in_the_former_text_hides_no_other(tree: Tree) -> None:
    tree.site.write("helpsync.yaml", (tree.site.root / "helpsync.yaml").read_text() + "rules: {broken-link: warn}\n")
    tree.change("billing/see", ("First sentence.", "First sentence [here](nowhere.md)."))
    tree.push()
    tree.move("billing/refunds", "other/refunds")
    tree.change("billing/see", ("/billing/refunds", "/other/refunds"), ("(refunds", "(../other/refunds"))
    comes_home(tree)


def test_a_link_to_a_removed_translation_points_at_the_default_locale_after_the_push(
    tree: Tree,
) -> None:
    refunds = tree.find("Refunds")
    tree.change("billing/see", ("#quand", ""))
    tree.push()
    tree.site.sandbox.remove_translation(refunds, "fr")
    assert tree.site("pull").code == 0
    assert not tree.path("billing/refunds", "fr").exists()
    plan = tree.site.plan()
    assert [(change["address"], is_relink(change)) for change in plan["changes"]] == [("billing/see", True)]
    tree.push()
    french = tree.site.sandbox.article(tree.id)["translated_content"]["fr"]["body"]
    assert f"/en/articles/{refunds}" in french
    assert f"/fr/articles/{refunds}" not in french
    assert tree.site("diff", "--exit-code").code == 0
