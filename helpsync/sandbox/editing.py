"""The edit forms under `/edit/`: what a teammate does in Intercom's editor, for those who play the teammate.

Only pages of the sandbox itself may send them: other sites that a browser has open must not write here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from helpsync.locales import LOCALES
from helpsync.sandbox import forms
from helpsync.sandbox.document import document, shown_body
from helpsync.sandbox.failures import ApiError, not_found
from helpsync.sandbox.forms import Text
from helpsync.sandbox.groups import labels_of
from helpsync.sandbox.lines import in_one_line
from helpsync.sandbox.listing import choices_of, kind_of, parent_of, texts_of
from helpsync.sandbox.payload import STATES
from helpsync.sandbox.pieces import attribute, escape
from helpsync.sandbox.workspace import page_path

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from helpsync.sandbox.control import Sandbox

PREFIX = "edit"
MAX_BYTES = 16 * 1024 * 1024
"""How much one form may send: more than the largest body that anybody wrote."""

_MAX_FIELDS = 20
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Editing:
    """The edit forms as an ASGI application."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._default = sandbox.settings.default_locale
        self._locales = (self._default,) if sandbox.settings.monolingual else tuple(LOCALES)
        self._hosts = _LOOPBACK | {urlsplit(sandbox.settings.origin).hostname}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        parts = [part for part in request.scope["path"].split("/") if part][1:]
        try:
            self._admit(request)
            if request.method == "POST":
                response = self._post(parts, await _fields(request))
            elif request.method in {"GET", "HEAD"}:
                response = self._get(parts, request.query_params.get("locale"))
            else:
                response = Response("Method Not Allowed", status_code=405, headers={"Allow": "GET, HEAD, POST"})
        except ClientDisconnect:
            return
        except ApiError as error:
            response = _refusal(error)
        await response(scope, receive, send)

    def _admit(self, request: Request) -> None:
        """Raise ApiError for a request that another site may have sent, under its own name or under one of ours."""
        host = request.headers.get("host", "")
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            name = None
        if name not in self._hosts:
            raise ApiError(403, "forbidden", f"the forms are not at {host[:100] or 'an address without a name'}")
        if request.method != "POST":
            return
        origin = request.headers.get("origin")
        elsewhere = origin is not None and origin.lower() not in {f"http://{host.lower()}", f"https://{host.lower()}"}
        if elsewhere or request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise ApiError(403, "forbidden", "only the sandbox's own pages may send a form")

    def _get(self, parts: list[str], chosen: str | None) -> Response:
        match parts:
            case []:
                return self._index()
            case ["new"]:
                return self._new_page(Text(author=self._own_admin()))
            case ["articles" | "collections" as kind, number]:
                path = forms.article_path if kind == "articles" else forms.group_path
                return RedirectResponse(path(_number(number), self._locale(chosen or self._default)))
            case ["articles", number, locale]:
                return self._article_page(_number(number), self._locale(locale))
            case ["articles", number, locale, "page"]:
                return self._preview(_number(number), self._locale(locale))
            case ["collections", number, locale]:
                return self._group_page(_number(number), self._locale(locale))
        raise not_found()

    def _post(self, parts: list[str], fields: dict[str, str]) -> Response:
        match parts:
            case ["new"]:
                return self._create(fields)
            case ["articles", number, "delete"]:
                self.sandbox.delete_article(_number(number))
                return _see(forms.HOME)
            case ["articles", number, locale]:
                return self._save(_number(number), self._locale(locale), fields)
            case ["articles", number, locale, "remove"]:
                return self._remove(_number(number), self._locale(locale))
            case ["collections", number, locale]:
                return self._rename(_number(number), self._locale(locale), fields)
        raise not_found()

    def _locale(self, code: str) -> str:
        if code not in self._locales:
            raise not_found()
        return code

    # Articles --------------------------------------------------------------------------------------------------------

    def _new_page(self, text: Text, wrong: str = "") -> Response:
        with self.sandbox.reading() as workspace:
            form = forms.article_form(forms.NEW, self._default, text, choices_of(workspace), new=True)
        content = f"{forms.trail((forms.HOME, 'All articles'))}<h1>New article</h1>{forms.problem(wrong)}{form}"
        return _page("New article", content, wrong=wrong)

    def _create(self, fields: dict[str, str]) -> Response:
        sent = _sent(Text(author=self._own_admin()), fields)
        try:
            self._check(sent)
            number = self.sandbox.create_article(
                sent.title,
                description=sent.description,
                body=in_one_line(sent.body),
                state=sent.state,
                author=sent.author,
                group=sent.collection or None,
            )
        except ApiError as error:
            return self._new_page(sent, error.message)
        return _see(self._shown_at(int(number), self._default))

    def _article_page(self, number: int, locale: str, sent: Text | None = None, wrong: str = "") -> Response:
        path = forms.article_path(number, locale)
        with self.sandbox.reading() as workspace:
            texts = texts_of(workspace, number)
            text = texts.get(locale)
            choices = choices_of(workspace)
            parent = parent_of(workspace, number)
        shown = text or Text(collection=parent)
        main = texts.get(self._default) or next(iter(texts.values()))
        name = LOCALES[locale].name
        by = f'<p class="muted">{name}, by {escape(choices.admins.get(text.author, ""))}</p>' if text else ""
        steps = [(forms.HOME, "All articles")]
        if text:
            published = text.state == "published"
            steps.append(
                (self._shown_at(number, locale) if published else forms.preview_path(number, locale), "The page")
            )
        heading = f"Edit {_name(shown.title)}" if text else f"Translate {_name(main.title)} into {name}"
        others = {code: (forms.article_path(number, code), _state(other)) for code, other in texts.items()}
        content = (
            f"{forms.trail(*steps)}<h1>{heading}</h1>{by}{forms.problem(wrong)}"
            f"{forms.article_form(path, locale, sent or shown, choices)}{forms.locale_links(others, locale)}"
            f"{forms.locale_chooser(f'{forms.HOME}articles/{number}', set(self._locales) - set(texts))}"
            f"{forms.removal(number, locale, translation=text is not None and locale != self._default)}"
        )
        return _page(f"Edit: {shown.title or main.title}", content, wrong=wrong)

    def _preview(self, number: int, locale: str) -> Response:
        """Show one locale of an article as readers would see it, draft or not."""
        with self.sandbox.reading() as workspace:
            text = texts_of(workspace, number).get(locale)
        if text is None:
            raise not_found()
        back = forms.trail((forms.HOME, "All articles"), (forms.article_path(number, locale), "Edit"))
        seen = "" if text.state == "published" else '<p class="muted" lang="en">A draft: not visible to readers</p>'
        content = (
            f"{back}{seen}<h1>{escape(text.title)}</h1>"
            f'<p class="lead">{escape(text.description)}</p>'
            f"<article>{shown_body(text.body, self.sandbox.settings.origin)}</article>"
        )
        return document(locale, text.title, content, forms=True)

    def _save(self, number: int, locale: str, fields: dict[str, str]) -> Response:
        with self.sandbox.reading() as workspace:
            old = texts_of(workspace, number).get(locale)
            parent = parent_of(workspace, number)
        sent = _sent(old or Text(collection=parent), fields)
        try:
            self._check(sent)
            self._write(number, locale, old, sent)
            if sent.collection != parent:
                self.sandbox.move_article(number, sent.collection or None)
        except ApiError as error:
            return self._article_page(number, locale, sent, error.message)
        return _see(self._shown_at(number, locale))

    def _write(self, number: int, locale: str, old: Text | None, sent: Text) -> None:
        """Write what differs: saving a form in which nothing was changed is no edit."""
        body = in_one_line(sent.body)
        if old is None:
            self.sandbox.add_translation(
                number, locale, title=sent.title, description=sent.description, body=body, state=sent.state
            )
            return
        changes = {
            name: getattr(sent, name)
            for name in ("title", "description", "state")
            if getattr(sent, name) != getattr(old, name)
        }
        if body != in_one_line(old.body):
            changes["body"] = body
        if changes:
            self.sandbox.edit_article(number, locale, **changes)

    def _remove(self, number: int, locale: str) -> Response:
        if locale == self._default:
            name = LOCALES[locale].name
            raise ApiError(400, "bad_request", f"{name} is the default language; delete the article instead")
        self.sandbox.remove_translation(number, locale)
        return _see(f"{forms.HOME}articles/{number}")

    def _check(self, sent: Text) -> None:
        """Raise ApiError for what can't be saved."""
        if not sent.title.strip():
            raise ApiError(400, "bad_request", "a title is needed")
        if sent.state not in STATES:
            raise ApiError(400, "bad_request", f"the state is one of {', '.join(STATES)}")
        with self.sandbox.reading() as workspace:
            choices = choices_of(workspace)
        if sent.collection and sent.collection not in choices.collections:
            raise ApiError(400, "bad_request", "there is no such collection")
        if sent.author not in ("", *choices.admins):
            raise ApiError(400, "bad_request", "there is no such author")

    def _shown_at(self, number: int, locale: str) -> str:
        """Return where a text is seen: its page, or its form for one that is a draft."""
        with self.sandbox.reading() as workspace:
            text = texts_of(workspace, number)[locale]
            if text.state != "published":
                return forms.article_path(number, locale)
            centers = workspace.centers()
            center = workspace.group_centers().get(int(text.collection)) if text.collection else None
            return page_path(centers[center or next(iter(centers))], locale, "articles", number, text.title)

    def _own_admin(self) -> str:
        with self.sandbox.reading() as workspace:
            return str(workspace.own_admin)

    # Collections and sections ----------------------------------------------------------------------------------------

    def _group_page(
        self, number: int, locale: str, sent: tuple[str, str | None] | None = None, wrong: str = ""
    ) -> Response:
        with self.sandbox.reading() as workspace:
            labels, kind = labels_of(workspace.db, number), kind_of(workspace, number)
        label = labels.get(locale)
        main = labels.get(self._default) or next(iter(labels.values()))
        name, described = (label["name"], label["description"]) if label else ("", "")
        values = sent or (name, described if kind == "collection" else None)
        others = {code: (forms.group_path(number, code), "") for code in labels}
        content = (
            f"{forms.trail((forms.HOME, 'All articles'))}<h1>Rename {_name(main['name'])}</h1>"
            f'<p class="muted">A {kind}, in {LOCALES[locale].name}</p>{forms.problem(wrong)}'
            f"{forms.group_form(forms.group_path(number, locale), locale, *values)}"
            f"{forms.locale_links(others, locale)}"
            f"{forms.locale_chooser(f'{forms.HOME}collections/{number}', set(self._locales) - set(labels))}"
        )
        return _page(f"Rename: {main['name']}", content, wrong=wrong)

    def _rename(self, number: int, locale: str, fields: dict[str, str]) -> Response:
        with self.sandbox.reading() as workspace:
            label, kind = labels_of(workspace.db, number).get(locale), kind_of(workspace, number)
        name = fields.get("name", label["name"] if label else "")
        description = fields.get("description", label["description"] if label else "") if kind == "collection" else None
        if not name.strip():
            return self._group_page(number, locale, (name, description), "a name is needed")
        self.sandbox.edit_group(number, locale, name=name, description=description)
        return _see(forms.HOME)

    def _index(self) -> Response:
        with self.sandbox.reading() as workspace:
            groups = choices_of(workspace).collections
            listed: dict[str, list[str]] = {number: [] for number in groups}
            lost: list[str] = []
            for row in workspace.db.execute("SELECT id FROM articles ORDER BY id").fetchall():
                texts = texts_of(workspace, row["id"])
                listed.get(parent_of(workspace, row["id"]), lost).append(self._entry(row["id"], texts))
        new = f"<a{attribute('href', forms.NEW)}>New article</a>"
        content = [f"<h1>All articles</h1><p>What a teammate sees, drafts too. {new}</p>"]
        for number, name in groups.items():
            path = attribute("href", forms.group_path(int(number), self._default))
            rename = f'<a class="small"{path} aria-label="Rename {_quoted(name)}">Rename</a>'
            content.append(f"<h2>{escape(name)} {rename}</h2>{_list(listed[number])}")
        if lost:
            content.append(f"<h2>In no collection</h2>{_list(lost)}")
        return _page("All articles", forms.trail(("/", "Help Center")) + "".join(content))

    def _entry(self, number: int, texts: dict[str, Text]) -> str:
        title = (texts.get(self._default) or next(iter(texts.values()))).title
        links = ", ".join(
            f"<a{attribute('href', forms.article_path(number, code))}>{LOCALES[code].name}</a>"
            f"{f' ({said})' if (said := _state(text)) else ''}"
            for code, text in texts.items()
        )
        return f"<li>{escape(title)}<br><span class='muted'>{links}</span></li>"


async def _fields(request: Request) -> dict[str, str]:
    """Return what a form sent; raises ApiError for what no form sends."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise ApiError(400, "bad_request", "a form's fields were expected")
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BYTES:
            raise ApiError(413, "too_large", f"more than {MAX_BYTES // 1024 // 1024} MB were sent")
    try:
        return dict(
            parse_qsl(
                data.decode("ascii"),
                keep_blank_values=True,
                strict_parsing=bool(data),
                errors="strict",
                max_num_fields=_MAX_FIELDS,
            )
        )
    except ValueError:
        raise ApiError(400, "bad_request", "the form's fields can't be read") from None


def _sent(text: Text, fields: dict[str, str]) -> Text:
    """Return a text with what a form sent of it; what it did not send stays."""
    known = ("title", "description", "state", "body", "collection", "author")
    return replace(text, **{name: fields[name] for name in known if name in fields})


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise not_found()
    return int(text)


def _state(text: Text) -> str:
    return "" if text.state == "published" else text.state


def _list(entries: list[str]) -> str:
    return f'<ul class="list">{"".join(entries)}</ul>' if entries else '<p class="muted">Nothing here yet.</p>'


def _name(title: str) -> str:
    """Return a title of any direction within a line of English."""
    return f"“<bdi>{escape(title)}</bdi>”"


def _quoted(text: str) -> str:
    return escape(text).replace('"', "&quot;")


def _see(path: str) -> Response:
    return RedirectResponse(path, status_code=303)


def _page(title: str, content: str, *, wrong: str = "", status: int = 200) -> Response:
    return document("en", title, content, status=400 if wrong else status, forms=True)


def _refusal(error: ApiError) -> Response:
    message = "Page not found" if error.status == 404 else "That did not work"
    said = "" if error.status == 404 else forms.problem(error.message)
    content = f"{forms.trail((forms.HOME, 'All articles'))}<h1>{message}</h1>{said}"
    return _page(message, content, status=error.status)
