"""Which tags Intercom keeps, turns into something else, drops or refuses (facts: the two tables of bodies)."""

from __future__ import annotations

INLINE = {"b": "b", "strong": "b", "i": "i", "em": "i", "code": "code"}
"""Inline tags that are stored, and as what; other inline tags are unwrapped."""

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}

REMOVED = frozenset(
    {
        *("script", "style", "form", "input", "textarea", "select", "button", "noscript", "template", "title", "meta"),
        *("link", "base", "svg", "math", "object", "embed", "audio", "video", "canvas", "colgroup", "caption"),
    }
)
"""Tags that go with all that is in them."""

BLOCKS = frozenset(
    {
        *(
            "div",
            "blockquote",
            "section",
            "article",
            "main",
            "header",
            "footer",
            "nav",
            "aside",
            "figure",
            "figcaption",
        ),
        *("center", "address", "fieldset", "legend", "hgroup", "search", "dialog", "menu", "dir"),
    }
)
"""Other block tags: what is in them becomes paragraphs."""

FRAME_ATTRIBUTES = (
    *("src", "title", "width", "height", "style", "frameborder", "scrolling", "allow", "allowfullscreen"),
    *("webkitallowfullscreen", "mozallowfullscreen", "referrerpolicy", "loading", "name"),
)
"""The attributes that a video keeps; no event handlers, no embedded page."""

VIDEO_HOSTS = (
    *("youtube.com", "youtube-nocookie.com", "youtu.be", "vimeo.com", "wistia.com", "wistia.net", "loom.com"),
    *("vidyard.com", "streamio.com"),
)

BLANK = '<p class="no-margin"></p>'
PARAGRAPH = '<p class="no-margin">'
TABLE_CONTAINER = "intercom-interblocks-table-container"
CALLOUT = "intercom-interblocks-callout"
COLLAPSIBLE = "collapsible-section-content"
CONTAINER = "intercom-container"
BUTTON = "intercom-h2b-button"
VIDEO = "intercom-h2b-video"
ALIGNMENTS = ("intercom-align-center", "intercom-align-left", "intercom-align-right", "intercom-align-justify")
CDN = "https://downloads.intercomcdn.com/"
