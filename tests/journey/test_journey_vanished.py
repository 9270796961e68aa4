"""A tree that is not there, or that is read wrongly, is a mistake and not the wish to remove everything."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from workspace import LIMITED, crowd

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace import MakeWorkspace, Ran, Workspace

PUSHED = 5


@pytest.fixture
def pushed(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with articles in two locales that readers have; fewer than the default floor of the limits."""
    workspace = make_workspace(LIMITED.replace("floor: 4", "floor: 10"))
    crowd(workspace, PUSHED)
    for number in range(PUSHED):
        workspace.article(f"a/n{number}.fr.md", f"Nombre {number}", f"Texte {number}.\n")
    assert workspace.push().code == 0
    return workspace


def untouched(workspace: Workspace, ran: Ran, code: int) -> str:
    """Hold that a push was refused before Intercom was changed, and did not forget anything; return what it said."""
    assert (ran.code, ran.writes) == (code, [])
    assert sum(item["state"] == "published" for item in workspace.sandbox.articles()) == PUSHED
    return ran.err


def restored(workspace: Workspace) -> None:
    """With the files back nothing is left to do."""
    shutil.rmtree(workspace.root / "content", ignore_errors=True)
    (workspace.root / "content").unlink(missing_ok=True)
    shutil.copytree(workspace.root / "aside", workspace.root / "content")
    ran = workspace.push()
    assert (ran.code, ran.writes) == (0, [])


def remove_files(content: Path) -> None:
    for path in content.rglob("*.md"):
        path.unlink()


def leave_only(*names: str) -> Callable[[Path], None]:
    def act(content: Path) -> None:
        remove_files(content)
        for name in names:
            (content / name).parent.mkdir(parents=True, exist_ok=True)
            (content / name).write_text("no frontmatter", encoding="utf-8")

    return act


def link_to_nothing(content: Path) -> None:
    shutil.rmtree(content)
    content.symlink_to(content.parent / "not-mounted")


def a_file_in_its_place(content: Path) -> None:
    shutil.rmtree(content)
    content.write_text("no folder", encoding="utf-8")


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(shutil.rmtree, id="no folder"),
        pytest.param(remove_files, id="empty folders"),
        pytest.param(leave_only("a/_note.md", "a/.hidden.md", "_drafts/b.md", ".git/c.md"), id="no content"),
        pytest.param(leave_only("a/picture.png", "images/b.jpg"), id="pictures"),
        pytest.param(leave_only("a/n0.txt", "a/n1.rst"), id="other texts"),
        pytest.param(link_to_nothing, id="broken link"),
        pytest.param(a_file_in_its_place, id="file"),
    ],
)
def test_a_folder_without_content_is_an_error(pushed: Workspace, act: Callable[[Path], None]) -> None:
    shutil.copytree(pushed.root / "content", pushed.root / "aside")
    act(pushed.root / "content")
    untouched(pushed, pushed.push("--allow-remove", "99"), 2)
    assert pushed.diff().code == 2
    restored(pushed)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('ignore: ["**"]', "has no .md files"),
        ('ignore: ["a"]', "has no .md files"),
        ("content: contents", "does not exist"),
        ("content: aside/a", "no file in aside/a is in the default locale"),
        ("layout: folder", "the folder a is not a locale"),
    ],
)
def test_a_setting_that_looks_elsewhere_is_an_error(pushed: Workspace, setting: str, said: str) -> None:
    (pushed.root / "aside/a").mkdir(parents=True)
    pushed.write("aside/a/only.fr.md", "---\ntitle: Seul\n---\n")
    config = (pushed.root / "helpsync.yaml").read_text()
    pushed.write("helpsync.yaml", f"{config}{setting}\n")
    ran = pushed.push("--allow-remove", "99")
    assert ran.code in (2, 11)
    assert said in untouched(pushed, ran, ran.code)


@pytest.mark.parametrize("folder", ["content", "content/a"])
def test_a_folder_that_cannot_be_read_is_an_error(
    pushed: Workspace, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    scandir = os.scandir

    def refuse(path: Any = ".") -> Any:
        # Whoever runs the tests may be allowed to read everything.
        if Path(path) == pushed.root / folder:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    ran = pushed.push("--allow-remove", "99")
    assert "can't be read: Permission denied" in untouched(pushed, ran, 11)


def test_collections_without_any_article_are_too_much_under_the_floor_too(pushed: Workspace) -> None:
    for path in (pushed.root / "content/a").glob("n*.md"):
        path.unlink()
    said = untouched(pushed, pushed.push(), 12)
    assert "5 of 5 published articles, of which the content tree has none left" in said
    assert f"--allow-remove {PUSHED}" in said
    assert pushed.push("--allow-remove", str(PUSHED)).code == 0


def test_removing_the_last_two_articles_is_refused(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(LIMITED.replace("floor: 4", "floor: 10"))
    crowd(workspace, 2)
    workspace.push()
    for number in range(2):
        workspace.remove(f"a/n{number}.md")
    ran = workspace.push()
    assert (ran.code, ran.writes) == (12, [])
    assert "2 of 2 published articles, of which the content tree has none left" in ran.err
    assert [item["state"] for item in workspace.sandbox.articles()] == ["published", "published"]


def test_the_last_article_alone_may_go(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(LIMITED.replace("floor: 4", "floor: 10"))
    crowd(workspace, 1)
    workspace.push()
    workspace.remove("a/n0.md")
    assert workspace.push().code == 0


@pytest.fixture
def by_folder(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace whose locales have folders of their own."""
    workspace = make_workspace(LIMITED + "layout: folder\n")
    for locale, title in (("en", "Number"), ("fr", "Nombre")):
        workspace.collection(f"{locale}/a/_collection.md", f"A {locale}")
        for number in range(PUSHED):
            workspace.article(f"{locale}/a/n{number}.md", f"{title} {number}")
    assert workspace.push().code == 0
    return workspace


def test_a_locale_whose_folder_is_not_mounted_is_too_much(by_folder: Workspace) -> None:
    (by_folder.root / "content/fr").rename(by_folder.root / "aside")
    said = untouched(by_folder, by_folder.push(), 12)
    assert "5 of 5 published fr translations (100%, limit 30%)" in said
    assert by_folder.push("--allow-remove", str(PUSHED)).code == 0


def test_the_default_locale_without_its_folder_is_an_error(by_folder: Workspace) -> None:
    shutil.rmtree(by_folder.root / "content/en")
    said = untouched(by_folder, by_folder.push("--allow-remove", "99"), 2)
    assert "default locale en" in said


def test_a_locale_that_is_empty_of_published_texts_is_no_loss(by_folder: Workspace) -> None:
    shutil.rmtree(by_folder.root / "content/fr")
    by_folder.push("--allow-remove", str(PUSHED))
    assert by_folder.push().code == 0
