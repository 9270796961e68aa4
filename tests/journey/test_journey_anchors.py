"""Links to headings: they work at the first push, and nothing is sent for them that the plan does not list."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from journey_site import Site, page

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

LINK = re.compile(
    r'<a [^>]*?href="(?:[^"#]*/(?P<locale>[a-zA-Z-]+)/articles/(?P<id>\d+)[^"#]*)?(?:#(?P<anchor>[^"]*))?"'
)
HEADING = re.compile(r'<h\d[^>]* id="([^"]+)"')
IN = {"a/_collection.md": page(name="A"), "a/_collection.fr.md": page(name="A")}


def texts(site: Site) -> dict[tuple[str, str], str]:
    """Return every body that Intercom holds, by id and locale."""
    return {
        (item["id"], locale): block["body"]
        for item in site.sandbox.articles()
        for locale, block in item["translated_content"].items()
        if locale != "type" and block and block["body"]
    }


def links(site: Site) -> dict[tuple[str, str, int], bool]:
    """Return each link to an article or a heading, by its place, and whether it leads where it says."""
    shown = texts(site)
    ids = {place: {unquote(each) for each in HEADING.findall(body)} for place, body in shown.items()}
    found = {}
    for (number, locale), body in shown.items():
        for position, match in enumerate(LINK.finditer(body)):
            if match["id"] or match["anchor"]:
                place = (match["id"], match["locale"]) if match["id"] else (number, locale)
                works = place in shown and (not match["anchor"] or unquote(match["anchor"]) in ids[place])
                found[number, locale, position] = works
    return found


def article_writes(ran: Any) -> list[tuple[str, str]]:
    return [call for call in ran.writes if call[1].startswith("/articles")]


def tree(leads: dict[str, list[str]]) -> dict[str, str]:
    """Return articles in two languages, each with a contents list and links to the headings of others."""
    files = dict(IN)
    for name, others in leads.items():
        for words, ending in (("how", ".md"), ("comment", ".fr.md")):
            text = (
                f"- [First](#{words}-{name})\n- [Second](#deuxième-{name})\n\n# {words} {name}\n\n"
                + "".join(f"See [{each}]({each}.md#{words}-{each}).\n\n" for each in others)
                + f"## Deuxième {name}\n\nMore.\n"
            )
            files[f"a/{name}{ending}"] = page(text, title=f"{words} {name}")
    return files


TWO = {"a/one.md": page("# How\n\nText.\n", title="One"), "a/two.md": page("[it](one.md#how)\n", title="Two")}
CHAIN = {"one": ["two", "three", "four"], "two": ["three", "four"], "three": ["four"], "four": []}
RING = {"one": ["two"], "two": ["three"], "three": ["four"], "four": ["one"]}
ALL = {name: [other for other in CHAIN if other != name] for name in CHAIN}


@pytest.mark.parametrize(("leads", "writes"), [(CHAIN, 4), (RING, 5), (ALL, 7)], ids=["chain", "ring", "all to all"])
def test_new_articles_link_to_each_others_headings_with_the_fewest_writes(
    tmp_path: Path, leads: dict[str, list[str]], writes: int
) -> None:
    """In a circle one has to be written before what it links to has an address, and once more when it has."""
    with Site(tmp_path) as site:
        site.content(tree(leads))
        plan = site.plan()
        ran = site.push_as_listed()
        assert (ran.code, len(article_writes(ran))) == (0, writes)
        assert writes == sum(each["kind"] == "article" for each in plan["changes"]) + len(plan["relinks"])
        assert len(links(site)) == 2 * (8 + sum(map(len, leads.values())))
        assert all(links(site).values())
        assert site.plan()["changes"] == []
        assert site.push().writes == []


HARD = """\
- [Letters](#überblick-日本語)
- [Same](#same)
- [Again](#same-1)
- [Named](#a.b:c)
- [Raw](#raw-id)
- [Signs](<#50%25-off>)
- [In a callout](#in-a-callout)
- [In a cell](#in-a-cell)
- [In a collapsible](#in-a-collapsible)
- [In a quotation](#in-a-quotation)
- [Marked](#some-bold-and-code)

# Überblick 日本語

# Same

# Same

## Named {#a.b:c}

<h2 id="raw-id">Raw</h2>

<h2 id="50%-off">Signs &amp; "quotes"</h2>

> [!NOTE]
> ## In a callout
>
> Text.

<table><tr><td><h3>In a cell</h3></td></tr></table>

<details><summary>More</summary>

### In a collapsible

Text.

</details>

> ## In a quotation
>
> Text.

## Some **bold** and `code`
"""


def test_ids_of_all_kinds_of_headings_are_sent_and_found(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        outside = HARD.partition("\n\n")[0].replace("(<#", "(<hard.md#").replace("(#", "(hard.md#")
        site.content({**IN, "a/hard.md": page(HARD, title="Hard"), "a/other.md": page(outside + "\n", title="Other")})
        ran = site.push_as_listed()
        assert (ran.code, len(article_writes(ran))) == (0, 2), ran.err
        found = links(site)
        assert len(found) == 22
        assert all(found.values()), (found, texts(site))
        assert site.push().writes == []


def test_a_heading_keeps_its_id_when_its_text_changes_so_that_links_from_elsewhere_hold(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        files = {**IN, "a/one.md": page("# How long\n\nText.\n\n# Why\n", title="One")}
        files["a/two.md"] = page("[it](one.md#how-long)\n", title="Two")
        site.content(files)
        site.push()
        files["a/one.md"] = files["a/one.md"].replace("How long", "How much time")
        files["a/two.md"] = files["a/two.md"].replace("how-long", "how-much-time")
        site.content(files)
        ran = site.push_as_listed()
        assert [call[0] for call in article_writes(ran)] == ["PUT"]
        assert {'id="how-long"' in body for body in texts(site).values()} == {True, False}
        assert all(links(site).values())


def test_a_heading_that_takes_the_name_of_a_renamed_one_gets_an_id_of_its_own(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.content({**IN, "a/one.md": page("# Intro\n", title="One")})
        site.push()
        site.content({**IN, "a/one.md": page("# Start\n", title="One")})
        site.push()
        site.content({**IN, "a/one.md": page("[a](#start) [b](#intro)\n\n# Start\n\n# Intro\n", title="One")})
        site.push()
        (body,) = texts(site).values()
        assert HEADING.findall(body) == ["intro", "intro-1"]
        assert 'href="#intro"' in body
        assert 'href="#intro-1"' in body
        assert site.push().writes == []


# A help center that was there before ----------------------------------------------------------------------------------


DEMO = """\
default_locale: en
locales: [en, fr, de, ja, ar]
author: docs@example.com
state: published
"""


def demo(root: Path, **switches: Any) -> Site:
    """Return a repository into which the demo help center was pulled."""
    site = Site(root, **switches)
    assert site.sandbox.fill_demo()
    site.write("helpsync.yaml", DEMO)
    ran = site("pull")
    assert (ran.code, site.plan()["changes"]) == (0, []), ran.err
    return site


def sources(site: Site) -> dict[str, Path]:
    """Return the English files by the ids of their articles."""
    records = json.loads((site.root / ".helpsync/sandbox/baseline.json").read_text(encoding="utf-8"))["addresses"]
    return {
        record["id"]: site.root / "content" / f"{address}.md"
        for address, record in records.items()
        if record["kind"] == "article"
    }


def edit(path: Path) -> None:
    """Change one word: a sentence comes to the end of the file."""
    path.write_text(path.read_text(encoding="utf-8").rstrip() + "\n\nOnce more.\n", encoding="utf-8")


def test_one_word_in_a_pulled_help_center_is_one_write_and_every_link_still_works(tmp_path: Path) -> None:
    with demo(tmp_path) as site:
        before = texts(site)
        working = {place for place, works in links(site).items() if works}
        ids = {place: HEADING.findall(body) for place, body in before.items()}
        for number, path in sources(site).items():
            edit(path)
            ran = site.push_as_listed()
            assert (ran.code, ran.writes) == (0, [("PUT", f"/articles/{number}")])
            assert {place for place, works in links(site).items() if works} == working
            assert {place: HEADING.findall(body) for place, body in texts(site).items()} == ids
        assert site.push().writes == []


def test_where_ids_are_renewed_the_plan_lists_every_article_that_is_written(tmp_path: Path) -> None:
    """What nobody edited keeps its working links: its own headings, and others' that nobody wrote."""
    with demo(tmp_path, heading_ids="renew") as site:
        for number, path in sources(site).items():
            working = {place for place, works in links(site).items() if works}
            before = texts(site)
            edit(path)
            while (ran := site.push_as_listed()).writes:
                assert ran.code == 0
                written = {call[1].rpartition("/")[2] for call in ran.writes}
                now = links(site)
                ended = {place for place in working if not now.get(place, False)}
                # What was edited loses the links within itself, and what leads to its headings may lead to its top.
                for place in ended:
                    assert place[0] == number or place[0] not in written, (number, place, before[place[:2]])
            assert site.plan()["changes"] == []
            assert site.plan()["relinks"] == []


def test_where_ids_are_renewed_chained_links_work_after_one_push(tmp_path: Path) -> None:
    """Each text that is sent again gets new ids itself, so what links to it has to wait for it."""
    files = {
        **IN,
        "a/one.md": page("# How one\n\nText.\n", title="One"),
        "a/two.md": page("# How two\n\n[it](one.md#how-one)\n", title="Two"),
        "a/three.md": page("# How three\n\n[it](two.md#how-two)\n", title="Three"),
        "a/four.md": page("[it](three.md#how-three)\n", title="Four"),
    }
    with Site(tmp_path, heading_ids="renew") as site:
        site.content(files)
        site.push()
        site.content({**files, "a/one.md": files["a/one.md"].replace("Text", "Other text")})
        ran = site.push_as_listed()
        assert (ran.code, len(ran.writes)) == (0, 4)
        assert list(links(site).values()) == [True, True, True]
        assert site.push().writes == []


def test_the_first_push_where_ids_are_renewed_sends_what_was_listed_and_the_next_plan_lists_the_rest(
    tmp_path: Path,
) -> None:
    with Site(tmp_path, heading_ids="renew") as site:
        files = {
            **IN,
            "a/one.md": page("# How\n\nText.\n", title="One"),
            "a/two.md": page("[it](one.md#how)\n", title="Two"),
        }
        site.content(files)
        site.push_as_listed()
        # As if nothing were known of this workspace: a help center that was there before.
        site.lose_disk()
        assert site("adopt", "--yes").code == 0
        site.content({**files, "a/one.md": files["a/one.md"].replace("Text", "Other text")})
        ran = site.push("--format", "json")
        assert [each[0] for each in ran.writes] == ["PUT"]
        assert ran.json["relinks_left"] == [{"address": "a/two", "locales": ["en"]}]
        assert "a/two" in ran.err
        (change,) = site.plan()["changes"]
        assert (change["address"], change["locales"]["en"]["body"]["relink"]) == ("a/two", True)
        assert len(site.push_as_listed().writes) == 1
        assert all(links(site).values())
        # From now on it is known beforehand.
        site.content({**files, "a/one.md": files["a/one.md"].replace("Text", "More text")})
        assert site.plan()["relinks"] == [{"address": "a/two", "locales": ["en"]}]
        assert len(site.push_as_listed().writes) == 2
        assert all(links(site).values())
        assert site.push().writes == []


def test_a_workspace_that_begins_to_renew_ids_is_noticed_and_comes_to_rest(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.content(tree(ALL))
        site.push()
        assert site.heading_ids == "keep"
        site.sandbox.settings = replace(site.sandbox.settings, heading_ids="renew")
        site.content({path: text.replace("More", "Less") for path, text in tree(ALL).items()})
        assert site.push_as_listed().code == 0
        assert site.heading_ids == "renew"
        for _ in range(2):
            ran = site.push_as_listed()
        assert ran.writes == []


def rewritten(site: Site) -> str:
    """Push an article with a heading, and one that links to it; rewrite the first; return the id that was lost."""
    good = {
        **IN,
        "a/one.md": page("# How\n\nText.\n", title="One"),
        "a/two.md": page("[it](one.md#how)\n", title="Two"),
    }
    for _ in range(2):
        site.content(good)
        site.push_as_listed()
    (identifier,) = [each for body in texts(site).values() for each in HEADING.findall(body)]
    site.clock.now += 60
    site.content({**good, "a/one.md": page("All new.\n", title="One"), "a/two.md": page("Nothing.\n", title="Two")})
    site.push_as_listed()
    site.clock.now += 60
    return str(identifier)


def test_a_restore_brings_the_ids_of_headings_back(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        identifier = rewritten(site)
        ran = site("restore", "--yes")
        assert (ran.code, len(ran.writes)) == (0, 2)
        assert "anchors" not in ran.out
        assert any(identifier in HEADING.findall(body) for body in texts(site).values())
        assert links(site)
        assert all(links(site).values())


def test_a_restore_says_which_anchors_do_not_come_back(tmp_path: Path) -> None:
    with Site(tmp_path, heading_ids="renew") as site:
        identifier = rewritten(site)
        planned = site("restore", "--dry-run", "--format", "json").json
        said = [(each["address"], each["message"]) for each in planned["attention"]]
        assert said == [("a/one", f"anchors that can't be restored (en): #{identifier}; links to them lead to the top")]
        ran = site("restore", "--yes")
        assert ran.code == 0
        # The article that links to it is brought back after it, and leads to the id that it has by then.
        assert links(site)
        assert all(links(site).values())
        assert identifier not in str(texts(site))


def test_a_restored_link_to_a_heading_that_was_rewritten_meanwhile_is_named(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        rewritten(site)
        planned = site("restore", "--dry-run", "--format", "json", "a/two").json
        assert [each["message"] for each in planned["attention"]] == [
            "anchors that can't be restored (en): a/one#how; links to them lead to the top"
        ]


def linking(site: Site, places: set[tuple[str, str, int]]) -> set[str]:
    """Return the texts that these links stand in, as messages name them."""
    addresses = {number: path.relative_to(site.root / "content") for number, path in sources(site).items()}
    return {f"{addresses[number].with_suffix('')} ({locale})" for number, locale, _ in places}


def restore_names_what_ends(site: Site, address: str, number: str) -> None:
    """Restore the article: what it says beforehand is what comes of others' links, now and with the next push."""
    working = {place for place, works in links(site).items() if works}
    read = {
        (item["id"], locale)
        for item in site.sandbox.articles()
        for locale, block in item["translated_content"].items()
        if locale != "type" and block and block["state"] == "published"
    }
    ids = {place: HEADING.findall(body) for place, body in texts(site).items() if place in read}
    planned = site("restore", "--dry-run", "--format", "json", address).json
    said = [each for each in planned["attention"] if "have now and lose" in each["message"]]
    site.clock.now += 60
    ran = site("restore", "--yes", address)
    assert (ran.code, ran.writes) == (0, [("PUT", f"/articles/{number}")])
    ended = {place for place in working if not links(site).get(place, False) and place[0] != number}
    message = " ".join(each["message"] for each in said)
    gone = {one for place, names in ids.items() for one in {*names} - {*HEADING.findall(texts(site)[place])}}
    assert set(re.findall(r"#([^ ,;]+)", message.replace(f" {address}#", ""))) == gone
    named = {name for each in said for name in each["message"].partition(" then: ")[2].split(", ") if name}
    assert named == linking(site, ended)
    again = {
        name
        for each in said
        for names in re.findall(r"the next push sends (.*) again", each["hint"] or "")
        for name in names.split(", ")
    }
    site.clock.now += 60
    site.push_as_listed()
    mended = {place for place in ended if links(site).get(place, False)}
    assert (linking(site, mended), linking(site, ended - mended)) == (again, named - again)


def test_a_restore_names_the_anchors_that_readers_lose_and_the_articles_that_link_there(tmp_path: Path) -> None:
    with demo(tmp_path, heading_ids="renew") as site:
        for number, path in list(sources(site).items())[:3]:
            address = str(path.relative_to(site.root / "content").with_suffix(""))
            for _ in range(2):
                site.clock.now += 60
                edit(path)
                site.push_as_listed()
            site.clock.now += 60
            restore_names_what_ends(site, address, number)
            # The files go the same way.
            path.write_text(path.read_text(encoding="utf-8").removesuffix("\n\nOnce more.\n") + "\n", encoding="utf-8")
            while site.push().writes:
                pass


@pytest.mark.parametrize("leads", [CHAIN, RING], ids=["chain", "ring"])
def test_a_restore_tells_links_that_the_next_push_mends_from_those_that_stay_dead(
    tmp_path: Path, leads: dict[str, list[str]]
) -> None:
    with Site(tmp_path, heading_ids="renew") as site:
        files = tree(leads)
        site.content(files)
        while site.push().writes:
            pass
        files["a/four.md"] += "\nMore.\n"
        site.content(files)
        while site.push().writes:
            site.clock.now += 60
        restore_names_what_ends(
            site, "a/four", next(number for number, path in sources(site).items() if path.stem == "four")
        )


@pytest.mark.parametrize("heading_ids", ["keep", "renew"])
def test_a_restore_names_what_links_to_a_heading_that_goes_with_it(tmp_path: Path, heading_ids: str) -> None:
    with Site(tmp_path, heading_ids=heading_ids) as site:
        files = {**IN, "a/one.md": page("Text.\n", title="One"), "a/two.md": page("Nothing.\n", title="Two")}
        site.content(files)
        site.push()
        site.clock.now += 60
        site.content(TWO | IN)
        while site.push().writes:
            site.clock.now += 60
        number = next(number for number, path in sources(site).items() if path.stem == "one")
        restore_names_what_ends(site, "a/one", number)


# Links that are buttons, and what teammates make of links -------------------------------------------------------------


def with_link(site: Site, link: str) -> None:
    """Write an article of two headings that begins with the link."""
    site.content({**IN, "a/one.md": page(f"{link}\n\n# How\n\n# Why\n", title="One")})


def teammate_links(site: Site, old: str, new: str) -> None:
    """Let a teammate change where the link leads."""
    (((number, locale), body),) = texts(site).items()
    assert f'href="{old}"' in body
    site.sandbox.edit_article(number, locale, body=body.replace(f'href="{old}"', f'href="{new}"'))


def test_a_button_that_a_writer_leads_to_another_heading_is_sent(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        with_link(site, "[Go](#how){.button}")
        site.push()
        with_link(site, "[Go](#why){.button}")
        assert len(site.push_as_listed().writes) == 1


def test_a_link_that_a_writer_leads_to_another_heading_is_sent_where_ids_are_renewed_and_links_go_in_a_circle(
    tmp_path: Path,
) -> None:
    with Site(tmp_path, heading_ids="renew") as site:
        files = {
            **IN,
            "a/one.md": page("[it](two.md#how)\n\n# How\n", title="One"),
            "a/two.md": page("[it](one.md#how)\n\n# How\n\n# Why\n", title="Two"),
        }
        site.content(files)
        site.push_as_listed()
        assert site.push().writes == []
        site.content({**files, "a/one.md": files["a/one.md"].replace("two.md#how", "two.md#why")})
        assert len(site.push_as_listed().writes) == 1
        one, two = sorted(texts(site).values(), key=lambda body: "Why" in body)
        assert f'#{HEADING.findall(two)[1]}"' in one


@pytest.mark.parametrize("new", ["#why", "#nowhere", ""])
@pytest.mark.parametrize("link", ["[Go](#how)", "[Go](#how){.button}"])
def test_a_teammate_who_leads_a_link_to_another_heading_is_seen(tmp_path: Path, link: str, new: str) -> None:
    with Site(tmp_path) as site:
        with_link(site, link)
        site.push()
        teammate_links(site, "#how", new)
        changed = texts(site)
        assert [each["kind"] for each in site.plan()["attention"]] == ["drift"]
        assert site.push().writes == []
        with_link(site, f"A word.\n\n{link}")
        ran = site.push()
        assert (ran.code, ran.writes) == (13, [])
        assert texts(site) == changed
