"""The sandbox as its owner sees it: what a teammate does in Intercom's editor, and what tests want to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from starlette.responses import Response

from helpsync.sandbox import articles, groups
from helpsync.sandbox.failures import not_found
from helpsync.sandbox.pace import Pace
from helpsync.sandbox.pictures import resized
from helpsync.sandbox.settings import OWN_ADMIN, Settings
from helpsync.sandbox.store import Store, next_write
from helpsync.sandbox.workspace import Workspace

if TYPE_CHECKING:
    import sqlite3

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

    def edit_article(
        self,
        number: int | str,
        locale: str | None = None,
        *,
        title: str | None = None,
        description: str | None = None,
        body: str | None = None,
        state: str | None = None,
    ) -> None:
        """Edit an existing locale of an article as a teammate; ids of headings hold, the author stays."""
        with self.writing() as workspace:
            old, locale = self._content(workspace, number, locale)
            written = next_write(workspace.db)
            if body is not None:
                body = articles.store_body(workspace, body, f"{number}|{locale}|{written}", locale, by_hand=True)
            workspace.db.execute(
                "UPDATE contents SET title = ?, description = ?, body = ?, state = ?, updated_at = ?"
                " WHERE article_id = ? AND locale = ?",
                (
                    *(title or old["title"], old["description"] if description is None else description),
                    *(old["body"] if body is None else body, state or old["state"], workspace.now),
                    *(int(number), locale),
                ),
            )
            if locale == self.settings.default_locale:
                workspace.db.execute(
                    "UPDATE articles SET updated_at = ?, written = ? WHERE id = ?",
                    (workspace.now, written, int(number)),
                )

    def edit_group(self, number: int | str, locale: str | None = None, *, name: str) -> None:
        """Rename a collection or section as a teammate."""
        with self.writing() as workspace:
            done = workspace.db.execute(
                "UPDATE labels SET name = ? WHERE group_id = ? AND locale = ?",
                (name, int(number), locale or self.settings.default_locale),
            )
            if not done.rowcount:
                raise not_found()
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
        """Give pictures sizes as Intercom does by itself, without moving `updated_at`; return how many bodies moved."""
        moved = 0
        with self.writing() as workspace:
            rows = workspace.db.execute(
                "SELECT article_id, locale, body FROM contents WHERE body LIKE '%<img%' ORDER BY article_id, locale"
            )
            for row in rows.fetchall():
                body = resized(row["body"], seed)
                if body != row["body"]:
                    moved += 1
                    workspace.db.execute(
                        "UPDATE contents SET body = ? WHERE article_id = ? AND locale = ?",
                        (body, row["article_id"], row["locale"]),
                    )
        return moved

    def _content(self, workspace: Workspace, number: int | str, locale: str | None) -> tuple[sqlite3.Row, str]:
        locale = locale or self.settings.default_locale
        row: sqlite3.Row | None = workspace.db.execute(
            "SELECT * FROM contents WHERE article_id = ? AND locale = ?", (int(number), locale)
        ).fetchone()
        if row is None:
            raise not_found()
        return row, locale
