"""Own links: what they are called, what they lead to, and when their anchors can't hold."""

from __future__ import annotations

import pytest

from helpsync.errors import Location
from helpsync.model import Article, Body, Heading, Link, Reference, Translation
from helpsync.plan.links import Directory, anchors_of, base_of, ids_to_send, leads_within, own_link_namer, pinned

HERE = Location("x.md", 1)
BASE = "https://help.acme.com"


def body(*targets: Reference) -> Body:
    html = "".join(
        f'<a href="helpsync:{t.locale}/{t.address}{"#" + t.slug if t.slug else ""}" target="_blank">t</a>'
        for t in targets
    )
    return Body(html, tuple(Link(target, HERE) for target in targets))


def article(address: str, *targets: Reference) -> Article:
    return Article({"en": Translation("en", address, body=body(*targets))}, address=address)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"{BASE}/fr/articles/12-refunds", "article:fr/12"),
        (f"{BASE}/fr/articles/12-a-new-slug#h_1", "article:fr/12#h_1"),
        (f"{BASE}/fr/articles/12", "article:fr/12"),
        (f"{BASE}/fr/articles/12-refunds#one\ntwo", "article:fr/12#one\ntwo"),
        (f"{BASE}/pt-BR/articles/12", "article:pt-BR/12"),
        (f"{BASE}/xx/articles/12", None),
        ("https://elsewhere.com/fr/articles/12", None),
        (f"{BASE}/fr/collections/12", None),
        ("mailto:a@b.c", None),
    ],
)
def test_an_own_link_is_known_by_locale_id_and_anchor(url: str, name: str | None) -> None:
    assert own_link_namer([BASE])(url) == name


def test_the_base_of_a_url_is_what_stands_before_its_locale() -> None:
    assert base_of("https://intercom.help/acme/en/articles/1-x") == "https://intercom.help/acme"
    assert base_of("https://intercom.help/acme") is None


def test_a_link_to_an_article_without_an_id_has_no_url_yet() -> None:
    directory = Directory(base=BASE)
    assert directory.href(("a", "en"), Reference("en", "b")) is None
    assert directory.name(("a", "en"), Reference("en", "b")) == "en/@b"


def test_a_link_to_a_draft_has_no_slug() -> None:
    directory = Directory(base=BASE, ids={"b": "7"})
    assert directory.href(("a", "en"), Reference("en", "b")) == f"{BASE}/en/articles/7"


def test_a_link_to_a_heading_uses_the_id_that_intercom_showed() -> None:
    directory = Directory(base=BASE, ids={"b": "7"}, anchors={("b", "en"): {"how": "h_0123456789"}})
    assert directory.href(("a", "en"), Reference("en", "b", "how")) == f"{BASE}/en/articles/7#h_0123456789"


def test_a_link_to_a_heading_that_is_not_there_yet_uses_the_slug_that_will_be_its_id() -> None:
    directory = Directory(base=BASE, ids={"b": "7"})
    assert directory.href(("a", "en"), Reference("en", "b", "crear-albarán")) == f"{BASE}/en/articles/7#crear-albarán"
    assert directory.href(("b", "en"), Reference("en", "b", "how")) == "#how"


@pytest.mark.parametrize("identifier", ["50% off", "a%20b", "a b"])
def test_a_fragment_finds_an_id_with_signs_that_mean_something_in_an_address(identifier: str) -> None:
    directory = Directory(base=BASE, ids={"b": "7"}, anchors={("b", "en"): {"how": identifier}})
    href = directory.href(("a", "en"), Reference("en", "b", "how"))
    assert own_link_namer([BASE])(href or "") == f"article:en/7#{identifier}"


def test_a_link_within_an_article_is_a_fragment() -> None:
    directory = Directory(base=BASE, ids={"a": "7"}, anchors={("a", "en"): {"how": "h_1"}})
    assert directory.href(("a", "en"), Reference("en", "a", "how")) == "#h_1"


def test_where_ids_are_renewed_links_in_a_circle_and_to_it_do_not_last_and_those_from_it_do_not_either() -> None:
    circle = [
        article("a", Reference("en", "b", "s")),
        article("b", Reference("en", "a", "s"), Reference("en", "d", "s")),
    ]
    chain = [article("c", Reference("en", "a", "s")), article("d")]
    directory = Directory(base=BASE, heading_ids="renew", pinned=pinned([*circle, *chain], ()))
    assert not directory.lasts(("a", "en"), Reference("en", "b", "s"))
    assert not directory.lasts(("b", "en"), Reference("en", "a", "s"))
    # A write of b would break the link of a for good.
    assert not directory.lasts(("b", "en"), Reference("en", "d", "s"))
    assert directory.lasts(("c", "en"), Reference("en", "a", "s"))


def test_where_ids_are_renewed_an_article_with_working_links_within_is_not_sent_for_others() -> None:
    linking = article("a", Reference("en", "b", "s"))
    # Nor is what it links to: it could not follow.
    assert pinned([linking, article("b")], [("a", "en")]) == {("a", "en"), ("b", "en")}
    assert pinned([linking, article("b")], [("b", "en")]) == {("b", "en")}


def test_links_without_anchors_make_no_circle() -> None:
    assert pinned([article("a", Reference("en", "b")), article("b", Reference("en", "a"))], ()) == frozenset()


def test_a_long_chain_of_anchors_pins_nothing() -> None:
    assert pinned([article(f"a{n}", Reference("en", f"a{n + 1}", "s")) for n in range(5000)], ()) == frozenset()


def test_of_a_link_that_does_not_last_only_the_article_is_compared() -> None:
    directory = Directory(base=BASE, heading_ids="renew", ids={"a": "7", "b": "8"}, pinned={("a", "en")})
    source, text = ("a", "en"), body(Reference("en", "b", "s"), Reference("en", "a", "s"))
    assert not directory.leads_elsewhere(source, text, ("en/8#h_1", "#h_2"))
    assert directory.leads_elsewhere(source, text, ("en/9#s", "#s"))
    directory.heading_ids = "keep"
    assert directory.leads_elsewhere(source, text, ("en/8#h_1", "#s"))
    assert not directory.leads_elsewhere(source, text, ("en/8#s", "#s"))


def test_no_two_headings_are_sent_with_one_id() -> None:
    ours = (Heading("start", "Start"), Heading("intro", "Intro"), Heading("intro-1", "Intro 1"))
    assert ids_to_send(ours, {"start": "intro", "gone": "intro-1"}) == {
        "start": "intro",
        "intro": "intro-1",
        "intro-1": "intro-1-1",
    }


def test_a_body_leads_within_where_one_of_its_fragments_has_a_heading() -> None:
    assert leads_within('<h1 id="crear-albarán">x</h1><p><a href="#crear-albar%C3%A1n">y</a></p>')
    assert not leads_within('<h1 id="a">x</h1><p><a href="#b">y</a></p>')


def test_headings_are_matched_in_order_or_else_by_text() -> None:
    ours = (Heading("one", "One"), Heading("two", "Two"))
    assert anchors_of(ours, [("h_1", "Eins", 1), ("h_2", "Zwei", 1)]) == {"one": "h_1", "two": "h_2"}
    assert anchors_of(ours, [("h_9", "New", 1), ("h_1", "One", 1), ("h_2", "Two", 1)]) == {"one": "h_1", "two": "h_2"}


def test_slugs_keep_the_ids_that_are_still_there_and_a_renamed_heading_that_of_its_place() -> None:
    ours = (Heading("two", "Two"), Heading("one", "One"), Heading("new", "New"))
    stored = [("h_1", "One", 1), ("h_2", "Two", 1), ("h_3", "Three", 1)]
    known = {"one": "h_1", "two": "h_2", "three": "h_3"}
    assert anchors_of(ours, stored, known) == {"one": "h_1", "two": "h_2", "new": "h_3"}
    renewed = [("h_7", "Two", 1), ("h_8", "One", 1), ("h_9", "Three", 1)]
    assert anchors_of(ours, renewed, known) == {"two": "h_7", "one": "h_8", "new": "h_9"}
