"""Whatever happens between the review and the push: exactly the writes that were reviewed go out, or none."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from churn import pass_a_day
from examples import examples
from journey_site import Site, page
from switches import POSITIONS

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

ARTICLES = 5
PICTURE = "![Screen](https://x.example/one.png)\n\n"


@dataclass(frozen=True)
class Text:
    """One article as a writer wrote it: which version of its text, in which folder, with a French text or not."""

    version: int = 0
    folder: str = "a"
    french: bool = True
    heading: int = 0
    picture: bool = False
    links: tuple[int, ...] = ()

    def files(self, number: int, tree: dict[int, Text]) -> dict[str, str]:
        body = f"# Part {self.heading}\n\nText {number}, version {self.version}.\n\n" + PICTURE * self.picture
        for target in self.links:
            if target in tree:
                slug = f"#part-{tree[target].heading}"
                body += f"See [it](/{tree[target].folder}/n{target}.md{slug}).\n\n"
        files = {f"{self.folder}/n{number}.md": page(body, title=f"Number {number}")}
        if self.french:
            files[f"{self.folder}/n{number}.fr.md"] = page(f"Texte {self.version}.\n", title=f"Numéro {number}")
        return files


def content(tree: dict[int, Text]) -> dict[str, str]:
    files = {f"{folder}/_collection.md": page(name=folder.upper()) for folder in "ab"}
    for number, text in tree.items():
        files |= text.files(number, tree)
    return files


texts = st.builds(
    Text,
    version=st.integers(0, 2),
    folder=st.sampled_from("ab"),
    french=st.booleans(),
    heading=st.integers(0, 1),
    picture=st.booleans(),
    links=st.lists(st.integers(0, ARTICLES - 1), max_size=2, unique=True).map(tuple),
)
trees = st.dictionaries(st.integers(0, ARTICLES - 1), texts, min_size=2, max_size=ARTICLES)


@dataclass(frozen=True)
class Story:
    """Two trees, one pushed and one reviewed, the sandbox's switches, and what happens before the push."""

    pushed: dict[int, Text]
    reviewed: dict[int, Text]
    switches: dict[str, Any]
    on_remove: str
    event: str
    number: int


@st.composite
def stories(draw: st.DrawFn) -> Story:
    pushed = draw(trees)
    reviewed = dict(pushed)
    touched = draw(st.lists(st.integers(0, ARTICLES - 1), min_size=1, max_size=3, unique=True))
    for number in touched:
        changed = draw(st.none() | texts)
        if changed is not None:
            reviewed[number] = changed
        elif len(reviewed) > 1:
            reviewed.pop(number, None)
    return Story(
        pushed,
        reviewed,
        draw(st.sampled_from(POSITIONS)),
        draw(st.sampled_from(["unpublish", "delete", "keep"])),
        draw(st.sampled_from(sorted(EVENTS))),
        draw(st.sampled_from(touched) | st.integers(0, ARTICLES - 1)),
    )


def article_of(site: Site, number: int) -> dict[str, Any] | None:
    return next((item for item in site.sandbox.articles() if item["title"] == f"Number {number}"), None)


def nothing(_site: Site, _story: Story) -> None:
    pass


def churn(site: Site, story: Story) -> None:
    pass_a_day(site.sandbox, story.number)


def an_edit_of_a_file(site: Site, story: Story) -> None:
    text = story.reviewed.get(story.number)
    if text:
        path = site.root / f"content/{text.folder}/n{story.number}.md"
        path.write_text(path.read_text() + "One line more.\n")


def a_comment_in_a_file(site: Site, story: Story) -> None:
    text = story.reviewed.get(story.number)
    if text:
        path = site.root / f"content/{text.folder}/n{story.number}.md"
        path.write_text(path.read_text().replace("---\n", "---\n# a comment\n", 1))


def an_edit_of_a_body(site: Site, story: Story) -> None:
    if article := article_of(site, story.number):
        site.sandbox.edit_article(article["id"], body=article["body"] + "<p>Theirs.</p>")


def an_edit_of_a_translation(site: Site, story: Story) -> None:
    article = article_of(site, story.number)
    if article and (article["translated_content"] or {}).get("fr"):
        site.sandbox.edit_article(article["id"], "fr", title="Le leur")


def a_new_file(site: Site, _story: Story) -> None:
    site.write("content/a/new.md", page("New.\n", title="New"))


def something_of_a_teammate(site: Site, _story: Story) -> None:
    with site.sandbox.writing() as workspace:
        workspace.db.execute("UPDATE groups SET updated_at = updated_at + 1")
    article = {"title": "Of a teammate", "author_id": 901, "body": "<p>By hand.</p>", "state": "published"}
    asyncio.run(_post(site, article))


async def _post(site: Site, article: dict[str, Any]) -> None:
    transport = httpx.ASGITransport(site.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        reply = await client.post("/articles", json=article, headers={"Authorization": "Bearer other"})
        reply.raise_for_status()


EVENTS: dict[str, Callable[[Site, Story], None]] = {
    one.__name__: one
    for one in (
        nothing,
        churn,
        an_edit_of_a_file,
        a_comment_in_a_file,
        an_edit_of_a_body,
        an_edit_of_a_translation,
        a_new_file,
        something_of_a_teammate,
    )
}
HARMLESS = {"nothing", "churn", "something_of_a_teammate"}
CHANGING = {"an_edit_of_a_file", "a_comment_in_a_file"}


def writes(site: Site) -> list[str]:
    """Return what was sent, ids of headings and sizes of pictures apart: each workspace has its own."""
    sent = [json.dumps([call.method, call.path, call.payload]) for call in site.sandbox.calls if call.method != "GET"]
    return sorted(re.sub(r"h_[0-9a-f]{10}|<img[^>]*>", "…", one) for one in sent)


def opened(folder: Path, story: Story) -> Site:
    return Site(folder, on_remove=story.on_remove, record=True, store=folder / "store.db", **story.switches)


def review(folder: Path, story: Story) -> None:
    """Push the first tree from a folder, and save the plan of the second one there."""
    with opened(folder, story) as site:
        site.content(content(story.pushed))
        assert site.push().code == 0
        site.content(content(story.reviewed))
        assert site("diff", "--out", str(folder / "plan.json"), "--allow-remove", "99").code == 0


@examples(40, variable="SAVED_PLAN_EXAMPLES")
@given(story=stories())
def test_a_reviewed_plan_is_pushed_exactly_or_not_at_all(story: Story) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder, "one"), Path(folder, "two")
        one.mkdir()
        review(one, story)
        shutil.copytree(one, two)
        plan = json.loads((one / "plan.json").read_text(encoding="utf-8"))
        with opened(one, story) as plain, opened(two, story) as saved:
            if story.event in HARMLESS:
                # What Intercom changed by itself is in the blocks that a push sends back.
                EVENTS[story.event](plain, story)
            plain.sandbox.forget()
            assert plain.push("--allow-remove", "99").code == 0
            article = article_of(saved, story.number)
            EVENTS[story.event](saved, story)
            saved.sandbox.forget()
            ran = saved.push("--plan", str(two / "plan.json"))
            event(f"{story.event}: {ran.code}")
            if ran.code == 0:
                assert writes(saved) == writes(plain)
            else:
                assert (ran.code, writes(saved)) == (13, []), ran.err
                assert "nothing was sent" in ran.err
            text = story.reviewed.get(story.number)
            reviewed = {change["id"] for change in plan["changes"]}
            by_hand = story.event == "an_edit_of_a_body" and article is not None and article["id"] in reviewed
            planned = text is not None and f"{text.folder}/n{story.number}" in plan["items"]
            if story.event in HARMLESS:
                assert ran.code == 0, ran.err
            elif story.event == "a_new_file" or by_hand or (planned and story.event in CHANGING):
                assert ran.code == 13
