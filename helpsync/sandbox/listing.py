"""What the edit forms show of a workspace: texts, where they are, and what can be chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.sandbox.failures import not_found
from helpsync.sandbox.forms import Choices, Text
from helpsync.sandbox.groups import labels_of

if TYPE_CHECKING:
    import sqlite3

    from helpsync.sandbox.workspace import Workspace


def texts_of(workspace: Workspace, number: int) -> dict[str, Text]:
    """Return the texts of an article by locale; raises ApiError where it is not there."""
    parent = parent_of(workspace, number)
    rows = workspace.db.execute("SELECT * FROM contents WHERE article_id = ? ORDER BY created_at, locale", (number,))
    return {
        row["locale"]: Text(
            *(row["title"], row["description"], row["state"], row["body"]), parent, str(row["author_id"])
        )
        for row in rows
    }


def parent_of(workspace: Workspace, number: int) -> str:
    """Return the id of what an article is in, "" for nothing; raises ApiError where it is not there."""
    row = workspace.db.execute("SELECT parent_id FROM articles WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise not_found()
    return "" if row["parent_id"] is None else str(row["parent_id"])


def kind_of(workspace: Workspace, number: int) -> str:
    """Return whether this id is a collection's or a section's; raises ApiError where it is neither's."""
    row = workspace.db.execute("SELECT kind FROM groups WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise not_found()
    return str(row["kind"])


def choices_of(workspace: Workspace) -> Choices:
    """Return the collections in their order, each with its sections after it, and the admins."""
    rows = workspace.db.execute("SELECT id, parent_id FROM groups ORDER BY position, id").fetchall()
    default = workspace.settings.default_locale
    collections: dict[str, str] = {}

    def name(row: sqlite3.Row) -> str:
        labels = labels_of(workspace.db, row["id"])
        return str((labels.get(default) or next(iter(labels.values())))["name"])

    for row in rows:
        if row["parent_id"] is None:
            collections[str(row["id"])] = name(row)
            for inner in rows:
                if inner["parent_id"] == row["id"]:
                    collections[str(inner["id"])] = f"{name(row)} / {name(inner)}"
    admins = workspace.db.execute("SELECT id, name FROM admins ORDER BY id").fetchall()
    return Choices(collections, {str(row["id"]): row["name"] for row in admins})
