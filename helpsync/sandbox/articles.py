"""Articles: what a request writes, what of it goes live, and how it is answered (facts: Articles)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpsync.sandbox.bodies import BodyRefused, BodyRules, stored
from helpsync.sandbox.failures import ApiError, invalid, missing, not_found
from helpsync.sandbox.headings import HeadingRules
from helpsync.sandbox.locales import LOCALES
from helpsync.sandbox.payload import PARENT_TYPES, STATES, Payload
from helpsync.sandbox.pictures import signed, take_in
from helpsync.sandbox.store import next_write
from helpsync.sandbox.workspace import kept_links, page_path, shown_links

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from helpsync.sandbox.workspace import Workspace

_COLUMNS = ("title", "description", "body", "author_id", "state")


@dataclass(slots=True)
class Block:
    """What a request says about one locale; None: not named."""

    title: str | None = None
    description: str | None = None
    body: str | None = None
    author_id: int | None = None
    state: str | None = None

    @property
    def text(self) -> bool:
        """Return whether it names anything but the author."""
        return any(value is not None for value in (self.title, self.description, self.body, self.state))


def create(workspace: Workspace, payload: Payload) -> int:
    """Write a new article and return its id; raises ApiError for what the API refuses."""
    blocks = _blocks(workspace, payload)
    default = blocks[workspace.settings.default_locale]
    if default.title is None:
        raise missing("title must be in the main body or default locale translated_content object")
    if default.author_id is None:
        raise missing("author_id must be in the main body or default locale translated_content object")
    parent = _parent(workspace, payload, digits=False)
    db, now, written = workspace.db, workspace.now, next_write(workspace.db)
    number = int(
        db.execute(
            "INSERT INTO articles (parent_kind, parent_id, created_at, updated_at, written) VALUES (?, ?, ?, ?, ?)"
            " RETURNING id",
            (*(parent or (None, None)), now, now, written),
        ).fetchone()[0]
    )
    for locale, block in blocks.items():
        _write(workspace, number, locale, block, None, written)
    return number


def update(workspace: Workspace, number: int, payload: Payload) -> None:
    """Change what the payload names of an article; raises ApiError for what the API refuses.

    Texts of published locales of an article with a pending draft go to that draft. An author that is left out becomes
    the token's own admin, for the default locale in every request, for the others where their block is sent (facts:
    reported once). Null, for a parent or a translation, says nothing.
    """
    db, written = workspace.db, next_write(workspace.db)
    row = _row(db, number)
    blocks = _blocks(workspace, payload)
    parent = _parent(workspace, payload, digits=True)
    existing = {
        content["locale"]: content for content in db.execute("SELECT * FROM contents WHERE article_id = ?", (number,))
    }
    pending = db.execute("SELECT 1 FROM pending WHERE article_id = ?", (number,)).fetchone() is not None
    touched = False
    for locale, block in blocks.items():
        old = existing.get(locale)
        main = locale == workspace.settings.default_locale
        if workspace.settings.locale_block == "replace" and not main and old is not None:
            old = _emptied(old, workspace)
        if pending and old is not None and existing[locale]["state"] == "published":
            _hold(workspace, number, locale, block, existing[locale], written)
            block.title = block.description = block.body = None
            old = existing[locale]
        changed = _write(workspace, number, locale, block, old, written)
        touched = touched or (main and changed)
    if parent is not None and parent != (row["parent_kind"], row["parent_id"]):
        db.execute("UPDATE articles SET parent_kind = ?, parent_id = ? WHERE id = ?", (*parent, number))
        touched = True
    if touched:
        db.execute("UPDATE articles SET updated_at = ?, written = ? WHERE id = ?", (workspace.now, written, number))


def delete(workspace: Workspace, number: int) -> None:
    """Delete an article with all its locales; raises ApiError when it isn't there."""
    _row(workspace.db, number)
    workspace.db.execute("DELETE FROM articles WHERE id = ?", (number,))


def reply(workspace: Workspace, number: int) -> dict[str, Any]:
    """Return one article as the API answers it, with statistics; raises ApiError when it isn't there."""
    (item,) = items(workspace, [_row(workspace.db, number)])
    statistics = {
        "type": "article_statistics",
        "views": 0,
        "conversations": 0,
        "reactions": 0,
        **dict.fromkeys(("happy_reaction_percentage", "neutral_reaction_percentage", "sad_reaction_percentage"), 0),
    }
    return item | {"statistics": statistics}


def page(workspace: Workspace, limit: int, offset: int) -> tuple[int, list[dict[str, Any]]]:
    """Return how many articles there are, and those of a page as list items, the last updated first."""
    total = int(workspace.db.execute("SELECT count(*) FROM articles").fetchone()[0])
    rows = workspace.db.execute(
        "SELECT * FROM articles ORDER BY updated_at DESC, written DESC LIMIT ? OFFSET ?", (limit, offset)
    ).fetchall()
    return total, items(workspace, rows)


def items(workspace: Workspace, rows: Iterable[sqlite3.Row]) -> list[dict[str, Any]]:
    """Return articles as list items: full bodies, translations where the help center is multilingual."""
    centers, groups = workspace.centers(), workspace.group_centers()
    fallback = next(iter(centers))
    result = []
    for row in rows:
        number = row["id"]
        contents = {
            content["locale"]: content
            for content in workspace.db.execute(
                "SELECT * FROM contents WHERE article_id = ? ORDER BY created_at", (number,)
            )
        }
        center = centers[groups.get(row["parent_id"], fallback)]
        shown = {locale: _content(workspace, number, center, content) for locale, content in contents.items()}
        default = workspace.settings.default_locale
        main = shown.get(default) or next(iter(shown.values()))
        item = {
            "id": str(number),
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


def _content(workspace: Workspace, number: int, center: str, content: sqlite3.Row) -> dict[str, Any]:
    path = page_path(center, content["locale"], "articles", number, content["title"])
    return {
        "type": "article_content",
        **{key: content[key] for key in ("title", "description", "author_id", "state", "created_at", "updated_at")},
        "body": shown_links(signed(content["body"], workspace.now), workspace.settings.origin),
        "url": f"{workspace.settings.origin}{path}" if content["state"] == "published" else None,
    }


def _row(db: sqlite3.Connection, number: int) -> sqlite3.Row:
    row: sqlite3.Row | None = db.execute("SELECT * FROM articles WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise not_found()
    return row


def _blocks(workspace: Workspace, payload: Payload) -> dict[str, Block]:
    """Return what the payload says of each locale; without languages only the default one's is taken in."""
    default = workspace.settings.default_locale
    translations = payload.translations()
    blocks = {default: _block(workspace, payload)}
    for locale, translation in translations.items():
        block = _block(workspace, translation)
        if locale != default:
            blocks[locale] = block
            continue
        for name in _COLUMNS:
            if getattr(block, name) is not None:
                setattr(blocks[default], name, getattr(block, name))
    return {default: blocks[default]} if workspace.settings.monolingual else blocks


def _block(workspace: Workspace, payload: Payload) -> Block:
    author = payload.number("author_id")
    if author is not None:
        workspace.admin(author, payload.name("author_id"))
    return Block(
        payload.filled("title"),
        payload.text("description"),
        payload.text("body"),
        author,
        payload.choice("state", STATES),
    )


def _parent(workspace: Workspace, payload: Payload, *, digits: bool) -> tuple[str, int] | None:
    """Return kind and id of the parent that is named; without `parent_type` it has to be a collection."""
    kind = None if payload.values.get("parent_type") is None else payload.choice("parent_type", PARENT_TYPES)
    number = payload.number("parent_id", digits=digits)
    if number is None:
        return None
    kind = kind or "collection"
    if workspace.db.execute("SELECT 1 FROM groups WHERE id = ? AND kind = ?", (number, kind)).fetchone() is None:
        raise invalid(f"there is no {kind} {number}", "parent_id")
    return kind, number


def _emptied(old: sqlite3.Row, workspace: Workspace) -> dict[str, Any]:
    """Return a locale whose block is replaced as a whole: what the new block does not name is gone."""
    return {
        "title": "",
        "description": "",
        "body": "",
        "author_id": workspace.own_admin,
        "state": "draft",
        "created_at": old["created_at"],
        "updated_at": old["updated_at"],
    }


def _write(
    workspace: Workspace,
    number: int,
    locale: str,
    block: Block,
    old: sqlite3.Row | dict[str, Any] | None,
    written: int,
) -> bool:
    """Write one locale of an article; return whether anything was changed that its `updated_at` tells of."""
    author = block.author_id if block.author_id is not None else workspace.own_admin
    if old is None:
        values: dict[str, Any] = {
            "title": block.title or "",
            "description": block.description or "",
            "body": "",
            "author_id": author,
            "state": block.state or "draft",
            "created_at": workspace.now,
            "updated_at": workspace.now,
        }
    elif not block.text and author == old["author_id"]:
        return False
    else:
        values = {name: old[name] for name in (*_COLUMNS, "created_at")}
        values |= {"updated_at": workspace.now, "author_id": author}
        for name in ("title", "description", "state"):
            if getattr(block, name) is not None:
                values[name] = getattr(block, name)
    if block.body is not None:
        values["body"] = store_body(workspace, block.body, f"{number}|{locale}|{written}", locale)
    workspace.db.execute(
        "INSERT OR REPLACE INTO contents"
        " (article_id, locale, title, description, body, author_id, state, created_at, updated_at)"
        " VALUES (:article_id, :locale, :title, :description, :body, :author_id, :state, :created_at, :updated_at)",
        values | {"article_id": number, "locale": locale},
    )
    return True


def _hold(workspace: Workspace, number: int, locale: str, block: Block, old: sqlite3.Row, written: int) -> None:
    """Put a block's texts into the pending draft of an article instead of the live one."""
    draft = workspace.db.execute(
        "SELECT title, description, body FROM pending WHERE article_id = ? AND locale = ?", (number, locale)
    ).fetchone()
    base = draft or old
    body = None
    if block.body is not None:
        body = store_body(workspace, block.body, f"{number}|{locale}|{written}", locale)
    workspace.db.execute(
        "INSERT OR REPLACE INTO pending (article_id, locale, title, description, body) VALUES (?, ?, ?, ?, ?)",
        (
            *(number, locale, base["title"] if block.title is None else block.title),
            base["description"] if block.description is None else block.description,
            base["body"] if body is None else body,
        ),
    )


def store_body(workspace: Workspace, html: str, write: str, locale: str, *, by_hand: bool = False) -> str:
    """Return the stored form of a body; raises ApiError for one that Intercom refuses.

    `write` names the write, so that ids of headings differ between writes. What a teammate writes `by_hand` is stored
    as Intercom's editor stores it, with levels, ids and marks of headings, line breaks in code, and lists in lists.
    """
    settings = workspace.settings

    def new_id(place: int) -> str:
        return f"h_{hashlib.sha256(f'{workspace.id}|{write}|{place}'.encode()).hexdigest()[:10]}"

    rules = BodyRules(
        HeadingRules(
            "keep" if by_hand else settings.headings,
            keep_ids=by_hand or settings.heading_ids == "keep",
            new_id=new_id,
            keep_marks=by_hand or settings.heading_marks == "keep",
        ),
        lambda source: take_in(workspace.db, workspace.id, source),
        refuse_nested_lists=settings.nested_lists == "refuse" and not by_hand,
        keep_code_newlines=by_hand or settings.code_newlines == "keep",
        keep_braces=by_hand or settings.braces == "keep",
        zero_width=by_hand,
    )
    try:
        return kept_links(stored(html, rules), settings.origin)
    except BodyRefused as refusal:
        field = "body" if locale == settings.default_locale else f"translated_content.{locale}.body"
        raise ApiError(400, "parameter_invalid", f"{refusal} ({locale})", field) from None
