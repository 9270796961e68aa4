"""The edit forms: what a teammate can do there, and what other sites can't."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpsync.errors import ConfigError
from helpsync.sandbox import SandboxSettings, running
from helpsync.sandbox.editor_pages import MAX_BYTES
from helpsync.sandbox.html import in_lines, in_one_line
from helpsync.sandbox.settings import LOCALES

if TYPE_CHECKING:
    import httpx

    from sandbox_client import Api, MakeApi

HERE = "http://localhost:8321"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def demo(api: Api) -> Api:
    api.sandbox.fill_demo()
    return api


def get(api: Api, path: str, status: int = 200) -> str:
    response = api.request("GET", f"{HERE}{path}")
    assert response.status_code == status
    return response.text


def post(api: Api, path: str, fields: dict[str, str] | None = None, **headers: str) -> httpx.Response:
    return api.request("POST", f"{HERE}{path}", content=urlencode(fields or {}), headers=FORM | headers)


def saved(api: Api, path: str, **fields: str) -> str:
    """Send a form that is saved; return the path that the reply redirects to."""
    response = post(api, path, fields)
    assert response.status_code == 303, response.text
    return str(response.headers["location"])


def refused(api: Api, path: str, **fields: str) -> str:
    """Send a form that is not saved; return the page with the reason."""
    response = post(api, path, fields)
    assert response.status_code == 400
    assert 'role="alert"' in response.text
    return response.text


def fields_of(page: str) -> dict[str, str]:
    """Return the fields of a page's first form as a browser sends them."""
    form = page.partition("<form")[2].partition("</form>")[0]
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
    for name, options in re.findall(r'<select id="(\w+)".*?>(.*?)</select>', form):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        assert chosen
        fields[name] = chosen[1]
    area = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", form, re.DOTALL)
    if area:
        fields["body"] = html.unescape(area[1]).replace("\n", "\r\n")
    return fields


def text(api: Api, number: int | str, locale: str) -> Any:
    return api.sandbox.article(number)["translated_content"][locale]


def unsigned(body: str) -> str:
    return re.sub(r'\?expires[^"]*', "", body)


def test_a_page_has_a_link_to_its_form_and_the_form_one_to_its_page(demo: Api) -> None:
    page = get(demo, "/fr/articles/1009")
    assert 'href="/edit/articles/1009/fr"' in page
    assert 'href="/fr/articles/1009-rembourser-un-paiement"' in get(demo, "/edit/articles/1009/fr")
    assert 'href="/edit/"' in get(demo, "/en/")


def test_the_index_has_every_text_and_drafts_too(demo: Api) -> None:
    page = get(demo, "/edit/")
    assert page.count('href="/edit/articles/') == 43
    assert '<a href="/edit/articles/1004/fr">French</a> (draft)' in page
    assert "Bookings / Calendar &amp; reminders" in page
    assert re.search(r"In no collection</h2><ul[^>]*><li>What’s new this spring", page)


def test_a_text_is_saved_as_a_teammate_would(demo: Api) -> None:
    fields = fields_of(get(demo, "/edit/articles/1009/fr"))
    fields |= {"title": "Rendre l’argent", "body": fields["body"].replace("180 jours", "90 jours")}
    assert saved(demo, "/edit/articles/1009/fr", **fields) == "/fr/articles/1009-rendre-l-argent"
    after = text(demo, 1009, "fr")
    assert after["title"] == "Rendre l’argent"
    assert "pendant <b>90 jours</b>" in after["body"]
    assert after["author_id"] == 7104
    assert after["updated_at"] == demo.clock.now


def test_saving_an_unchanged_form_is_not_an_edit(demo: Api) -> None:
    before = demo.sandbox.articles()
    for article in before:
        for locale, content in article["translated_content"].items():
            if isinstance(content, dict):
                path = f"/edit/articles/{article['id']}/{locale}"
                fields = fields_of(get(demo, path))
                saved(demo, path, **fields | {"body": f"{fields['body']}\r\n"})
    assert unsigned(str(demo.sandbox.articles())) == unsigned(str(before))


def test_a_form_shows_each_block_on_a_line_of_its_own(demo: Api) -> None:
    body = fields_of(get(demo, "/edit/articles/1009/fr"))["body"]
    assert [line[:4] for line in body.split("\r\n")] == [
        *("<p c", "<p c", "<ol>", "<li>", "<li>"),
        "<p c",
        "<h1 ",
        "<p c",
    ]


def test_one_changed_word_changes_nothing_else_of_a_body(demo: Api) -> None:
    for article in demo.sandbox.articles():
        path = f"/edit/articles/{article['id']}/en"
        fields = fields_of(get(demo, path))
        first = re.findall(r">([\w’ ]+)", fields["body"])[0]
        saved(demo, path, **fields | {"body": fields["body"].replace(first, f"{first}!", 1)})
        assert unsigned(text(demo, article["id"], "en")["body"]) == unsigned(article["body"]).replace(
            first, f"{first}!", 1
        )


def test_a_field_that_a_form_does_not_send_stays(demo: Api) -> None:
    before = text(demo, 1002, "en")
    saved(demo, "/edit/articles/1002/en", description="Short")
    after = text(demo, 1002, "en")
    assert after["description"] == "Short"
    assert (after["title"], unsigned(after["body"])) == (before["title"], unsigned(before["body"]))


def test_a_state_and_a_collection_are_chosen(demo: Api) -> None:
    assert saved(demo, "/edit/articles/1001/en", state="draft", collection="1007") == "/edit/articles/1001/en"
    article = demo.sandbox.article(1001)
    assert (article["state"], article["parent_type"], article["parent_id"]) == ("draft", "section", 1007)
    saved(demo, "/edit/articles/1001/fr", collection="")
    assert demo.sandbox.article(1001)["parent_id"] is None


@pytest.mark.parametrize("locale", [code for code in LOCALES if code not in ("en", "ar", "de", "fr", "ja")])
def test_a_translation_is_added_in_each_locale(demo: Api, locale: str) -> None:
    path = f"/edit/articles/1001/{locale}"
    assert f'<option value="{locale}">' in get(demo, "/edit/articles/1001/en")
    assert demo.request("GET", f"{HERE}/edit/articles/1001?locale={locale}").headers["location"] == path
    direction = "rtl" if locale == "he" else "ltr"
    assert f'lang="{locale}" dir="{direction}"' in get(demo, path)
    saved(demo, path, title="Żółć", body="<p>été</p>", state="published")
    added = text(demo, 1001, locale)
    assert (added["title"], added["body"], added["author_id"]) == ("Żółć", '<p class="no-margin">été</p>', 7101)


def test_a_draft_has_a_page_of_its_own(demo: Api) -> None:
    path = "/edit/articles/1004/fr/page"
    assert f'href="{path}"' in get(demo, "/edit/articles/1004/fr")
    page = get(demo, path)
    assert '<html lang="fr" dir="ltr">' in page
    assert f"<h1>{html.escape(text(demo, 1004, 'fr')['title'], quote=False)}</h1>" in page
    assert "A draft" in page
    assert "A draft" not in get(demo, "/edit/articles/1009/fr/page")
    assert "https://downloads" not in get(demo, "/edit/articles/1001/en/page")
    get(demo, "/edit/articles/1001/pl/page", 404)


def test_a_translation_begins_as_a_draft(demo: Api) -> None:
    assert fields_of(get(demo, "/edit/articles/1014/fr"))["state"] == "draft"


def test_a_translation_is_removed_and_the_default_one_is_not(demo: Api) -> None:
    assert saved(demo, "/edit/articles/1001/fr/remove") == "/edit/articles/1001"
    assert text(demo, 1001, "fr") is None
    assert "delete the article instead" in refused(demo, "/edit/articles/1001/en/remove")
    assert "/en/remove" not in get(demo, "/edit/articles/1001/en")


def test_an_article_is_created_and_deleted(demo: Api) -> None:
    fields = fields_of(get(demo, "/edit/new"))
    fields |= {"title": "Gift vouchers", "author": "7103", "collection": "1003", "body": "<h1>Sell</h1>\r\n<p>Them</p>"}
    path = saved(demo, "/edit/new", **fields)
    number = path.split("/")[3]
    article = demo.sandbox.article(number)
    assert (article["author_id"], article["parent_id"], article["state"]) == (7103, 1003, "draft")
    assert re.fullmatch(r'<h1 id="h_\w{10}">Sell</h1><p class="no-margin">Them</p>', article["body"])
    assert saved(demo, f"/edit/articles/{number}/delete") == "/edit/"
    assert number not in {item["id"] for item in demo.sandbox.articles()}


def test_a_collection_and_a_section_are_renamed_in_any_locale(demo: Api) -> None:
    fields = fields_of(get(demo, "/edit/collections/1002/fr"))
    assert fields["name"] == "Réservations"
    saved(demo, "/edit/collections/1002/fr", **fields | {"name": "Vos réservations"})
    saved(demo, "/edit/collections/1007/ja", name="請求書")
    collections = {item["id"]: item["translated_content"] for item in demo.sandbox.groups("collection")}
    sections = {item["id"]: item["translated_content"] for item in demo.sandbox.groups("section")}
    assert collections["1002"]["fr"]["name"] == "Vos réservations"
    assert collections["1002"]["fr"]["description"] == fields["description"]
    assert sections["1007"]["ja"]["name"] == "請求書"
    assert "description" not in fields_of(get(demo, "/edit/collections/1007/ja"))
    assert "a name is needed" in refused(demo, "/edit/collections/1007/ja", name=" ")


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("title", "  ", "a title is needed"),
        ("state", "gone", "the state is one of draft, published"),
        ("collection", "99", "there is no such collection"),
        ("body", "<dl></dl>", "description list"),
        ("body", '<img src="https://pictures.invalid/a.png">', "could not be fetched"),
    ],
)
@pytest.mark.parametrize("path", ["/edit/new", "/edit/articles/1009/fr", "/edit/articles/1014/fr"])
def test_a_form_that_can_not_be_saved_is_shown_again_with_the_reason(
    demo: Api, path: str, field: str, value: str, why: str
) -> None:
    before = unsigned(str(demo.sandbox.articles()))
    page = refused(demo, path, **{"title": "My title", field: value})
    assert why in page
    assert fields_of(page)["title"] == ("  " if field == "title" else "My title")
    assert unsigned(str(demo.sandbox.articles())) == before


def test_an_unknown_author_is_refused(demo: Api) -> None:
    assert "there is no such author" in refused(demo, "/edit/new", title="T", author="5")


@pytest.mark.parametrize(
    ("content", "kind", "why"),
    [
        (b"title=a", "text/plain", "fields were expected"),
        (b"{}", "application/json", "fields were expected"),
        (b"title", FORM["Content-Type"], "read"),
        (b"title=%ff", FORM["Content-Type"], "read"),
        ("title=é".encode(), FORM["Content-Type"], "read"),
        (b"&".join(b"a%d=1" % number for number in range(30)), FORM["Content-Type"], "read"),
    ],
)
def test_a_request_that_no_form_sends_is_refused(demo: Api, content: bytes, kind: str, why: str) -> None:
    path = f"{HERE}/edit/articles/1009/fr"
    response = demo.request("POST", path, content=content, headers={"Content-Type": kind})
    assert response.status_code == 400
    assert why in response.text


def test_a_form_that_is_too_large_is_refused(demo: Api) -> None:
    content = b"title=" + b"a" * MAX_BYTES
    assert demo.request("POST", f"{HERE}/edit/new", content=content, headers=FORM).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        *("/edit/x", "/edit/articles/1/en", "/edit/articles/x/en", "/edit/articles/1001/xx", "/edit/articles/²/en"),
        *(f"/edit/articles/{'9' * 30}/en", "/edit/collections/9/en", "/edit/collections/1001/xx"),
        *("/edit/articles/1001/fr/remove/x", "/edit/articles/9/delete"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_missing_page_says_that_it_was_not_found(demo: Api, method: str, path: str) -> None:
    response = demo.request(method, f"{HERE}{path}", headers=FORM)
    assert response.status_code == 404
    assert "<h1>Page not found</h1>" in response.text


def test_other_methods_are_not_allowed(demo: Api) -> None:
    assert demo.request("PUT", f"{HERE}/edit/articles/1001/en").status_code == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example:8321", "Origin": "http://evil.example:8321"},
        {"Host": "[", "Origin": "http://["},
        {"Host": ""},
    ],
)
def test_other_sites_can_not_write(demo: Api, headers: dict[str, str]) -> None:
    assert post(demo, "/edit/articles/1001/en", {"title": "Hacked"}, **headers).status_code == 403
    assert demo.sandbox.article(1001)["title"] == "Welcome to Marlow"


@pytest.mark.parametrize("host", ["localhost:8321", "127.0.0.1:5", "[::1]:8321", "LOCALHOST"])
def test_the_sandboxes_pages_can_write_under_each_name_of_this_computer(demo: Api, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host.lower()}", "Sec-Fetch-Site": "same-origin"}
    assert post(demo, "/edit/articles/1001/en", {"title": "Hello"}, **headers).status_code == 303


def test_drafts_are_not_shown_to_other_sites(demo: Api) -> None:
    assert demo.request("GET", f"{HERE}/edit/", headers={"Host": "evil.example"}).status_code == 403


def test_only_the_forms_pages_may_send_forms_and_no_page_may_run_anything(demo: Api) -> None:
    form = demo.request("GET", f"{HERE}/edit/articles/1001/en").headers["content-security-policy"].split("; ")
    page = demo.request("GET", f"{HERE}/en/articles/1001").headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"} <= set(form)
    assert {"default-src 'none'", "form-action 'none'"} <= set(page)


def test_what_is_written_into_a_form_is_shown_as_text(demo: Api) -> None:
    hostile = '"><script>x</script></textarea>'
    saved(demo, "/edit/articles/1001/en", title=hostile, description=hostile)
    saved(demo, "/edit/collections/1001/en", name=hostile)
    for path in ("/edit/", "/edit/articles/1001/en", "/edit/collections/1001/en", "/edit/new"):
        assert "<script" not in get(demo, path)
    assert fields_of(get(demo, "/edit/articles/1001/en"))["title"] == hostile


def test_every_field_has_a_label(demo: Api) -> None:
    for path in ("/edit/new", "/edit/articles/1001/ar", "/edit/collections/1001/en"):
        page = get(demo, path)
        named = re.findall(r'<(?:input|select|textarea) id="(\w+)"', page)
        assert named
        assert all(f'<label for="{name}">' in page for name in named)


def test_a_monolingual_help_center_has_one_locale_to_edit(make: MakeApi) -> None:
    api = make(monolingual=True)
    number = api.article()["id"]
    assert "Add a translation" not in get(api, f"/edit/articles/{number}/en")
    get(api, f"/edit/articles/{number}/fr", 404)


def test_forms_do_not_count_as_requests_to_the_api(demo: Api) -> None:
    demo.sandbox.forget()
    saved(demo, "/edit/articles/1001/en", title="Hello")
    assert demo.sandbox.count() == 0


def test_a_served_sandbox_accepts_forms() -> None:
    import httpx  # noqa: PLC0415  # the only test here that speaks over a socket

    with running(SandboxSettings()) as (sandbox, url):
        sandbox.fill_demo()
        reply = httpx.post(f"{url}/edit/articles/1009/en", data={"title": "Money back"}, headers={"Origin": url})
        assert reply.status_code == 303
        assert httpx.get(f"{url}{reply.headers['location']}").status_code == 200
        assert sandbox.article(1009)["title"] == "Money back"


BLOCKS = st.recursive(
    st.sampled_from(
        ["<p>a</p>", "<p></p>", "<p>a <b>b</b>\n<i>c</i></p>", "<hr>", "<pre><code>a\n\n<p>\n</code></pre>"]
    ),
    lambda inner: st.tuples(
        st.sampled_from(["<ul><li>{}</li></ul>", "<details><summary>s</summary><div>{}</div></details>"]),
        st.lists(inner, min_size=1, max_size=3).map("".join),
    ).map(lambda pair: pair[0].format(pair[1])),
    max_leaves=8,
)


@given(st.lists(BLOCKS, max_size=5).map("".join))
def test_a_body_in_lines_is_the_same_body(body: str) -> None:
    assert in_one_line(in_lines(body)) == body
    assert in_one_line(in_lines(body).replace("\n", "\r\n")) == body


def test_each_block_has_a_line_of_its_own() -> None:
    assert in_lines("<p>a</p><p></p>\n<ul><li><p>b</p></li><li><p>c</p></li></ul><hr><h1>d</h1>").split("\n") == [
        *("<p>a</p>", "<p></p>", "<ul><li><p>b</p></li>", "<li><p>c</p></li></ul>", "<hr>", "<h1>d</h1>")
    ]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("<pre>" * 100_000, 500_000),
        ("<p>" + "\n " * 100_000 + "x", 200_004),
        ("<p " * 100_000, 299_999),
        ("<p>\n" * 100_000, 300_000),
    ],
)
def test_any_text_is_put_on_one_line_quickly(text: str, length: int) -> None:
    assert len(in_one_line(text)) == length


@pytest.mark.parametrize("name", ["edit", "articles", "admins", "pictures"])
def test_a_help_center_can_not_have_the_name_of_a_path_of_the_sandbox(name: str) -> None:
    with pytest.raises(ConfigError, match=f"can't be called {name}"):
        SandboxSettings(help_centers=("help-center", name))
