"""Collections and sections: what a request writes, and how the API answers (facts: Collections and sections)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from helpsync.sandbox.payload import invalid, missing, not_found
from helpsync.sandbox.settings import LOCALES
from helpsync.sandbox.workspace import page_path

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from helpsync.sandbox.payload import Payload
    from helpsync.sandbox.workspace import Workspace

CollectionKind = Literal["collection", "section"]
_ICON = "book-bookmark"


def create(workspace: Workspace, payload: Payload, kind: CollectionKind) -> int:
    """Write a new collection or section and return its id; raises ApiError for a payload that the API refuses."""
    labels = _named_labels(workspace, payload, kind)
    if "name" not in labels[workspace.settings.default_locale]:
        raise missing("Name is a required parameter.")
    parent, center = _place(workspace, payload, kind)
    db, now = workspace.db, workspace.now
    position = db.execute("SELECT coalesce(max(position), 0) + 1 FROM groups WHERE kind = ?", (kind,)).fetchone()[0]
    number = workspace.insert(
        "groups",
        kind=kind,
        parent_id=parent,
        help_center_id=center,
        position=position,
        created_at=now,
        updated_at=now,
        written=workspace.next_write(),
    )
    write_labels(workspace, number, labels)
    return number


def update(workspace: Workspace, number: int, payload: Payload, kind: CollectionKind) -> None:
    """Change what the payload names; the help center of a collection never changes (facts)."""
    row = _row(workspace, number, kind)
    labels = _named_labels(workspace, payload, kind)
    parent = row["parent_id"]
    if kind == "section":
        named = payload.number("parent_id", digits=True)
        parent = parent if named is None else _collection(workspace, named)["id"]
    write_labels(workspace, number, labels)
    workspace.db.execute("UPDATE groups SET parent_id = ? WHERE id = ?", (parent, number))
    if parent != row["parent_id"] or labels[workspace.settings.default_locale]:
        workspace.touch("groups", number)


def delete(workspace: Workspace, number: int, kind: CollectionKind) -> None:
    """Delete a collection or section; its children stay, without a parent, and readers no longer find them.

    What Intercom does is undocumented. This reading hurts most and says least: a client that cares for its content
    deletes only what is empty.
    """
    _row(workspace, number, kind)
    workspace.db.execute("UPDATE groups SET parent_id = NULL WHERE parent_id = ?", (number,))
    workspace.db.execute("UPDATE articles SET parent_id = NULL, parent_kind = NULL WHERE parent_id = ?", (number,))
    workspace.db.execute("DELETE FROM groups WHERE id = ?", (number,))


def reply(workspace: Workspace, number: int, kind: CollectionKind) -> dict[str, Any]:
    """Return a collection or section as the API answers it; raises ApiError if it doesn't exist."""
    (item,) = _items(workspace, [_row(workspace, number, kind)])
    return item


def page(workspace: Workspace, limit: int, offset: int, kind: CollectionKind) -> tuple[int, list[dict[str, Any]]]:
    """Return the number of collections or sections, and those of one page, the last updated first."""
    total = int(workspace.db.execute("SELECT count(*) FROM groups WHERE kind = ?", (kind,)).fetchone()[0])
    rows = workspace.db.execute(
        "SELECT * FROM groups WHERE kind = ? ORDER BY updated_at DESC, written DESC LIMIT ? OFFSET ?",
        (kind, limit, offset),
    ).fetchall()
    return total, _items(workspace, rows)


def kind_of(workspace: Workspace, number: int) -> str:
    """Return whether an id is a collection's or a section's; raises ApiError if it is neither's."""
    row = workspace.db.execute("SELECT kind FROM groups WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise not_found()
    return str(row["kind"])


def labels_of(workspace: Workspace, number: int) -> dict[str, sqlite3.Row]:
    """Return the names and descriptions of a collection or section by locale."""
    rows = workspace.db.execute("SELECT locale, name, description FROM labels WHERE group_id = ?", (number,))
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


def _items(workspace: Workspace, rows: Iterable[sqlite3.Row]) -> list[dict[str, Any]]:
    centers, settings = workspace.center_paths(), workspace.settings
    default = settings.default_locale
    result = []
    for row in rows:
        labels = labels_of(workspace, row["id"])
        main, section = label_in(labels, default), row["kind"] == "section"
        path = page_path(centers[row["help_center_id"]], default, "collections", row["id"], main["name"])
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
            item["default_locale"] = default
            item["translated_content"] = {
                "type": "group_translated_content",
                **{locale: _content(labels.get(locale), section=section) for locale in LOCALES},
            }
        result.append(item)
    return result


def _content(label: sqlite3.Row | None, *, section: bool) -> dict[str, Any] | None:
    if label is None:
        return None
    described = {} if section else {"description": label["description"]}
    return {"type": "group_content", "name": label["name"], **described}


def _row(workspace: Workspace, number: int, kind: CollectionKind) -> sqlite3.Row:
    row: sqlite3.Row | None = workspace.db.execute(
        "SELECT * FROM groups WHERE id = ? AND kind = ?", (number, kind)
    ).fetchone()
    if row is None:
        raise not_found()
    return row


def _named_labels(workspace: Workspace, payload: Payload, kind: CollectionKind) -> dict[str, dict[str, str]]:
    """Return the names and descriptions that the payload names, by locale; a section has no description."""

    def label(source: Payload) -> dict[str, str]:
        named = {"name": source.filled("name")}
        if kind == "collection":
            named["description"] = source.text("description")
        return {field: value for field, value in named.items() if value is not None}

    default = workspace.settings.default_locale
    labels = {default: label(payload)}
    for locale, block in payload.translations().items():
        named = label(block)
        if locale == default:
            labels[default] |= named
        elif not workspace.settings.monolingual:
            labels[locale] = named
    return labels


def _place(workspace: Workspace, payload: Payload, kind: CollectionKind) -> tuple[int | None, int]:
    """Return the parent of a new item, None for a collection, and its help center."""
    if kind == "section":
        named = payload.number("parent_id")
        if named is None:
            raise missing("Parent is a required parameter.")
        parent = _collection(workspace, named)
        return parent["id"], parent["help_center_id"]
    center = payload.number("help_center_id")
    centers = workspace.center_paths()
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
