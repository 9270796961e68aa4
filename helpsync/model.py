"""The help center as frozen values: the content tree and Intercom are described by the same shapes.

A desired value (from the content tree) has an address, a parent address and sources; a remote value (from Intercom)
has an id and a parent id. Matching the two gives the remote value its address.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from helpsync.errors import Location  # a field's type, and dataclasses resolve those at run time

if TYPE_CHECKING:
    from collections.abc import Mapping

Address: TypeAlias = str
"""A path in the tree without locale and ending, NFC; a collection's or section's ends in `/`."""

LocaleCode: TypeAlias = str
Kind: TypeAlias = Literal["article", "collection", "section"]
GroupKind: TypeAlias = Literal["collection", "section"]
State: TypeAlias = Literal["draft", "published"]
Severity: TypeAlias = Literal["error", "warn", "off"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the user should know about a place in the tree; `code` is documented, `rules:` can change severity."""

    code: str
    severity: Severity
    message: str
    location: Location
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """The target of an own link: the locale and address of the article, and the slug of the heading, if any."""

    locale: LocaleCode
    address: Address
    slug: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An own link: its target, and its place in the file."""

    target: Reference
    location: Location


@dataclass(frozen=True, slots=True)
class FormerLink:
    """The target that an own link had when both sides last agreed.

    `target` is where it is in today's tree, None if it is not there; `url` is its address for readers, if known.
    """

    target: Reference | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class FormerBody:
    """The targets of a body's own links when both sides last agreed, and the keys of its pictures, each in order."""

    links: tuple[FormerLink, ...] = ()
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a body: its slug, which links to it use, and its text."""

    slug: str
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """A desired body in Intercom's stored form, with placeholders for values that only the send knows.

    In `html`, own links, heading ids and local pictures are placeholders. `images` are the keys of the pictures in
    order: the public URL, or `sha256:…` of a local file. `incomplete`: a picture was left out because its file is
    missing. Each placeholder begins with `mark`, which appears nowhere else in the text.
    """

    html: str
    links: tuple[Link, ...] = ()
    headings: tuple[Heading, ...] = ()
    images: tuple[str, ...] = ()
    incomplete: bool = False
    mark: str = "helpsync:"


@dataclass(frozen=True, slots=True)
class Source:
    """The file that a desired value was read from; `blob` is git's id of its bytes.

    `text` is its Markdown body, which begins on `first_line`, from 1.
    """

    path: str
    blob: str
    text: str
    positions: Mapping[str, Location] = field(default_factory=lambda: MappingProxyType({}))
    first_line: int = 1

    def at(self, key: str) -> Location:
        """Return the place of a frontmatter key, or the top of the file."""
        return self.positions.get(key) or Location(self.path, 1)


@dataclass(frozen=True, slots=True)
class Translation:
    """One locale of an article. None means: not managed (desired), absent (remote).

    `author` is as written on the desired side (email, name or admin id), an admin id on the remote one. `body` is
    filled on the desired side, `html` (as stored) on the remote one.
    """

    locale: LocaleCode
    title: str
    description: str | None = None
    state: State | None = None
    author: str | None = None
    body: Body | None = None
    html: str | None = None
    source: Source | None = None
    url: str | None = None
    updated_at: int | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """An article with all its locales, the default one among them.

    `parent` is an address (desired; None at the root), `parent_id` an id (remote; None without a parent). `parent_ids`
    are all parents that Intercom names, `parent_id` among them. `pin` is the id that the frontmatter pins for this
    remote. `managed` is False with `sync: false`. `unread` are locales whose files exist but were not read: a push
    leaves them alone.
    """

    translations: Mapping[LocaleCode, Translation]
    address: Address | None = None
    id: str | None = None
    parent: Address | None = None
    parent_id: str | None = None
    parent_kind: GroupKind | None = None
    parent_ids: frozenset[str] = frozenset()
    pin: str | None = None
    managed: bool = True
    unread: frozenset[LocaleCode] = frozenset()
    updated_at: int | None = None

    @property
    def kind(self) -> Kind:
        """Return ``article``, the name in plans and baselines."""
        return "article"

    @property
    def texts(self) -> Mapping[LocaleCode, Translation]:
        """Return what the article says per locale."""
        return self.translations


@dataclass(frozen=True, slots=True)
class Label:
    """One locale of a collection or section; Intercom gives a section no description."""

    locale: LocaleCode
    name: str
    description: str | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection, or in API 2.9 a section when it has a parent; `parent` and `parent_id` as in `Article`."""

    labels: Mapping[LocaleCode, Label]
    kind: GroupKind = "collection"
    address: Address | None = None
    id: str | None = None
    parent: Address | None = None
    parent_id: str | None = None
    pin: str | None = None
    help_center_id: str | None = None
    url: str | None = None
    updated_at: int | None = None

    @property
    def texts(self) -> Mapping[LocaleCode, Label]:
        """Return what the collection is called per locale."""
        return self.labels

    def holds(self, item: Article | Collection) -> bool:
        """Return whether a remote item may be directly in this remote collection; an article may be in several.

        Nobody knows whether a collection and a section can share an id; if they do, the article counts for both.
        """
        if isinstance(item, Collection):
            return item.parent_id == self.id and self.kind == "collection"
        return self.id in {item.parent_id, *item.parent_ids}


Item: TypeAlias = Article | Collection
Text: TypeAlias = Translation | Label


@dataclass(frozen=True, slots=True)
class HelpCenter:
    """All collections, sections and articles of one side, and its default locale.

    `unread` are addresses whose files exist but were not read: a push leaves them alone.
    """

    default_locale: LocaleCode
    collections: tuple[Collection, ...] = ()
    articles: tuple[Article, ...] = ()
    unread: frozenset[Address] = frozenset()

    @property
    def items(self) -> tuple[Item, ...]:
        """Return everything there is: collections and sections, then articles."""
        return (*self.collections, *self.articles)


@dataclass(frozen=True, slots=True)
class Admin:
    """A teammate who can be an author."""

    id: str
    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Brand:
    """One of the workspace's help centers (`/help_center/help_centers`); `url` is its address for readers."""

    id: str
    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Remote:
    """What one read of Intercom returned. `multilingual` is None if there was no item to show it."""

    help_center: HelpCenter
    workspace_id: str
    admins: tuple[Admin, ...] = ()
    brands: tuple[Brand, ...] = ()
    multilingual: bool | None = None


@dataclass(frozen=True, slots=True)
class Requests:
    """How many HTTP requests went out, by method, and how many of them were retries."""

    get: int = 0
    post: int = 0
    put: int = 0
    delete: int = 0
    retried: int = 0
