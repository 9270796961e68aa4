"""Both sides of a body as Markdown, with links and pictures as a writer names them."""

from __future__ import annotations

from helpsync.errors import Location
from helpsync.model import Body, Heading, Link, Reference, Translation
from helpsync.plan.bodies import Bodies, markdown_of
from helpsync.plan.links import Directory, own_link_namer
from helpsync.plan.plan import BodySides

BASE = "https://help.acme.com"
KEY = "sha256:" + "a" * 64
STORED = "https://downloads.intercomcdn.com/i/o/1/refund.png"
GUIDE = ("billing/guide", "fr")


def bodies() -> Bodies:
    directory = Directory(
        base=BASE,
        ids={"billing/guide": "12", "rules": "13", "billing/": "14", "twins/": "13"},
        urls={GUIDE: f"{BASE}/fr/articles/12-guide"},
        anchors={("rules", "fr"): {"fristen": "h_1"}, GUIDE: {"own": "h_2"}},
        files={
            GUIDE: "content/billing/guide.fr.md",
            ("rules", "fr"): "content/our rules.fr.md",
            ("rules", "en"): "content/our rules.md",
        },
    )
    return Bodies(directory, own_link_namer([BASE]))


def markdown(sides: BodySides) -> tuple[str, str]:
    return markdown_of(sides, {KEY: "content/billing/images/refund.png"}.get, bodies=bodies())


def read_back(html: str, **images: str) -> str:
    return markdown(BodySides(GUIDE, None, html, {STORED: KEY} | images))[0]


def link(href: str) -> str:
    return read_back(f'<p class="no-margin"><a href="{href}">x</a></p>')


def test_a_link_to_an_article_of_the_tree_is_the_path_from_this_file() -> None:
    assert link(f"{BASE}/fr/articles/13-our-rules#h_1") == "[x](../our%20rules.fr.md#fristen)\n"
    assert link(f"{BASE}/en/articles/13") == "[x](../our%20rules.md)\n"
    assert link(f"{BASE}/fr/articles/12") == "[x](guide.fr.md)\n"


def test_a_link_within_the_article_goes_by_the_slug() -> None:
    assert link("#h_2") == "[x](#own)\n"
    assert link("#h_3") == "[x](#h_3)\n"


def test_a_link_to_a_heading_that_is_not_in_the_tree_keeps_its_id() -> None:
    assert link(f"{BASE}/fr/articles/13#h_9") == "[x](../our%20rules.fr.md#h_9)\n"


def test_a_link_that_leads_to_no_file_stays_an_address() -> None:
    for href in (f"{BASE}/fr/articles/99", f"{BASE}/de/articles/13", f"{BASE}/fr/articles/14", "https://e.com/a"):
        assert link(href) == f"[x]({href})\n"


def test_a_file_that_is_gone_names_others_by_their_whole_path() -> None:
    sides = BodySides(("old", "en"), None, f'<p><a href="{BASE}/en/articles/13">x</a></p>', {})
    assert markdown(sides) == ("[x](content/our%20rules.md)\n", "")


def test_a_picture_goes_by_its_path_from_this_file() -> None:
    assert read_back(f'<div class="intercom-container"><img src="{STORED}?expires=1"></div>') == (
        "![](images/refund.png)\n"
    )


def test_a_picture_without_a_path_goes_by_its_digest_or_its_address() -> None:
    sides = BodySides(GUIDE, None, f'<p><img src="{STORED}"></p><p><img src="{STORED}2?expires=1"></p>', {STORED: KEY})
    assert markdown_of(sides, lambda _: None, bodies=bodies())[0] == f"![](sha256:aaaaaaaaaaaa)\n\n![]({STORED}2)\n"


def wanted(html: str, *targets: Reference, heading: str = "") -> Translation:
    links = tuple(Link(target, Location("x.md", 1)) for target in targets)
    headings = (Heading(heading, heading),) if heading else ()
    return Translation("fr", "Guide", body=Body(html, links, headings))


def test_what_the_tree_asks_for_has_the_same_names() -> None:
    text = wanted(
        f'<h1 id="helpsync:new">new</h1><p class="no-margin"><a href="helpsync:fr/rules#fristen">x</a> '
        '<a href="helpsync:fr/billing/guide#new">y</a></p>'
        f'<div class="intercom-container"><img src="helpsync:{KEY}"></div>',
        Reference("fr", "rules", "fristen"),
        Reference("fr", "billing/guide", "new"),
        heading="new",
    )
    _, ours = markdown(BodySides(GUIDE, text, "", {}))
    assert ours == "## new\n\n[x](../our%20rules.fr.md#fristen) [y](#new)\n\n![](images/refund.png)\n"


def test_an_edit_leads_from_the_tree_to_what_readers_have() -> None:
    text = wanted('<p class="no-margin">Ours</p>')
    stored = '<p class="no-margin">Theirs</p>'
    assert markdown(BodySides(GUIDE, text, stored, {})) == ("Theirs\n", "Ours\n")
    assert markdown(BodySides(GUIDE, text, stored, {}, edited=True)) == ("Ours\n", "Theirs\n")


NESTED = "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li></ul>"
FLAT = "<ul><li><p>a</p><p>– b</p></li></ul>"


def test_where_intercom_refuses_lists_in_lists_both_sides_are_without_them() -> None:
    theirs, ours = markdown(BodySides(GUIDE, wanted(NESTED), FLAT, {}))
    assert theirs == ours


def test_a_list_that_a_teammate_flattened_is_compared_with_the_nested_one() -> None:
    _, ours = markdown(BodySides(GUIDE, wanted(NESTED), "<ul><li><p>a</p></li><li><p>b</p></li></ul>", {}))
    assert "  - b" in ours
