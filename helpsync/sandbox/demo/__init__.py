"""The demo: a help center made by hand, as a team has it after some years with Intercom's editor.

`help_center.toml` has the admins, collections and articles. `bodies.LOCALE.html` has the stored body of each text in
one language, a block a line, below a comment with the article's key; `article:KEY/LOCALE` is a link to another article.
Ids and dates are those of the files, so that two demos differ only in the id of the workspace.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

from helpsync.errors import ConfigError
from helpsync.sandbox import articles, collections
from helpsync.sandbox.html import in_one_line
from helpsync.sandbox.workspace import page_path

if TYPE_CHECKING:
    from datetime import datetime

    from helpsync.sandbox.workspace import Workspace

LOCALE = "en"
"""The demo's default locale."""

_MARK = "demo"
_BODIES = re.compile(r"bodies\.(.+)\.html")
_KEY = re.compile(r"^<!-- ([a-z-]+) -->$", re.MULTILINE)
_LINK = re.compile(r'href="article:([a-z-]+)/([A-Za-z-]+)')


def fill(workspace: Workspace) -> bool:
    """Fill an empty workspace with the demo; return False, and do nothing, if the demo is there already.

    Raises ConfigError for a workspace with other content, or with another default locale.
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
    content = tomllib.loads(resources.files(__name__).joinpath("help_center.toml").read_text(encoding="utf-8"))
    for admin in content["admin"]:
        # The settings may have created this teammate already, with an id of the sandbox's own.
        db.execute("DELETE FROM admins WHERE given = ?", (admin["email"],))
        workspace.insert("admins", given=admin["email"], **admin)
    for position, group in enumerate(content["group"], 1):
        _write_group(workspace, group, position)
    bodies = _bodies(workspace, content["article"])
    for article in sorted(content["article"], key=lambda article: _seconds(_updated(article))):
        _write_article(workspace, article, bodies)
    workspace.insert("meta", key=_MARK, value=1)
    return True


def read_bodies() -> dict[tuple[str, str], str]:
    """Return the bodies as the files have them, by the article's key and the locale."""
    bodies: dict[tuple[str, str], str] = {}
    for file in resources.files(__name__).iterdir():
        locale = _BODIES.fullmatch(file.name)
        if locale:
            _, *parts = _KEY.split(file.read_text(encoding="utf-8"))
            bodies |= {(key, locale[1]): body for key, body in zip(parts[::2], parts[1::2], strict=True)}
    return bodies


def _bodies(workspace: Workspace, items: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Return the bodies by key and locale, each on one line, with the addresses of other articles in its links."""
    by_key = {item["key"]: item for item in items}

    def address(match: re.Match[str]) -> str:
        item, locale = by_key[match[1]], match[2]
        path = page_path("", locale, "articles", item["id"], item["text"][locale]["title"])
        return f'href="{workspace.settings.origin}{path}'

    return {place: _LINK.sub(address, in_one_line(body)) for place, body in read_bodies().items()}


def _write_group(workspace: Workspace, group: dict[str, Any], position: int) -> None:
    parent = group.get("parent")
    workspace.insert(
        "groups",
        id=group["id"],
        kind="section" if parent else "collection",
        parent_id=parent,
        help_center_id=next(iter(workspace.center_paths())),
        position=position,
        created_at=_seconds(group["created"]),
        updated_at=_seconds(group["updated"]),
        written=workspace.next_write(),
    )
    collections.write_labels(workspace, group["id"], group["text"])


def _write_article(workspace: Workspace, article: dict[str, Any], bodies: dict[tuple[str, str], str]) -> None:
    number, parent = article["id"], article.get("parent")
    workspace.insert(
        "articles",
        id=number,
        parent_kind=collections.kind_of(workspace, parent) if parent else None,
        parent_id=parent,
        created_at=_seconds(article["created"]),
        updated_at=_seconds(_updated(article)),
        written=workspace.next_write(),
    )
    for locale, text in article["text"].items():
        body = bodies[article["key"], locale]
        workspace.insert(
            "contents",
            article_id=number,
            locale=locale,
            title=text["title"],
            description=text.get("description", ""),
            body=articles.store_body(workspace, body, f"{number}|{locale}", locale, by_hand=True),
            author_id=text.get("author", article["author"]),
            state=text.get("state", "published"),
            created_at=_seconds(text.get("created", article["created"])),
            updated_at=_seconds(text["updated"]),
        )


def _updated(article: dict[str, Any]) -> datetime:
    """Return when the default locale was last edited; the article's own date is the same (facts: Articles)."""
    updated: datetime = article["text"][LOCALE]["updated"]
    return updated


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
