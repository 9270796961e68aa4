"""Pictures: public ones, local ones, and those that can't be found."""

import hashlib
import subprocess
import unicodedata
from functools import partial
from pathlib import Path

import pytest

from helpsync.content import Tree, read_tree
from helpsync.content.assets import public_url
from tree_builder import Site, article, article_at, commit_of
from workspace import CONFIG, MakeWorkspace

ASSETS = 'assets: {url: "https://raw.example.com/help/{commit}/{path}"}'
PIXEL = b"\x89PNG\r\n\x1a\n pixel"
KEY = f"sha256:{hashlib.sha256(PIXEL).hexdigest()}"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path).write("billing/images/refund.png", PIXEL)


def with_picture(site: Site, src: str) -> Site:
    return site.write("billing/a.md", article(body=f"![Alt]({src})"))


def images(tree: Tree) -> tuple[str, ...]:
    body = article_at(tree, "billing/a").translations["en"].body
    assert body is not None
    return body.images


@pytest.mark.parametrize("src", ["https://example.com/a.png?x=1", "http://example.com/a.png"])
def test_a_public_picture_is_named_by_its_url(site: Site, src: str) -> None:
    tree = with_picture(site, src).read()
    assert tree.findings == ()
    assert images(tree) == (src,)


def test_a_url_without_a_scheme_is_read_as_https(site: Site) -> None:
    assert images(with_picture(site, "//example.com/a.png").read()) == ("https://example.com/a.png",)


@pytest.mark.parametrize(
    "src", ["images/refund.png", "./images/refund.png", "/billing/images/refund.png", "images/refund.png?raw=1"]
)
def test_a_local_picture_is_named_by_its_bytes(site: Site, src: str) -> None:
    tree = with_picture(site, src).configure(ASSETS).read()
    assert tree.findings == ()
    assert images(tree) == (KEY,)
    assert tree.pictures == {KEY: "content/billing/images/refund.png"}


def test_the_same_bytes_twice_are_one_picture_at_the_first_path(site: Site) -> None:
    site.write("billing/images/copy.png", PIXEL).configure(ASSETS)
    site.write("billing/a.md", article(body="![A](images/refund.png)\n\n![B](images/copy.png)"))
    tree = site.read()
    assert images(tree) == (KEY, KEY)
    assert tree.pictures == {KEY: "content/billing/images/copy.png"}


def test_a_decomposed_name_on_disk_is_found(site: Site) -> None:
    name = unicodedata.normalize("NFD", "café.png")
    tree = with_picture(site.write(f"billing/{name}", PIXEL), "caf%C3%A9.png").configure(ASSETS).read()
    assert images(tree) == (KEY,)
    assert [unicodedata.normalize("NFC", path) for path in tree.pictures.values()] == ["content/billing/café.png"]


def test_a_local_picture_without_a_public_url_is_an_error(site: Site) -> None:
    message, hint = with_picture(site, "images/refund.png").only("no-public-url")
    assert message.startswith("content/billing/a.md:5")
    assert "`images/refund.png` has no public URL that Intercom could fetch it from" in message
    assert hint == "set `assets: {url: …}` in helpsync.yaml"


@pytest.mark.parametrize(
    ("src", "message", "hint"),
    [
        ("images/gone.png", "the picture `images/gone.png` can't be found", "content/billing/images/gone.png"),
        ("images/Refund.png", "can't be found", "names must match in upper and lower case"),
        ("images", "the picture `images` can't be found", "content/billing/images"),
        ("www.example.com/a.png", "can't be found", "did you mean `https://www.example.com/a.png`?"),
        ("../../logo.png", "is outside the content folder", "move it into the content folder"),
    ],
)
def test_a_picture_that_cannot_be_sent_is_explained(site: Site, src: str, message: str, hint: str) -> None:
    said, advice = with_picture(site, src).configure(ASSETS).only("missing-image")
    assert message in said
    assert hint in (advice or "")


def test_with_severity_warn_the_picture_is_left_out(site: Site) -> None:
    tree = with_picture(site, "images/gone.png").read(missing_image="warn")
    assert [each.severity for each in tree.findings] == ["warn"]
    assert images(tree) == ()


def test_a_symbolic_link_to_a_picture_out_of_the_tree_is_not_followed(site: Site, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"secret")
    (site.root / "content/billing/a.png").symlink_to(tmp_path / "secret.png")
    assert "can't be found" in with_picture(site, "a.png").configure(ASSETS).only("missing-image")[0]


def commit(site: Site) -> None:
    site.load()
    for arguments in (
        ["init", "--quiet"],
        ["add", "--all"],
        ["-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=x"],
    ):
        subprocess.run(["git", "-C", str(site.root), *arguments], check=True)


@pytest.mark.parametrize("folder", ["content", "."])
def test_a_committed_picture_has_no_finding(site: Site, folder: str) -> None:
    with_picture(site, "images/refund.png").configure(ASSETS)
    if folder == ".":
        site.configure("content: .")
        for path in (site.root / "content").iterdir():
            path.rename(site.root / path.name)
    commit(site)
    assert site.read(pins_for="production").findings == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "the picture is not in the commit that is checked out, so Intercom can't fetch it"),
        (b"old", "the picture was changed since the commit that is checked out, which Intercom fetches it from"),
    ],
)
def test_a_picture_that_the_commit_lacks_or_has_otherwise_is_an_error(
    site: Site, data: bytes | None, message: str
) -> None:
    with_picture(site, "images/refund.png").configure(ASSETS)
    picture = site.root / "content/billing/images/refund.png"
    picture.unlink()
    if data is not None:
        picture.write_bytes(data)
    commit(site)
    picture.write_bytes(PIXEL)
    (found,) = site.read(pins_for="production").findings
    assert (found.code, found.severity, found.message) == ("uncommitted-image", "error", message)
    assert str(found.location) == "content/billing/images/refund.png"
    assert found.hint == "commit it, and push the commit to where `assets.url` points, before helpsync pushes"


def test_without_a_commit_there_is_one_finding_about_the_url(site: Site) -> None:
    site.write("billing/images/other.png", b"GIF89a other").write(
        "billing/b.md", article(body="![A](images/other.png)")
    )
    (found,) = with_picture(site, "images/refund.png").configure(ASSETS).read(pins_for="production").findings
    assert found.code == "uncommitted-image"
    assert found.message == "`{commit}` in `assets.url` has no value, because there is no git commit here"
    assert str(found.location) == "helpsync.yaml"


def test_a_picture_only_in_unmanaged_articles_need_not_be_committed(site: Site) -> None:
    site.configure(ASSETS).write("billing/a.md", article(body="![A](images/refund.png)", sync="false"))
    assert site.read(pins_for="production").findings == ()


@pytest.mark.parametrize("remote", ["sandbox", "production"])
def test_no_commit_is_needed_if_intercom_fetches_from_none(site: Site, remote: str) -> None:
    url = ASSETS if remote == "sandbox" else ASSETS.replace("{commit}/", "")
    assert with_picture(site, "images/refund.png").configure(url).read(pins_for=remote).findings == ()


def test_lint_runs_before_the_first_commit(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG + ASSETS)
    workspace.article("a.md", "Title", "![A](a.png)")
    workspace.write("content/a.png", "GIF89a pixel")
    assert "uncommitted-image" not in workspace("lint").out
    assert "uncommitted-image" in workspace("diff", "--remote", "production").err


def test_a_rule_can_switch_off_that_pictures_must_be_committed(site: Site) -> None:
    with_picture(site, "images/refund.png").configure(ASSETS)
    assert site.read(pins_for="production", uncommitted_image="off").findings == ()


def test_of_two_equal_pictures_the_committed_one_is_fetched(site: Site) -> None:
    site.configure(ASSETS).write("billing/a.md", article(body="![A](images/copy.png)\n\n![B](images/refund.png)"))
    commit(site)
    site.write("billing/images/copy.png", PIXEL)
    tree = site.read(pins_for="production")
    assert tree.findings == ()
    assert tree.pictures == {KEY: "content/billing/images/refund.png"}


def test_bytes_that_git_stores_differently_are_not_a_change(site: Site) -> None:
    drawing = b"<svg>\r\n</svg>\r\n"
    (site.root / ".gitattributes").write_text("*.svg text eol=crlf\n", encoding="utf-8")
    site.write("billing/images/a.svg", drawing).configure(ASSETS)
    with_picture(site, "images/a.svg")
    commit(site)
    assert site.read(pins_for="production").findings == ()
    site.write("billing/images/a.svg", drawing + b"<!-- -->")
    assert [each.code for each in site.read(pins_for="production").findings] == ["uncommitted-image"]


@pytest.mark.parametrize(
    ("data", "what", "hint"),
    [
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
            "a pointer of Git LFS",
            "lfs pull",
        ),
        (b"", "an empty file", "export it again"),
        (b"\n", "not a PNG", "export it again"),
        (b"pixels", "not a PNG", "export it again"),
        (b"<!doctype html><html><body>Sign in</body></html>", "not a PNG", "export it again"),
        (b"%PDF-1.7", "not a PNG", "export it again"),
        (b"\x89PN", "not a PNG", "export it again"),
        (b"<!doctype html><html><body><svg></svg></body></html>", "not a PNG", "export it again"),
        (b"<div><svg></svg></div>", "not a PNG", "export it again"),
        (b"<svg><g></svg>", "an SVG that is not well-formed", "export it again"),
        (b"<<<<<<< HEAD\n<svg/>\n=======\n<svg/>\n>>>>>>> b\n", "a file in which a merge left", "keep what is right"),
        (b"<svg>\n<<<<<<< HEAD\n=======\n>>>>>>> b\n</svg>", "a file in which a merge left", "keep what is right"),
    ],
)
def test_a_file_that_is_not_a_picture_is_an_error_at_the_image(site: Site, data: bytes, what: str, hint: str) -> None:
    site.write("billing/images/a.png", data).configure(ASSETS)
    message, advice = with_picture(site, "images/a.png").only("bad-image")
    assert message.startswith("content/billing/a.md:5:")
    assert f"the picture `images/a.png` is {what}" in message
    assert hint in f"{advice}"


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff\xe0",
        b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<!DOCTYPE svg [<!ENTITY ns "x">]><svg><script/></svg>',
    ],
)
def test_the_bytes_of_a_picture_are_taken_whatever_its_name(site: Site, data: bytes) -> None:
    site.write("billing/images/a.png", data).configure(ASSETS)
    assert with_picture(site, "images/a.png").found() == []


def test_a_file_that_intercom_has_is_a_picture(site: Site) -> None:
    site.write("billing/images/a.png", b"pixels").configure(ASSETS)
    held = {f"sha256:{hashlib.sha256(b'pixels').hexdigest()}"}
    assert read_tree(with_picture(site, "images/a.png").load(), pins_for="sandbox", stored=lambda: held).findings == ()


@pytest.mark.parametrize(
    ("url", "raw"),
    [
        ("https://github.com/acme/help/blob/main/a/b.png", "https://raw.githubusercontent.com/acme/help/main/a/b.png"),
        ("https://www.github.com/acme/help/blob/v1/b.png", "https://raw.githubusercontent.com/acme/help/v1/b.png"),
        ("https://github.acme.com/docs/help/blob/main/b.png", "https://github.acme.com/docs/help/raw/main/b.png"),
        ("https://gitlab.com/a/b/c/-/blob/main/b.png?ref=x", "https://gitlab.com/a/b/c/-/raw/main/b.png"),
        ("https://github.com/acme/help/tree/main/b.png", "https://raw.githubusercontent.com/acme/help/main/b.png"),
        ("https://imgur.com/abc", "https://i.imgur.com/abc.png"),
        ("https://gyazo.com/0123abcd", "https://i.gyazo.com/0123abcd.png"),
        ("https://git.acme.com/a/b/-/blob/main/b.png", "https://git.acme.com/a/b/-/raw/main/b.png"),
        ("https://bitbucket.org/acme/help/src/main/b.png", "https://bitbucket.org/acme/help/raw/main/b.png"),
        (
            "https://codeberg.org/acme/help/src/branch/main/b.png",
            "https://codeberg.org/acme/help/raw/branch/main/b.png",
        ),
    ],
)
def test_a_web_page_of_a_picture_has_a_hint_with_the_picture_s_address(site: Site, url: str, raw: str) -> None:
    message, hint = with_picture(site, url).only("bad-image")
    assert message == f"content/billing/a.md:5:8: `{url}` is the address of a web page, not of a picture"
    assert hint == f"did you mean `{raw}`?"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.dropbox.com/s/x/a.png?dl=0",
        "https://drive.google.com/file/d/x/view",
        "https://drive.google.com/open?id=x",
        "https://drive.google.com/drive/folders/x",
        "https://docs.google.com/document/d/x/edit",
        "https://photos.app.goo.gl/x",
        "https://github.com/acme/help",
        "https://github.com/acme/help/tree/main/images",
        "https://github.com/acme/help/issues/12",
        "https://gist.github.com/ann/0123456789abcdef",
        "https://dev.azure.com/acme/help/_git/help?path=/a.png",
        "https://acme.visualstudio.com/help/_git/help?path=/a.png",
        "https://imgur.com/a/abc",
        "https://acme.sharepoint.com/:i:/s/help/x",
        "https://en.wikipedia.org/wiki/File:Refund.png",
        "https://www.figma.com/file/x/Refunds",
        "https://www.youtube.com/watch?v=abcdefghijk",
    ],
)
def test_the_page_of_a_file_service_is_not_a_picture(site: Site, url: str) -> None:
    assert with_picture(site, url).only("bad-image")[1]


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/help/blob/main/b.png?raw=true",
        "https://github.com/acme/help/raw/main/b.png",
        "https://raw.githubusercontent.com/acme/help/main/blob/b.png",
        "https://example.com/acme/help/blob/main/b.png",
        "https://example.com/src/main/b.png",
        "https://www.dropbox.com/s/x/a.png?raw=1",
        "https://acme.blob.core.windows.net/help/blob/b.png",
        "https://github.com/user-attachments/assets/0123-45",
        "https://github.com/acme/help/actions/workflows/ci.yml/badge.svg",
        "https://gist.github.com/ann/0123/raw/a.png",
        "https://i.imgur.com/abc.png",
        "https://res.cloudinary.com/demo/image/upload/pg_1,f_png/sample.pdf",
        "https://x.imgix.net/a.pdf?page=1&fm=png",
        "https://imgur.com/abc.png",
        "https://i.gyazo.com/0123abcd.png",
        "https://drive.google.com/uc?export=view&id=x",
        "https://docs.google.com/drawings/d/e/x/pub?w=960",
        "https://dev.azure.com/acme/help/_apis/git/repositories/help/items?path=/a.png",
        "https://img.youtube.com/vi/abcdefghijk/0.jpg",
        "https://img.shields.io/npm/v/chart.js",
        "https://example.com/picture.php?id=1",
        "https://example.com/picture",
    ],
)
def test_an_address_that_only_looks_like_a_page_is_left_alone(site: Site, url: str) -> None:
    assert with_picture(site, url).found() == []


@pytest.mark.parametrize(
    "host",
    [
        *("localhost:3000", "LOCALHOST", "app.localhost", "127.0.0.1", "127.1", "2130706433", "[::1]", "0.0.0.0"),
        *("192.168.1.5", "10.0.0.1:8080", "172.16.0.9", "169.254.1.1", "100.64.0.1", "[fe80::1]", "[fd00::1]"),
        *("[::ffff:10.0.0.1]", "nas.local", "wiki.acme.internal", "wiki", "printer.lan", "printer.local."),
    ],
)
@pytest.mark.parametrize("start", ["http://", "https://", "//"])
def test_a_picture_on_a_private_host_has_no_public_url(site: Site, start: str, host: str) -> None:
    message, hint = with_picture(site, f"{start}{host}/x.png").only("no-public-url")
    assert message.startswith("content/billing/a.md:5:")
    assert "is not on the public internet" in message
    assert hint == "put the picture into the content folder, or on a public server"


@pytest.mark.parametrize(
    "url", ["https://8.8.8.8/x.png", "https://[2001:4860:4860::8888]/x.png", "https://local.example.com/x.png"]
)
def test_a_public_host_is_left_alone(site: Site, url: str) -> None:
    assert with_picture(site, url).found() == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/pictures/1.svg",
        "https://downloads.intercomcdn.com/i/o/1/ab/clip.mp4",
        "https://acme.intercom-attachments-1.com/i/o/1/ab/manual.pdf",
    ],
)
def test_a_picture_on_a_host_of_intercom_or_the_remote_is_fine(site: Site, url: str) -> None:
    site.config = site.config.replace("staging: {}", 'staging: {base_url: "http://127.0.0.1:8080"}')
    assert with_picture(site, url).found() == []


@pytest.mark.parametrize("ending", [".pdf", ".html", ".zip", ".mp4", ".PDF", ".mov", ".docx"])
@pytest.mark.parametrize("rest", ["", "?dl=1", "#page=2"])
def test_the_address_of_another_kind_of_file_is_not_a_picture(site: Site, ending: str, rest: str) -> None:
    url = f"https://example.com/a{ending}{rest}"
    message, hint = with_picture(site, url).only("bad-image")
    assert message == f"content/billing/a.md:5:8: `{url}` is the address of a `{ending.lower()}` file, not of a picture"
    assert "[text](address)" in f"{hint}"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/{{x}}.png",
        "https://{{x}}/a.png",
        "https://e.com/%7B%7Bx%7D%7D.png",
        "https://e.com/${x}.png",
    ],
)
def test_an_address_with_a_placeholder_is_not_a_picture(site: Site, url: str) -> None:
    message, hint = with_picture(site, url).only("bad-image")
    assert "nothing fills in the `" in message
    assert hint == "write the address out"


def test_a_url_is_quoted_where_a_path_or_a_commit_needs_it() -> None:
    url = public_url("https://example.com/{commit}/{path}", "content/a b/50%#1?é{commit}.png", "abc")
    assert url == "https://example.com/abc/content/a%20b/50%25%231%3F%C3%A9%7Bcommit%7D.png"


@pytest.mark.parametrize(("src", "incomplete"), [("images/gone.png", True), ("images/refund.png", False)])
def test_a_body_without_a_picture_that_it_should_have_is_incomplete(site: Site, src: str, *, incomplete: bool) -> None:
    tree = with_picture(site, src).configure(ASSETS).read(missing_image="warn")
    body = article_at(tree, "billing/a").translations["en"].body
    assert body is not None
    assert body.incomplete is incomplete


def test_a_picture_that_intercom_has_needs_no_public_url(site: Site) -> None:
    tree = read_tree(with_picture(site, "images/refund.png").load(), pins_for="production", stored=lambda: {KEY})
    assert tree.findings == ()
    assert images(tree) == (KEY,)
    assert tree.unfetchable == {KEY}


def test_a_picture_that_intercom_has_need_not_be_committed(site: Site) -> None:
    with_picture(site, "images/refund.png").configure(ASSETS)
    site.write("billing/b.md", article(body="![A](images/other.png)\n\n![B](images/third.png)"))
    site.write("billing/images/other.png", b"GIF89a other")
    commit(site)
    site.write("billing/images/refund.png", b"GIF89a changed").write("billing/images/third.png", b"GIF89a third")
    held = {f"sha256:{hashlib.sha256(data).hexdigest()}" for data in (b"GIF89a changed", b"GIF89a other")}
    config = site.load()
    tree = read_tree(config, pins_for="production", commit=partial(commit_of, config), stored=lambda: held)
    assert [str(found.location) for found in tree.findings] == ["content/billing/images/third.png"]
    assert tree.unfetchable == {f"sha256:{hashlib.sha256(b'GIF89a changed').hexdigest()}"}


def test_without_a_commit_pictures_that_intercom_has_have_no_finding(site: Site) -> None:
    config = with_picture(site, "images/refund.png").configure(ASSETS).load()
    assert (
        read_tree(config, pins_for="production", commit=partial(commit_of, config), stored=lambda: {KEY}).findings == ()
    )


def test_the_pictures_of_intercom_are_read_once_and_only_without_a_public_url(site: Site) -> None:
    asked = []

    def stored() -> set[str]:
        asked.append(True)
        return {KEY}

    read_tree(with_picture(site, "images/refund.png").configure(ASSETS).load(), pins_for="sandbox", stored=stored)
    assert asked == []
    site.config = site.config.replace(ASSETS, "")
    site.write("billing/b.md", article(body="![A](images/refund.png)\n\n![A](/billing/images/refund.png)"))
    read_tree(site.load(), pins_for="sandbox", stored=stored)
    assert asked == [True]
