"""Articles: what a request writes, what of it goes live, and how the API answers (facts: Articles)."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from helpsync.sandbox.payload import PARENT_TYPES, STATES, ApiError, Payload, invalid, missing, not_found
from helpsync.sandbox.pictures import signed, store_picture
from helpsync.sandbox.settings import DEFAULT_ORIGIN, LOCALES
from helpsync.sandbox.storage_form import BodyRefused, StorageRules, to_storage_form
from helpsync.sandbox.workspace import page_path

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from helpsync.sandbox.workspace import Workspace

_TEXTS = ("title", "description", "body")


def create(workspace: Workspace, payload: Payload) -> int:
    """Write a new article and return its id; raises ApiError for a payload that the API refuses."""
    named = _named_fields(workspace, payload)
    default = named[workspace.settings.default_locale]
    for field in ("title", "author_id"):
        if field not in default:
            raise missing(f"{field} must be in the main body or default locale translated_content object")
    kind, parent = _named_parent(workspace, payload, digits=False) or (None, None)
    now, written = workspace.now, workspace.next_write()
    number = workspace.insert(
        "articles", parent_kind=kind, parent_id=parent, created_at=now, updated_at=now, written=written
    )
    for locale, fields in named.items():
        _write(workspace, number, locale, fields, None, written)
    return number


def update(workspace: Workspace, number: int, payload: Payload) -> None:
    """Change the fields of an article that the payload names; raises ApiError for a payload that the API refuses.

    If the article has a pending draft, texts of published locales go into it. An author that is left out becomes the
    token's own admin: of the default locale in every request, of another if its block is sent (facts: reported once).
    Null, for a parent or a translation, changes nothing.
    """
    settings, written = workspace.settings, workspace.next_write()
    row = _row(workspace, number)
    named = _named_fields(workspace, payload)
    parent = _named_parent(workspace, payload, digits=True)
    existing = contents_of(workspace, number)
    pending = workspace.db.execute("SELECT 1 FROM pending WHERE article_id = ?", (number,)).fetchone() is not None
    touched = False
    for locale, fields in named.items():
        old = existing.get(locale)
        main = locale == settings.default_locale
        if pending and old is not None and old["state"] == "published":
            _write_pending(workspace, number, locale, fields, old, written)
            for text in _TEXTS:
                fields.pop(text, None)
        elif settings.locale_block == "replace" and not main and old is not None:
            old |= {**dict.fromkeys(_TEXTS, ""), "author_id": workspace.own_admin, "state": "draft"}
        changed = _write(workspace, number, locale, fields, old, written)
        touched = touched or (main and changed)
    if parent is not None and parent != (row["parent_kind"], row["parent_id"]):
        workspace.db.execute("UPDATE articles SET parent_kind = ?, parent_id = ? WHERE id = ?", (*parent, number))
        touched = True
    if touched:
        workspace.touch("articles", number, written)


def delete(workspace: Workspace, number: int) -> None:
    """Delete an article with all its locales; raises ApiError if it doesn't exist."""
    _row(workspace, number)
    workspace.db.execute("DELETE FROM articles WHERE id = ?", (number,))


def reply(workspace: Workspace, number: int) -> dict[str, Any]:
    """Return one article as the API answers it, with statistics; raises ApiError if it doesn't exist."""
    (item,) = _items(workspace, [_row(workspace, number)])
    statistics = {
        "type": "article_statistics",
        "views": 0,
        "conversations": 0,
        "reactions": 0,
        **dict.fromkeys(("happy_reaction_percentage", "neutral_reaction_percentage", "sad_reaction_percentage"), 0),
    }
    return item | {"statistics": statistics}


def page(workspace: Workspace, limit: int, offset: int) -> tuple[int, list[dict[str, Any]]]:
    """Return the number of articles, and those of one page as list items, the last updated first."""
    total = int(workspace.db.execute("SELECT count(*) FROM articles").fetchone()[0])
    rows = workspace.db.execute(
        "SELECT * FROM articles ORDER BY updated_at DESC, written DESC LIMIT ? OFFSET ?", (limit, offset)
    ).fetchall()
    return total, _items(workspace, rows)


def contents_of(workspace: Workspace, number: int) -> dict[str, dict[str, Any]]:
    """Return the content of an article by locale, the oldest first; it is empty if the article doesn't exist."""
    rows = workspace.db.execute("SELECT * FROM contents WHERE article_id = ? ORDER BY created_at, locale", (number,))
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
        raise ApiError(400, "parameter_invalid", f"{refusal} ({locale})", field) from None


def _with_origin(body: str, old: str, new: str) -> str:
    """Return a body with links to the sandbox's own pages at another origin; stored ones are at DEFAULT_ORIGIN."""
    if old == new or old not in body:
        return body
    return re.sub(rf"""(<a [^>]*?href="){re.escape(old)}(?=[/"#?])""", lambda match: match[1] + new, body)


def _items(workspace: Workspace, rows: Iterable[sqlite3.Row]) -> list[dict[str, Any]]:
    """Return articles as list items: full bodies, translations if the help center is multilingual."""
    centers, group_centers = workspace.center_paths(), workspace.group_centers()
    fallback, default = next(iter(centers)), workspace.settings.default_locale
    result = []
    for row in rows:
        center = centers[group_centers.get(row["parent_id"], fallback)]
        contents = contents_of(workspace, row["id"])
        shown = {locale: _content(workspace, center, content) for locale, content in contents.items()}
        main = shown.get(default) or next(iter(shown.values()))
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
        if not workspace.settings.monolingual:
            translated = {locale: shown.get(locale) for locale in LOCALES}
            item |= {
                "default_locale": default,
                "translated_content": {"type": "article_translated_content", **translated},
            }
        result.append(item)
    return result


def _content(workspace: Workspace, center: str, content: dict[str, Any]) -> dict[str, Any]:
    origin = workspace.settings.origin
    path = page_path(center, content["locale"], "articles", content["article_id"], content["title"])
    return {
        "type": "article_content",
        **{key: content[key] for key in ("title", "description", "author_id", "state", "created_at", "updated_at")},
        "body": _with_origin(signed(content["body"], workspace.now), DEFAULT_ORIGIN, origin),
        "url": f"{origin}{path}" if content["state"] == "published" else None,
    }


def _row(workspace: Workspace, number: int) -> sqlite3.Row:
    row: sqlite3.Row | None = workspace.db.execute("SELECT * FROM articles WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise not_found()
    return row


def _named_fields(workspace: Workspace, payload: Payload) -> dict[str, dict[str, Any]]:
    """Return the fields that the payload names for each locale; for a monolingual help center, of the default one."""
    default = workspace.settings.default_locale
    translations = payload.translations()
    named = {default: _fields(workspace, payload)}
    for locale, translation in translations.items():
        fields = _fields(workspace, translation)
        named[locale] = named[locale] | fields if locale == default else fields
    return {default: named[default]} if workspace.settings.monolingual else named


def _fields(workspace: Workspace, payload: Payload) -> dict[str, Any]:
    author = payload.number("author_id")
    if author is not None and not workspace.db.execute("SELECT 1 FROM admins WHERE id = ?", (author,)).fetchone():
        name = payload.name("author_id")
        raise invalid(f"{name} must be a teammate on the help center's workspace", name)
    fields = {
        "title": payload.filled("title"),
        "description": payload.text("description"),
        "body": payload.text("body"),
        "author_id": author,
        "state": payload.choice("state", STATES),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _named_parent(workspace: Workspace, payload: Payload, *, digits: bool) -> tuple[str, int] | None:
    """Return kind and id of the parent that the payload names; without `parent_type` it must be a collection."""
    kind = None if payload.values.get("parent_type") is None else payload.choice("parent_type", PARENT_TYPES)
    number = payload.number("parent_id", digits=digits)
    if number is None:
        return None
    kind = kind or "collection"
    if workspace.db.execute("SELECT 1 FROM groups WHERE id = ? AND kind = ?", (number, kind)).fetchone() is None:
        raise invalid(f"there is no {kind} {number}", "parent_id")
    return kind, number


def _write(
    workspace: Workspace, number: int, locale: str, fields: dict[str, Any], old: dict[str, Any] | None, written: int
) -> bool:
    """Write one locale of an article; return whether that moves its `updated_at`."""
    author = fields.get("author_id", workspace.own_admin)
    if old is None:
        old = {**dict.fromkeys(_TEXTS, ""), "state": "draft", "created_at": workspace.now}
    elif not fields.keys() - {"author_id"} and author == old["author_id"]:
        return False
    values = {**old, **fields, "author_id": author, "updated_at": workspace.now}
    if "body" in fields:
        values["body"] = store_body(workspace, fields["body"], f"{number}|{locale}|{written}", locale)
    workspace.save("contents", **values | {"article_id": number, "locale": locale})
    return True


def _write_pending(
    workspace: Workspace, number: int, locale: str, fields: dict[str, Any], live: dict[str, Any], written: int
) -> None:
    """Write texts into the pending draft of an article instead of the live content."""
    draft = workspace.db.execute(
        "SELECT * FROM pending WHERE article_id = ? AND locale = ?", (number, locale)
    ).fetchone()
    values = {text: fields.get(text, (draft or live)[text]) for text in _TEXTS}
    if "body" in fields:
        values["body"] = store_body(workspace, fields["body"], f"{number}|{locale}|{written}", locale)
    workspace.save("pending", article_id=number, locale=locale, **values)
