"""Files as they were when last pushed, read in the tree as it stands."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from helpsync.content.rewrite import LastPushed
from helpsync.model import Label, Reference, Translation
from helpsync.settings import load_config

if TYPE_CHECKING:
    from pathlib import Path

BLOBS = {
    "article": "---\ntitle: Then\ndescription: Of then\n---\nSee [it](two.md).\n\n![](none.png)\n",
    "collection": "---\nname: Then\ndescription: Of then\n---\n",
    "broken": "no frontmatter",
    "untitled": "---\ndescription: x\n---\nText.\n",
}


@pytest.fixture
def last_pushed(tmp_path: Path) -> LastPushed:
    """Give what reads them in a tree of two articles."""
    (tmp_path / "content/a").mkdir(parents=True)
    (tmp_path / "helpsync.yaml").write_text("default_locale: en\nlocales: [en, fr]\n", encoding="utf-8")
    for name in ("_collection", "one", "two"):
        key = "name" if name.startswith("_") else "title"
        (tmp_path / f"content/a/{name}.md").write_text(f"---\n{key}: Now\n---\nText.\n", encoding="utf-8")
    return LastPushed(load_config(tmp_path / "helpsync.yaml", cwd=tmp_path, environ={}), BLOBS.get)


def test_an_article_is_read_as_it_was_with_links_of_today(last_pushed: LastPushed) -> None:
    text = last_pushed(("a/one", "en"), "article")
    assert isinstance(text, Translation)
    assert (text.title, text.description) == ("Then", "Of then")
    assert text.body is not None
    assert [link.target for link in text.body.links] == [Reference("en", "a/two")]


def test_a_picture_that_was_pushed_needs_no_public_url(last_pushed: LastPushed, tmp_path: Path) -> None:
    (tmp_path / "content/a/none.png").write_bytes(b"GIF89a")
    text = last_pushed(("a/one", "en"), "article")
    assert isinstance(text, Translation)
    assert text.body is not None
    assert text.body.images == (f"sha256:{hashlib.sha256(b'GIF89a').hexdigest()}",)


def test_a_collection_is_read_as_it_was(last_pushed: LastPushed) -> None:
    text = last_pushed(("a/", "fr"), "collection")
    assert isinstance(text, Label)
    assert (text.locale, text.name, text.description) == ("fr", "Then", "Of then")


@pytest.mark.parametrize("blob", ["unknown", "broken"])
def test_a_source_that_is_missing_or_unreadable_is_none(last_pushed: LastPushed, blob: str) -> None:
    assert last_pushed(("a/one", "en"), blob) is None


def test_a_file_without_a_title_has_an_empty_one(last_pushed: LastPushed) -> None:
    text = last_pushed(("a/one", "en"), "untitled")
    assert isinstance(text, Translation)
    assert text.title == ""
