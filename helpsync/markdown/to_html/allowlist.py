"""Which raw HTML is allowed: what Intercom stores. The rest is dropped with a finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import nh3

from helpsync.markdown.addresses import clean_address, is_public_address, is_video_host
from helpsync.markdown.dialect import (
    ALIGN,
    ALIGNMENTS,
    BUTTON,
    CALLOUT,
    CONTAINER,
    CONTENT,
    EMBED_TAGS,
    EXACT_TAGS,
    INLINE_TAGS,
    MUTE_TAGS,
    STYLE_PROPERTIES,
    TABLE,
    VIDEO,
    VOID_TAGS,
    allowed_style,
)
from helpsync.markdown.to_html.context import is_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.errors import Location
    from helpsync.markdown.parse.raw_html import Tag
    from helpsync.markdown.to_html.context import Findings


STORED_TAGS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "tr", "td", "th", "div"})
STORED_TAGS |= {"details", "summary", "pre"}
"""Block tags that Intercom stores in one form or another."""

QUIET_TAGS = frozenset({"thead", "tbody", "tfoot", "colgroup", "col", "center", "hr"})
"""Block tags that are dropped or replaced without a change that a reader would see."""

WRAPPERS = frozenset({CALLOUT, TABLE, VIDEO, CONTAINER, CONTENT})
"""The wrappers that Intercom stores; of these only a callout is seen."""

_PLAIN_WEIGHT = re.compile(r"font-weight:\s*(?:normal|[1-5]00)\b", re.IGNORECASE)
_LIKE_A_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(?:[\s/][^<>]*)?>")
_CLASSES = frozenset({"no-margin", "intercom-content-link", BUTTON, *WRAPPERS, *(ALIGN + name for name in ALIGNMENTS)})
_SCHEME = "helpsync"
_ATTRIBUTES: Mapping[str, set[str]] = {
    "a": {"href", "class"},
    "img": {"src"},
    "iframe": {"src"},
    "hr": {"data-block"},
    "p": {"align"},
    "table": {"style"},
    "div": {"class", "style", "align"},
    "td": {"style", "colspan", "rowspan", "align"},
    **{f"h{level}": {"id", "align"} for level in range(1, 7)},
}
_TAGS = {*STORED_TAGS, *EXACT_TAGS, "hr", "iframe", "caption"} - {"th"}
_QUIET_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "a": frozenset({"href", "target", "rel"}),
    "img": frozenset({"src", "alt"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan"}),
    "table": frozenset({"role"}),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), frozenset({"id"})),
}
_ALIGNED = frozenset({"p", "div", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6"})
_STYLED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})


def allowed_html(html: str) -> str:
    """Return the HTML with only the tags and attributes of regions; addresses have the scheme `helpsync:`."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={name: set(values) for name, values in _ATTRIBUTES.items()},
        clean_content_tags=set(MUTE_TAGS) - {"select"},
        url_schemes={_SCHEME},
        filter_style_properties=set(STYLE_PROPERTIES),
        link_rel=None,
    )


def tag_alignment(tag: Tag) -> str | None:
    """Return the alignment that a raw tag sets: by Intercom's class, by `align` as on GitHub, or by its style."""
    for name in tag.attributes.get("class", "").split():
        if name.startswith(ALIGN) and name.removeprefix(ALIGN) in ALIGNMENTS:
            return name.removeprefix(ALIGN)
    value = tag.attributes.get("align", "").strip().lower()
    if not value:
        style = tag.attributes.get("style", "").replace(" ", "").lower()
        value = style.partition("text-align:")[2].partition(";")[0]
    return value if value in ALIGNMENTS else None


class TagFindings:
    """Reports what the raw tags of one body lose; several equal losses get one finding."""

    def __init__(self, notes: Findings) -> None:
        self._notes = notes
        self._dropped: set[str] = set()

    def comment(self, source: str, place: Location) -> None:
        """Report a declaration, or a comment without end, which hides the rest of its block."""
        if not source.startswith("<!--"):
            message = f"`{source.partition(' ')[0]}` is dropped up to the `>` that ends it"
            self._notes.lost(message, place, "leave it out")
        elif not source.endswith("-->"):
            message = "this comment has no end, so the text after it, up to a blank line, is dropped"
            self._notes.lost(message, place, "close it with -->")

    def foreign(self, source: str, place: Location) -> None:
        """Report text that only looks like a tag: it stays text here, and GitHub hides it."""
        if _LIKE_A_TAG.match(source):
            message = f"{source} is not an HTML tag, so it stays text; GitHub does not show it"
            self._notes.lost(message, place, f"write it in backticks, or \\{source}")

    def inline(self, tag: Tag, place: Location) -> None:
        """Report what a tag within text loses."""
        self._note(tag, place, kept=tag.name in EXACT_TAGS or tag.name == "hr")

    def block(self, tag: Tag, place: Location) -> None:
        """Report what a tag in a block of HTML loses."""
        name = tag.name
        own = name == "div" and is_stored_wrapper(tag)
        kept = name in EXACT_TAGS or name in QUIET_TAGS or (name in STORED_TAGS and (name != "div" or own))
        self._note(tag, place, kept=kept or (name == "div" and tag_alignment(tag) is not None))

    def _note(self, tag: Tag, place: Location, *, kept: bool) -> None:
        name = tag.name
        if kept:
            self._note_attributes(tag, place)
        elif name in EMBED_TAGS:
            self._note_embed(tag, place)
        elif name in MUTE_TAGS:
            self._notes.lost(f"<{name}> is dropped with what is in it", place, _HINTS.get(name, _LEAVE_OUT))
        elif name in INLINE_TAGS:
            self._once(tag, f"Intercom has no <{name}>, so it is shown as code", place)
        else:
            stays = "" if name in VOID_TAGS else ", its text stays"
            self._once(tag, f"<{name}> is dropped{stays}", place)

    def _note_embed(self, tag: Tag, place: Location) -> None:
        address = embedded_address(tag)
        if is_video_host(address):
            return
        if is_public_address(address):
            message = f"Intercom keeps <{tag.name}> only for videos, so a link stays"
            self._notes.lost(message, place, "use a video of YouTube, Vimeo, Loom, Wistia, Vidyard or StreamIO")
        elif address or tag.name in {"iframe", "embed", "object"}:
            self._notes.lost(
                f"<{tag.name}> is dropped because it has no public address", place, "link to what it shows"
            )

    def _once(self, tag: Tag, message: str, place: Location) -> None:
        if tag.name not in self._dropped and not _WITHIN.get(tag.name, frozenset()) & self._dropped:
            self._dropped.add(tag.name)
            self._notes.lost(message, place, _HINTS.get(tag.name, "leave out the tag"))

    def _note_attributes(self, tag: Tag, place: Location) -> None:
        quiet = _QUIET_ATTRIBUTES.get(tag.name, frozenset())
        dropped = [key for key in tag.attributes if key not in quiet and not _is_known(tag, key)]
        if is_unbold(tag):
            dropped = []
        if dropped:
            named = ", ".join(f"`{key}`" for key in dropped)
            so = "it is" if len(dropped) == 1 else "they are"
            message = f"Intercom can't keep {named} of <{tag.name}>, so {so} dropped"
            self._notes.lost(message, place, _attribute_hint(tag, dropped[0]))


def embedded_address(tag: Tag) -> str:
    """Return the address that a tag embeds, empty without one."""
    return clean_address(tag.attributes.get("data" if tag.name == "object" else "src", ""))


def muted_by(tag: Tag, source: str) -> str | None:
    """Return the name of a tag with a fallback for embedded content: nothing is shown up to its end."""
    if (
        source.endswith("/>")
        or tag.name in {"embed", "source"}
        or (tag.name in {"video", "audio"} and not embedded_address(tag))
    ):
        return None
    return tag.name


def is_stored_wrapper(tag: Tag) -> bool:
    """Return whether Intercom stores this wrapper; it unwraps others."""
    return bool(WRAPPERS & set(tag.attributes.get("class", "").split()))


def _is_known(tag: Tag, key: str) -> bool:
    value = tag.attributes[key]
    if key == "markdown":
        return True
    if key == "class":
        return _CLASSES.issuperset(value.split())
    if key == "align" or (key == "style" and tag.name in _STYLED):
        return tag.name in _ALIGNED and tag_alignment(tag) is not None and value.count(":") <= 1
    if tag.name == "img":
        return key in {"width", "height"} and is_size(value)
    table = tag.name in {"table", "td", "th"}
    styled = table or (tag.name == "div" and is_stored_wrapper(tag))
    return key == "style" and ((styled and not allowed_style(value, table=table)[1]) or is_unbold(tag))


def is_unbold(tag: Tag) -> bool:
    """Return whether a bold tag has a normal weight: word processors wrap everything they copy in one."""
    return tag.name in {"b", "strong"} and bool(_PLAIN_WEIGHT.search(tag.attributes.get("style", "")))


_WITHIN = {
    **dict.fromkeys(("caption", "thead", "tbody", "tfoot", "tr", "td", "th", "colgroup", "col"), frozenset({"table"})),
    "li": frozenset({"ul", "ol"}),
    "summary": frozenset({"details"}),
    **dict.fromkeys(("dt", "dd"), frozenset({"dl"})),
}
_LEAVE_OUT = "leave it out"
_BOLD = "write it in `**bold**`, or leave out the tag"
_HINTS = {
    **{f"h{level}": f"write `{'#' * level} Heading` on a line of its own" for level in range(1, 7)},
    "table": "write it on lines of its own, or a table with pipes",
    "ul": "write `- item` on a line of its own",
    "ol": "write `1. item` on a line of its own",
    "dl": "write a list, or the terms in bold",
    "pre": "write a fenced code block",
    "blockquote": "write a callout: `> [!NOTE]`",
    "details": "begin it on a line of its own",
    "object": "link to it",
    "embed": "link to it",
    "audio": "link to it",
    "video": "link to it, or show it on YouTube, Vimeo, Loom, Wistia, Vidyard or StreamIO",
    **dict.fromkeys(("u", "ins", "mark", "font", "span"), _BOLD),
    **dict.fromkeys(("s", "strike", "del"), "say what changed"),
    **dict.fromkeys(("kbd", "samp", "tt"), "write it in backticks"),
    **dict.fromkeys(("form", "input", "textarea", "select", "button"), "link to a page that has it"),
    "sub": "use a character such as ₂, or leave out the tag",
    "sup": "use a character such as ², or leave out the tag",
    "svg": "save it as a picture and show that",
    "math": "save it as a picture and show that",
}
_ATTRIBUTE_HINTS = {"title": "say it in the text", "start": "write the number in the text"}


def _attribute_hint(tag: Tag, name: str) -> str:
    if tag.name in {"table", "td", "th"} and name in {"bgcolor", "width", "style"}:
        return 'colours and widths are kept: `style="background-color: #e8e8e8; width: 115px;"`'
    if tag.name == "img" and name in {"width", "height", "style"}:
        return 'write whole pixels: `width="300"`'
    if tag.name == "a" and name == "class" and "button" in tag.attributes["class"]:
        return "write `[Label](address){.button}`"
    if name == "style" and tag.name in _ALIGNED:
        return 'leave it out; `align="center"` is kept'
    return _ATTRIBUTE_HINTS.get(name, _LEAVE_OUT)
