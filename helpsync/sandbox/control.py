"""The sandbox for programs: a teammate's edits, and questions that tests ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from helpsync.sandbox import demo
from helpsync.sandbox.items import (
    ARTICLES,
    GROUPS,
    contents_of,
    kind_of,
    save_draft,
    store_body,
    write_labels,
)
from helpsync.sandbox.payload import not_found
from helpsync.sandbox.workspace import Store

if TYPE_CHECKING:
    from starlette.responses import Response

    from helpsync.sandbox.items import CollectionKind, Items
    from helpsync.sandbox.settings import SandboxSettings
    from helpsync.sandbox.workspace import Workspace

Phase: TypeAlias = Literal["before", "after"]
Hook: TypeAlias = Callable[[str, str, Phase], "Response | Awaitable[Response | None] | None"]
"""Called with method, path and phase of a request to the API; a reply that it returns is sent instead."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the API and the status of its reply."""

    method: str
    path: str
    payload: dict[str, Any] | None
    status: int


class Sandbox(Store):
    """A workspace, with what a teammate does there in Intercom's editor, and the requests to its API so far.

    `requests` counts the requests by method and path. `calls` has them all if the settings say `record`. `on_request`,
    if set, is called before and after each request is handled.

    Methods that name an article, a collection or a section take its id as a number or as text, and raise ApiError if
    it doesn't exist. An `author` is an admin's id, address or name. A `locale` of None is the default one.
    """

    def __init__(self, settings: SandboxSettings) -> None:
        super().__init__(settings)
        self.requests: Counter[tuple[str, str]] = Counter()
        self.calls: list[Call] = []
        self.on_request: Hook | None = None

    @property
    def workspace_id(self) -> str:
        """Return the workspace's id; it changes when the store is reset, by this process or another."""
        with self.reading() as workspace:
            return workspace.id

    def count(self, method: str | None = None) -> int:
        """Return the number of requests to the API, of one method or of all."""
        return sum(times for (name, _), times in self.requests.items() if method in {None, name})

    def forget(self) -> None:
        """Forget the requests so far; the content stays."""
        self.requests.clear()
        self.calls.clear()

    def reset(self) -> None:
        """Empty the store, and forget the requests so far."""
        super().reset()
        self.forget()

    def fill_demo(self) -> bool:
        """Fill the empty store with the demo help center; return False if the demo is there already.

        Raises ConfigError for a store with other content, or with another default locale than the demo's.
        """
        with self.writing() as workspace:
            return demo.fill(workspace)

    def article(self, number: int | str) -> dict[str, Any]:
        """Return an article as the API shows it."""
        with self.reading() as workspace:
            return ARTICLES.get(workspace, int(number))

    def articles(self) -> list[dict[str, Any]]:
        """Return all articles as the API lists them, the last updated first."""
        return self._all(ARTICLES)

    def groups(self, kind: CollectionKind) -> list[dict[str, Any]]:
        """Return all collections or sections as the API lists them, the last updated first."""
        return self._all(GROUPS[kind])

    def _all(self, items: Items) -> list[dict[str, Any]]:
        with self.reading() as workspace:
            return items.page(workspace, -1, 0)[1]

    # What a teammate does --------------------------------------------------------------------------------------------

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
        """Create an article in the default locale; return its id.

        `author` is the token's own admin by default. `group` is a collection or section.
        """
        with self.writing() as workspace:
            number = workspace.insert_item("articles", **_parent(workspace, group))
            content = {"title": title, "description": description, "body": body, "state": state}
            author_id = workspace.own_admin if author is None else _admin(workspace, author)
            _add_content(workspace, number, self.settings.default_locale, author_id, content)
            return str(number)

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
        """Edit an existing locale of an article; ids of headings don't change, nor does a field that is None."""
        with self.writing() as workspace:
            content = self._content(workspace, number, locale)
            write = f"{number}|{content['locale']}|{workspace.next_write()}"
            changes = {"title": title or None, "description": description, "state": state or None}
            if body is not None:
                changes["body"] = store_body(workspace, body, write, content["locale"], by_hand=True)
            content |= {field: value for field, value in changes.items() if value is not None}
            if author is not None:
                content["author_id"] = _admin(workspace, author)
            self._save(workspace, content)

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
        """Translate an article into one more locale."""
        with self.writing() as workspace:
            content = {"title": title, "description": description, "body": body, "state": state}
            author_id = self._content(workspace, number, None)["author_id"]
            _add_content(workspace, int(number), locale, author_id, content)

    def remove_translation(self, number: int | str, locale: str) -> None:
        """Remove one locale of an article."""
        with self.writing() as workspace:
            self._content(workspace, number, locale)
            workspace.db.execute("DELETE FROM contents WHERE article_id = ? AND locale = ?", (int(number), locale))

    def move_article(self, number: int | str, group: int | str | None) -> None:
        """Move an article into another collection or section, or out of all for None."""
        with self.writing() as workspace:
            self._content(workspace, number, None)
            workspace.db.execute(
                "UPDATE articles SET parent_kind = :parent_kind, parent_id = :parent_id WHERE id = :id",
                _parent(workspace, group) | {"id": int(number)},
            )
            workspace.touch("articles", int(number))

    def delete_article(self, number: int | str) -> None:
        """Delete an article."""
        with self.writing() as workspace:
            ARTICLES.delete(workspace, int(number))

    def delete_group(self, kind: CollectionKind, number: int | str) -> None:
        """Delete a collection or section; its content stays, outside of all collections."""
        with self.writing() as workspace:
            GROUPS[kind].delete(workspace, int(number))

    def move_section(self, number: int | str, collection: int | str) -> None:
        """Move a section into another collection."""
        with self.writing() as workspace:
            workspace.db.execute(
                "UPDATE groups SET parent_id = ? WHERE id = ? AND kind = 'section'", (int(collection), int(number))
            )
            workspace.touch("groups", int(number))

    def edit_group(
        self, number: int | str, locale: str | None = None, *, name: str | None = None, description: str | None = None
    ) -> None:
        """Change the name or description of a collection or section; a locale that it lacks is added."""
        named = {"name": name or None, "description": description}
        label = {key: text for key, text in named.items() if text is not None}
        with self.writing() as workspace:
            kind_of(workspace, int(number))
            write_labels(workspace, int(number), {locale or self.settings.default_locale: label})
            workspace.touch("groups", int(number))

    def start_draft(self, number: int | str, locale: str | None = None, *, title: str | None = None) -> None:
        """Start a pending draft of an article: texts that the API writes to published locales go into it."""
        with self.writing() as workspace:
            save_draft(workspace, self._content(workspace, number, locale), {"title": title} if title else {})

    def publish_draft(self, number: int | str) -> None:
        """Publish the pending draft of an article, in every locale."""
        with self.writing() as workspace:
            workspace.db.execute(
                "UPDATE contents SET (title, description, body) = (SELECT title, description, body FROM pending"
                " WHERE pending.article_id = contents.article_id AND pending.locale = contents.locale), updated_at = ?"
                " WHERE article_id = ? AND locale IN (SELECT locale FROM pending WHERE article_id = ?)",
                (workspace.now, int(number), int(number)),
            )
            workspace.touch("articles", int(number))
            workspace.db.execute("DELETE FROM pending WHERE article_id = ?", (int(number),))

    def discard_draft(self, number: int | str) -> None:
        """Discard the pending draft of an article."""
        with self.writing() as workspace:
            workspace.db.execute("DELETE FROM pending WHERE article_id = ?", (int(number),))

    def _save(self, workspace: Workspace, content: dict[str, Any]) -> None:
        """Save the content of a locale as updated now, and for the default locale the article too."""
        workspace.save("contents", **content | {"updated_at": workspace.now})
        if content["locale"] == self.settings.default_locale:
            workspace.touch("articles", content["article_id"])

    def _content(self, workspace: Workspace, number: int | str, locale: str | None) -> dict[str, Any]:
        content = contents_of(workspace, int(number)).get(locale or self.settings.default_locale)
        if content is None:
            raise not_found()
        return content


def fill_demo(settings: SandboxSettings) -> bool:
    """Fill the empty store of a sandbox with the demo; see `Sandbox.fill_demo`."""
    with closing(Sandbox(settings)) as sandbox:
        return sandbox.fill_demo()


def _add_content(workspace: Workspace, number: int, locale: str, author_id: int, content: dict[str, str]) -> None:
    body = store_body(workspace, content["body"], f"{number}|{locale}|", locale, by_hand=True)
    columns = {"author_id": author_id, "created_at": workspace.now, "updated_at": workspace.now}
    workspace.insert("contents", article_id=number, locale=locale, **content | {"body": body} | columns)


def _parent(workspace: Workspace, group: int | str | None) -> dict[str, Any]:
    """Return the columns of an article that say in which collection or section it is."""
    if group is None:
        return {"parent_kind": None, "parent_id": None}
    return {"parent_kind": kind_of(workspace, int(group)), "parent_id": int(group)}


def _admin(workspace: Workspace, who: int | str) -> int:
    """Return the id of an admin by id, address or name; raises ApiError if there is none."""
    row = workspace.row("SELECT id FROM admins WHERE ? IN (CAST(id AS TEXT), email, name)", str(who))
    if row is None:
        raise not_found()
    return int(row["id"])
