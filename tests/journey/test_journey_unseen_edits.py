"""What a teammate wrote is not overwritten unseen when files go and come back, or when the baseline is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from churn import pass_a_day
from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KEPT = {"a/_collection.md": page(name="A"), "a/other.md": page("Other.\n", title="Other")}
FILES = {
    **KEPT,
    "a/x.md": page("Our text.\n", title="X", description="From the file"),
    "a/x.fr.md": page("Notre texte.\n", title="X fr"),
}
THEIRS = "<p>A teammate's text.</p>"


@pytest.fixture(params=["unpublish", "keep"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Give a site where three texts are pushed, for each way that leaves an article in Intercom."""
    with Site(tmp_path, on_remove=request.param) as made:
        made.content(FILES)
        made.push()
        yield made


def without(*paths: str) -> Mapping[str, str]:
    return {path: text for path, text in FILES.items() if path not in paths}


def number(site: Site, title: str = "X") -> str:
    return next(str(item["id"]) for item in site.sandbox.articles() if item["title"] == title)


def body(site: Site, locale: str) -> str:
    article = next(item for item in site.sandbox.articles() if str(item["id"]) == number(site))
    return str(article["translated_content"][locale]["body"])


@pytest.mark.parametrize("moment", ["before it goes", "while it is gone"])
@pytest.mark.parametrize(
    ("locale", "gone"), [("en", ("a/x.md", "a/x.fr.md")), ("fr", ("a/x.fr.md",))], ids=["article", "translation"]
)
def test_an_edit_made_before_or_after_a_file_went_is_a_conflict_once_the_file_is_back(
    site: Site, locale: str, gone: tuple[str, ...], moment: str
) -> None:
    if moment == "before it goes":
        site.sandbox.edit_article(number(site), locale, body=THEIRS)
    site.content(without(*gone))
    assert site.push().code == 0
    if moment == "while it is gone":
        site.sandbox.edit_article(number(site), locale, body=THEIRS)
    site.content(FILES)
    (found,) = [item for item in site.plan()["attention"] if item["kind"] == "conflict"]
    assert found["address"] == "a/x"
    assert site.push().code == 13
    assert "teammate" in body(site, locale)


def test_without_a_baseline_what_a_teammate_changed_beside_the_text_is_a_conflict(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.content(FILES)
        site.push()
        site.sandbox.edit_article(number(site), description="A teammate's words")
        site.lose_disk()
        ran = site.push()
        assert (ran.code, ran.writes) == (13, [])
        assert "en description" in ran.out
        assert site.push("--overwrite-remote", "a/x").code == 0
        (article,) = [item for item in site.sandbox.articles() if item["title"] == "X"]
        assert article["description"] == "From the file"


@pytest.mark.parametrize("on_remove", ["unpublish", "delete"])
def test_a_removal_says_which_edits_it_takes_along(tmp_path: Path, on_remove: str) -> None:
    files = {**FILES, "a/y.md": page("Y.\n", title="Y"), "a/y.fr.md": page("Y fr.\n", title="Y fr")}
    with Site(tmp_path, on_remove=on_remove) as site:
        site.content(files)
        site.push()
        site.sandbox.edit_article(number(site), body=THEIRS)
        site.sandbox.edit_article(number(site, "Y"), "fr", title="Theirs")
        site.content({path: text for path, text in files.items() if path not in ("a/x.md", "a/x.fr.md", "a/y.fr.md")})
        found = {each["address"]: each["overwrites"] for each in site.plan()["changes"]}
        assert {address: each["fields"] for address, each in found.items()} == {
            "a/x": [{"locale": "en", "field": "body"}],
            "a/y": [{"locale": "fr", "field": "title"}],
        }
        assert all(each["edited_at"] for each in found.values())
        for shown in (site("diff").out, site("diff", "--format", "markdown").out):
            assert "takes along what was edited in Intercom: en body" in shown
            assert "takes along what was edited in Intercom: fr title" in shown


def test_a_removal_takes_nothing_along_where_nobody_edited(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.content(FILES)
        site.push()
        pass_a_day(site.sandbox, 1)
        site.content(KEPT)
        assert [each.get("overwrites") for each in site.plan()["changes"]] == [None]
