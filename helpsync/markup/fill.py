"""Puts what is known only at the time of sending into a body: link targets, heading ids, addresses of pictures."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from helpsync.model import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpsync.model import Body

# In a rendered body the placeholder is the tag's first attribute, `a` never nests, and `"`, `<`, `>` are escaped in
# values as `<` is in text: so a regular expression is exact here.
_PLACEHOLDER = re.compile(
    r'<a href="helpsync:(?P<link>[^"]*)"(?P<rest>[^>]*>)'
    r"|(?P<end></a>)"
    r'|(?P<tag><h[1-6]) id="helpsync:(?P<heading>[^"]*)"'
    r'|<img src="helpsync:(?P<image>[^"]*)"'
)


def escape(value: str) -> str:
    """Return the value as it stands in an attribute of a body."""
    return html.escape(value, quote=False).replace('"', "&quot;")


def placeholder(target: Reference) -> str:
    """Return the href that stands for a link to an own article until `fill`."""
    slug = f"#{target.slug}" if target.slug else ""
    return f"helpsync:{target.locale}/{quote(target.address)}{slug}"


def _reference(name: str) -> Reference:
    path, _, slug = html.unescape(name).partition("#")
    locale, _, address = path.partition("/")
    return Reference(locale, unquote(address), slug or None)


def fill(
    body: Body,
    *,
    link: Callable[[Reference], str | None],
    heading: Callable[[str], str | None],
    image: Callable[[str], str],
) -> str:
    """Return the HTML to send: a link for which `link` gives None is unwrapped, a heading without id stays without."""
    unwrapping = False

    def replace(match: re.Match[str]) -> str:
        nonlocal unwrapping
        if match["link"] is not None:
            href = link(_reference(match["link"]))
            unwrapping = href is None
            return "" if href is None else f'<a href="{escape(href)}"{match["rest"]}'
        if match["heading"] is not None:
            found = heading(html.unescape(match["heading"]))
            return match["tag"] if found is None else f'{match["tag"]} id="{escape(found)}"'
        if match["image"] is not None:
            return f'<img src="{escape(image(html.unescape(match["image"])))}"'
        if unwrapping:
            unwrapping = False
            return ""
        return match[0]

    if "helpsync:" not in body.html:
        return body.html
    return _PLACEHOLDER.sub(replace, body.html)
