"""Where the links and pictures of one body lead: resolved, checked, collected, with findings for what can't be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpsync.markdown import addresses
from helpsync.markdown.html.placeholders import escape_attribute, placeholder
from helpsync.markdown.to_html.context import Broken, Own
from helpsync.model import Link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.errors import Location
    from helpsync.markdown.to_html.context import RenderContext
    from helpsync.markdown.to_html.findings import Findings

_SCHEME_HINT = "write an address that begins with https://, http://, mailto: or tel:"
_PUBLIC = "save it as a file beside the article, or give its address on the web"
_SIZE = re.compile(r"[1-9][0-9]{0,4}")
_SIZES = ("width", "height")


class TargetResolver:
    """Resolves what one body leads to; `links` and `images` are what was found, in the order of the text."""

    def __init__(self, context: RenderContext, notes: Findings) -> None:
        self.links: list[Link] = []
        self.images: list[str] = []
        self._context = context
        self._notes = notes

    def link(self, href: str, place: Location) -> str | None:
        """Return the address to write, None when the link must be dropped, which is noted."""
        href = addresses.clean_address(href)
        if (scheme := addresses.unsafe_scheme(href)) is not None:
            self._notes.lost(f"a link must not lead to `{scheme}:`; its text stays", place, _SCHEME_HINT)
            return None
        target = self._context.resolve_link(href)
        if isinstance(target, Broken):
            self._notes.add(target.code, target.message, place, target.hint)
            return None
        if isinstance(target, Own):
            self.links.append(Link(target.target, place))
            return placeholder(target.target)
        return addresses.clean_address(target.href).replace(" ", "%20")

    def picture(self, source: str, alt: str, place: Location, attributes: Mapping[str, str]) -> str | None:
        """Return the picture's tag, None when it must be left out, which is noted.

        Of the attributes only a size in pixels is kept, which Intercom stores (facts: Bodies).
        """
        source = addresses.clean_address(source)
        if (scheme := addresses.refused_scheme(source)) is not None:
            self._notes.add(
                "refused-markup",
                f"Intercom refuses a picture from a `{scheme}:` address",
                place,
                "save it as a file beside the article, or give the address of one on the web",
            )
            return None
        target = self._context.resolve_image(source)
        if isinstance(target, Broken):
            self._notes.add(target.code, target.message, place, target.hint)
            return None
        key = target.key
        address = f"helpsync:{key}" if key.startswith("sha256:") else key
        if address is key and not addresses.is_public_address(key):
            self._notes.lost(
                "Intercom can only fetch a picture with a public address, so it is left out", place, _PUBLIC
            )
            return None
        self.images.append(key)
        described = f' alt="{escape_attribute(" ".join(alt.split()))}"' if alt.strip() else ""
        sizes = "".join(f' {name}="{attributes[name]}"' for name in _SIZES if is_size(attributes.get(name)))
        return f'<img src="{escape_attribute(address)}"{described}{sizes}>'


def is_size(value: str | None) -> bool:
    """Tell whether this is a number of pixels."""
    return value is not None and _SIZE.fullmatch(value) is not None
