"""Collections and sections: what a request writes and how it is answered (facts: Collections and sections)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from helpsync.sandbox.failures import invalid, missing, not_found
from helpsync.sandbox.locales import LOCALES
from helpsync.sandbox.store import next_write
from helpsync.sandbox.workspace import page_path

if TYPE_CHECKING:
    import sqlite3

    from helpsync.sandbox.payload import Payload
    from helpsync.sandbox.workspace import Workspace

GroupKind = Literal["collection", "section"]
_ICON = "book-bookmark"


def create(workspace: Workspace, kind: GroupKind, payload: Payload) -> int:
    """Write a new collection or section and return its id; raises ApiError for what the API refuses."""
    labels = _labels(workspace, kind, payload)
    name = labels[workspace.settings.default_locale][0]
    if name is None:
        raise missing("Name is a required parameter.")
    parent, center = _place(workspace, kind, payload)
    db, now = workspace.db, workspace.now
    position = db.execute("SELECT coalesce(max(position), 0) + 1 FROM groups WHERE kind = ?", (kind,)).fetchone()[0]
    number = int(
        db.execute(
            "INSERT INTO groups (kind, parent_id, help_center_id, position, created_at, updated_at, written)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (kind, parent, center, position, now, now, next_write(db)),
        ).fetchone()[0]
    )
    _write(db, number, labels)
    return number


def update(workspace: Workspace, kind: GroupKind, number: int, payload: Payload) -> None:
    """Change what the payload names; the help center of a collection can't be changed (facts), so it is passed over."""
    row = _row(workspace.db, kind, number)
    labels = _labels(workspace, kind, payload)
    parent = row["parent_id"]
    if kind == "section":
        named = payload.number("parent_id", digits=True)
        parent = parent if named is None else _collection(workspace, named)["id"]
    _write(workspace.db, number, labels)
    touched = parent != row["parent_id"] or labels[workspace.settings.default_locale] != (None, None)
    workspace.db.execute("UPDATE groups SET parent_id = ? WHERE id = ?", (parent, number))
    if touched:
        workspace.db.execute(
            "UPDATE groups SET updated_at = ?, written = ? WHERE id = ?",
            (workspace.now, next_write(workspace.db), number),
        )


def delete(workspace: Workspace, kind: GroupKind, number: int) -> None:
    """Delete a collection or section and orphan its children: they stay, without a parent, lost to readers.

    What Intercom does is undocumented; of the readings this is the one that hurts most and says least. A client that
    cares for its content never gets here: it deletes only what is empty.
    """
    _row(workspace.db, kind, number)
    workspace.db.execute("UPDATE groups SET parent_id = NULL WHERE parent_id = ?", (number,))
    workspace.db.execute("UPDATE articles SET parent_id = NULL, parent_kind = NULL WHERE parent_id = ?", (number,))
    workspace.db.execute("DELETE FROM groups WHERE id = ?", (number,))


def reply(workspace: Workspace, kind: GroupKind, number: int, *, after_write: bool = False) -> dict[str, Any]:
    """Return a collection or section as the API answers it; raises ApiError when it isn't there.

    The answer to a write has a section's `parent_id` as a string, the other answers as a number (2.9: examples).
    """
    (item,) = _items(workspace, [_row(workspace.db, kind, number)])
    if after_write and item.get("parent_id") is not None:
        item["parent_id"] = str(item["parent_id"])
    return item


def page(workspace: Workspace, kind: GroupKind, limit: int, offset: int) -> tuple[int, list[dict[str, Any]]]:
    """Return how many collections or sections there are, and those of a page, the last updated first."""
    total = int(workspace.db.execute("SELECT count(*) FROM groups WHERE kind = ?", (kind,)).fetchone()[0])
    rows = workspace.db.execute(
        "SELECT * FROM groups WHERE kind = ? ORDER BY updated_at DESC, written DESC LIMIT ? OFFSET ?",
        (kind, limit, offset),
    ).fetchall()
    return total, _items(workspace, rows)


def labels_of(db: sqlite3.Connection, number: int) -> dict[str, sqlite3.Row]:
    """Return the names and descriptions of a group by locale."""
    rows = db.execute("SELECT locale, name, description FROM labels WHERE group_id = ?", (number,))
    return {row["locale"]: row for row in rows}


def _items(workspace: Workspace, rows: list[sqlite3.Row]) -> list[dict[str, Any]]:
    centers, settings = workspace.centers(), workspace.settings
    result = []
    for row in rows:
        labels = labels_of(workspace.db, row["id"])
        main = labels.get(settings.default_locale) or next(iter(labels.values()))
        section = row["kind"] == "section"
        path = page_path(
            centers[row["help_center_id"]], settings.default_locale, "collections", row["id"], main["name"]
        )
        item: dict[str, Any] = {
            "id": str(row["id"]),
            "workspace_id": workspace.id,
            "name": main["name"],
            "url": f"{settings.origin}{path}",
            "order": row["position"],
            "type": row["kind"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
            "icon": _ICON,
        }
        if section:
            item["parent_id"] = row["parent_id"]
        else:
            item |= {"description": main["description"], "help_center_id": row["help_center_id"]}
        if not settings.monolingual:
            item["default_locale"] = settings.default_locale
            item["translated_content"] = {
                "type": "group_translated_content",
                **{locale: _label(labels.get(locale), section=section) for locale in LOCALES},
            }
        result.append(item)
    return result


def _label(label: sqlite3.Row | None, *, section: bool) -> dict[str, Any] | None:
    if label is None:
        return None
    described = {} if section else {"description": label["description"]}
    return {"type": "group_content", "name": label["name"], **described}


def _row(db: sqlite3.Connection, kind: GroupKind, number: int) -> sqlite3.Row:
    row: sqlite3.Row | None = db.execute("SELECT * FROM groups WHERE id = ? AND kind = ?", (number, kind)).fetchone()
    if row is None:
        raise not_found()
    return row


def _labels(workspace: Workspace, kind: GroupKind, payload: Payload) -> dict[str, tuple[str | None, str | None]]:
    """Return (name, description) by locale as the payload names them; a section has no description."""

    def label(source: Payload) -> tuple[str | None, str | None]:
        return source.filled("name"), source.text("description") if kind == "collection" else None

    default = workspace.settings.default_locale
    labels = {default: label(payload)}
    for locale, block in payload.translations().items():
        name, description = label(block)
        if locale == default:
            before = labels[default]
            labels[default] = (
                before[0] if name is None else name,
                before[1] if description is None else description,
            )
        elif not workspace.settings.monolingual:
            labels[locale] = (name, description)
    return labels


def _write(db: sqlite3.Connection, number: int, labels: dict[str, tuple[str | None, str | None]]) -> None:
    existing = labels_of(db, number)
    for locale, (name, description) in labels.items():
        if name is None and description is None:
            continue
        old = existing.get(locale)
        db.execute(
            "INSERT OR REPLACE INTO labels (group_id, locale, name, description) VALUES (?, ?, ?, ?)",
            (
                *(number, locale, (old["name"] if old else "") if name is None else name),
                (old["description"] if old else "") if description is None else description,
            ),
        )


def _place(workspace: Workspace, kind: GroupKind, payload: Payload) -> tuple[int | None, int]:
    """Return the parent of a new section, or the help center of a new collection, with the help center it is in."""
    if kind == "section":
        named = payload.number("parent_id")
        if named is None:
            raise missing("Parent is a required parameter.")
        parent = _collection(workspace, named)
        return parent["id"], parent["help_center_id"]
    center = payload.number("help_center_id")
    centers = workspace.centers()
    if center is None:
        return None, next(iter(centers))
    if center not in centers:
        raise invalid(f"there is no help center {center}", "help_center_id")
    return None, center


def _collection(workspace: Workspace, number: int) -> sqlite3.Row:
    row: sqlite3.Row | None = workspace.db.execute(
        "SELECT * FROM groups WHERE id = ? AND kind = 'collection'", (number,)
    ).fetchone()
    if row is None:
        raise invalid(f"there is no collection {number}", "parent_id")
    return row
