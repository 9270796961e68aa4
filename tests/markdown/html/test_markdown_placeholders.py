from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.markdown.html.storage import fill
from helpsync.model import Body, Reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_bench import Bench


def filled(
    body: Body,
    *,
    link: Callable[[Reference], str | None] = lambda _: "https://x",
    heading: Callable[[str], str] = str,
    image: Callable[[str], str] = lambda _: "https://i",
) -> str:
    return fill(body, link=link, heading=heading, image=image)


def test_a_link_gets_its_address(bench: Bench) -> None:
    body = bench.render("[a](refunds.md#how)").body
    assert 'href="https://h/a?b=1&amp;c=&quot;"' in filled(body, link=lambda _: 'https://h/a?b=1&c="')


def test_link_asks_for_the_reference_that_was_rendered(bench: Bench) -> None:
    asked: list[Reference] = []
    filled(bench.render("[a](<Übung und mehr.md#été>)").body, link=asked.append)
    assert asked == [Reference("en", "billing/Übung und mehr", "été")]


def test_a_link_that_leads_nowhere_is_unwrapped_and_its_text_stays(bench: Bench) -> None:
    body = bench.render("**a [b `c`](refunds.md) d** [e](https://example.com)").body
    written = filled(body, link=lambda _: None)
    assert written.startswith('<p class="no-margin"><b>a b <code>c</code> d</b> <a href="https://example.com" ')
    assert written.count("<a") == written.count("</a>") == 1


def test_a_linked_picture_loses_its_link_alone(bench: Bench) -> None:
    body = bench.render("[![x](https://p/i.png)](refunds.md)").body
    assert filled(body, link=lambda _: None) == (
        '<div class="intercom-container"><img src="https://p/i.png" alt="x"></div>'
    )


def test_a_heading_gets_the_id_that_its_slug_names(bench: Bench) -> None:
    body = bench.render("# A b {.center}").body
    assert filled(body, heading=lambda slug: f"h_{slug}") == '<h1 id="h_a-b" class="intercom-align-center">A b</h1>'


def test_a_local_picture_gets_its_address(bench: Bench) -> None:
    body = bench.render("![a](x.png)").body
    assert filled(body, image=lambda key: f"https://i/{key[:9]}") == (
        '<div class="intercom-container"><img src="https://i/sha256:ab" alt="a"></div>'
    )


def test_text_that_looks_like_a_placeholder_is_left_alone(bench: Bench) -> None:
    body = bench.render('`<a href="helpsync:en/x">` and id="helpsync:x" src="helpsync:sha256:1"').body
    assert filled(body) == body.html


def test_a_body_without_placeholders_is_returned_as_it_is() -> None:
    assert filled(Body("<p>x</p>")) == "<p>x</p>"


def test_pictures_and_headings_are_listed_in_order(bench: Bench) -> None:
    body = bench.render("# A\n![a](x.png)\n## A\n![b](https://p/i.png)").body
    assert [heading.slug for heading in body.headings] == ["a", "a-1"]
    assert [key[:7] for key in body.images] == ["sha256:", "https:/"]
