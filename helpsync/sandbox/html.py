"""The parts of pages: escaping, stored bodies as people see and edit them, fields of forms, and whole documents.

A page loads nothing from other hosts and runs no scripts.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from helpsync.locales import LOCALES
from helpsync.sandbox.settings import DEFAULT_ORIGIN, PICTURE_HOST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'"
PAGE_HEADERS = {"Content-Security-Policy": f"{_POLICY}; form-action 'none'"}
"""The headers of a page without forms."""
FORM_HEADERS = {
    "Content-Security-Policy": f"{_POLICY}; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""The headers of a page with forms: it may send them only to the sandbox, and no other page may embed it."""

NOTHING = '<p class="muted">Nothing here yet.</p>'

_PICTURE = re.compile(rf'<img src="{re.escape(PICTURE_HOST)}i/o/[^/"]+/(\d+)/[^"]*"')
_NEW_TAB = re.compile(r'(<a href="/[^"]*") target="_blank"')
_VIDEO = re.compile(r'<iframe src="([^"]*)"[^>]*></iframe>')

_BLOCK_TAGS = "p|h[1-6]|ul|ol|li|div|table|tbody|tr|td|details|summary|hr|pre"
# Code is skipped as a whole. It can't contain other code, and the possessive `*+` doesn't backtrack, so unclosed code
# and endless blank lines are read only once.
_CODE = r"<pre\b(?:(?!<pre\b).)*?</pre>"
_TAG = rf"</?(?:{_BLOCK_TAGS})\b[^<>]*>"
_BREAK = re.compile(rf"({_CODE}|{_TAG})[^\S\n]*+\n\s*+(?=</?(?:{_BLOCK_TAGS})\b)", re.DOTALL)
_TOUCHING = re.compile(rf"({_CODE}|</(?:{_BLOCK_TAGS})>|<hr>)(?=<(?:{_BLOCK_TAGS})\b)", re.DOTALL)


def escape(text: str) -> str:
    """Return text with the only three entities that stored bodies have."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(name: str, value: str | None) -> str:
    """Return an attribute with a space before it; only in attributes are double quotes escaped."""
    return f' {name}="{escape(value or "").replace(chr(34), "&quot;")}"'


def document(locale: str, title: str, content: str, *, footer: str = "") -> str:
    """Return a whole page in the direction of a locale; `content` and `footer` are HTML, `title` is text."""
    kind = LOCALES[locale]
    return (
        f'<!doctype html><html lang="{kind.code}" dir="{kind.direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{_style()}</style></head><body><main>{content}</main>{footer}</body></html>"
    )


def trail(*steps: tuple[str, str]) -> str:
    """Return links from the start to the page, each step a path and its name."""
    links = " / ".join(f"<a{attribute('href', path)}>{escape(name)}</a>" for path, name in steps)
    return f'<nav class="trail">{links}</nav>'


def shown_body(body: str, origin: str) -> str:
    """Return a stored body as a page shows it: own links lead to this server, pictures and videos are placeholders."""
    own = "|".join(re.escape(name) for name in sorted({origin, DEFAULT_ORIGIN}))
    body = _NEW_TAB.sub(r"\1", re.sub(f'(<a [^>]*?href=")(?:{own})(?=[/"])', r"\1", body))
    body = _PICTURE.sub(r'<img src="/pictures/\1.svg"', body)
    return _VIDEO.sub(r'<a class="video" href="\1" target="_blank" rel="noreferrer"><span>\1</span></a>', body)


def shown_article(title: str, description: str, body: str, origin: str, byline: str = "") -> str:
    """Return one locale of an article as its page shows it; `byline` is HTML."""
    return (
        f'<h1>{escape(title)}</h1><p class="lead">{escape(description)}</p>{byline}'
        f"<article>{shown_body(body, origin)}</article>"
    )


def item_list(entries: Iterable[str]) -> str:
    """Return a list of entries, which are HTML; an empty text without entries."""
    items = "".join(f"<li>{entry}</li>" for entry in entries)
    return f'<ul class="list">{items}</ul>' if items else ""


def locale_link(locale: str, path: str, *, remark: str = "", current: bool = False) -> str:
    """Return a link with the English name of a locale, and a remark after it."""
    marked = " aria-current=true" if current else ""
    return f"<a{attribute('href', path)}{marked}>{LOCALES[locale].name}</a>{f' ({remark})' if remark else ''}"


def in_lines(body: str) -> str:
    """Return a stored body with a line break between blocks, for people to edit; the stored one has none."""
    return _TOUCHING.sub(r"\1\n", body)


def in_one_line(text: str) -> str:
    """Return the body from which `in_lines` made the text: it removes line breaks between blocks, but not in code.

    A blank line of the body is an empty paragraph in both. Browsers end the lines of a form with CRLF.
    """
    return _BREAK.sub(r"\1", text.replace("\r\n", "\n").strip())


def post_form(action: str, fields: str, button: str) -> str:
    """Return a form that is sent with POST; `fields` is HTML."""
    shown = escape(button)
    return f'<form class="edit" method="post"{attribute("action", action)}>{fields}<button>{shown}</button></form>'


def text_field(name: str, label: str, value: str, locale: str, *, required: bool = False) -> str:
    """Return a field for one line of text in a locale, with its label."""
    kind = LOCALES[locale]
    return (
        f'<label for="{name}">{label}</label><input id="{name}" name="{name}"{attribute("value", value)}'
        f' lang="{kind.code}" dir="{kind.direction}"{" required" if required else ""}>'
    )


def choice_field(name: str, label: str, options: Mapping[str, str], chosen: str) -> str:
    """Return a field to choose one of the options, names by value, with its label."""
    shown = "".join(
        f"<option{attribute('value', value)}{' selected' if value == chosen else ''}>{escape(text)}</option>"
        for value, text in options.items()
    )
    return f'<label for="{name}">{label}</label><select id="{name}" name="{name}">{shown}</select>'


@cache
def _style() -> str:
    return resources.files("helpsync.sandbox").joinpath("style.css").read_text(encoding="utf-8")
