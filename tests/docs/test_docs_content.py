"""The repository's own help center keeps its promises, and the README shows what it really does."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from workspace import MakeWorkspace, Workspace

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARTICLES = sorted((ROOT / "content" / "writing").glob("markup*.md"))

# In the article about markup, a box with four backticks shows the source of what follows it.
SAMPLE = re.compile(r"^````\n(.*?)^````\n\n", re.MULTILINE | re.DOTALL)


@pytest.fixture
def own(make_workspace: MakeWorkspace) -> Workspace:
    workspace = make_workspace((ROOT / "helpsync.yaml").read_text(encoding="utf-8"))
    shutil.copytree(ROOT / "content", workspace.root / "content")
    return workspace


def samples(article: Path) -> list[re.Match[str]]:
    return list(SAMPLE.finditer(article.read_text(encoding="utf-8")))


def test_our_own_help_center_has_no_findings(own: Workspace) -> None:
    assert own("lint").out.endswith(" files: 0 errors, 0 warnings\n")


def test_our_own_help_center_is_pushed_once_and_then_unchanged(own: Workspace) -> None:
    assert own.push().code == 0
    assert own.diff("--exit-code").code == 0


def test_the_readme_shows_what_a_change_really_prints(own: Workspace) -> None:
    own.push()
    own.edit("getting-started/your-first-push.fr.md", "l’Europe", "l’Union européenne")
    for ran in (own.diff(), own.push(), own.diff()):
        for line in ran.out.splitlines():
            assert f"\n{line.rstrip()}\n" in README


def test_the_readme_counts_our_own_help_center_right() -> None:
    folders = [path.parent for path in (ROOT / "content").rglob("_collection.md")]
    top = sum(folder.parent.name == "content" for folder in folders)
    languages = {path.name for path in (ROOT / "content" / "writing").glob("_collection*.md")}
    articles = [path for path in (ROOT / "content").rglob("*.md") if re.fullmatch(r"[a-z][a-z-]*\.md", path.name)]
    assert f"{len(articles)} articles, {top} collections and a section, in {len(languages)} languages" in README
    assert len(folders) == top + 1


@pytest.mark.parametrize("article", ARTICLES, ids=lambda path: path.name)
def test_each_sample_in_a_box_is_repeated_live_below_it(article: Path) -> None:
    text = article.read_text(encoding="utf-8")
    for sample in samples(article):
        assert text.startswith(sample[1], sample.end())


@pytest.mark.parametrize("article", ARTICLES, ids=lambda path: path.name)
def test_every_language_shows_the_same_constructs(article: Path) -> None:
    lines = [sample[1].count("\n") for sample in samples(article)]
    assert lines == [sample[1].count("\n") for sample in samples(article.with_name("markup.md"))]
