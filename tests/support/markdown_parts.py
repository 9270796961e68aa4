"""Pieces of Markdown and of mischief, to be put together in any order."""

from hypothesis import strategies as st

_MARKS = ["a", "word ", "\n", "\n\n", "    ", "  ", "- ", "1. ", "3) ", "> ", "> [!NOTE]\n> ", "# ", "## ", "*"]
_MARKS += ["**", "_", "`", "```\n", "~~~", "| a | b |\n|---|---|\n| 1 | 2 |\n", "|", "[x](a.md)"]
_MARKS += ["![i](https://p/i.png)", "[", "]", "![l](l.png)", "(", ")", "![", "](", "<", ">", "{", "}", "{.center}"]
_MARKS += ["{#id}", "---\n", "===\n", "~~", ": x\n", "https://x.y/z", "[r]: javascript:alert(1)\n", "[r]", "\\"]
_MARKS += ["&amp;", "&#106;"]
_HTML = ["<b>", "</b>", "<div>", "</div>", "<p>", "<a href='javascript:1'>", "</a>", "<script>", "</script>"]
_HTML += ["<!--", "-->", "<img src=x onerror=y>", "<table><tr><td>", "</table>", "<dl><dt>", "<iframe src=//x>"]
_HTML += ["<br>", "<hr>", "<code>"]
_CHARACTERS = ["\t", "\u0000", "\u0002", "\u0003", "\ufeff", "\u200b", "\u00a0", "日本", "é", "\r\n"]

PARTS = st.sampled_from([*_MARKS, *_HTML, *_CHARACTERS])
