"""What holds for every body that is sent, whatever it was made from."""

import re

from selectolax.lexbor import LexborHTMLParser

_NEVER = "li table, table table, dl, script, style, form, th, thead, blockquote, h1 div, a a, p p"
_VIDEO = re.compile(
    r"https://(?:[a-z0-9-]+\.)*(?:youtube|youtube-nocookie|vimeo|wistia|loom|vidyard|streamio)\.(?:com|net)(?:[/?#]|$)|"
    r"https://youtu\.be/"
)


def check(html: str) -> None:
    """Hold what Intercom would refuse, and what must not pass (facts: what is sent)."""
    assert "\x02" not in html
    assert "\x03" not in html
    assert "\n" not in re.sub(r"<pre><code>.*?</code></pre>", "", html, flags=re.DOTALL)
    body = LexborHTMLParser(html).body
    assert body is not None
    assert (body.inner_html or "").replace("&nbsp;", "\u00a0") == html
    assert not body.css(_NEVER)
    for node in body.css("ul, ol, tr, tbody"):
        assert node.child is not None
    for node in body.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")]
    for node in body.css("a"):
        assert re.match(r"(https?|mailto|tel|sms|helpsync):", node.attributes["href"] or "")
    for node in body.css("img"):
        assert re.match(r"https?://|helpsync:sha256:", node.attributes["src"] or "")
    for node in body.css("iframe"):
        assert _VIDEO.match(node.attributes["src"] or "")
