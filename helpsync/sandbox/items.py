"""Articles, collections and sections: what a request to the API changes, and how the API shows them."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal

from helpsync.sandbox.body_writer import BodyRefused, StorageRules
from helpsync.sandbox.payload import STATES, Payload, invalid, missing, not_found
from helpsync.sandbox.pictures import signed, store_picture
from helpsync.sandbox.settings import DEFAULT_ORIGIN, LOCALES
from helpsync.sandbox.storage_form import to_storage_form
from helpsync.sandbox.workspace import page_path

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping

    from helpsync.sandbox.workspace import Workspace

CollectionKind = Literal["collection", "section"]
_TEXTS = ("title", "description", "body")


class Items(ABC):
    """All articles, all collections or all sections of a workspace, as the API lists and changes them.

    Methods raise ApiError for an item that doesn't exist, and for a payload that the API refuses.
    """

    kind: str
    per_page: int
    """The items on a page of a list, unless a request asks for another number."""

    _from: str
    """The part of a SELECT that names the table and the condition for its rows."""

    @abstractmethod
    def create(self, workspace: Workspace, payload: Payload) -> int:
        """Create an item and return its id."""

    @abstractmethod
    def update(self, workspace: Workspace, number: int, payload: Payload) -> None:
        """Change the fields that the payload names."""

    @abstractmethod
    def delete(self, workspace: Workspace, number: int) -> None:
        """Delete an item."""

    @abstractmethod
    def _shown(self, workspace: Workspace, rows: Iterable[sqlite3.Row]) -> list[dict[str, Any]]:
        """Return items as the API lists them."""

    def get(self, workspace: Workspace, number: int) -> dict[str, Any]:
        """Return one item as the API shows it."""
        return self._shown(workspace, [self.row(workspace, number)])[0]

    def page(self, workspace: Workspace, limit: int, offset: int) -> tuple[int, list[dict[str, Any]]]:
        """Return the number of items, and those of one page, the last updated first; a limit of -1 means all."""
        [(total,)] = workspace.rows(f"SELECT count(*) {self._from}")
        rows = workspace.rows(
            f"SELECT * {self._from} ORDER BY updated_at DESC, written DESC LIMIT ? OFFSET ?", limit, offset
        )
        return total, self._shown(workspace, rows)

    def row(self, workspace: Workspace, number: int) -> sqlite3.Row:
        """Return the row of an item."""
        row = self.find(workspace, number)
        if row is None:
            raise not_found()
        return row

    def find(self, workspace: Workspace, number: int) -> sqlite3.Row | None:
        """Return the row of an item, None if it doesn't exist."""
        return workspace.row(f"SELECT * {self._from} AND id = ?", number)


class _Articles(Items):
    kind = "article"
    per_page = 25
    _from = "FROM articles WHERE true"

    def create(self, workspace: Workspace, payload: Payload) -> int:
        named = _named_fields(workspace, payload)
        for field in ("title", "author_id"):
            if field not in named[workspace.settings.default_locale]:
                raise missing(f"{field} must be in the main body or default locale translated_content object")
        kind, parent = _named_parent(workspace, payload, digits=False) or (None, None)
        written = workspace.next_write()
        number = workspace.insert_item("articles", parent_kind=kind, parent_id=parent, written=written)
        _write_contents(workspace, number, named, written)
        return number

    def update(self, workspace: Workspace, number: int, payload: Payload) -> None:
        """Change the fields of an article that the payload names; a parent or a translation of null changes nothing."""
        row, written = self.row(workspace, number), workspace.next_write()
        named = _named_fields(workspace, payload)
        parent = _named_parent(workspace, payload, digits=True)
        updated = _write_contents(workspace, number, named, written)
        if parent is not None and parent != (row["parent_kind"], row["parent_id"]):
            workspace.db.execute("UPDATE articles SET parent_kind = ?, parent_id = ? WHERE id = ?", (*parent, number))
            updated = True
        if updated:
            workspace.touch("articles", number, written)

    def delete(self, workspace: Workspace, number: int) -> None:
        self.row(workspace, number)
        workspace.db.execute("DELETE FROM articles WHERE id = ?", (number,))

    def get(self, workspace: Workspace, number: int) -> dict[str, Any]:
        """Return one article as the API shows it: as in a list, and with statistics."""
        counts = ("views", "conversations", "reactions")
        shares = ("happy_reaction_percentage", "neutral_reaction_percentage", "sad_reaction_percentage")
        statistics = {"type": "article_statistics", **dict.fromkeys((*counts, *shares), 0)}
        return super().get(workspace, number) | {"statistics": statistics}

    def _shown(self, workspace: Workspace, rows: Iterable[sqlite3.Row]) -> list[dict[str, Any]]:
        centers, group_centers = workspace.center_paths(), workspace.group_centers()
        fallback, default = next(iter(centers)), workspace.settings.default_locale
        result = []
        for row in rows:
            center = centers[group_centers.get(row["parent_id"], fallback)]
            contents = contents_of(workspace, row["id"])
            blocks = {locale: _article_block(workspace, center, content) for locale, content in contents.items()}
            main = blocks.get(default) or next(iter(blocks.values()))
            item = {
                "id": str(row["id"]),
                "type": "article",
                "workspace_id": workspace.id,
                "parent_id": row["parent_id"],
                "parent_type": row["parent_kind"],
                "parent_ids": [] if row["parent_id"] is None else [row["parent_id"]],
                **{key: value for key, value in main.items() if key != "type"},
                "created_at": row["created_at"],
                "updated_at": row["updated_at"],
            }
            result.append(item | _translations(workspace, "article", blocks))
        return result


class _Groups(Items):
    """The collections or the sections."""

    per_page = 20

    def __init__(self, kind: CollectionKind) -> None:
        self.kind = kind
        self._from = f"FROM groups WHERE kind = '{kind}'"

    def create(self, workspace: Workspace, payload: Payload) -> int:
        labels = self._named_labels(workspace, payload)
        if "name" not in labels[workspace.settings.default_locale]:
            raise missing("Name is a required parameter.")
        parent, center = self._place(workspace, payload)
        [(position,)] = workspace.rows(f"SELECT coalesce(max(position), 0) + 1 {self._from}")
        number = workspace.insert_item(
            "groups", kind=self.kind, parent_id=parent, help_center_id=center, position=position
        )
        write_labels(workspace, number, labels)
        return number

    def update(self, workspace: Workspace, number: int, payload: Payload) -> None:
        """Change what the payload names; a collection stays in its help center."""
        row = self.row(workspace, number)
        labels = self._named_labels(workspace, payload)
        parent = row["parent_id"]
        if self.kind == "section":
            named = payload.number("parent_id", digits=True)
            parent = parent if named is None else _existing_collection(workspace, named)["id"]
        write_labels(workspace, number, labels)
        workspace.db.execute("UPDATE groups SET parent_id = ? WHERE id = ?", (parent, number))
        if parent != row["parent_id"] or labels[workspace.settings.default_locale]:
            workspace.touch("groups", number)

    def delete(self, workspace: Workspace, number: int) -> None:
        """Delete a collection or section; its children stay, without a parent, and readers no longer find them.

        What Intercom does is undocumented. This guess hurts a careless client most: it loses content without an error.
        """
        self.row(workspace, number)
        workspace.db.execute("UPDATE groups SET parent_id = NULL WHERE parent_id = ?", (number,))
        workspace.db.execute("UPDATE articles SET parent_id = NULL, parent_kind = NULL WHERE parent_id = ?", (number,))
        workspace.db.execute("DELETE FROM groups WHERE id = ?", (number,))

    def _shown(self, workspace: Workspace, rows: Iterable[sqlite3.Row]) -> list[dict[str, Any]]:
        centers, section = workspace.center_paths(), self.kind == "section"
        default = workspace.settings.default_locale
        result = []
        for row in rows:
            labels = labels_of(workspace, row["id"])
            blocks = {locale: _group_block(label, section=section) for locale, label in labels.items()}
            main = label_in(labels, default)
            path = page_path(centers[row["help_center_id"]], default, "collections", row["id"], main["name"])
            item: dict[str, Any] = {
                "id": str(row["id"]),
                "workspace_id": workspace.id,
                "name": main["name"],
                "url": f"{workspace.settings.origin}{path}",
                "order": row["position"],
                "type": self.kind,
                "created_at": row["created_at"],
                "updated_at": row["updated_at"],
                "icon": "book-bookmark",
            }
            if section:
                item["parent_id"] = row["parent_id"]
            else:
                item |= {"description": main["description"], "help_center_id": row["help_center_id"]}
            result.append(item | _translations(workspace, "group", blocks))
        return result

    def _named_labels(self, workspace: Workspace, payload: Payload) -> dict[str, dict[str, str]]:
        """Return the names and descriptions that the payload names, by locale; a section has no description."""

        def label(source: Payload) -> dict[str, str]:
            named = {"name": source.filled("name")}
            if self.kind == "collection":
                named["description"] = source.text("description")
            return {field: value for field, value in named.items() if value is not None}

        return _by_locale(workspace, payload, label)

    def _place(self, workspace: Workspace, payload: Payload) -> tuple[int | None, int]:
        """Return the parent of a new item, None for a collection, and its help center."""
        if self.kind == "section":
            named = payload.number("parent_id")
            if named is None:
                raise missing("Parent is a required parameter.")
            parent = _existing_collection(workspace, named)
            return parent["id"], parent["help_center_id"]
        center = payload.number("help_center_id")
        centers = workspace.center_paths()
        if center is None:
            return None, next(iter(centers))
        if center not in centers:
            raise invalid(f"there is no help center {center}", "help_center_id")
        return None, center


ARTICLES = _Articles()
COLLECTIONS = _Groups("collection")
SECTIONS = _Groups("section")
GROUPS: dict[str, Items] = {"collection": COLLECTIONS, "section": SECTIONS}


def _by_locale(
    workspace: Workspace, payload: Payload, read: Callable[[Payload], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the result of `read` for each locale in the payload; a monolingual help center has only one."""
    default = workspace.settings.default_locale
    named = {default: read(payload)}
    for locale, block in payload.translations().items():
        named[locale] = named.get(locale, {}) | read(block)
    return {default: named[default]} if workspace.settings.monolingual else named


def _translations(workspace: Workspace, prefix: str, blocks: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the fields that only items of a multilingual help center have, with null for each missing locale."""
    if workspace.settings.monolingual:
        return {}
    translated = {"type": f"{prefix}_translated_content", **{locale: blocks.get(locale) for locale in LOCALES}}
    return {"default_locale": workspace.settings.default_locale, "translated_content": translated}


# The texts of an article ----------------------------------------------------------------------------------------------


def contents_of(workspace: Workspace, number: int) -> dict[str, dict[str, Any]]:
    """Return the content of an article by locale, the oldest first; it is empty if the article doesn't exist."""
    rows = workspace.rows("SELECT * FROM contents WHERE article_id = ? ORDER BY created_at, locale", number)
    return {row["locale"]: dict(row) for row in rows}


def store_body(workspace: Workspace, html: str, write: str, locale: str, *, by_hand: bool = False) -> str:
    """Return the storage form of a body; raises ApiError for a body that Intercom refuses.

    `write` names the write, so that ids of headings differ between writes. What a teammate writes `by_hand` is stored
    as Intercom's editor does it, with levels, ids and marks of headings, line breaks in code, and lists in lists.
    """
    settings = workspace.settings

    def heading_id(place: int) -> str:
        return f"h_{hashlib.sha256(f'{workspace.id}|{write}|{place}'.encode()).hexdigest()[:10]}"

    rules = StorageRules(
        heading_id=heading_id,
        picture=lambda source: store_picture(workspace, source),
        headings="keep" if by_hand else settings.headings,
        keep_heading_ids=by_hand or settings.heading_ids == "keep",
        keep_heading_marks=by_hand or settings.heading_marks == "keep",
        keep_code_newlines=by_hand or settings.code_newlines == "keep",
        keep_braces=by_hand or settings.braces == "keep",
        refuse_nested_lists=settings.nested_lists == "refuse" and not by_hand,
        zero_width=by_hand,
    )
    try:
        return _with_origin(to_storage_form(html, rules), settings.origin, DEFAULT_ORIGIN)
    except BodyRefused as refusal:
        field = "body" if locale == settings.default_locale else f"translated_content.{locale}.body"
        raise invalid(f"{refusal} ({locale})", field) from None


def _with_origin(body: str, old: str, new: str) -> str:
    """Return a body with links to the sandbox's own pages at another origin; stored ones are at DEFAULT_ORIGIN."""
    if old == new or old not in body:
        return body
    return re.sub(rf"""(<a [^>]*?href="){re.escape(old)}(?=[/"#?])""", lambda match: match[1] + new, body)


def _article_block(workspace: Workspace, center: str, content: dict[str, Any]) -> dict[str, Any]:
    origin = workspace.settings.origin
    path = page_path(center, content["locale"], "articles", content["article_id"], content["title"])
    return {
        "type": "article_content",
        **{key: content[key] for key in ("title", "description", "author_id", "state", "created_at", "updated_at")},
        "body": _with_origin(signed(content["body"], workspace.now), DEFAULT_ORIGIN, origin),
        "url": f"{origin}{path}" if content["state"] == "published" else None,
    }


def _named_fields(workspace: Workspace, payload: Payload) -> dict[str, dict[str, Any]]:
    """Return the fields of articles that the payload names, by locale."""

    def fields(source: Payload) -> dict[str, Any]:
        author = source.number("author_id")
        if author is not None and not workspace.row("SELECT 1 FROM admins WHERE id = ?", author):
            name = source.name("author_id")
            raise invalid(f"{name} must be a teammate on the help center's workspace", name)
        named = {
            "title": source.filled("title"),
            "description": source.text("description"),
            "body": source.text("body"),
            "author_id": author,
            "state": source.choice("state", STATES),
        }
        return {name: value for name, value in named.items() if value is not None}

    return _by_locale(workspace, payload, fields)


def _named_parent(workspace: Workspace, payload: Payload, *, digits: bool) -> tuple[str, int] | None:
    """Return kind and id of the parent that the payload names; without `parent_type` it must be a collection."""
    kind = None if payload.values.get("parent_type") is None else payload.choice("parent_type", tuple(GROUPS))
    number = payload.number("parent_id", digits=digits)
    if number is None:
        return None
    kind = kind or "collection"
    if GROUPS[kind].find(workspace, number) is None:
        raise invalid(f"there is no {kind} {number}", "parent_id")
    return kind, number


def _write_contents(workspace: Workspace, number: int, named: dict[str, dict[str, Any]], written: int) -> bool:
    """Write the fields of an article, given by locale; return whether that changes its `updated_at`.

    If the article has a pending draft, texts of published locales go into it. An author that is left out becomes the
    token's own admin: of the default locale in every request, of another if its block is sent, as one team reports.
    """
    settings, existing = workspace.settings, contents_of(workspace, number)
    pending = workspace.row("SELECT 1 FROM pending WHERE article_id = ?", number) is not None
    updated = False
    for locale, fields in named.items():
        old, main = existing.get(locale), locale == settings.default_locale
        if "body" in fields:
            fields["body"] = store_body(workspace, fields["body"], f"{number}|{locale}|{written}", locale)
        if pending and old is not None and old["state"] == "published":
            _write_pending(workspace, old, {text: fields.pop(text) for text in _TEXTS if text in fields})
        elif settings.locale_block == "replace" and not main and old is not None:
            old |= {**dict.fromkeys(_TEXTS, ""), "author_id": workspace.own_admin, "state": "draft"}
        author = fields.setdefault("author_id", workspace.own_admin)
        if old is None:
            old = {**dict.fromkeys(_TEXTS, ""), "state": "draft", "created_at": workspace.now}
        elif fields.keys() == {"author_id"} and author == old["author_id"]:
            continue
        key = {"article_id": number, "locale": locale}
        workspace.save("contents", **old | fields | key | {"updated_at": workspace.now})
        updated = updated or main
    return updated


def _write_pending(workspace: Workspace, live: dict[str, Any], texts: dict[str, str]) -> None:
    """Write texts of a locale into the pending draft of its article, and leave its live content."""
    place = (live["article_id"], live["locale"])
    draft = workspace.row("SELECT * FROM pending WHERE article_id = ? AND locale = ?", *place)
    save_draft(workspace, dict(draft) if draft else live, texts)


def save_draft(workspace: Workspace, content: Mapping[str, Any], changes: dict[str, str]) -> None:
    """Save one locale of a pending draft: the texts of `content`, with changes."""
    texts = {name: content[name] for name in ("article_id", "locale", *_TEXTS)}
    workspace.save("pending", **texts | changes)


# The labels of a collection or section --------------------------------------------------------------------------------


def kind_of(workspace: Workspace, number: int) -> str:
    """Return whether an id is a collection's or a section's; raises ApiError if it is neither's."""
    row = workspace.row("SELECT kind FROM groups WHERE id = ?", number)
    if row is None:
        raise not_found()
    return str(row["kind"])


def labels_of(workspace: Workspace, number: int) -> dict[str, sqlite3.Row]:
    """Return the names and descriptions of a collection or section by locale."""
    rows = workspace.rows("SELECT locale, name, description FROM labels WHERE group_id = ?", number)
    return {row["locale"]: row for row in rows}


def label_in(labels: Mapping[str, sqlite3.Row], *locales: str) -> sqlite3.Row:
    """Return the label in the first of these locales that has one, or else any."""
    return next((labels[locale] for locale in locales if locale in labels), None) or next(iter(labels.values()))


def write_labels(workspace: Workspace, number: int, labels: Mapping[str, Mapping[str, str]]) -> None:
    """Change the names and descriptions that `labels` has; a locale that the item lacks is added."""
    existing = labels_of(workspace, number)
    for locale, label in labels.items():
        if label:
            old = existing.get(locale) or {"name": "", "description": ""}
            workspace.save("labels", **dict(old) | {"group_id": number, "locale": locale, **label})


def _group_block(label: sqlite3.Row, *, section: bool) -> dict[str, Any]:
    described = {} if section else {"description": label["description"]}
    return {"type": "group_content", "name": label["name"], **described}


def _existing_collection(workspace: Workspace, number: int) -> sqlite3.Row:
    row = COLLECTIONS.find(workspace, number)
    if row is None:
        raise invalid(f"there is no collection {number}", "parent_id")
    return row
