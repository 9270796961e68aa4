"""A help center made by hand, as teams have it after some years with Intercom's editor: the demo.

`help_center.toml` says what there is, `bodies/KEY.LOCALE.html` holds each text in its stored form, a block a line.
Ids, dates and ids of headings are those of the files, so that two demos differ in nothing but the workspace's id.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

from helpsync.errors import ConfigError
from helpsync.sandbox import articles
from helpsync.sandbox.lines import in_one_line
from helpsync.sandbox.store import next_write
from helpsync.sandbox.workspace import page_path

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from helpsync.sandbox.workspace import Workspace

LOCALE = "en"
"""The demo's default locale."""

_MARK = "demo"
_LINK = re.compile(r'href="article:([a-z-]+)/([A-Za-z-]+)')


def fill(workspace: Workspace) -> bool:
    """Fill an empty workspace with the demo; return False, and do nothing, where the demo is there already.

    Raises ConfigError for a workspace that holds something else, or whose default locale is another.
    """
    db = workspace.db
    if db.execute("SELECT 1 FROM meta WHERE key = ?", (_MARK,)).fetchone():
        return False
    if db.execute("SELECT 1 FROM articles UNION SELECT 1 FROM groups").fetchone():
        raise ConfigError(
            "the sandbox holds other content, and the demo needs an empty one",
            hint="--reset empties it, or run the demo in a folder of its own",
        )
    if workspace.settings.default_locale != LOCALE:
        raise ConfigError(
            f"the demo's default locale is {LOCALE}, not {workspace.settings.default_locale}",
            hint="run it in a folder of its own, without helpsync.yaml",
        )
    content = tomllib.loads(_read("help_center.toml"))
    for admin in content["admin"]:
        _write_admin(db, admin)
    for position, group in enumerate(content["group"], 1):
        _write_group(workspace, group, position)
    links = _Links(workspace, content["article"])
    for article in sorted(content["article"], key=lambda article: _seconds(_updated(article))):
        _write_article(workspace, article, links)
    db.execute("INSERT INTO meta VALUES (?, 1)", (_MARK,))
    return True


class _Links:
    """Gives links between the demo's articles the addresses that its pages have."""

    def __init__(self, workspace: Workspace, items: list[dict[str, Any]]) -> None:
        self._origin = workspace.settings.origin
        self._items = {item["key"]: item for item in items}

    def resolved(self, body: str) -> str:
        return _LINK.sub(self._address, body)

    def _address(self, match: re.Match[str]) -> str:
        item, locale = self._items[match[1]], match[2]
        return f'href="{self._origin}{page_path("", locale, "articles", item["id"], item["text"][locale]["title"])}'


def _write_admin(db: sqlite3.Connection, admin: dict[str, Any]) -> None:
    # The settings may have made the teammate already, with an id of the sandbox's.
    db.execute("DELETE FROM admins WHERE given = :email", admin)
    db.execute("INSERT INTO admins (id, given, email, name) VALUES (:id, :email, :email, :name)", admin)


def _write_group(workspace: Workspace, group: dict[str, Any], position: int) -> None:
    db, parent = workspace.db, group.get("parent")
    created, updated = _seconds(group["created"]), _seconds(group["updated"])
    db.execute(
        "INSERT INTO groups (id, kind, parent_id, help_center_id, position, created_at, updated_at, written)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(group["id"], "section" if parent else "collection", parent, next(iter(workspace.centers())), position),
            *(created, updated, next_write(db)),
        ),
    )
    for locale, text in group["text"].items():
        db.execute(
            "INSERT INTO labels (group_id, locale, name, description) VALUES (?, ?, ?, ?)",
            (group["id"], locale, text["name"], text.get("description", "")),
        )


def _write_article(workspace: Workspace, article: dict[str, Any], links: _Links) -> None:
    db, number, parent = workspace.db, article["id"], article.get("parent")
    kind = db.execute("SELECT kind FROM groups WHERE id = ?", (parent,)).fetchone()["kind"] if parent else None
    db.execute(
        "INSERT INTO articles (id, parent_kind, parent_id, created_at, updated_at, written) VALUES (?, ?, ?, ?, ?, ?)",
        (number, kind, parent, _seconds(article["created"]), _seconds(_updated(article)), next_write(db)),
    )
    for locale, text in article["text"].items():
        body = links.resolved(in_one_line(_read("bodies", f"{article['key']}.{locale}.html")))
        db.execute(
            "INSERT INTO contents (article_id, locale, title, description, body, author_id, state, created_at,"
            " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(number, locale, text["title"], text.get("description", "")),
                articles.store_body(workspace, body, f"{number}|{locale}", locale, by_hand=True),
                text.get("author", article["author"]),
                text.get("state", "published"),
                *(_seconds(text.get("created", article["created"])), _seconds(text["updated"])),
            ),
        )


def _updated(article: dict[str, Any]) -> datetime:
    """Return when the default locale was edited last; the article's own date is that one's (facts: Articles)."""
    updated: datetime = article["text"][LOCALE]["updated"]
    return updated


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _read(*path: str) -> str:
    return resources.files(__name__).joinpath(*path).read_text(encoding="utf-8")
