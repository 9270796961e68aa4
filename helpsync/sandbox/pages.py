"""What a reader sees: an index, collections and articles in every published locale, and pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from helpsync.locales import LOCALES
from helpsync.sandbox.document import document, shown_body
from helpsync.sandbox.forms import HOME, article_path
from helpsync.sandbox.groups import labels_of
from helpsync.sandbox.pictures import placeholder, stored_bytes
from helpsync.sandbox.pieces import attribute, escape
from helpsync.sandbox.workspace import page_path

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from starlette.types import Receive, Scope, Send

    from helpsync.sandbox.control import Sandbox
    from helpsync.sandbox.workspace import Workspace

_NUMBERED = re.compile(r"(\d{1,18})(?:-.*)?")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a reader is: the locale, the help center's id and the beginning of its paths."""

    workspace: Workspace
    locale: str
    center: int
    prefix: str

    @property
    def db(self) -> sqlite3.Connection:
        return self.workspace.db

    def path(self, kind: str, number: int, title: str, locale: str | None = None) -> str:
        return page_path(self.prefix, locale or self.locale, kind, number, title)


class Pages:
    """The readers' pages as an ASGI application: drafts do not exist there."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        if request.method in {"GET", "HEAD"}:
            with self.sandbox.reading() as workspace:
                response = self._answer(workspace, [part for part in request.scope["path"].split("/") if part])
        else:
            response = Response("Method Not Allowed", status_code=405, headers={"Allow": "GET, HEAD"})
        await response(scope, receive, send)

    def _answer(self, workspace: Workspace, parts: list[str]) -> Response:
        if parts[:1] == ["pictures"] and len(parts) == 2:
            return self._picture(workspace, parts[1])
        if parts[:2] == ["i", "o"]:
            return self._stored(workspace, "/" + "/".join(parts))
        centers = workspace.centers()
        center, prefix = next(iter(centers.items()))
        for number, path in centers.items():
            if path and parts[:1] == [path[1:]]:
                center, prefix, parts = number, path, parts[1:]
                break
        if not parts:
            return RedirectResponse(f"{prefix}/{self.sandbox.settings.default_locale}/")
        if parts[0] not in LOCALES:
            return _missing(_Place(workspace, self.sandbox.settings.default_locale, center, prefix))
        place = _Place(workspace, parts[0], center, prefix)
        if len(parts) == 1:
            return self._index(place)
        numbered = _NUMBERED.fullmatch(parts[2]) if len(parts) == 3 else None
        show: Callable[[_Place, int], Response | None] | None = {
            "articles": self._article,
            "collections": self._collection,
        }.get(parts[1])
        response = show(place, int(numbered[1])) if show and numbered else None
        return response or _missing(place)

    # Pages -----------------------------------------------------------------------------------------------------------

    def _index(self, place: _Place) -> Response:
        cards = []
        for row in place.db.execute(
            "SELECT id FROM groups WHERE kind = 'collection' AND help_center_id = ? ORDER BY position, id",
            (place.center,),
        ).fetchall():
            label = _label(place, row["id"])
            count = sum(len(_listed(place, number)) for number in (row["id"], *_sections(place, row["id"])))
            href = attribute("href", place.path("collections", row["id"], label["name"]))
            cards.append(
                f'<a class="card"{href}><h2>{escape(label["name"])}</h2><p>{escape(label["description"])}</p>'
                f'<p class="muted">{count} {"article" if count == 1 else "articles"}</p></a>'
            )
        content = f'<h1>Help Center</h1><div class="cards">{"".join(cards) or _NOTHING}</div>'
        locales = {row["locale"] for row in place.db.execute("SELECT DISTINCT locale FROM labels")}
        return _page(place, "Help Center", content, {code: f"{place.prefix}/{code}/" for code in locales})

    def _collection(self, place: _Place, number: int) -> Response | None:
        row = place.db.execute(
            "SELECT * FROM groups WHERE id = ? AND help_center_id = ?", (number, place.center)
        ).fetchone()
        if row is None:
            return None
        label = _label(place, number)
        content = [
            _trail(place, row["parent_id"]),
            f"<h1>{escape(label['name'])}</h1><p class='muted'>{escape(label['description'])}</p>",
            _links(place, _listed(place, number)),
        ]
        for section in _sections(place, number):
            name = escape(_label(place, section)["name"])
            content.append(f"<h2>{name}</h2>{_links(place, _listed(place, section))}")
        labels = labels_of(place.db, number)
        others = {code: place.path("collections", number, other["name"], code) for code, other in labels.items()}
        return _page(place, label["name"], "".join(content), others)

    def _article(self, place: _Place, number: int) -> Response | None:
        contents = {
            row["locale"]: row
            for row in place.db.execute(
                "SELECT * FROM contents WHERE article_id = ? AND state = 'published'", (number,)
            ).fetchall()
        }
        content = contents.get(place.locale)
        if content is None:
            return None
        parent = place.db.execute("SELECT parent_id FROM articles WHERE id = ?", (number,)).fetchone()["parent_id"]
        center = place.workspace.group_centers().get(parent)
        if center is not None and center != place.center:
            return None
        author = place.db.execute("SELECT name FROM admins WHERE id = ?", (content["author_id"],)).fetchone()
        edit = _edit(article_path(number, place.locale))
        article = (
            f"{_trail(place, parent)}<h1>{escape(content['title'])}</h1>"
            f'<p class="lead">{escape(content["description"])}</p>'
            f'<p class="muted">{escape(author["name"] if author else "")}{edit}</p>'
            f"<article>{shown_body(content['body'], self.sandbox.settings.origin)}</article>"
        )
        others = {code: place.path("articles", number, other["title"], code) for code, other in contents.items()}
        return _page(place, content["title"], article, others)

    @staticmethod
    def _picture(workspace: Workspace, name: str) -> Response:
        number = name.removesuffix(".svg")
        row = None
        if number.isascii() and number.isdecimal() and len(number) < 19:
            row = workspace.db.execute("SELECT * FROM pictures WHERE id = ?", (int(number),)).fetchone()
        if row is None:
            return Response("Not Found", status_code=404)
        return Response(placeholder(row["id"], row["name"], row["digest"]), media_type="image/svg+xml")

    @staticmethod
    def _stored(workspace: Workspace, path: str) -> Response:
        """Return a picture: bodies name it on another host of Intercom's, whose paths are answered here."""
        data = stored_bytes(workspace.db, workspace.id, path)
        if data is None:
            return Response("Not Found", status_code=404)
        return Response(data, media_type="image/png", headers={"X-Content-Type-Options": "nosniff"})


_NOTHING = '<p class="muted">Nothing here yet.</p>'


def _label(place: _Place, number: int) -> sqlite3.Row:
    """Return a group's label in the reader's locale, or else in the default one."""
    labels = labels_of(place.db, number)
    default = place.workspace.settings.default_locale
    return labels.get(place.locale) or labels.get(default) or next(iter(labels.values()))


def _sections(place: _Place, number: int) -> list[int]:
    rows = place.db.execute("SELECT id FROM groups WHERE parent_id = ? ORDER BY position, id", (number,))
    return [row["id"] for row in rows]


def _listed(place: _Place, parent: int) -> list[sqlite3.Row]:
    """Return the articles of a group that are published in the reader's locale."""
    return place.db.execute(
        "SELECT id, title, contents.description FROM articles JOIN contents ON article_id = id"
        " WHERE parent_id = ? AND locale = ? AND state = 'published' ORDER BY id",
        (parent, place.locale),
    ).fetchall()


def _links(place: _Place, rows: Iterable[sqlite3.Row]) -> str:
    entries = [
        f"<li><a{attribute('href', place.path('articles', row['id'], row['title']))}>{escape(row['title'])}</a>"
        f"<br><span class='muted'>{escape(row['description'])}</span></li>"
        for row in rows
    ]
    return f'<ul class="list">{"".join(entries)}</ul>' if entries else ""


def _trail(place: _Place, parent: int | None) -> str:
    """Return the way from the index to what is shown."""
    steps: list[str] = []
    while parent is not None:
        name = _label(place, parent)["name"]
        steps.insert(0, f"<a{attribute('href', place.path('collections', parent, name))}>{escape(name)}</a>")
        parent = place.db.execute("SELECT parent_id FROM groups WHERE id = ?", (parent,)).fetchone()["parent_id"]
    home = f"<a{attribute('href', f'{place.prefix}/{place.locale}/')}>Help Center</a>"
    return f'<nav class="trail">{" / ".join((home, *steps))}</nav>'


def _missing(place: _Place) -> Response:
    content = f"{_trail(place, None)}<h1>Page not found</h1><p>It may be a draft, or gone.</p>"
    return _page(place, "Page not found", content, {}, status=404)


def _edit(path: str) -> str:
    """Return the link to a form, where one plays the teammate."""
    return f' <a class="small" lang="en"{attribute("href", path)}>Edit</a>'


def _page(place: _Place, title: str, content: str, others: dict[str, str], *, status: int = 200) -> Response:
    """Return a whole page; `others` are the paths of the same page by locale, for the switcher."""
    switcher = "".join(
        f"<a lang={code!r}{attribute('href', path)}{' aria-current=true' if code == place.locale else ''}>"
        f"{LOCALES[code].name}</a> "
        for code, path in sorted(others.items())
    )
    footer = f'<footer class="locales">{switcher}{_edit(HOME)}</footer>'
    return document(place.locale, title, content, footer=footer, status=status)
