"""Texts on their whole way: rendered, filled, stored by the sandbox, read back as Markdown, rendered again."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import switches
from helpsync.markdown import (
    External,
    ImageTarget,
    LinkTarget,
    Own,
    PublicImage,
    RenderContext,
    Rendered,
    Slugger,
    canonical,
    canonical_ignoring_levels,
    fill,
    flatten_lists,
    html_to_markdown,
    picture_addresses,
    render,
    stored_headings,
)
from helpsync.model import Reference
from helpsync.sandbox import SWITCHES, BodyRefused, StorageRules, to_storage_form
from markdown_bench import resolve_image, resolve_link

if TYPE_CHECKING:
    from helpsync.sandbox import HeadingMode


SHELF = "https://downloads.intercomcdn.com/i/o/"
_SITE = "https://help.example/"
_LOCAL = "https://pictures.example/"
_OWN = re.compile(re.escape(_SITE) + r"[a-z]+/articles/billing/([^#]*)#?(.*)", re.DOTALL)


class Position(NamedTuple):
    """A position of the sandbox's switches that bodies depend on (design: The code)."""

    headings: HeadingMode
    heading_marks: str
    code_newlines: str
    braces: str
    nested_lists: str


_POSITIONS = switches.positions({name: SWITCHES[name] for name in Position._fields})
POSITIONS = tuple(Position(**position) for position in _POSITIONS)  # type: ignore[arg-type]  # the names fit
"""All of them: to draw from."""

COVERING = tuple(Position(**position) for position in switches.covering(_POSITIONS))  # type: ignore[arg-type]  # so here
"""Few enough to try each: any two settings of different switches meet in one."""


AS_WRITTEN = Position("keep", "keep", "keep", "keep", "keep")
"""Where most of a body stays, as in Intercom's editor."""


@dataclass
class Journey:
    """A text that went the whole way in one position of the switches: what was sent, what came back, each round."""

    sent: str
    kept: str
    markdown: str
    resent: str
    rekept: str
    again: str


class RoundTrip:
    """The way from Markdown to a sandbox's store and back; links and pictures keep their names on it."""

    def __init__(self, position: Position) -> None:
        self._anchors: dict[str, str] = {}
        self._position = position
        self._rules = StorageRules(
            heading_id=lambda number: f"h_{number:010x}",
            picture=_shelved,
            headings=position.headings,
            keep_heading_marks=position.heading_marks == "keep",
            refuse_nested_lists=position.nested_lists == "refuse",
            keep_code_newlines=position.code_newlines == "keep",
            keep_braces=position.braces == "keep",
        )

    def filled(self, text: str) -> str:
        """Return the body that is sent for the text; in a workspace that refuses nested lists there are none."""
        body = fill(rendered(text).body, link=_address, heading=self._identity, image=_hung)
        return flatten_lists(body) if self._position.nested_lists == "refuse" else body

    def kept(self, html: str) -> str:
        """Return the body as the sandbox stores it; raises BodyRefused for what it refuses."""
        return to_storage_form(html, self._rules)

    def markdown(self, html: str) -> str:
        """Return the Markdown of a stored body."""
        return html_to_markdown(html, own_link=_path, image=unshelved, anchor=self._anchors.get)

    def go(self, text: str) -> Journey:
        """Return what became of the text on its way, twice."""
        sent = self.filled(text)
        kept = self.kept(sent)
        markdown = self.markdown(kept)
        resent = self.filled(markdown)
        rekept = self.kept(resent)
        return Journey(sent, kept, markdown, resent, rekept, self.markdown(rekept))

    def check(self, text: str) -> Journey:
        """Assert that nothing is lost on the way, in canonical form, and that a second round changes nothing.

        Where only two levels of headings are stored, a third may not be what it was sent as (facts: what is sent).
        """
        journey = self.go(text)
        assert slugs(rendered(journey.markdown)) == slugs(rendered(text))
        assert self.sent_form(journey.kept) == self.sent_form(journey.sent)
        assert self.form(journey.resent) == self.form(journey.kept)
        assert self.form(journey.rekept) == self.form(journey.resent)
        assert journey.again == journey.markdown
        return journey

    def sent_form(self, html: str) -> str:
        """Return the canonical form in what the store keeps of what is sent: ranks of headings, or two of them."""
        return (
            canonical_ignoring_levels(html, image=unshelved) if self._position.headings == "docs" else self.form(html)
        )

    def form(self, html: str) -> str:
        """Return the canonical form, in which a stored picture has the name that it was sent under."""
        return canonical(html, image=unshelved)

    def _identity(self, slug: str) -> str:
        identity = "h_" + hashlib.sha256(slug.encode()).hexdigest()[:10]
        self._anchors[identity] = slug
        return identity


def rendered(text: str) -> Rendered:
    """Return the text rendered, with links and pictures that resolve in a plain way."""
    return render(text, RenderContext("a.md", 1, resolve_link, resolve_image))


def _address(target: Reference) -> str:
    return f"{_SITE}{target.locale}/articles/{target.address}" + (f"#{target.slug}" if target.slug else "")


def _path(href: str) -> str | None:
    match = _OWN.fullmatch(href)
    if match is None:
        return None
    path = "" if match[1] == "here" else f"{match[1]}.md"
    return path + (f"#{match[2]}" if match[2] else "")


def _hung(key: str) -> str:
    return f"{_LOCAL}{key.removeprefix('sha256:')}.png"


def _shelved(source: str) -> str:
    if source.startswith(SHELF):
        return source
    if not source.startswith(("http://", "https://")):
        raise BodyRefused(f"{source} is no public picture")
    return f"{SHELF}{source.encode().hex()}.png?expires=1&signature=2"


def unshelved(source: str) -> str:
    """Return the name under which a picture was sent; one that only Intercom has goes by its unsigned address."""
    if source.startswith(SHELF):
        source = bytes.fromhex(source[len(SHELF) :].partition(".")[0]).decode()
    elif "&signature=" in source:
        source = source.partition("?")[0]
    return "local.png" if source.startswith(_LOCAL) else source


def slugs(text: Rendered) -> list[str]:
    """Return the names of the text's headings, to which links lead."""
    return [heading.slug for heading in text.body.headings]


@dataclass
class Home:
    """Where the links and pictures of a body that Intercom stores lead in a content tree, both ways."""

    html: str
    _names: dict[str, str] = field(default_factory=dict)
    _slugs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for address in picture_addresses(self.html):
            if address.startswith(SHELF):
                self._names[address] = "images/" + address.rpartition("/")[2]
        slugger = Slugger()
        for identity, text, _ in stored_headings(self.html):
            if identity and f'"#{identity}"' in self.html:
                self._slugs[identity] = slugger.slug(text)

    def markdown(self, html: str) -> str:
        """Return the Markdown of a stored body."""
        return html_to_markdown(html, own_link=self._link, image=self._picture, anchor=self._slugs.get)

    def sent(self, text: str) -> str:
        """Return the body that is sent for the text."""
        body = render(text, RenderContext("a.md", 1, self._resolve_link, self._resolve_image)).body
        return fill(body, link=self._address, heading=self._identity, image=self._source)

    def _link(self, href: str) -> str | None:
        if href.startswith("#"):
            return "#" + self._slugs[href[1:]]
        match = _ARTICLE.fullmatch(href)
        return f"{match[1]}.md{match[2] or ''}" if match else None

    def _resolve_link(self, href: str) -> LinkTarget:
        path, _, slug = href.partition("#")
        if ":" in path:
            return External(href)
        return Own(Reference("en", path.removesuffix(".md"), slug or None))

    def _address(self, target: Reference) -> str:
        if target.address:
            return f"{ARTICLES}{target.address}" + (f"#{target.slug}" if target.slug else "")
        return f"#{self._identity(target.slug or '')}"

    def _identity(self, slug: str) -> str:
        return next((identity for identity, known in self._slugs.items() if known == slug), slug)

    def _picture(self, source: str) -> str | None:
        return self._names.get(source.partition("?")[0])

    def _resolve_image(self, source: str) -> ImageTarget:
        address = next((address for address, name in self._names.items() if name == source), source)
        return PublicImage(address)

    def _source(self, key: str) -> str:
        raise AssertionError(f"no local picture has a place in a stored body: {key}")


ARTICLES = "https://help.fernhill.example/en/articles/"
_ARTICLE = re.compile(re.escape(ARTICLES) + r"([^#?]+)(#[^?]*)?")
