"""The sandbox as its owner sees it: what a teammate does in Intercom's editor, and what tests want to know."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from starlette.responses import Response

from helpsync.sandbox import articles, demo, groups
from helpsync.sandbox.churn import churned
from helpsync.sandbox.failures import not_found
from helpsync.sandbox.pace import Pace
from helpsync.sandbox.settings import OWN_ADMIN, Settings
from helpsync.sandbox.store import Store, next_write
from helpsync.sandbox.workspace import Workspace

if TYPE_CHECKING:
    import sqlite3

    from helpsync.sandbox.groups import GroupKind

Phase: TypeAlias = Literal["before", "after"]
Hook: TypeAlias = Callable[[str, str, Phase], Response | Awaitable[Response | None] | None]
"""Called with method, path and phase of a request to the API: its own reply is answered, what it raises is raised."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the API that was answered; kept when the settings say `record`."""

    method: str
    path: str
    payload: dict[str, Any] | None
    status: int


class Sandbox:
    """A workspace: its settings, its store, and what happened to it.

    `requests` counts those to the API by method and path; `calls` keeps them with `Settings.record`. `on_request`, if
    set, is called before and after each was handled.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.store)
        self.store.settle(settings)
        self.pace = Pace(settings.rate_limit, settings.clock)
        self.requests: Counter[tuple[str, str]] = Counter()
        self.calls: list[Call] = []
        self.on_request: Hook | None = None

    @property
    def workspace_id(self) -> str:
        """Return the workspace's id; it changes when the store is reset, by this process or another."""
        with self.reading() as workspace:
            return workspace.id

    def count(self, method: str | None = None) -> int:
        """Return how many requests the API got, of one method or in all."""
        return sum(times for (name, _), times in self.requests.items() if method in {None, name})

    def forget(self) -> None:
        """Forget the requests so far; the content stays."""
        self.requests.clear()
        self.calls.clear()

    def reset(self) -> None:
        """Empty the store: a new workspace with a new id, with the admins and help centers of the settings."""
        self.store.settle(self.settings, empty=True)
        self.forget()

    def fill_demo(self) -> bool:
        """Fill the empty store with the demo help center; return False, and do nothing, where it is there already.

        Raises ConfigError for a store that holds other content, or whose default locale is not the demo's.
        """
        with self.writing() as workspace:
            return demo.fill(workspace)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    @contextmanager
    def reading(self) -> Iterator[Workspace]:
        """Give the workspace in a transaction that reads."""
        with self.store.reading() as db:
            yield self._workspace(db)

    @contextmanager
    def writing(self) -> Iterator[Workspace]:
        """Give the workspace in a transaction that writes: all that is done with it happens, or nothing."""
        with self.store.writing() as db:
            yield self._workspace(db)

    def _workspace(self, db: sqlite3.Connection) -> Workspace:
        known = dict(db.execute("SELECT key, value FROM meta").fetchall())
        own = db.execute("SELECT id FROM admins WHERE given = ?", (OWN_ADMIN,)).fetchone()["id"]
        now = int(self.settings.clock())
        return Workspace(db, self.settings, str(known["workspace"]), now, int(own), int(known["created_at"]))

    # What a teammate does --------------------------------------------------------------------------------------------

    def article(self, number: int | str) -> dict[str, Any]:
        """Return an article as the API would; raises ApiError when it isn't there."""
        with self.reading() as workspace:
            return articles.reply(workspace, int(number))

    def articles(self) -> list[dict[str, Any]]:
        """Return all articles as the API would, the last updated first."""
        with self.reading() as workspace:
            return articles.page(workspace, -1, 0)[1]

    def groups(self, kind: groups.GroupKind) -> list[dict[str, Any]]:
        """Return all collections or sections as the API would, the last updated first."""
        with self.reading() as workspace:
            return groups.page(workspace, kind, -1, 0)[1]

    def create_article(
        self,
        title: str,
        *,
        description: str = "",
        body: str = "",
        state: str = "draft",
        author: int | str | None = None,
        group: int | str | None = None,
    ) -> str:
        """Write a new article as a teammate, in the default locale; return its id.

        `author` is an admin's id, address or name, the tokens' own for None; `group` a collection's or section's id.
        """
        locale = self.settings.default_locale
        with self.writing() as workspace:
            db, now = workspace.db, workspace.now
            kind = _group_kind(workspace, group)
            row = db.execute(
                "INSERT INTO articles (parent_kind, parent_id, created_at, updated_at, written)"
                " VALUES (?, ?, ?, ?, ?) RETURNING id",
                (kind, None if group is None else int(group), now, now, next_write(db)),
            ).fetchone()
            html = articles.store_body(workspace, body, f"{row['id']}|{locale}|", locale, by_hand=True)
            who = workspace.own_admin if author is None else _admin(workspace, author)
            db.execute(
                "INSERT INTO contents (article_id, locale, title, description, body, author_id, state, created_at,"
                " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (row["id"], locale, title, description, html, who, state, now, now),
            )
            return str(row["id"])

    def edit_article(
        self,
        number: int | str,
        locale: str | None = None,
        *,
        title: str | None = None,
        description: str | None = None,
        body: str | None = None,
        state: str | None = None,
        author: int | str | None = None,
    ) -> None:
        """Edit an existing locale of an article as a teammate; ids of headings hold, and the author unless named.

        `author` is an admin's id, address or name.
        """
        with self.writing() as workspace:
            old, locale = self._content(workspace, number, locale)
            written = next_write(workspace.db)
            if body is not None:
                body = articles.store_body(workspace, body, f"{number}|{locale}|{written}", locale, by_hand=True)
            workspace.db.execute(
                "UPDATE contents SET title = ?, description = ?, body = ?, state = ?, author_id = ?"
                " WHERE article_id = ? AND locale = ?",
                (
                    *(title or old["title"], old["description"] if description is None else description),
                    *(old["body"] if body is None else body, state or old["state"]),
                    *(old["author_id"] if author is None else _admin(workspace, author), int(number), locale),
                ),
            )
            self._touch(workspace, number, locale)

    def add_translation(
        self,
        number: int | str,
        locale: str,
        *,
        title: str,
        description: str = "",
        body: str = "",
        state: str = "published",
    ) -> None:
        """Translate an article into one more locale as a teammate."""
        with self.writing() as workspace:
            old, _ = self._content(workspace, number, None)
            html = articles.store_body(workspace, body, f"{number}|{locale}|", locale, by_hand=True)
            workspace.db.execute(
                "INSERT INTO contents (article_id, locale, title, description, body, author_id, state, created_at,"
                " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(int(number), locale, title, description, html, old["author_id"], state),
                    *(workspace.now, workspace.now),
                ),
            )

    def remove_translation(self, number: int | str, locale: str) -> None:
        """Remove one locale of an article as a teammate."""
        with self.writing() as workspace:
            self._content(workspace, number, locale)
            workspace.db.execute("DELETE FROM contents WHERE article_id = ? AND locale = ?", (int(number), locale))

    def move_article(self, number: int | str, group: int | str | None) -> None:
        """Put an article into another collection or section as a teammate, or out of all for None."""
        with self.writing() as workspace:
            self._content(workspace, number, None)
            workspace.db.execute(
                "UPDATE articles SET parent_kind = ?, parent_id = ? WHERE id = ?",
                (_group_kind(workspace, group), None if group is None else int(group), int(number)),
            )
            self._touch(workspace, number)

    def delete_article(self, number: int | str) -> None:
        """Delete an article as a teammate."""
        with self.writing() as workspace:
            articles.delete(workspace, int(number))

    def delete_group(self, kind: GroupKind, number: int | str) -> None:
        """Delete a collection or section as a teammate: what was in it stands alone from then on."""
        with self.writing() as workspace:
            groups.delete(workspace, kind, int(number))

    def move_section(self, number: int | str, collection: int | str) -> None:
        """Put a section into another collection as a teammate."""
        with self.writing() as workspace:
            workspace.db.execute(
                "UPDATE groups SET parent_id = ?, updated_at = ?, written = ? WHERE id = ? AND kind = 'section'",
                (int(collection), workspace.now, next_write(workspace.db), int(number)),
            )

    def edit_group(
        self, number: int | str, locale: str | None = None, *, name: str | None = None, description: str | None = None
    ) -> None:
        """Rename or describe a collection or section as a teammate; a locale that it lacks is added."""
        locale = locale or self.settings.default_locale
        with self.writing() as workspace:
            old = groups.labels_of(workspace.db, int(number))
            if not old:
                raise not_found()
            known = old.get(locale) or {"name": "", "description": ""}
            described = known["description"] if description is None else description
            workspace.db.execute(
                "INSERT OR REPLACE INTO labels (group_id, locale, name, description) VALUES (?, ?, ?, ?)",
                (
                    int(number),
                    locale,
                    name or known["name"],
                    described,
                ),
            )
            workspace.db.execute(
                "UPDATE groups SET updated_at = ?, written = ? WHERE id = ?",
                (workspace.now, next_write(workspace.db), int(number)),
            )

    def start_draft(self, number: int | str, locale: str | None = None, *, title: str | None = None) -> None:
        """Begin a pending draft of an article as a teammate: what the API writes to published locales waits in it."""
        with self.writing() as workspace:
            old, locale = self._content(workspace, number, locale)
            workspace.db.execute(
                "INSERT OR REPLACE INTO pending (article_id, locale, title, description, body) VALUES (?, ?, ?, ?, ?)",
                (int(number), locale, title or old["title"], old["description"], old["body"]),
            )

    def publish_draft(self, number: int | str) -> None:
        """Publish the pending draft of an article: what waits in it goes live in every locale it has."""
        with self.writing() as workspace:
            workspace.db.execute(
                "UPDATE contents SET (title, description, body) = (SELECT title, description, body FROM pending"
                " WHERE pending.article_id = contents.article_id AND pending.locale = contents.locale), updated_at = ?"
                " WHERE article_id = ? AND locale IN (SELECT locale FROM pending WHERE article_id = ?)",
                (workspace.now, int(number), int(number)),
            )
            workspace.db.execute(
                "UPDATE articles SET updated_at = ?, written = ? WHERE id = ?",
                (workspace.now, next_write(workspace.db), int(number)),
            )
            workspace.db.execute("DELETE FROM pending WHERE article_id = ?", (int(number),))

    def discard_draft(self, number: int | str) -> None:
        """Throw the pending draft of an article away."""
        with self.writing() as workspace:
            workspace.db.execute("DELETE FROM pending WHERE article_id = ?", (int(number),))

    def churn(self, seed: int) -> int:
        """Let a day pass: move bodies as Intercom does by itself; return how many moved.

        One in a hundred of them also moves its `updated_at` (facts: it stood still in 126 of 127).
        """
        moved = 0
        chance = random.Random(seed)  # noqa: S311  # repeatable choices, no secrets
        with self.writing() as workspace:
            rows = workspace.db.execute("SELECT article_id, locale, body FROM contents ORDER BY article_id, locale")
            for row in rows.fetchall():
                body = churned(row["body"], seed)
                if body != row["body"]:
                    moved += 1
                    workspace.db.execute(
                        "UPDATE contents SET body = ? WHERE article_id = ? AND locale = ?",
                        (body, row["article_id"], row["locale"]),
                    )
                    if chance.random() < 0.01:
                        self._touch(workspace, row["article_id"], row["locale"])
        return moved

    def _touch(self, workspace: Workspace, number: int | str, locale: str | None = None) -> None:
        """Move `updated_at` of a locale, and of the article with the default one's; of the article alone for None."""
        if locale is not None:
            workspace.db.execute(
                "UPDATE contents SET updated_at = ? WHERE article_id = ? AND locale = ?",
                (workspace.now, int(number), locale),
            )
        if locale in (None, self.settings.default_locale):
            workspace.db.execute(
                "UPDATE articles SET updated_at = ?, written = ? WHERE id = ?",
                (workspace.now, next_write(workspace.db), int(number)),
            )

    def _content(self, workspace: Workspace, number: int | str, locale: str | None) -> tuple[sqlite3.Row, str]:
        locale = locale or self.settings.default_locale
        row: sqlite3.Row | None = workspace.db.execute(
            "SELECT * FROM contents WHERE article_id = ? AND locale = ?", (int(number), locale)
        ).fetchone()
        if row is None:
            raise not_found()
        return row, locale


def _group_kind(workspace: Workspace, group: int | str | None) -> str | None:
    """Return whether this id is a collection's or a section's; raises ApiError where it is neither's."""
    if group is None:
        return None
    row = workspace.db.execute("SELECT kind FROM groups WHERE id = ?", (int(group),)).fetchone()
    if row is None:
        raise not_found()
    return str(row["kind"])


def _admin(workspace: Workspace, who: int | str) -> int:
    """Return the id of a teammate by id, address or name; raises ApiError for one that isn't there."""
    row = workspace.db.execute(
        "SELECT id FROM admins WHERE CAST(id AS TEXT) = ? OR email = ? OR name = ?", (str(who),) * 3
    ).fetchone()
    if row is None:
        raise not_found()
    return int(row["id"])
