"""Links between articles: where they lead, in both layouts, and what is said about those that lead nowhere."""

from pathlib import Path

import pytest

from helpsync.content import Tree
from helpsync.model import Body, Link, Reference
from tree_builder import Site, article, article_at, collection


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.write("billing/refunds.fr.md", article("Remboursements", "## Combien de temps\n\nCinq jours"))
    site.write("start/_collection.md", collection("Start"))
    site.write("start/first steps.md", article("First steps", "## Go {#go}\n\n### Go\n\nText"))
    return site


def body_of(tree: Tree, address: str, locale: str = "en") -> Body:
    body = article_at(tree, address).translations[locale].body
    assert body is not None
    return body


def targets(site: Site, link: str, *, locale: str = "en") -> list[Reference]:
    suffix = "" if locale == "en" else f".{locale}"
    site.write("start/a.md", article("A"))
    site.write(f"start/a{suffix}.md", article("A", f"See [this]({link}) now"))
    tree = site.read()
    assert tree.findings == ()
    return [link.target for link in body_of(tree, "start/a", locale).links]


def broken(site: Site, link: str) -> tuple[str, str | None]:
    site.write("start/a.md", article("A", f"See [this]({link}) now"))
    message, hint = site.only("broken-link")
    place, _, what = message.partition(": ")
    assert place.startswith("content/start/a.md:5")
    return what, hint


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("../billing/refunds.md", Reference("en", "billing/refunds")),
        ("../billing/refunds.md#how-long", Reference("en", "billing/refunds", "how-long")),
        ("/billing/refunds.md", Reference("en", "billing/refunds")),
        ("./../start/../billing//refunds.md", Reference("en", "billing/refunds")),
        ("../billing/refunds.md?from=a#how-long", Reference("en", "billing/refunds", "how-long")),
        ("../billing/refunds.fr.md", Reference("fr", "billing/refunds")),
        ("first%20steps.md#go", Reference("en", "start/first steps", "go")),
        ("first%20steps.md#go-1", Reference("en", "start/first steps", "go-1")),
        ("a.md", Reference("en", "start/a")),
    ],
)
def test_a_link_from_the_default_locale_goes_to_the_file_that_it_names(
    site: Site, link: str, target: Reference
) -> None:
    assert targets(site, link) == [target]


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("../billing/refunds.md", Reference("fr", "billing/refunds")),
        ("../billing/refunds.fr.md#combien-de-temps", Reference("fr", "billing/refunds", "combien-de-temps")),
        ("/billing/refunds.fr.md", Reference("fr", "billing/refunds")),
        ("first%20steps.md#go", Reference("en", "start/first steps", "go")),
        ("first%20steps.fr.md", Reference("en", "start/first steps")),
    ],
)
def test_a_link_from_a_translation_goes_to_its_locale_or_else_the_default_one(
    site: Site, link: str, target: Reference
) -> None:
    assert targets(site, link, locale="fr") == [target]


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("../billing/refunds.md", Reference("fr", "billing/refunds")),
        ("/billing/refunds.md", Reference("fr", "billing/refunds")),
        ("/fr/billing/refunds.md", Reference("fr", "billing/refunds")),
        ("../../en/billing/refunds.md", Reference("fr", "billing/refunds")),
        ("../billing/invoices.md", Reference("en", "billing/invoices")),
        ("../../de/billing/refunds.md", Reference("de", "billing/refunds")),
    ],
)
def test_links_have_the_same_targets_in_the_folder_layout(tmp_path: Path, link: str, target: Reference) -> None:
    site = Site(tmp_path, layout="folder")
    site.write("en/start/_collection.md", collection()).write("en/start/a.md").write("en/billing/invoices.md")
    site.write("fr/billing/refunds.md").write("de/billing/refunds.md")
    site.write("fr/start/a.md", article(body=f"[x]({link})"))
    tree = site.read()
    assert tree.findings == ()
    assert [each.target for each in body_of(tree, "start/a", "fr").links] == [target]


def test_a_link_to_a_heading_of_the_same_article_stays_in_its_locale(site: Site) -> None:
    site.write("start/a.md").write("start/a.fr.md", article(body="[x](#ici)\n\n## Ici\n\nTexte"))
    tree = site.read()
    assert tree.findings == ()
    assert [link.target for link in body_of(tree, "start/a", "fr").links] == [Reference("fr", "start/a", "ici")]


@pytest.mark.parametrize("url", ["https://example.com/a.md", "mailto:a@example.com", "tel:+123"])
def test_a_link_elsewhere_is_sent_as_it_is(site: Site, url: str) -> None:
    site.write("start/a.md", article(body=f"[x]({url})"))
    tree = site.read()
    assert tree.findings == ()
    assert f'href="{url}"' in body_of(tree, "start/a").html


NOTHING_ELSE = "nothing else, such as an `<a id>`, can be linked to"


@pytest.mark.parametrize(
    ("link", "message", "hint"),
    [
        (
            "refunds.md",
            "`refunds.md` is not an article: there is no start/refunds.md",
            "did you mean `../billing/refunds.md`?",
        ),
        ("../billing/refund.md", "there is no billing/refund.md", "did you mean `../billing/refunds.md`?"),
        ("../billing/Refunds.md", "there is no billing/Refunds.md", "did you mean `../billing/refunds.md`?"),
        ("../billing/refunds", "`../billing/refunds` is not an article", "did you mean `../billing/refunds.md`?"),
        ("my-steps.md", "there is no start/my-steps.md", "did you mean `first%20steps.md`?"),
        ("first-steps.md", "there is no start/first-steps.md", "did you mean `first%20steps.md`?"),
        ("../billing/refunds.en.md", "the default locale en is not written in a name", "`../billing/refunds.md`?"),
        ("../billing/refunds.de.md", "is not translated to German", "did you mean `../billing/refunds.md`?"),
        ("zzz.md", "there is no start/zzz.md", "check the path; it is relative to this file"),
        ("../../README.md", "`../../README.md` is outside the content tree", "link to an article, or to a URL"),
        ("../billing/", "`../billing/` is a collection, not an article", "link to one of its articles"),
        ("../billing", "`../billing` is a collection, not an article", "link to one of its articles"),
        ("/", "`/` is a collection, not an article", "link to one of its articles"),
        ("../billing/_collection.md", "is a collection, not an article", "link to one of its articles"),
        (
            "terms.pdf",
            "`terms.pdf` is a file, and Intercom's API can't host attachments",
            "put the file on a public server, and link to its URL",
        ),
        ("www.example.com", "`https://` is missing before it", "did you mean `https://www.example.com`?"),
        ("www.example.com/a.html?b#c", "`https://` is missing before it", "`https://www.example.com/a.html?b#c`?"),
        ("docs.example.io/refunds.md", "`https://` is missing before it", "`https://docs.example.io/refunds.md`?"),
        ("example.com", "`https://` is missing before it", "did you mean `https://example.com`?"),
        ("ann@example.com", "`mailto:` is missing before it", "did you mean `mailto:ann@example.com`?"),
        ("setup.sh", "`setup.sh` is a file", "put the file on a public server"),
    ],
)
def test_a_broken_link_is_explained(site: Site, link: str, message: str, hint: str) -> None:
    what, advice = broken(site, link)
    assert message in what
    assert hint in (advice or "")


@pytest.mark.parametrize("layout", ["suffix", "folder"])
def test_a_file_named_like_a_web_address_can_be_linked(tmp_path: Path, layout: str) -> None:
    site = Site(tmp_path, layout=layout)
    home = "en/" if layout == "folder" else ""
    site.write(f"{home}billing/socket.io.md").write(f"{home}billing/example.com/a.md")
    site.write(f"{home}billing/example.com/_collection.md", collection("Example"))
    site.write(f"{home}billing/b.md", article(body="[a](socket.io) [b](example.com) [c](example.com/a.md)"))
    assert [hint for _, _, hint in site.found()] == ["did you mean `socket.io.md`?", "link to one of its articles"]


def test_a_link_to_a_folder_with_an_index_names_it(site: Site) -> None:
    site.write("billing/index.md")
    assert broken(site, "../billing/#how-long")[1] == "did you mean `../billing/index.md`?"


def test_with_severity_warn_the_text_stays_without_the_broken_link(site: Site) -> None:
    site.write("start/a.md", article("A", "See [this](gone.md) now"))
    tree = site.read(broken_link="warn")
    assert [each.severity for each in tree.findings] == ["warn"]
    assert tree.errors == ()
    body = body_of(tree, "start/a")
    assert "See this now" in body.html
    assert body.links == ()


def test_a_link_to_an_article_that_cannot_be_read_is_not_broken(site: Site) -> None:
    site.write("start/b.md", "no frontmatter").write("start/a.md", article(body="[x](b.md#y)"))
    assert [code for code, *_ in site.found()] == ["missing-frontmatter"]


@pytest.mark.parametrize(
    ("link", "message", "hint"),
    [
        (
            "../billing/refunds.md#how-lon",
            "billing/refunds (en) has no heading `#how-lon`",
            "did you mean `#how-long`?",
        ),
        (
            "../billing/refunds.md#zzz",
            "billing/refunds (en) has no heading `#zzz`",
            f"its headings are #how-long; {NOTHING_ELSE}",
        ),
        (
            "#zzz",
            "this article has no heading `#zzz`",
            f"it has no headings, and {NOTHING_ELSE}: remove the part after #",
        ),
    ],
)
def test_a_link_to_a_missing_heading_names_the_nearest(site: Site, link: str, message: str, hint: str) -> None:
    site.write("start/a.md", article(body=f"[x]({link})"))
    said, advice = site.only("broken-anchor")
    assert said.startswith("content/start/a.md:5")
    assert said.endswith(message)
    assert advice == hint


def test_a_title_of_a_collapsible_cannot_be_linked(site: Site) -> None:
    title = "<details><summary>My <b>first</b> card</summary>\n\nText\n\n</details>"
    site.write("start/a.md", article(body=f"{title}\n\n## My first cards\n\n[x](#my-first-card)"))
    assert "titles of collapsibles can't be linked to" in f"{site.only('broken-anchor')[1]}"


def test_anchors_are_checked_in_the_locale_of_the_target(site: Site) -> None:
    site.write("start/a.md").write("start/a.fr.md", article(body="[x](../billing/refunds.md#how-long)"))
    assert "billing/refunds (fr) has no heading `#how-long`" in site.only("broken-anchor")[0]


@pytest.mark.parametrize("severity", ["warn", "off"])
def test_with_a_lower_severity_the_link_goes_to_the_top(site: Site, severity: str) -> None:
    links = "[x](../billing/refunds.md#no) [y](../billing/refunds.md#how-long) [z](../billing/refunds.md#no)"
    site.write("start/a.md", article(body=links))
    body = body_of(site.read(broken_anchor=severity), "start/a")
    top, kept = Reference("en", "billing/refunds"), Reference("en", "billing/refunds", "how-long")
    assert [link.target for link in body.links] == [top, kept, top]
    assert body.html.count('href="helpsync:en/billing/refunds"') == 2
    assert body.html.count('href="helpsync:en/billing/refunds#how-long"') == 1


def test_off_drops_a_finding_and_warn_keeps_it(site: Site) -> None:
    site.write("start/a.md", article(body="[x](#no)"))
    assert site.found(broken_anchor="off") == []
    assert [each.severity for each in site.read(broken_anchor="warn").findings] == ["warn"]


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ("published", "draft", 1),
        ("draft", "draft", 0),
        ("published", "published", 0),
        ("published", "", 1),
        ("", "draft", 0),
    ],
)
def test_a_link_from_a_published_article_to_a_draft_is_a_warning(
    site: Site, here: str, there: str, expected: int
) -> None:
    states = [{"state": state} if state else {} for state in (here, there)]
    site.write("start/a.md", article(body="[x](b.md)", **states[0])).write("start/b.md", article(**states[1]))
    found = site.read().findings
    assert [(each.code, each.severity) for each in found] == [("link-to-draft", "warn")] * expected


def test_an_article_without_a_state_begins_with_that_of_the_configuration(site: Site) -> None:
    site.write("start/a.md", article(body="[x](b.md)")).write("start/b.md", article(state="draft"))
    assert site.found() == []
    site.configure("state: published")
    assert site.only("link-to-draft")[1] == "publish it, or link to it later"


def test_a_pinned_article_is_not_new_so_it_need_not_be_a_draft(site: Site) -> None:
    site.write("start/a.md", article(body="[x](b.md)", state="published")).write("start/b.md", article(id="7"))
    assert site.found() == []


def test_every_link_keeps_its_place(site: Site) -> None:
    site.write("start/a.md", article(body="[x](first%20steps.md)\n\n[y](../billing/refunds.md)"))
    links: tuple[Link, ...] = body_of(site.read(), "start/a").links
    assert [(link.target.address, link.location.line) for link in links] == [
        ("start/first steps", 5),
        ("billing/refunds", 7),
    ]
