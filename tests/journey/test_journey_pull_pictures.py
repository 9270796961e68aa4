"""Pull writes Intercom's pictures as files: where, under which name, and which ones it fetches again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pulled_site import PulledSite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMAGE = '<img src="https://pictures.example/{}">'


class Illustrated(PulledSite):
    """A help center with an article “One” in a collection “Billing”, with a picture for each of the names."""

    def show(self, *names: str) -> Illustrated:
        with self.sandbox.writing() as workspace:
            center = next(iter(workspace.center_paths()))
            workspace.db.execute(
                "INSERT INTO groups (id, kind, help_center_id, position, created_at, updated_at, written)"
                " VALUES (7, 'collection', ?, 1, 1, 1, 1)",
                (center,),
            )
            workspace.db.execute(
                "INSERT INTO labels (group_id, locale, name, description) VALUES (7, 'en', 'Billing', '')"
            )
        body = "<p>Words.</p>" + "".join(IMAGE.format(name) for name in names)
        self.number = self.sandbox.create_article("One", body=body, state="published", group=7)
        return self

    @property
    def text(self) -> str:
        return (self.root / "content/billing/one.md").read_text(encoding="utf-8")

    @property
    def pictures(self) -> list[str]:
        return re.findall(r"!\[\]\((?:<)?([^)>]*)", self.text)

    def lose(self, name: str) -> None:
        """Let Intercom have no bytes for a picture."""
        self._digest(name, "UPDATE pictures SET digest = 'gone' || digest WHERE source = ?")

    def find(self, name: str) -> None:
        self._digest(name, "UPDATE pictures SET digest = substr(digest, 5) WHERE source = ?")

    def _digest(self, name: str, statement: str) -> None:
        with self.sandbox.writing() as workspace:
            workspace.db.execute(statement, (f"https://pictures.example/{name}",))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Illustrated]:
    with Illustrated(tmp_path / "repository", locales=("en", "fr")) as site:
        yield site


def settings(site: PulledSite, more: str) -> None:
    path = site.root / "helpsync.yaml"
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_an_ignored_symlink_leads_no_picture_out_of_the_tree(
    site: Illustrated, options: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (site.root / "content/billing").mkdir(parents=True)
    (site.root / "content/billing/images").symlink_to(tmp_path / "outside")
    settings(site, 'ignore: ["**/images/**"]\n')
    before = site.everything()
    ran = site.show("a.png").pull(*options)
    assert (ran.code, list((tmp_path / "outside").iterdir())) == (11, [])
    assert "content/billing/images: error: the symbolic link points out of the content folder" in ran.err
    assert site.everything() == before


def test_a_file_named_like_the_images_folder_stops_a_pull_before_it_writes(
    site: Illustrated,
) -> None:
    site.write("content/billing/images", "a file")
    ran = site.show("a.png").pull()
    assert (ran.code, site.everything()) == (11, {"helpsync.yaml", "content/billing/images"})
    assert "content/billing/images: error: this is not a folder" in ran.err


@pytest.mark.parametrize("there", ["a file", None])
def test_a_file_named_like_a_collections_folder_gives_it_another_name(site: Illustrated, there: str | None) -> None:
    (site.root / "content").mkdir()
    if there is None:
        (site.root / "content/billing").symlink_to("nowhere")
    else:
        site.write("content/billing", there)
    ran = site.show("a.png").pull()
    assert ran.code == 0
    assert sorted(site.files()) == sorted(
        [
            *(["billing"] if there else []),
            *("billing-7/_collection.md", "billing-7/images/a.png", "billing-7/one.md"),
        ]
    )


def test_no_picture_is_named_like_a_windows_device(site: Illustrated) -> None:
    assert site.show("CON.png", "nul.jpeg", "com1.png").pull().code == 0
    assert site.pictures == [f"images/picture-{name}.png" for name in ("con", "nul", "com1")]
    assert site.nothing_to_do()


def test_pictures_go_into_an_images_folder_in_any_case(site: Illustrated) -> None:
    site.write("content/billing/Images/mine.png", "GIF89a mine")
    assert site.show("a.png").pull().code == 0
    assert site.pictures == ["Images/a.png"]
    assert site.nothing_to_do()


def test_a_missing_picture_is_fetched_again_when_its_text_is_asked_for(site: Illustrated) -> None:
    site.show("a.png", "b.png").lose("b.png")
    ran = site.pull()
    assert (ran.code, site.pictures[0], site.pictures[1][:8]) == (0, "images/a.png", "https://")
    assert "answered 404; the text links to it there\n    hint: `helpsync pull ADDRESS`" in ran.out
    site.find("b.png")
    assert site.nothing_to_do()
    assert site.pull("billing/one").code == 0
    assert site.pictures == ["images/a.png", "images/b.png"]
    assert site.nothing_to_do()


def test_a_missing_picture_is_fetched_again_when_its_text_changes(site: Illustrated) -> None:
    site.show("a.png", "b.png").lose("b.png")
    site.pull()
    site.find("b.png")
    stored: Any = site.sandbox.article(site.number)["body"]
    site.sandbox.edit_article(site.number, body=stored.replace("Words.", "Other words."))
    assert site.pull().code == 0
    assert ("Other words." in site.text, site.pictures) == (True, ["images/a.png", "images/b.png"])
    assert site.nothing_to_do()


def test_fetching_a_picture_again_does_not_conflict_with_an_edited_file(site: Illustrated) -> None:
    site.show("b.png").lose("b.png")
    site.pull()
    (site.root / "content/billing/one.md").write_text(site.text.replace("Words.", "My words."), encoding="utf-8")
    before = site.text
    assert (site.pull("billing/one").code, site.text) == (0, before)


def test_a_replaced_picture_stays_and_the_next_push_sends_it(site: Illustrated) -> None:
    site.show("a.png", "b.png", "c.png").pull()
    settings(site, 'assets: {url: "https://assets.example/{path}"}\n')
    site.write("content/billing/images/b.png", "GIF89a other pixels")
    before = site.text
    stored: Any = site.sandbox.article(site.number)["body"]
    site.sandbox.edit_article(site.number, body=stored.replace("Words.", "Other words."))
    assert site.pull().code == 0
    assert site.text == before.replace("Words.", "Other words.")
    assert "content/billing/images/b.png changed" in site("diff").out
    assert len(site.push().writes) == 1
    shown: Any = site.sandbox.article(site.number)["body"]
    assert re.findall(r"/([a-z.]+)\?expires", shown) == ["a.png", "b.png", "c.png"]
    assert re.findall(r'src="([^?]*)', shown)[1] != re.findall(r'src="([^?]*)', stored)[1]
    assert site.nothing_to_do()


def test_a_picture_that_both_sides_replaced_is_a_conflict(site: Illustrated) -> None:
    site.show("a.png", "b.png").pull()
    settings(site, 'assets: {url: "https://assets.example/{path}"}\n')
    site.write("content/billing/images/b.png", "GIF89a other pixels")
    before = site.text
    stored: Any = site.sandbox.article(site.number)["body"]
    second = re.findall(r"<img[^>]*>", stored)[1]
    site.sandbox.edit_article(site.number, body=stored.replace(second, IMAGE.format("theirs.png")))
    assert site("diff", "--exit-code").code == 13
    ran = site.pull()
    assert (ran.code, site.text) == (13, before)
    assert "content/billing/images/b.png was replaced in the tree, and its place in the text changed" in ran.out


def test_a_picture_that_a_teammate_removed_leaves_the_text(site: Illustrated) -> None:
    site.show("a.png", "b.png").pull()
    stored: Any = site.sandbox.article(site.number)["body"]
    second = re.findall(r"<img[^>]*>", stored)[1]
    site.sandbox.edit_article(site.number, body=stored.replace(second, ""))
    assert (site.pull().code, site.pictures) == (0, ["images/a.png"])
    assert site.nothing_to_do()
