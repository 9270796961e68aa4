"""The dialect as data: what Intercom stores, its names in Markdown, and the allowed styles."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


STYLE_PROPERTIES = frozenset({"background-color", "border-color", "border", "color", "width", "min-width", "max-width"})
STYLE_PROPERTIES |= {"height", "min-height", "max-height", "vertical-align", "padding", "margin", "border-collapse"}
STYLE_PROPERTIES |= {"border-left", "border-right", "border-top", "border-bottom", "border-style", "border-width"}
STYLE_PROPERTIES |= {"border-radius", "border-spacing"}
"""What a cell, table or callout of Intercom's may set."""

_RESTYLED = ("border", "padding")


def is_restyled(name: str) -> bool:
    """Return whether Intercom itself sets this property of tables and their cells."""
    return name.startswith(_RESTYLED)


_PART = r"(?:#[0-9a-f]{3,8}|[a-z][a-z-]*|-?[0-9]*\.?[0-9]+(?:px|em|rem|pt|%)?|(?:rgb|hsl)a?\([0-9., %/]*\))"
_VALUE = re.compile(rf"{_PART}(?: {_PART})*")
_COLOUR = re.compile(r"#[0-9a-f]{3,8}|[a-z]+|(?:rgb|hsl)a?\([0-9., %/]*\)")


def allowed_style(style: str, *, table: bool) -> tuple[str, list[str]]:
    """Return the allowed part of a style in a normal form, and the names of the other properties.

    `table`: the style belongs to a table or a cell, of which Intercom itself sets some properties. `text-align` is in
    neither result: it is read as an alignment.
    """
    kept: dict[str, str] = {}
    dropped: list[str] = []
    for declaration in style.lower().split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip(), " ".join(value.split())
        if name == "background" and _COLOUR.fullmatch(value):
            name = "background-color"
        if name in STYLE_PROPERTIES and _VALUE.fullmatch(value) and not (table and is_restyled(name)):
            kept[name] = value
        elif name and name != "text-align":
            dropped.append(name)
    return " ".join(f"{name}: {value};" for name, value in kept.items()), dropped


DIALECT_VERSION = "3"
"""Kept in the baseline: a body that was rendered by another version is not a change by itself."""

CONTAINER = "intercom-container"
BUTTON = "intercom-h2b-button"
VIDEO = "intercom-h2b-video"
TABLE = "intercom-interblocks-table-container"
CALLOUT = "intercom-interblocks-callout"
CONTENT = "collapsible-section-content"
ALIGN = "intercom-align-"
"""The classes of what Intercom stores besides plain HTML; an alignment follows the last."""

CALLOUT_COLOURS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "gray": ("#e8e8e880", "#73737633"),
        "blue": ("#e3e7fa80", "#334bfa33"),
        "green": ("#d7efdc80", "#1bb15733"),
        "red": ("#fed9db80", "#fd3a5733"),
        "yellow": ("#feedaf80", "#fbc91633"),
    }
)
"""Background and border of each colour of callout."""

CALLOUTS: Mapping[str, str] = MappingProxyType(
    {"note": "blue", "tip": "green", "important": "gray", "warning": "yellow", "caution": "red"}
)
"""The colour of each of GitHub's alerts."""

HEADER_TINT = "#e8e8e880"
"""The background of a table's first row when it is a header: Intercom's tables have no th."""

SURE_HEADINGS = 4
"""Ranks up to this one are seen in stored bodies."""

ALIGNMENTS = frozenset({"left", "center", "right", "justify"})
"""How a paragraph, heading, picture or button may be aligned: the ends of Intercom's classes, and ours."""

PARAGRAPH = '<p class="no-margin">'
BLANK = '<p class="no-margin"></p>'
LINK_ATTRIBUTES = ' target="_blank" class="intercom-content-link"'

SPACED: frozenset[tuple[str, str]] = frozenset(
    {
        ("p", "p"),
        ("p", "heading"),
        ("p", "image"),
        ("image", "p"),
        ("image", "heading"),
        ("callout", "heading"),
        # Not measured: content that is shown like a picture is spaced like one, and a heading from what precedes
        # it, whatever that is.
        *((before, after) for shown in ("video", "button") for before, after in (("p", shown), (shown, "p"))),
        *((before, "heading") for before in ("video", "button", "list", "table", "code", "details")),
    }
)
"""Neighbours between which people who write in Intercom's editor put a blank line."""

INLINE_TAGS: Mapping[str, str] = MappingProxyType(
    {"b": "b", "strong": "b", "i": "i", "em": "i", "code": "code", "kbd": "code", "samp": "code", "tt": "code"}
)
"""Raw inline tags that have a stored form that looks the same or nearly so."""

HTML_TAGS = frozenset(
    """a abbr acronym address applet area article aside audio b base bdi bdo big blink blockquote body br button canvas
    caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset
    figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img
    input ins kbd label legend li link main map mark marquee math menu menuitem meta meter nav nobr noembed
    noframes noscript object ol optgroup option output p param picture plaintext pre progress q rp rt ruby s samp
    script search section select slot small source span strike strong style sub summary sup svg table tbody td
    template textarea tfoot th thead time title tr track tt u ul var video wbr xmp
    """.split()  # noqa: SIM905  # a hundred words read better than a hundred strings
)
"""The names that HTML has; what else stands in angle brackets is a writer's own text."""

EXACT_TAGS = frozenset({"b", "strong", "i", "em", "code", "br", "a", "img"})
"""Raw tags that are kept without a finding."""

MUTE_TAGS = frozenset(
    {"script", "style", "template", "noscript", "head", "title", "applet", "svg", "math", "select"} | {"textarea"}
)
"""Raw tags whose content is not text for readers: dropped whole."""

VOID_TAGS = frozenset({"hr", "br", "img", "col", "base", "link", "meta", "param", "source", "track", "frame", "input"})
VOID_TAGS |= {"wbr", "area", "embed"}
"""Raw tags without content and without an end."""

EMBED_TAGS = frozenset({"iframe", "video", "audio", "embed", "object", "source"})
"""Raw tags that embed something; of these Intercom stores only frames with a video."""

BLOCK_TAGS = frozenset(
    """address article aside base blockquote body button canvas caption center col colgroup dd details dialog dir div dl
    dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend
    li link main math menu menuitem meta nav noframes noscript object ol optgroup option p param pre script section
    select source style summary svg table tbody td template textarea tfoot th thead title tr track ul video
    """.split()  # noqa: SIM905  # forty words read better than forty strings
)
"""Raw tags that begin a block of HTML and end a paragraph."""

LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})
"""A link with another scheme does not pass."""
