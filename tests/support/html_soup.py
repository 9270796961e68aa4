"""HTML of any kind, in no order: what may stand in a body, what must never pass, what is broken."""

from hypothesis import strategies as st

_TAGS = [
    "p",
    "b",
    "i",
    "a",
    "div",
    "ul",
    "ol",
    "li",
    "table",
    "tbody",
    "tr",
    "td",
    "th",
    "h1",
    "h2",
    "h5",
    "pre",
    "code",
]
_TAGS += [
    "br",
    "img",
    "details",
    "summary",
    "span",
    "hr",
    "iframe",
    "blockquote",
    "section",
    "dl",
    "dd",
    "button",
    "svg",
]
_TAGS += ["select", "form", "textarea", "caption", "template", "font", "video", "object", "option", "ruby", "marquee"]
_TAGS += ["script", "style", "u", "sub", "s", "math", "x-y", "title", "noscript", "plaintext", "body", "html", "a:b"]
_ATTRIBUTES = [
    "",
    "",
    "",
    ' class="no-margin"',
    ' class="intercom-align-center no-margin"',
    ' class="x y"',
    ' id="h_1"',
]
_ATTRIBUTES += [
    ' style="color: Red;width:1px"',
    ' style="background-color: #e8e8e880;"',
    " style='\"><b>'",
    ' colspan="2"',
]
_ATTRIBUTES += [' class="intercom-interblocks-callout" style="background-color: #e3e7fa80; border-color: #334bfa33;"']
_ATTRIBUTES += [
    ' class="intercom-container"',
    ' class="intercom-h2b-button" href="https://a.b/"',
    ' class="intercom-h2b-video"',
]
_ATTRIBUTES += [
    ' class="intercom-interblocks-table-container"',
    ' class="collapsible-section-content"',
    " hidden",
    " open",
]
_ATTRIBUTES += [
    ' href="https://a/?b"',
    ' href="javascript:alert(1)"',
    ' href=" java\tscript:x"',
    ' href="#h_1"',
    ' href=""',
]
_ATTRIBUTES += [
    ' href="data:text/html,x"',
    ' href="helpsync:en/x"',
    ' src="helpsync:sha256:0"',
    ' src="https://p/i.png?q"',
]
_ATTRIBUTES += [' src="x" onerror="y"', ' src="https://www.youtube.com/embed/a"', ' src="https://evil.example/embed"']
_ATTRIBUTES += [
    ' onclick="x"',
    ' alt="<b>"',
    " alt='x",
    ' alt="](javascript:x)"',
    ' src="data:image/png;base64,x"',
    " <",
    ' "',
]
_TEXTS = [
    "a",
    "b c",
    " ",
    "\n",
    "\n\n",
    "    ",
    "\t",
    "\u200b",
    "\u00a0",
    "&amp;",
    "&lt;",
    "&am\u200bp;",
    "<",
    ">",
    '"',
    "&#10;",
]
_TEXTS += [
    "]]>",
    "<!--",
    "-->",
    "<![CDATA[",
    "<?",
    "*",
    "_",
    "`",
    "```",
    "# ",
    "- ",
    "1. ",
    "> ",
    "|",
    "[x](javascript:y)",
    "](",
]
_TEXTS += [
    "&lt;script&gt;",
    "&lt;img onerror=x&gt;",
    "{.center}",
    "\\",
    "~~~",
    "https://a.b",
    "\x00",
    "\x02",
    "\x03",
    "\r",
    "日本",
]

SOUP = st.lists(
    st.one_of(
        st.builds(lambda tag, attribute: f"<{tag}{attribute}>", st.sampled_from(_TAGS), st.sampled_from(_ATTRIBUTES)),
        st.sampled_from(_TAGS).map(lambda tag: f"</{tag}>"),
        st.sampled_from(_TEXTS),
    ),
    max_size=40,
).map("".join)
