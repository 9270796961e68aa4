"""Writes values as YAML that strict_yaml reads back as the same, in as plain a form as that allows."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias
from unicodedata import category

from helpsync.settings import strict_yaml
from helpsync.visible import is_visible

if TYPE_CHECKING:
    from helpsync.settings.strict_yaml import Node, Problem

Value: TypeAlias = str | bool | Mapping[str, str]
"""A value of frontmatter; the mapping `{"": "123"}` is the Reader's form of an id without a remote's name."""

# What the Reader takes as it is written, so that digits need no quotes there (frontmatter.ARTICLE_KEYS).
AS_WRITTEN = frozenset({"author", "id", "source"})

_WIDTH = 80
_BREAKS = re.compile("[\n\r\x85\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_FLOW_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
# Characters that turn the line around them: a reviewer must see that they are there (Unicode's TR 36).
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\0": "\\0"}
_HEADER = re.compile(r"(?P<signs>[|>][-+0-9]*)(?P<comment>[ \t]+#.*)?[ \t]*\Z")


def readable(text: str) -> str:
    """Return the text as frontmatter can hold it: one line, no white space around it, no half of a surrogate pair.

    It is empty where nothing of the text shows.
    """
    parts = (part.strip() for part in _BREAKS.split(_SURROGATES.sub("", text)))
    line = " ".join(part for part in parts if part)
    return line if is_visible(line) else ""


def value_text(key: str, value: Value, style: str = "") -> str:
    """Return the value on one line as it is written behind `key: `.

    Text keeps the quotes that `style` names (`'`, `"`, none) where it can.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    bare = key in AS_WRITTEN
    if isinstance(value, str):
        return scalar(value, style, bare=bare)
    if value.keys() == {""}:
        return scalar(value[""], style, bare=bare)
    pairs = (f"{key_text(name)}: {scalar(each, bare=bare, flow=True)}" for name, each in value.items())
    return f"{{{', '.join(pairs)}}}"


def key_text(name: str) -> str:
    """Return a key of a mapping as it is written before the colon."""
    return name if _FLOW_NAME.match(name) else _double(name)


def scalar(text: str, style: str = "", *, bare: bool = False, flow: bool = False) -> str:
    """Return text as a YAML scalar: plain where it reads back as the same, else in quotes.

    With `bare` a plain number is good too; `flow` is for a place between braces.
    """
    if any(_is_hidden(each) for each in text):
        return _double(text)
    if style == "'":
        return _single(text)
    if style != '"' and _is_plain(text, bare=bare, flow=flow):
        return text
    return _single(text) if style != '"' and ('"' in text or "\\" in text) else _double(text)


def block(text: str, old: str) -> str | None:
    """Return text in the form of the block scalar `old` (`>-` and its lines), folded as wide as that was.

    None where that form can't hold the text.
    """
    header, _, rest = old.partition("\n")
    lines = [line for line in rest.split("\n") if line.strip()]
    if _HEADER.match(header) is None or not lines or any(_is_hidden(each) for each in text):
        return None
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip(" "))]
    folded = [text]
    if header.startswith(">"):
        width = max(_WIDTH, *map(len, lines)) - len(indent)
        folded = textwrap.wrap(
            text, width, expand_tabs=False, replace_whitespace=False, break_long_words=False, break_on_hyphens=False
        )
    written = "\n".join([header, *(indent + line for line in folded)])
    node = _read(f"key: {written}\n")
    return written if node is not None and isinstance(node.value, str) and node.value.strip() == text else None


def block_comment(old: str) -> str:
    """Return the comment behind a block scalar's sign, with the space before it, "" where there is none."""
    match = _HEADER.match(old.partition("\n")[0])
    return (match["comment"] or "") if match else ""


def _is_plain(text: str, *, bare: bool, flow: bool) -> bool:
    node = _read(f"key: {{inner: {text}}}\n" if flow else f"key: {text}\n")
    if flow and node is not None and isinstance(node.value, dict):
        node = node.value["inner"].node if node.value.keys() == {"inner"} else None
    if node is None or node.text != text:
        return False
    number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
    return isinstance(node.value, str) or (bare and number)


def _read(line: str) -> Node | None:
    problems: list[Problem] = []
    node = strict_yaml.load(line, "", problems)
    if problems or node is None or not isinstance(node.value, dict) or node.value.keys() != {"key"}:
        return None
    found: Node = node.value["key"].node
    return found


def _is_hidden(char: str) -> bool:
    return not char.isprintable() and (
        category(char) in ("Cc", "Cs", "Zl", "Zp") or char in _TURNING or char in "\ufeff\ufffe\uffff"
    )


def _single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _double(text: str) -> str:
    return '"' + "".join(_SHORT.get(each) or (_escape(each) if _is_hidden(each) else each) for each in text) + '"'


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}"
