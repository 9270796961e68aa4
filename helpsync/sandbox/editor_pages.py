"""The edit forms under `/edit/`, in which people play the teammate who edits in Intercom.

Only pages of the sandbox may send them: another site that is open in the browser must not write here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from helpsync.locales import LOCALES
from helpsync.sandbox.html import (
    FORM_HEADERS,
    NOTHING,
    attribute,
    choice_field,
    document,
    escape,
    in_lines,
    in_one_line,
    item_list,
    locale_link,
    post_form,
    shown_article,
    text_field,
    trail,
)
from helpsync.sandbox.items import ARTICLES, contents_of, kind_of, label_in, labels_of
from helpsync.sandbox.payload import STATES, ApiError, not_found
from helpsync.sandbox.workspace import page_path

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from helpsync.sandbox.control import Sandbox
    from helpsync.sandbox.workspace import Workspace

EDITOR_PREFIX = "edit"
EDITOR_HOME = f"/{EDITOR_PREFIX}/"
NEW_ARTICLE = f"{EDITOR_HOME}new"
_ALL = (EDITOR_HOME, "All articles")
MAX_BYTES = 16 * 1024 * 1024
"""The size limit of a form: more than the largest body that anybody has written."""

_MAX_FIELDS = 20
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_BODY_HINT = (
    "HTML as Intercom stores it. A line break between two blocks is for reading only; "
    "an empty paragraph is a blank line."
)


@dataclass(frozen=True, slots=True)
class EditedText:
    """The fields of a form: one locale of an article, and the id of its collection or section ("" for none)."""

    title: str = ""
    description: str = ""
    state: str = "draft"
    body: str = ""
    collection: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """The names to choose from, by id: collections and sections, and admins."""

    collections: Mapping[str, str]
    admins: Mapping[str, str]


def edit_path(kind: Literal["articles", "collections"], number: int, *rest: str) -> str:
    """Return the path of the form for an article, or for a collection or section; `rest` begins with the locale."""
    return EDITOR_HOME + "/".join((kind, str(number), *rest))


def article_path(number: int, locale: str) -> str:
    """Return the path at which one locale of an article is edited."""
    return edit_path("articles", number, locale)


class EditorPages:
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
        """Raise ApiError for a request that another site may have sent, or one with a host name of another site."""
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
                return self._new_page(EditedText(author=self._own_admin()))
            case ["articles" | "collections" as kind, number]:
                return RedirectResponse(edit_path(kind, _number(number), self._locale(chosen or self._default)))
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
                return _see(EDITOR_HOME)
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

    def _new_page(self, text: EditedText, wrong: str = "") -> Response:
        with self.sandbox.reading() as workspace:
            form = _article_form(NEW_ARTICLE, self._default, text, _choices_of(workspace), new=True)
        return _page("New article", "New article", form, wrong=wrong)

    def _create(self, fields: dict[str, str]) -> Response:
        sent = _sent(EditedText(author=self._own_admin()), fields)
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

    def _article_page(self, number: int, locale: str, sent: EditedText | None = None, wrong: str = "") -> Response:
        with self.sandbox.reading() as workspace:
            texts, choices = _texts_of(workspace, number), _choices_of(workspace)
        text = texts.get(locale)
        main = texts.get(self._default) or next(iter(texts.values()))
        shown = text or EditedText(collection=main.collection)
        name = LOCALES[locale].name
        by, steps = "", []
        if text:
            by = f'<p class="muted">{name}, by {escape(choices.admins.get(text.author, ""))}</p>'
            published = text.state == "published"
            steps.append(
                (
                    self._shown_at(number, locale) if published else edit_path("articles", number, locale, "page"),
                    "The page",
                )
            )
        heading = f"Edit {_name(shown.title)}" if text else f"Translate {_name(main.title)} into {name}"
        others = {code: (article_path(number, code), _state(other)) for code, other in texts.items()}
        content = (
            f"{_article_form(article_path(number, locale), locale, sent or shown, choices)}"
            f"{self._languages(edit_path('articles', number), others, locale)}"
            f"{_removal(number, locale, translation=text is not None and locale != self._default)}"
        )
        return _page(f"Edit: {shown.title or main.title}", heading, content, *steps, about=by, wrong=wrong)

    def _preview(self, number: int, locale: str) -> Response:
        """Show one locale of an article as readers would see it, draft or not."""
        text = self._texts(number).get(locale)
        if text is None:
            raise not_found()
        seen = "" if text.state == "published" else '<p class="muted" lang="en">A draft: not visible to readers</p>'
        content = (
            f"{trail(_ALL, (article_path(number, locale), 'Edit'))}{seen}"
            f"{shown_article(text.title, text.description, text.body, self.sandbox.settings.origin)}"
        )
        return HTMLResponse(document(locale, text.title, content), headers=FORM_HEADERS)

    def _save(self, number: int, locale: str, fields: dict[str, str]) -> Response:
        texts = self._texts(number)
        parent = next(iter(texts.values())).collection
        old = texts.get(locale)
        sent = _sent(old or EditedText(collection=parent), fields)
        try:
            self._check(sent)
            self._write(number, locale, old, sent)
            if sent.collection != parent:
                self.sandbox.move_article(number, sent.collection or None)
        except ApiError as error:
            return self._article_page(number, locale, sent, error.message)
        return _see(self._shown_at(number, locale))

    def _write(self, number: int, locale: str, old: EditedText | None, sent: EditedText) -> None:
        """Write only what differs: to save a form without changes is not an edit."""
        texts = {"title": sent.title, "description": sent.description, "state": sent.state}
        texts["body"] = in_one_line(sent.body)
        if old is None:
            self.sandbox.add_translation(number, locale, **texts)
            return
        before = asdict(old) | {"body": in_one_line(old.body)}
        changes = {name: text for name, text in texts.items() if text != before[name]}
        if changes:
            self.sandbox.edit_article(number, locale, **changes)

    def _remove(self, number: int, locale: str) -> Response:
        if locale == self._default:
            raise _bad_request(f"{LOCALES[locale].name} is the default language; delete the article instead")
        self.sandbox.remove_translation(number, locale)
        return _see(edit_path("articles", number))

    def _check(self, sent: EditedText) -> None:
        """Raise ApiError for a text that can't be saved."""
        with self.sandbox.reading() as workspace:
            choices = _choices_of(workspace)
        if not sent.title.strip():
            raise _bad_request("a title is needed")
        if sent.state not in STATES:
            raise _bad_request(f"the state is one of {', '.join(STATES)}")
        if sent.collection not in ("", *choices.collections):
            raise _bad_request("there is no such collection")
        if sent.author not in ("", *choices.admins):
            raise _bad_request("there is no such author")

    def _texts(self, number: int) -> dict[str, EditedText]:
        with self.sandbox.reading() as workspace:
            return _texts_of(workspace, number)

    def _shown_at(self, number: int, locale: str) -> str:
        """Return the path at which to see a text: its page, or for a draft its form."""
        text = self._texts(number)[locale]
        if text.state != "published":
            return article_path(number, locale)
        with self.sandbox.reading() as workspace:
            centers, group_centers = workspace.center_paths(), workspace.group_centers()
        center = group_centers[int(text.collection)] if text.collection else next(iter(centers))
        return page_path(centers[center], locale, "articles", number, text.title)

    def _own_admin(self) -> str:
        with self.sandbox.reading() as workspace:
            return str(workspace.own_admin)

    # Collections and sections ----------------------------------------------------------------------------------------

    def _group(self, number: int, locale: str) -> tuple[str, dict[str, sqlite3.Row], dict[str, str]]:
        """Return the kind of a group, its labels, and the fields of its form; a section has no description."""
        with self.sandbox.reading() as workspace:
            kind, labels = kind_of(workspace, number), labels_of(workspace, number)
        names = ("name", "description") if kind == "collection" else ("name",)
        return kind, labels, {name: labels[locale][name] if locale in labels else "" for name in names}

    def _group_page(self, number: int, locale: str, sent: dict[str, str] | None = None, wrong: str = "") -> Response:
        kind, labels, fields = self._group(number, locale)
        name = label_in(labels, self._default)["name"]
        form = "".join(
            text_field(field, field.title(), text, locale, required=field == "name")
            for field, text in (sent or fields).items()
        )
        others = {code: (edit_path("collections", number, code), "") for code in labels}
        content = (
            f"{post_form(edit_path('collections', number, locale), form, 'Save')}"
            f"{self._languages(edit_path('collections', number), others, locale)}"
        )
        about = f'<p class="muted">A {kind}, in {LOCALES[locale].name}</p>'
        return _page(f"Rename: {name}", f"Rename {_name(name)}", content, about=about, wrong=wrong)

    def _rename(self, number: int, locale: str, fields: dict[str, str]) -> Response:
        _, _, old = self._group(number, locale)
        sent = {name: fields.get(name, text) for name, text in old.items()}
        if not sent["name"].strip():
            return self._group_page(number, locale, sent, "a name is needed")
        self.sandbox.edit_group(number, locale, **sent)
        return _see(EDITOR_HOME)

    def _index(self) -> Response:
        with self.sandbox.reading() as workspace:
            groups = _choices_of(workspace).collections
            listed: dict[str, list[str]] = {number: [] for number in (*groups, "")}
            for row in workspace.rows("SELECT id FROM articles ORDER BY id"):
                texts = _texts_of(workspace, row["id"])
                listed.get(next(iter(texts.values())).collection, listed[""]).append(self._entry(row["id"], texts))
        new = f"<a{attribute('href', NEW_ARTICLE)}>New article</a>"
        content = [f"<h1>All articles</h1><p>What a teammate sees, drafts too. {new}</p>"]
        for number, name in groups.items():
            path, label = (
                edit_path("collections", int(number), self._default),
                attribute("aria-label", f"Rename {name}"),
            )
            rename = f'<a class="small"{attribute("href", path)}{label}>Rename</a>'
            content.append(f"<h2>{escape(name)} {rename}</h2>{item_list(listed[number]) or NOTHING}")
        if listed[""]:
            content.append(f"<h2>In no collection</h2>{item_list(listed[''])}")
        shown = trail(("/", "Help Center")) + "".join(content)
        return HTMLResponse(document("en", "All articles", shown), headers=FORM_HEADERS)

    def _entry(self, number: int, texts: dict[str, EditedText]) -> str:
        title = (texts.get(self._default) or next(iter(texts.values()))).title
        links = ", ".join(
            locale_link(code, article_path(number, code), remark=_state(text)) for code, text in texts.items()
        )
        return f"{escape(title)}<br><span class='muted'>{links}</span>"

    def _languages(self, path: str, links: Mapping[str, tuple[str, str]], current: str) -> str:
        """Return links to the locales of an item, each a path and a remark, and a form to add one more."""
        shown = item_list(
            locale_link(code, link, remark=remark, current=code == current) for code, (link, remark) in links.items()
        )
        names = sorted((LOCALES[code].name, code) for code in self._locales if code not in links)
        if not names:
            return f"<h2>Languages</h2>{shown}"
        field = choice_field("locale", "Add a translation", {code: name for name, code in names}, "")
        add = f'<form class="edit" method="get"{attribute("action", path)}>{field}<button>Add</button></form>'
        return f"<h2>Languages</h2>{shown}{add}"


async def _fields(request: Request) -> dict[str, str]:
    """Return the fields that a form sent; raises ApiError for anything else."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise _bad_request("a form's fields were expected")
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
        raise _bad_request("the form's fields can't be read") from None


def _bad_request(message: str) -> ApiError:
    return ApiError(400, "bad_request", message)


def _sent(text: EditedText, fields: dict[str, str]) -> EditedText:
    """Return a text with the fields that a form sent; the others stay."""
    return replace(text, **{name: value for name, value in fields.items() if name in EditedText.__slots__})


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise not_found()
    return int(text)


def _state(text: EditedText) -> str:
    return "" if text.state == "published" else text.state


def _name(title: str) -> str:
    """Return a title of any direction within a line of English."""
    return f"“<bdi>{escape(title)}</bdi>”"


def _see(path: str) -> Response:
    return RedirectResponse(path, status_code=303)


def _page(
    title: str, heading: str, content: str, *steps: tuple[str, str], about: str = "", wrong: str = "", status: int = 200
) -> Response:
    """Return a page below the index; `wrong` says why nothing was saved, `steps` are more links of the trail."""
    problem = f'<p class="problem" role="alert">Nothing was saved: {escape(wrong)}.</p>' if wrong else ""
    shown = f"{trail(_ALL, *steps)}<h1>{heading}</h1>{about}{problem}{content}"
    return HTMLResponse(document("en", title, shown), 400 if wrong and status == 200 else status, FORM_HEADERS)


def _refusal(error: ApiError) -> Response:
    if error.status == 404:
        return _page("Page not found", "Page not found", "", status=404)
    return _page("That did not work", "That did not work", "", wrong=error.message, status=error.status)


# The parts of a form page -------------------------------------------------------------------------------------------


def _article_form(action: str, locale: str, text: EditedText, choices: Choices, *, new: bool = False) -> str:
    """Return the form for one locale of an article; the author can be chosen only for a `new` one."""
    fields = [
        text_field("title", "Title", text.title, locale, required=True),
        text_field("description", "Description", text.description, locale),
        choice_field("state", "State", {state: state for state in STATES}, text.state),
        choice_field("collection", "Collection or section", {"": "(none)", **choices.collections}, text.collection),
    ]
    if new:
        fields.append(choice_field("author", "Author", choices.admins, text.author))
    # Tags read from left to right around text of any script. The parser drops the first line break of a text area.
    fields.append(
        f'<label for="body">Text</label><p class="muted" id="body-hint">{_BODY_HINT}</p>'
        f'<textarea id="body" name="body" rows="22" aria-describedby="body-hint" lang="{locale}" dir="ltr">\n'
        f"{escape(in_lines(text.body))}</textarea>"
    )
    return post_form(action, "".join(fields), "Save")


def _removal(number: int, locale: str, *, translation: bool) -> str:
    """Return the forms that remove one translation, and the whole article."""
    one = post_form(edit_path("articles", number, locale, "remove"), "", f"Remove the {LOCALES[locale].name} text")
    whole = post_form(edit_path("articles", number, "delete"), "", "Delete the article in all languages")
    return f"<details><summary>Remove or delete</summary>{one if translation else ''}{whole}</details>"


def _texts_of(workspace: Workspace, number: int) -> dict[str, EditedText]:
    """Return the texts of an article by locale; raises ApiError if it doesn't exist."""
    parent = ARTICLES.row(workspace, number)["parent_id"]
    return {
        locale: EditedText(
            **{name: content[name] for name in ("title", "description", "state", "body")},
            collection="" if parent is None else str(parent),
            author=str(content["author_id"]),
        )
        for locale, content in contents_of(workspace, number).items()
    }


def _choices_of(workspace: Workspace) -> Choices:
    """Return the collections in their order, each followed by its sections, and the admins."""
    rows = workspace.rows("SELECT id, parent_id FROM groups ORDER BY position, id")
    default = workspace.settings.default_locale
    names = {row["id"]: label_in(labels_of(workspace, row["id"]), default)["name"] for row in rows}
    collections: dict[str, str] = {}
    for row in rows:
        if row["parent_id"] is None:
            collections[str(row["id"])] = names[row["id"]]
            for inner in rows:
                if inner["parent_id"] == row["id"]:
                    collections[str(inner["id"])] = f"{names[row['id']]} / {names[inner['id']]}"
    admins = workspace.rows("SELECT id, name FROM admins ORDER BY id")
    return Choices(collections, {str(row["id"]): row["name"] for row in admins})
