"""The readers' pages: an index, collections and articles in every published locale, and pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from helpsync.locales import LOCALES
from helpsync.sandbox.editor_pages import EDITOR_HOME, article_path
from helpsync.sandbox.html import (
    NOTHING,
    PAGE_HEADERS,
    attribute,
    document,
    escape,
    item_list,
    locale_link,
    shown_article,
    trail,
)
from helpsync.sandbox.items import contents_of, label_in, labels_of
from helpsync.sandbox.pictures import placeholder, stored_picture
from helpsync.sandbox.workspace import page_path

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from helpsync.sandbox.control import Sandbox
    from helpsync.sandbox.workspace import Workspace

_NUMBERED = re.compile(r"(\d{1,18})(?:-.*)?")


class ReaderPages:
    """The readers' pages as an ASGI application; they don't show drafts."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        if request.method in {"GET", "HEAD"}:
            with self.sandbox.reading() as workspace:
                response = _answer(workspace, [part for part in request.scope["path"].split("/") if part])
        else:
            response = Response("Method Not Allowed", status_code=405, headers={"Allow": "GET, HEAD"})
        await response(scope, receive, send)


def _answer(workspace: Workspace, parts: list[str]) -> Response:
    if parts[:1] == ["pictures"] and len(parts) == 2:
        return _file(placeholder(workspace, parts[1]), "image/svg+xml")
    if parts[:2] == ["i", "o"]:
        # Intercom serves pictures at another host, whose paths are answered here.
        return _file(stored_picture(workspace, "/" + "/".join(parts)), "image/png")
    default = workspace.settings.default_locale
    centers = workspace.center_paths()
    center, prefix = next(iter(centers.items()))
    for number, path in centers.items():
        if path and parts[:1] == [path[1:]]:
            center, prefix, parts = number, path, parts[1:]
            break
    if not parts:
        return RedirectResponse(f"{prefix}/{default}/")
    if parts[0] not in LOCALES:
        return _Reader(workspace, default, center, prefix).not_found()
    return _Reader(workspace, parts[0], center, prefix).answer(parts[1:])


def _file(content: bytes | str | None, media_type: str) -> Response:
    if content is None:
        return Response("Not Found", status_code=404)
    return Response(content, media_type=media_type, headers={"X-Content-Type-Options": "nosniff"})


@dataclass(frozen=True, slots=True)
class _Reader:
    """A reader in one locale of one help center, whose pages have paths that begin with `prefix`."""

    workspace: Workspace
    locale: str
    center: int
    prefix: str

    def answer(self, parts: list[str]) -> Response:
        """Return the page at a path below the locale's."""
        if not parts:
            return self.index()
        numbered = _NUMBERED.fullmatch(parts[1]) if len(parts) == 2 else None
        pages: dict[str, Callable[[int], Response | None]] = {"articles": self.article, "collections": self.collection}
        show = pages.get(parts[0])
        response = show(int(numbered[1])) if show and numbered else None
        return response or self.not_found()

    def index(self) -> Response:
        cards = []
        for row in self.workspace.rows(
            "SELECT id FROM groups WHERE kind = 'collection' AND help_center_id = ? ORDER BY position, id", self.center
        ):
            label = self.label(row["id"])
            count = sum(len(self.published_in(number)) for number in (row["id"], *self.sections(row["id"])))
            href = attribute("href", self.path("collections", row["id"], label["name"]))
            cards.append(
                f'<a class="card"{href}><h2>{escape(label["name"])}</h2><p>{escape(label["description"])}</p>'
                f'<p class="muted">{count} {"article" if count == 1 else "articles"}</p></a>'
            )
        content = f'<h1>Help Center</h1><div class="cards">{"".join(cards) or NOTHING}</div>'
        locales = {row["locale"] for row in self.workspace.rows("SELECT DISTINCT locale FROM labels")}
        return self.page("Help Center", content, {code: f"{self.prefix}/{code}/" for code in locales})

    def collection(self, number: int) -> Response | None:
        found = self.workspace.rows("SELECT * FROM groups WHERE id = ? AND help_center_id = ?", number, self.center)
        if not found:
            return None
        label = self.label(number)
        content = [
            self.trail(found[0]["parent_id"]),
            f"<h1>{escape(label['name'])}</h1><p class='muted'>{escape(label['description'])}</p>",
            self.links(number),
        ]
        content += [
            f"<h2>{escape(self.label(section)['name'])}</h2>{self.links(section)}" for section in self.sections(number)
        ]
        labels = labels_of(self.workspace, number)
        others = {code: self.path("collections", number, other["name"], code) for code, other in labels.items()}
        return self.page(label["name"], "".join(content), others)

    def article(self, number: int) -> Response | None:
        published = {
            locale: content
            for locale, content in contents_of(self.workspace, number).items()
            if content["state"] == "published"
        }
        content = published.get(self.locale)
        if content is None:
            return None
        parent = self.workspace.rows("SELECT parent_id FROM articles WHERE id = ?", number)[0]["parent_id"]
        if self.workspace.group_centers().get(parent, self.center) != self.center:
            return None
        authors = self.workspace.rows("SELECT name FROM admins WHERE id = ?", content["author_id"])
        author = escape(authors[0]["name"]) if authors else ""
        byline = f'<p class="muted">{author}{_edit_link(article_path(number, self.locale))}</p>'
        title, origin = content["title"], self.workspace.settings.origin
        shown = self.trail(parent) + shown_article(title, content["description"], content["body"], origin, byline)
        others = {code: self.path("articles", number, other["title"], code) for code, other in published.items()}
        return self.page(title, shown, others)

    def not_found(self) -> Response:
        content = f"{self.trail(None)}<h1>Page not found</h1><p>It may be a draft, or deleted.</p>"
        return self.page("Page not found", content, {}, status=404)

    def page(self, title: str, content: str, others: dict[str, str], *, status: int = 200) -> Response:
        """Return a whole page; `others` are the paths of the same page by locale, for the switcher."""
        switcher = "".join(
            f"{locale_link(code, path, current=code == self.locale)} " for code, path in sorted(others.items())
        )
        footer = f'<footer class="locales" lang="en">{switcher}{_edit_link(EDITOR_HOME)}</footer>'
        return HTMLResponse(document(self.locale, title, content, footer=footer), status, PAGE_HEADERS)

    def trail(self, parent: int | None) -> str:
        """Return links from the index to a page in a collection or section."""
        steps: list[tuple[str, str]] = []
        while parent is not None:
            name = self.label(parent)["name"]
            steps.insert(0, (self.path("collections", parent, name), name))
            parent = self.workspace.rows("SELECT parent_id FROM groups WHERE id = ?", parent)[0]["parent_id"]
        return trail((f"{self.prefix}/{self.locale}/", "Help Center"), *steps)

    def links(self, parent: int) -> str:
        """Return a list of the articles in a collection or section."""
        return item_list(
            f"<a{attribute('href', self.path('articles', row['id'], row['title']))}>{escape(row['title'])}</a>"
            f"<br><span class='muted'>{escape(row['description'])}</span>"
            for row in self.published_in(parent)
        )

    def published_in(self, parent: int) -> list[sqlite3.Row]:
        """Return the articles of a collection or section that are published in the reader's locale."""
        return self.workspace.rows(
            "SELECT id, title, contents.description FROM articles JOIN contents ON article_id = id"
            " WHERE parent_id = ? AND locale = ? AND state = 'published' ORDER BY id",
            parent,
            self.locale,
        )

    def sections(self, number: int) -> list[int]:
        rows = self.workspace.rows("SELECT id FROM groups WHERE parent_id = ? ORDER BY position, id", number)
        return [row["id"] for row in rows]

    def label(self, number: int) -> sqlite3.Row:
        """Return the label of a collection or section in the reader's locale, or else in the default one."""
        return label_in(labels_of(self.workspace, number), self.locale, self.workspace.settings.default_locale)

    def path(self, kind: str, number: int, title: str, locale: str | None = None) -> str:
        return page_path(self.prefix, locale or self.locale, kind, number, title)


def _edit_link(path: str) -> str:
    """Return the link to an edit form."""
    return f' <a class="small" lang="en"{attribute("href", path)}>Edit</a>'
