"""What Intercom keeps otherwise than it was sent is reported with its place in the file, and nothing else is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse

from altering import Altering, replacing, setting
from journey_site import Site, page
from switches import COVERING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from journey_site import Ran

pytestmark = pytest.mark.slow

OWN = Path(__file__).parents[2]
BODY = """\
# Limits

A first paragraph that is
wrapped in the file.

| Plan | Limit |
| --- | --- |
| Free | 10 |

> [!WARNING]
> Mind the gap.

https://www.youtube.com/watch?v=dQw4w9WgXcQ

The last paragraph.
"""
FRENCH = "Premier.\n\n| Offre | Limite |\n| --- | --- |\n| Gratuit | 10 |\n"
# The frontmatter takes four lines, with the description.
LEVELS = "Intercom shows headings at other levels (en)"
TABLE, CALLOUT, VIDEO, LAST = 10, 14, 17, 19


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a help center with one article in two locales, nothing pushed yet."""
    with Site(tmp_path) as made:
        made.content(
            {
                "a/_collection.md": page(name="A", description="About A"),
                "a/one.md": page(BODY, title="One", description="About one"),
                "a/one.fr.md": page(FRENCH, title="Un"),
            }
        )
        yield made


def pushed(site: Site, alter: Callable[[dict[str, Any]], None], *arguments: str) -> Ran:
    """Push through a network that alters what is sent; hold that nothing is left to do."""
    site.transport = lambda inner: Altering(inner, alter)
    ran = site.push(*arguments)
    site.transport = lambda inner: inner
    assert ran.code == 0
    assert site.push().writes == []
    plan = site.plan()
    assert (plan["changes"], plan["attention"]) == ([], [])
    return ran


def readback(ran: Ran) -> list[dict[str, Any]]:
    return [item for change in ran.json["changes"] for item in change["readback"]]


def places(ran: Ran) -> list[tuple[str, int, str]]:
    return [(item["path"], item["line"], item["message"]) for item in readback(ran)]


def test_what_comes_back_as_it_went_is_no_difference(site: Site) -> None:
    ran = pushed(site, lambda _: None, "--format", "json")
    assert readback(ran) == []
    assert [change["notes"] for change in ran.json["changes"]] == [[], []]


def test_a_dropped_table_is_named_row_by_row_in_each_file(site: Site) -> None:
    ran = pushed(site, replacing(r'<div class="intercom-interblocks-table-container">.*?</div>'), "--format", "json")
    dropped = "Intercom dropped this"
    assert places(ran) == [
        ("content/a/one.md", TABLE, dropped),
        ("content/a/one.md", TABLE + 1, dropped),
        ("content/a/one.md", TABLE + 2, dropped),
        ("content/a/one.fr.md", 6, dropped),
        ("content/a/one.fr.md", 7, dropped),
        ("content/a/one.fr.md", 8, dropped),
    ]
    first = readback(ran)[0]
    assert (first["locale"], first["field"], first["meant"], first["shown"]) == ("en", "body", "| Plan | Limit |", None)


def test_a_callout_that_loses_its_colours_is_shown_on_both_sides(site: Site) -> None:
    ran = pushed(
        site, replacing(r'(<div class="intercom-interblocks-callout") style="[^"]*"', r"\1"), "--format", "json"
    )
    found = [item for item in readback(ran) if item["line"] == CALLOUT]
    assert found
    assert "[!WARNING]" in found[0]["meant"]
    assert "[!WARNING]" not in (found[0]["shown"] or "")


def test_a_dropped_video_is_found_at_its_line(site: Site) -> None:
    ran = pushed(site, replacing(r'<div class="intercom-h2b-video">.*?</div>'), "--format", "json")
    assert places(ran) == [("content/a/one.md", VIDEO, "Intercom dropped this")]


def test_a_changed_word_is_found_though_the_paragraph_is_wrapped_otherwise(site: Site) -> None:
    ran = pushed(site, replacing("wrapped in", "put into"), "--format", "json")
    assert places(ran) == [("content/a/one.md", 7, "Intercom changed this")]
    (item,) = readback(ran)
    assert (item["meant"], item["shown"]) == (
        "A first paragraph that is wrapped in the file.",
        "A first paragraph that is put into the file.",
    )


def test_what_intercom_adds_stands_before_what_follows_it(site: Site) -> None:
    more = r'<p class="no-margin">By the way.</p>\g<0>'
    ran = pushed(site, replacing(r"<p[^>]*>The last", more), "--format", "json")
    assert places(ran) == [("content/a/one.md", LAST, "Intercom added this")]


def test_a_missing_picture_is_told_from_those_that_are_there(site: Site) -> None:
    pictures = "".join(f"Before {n}.\n\n![Screen {n}](https://x.example/{n}.png)\n\n" for n in range(3))
    site.content({"a/_collection.md": page(name="A"), "a/one.md": page(pictures, title="One")})
    ran = pushed(site, replacing(r'<div class="intercom-container"><img[^>]*1\.png[^>]*></div>'), "--format", "json")
    assert places(ran) == [("content/a/one.md", 10, "Intercom dropped this")]


@pytest.mark.parametrize(
    ("alter", "line", "field", "meant", "shown"),
    [
        (replacing("One", "One!", field="title"), 2, "title", "One", "One!"),
        (setting(description=None), 3, "description", "About one", ""),
        (setting(description="Other"), 3, "description", "About one", "Other"),
    ],
)
def test_a_field_is_named_at_its_line_of_the_frontmatter(
    site: Site, alter: Callable[[dict[str, Any]], None], line: int, field: str, meant: str, shown: str
) -> None:
    ran = pushed(site, lambda payload: alter(payload) if "title" in payload else None, "--format", "json")
    (item,) = readback(ran)
    assert item == {
        "path": "content/a/one.md",
        "line": line,
        "locale": "en",
        "field": field,
        "message": f"Intercom shows another {field}",
        "meant": meant,
        "shown": shown,
    }


def test_a_state_and_an_author_that_did_not_hold_are_named(tmp_path: Path) -> None:
    with Site(tmp_path, admins=("ada@example.com",)) as site:
        mine = page("Text.\n", title="One", state="published", author="docs@example.com")
        site.content({"a/_collection.md": page(name="A"), "a/one.md": mine})

        def alter(payload: dict[str, Any]) -> None:
            setting(state="draft", author_id=payload.get("author_id", 0) + 1)(payload)

        ran = pushed(site, alter, "--format", "json")
        assert [(item["line"], item["field"]) for item in readback(ran)] == [(3, "state"), (4, "author")]


def test_a_collection_that_is_called_otherwise_is_named(site: Site) -> None:
    ran = pushed(site, lambda payload: payload.update(name="B") if "name" in payload else None, "--format", "json")
    assert [(item["path"], item["line"], item["field"]) for item in readback(ran)] == [
        ("content/a/_collection.md", 2, "name")
    ]


def test_an_article_that_lands_nowhere_is_named(site: Site) -> None:
    site.transport = lambda inner: Altering(inner, setting(parent_id=None, parent_type=None))
    ran = site.push("--format", "json")
    assert [(item["field"], item["meant"], item["shown"]) for item in readback(ran)] == [("parent", "a/", None)]


def test_an_article_that_landed_in_the_wrong_collection_is_moved_again(site: Site) -> None:
    groups = {f"{name}/_collection.md": page(name=name.upper()) for name in "abc"}
    site.content({**groups, "a/one.md": page("Text.\n", title="One")})
    assert site.push().code == 0
    ids = {item["name"]: int(item["id"]) for item in site.sandbox.groups("collection")}
    site.content({**groups, "b/one.md": page("Text.\n", title="One")})
    site.transport = lambda inner: Altering(inner, setting(parent_id=ids["C"]))
    ran = site.push("--format", "json")
    assert [(item["field"], item["meant"], item["shown"]) for item in readback(ran)] == [("parent", "b/", "c/")]
    site.transport = lambda inner: inner
    assert site.push().code == 0
    assert [item["parent_id"] for item in site.sandbox.articles()] == [ids["B"]]


def test_the_result_shows_each_place_below_its_change(site: Site) -> None:
    ran = pushed(site, replacing(r'<div class="intercom-h2b-video">.*?</div>'))
    lines = ran.out.splitlines()
    (position,) = [number for number, line in enumerate(lines) if " a/one " in line]
    assert lines[position + 1].startswith(f"    content/a/one.md:{VIDEO}: Intercom dropped this (en): ")
    assert "1 shown otherwise than sent" in lines[-1]


def test_of_many_places_some_are_shown_and_all_on_demand(site: Site) -> None:
    drop = replacing(r'<div class="intercom-interblocks-table-container">.*?</div>')
    ran = pushed(site, drop)
    assert ran.out.count("Intercom dropped this") == 5
    assert "    and 1 more; all with -v" in ran.out
    site.write("content/a/two.md", page(BODY + "\n" + FRENCH, title="Two"))
    assert pushed(site, drop, "-v").out.count("Intercom dropped this") == 6


def test_each_event_has_its_own(site: Site) -> None:
    ran = pushed(site, replacing("The last", "The very last"), "--format", "jsonl")
    events = [json.loads(line) for line in ran.out.splitlines()]
    assert [len(event["readback"]) for event in events if event["event"] == "change"] == [0, 1]


def test_an_update_reports_only_what_it_sent(site: Site) -> None:
    pushed(site, replacing("The last", "The very last"))
    site.write("content/a/one.fr.md", page(FRENCH + "\nFin.\n", title="Un"))
    ran = pushed(site, replacing("Fin", "Fini"), "--format", "json")
    assert places(ran) == [("content/a/one.fr.md", 10, "Intercom changed this")]


def test_what_a_text_says_cannot_steer_the_terminal(site: Site) -> None:
    ran = pushed(site, replacing("One", "One\x1b[2J\u202e", field="title"))
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out


def test_an_article_that_is_sent_again_for_its_links_is_compared_again(site: Site) -> None:
    circle = {
        "a/_collection.md": page(name="A"),
        "a/one.md": page("[Two](two.md){.button}\n\nThe last.\n", title="One"),
        "a/two.md": page("[One](one.md){.button}\n\nThe last.\n", title="Two"),
    }
    site.content(circle)
    ran = pushed(site, replacing("The last", "The very last"), "--format", "json")
    found = [*readback(ran), *ran.json["relink_readback"]]
    assert sorted((item["path"], item["line"], item["meant"]) for item in found) == [
        ("content/a/one.md", 6, "The last."),
        ("content/a/two.md", 6, "The last."),
    ]
    assert [item["address"] for item in ran.json["relink_readback"]] != []


def test_what_was_said_of_a_text_is_not_said_again_when_its_links_are_sent(tmp_path: Path) -> None:
    files = {
        "a/_collection.md": page(name="A"),
        "a/one.md": page("# Top\n\nThe last.\n\n[French](one.fr.md#haut)\n", title="One"),
        "a/one.fr.md": page("# Haut\n\nFin.\n", title="Un"),
    }
    with Site(tmp_path, heading_ids="renew") as site:
        site.content(files)
        site.push()
        site.content({path: text.replace("last", "end").replace("Fin", "Enfin") for path, text in files.items()})
        ran = pushed(site, replacing("The end", "The very end"), "--format", "json")
        assert places(ran) == [("content/a/one.md", 6, "Intercom changed this")]
        assert ran.json["relinked"] == [{"address": "a/one", "locales": ["en"]}]
        assert ran.json["relink_readback"] == []


def test_a_circle_of_links_alone_is_no_difference(site: Site) -> None:
    site.content(
        {
            "a/_collection.md": page(name="A"),
            "a/one.md": page("# Top\n\n[Two](two.md#top){.button}\n", title="One"),
            "a/two.md": page("# Top\n\n[One](one.md#top){.button}\n\n[Up](#top)\n", title="Two"),
        }
    )
    ran = pushed(site, lambda _: None, "--format", "json")
    assert (readback(ran), ran.json["relink_readback"]) == ([], [])


@pytest.mark.parametrize("position", COVERING, ids=str)
def test_helpsyncs_own_help_center_comes_back_as_it_went(tmp_path: Path, position: dict[str, Any]) -> None:
    with Site(tmp_path, **position) as site:
        shutil.copytree(OWN / "content", site.root / "content")
        shutil.copy(OWN / "helpsync.yaml", site.root / "helpsync.yaml")
        ran = pushed(site, lambda _: None, "--format", "json")
    assert (readback(ran), ran.json["relink_readback"]) == ([], [])
    notes = {note for change in ran.json["changes"] for note in change["notes"]}
    assert all("list in a list" in note and position["nested_lists"] == "refuse" for note in notes)


def test_other_heading_levels_are_a_note_and_no_difference(tmp_path: Path) -> None:
    with Site(tmp_path, headings="docs") as site:
        body = "# One\n\nText.\n\n## Two\n\nText.\n\n### Three\n\nText.\n"
        site.content({"a/_collection.md": page(name="A"), "a/one.md": page(body, title="One")})
        ran = pushed(site, lambda _: None, "--format", "json")
        assert readback(ran) == []
        assert [change["notes"] for change in ran.json["changes"]] == [[], [LEVELS]]


def test_a_heading_in_an_item_has_another_level_like_others(tmp_path: Path) -> None:
    with Site(tmp_path, headings="docs") as site:
        body = "# One\n\n## Two\n\n- ### Three\n\n    Text.\n"
        site.content({"a/_collection.md": page(name="A"), "a/one.md": page(body, title="One")})
        ran = pushed(site, lambda _: None, "--format", "json")
        assert readback(ran) == []
        assert [change["notes"] for change in ran.json["changes"]] == [[], [LEVELS]]


def test_other_heading_levels_hide_no_other_difference(tmp_path: Path) -> None:
    with Site(tmp_path, headings="docs") as site:
        body = "# One\n\nText.\n\n## Two\n\nText.\n\n### Three\n\nThe last.\n"
        site.content({"a/_collection.md": page(name="A"), "a/one.md": page(body, title="One")})
        ran = pushed(site, replacing("The last", "The very last"), "--format", "json")
        assert places(ran) == [("content/a/one.md", 14, "Intercom changed this")]
        assert [change["notes"] for change in ran.json["changes"]][1] == [
            "Intercom shows headings at other levels (en)"
        ]


def test_what_intercom_drops_of_a_restored_text_is_named_although_no_file_has_it(site: Site) -> None:
    assert site.push().code == 0
    site.clock.now += 60
    site.write("content/a/one.md", page("Other words.\n", title="One", description="About one"))
    assert site.push().code == 0
    site.transport = lambda inner: Altering(
        inner, replacing(r'<div class="intercom-interblocks-table-container">.*?</div>')
    )
    ran = site("restore", "--yes", "--format", "json")
    assert ran.code == 0
    assert [(item["path"], item["meant"]) for item in readback(ran)] == [
        (None, "| Plan | Limit |"),
        (None, "| --- | --- |"),
        (None, "| Free | 10 |"),
    ]


def test_a_difference_that_markdown_cannot_show_is_reported_after_a_restore(site: Site) -> None:
    assert site.push().code == 0
    site.clock.now += 60
    site.write("content/a/one.md", page("Other words.\n", title="One", description="About one"))
    assert site.push().code == 0

    def with_an_empty_quote(method: str, path: str, phase: str) -> JSONResponse | None:
        if (method, phase) != ("PUT", "after"):
            return None
        shown = site.sandbox.article(path.rpartition("/")[2])
        for block in (shown, shown["translated_content"]["en"]):
            block["body"] += "<blockquote></blockquote>"
        return JSONResponse(shown)

    site.sandbox.on_request = with_an_empty_quote
    ran = site("restore", "--yes", "--format", "json")
    (item,) = readback(ran)
    assert (item["path"], item["line"], item["locale"], item["field"]) == (None, None, "en", "body")
    assert "in a way that Markdown cannot show" in item["message"]
