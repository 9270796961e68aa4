"""The demo: a help center made by hand, as a team has it after some years with Intercom's editor.

`demo.toml` has the admins, collections and articles. `demo.html` has the stored body of each text, one block a line,
below a comment with the article's key and the locale. In a body, `article:KEY/LOCALE` is a link to another article.
Ids and dates are those of the files, so two demos differ only in the id of the workspace.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

from helpsync.errors import ConfigError
from helpsync.sandbox.items import kind_of, store_body, write_labels
from helpsync.sandbox.workspace import page_path

if TYPE_CHECKING:
    from datetime import datetime

    from helpsync.sandbox.workspace import Workspace

LOCALE = "en"
"""The demo's default locale."""

_MARK = "demo"
_PLACE = re.compile(r"^<!-- ([a-z-]+)/([A-Za-z-]+) -->$", re.MULTILINE)
_LINK = re.compile(r'href="article:([a-z-]+)/([A-Za-z-]+)')


def fill(workspace: Workspace) -> bool:
    """Fill an empty workspace with the demo; return False, and do nothing, if the demo is there already.

    Raises ConfigError for a workspace with other content, or with another default locale.
    """
    if workspace.row("SELECT 1 FROM meta WHERE key = ?", _MARK):
        return False
    if workspace.row("SELECT 1 FROM articles UNION SELECT 1 FROM groups"):
        raise ConfigError(
            "the sandbox has other content, and the demo needs an empty one",
            hint="--reset empties it, or run the demo in a folder of its own",
        )
    if workspace.settings.default_locale != LOCALE:
        raise ConfigError(
            f"the demo's default locale is {LOCALE}, not {workspace.settings.default_locale}",
            hint="run it in a folder of its own, without helpsync.yaml",
        )
    content = tomllib.loads(_file("demo.toml"))
    for admin in content["admin"]:
        # The settings may have created this teammate already, with an id of the sandbox's own.
        workspace.db.execute("DELETE FROM admins WHERE given = ?", (admin["email"],))
        workspace.insert("admins", given=admin["email"], **admin)
    for position, group in enumerate(content["group"], 1):
        _write_group(workspace, group, position)
    bodies = _bodies(workspace, content["article"])
    for article in sorted(content["article"], key=lambda article: _seconds(_updated(article))):
        _write_article(workspace, article, bodies)
    workspace.insert("meta", key=_MARK, value=1)
    return True


def read_bodies() -> dict[tuple[str, str], str]:
    """Return the bodies as the file has them, by the article's key and the locale."""
    _, *parts = _PLACE.split(_file("demo.html"))
    return {(key, locale): body for key, locale, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True)}


def _file(name: str) -> str:
    return resources.files("helpsync.sandbox").joinpath(name).read_text(encoding="utf-8")


def _bodies(workspace: Workspace, items: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Return the bodies by key and locale, with the addresses of other articles in their links."""
    by_key = {item["key"]: item for item in items}

    def address(match: re.Match[str]) -> str:
        item, locale = by_key[match[1]], match[2]
        path = page_path("", locale, "articles", item["id"], item["text"][locale]["title"])
        return f'href="{workspace.settings.origin}{path}'

    return {place: _LINK.sub(address, body) for place, body in read_bodies().items()}


def _write_group(workspace: Workspace, group: dict[str, Any], position: int) -> None:
    parent = group.get("parent")
    workspace.insert_item(
        "groups",
        id=group["id"],
        kind="section" if parent else "collection",
        parent_id=parent,
        help_center_id=next(iter(workspace.center_paths())),
        position=position,
        created_at=_seconds(group["created"]),
        updated_at=_seconds(group["updated"]),
    )
    write_labels(workspace, group["id"], group["text"])


def _write_article(workspace: Workspace, article: dict[str, Any], bodies: dict[tuple[str, str], str]) -> None:
    number, parent = article["id"], article.get("parent")
    workspace.insert_item(
        "articles",
        id=number,
        parent_kind=kind_of(workspace, parent) if parent else None,
        parent_id=parent,
        created_at=_seconds(article["created"]),
        updated_at=_seconds(_updated(article)),
    )
    for locale, text in article["text"].items():
        body = bodies[article["key"], locale]
        workspace.insert(
            "contents",
            article_id=number,
            locale=locale,
            title=text["title"],
            description=text.get("description", ""),
            body=store_body(workspace, body, f"{number}|{locale}", locale, by_hand=True),
            author_id=text.get("author", article["author"]),
            state=text.get("state", "published"),
            created_at=_seconds(text.get("created", article["created"])),
            updated_at=_seconds(text["updated"]),
        )


def _updated(article: dict[str, Any]) -> datetime:
    """Return when the default locale was last edited, which is also when the article was updated."""
    updated: datetime = article["text"][LOCALE]["updated"]
    return updated


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
