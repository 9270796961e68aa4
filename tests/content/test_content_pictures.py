"""Pictures: public ones, local ones, and those that can't be found."""

import hashlib
import unicodedata
from pathlib import Path

import pytest

from helpsync.content import Tree
from tree_builder import Site, article, article_at

ASSETS = 'assets: {url: "https://raw.example.com/help/{commit}/{path}"}'
PIXEL = b"\x89PNG pixel"
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
        ("../../logo.png", "lies outside the content folder", "move it into the content folder"),
        ("ftp://example.com/a.png", "Intercom can't fetch a picture from a ftp: address", "save it as a file"),
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
