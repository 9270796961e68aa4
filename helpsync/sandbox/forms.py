"""The HTML of the edit forms: plain fields with their labels, nothing that needs a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.locales import LOCALES
from helpsync.sandbox.lines import in_lines
from helpsync.sandbox.payload import STATES
from helpsync.sandbox.pieces import attribute, escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOME = "/edit/"
NEW = f"{HOME}new"
_BODY_HINT = (
    "HTML as Intercom stores it. A line break between two blocks is for reading only; "
    "an empty paragraph is a blank line."
)


@dataclass(frozen=True, slots=True)
class Text:
    """What a form shows and takes in: one locale of an article, and the collection or section it is in ("": none)."""

    title: str = ""
    description: str = ""
    state: str = "draft"
    body: str = ""
    collection: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen: collections and sections by id, and admins by id."""

    collections: Mapping[str, str]
    admins: Mapping[str, str]


def article_path(number: int, locale: str) -> str:
    """Return where one locale of an article is edited."""
    return f"{HOME}articles/{number}/{locale}"


def preview_path(number: int, locale: str) -> str:
    """Return where one locale of an article is seen as readers would see it, draft or not."""
    return f"{article_path(number, locale)}/page"


def group_path(number: int, locale: str) -> str:
    """Return where the name of a collection or section is edited in one locale."""
    return f"{HOME}collections/{number}/{locale}"


def article_form(action: str, locale: str, text: Text, choices: Choices, *, new: bool = False) -> str:
    """Return the form for one locale of an article; the author is chosen for a `new` one only."""
    kind = LOCALES[locale]
    written = f' lang="{kind.code}" dir="{kind.direction}"'
    fields = [
        _input("title", "Title", text.title, f"{written} required"),
        _input("description", "Description", text.description, written),
        _select("state", "State", {state: state for state in STATES}, text.state),
        _select("collection", "Collection or section", {"": "(none)", **choices.collections}, text.collection),
    ]
    if new:
        fields.append(_select("author", "Author", choices.admins, text.author))
    # Tags read from left to right around text of any script. The parser drops the first line break of a text area.
    fields.append(
        f'<label for="body">Text</label><p class="muted" id="body-hint">{_BODY_HINT}</p>'
        f'<textarea id="body" name="body" rows="22" aria-describedby="body-hint" lang="{kind.code}" dir="ltr">\n'
        f"{escape(in_lines(text.body))}</textarea>"
    )
    return _post(action, "".join(fields), "Save")


def group_form(action: str, locale: str, name: str, description: str | None) -> str:
    """Return the form for a name in one locale; a section has no description, which is None then."""
    kind = LOCALES[locale]
    written = f' lang="{kind.code}" dir="{kind.direction}"'
    described = "" if description is None else _input("description", "Description", description, written)
    return _post(action, _input("name", "Name", name, f"{written} required") + described, "Save")


def locale_links(links: Mapping[str, tuple[str, str]], current: str) -> str:
    """Return links to the same thing in other locales; each has its path and what is to be said of it, if anything."""
    shown = "".join(
        f"<li><a{attribute('href', path)}{' aria-current=true' if code == current else ''}>{LOCALES[code].name}</a>"
        f"{f' ({escape(said)})' if said else ''}</li>"
        for code, (path, said) in links.items()
    )
    return f'<h2>Languages</h2><ul class="list">{shown}</ul>'


def locale_chooser(action: str, missing: Iterable[str]) -> str:
    """Return the form that leads to one more locale; nothing where there is none."""
    names = {code: LOCALES[code].name for code in missing}
    if not names:
        return ""
    fields = _select("locale", "Add a translation", dict(sorted(names.items(), key=lambda item: item[1])), "")
    return f'<form class="edit" method="get"{attribute("action", action)}>{fields}<button>Add</button></form>'


def removal(number: int, locale: str, *, translation: bool) -> str:
    """Return the forms that take away one translation, and the whole article."""
    one = _post(f"{article_path(number, locale)}/remove", "", f"Remove the {LOCALES[locale].name} text")
    whole = _post(f"{HOME}articles/{number}/delete", "", "Delete the article in all languages")
    return f"<details><summary>Remove or delete</summary>{one if translation else ''}{whole}</details>"


def trail(*steps: tuple[str, str]) -> str:
    """Return the way back: paths with their names."""
    links = " / ".join(f"<a{attribute('href', path)}>{escape(name)}</a>" for path, name in steps)
    return f'<nav class="trail">{links}</nav>'


def problem(message: str) -> str:
    """Return what is wrong with what was sent; nothing for nothing."""
    return f'<p class="problem" role="alert">Nothing was saved: {escape(message)}.</p>' if message else ""


def _post(action: str, fields: str, button: str) -> str:
    shown = escape(button)
    return f'<form class="edit" method="post"{attribute("action", action)}>{fields}<button>{shown}</button></form>'


def _input(name: str, label: str, value: str, more: str) -> str:
    return f'<label for="{name}">{label}</label><input id="{name}" name="{name}"{attribute("value", value)}{more}>'


def _select(name: str, label: str, options: Mapping[str, str], chosen: str) -> str:
    shown = "".join(
        f"<option{attribute('value', value)}{' selected' if value == chosen else ''}>{escape(text)}</option>"
        for value, text in options.items()
    )
    return f'<label for="{name}">{label}</label><select id="{name}" name="{name}">{shown}</select>'
