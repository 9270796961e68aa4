"""What readers see, and what they don't."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from sandbox_client import Api, MakeApi


HelpCenter: TypeAlias = "tuple[Api, int, int, str]"


@pytest.fixture
def help_center(api: Api) -> HelpCenter:
    parent = api.collection(translated_content={"fr": {"name": "Facturation"}, "ar": {"name": "الفواتير"}})
    section = api.section(parent, translated_content={"fr": {"name": "Factures"}})
    article = api.article(
        body='<h1>One</h1><p>See <a href="http://localhost:8321/en/articles/5-x#h_1">this</a> '
        '<a href="http://localhost:83210/en">that</a></p>',
        parent_id=section,
        parent_type="section",
        translated_content={
            "fr": {"title": "Remboursements <b>", "body": "<p>été</p>", "state": "published"},
            "ar": {"title": "استرداد", "body": "<p>مرحبا</p>", "state": "published"},
            "de": {"title": "Entwurf"},
        },
    )
    return api, parent, section, article["id"]


def page(api: Api, path: str, status: int = 200) -> str:
    response = api.request("GET", path)
    assert response.status_code == status
    return response.text


def test_an_article_is_found_with_and_without_its_slug(help_center: HelpCenter) -> None:
    api, _, _, number = help_center
    pages = {page(api, f"/fr/articles/{number}{slug}") for slug in ("", "-remboursements", "-old-title")}
    assert len(pages) == 1
    assert "été" in pages.pop()


def test_the_url_of_the_api_leads_to_the_page(help_center: HelpCenter) -> None:
    api, _, _, number = help_center
    for content in api.get(f"/articles/{number}")["translated_content"].values():
        if isinstance(content, dict) and content["url"]:
            assert page(api, content["url"].removeprefix("http://localhost:8321"))


def test_titles_are_escaped(help_center: HelpCenter) -> None:
    api, _, _, number = help_center
    assert "Remboursements &lt;b&gt;</h1>" in page(api, f"/fr/articles/{number}")


def test_arabic_reads_from_right_to_left(help_center: HelpCenter) -> None:
    api, _, _, number = help_center
    assert '<html lang="ar" dir="rtl">' in page(api, f"/ar/articles/{number}")
    assert '<html lang="en" dir="ltr">' in page(api, f"/en/articles/{number}")


def test_the_lines_of_code_are_lines_on_the_page(api: Api) -> None:
    number = api.article(body="<pre><code>one<br>two</code></pre>")["id"]
    assert "<pre><code>one<br>two</code></pre>" in page(api, f"/en/articles/{number}")


def test_the_switcher_names_the_locales_that_are_published(help_center: HelpCenter) -> None:
    api, _, _, number = help_center
    text = page(api, f"/en/articles/{number}")
    assert all(f">{name}</a>" in text for name in ("English", "French", "Arabic"))
    assert "German" not in text


def test_a_draft_does_not_exist_for_readers(help_center: HelpCenter) -> None:
    api, parent, _, number = help_center
    assert "Entwurf" not in page(api, f"/de/articles/{number}", 404)
    assert "Entwurf" not in page(api, f"/de/collections/{parent}")


def test_own_links_stay_on_this_server_and_others_leave_it(help_center: HelpCenter) -> None:
    api, _, _, number = help_center
    text = page(api, f"/en/articles/{number}")
    assert '<a href="/en/articles/5-x#h_1" class=' in text
    assert '<a href="http://localhost:83210/en" target="_blank"' in text


def test_the_index_leads_to_collections_and_they_to_articles(help_center: HelpCenter) -> None:
    api, parent, _, number = help_center
    index = page(api, "/fr/")
    assert "Facturation" in index
    assert f'href="/fr/collections/{parent}-facturation"' in index
    assert "1 article" in index
    collection = page(api, f"/fr/collections/{parent}-facturation")
    assert "Factures" in collection
    assert f'href="/fr/articles/{number}-remboursements-b"' in collection


def test_the_root_leads_to_the_default_locale(help_center: HelpCenter) -> None:
    api = help_center[0]
    assert api.request("GET", "/").headers["location"] == "/en/"


@pytest.mark.parametrize("path", ["/xx/", "/en/articles/9", "/en/articles/x", "/en/collections/9", "/en/x/1", "/x.ico"])
def test_a_missing_page_says_that_it_was_not_found(help_center: HelpCenter, path: str) -> None:
    assert "Page not found" in page(help_center[0], path, 404)


def test_each_help_center_has_pages_of_its_own(make: MakeApi) -> None:
    api = make(help_centers=("main-brand", "other-brand"))
    other = int(api.get("/help_center/help_centers")["data"][1]["id"])
    number = api.collection(name="Elsewhere", help_center_id=other)
    article = api.article(parent_id=number, parent_type="collection")["id"]
    assert "Elsewhere" not in page(api, "/en/")
    assert "Elsewhere" in page(api, "/other-brand/en/")
    assert page(api, f"/other-brand/en/articles/{article}")
    assert page(api, f"/en/articles/{article}", 404)
    assert api.request("GET", "/other-brand").headers["location"] == "/other-brand/en/"


def test_readers_can_not_write_and_do_not_count_as_requests(help_center: HelpCenter) -> None:
    api = help_center[0]
    api.sandbox.forget()
    assert api.request("POST", "/en/").status_code == 405
    page(api, "/en/")
    assert api.sandbox.count() == 0


def test_an_article_without_a_collection_has_a_page_but_no_entry(api: Api) -> None:
    number = api.article(title="Alone")["id"]
    assert "Alone" in page(api, f"/en/articles/{number}")
    assert "Alone" not in page(api, "/en/")


VIDEO = "https://www.youtube.com/embed/x?a=1&amp;b=2"


def test_a_page_shows_a_video_as_a_link_and_loads_nothing_from_elsewhere(api: Api) -> None:
    number = api.article(body=f'<iframe src="{VIDEO}" title="T"></iframe><img src="https://p.example/a.png">')["id"]
    response = api.request("GET", f"/en/articles/{number}")
    assert f'<a class="video" href="{VIDEO}" target="_blank" rel="noreferrer"><span>{VIDEO}</span></a>' in response.text
    assert "<iframe" not in response.text
    assert '<img src="/pictures/1.svg">' in response.text
    policy = response.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "img-src 'self'"} <= set(policy)


def test_text_that_looks_like_markup_is_shown_as_it_is(api: Api) -> None:
    shown = (
        '&lt;a href="http://localhost:8321/en/"&gt;',
        '&lt;img src="https://downloads.intercomcdn.com/i/o/w/1/a.png"&gt;',
        '&lt;iframe src="https://youtu.be/x"&gt;&lt;/iframe&gt;',
    )
    number = api.article(body=f"<pre>{''.join(shown)}</pre>")["id"]
    assert all(text in page(api, f"/en/articles/{number}") for text in shown)


def test_the_page_has_a_style_for_every_class_of_a_body(api: Api) -> None:
    sheet = page(api, f"/en/articles/{api.article()['id']}").partition("<style>")[2].partition("</style>")[0]
    for name in (
        *("no-margin", "intercom-container", "intercom-align-center", "intercom-align-left", "intercom-align-right"),
        *("intercom-interblocks-callout", "intercom-interblocks-table-container", "collapsible-section-content"),
        *("intercom-h2b-button", "intercom-h2b-video"),
    ):
        assert f".{name}" in sheet
