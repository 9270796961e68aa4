"""Puts what is known only at the time of sending into a body: link targets, heading ids, addresses of pictures."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from helpsync.model import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpsync.model import Body

MARK = "helpsync:"


@lru_cache(maxsize=8)
def _placeholder(mark: str) -> re.Pattern[str]:
    """Return what finds the placeholders with this mark.

    In a rendered body the placeholder is the tag's first attribute, `a` never nests, and `"`, `<`, `>` are escaped in
    values as `<` is in text: so a regular expression is exact here.
    """
    return re.compile(
        rf'<a href="{re.escape(mark)}(?P<link>[^"]*)"(?P<rest>[^>]*>)'
        r"|(?P<end></a>)"
        rf'|(?P<tag><h[1-6]) id="{re.escape(mark)}(?P<heading>[^"]*)"'
        rf'|<img src="{re.escape(mark)}(?P<image>[^"]*)"'
    )


def unused_mark(stored: str) -> str:
    """Return a mark for placeholders that no part of this text begins with, so that all of it goes out as it is."""
    number = 0
    while (mark := f"helpsync-{number}:" if number else MARK) in stored:
        number += 1
    return mark


def escape_attribute(value: str) -> str:
    """Return the value as it stands in an attribute of a body."""
    return html.escape(value, quote=False).replace('"', "&quot;")


def placeholder(target: Reference, mark: str = MARK) -> str:
    """Return the href that stands for a link to an own article until `fill`."""
    slug = f"#{target.slug}" if target.slug else ""
    return f"{mark}{target.locale}/{quote(target.address)}{slug}"


def _reference(name: str) -> Reference:
    path, _, slug = html.unescape(name).partition("#")
    locale, _, address = path.partition("/")
    return Reference(locale, unquote(address), slug or None)


def fill(
    body: Body,
    *,
    link: Callable[[Reference], str | None],
    heading: Callable[[str], str],
    image: Callable[[str], str],
) -> str:
    """Return the HTML to send: a link for which `link` gives None is unwrapped, `heading` gives an id by its slug."""
    unwrapping = False

    def replace(match: re.Match[str]) -> str:
        nonlocal unwrapping
        if match["link"] is not None:
            href = link(_reference(match["link"]))
            unwrapping = href is None
            return "" if href is None else f'<a href="{escape_attribute(href)}"{match["rest"]}'
        if match["heading"] is not None:
            return f'{match["tag"]} id="{escape_attribute(heading(html.unescape(match["heading"])))}"'
        if match["image"] is not None:
            return f'<img src="{escape_attribute(image(html.unescape(match["image"])))}"'
        if unwrapping:
            unwrapping = False
            return ""
        return match[0]

    if body.mark not in body.html:
        return body.html
    return _placeholder(body.mark).sub(replace, body.html)
