"""YAML by the 1.2 rules, with the location of every key and value: for helpsync.yaml and for frontmatter.

PyYAML's C parser gives the events. The values are our own, because PyYAML's follow YAML 1.1 (`no` is false, `12:30`
is 750, `2024-01-01` is a date). A key twice is an error, `<<` is an ordinary key, tags are refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from helpsync.errors import Location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # PyYAML built without libyaml: slower, same nodes
    from yaml import SafeLoader as _Base  # type: ignore[assignment]  # the same interface, another class

# An alias repeats its anchor, so ten short lines can have a billion nodes.
MAX_NODES = 20_000
MAX_DEPTH = 50

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_COMMENT = re.compile(r"[ \t]+#")
_COMMENT_LIKE_TEXT = re.compile(r"[ \t]+#(?=[^\s#])(?![\w-]+:)")
"""A comment without a space after `#`, as in `#2`, that isn't a key that was commented out."""

_TAG = "tag:yaml.org,2002:"
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_BOOL = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
# With a leading zero it is text: `012` is a code or a part number, and octal in 1.1.
_INT = re.compile(r"^(?:[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+)$")
_FLOAT = re.compile(
    r"^(?:[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)


class _Loader(_Base):
    """Parses, and resolves plain scalars by YAML 1.2's core schema."""


_Loader.yaml_implicit_resolvers = {}  # without PyYAML's own, which are those of YAML 1.1
_Loader.add_implicit_resolver(f"{_TAG}null", _NULL, ["~", "n", "N", ""])
_Loader.add_implicit_resolver(f"{_TAG}bool", _BOOL, list("tTfF"))
_Loader.add_implicit_resolver(f"{_TAG}int", _INT, list("-+0123456789"))
_Loader.add_implicit_resolver(f"{_TAG}float", _FLOAT, list("-+.0123456789"))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a YAML text, its location and what to do; `code` is the finding that it becomes."""

    message: str
    location: Location
    hint: str | None = None
    code: str = "bad-frontmatter"


@dataclass(frozen=True, slots=True)
class Pair:
    """A value of a mapping, and the location of its key."""

    key: Location
    node: YamlNode


Value: TypeAlias = "bool | int | float | str | tuple[YamlNode, ...] | Mapping[str, Pair] | None"


@dataclass(frozen=True, slots=True)
class YamlNode:
    """A value and where it begins; `text` is a scalar as it is written, without quotes.

    `comment` is the location of a comment after a scalar that may have been meant as text. `sign` is what precedes the
    scalar and is not text either: `!`, or an anchor (`&new`) without an alias.
    """

    value: Value
    location: Location
    text: str = ""
    comment: Location | None = None
    sign: str = ""

    @property
    def kind(self) -> str:
        """Return the kind of value in plain words, for messages."""
        value = self.value
        if value is None:
            return "nothing"
        if isinstance(value, bool):
            return "true or false"
        if isinstance(value, int | float):
            return "a number"
        if isinstance(value, str):
            return "text"
        return "a list" if isinstance(value, tuple) else "a mapping"


def load(text: str, path: str, problems: list[Problem]) -> YamlNode | None:
    """Return the one document of the text, or None if it can't be read; what is wrong is added to `problems`.

    Lines are counted from 1 in `text`, columns in characters. An empty document is a YamlNode of None.
    """
    before = len(problems)
    try:
        loader = _Loader(text)
        try:
            node = _YamlReader(loader, text, path, problems).document()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        problems.append(_syntax(error, text, path))
        return None
    except yaml.reader.ReaderError:
        problems.append(_unreadable(text, path))
        return None
    except _TooMuchError as error:
        problems.append(Problem(str(error), Location(path, 1)))
        return None
    return node if len(problems) == before or isinstance(node.value, dict) else None


def events(text: str) -> Iterator[Any]:
    """Yield the parser's events, whose marks are positions in `text`, in characters.

    Raises yaml.YAMLError if the text can't be read: `load` it first.
    """
    yield from yaml.parse(text, Loader=_Base)


class _TooMuchError(Exception):
    """The document is nested too deeply, or aliases multiply it too often."""


class _YamlReader:
    """Turns the parser's events into nodes: PyYAML's own composer in C overflows the stack on deep nesting."""

    def __init__(self, loader: _Base, text: str, path: str, problems: list[Problem]) -> None:
        self.loader: Any = loader  # the stubs do not know the C parser's events
        self.lines = _LINE_END.split(text)
        self.path = path
        self.problems = problems
        self.count = 0
        self.anchors: dict[str, tuple[YamlNode, int]] = {}

    def document(self) -> YamlNode:
        self.loader.get_event()
        event = self.loader.get_event()
        if isinstance(event, yaml.StreamEndEvent):
            return YamlNode(None, Location(self.path, 1, 1))
        node = self.read(self.loader.get_event(), 0)
        self.loader.get_event()
        event = self.loader.get_event()
        if not isinstance(event, yaml.StreamEndEvent):
            self.problems.append(
                Problem("a second document begins here", self.at(event), "one document only: remove this line")
            )
        return node

    def read(self, event: Any, depth: int) -> YamlNode:  # noqa: ANN401  # as above
        before, location = self.count, self.at(event)
        self.count += 1
        if isinstance(event, yaml.AliasEvent):
            anchored = self.anchors.get(f"{event.anchor}")
            if anchored is None:
                hint = "text that begins with * needs quotes"
                self.problems.append(Problem(f"the alias *{event.anchor} names nothing", location, hint))
                return YamlNode(f"*{event.anchor}", location)
            node, size = anchored
            self.count += size
        elif isinstance(event, yaml.ScalarEvent):
            value = self.scalar(event, location)
            node = YamlNode(value, location, event.value, self.comment(event), self.sign(event))
        else:
            node = YamlNode(self.several(event, location, depth + 1), location)
        if self.count > MAX_NODES:
            raise _TooMuchError(f"the YAML has more than {MAX_NODES} values")
        if not isinstance(event, yaml.AliasEvent) and event.anchor:
            self.anchors[event.anchor] = (node, self.count - before)
        return node

    def several(self, event: Any, location: Location, depth: int) -> Value:  # noqa: ANN401  # as above
        if depth > MAX_DEPTH:
            raise _TooMuchError(_NESTED)
        if event.tag not in (None, "!", f"{_TAG}map", f"{_TAG}seq"):
            self.tag(event.tag, location)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(depth)
        items = []
        while not isinstance(event := self.loader.get_event(), yaml.SequenceEndEvent):
            items.append(self.read(event, depth))
        return tuple(items)

    def at(self, event: Any) -> Location:  # noqa: ANN401  # as above
        return Location(self.path, event.start_mark.line + 1, event.start_mark.column + 1)

    def comment(self, event: Any) -> Location | None:  # noqa: ANN401  # as above
        if event.style in ("|", ">"):
            return None
        is_quoted = event.style in ("'", '"')
        line, column = event.end_mark.line, event.end_mark.column
        rest, below = (*(text for text in self.lines[line : line + 2]), "", "")[:2]
        # After quotes, and on a line of their own, most comments are meant as comments.
        begin = (_COMMENT_LIKE_TEXT if is_quoted else _COMMENT).match(rest, column)
        if begin is None and not is_quoted and not rest[column:].strip():
            line, begin = line + 1, _COMMENT_LIKE_TEXT.match(below)
        return Location(self.path, line + 1, begin.end()) if begin else None

    def sign(self, event: Any) -> str:  # noqa: ANN401  # as above
        if event.anchor and not any(f"*{event.anchor}" in line for line in self.lines):
            return f"&{event.anchor}"
        return "!" if event.tag == "!" else ""

    def mapping(self, depth: int) -> Mapping[str, Pair]:
        pairs: dict[str, Pair] = {}
        while not isinstance(event := self.loader.get_event(), yaml.MappingEndEvent):
            key = self.read(event, depth)
            node = self.read(self.loader.get_event(), depth)
            if isinstance(key.value, tuple | dict):
                self.problems.append(Problem("a key must be text", key.location))
            elif key.text in pairs:
                message = f"the key `{key.text}` appears twice, first on line {pairs[key.text].key.line}"
                self.problems.append(Problem(message, key.location, "remove one of the two"))
            else:
                pairs[key.text] = Pair(key.location, node)
        return pairs

    def scalar(self, event: Any, location: Location) -> Value:  # noqa: ANN401  # as above
        text: str = event.value
        tag = event.tag
        if tag in (None, "!"):
            tag = self.loader.resolve(yaml.ScalarNode, text, event.implicit)
        match tag.removeprefix(_TAG):
            case "str":
                return text
            case "null":
                return None
            case "bool" if _BOOL.match(text):
                return text.lower() == "true"
            case "int" if _INT.match(text):
                # Nobody means a number of hundreds of digits, and Python refuses to convert thousands.
                return int(text, 0) if len(text) < 64 else text
            case "float" if _FLOAT.match(text) or _INT.match(text):
                return _float(text)
        self.tag(tag, location)
        return text

    def tag(self, tag: str, location: Location) -> None:
        name = tag.replace(_TAG, "!!")
        hint = "remove the tag; text that begins with ! needs quotes"
        self.problems.append(Problem(f"the tag `{name}` is not supported here", location, hint))


def _float(text: str) -> float:
    match text.lower().lstrip("+-"):
        case ".inf":
            return -math.inf if text.startswith("-") else math.inf
        case ".nan":
            return math.nan
    return float(text)


_NESTED = f"the YAML is nested more than {MAX_DEPTH} levels deep"
_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|#.*""")


@dataclass(frozen=True, slots=True)
class _YamlPlace:
    """The place where the parser stopped: the text before and after, and the unfinished part."""

    before: str
    after: str
    begun: str

    @property
    def word(self) -> str:
        return re.split(r"[\s,\]}]", self.after, maxsplit=1)[0][:20] or self.after[:1].strip()

    @property
    def in_quotes(self) -> bool:
        return self.begun.startswith(("'", '"'))

    @property
    def at_backslash(self) -> bool:
        return self.in_quotes and (self.after.startswith("\\") or "\\" in self.before[-2:])

    @property
    def at_name(self) -> bool:
        return self.begun.startswith(("*", "&")) or self.after.startswith(("*", "&"))

    @property
    def behind_quotes(self) -> bool:
        return self.before.rstrip(" ").endswith(("'", '"')) and self.word != ""

    @property
    def open_brackets(self) -> int:
        plain = _QUOTED.sub("", self.before)
        return sum(map(plain.count, "[{")) - sum(map(plain.count, "]}"))

    @property
    def below_bracket(self) -> bool:
        last = max(self.before.rfind("["), self.before.rfind("{"))
        return self.open_brackets > 0 and ("\n" in self.before[last:] or not self.word)


_NO_COLON = "this is neither a key nor part of a text"
_CLOSED = "check that quotes and brackets are closed"
# The first that applies is reported. The parser's own words are not used, because they change with its version.
_FAULTS: tuple[tuple[Callable[[_YamlPlace], bool], str, str], ...] = (
    (
        lambda at: at.at_backslash,
        "this backslash means nothing here",
        "in double quotes write \\\\, or use single quotes",
    ),
    (lambda at: at.in_quotes, "a quote is not closed", _CLOSED),
    (lambda at: at.at_name, "`*` and `&` need a name after them", "text that begins with * or & needs quotes"),
    (lambda at: at.after.startswith("\t"), "a tab where YAML needs spaces", "indent with spaces"),
    (
        lambda at: at.after.startswith(("@", "`", "%")),
        "text can't begin with {word[0]}",
        "text that begins with a sign such as @ ` % needs quotes",
    ),
    (
        lambda at: at.behind_quotes,
        "`{word}` follows a closing quote",
        "write a quote inside of quotes twice, or use the other kind",
    ),
    (lambda at: at.below_bracket, "a bracket is not closed", _CLOSED),
    (lambda at: at.after.startswith(":"), "unexpected `: `", "text that contains `: ` needs quotes"),
    (
        lambda at: "\n" in at.begun,
        _NO_COLON,
        "a key needs `: ` after it, and text over several lines needs quotes or `>`",
    ),
    (lambda at: at.word == "", "it ends too early", _CLOSED),
    (lambda _: True, "unexpected `{word}`", f"check the indentation; {_CLOSED}"),
)


def _syntax(error: yaml.MarkedYAMLError, text: str, path: str) -> Problem:
    mark: Any = error.problem_mark or error.context_mark  # C and Python marks share no type
    begun: Any = error.context_mark if isinstance(error, yaml.scanner.ScannerError) else None
    if mark is None:
        return Problem("the YAML can't be read", Location(path, 1), _CLOSED)
    place = _YamlPlace(text[: mark.index], text[mark.index :], text[begun.index : mark.index] if begun else "")
    if place.open_brackets > MAX_DEPTH:
        return Problem(_NESTED, Location(path, mark.line + 1))
    what, hint = next((what, hint) for applies, what, hint in _FAULTS if applies(place))
    if what == _NO_COLON:
        mark = begun
    message = f"the YAML can't be read: {what.format(word=place.word)}"
    return Problem(message, Location(path, mark.line + 1, mark.column + 1), hint)


def _unreadable(text: str, path: str) -> Problem:
    found = next((i for i, c in enumerate(text) if yaml.reader.Reader.NON_PRINTABLE.match(c)), 0)
    line = text.count("\n", 0, found) + 1
    column = found - (text.rfind("\n", 0, found) + 1) + 1
    what = f"it contains a control character (U+{ord(text[found]):04X})" if text else "it is not text"
    return Problem(f"the YAML can't be read: {what}", Location(path, line, column), "remove the character")
