"""Hostile content in Intercom: pull writes nothing outside of the tree, pulls the rest, and reports what is wrong."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pulled_site import PulledSite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

pytestmark = pytest.mark.slow

TITLES = (
    *("../../etc/passwd", "..", ".", "/etc/passwd", "C:\\Windows\\x", "a/b", "a\\b", "%2e%2e%2f", "~", "*", "?"),
    *(
        "\0nul\0",
        "a" * 300,
        "日" * 300,
        "\u202egpj.exe",
        "\x1b[31mred",
        "a\nb",
        "\u2028",
        "\ufeffbom",
        "\u200b",
        "  ",
        "",
    ),
    *("CON", "nul.md", "aux.", "com1.fr", ".hidden", "_collection", "_x", "fr", "x.fr", "x.pt_BR", "x.md", "images"),
    *("Étude", "étude", "E\u0301tude", "ETUDE", "README", "content", "helpsync.yaml"),
    *("---", "{a: b}", "- x", "!!python/object:x", "'", '"', "#", "null", "1e3", "012", "a: b # c", "<<<<<<< x"),
)
DEEP = ("<div>", "<ul><li>", "<b>", "<details><summary>a</summary>", "<table><tr><td>", "<blockquote>", "<a href='x'>")
BODIES = (
    *("<p><b <i </p><a href='x", "<p>---</p><p>title: x</p><p>---</p>", "<!-- x -->", "<svg><script>1</script></svg>"),
    *("<script>alert(1)</script><p onclick=x>a</p><a href='javascript:x'>j</a>", "<p>a\0b\x01c\x7f</p>", "", "\n\n"),
    *(
        "<p>a\r\nb</p>\r\n<p>c\rd</p>",
        "<p>\u2028\u202e\ufeff</p>",
        "<p>&lt;&lt;&lt;&lt;&lt;&lt;&lt; a</p><p>=======</p>",
    ),
    *(
        "<iframe src='file:///etc/passwd'></iframe>",
        "<a href='../../../etc/passwd'>x</a>",
        "<h1></h1><h1>a</h1><h1>a</h1>",
    ),
    *("<pre><code>```\n~~~\n````</code></pre>", "<p>&#0;&#xD800;&#x110000;</p>", "</div></details></p>" * 500),
)
CONFLICT = "<pre><code>&lt;&lt;&lt;&lt;&lt;&lt;&lt; a\n=======\n&gt;&gt;&gt;&gt;&gt;&gt;&gt; Intercom</code></pre>"
"""Code that no file can hold: it would be taken for a conflict of helpsync's own."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PulledSite]:
    with PulledSite(tmp_path / "site", locales=("en", "fr")) as site:
        yield site


def planted(
    site: PulledSite, title: str, body: str = "<p>Text.</p>", *, group: int | None = None, locales: str = "en"
) -> int:
    """Put an article into the store as it stands, whatever the editor and the API would say of it."""
    with site.sandbox.writing() as workspace:
        db = workspace.db
        number = db.execute(
            "INSERT INTO articles (parent_kind, parent_id, created_at, updated_at, written) VALUES (?, ?, 0, 0, 0)"
            " RETURNING id",
            (group and "collection", group),
        ).fetchone()[0]
        for locale in locales.split():
            db.execute(
                "INSERT INTO contents VALUES (?, ?, ?, '', ?, ?, 'published', 0, 0)",
                (number, locale, title, body, workspace.own_admin),
            )
    return int(number)


def grouped(site: PulledSite, name: str) -> int:
    """Put a collection into the store as it stands."""
    with site.sandbox.writing() as workspace:
        center = next(iter(workspace.center_paths()))
        number = workspace.db.execute(
            "INSERT INTO groups (kind, help_center_id, position, created_at, updated_at, written)"
            " VALUES ('collection', ?, 1, 0, 0, 0) RETURNING id",
            (center,),
        ).fetchone()[0]
        workspace.db.execute("INSERT INTO labels VALUES (?, 'en', ?, '')", (number, name))
    return int(number)


def only_in_the_tree(site: PulledSite) -> bool:
    """Return whether all that was written is in the content folder, under names that every system takes."""
    outside = {path.name for path in site.root.parent.iterdir()} - {"site"}
    paths = sorted(path.removeprefix("content/") for path in site.everything() - {"helpsync.yaml"})
    parts = {part for path in paths for part in path.split("/")}
    return (
        not outside
        and all(path.endswith((".md", ".png")) for path in paths)
        and len({unicodedata.normalize("NFC", path).casefold() for path in paths}) == len(paths)
        and all(part.isprintable() and len(part.encode()) < 200 and part[0] != "." for part in parts)
        and not {part.partition(".")[0] for part in parts} & {"con", "nul", "aux", "com1"}
    )


def test_any_title_becomes_a_safe_file_name(site: PulledSite) -> None:
    for title in TITLES:
        planted(site, title, locales="en fr")
        planted(site, f"{title} in it", group=grouped(site, title or "x"))
    ran = site.pull()
    assert (ran.code, ran.err) == (0, "")
    pages = [path for path in site.files() if path.endswith(".md")]
    assert len(pages) == 4 * len(TITLES)
    assert only_in_the_tree(site)
    assert site.nothing_to_do()


def test_articles_with_the_same_title_keep_their_files(site: PulledSite) -> None:
    numbers = [planted(site, "Same", f"<p>Number {number}.</p>") for number in range(3)]
    site.pull()
    before = site.files()
    assert len(before) == 3
    gone = next(path for path, data in before.items() if b"Number 0." in data)
    site.sandbox.delete_article(numbers[0])
    planted(site, "Same", "<p>Number 3.</p>")
    site.pull("--new", "--allow-remove", "1")
    after = site.files()
    assert {path: data for path, data in after.items() if b"Number 3." not in data} == {
        path: data for path, data in before.items() if path != gone
    }
    assert len(after) == 3


def test_pull_reports_a_translation_without_text(site: PulledSite) -> None:
    number = planted(site, "Short", locales="en fr")
    site.sandbox.edit_article(number, "fr", body="<p></p>")
    for _ in range(2):
        ran = site.pull()
        assert ran.code == 0
        assert "short: its translation has no text in Intercom, so it is left alone (fr)" in ran.out
        assert set(site.files()) == {"short.md"}
    assert site.nothing_to_do()
    site.sandbox.edit_article(number, "fr", body="<p>Texte.</p>")
    assert site.pull().code == 0
    assert b"Texte." in site.files()["short.fr.md"]


def test_pull_takes_an_article_without_text_only_as_a_draft(site: PulledSite) -> None:
    number = planted(site, "Short", "<p></p>", locales="en fr")
    planted(site, "Long")
    ran = site.pull()
    assert ran.code == 0
    assert "the text of “Short” shows nothing in en: not pulled" in ran.out
    assert "hint: write it in Intercom, or unpublish the article: a draft may be empty" in ran.out
    assert set(site.files()) == {"long.md"}
    assert site.nothing_to_do()
    for locale in ("en", "fr"):
        site.sandbox.edit_article(number, locale, state="draft")
    assert site.pull("--new").code == 0
    assert "short.md" in site.files()
    assert site.nothing_to_do()


class Elsewhere(httpx.AsyncBaseTransport):
    """Shows one article only in one locale, as if that had been the default locale when it was written."""

    def __init__(self, inner: httpx.AsyncBaseTransport, number: int, locale: str) -> None:
        self.inner = inner
        self.number = number
        self.locale = locale

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        if request.url.path != "/articles":
            return response
        reply = json.loads(await response.aread())
        for item in reply["data"]:
            if item["id"] == str(self.number):
                block = item["translated_content"][self.locale]
                item |= {name: block[name] for name in ("title", "description", "body", "state")}
                item |= {"default_locale": self.locale, "translated_content": {self.locale: block}}
        return httpx.Response(response.status_code, json=reply)


def test_pull_reports_an_article_without_text_in_the_default_locale(site: PulledSite) -> None:
    number = planted(site, "Short", locales="en fr")
    planted(site, "Long")
    straight = site.transport
    site.transport = lambda inner: Elsewhere(inner, number, "fr")
    ran = site.pull("--format", "json")
    assert (ran.code, set(site.files())) == (0, {"long.md"})
    (item,) = ran.json["attention"]
    assert (item["kind"], item["id"]) == ("unmanaged", str(number))
    assert item["message"] == "“Short” has no text in en: not pulled"
    assert item["hint"] == "translate it in Intercom: in the tree every article has a file in en"
    site.transport = straight
    assert site.pull("--new").code == 0
    assert set(site.files()) == {"long.md", "short.md", "short.fr.md"}
    assert site.nothing_to_do()


def test_pull_keeps_and_reports_the_file_of_an_emptied_article(site: PulledSite) -> None:
    number = planted(site, "Short")
    site.pull()
    before = site.files()
    site.sandbox.edit_article(number, "en", body="<p></p>")
    ran = site.pull()
    assert ran.code == 13
    assert "short: its text in Intercom shows nothing, so it is left alone" in ran.out
    assert site.files() == before


def test_pull_keeps_and_reports_the_file_of_an_emptied_translation(site: PulledSite) -> None:
    number = planted(site, "Short", locales="en fr")
    site.pull()
    before = site.files()
    site.sandbox.edit_article(number, "fr", body="<p></p>")
    ran = site.pull()
    assert ran.code == 13
    assert "short: its translation has no text in Intercom, so it is left alone (fr)" in ran.out
    assert site.files() == before


@pytest.mark.parametrize("tag", DEEP)
def test_pull_writes_a_body_of_ten_thousand_nested_elements(site: PulledSite, tag: str) -> None:
    planted(site, "Deep", tag * 10_000 + "innermost")
    assert site.pull().code == 0
    assert b"innermost" in site.files()["deep.md"]
    assert site.nothing_to_do()


def test_files_of_broken_and_hostile_bodies_say_what_readers_saw(site: PulledSite) -> None:
    for number, body in enumerate(BODIES):
        planted(site, f"Body {number}", body, locales="en fr")
    assert site.pull().code == 0
    files = site.files()
    # A text that shows nothing has no file.
    assert len(BODIES) < len(files) < 2 * len(BODIES)
    assert not [path for path, data in files.items() if b"script" in data or b"onclick" in data]
    assert only_in_the_tree(site)
    assert site.nothing_to_do()


def test_pull_writes_a_body_of_five_megabytes(site: PulledSite) -> None:
    planted(site, "Long", f"<p>{'word ' * 1_000_000}end</p>")
    assert site.pull().code == 0
    assert site.files()["long.md"].endswith(b"word end\n")


def test_pull_reports_a_body_that_no_file_can_hold(site: PulledSite) -> None:
    planted(site, "Fine")
    planted(site, "Git", CONFLICT, locales="en fr")
    ran = site.pull()
    assert ran.code == 13
    assert "git: its text in Intercom can't be written as a file" in ran.out
    assert set(site.files()) == {"fine.md"}
    # A push takes it for nobody's, not for a file that was removed.
    assert (site("diff", "--exit-code").code, site.push().writes) == (0, [])
    assert "not in the content tree: Git" in site.push().out


def test_an_article_that_no_file_can_hold_is_pulled_once_it_is_mended(site: PulledSite) -> None:
    number = planted(site, "Git", CONFLICT)
    assert [site.pull().code, site.pull().code] == [13, 13]
    site.sandbox.edit_article(number, body="<p>Mended.</p>")
    assert site.pull().code == 0
    assert b"Mended." in site.files()["git.md"]


class Gallery:
    """Stands before the sandbox and answers for its pictures."""

    def __init__(self, app: ASGIApp, status: int, headers: dict[str, str], body: bytes) -> None:
        self.app = app
        self.state = app.state  # type: ignore[attr-defined]  # the sandbox's application has it
        self.status = status
        self.headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self.body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith("/i/o/"):
            await self.app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


HTML = b"<!doctype html><html><script>alert(1)</script></html>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>1</script></svg>"
ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "HTML": (200, {"content-type": "image/png"}, HTML),
    "nothing": (200, {}, b""),
    "a script in a drawing": (200, {"content-type": "image/svg+xml"}, SVG),
    "an executable": (200, {"content-type": "image/png"}, b"MZ" + bytes(100)),
    "too much": (200, {"content-type": "image/png"}, b"\x89PNG\r\n\x1a\n" + bytes(20_000_001)),
    "too much to come": (200, {"content-length": "99999999999"}, b"\x89PNG\r\n\x1a\n"),
    "not there": (404, {}, b""),
    "refused": (403, {}, b"no"),
    "a file": (302, {"location": "file:///etc/passwd"}, b""),
    "a private network": (302, {"location": "http://10.0.0.1/secret.png"}, b""),
    "the cloud's own": (302, {"location": "http://169.254.169.254/latest/meta-data"}, b""),
    "round and round": (302, {"location": "/i/o/again"}, b""),
    "an address that is none": (302, {"location": "http://["}, b""),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_address_that_is_not_a_picture_stays_a_link(site: PulledSite, answer: str) -> None:
    body = '<p>Before.</p><img src="https://pictures.example/a.png"><p>After.</p>'
    site.sandbox.create_article("Shown", body=body, state="published")
    straight = site.app
    site.app = Gallery(straight, *ANSWERS[answer])  # type: ignore[assignment]  # all that is asked of it is there
    ran = site.pull()
    assert ran.code == 0
    assert ran.out.count("warning: https://downloads.intercomcdn.com/i/o/") == 1
    text = site.files()["shown.md"].decode()
    assert "Before." in text
    assert "After." in text
    assert "](https://downloads.intercomcdn.com/i/o/" in text
    assert "expires=" not in text
    assert set(site.files()) == {"shown.md"}
    site.app = straight
    assert site.nothing_to_do()


@pytest.mark.parametrize(
    "source",
    [
        *("http://127.0.0.1:9/a.png", "http://localhost/a.png", "https://10.1.2.3/a.png", "http://[::1]/a.png"),
        *("file:///etc/passwd", "data:image/png;base64,iVBORw0KGgo=", "../../../etc/passwd", "", "javascript:1"),
    ],
)
def test_pull_writes_no_file_for_a_hostile_picture_address(site: PulledSite, source: str) -> None:
    planted(site, "Shown", f'<p>Before.</p><div class="intercom-container"><img src="{source}"></div><p>After.</p>')
    ran = site.pull()
    assert ran.code == 0
    assert set(site.files()) == {"shown.md"}
    assert b"After." in site.files()["shown.md"]
    diff = site("diff", "--exit-code")
    assert diff.code in {0, 11}
    assert diff.code == 0 or "content/shown.md:7:" in diff.err


def test_the_number_of_requests_stays_small(site: PulledSite) -> None:
    for number in range(300):
        planted(site, f"Number {number}")
    ran: Any = site.pull()
    assert len(ran.calls) < 10
