"""YAML by the 1.2 rules, with the place of every key and value: for helpsync.yaml and for frontmatter.

PyYAML's C parser composes the nodes; the readings are our own, because PyYAML's are YAML 1.1 (`no` is false there,
`12:30` is 750, `2024-01-01` a date). A key twice is an error, `<<` is an ordinary key, tags are refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import yaml
from yaml.resolver import BaseResolver

from helpsync.errors import Location

if TYPE_CHECKING:
    from collections.abc import Mapping

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # PyYAML built without libyaml: slower, same nodes
    from yaml import SafeLoader as _Base  # type: ignore[assignment]  # the same interface, another class

# An alias repeats what it names, so ten short lines can stand for a billion nodes.
MAX_NODES = 20_000

_TAG = "tag:yaml.org,2002:"
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_BOOL = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
# A leading zero makes text: `012` is a code or a part number, and 1.1 read it as octal (design: The content tree).
_INT = re.compile(r"^(?:[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+)$")
_FLOAT = re.compile(
    r"^(?:[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)


class _Loader(_Base):
    """Composes nodes and resolves plain scalars by YAML 1.2's core schema."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


_Loader.add_implicit_resolver(f"{_TAG}null", _NULL, ["~", "n", "N", ""])
_Loader.add_implicit_resolver(f"{_TAG}bool", _BOOL, list("tTfF"))
_Loader.add_implicit_resolver(f"{_TAG}int", _INT, list("-+0123456789"))
_Loader.add_implicit_resolver(f"{_TAG}float", _FLOAT, list("-+.0123456789"))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a YAML text, where it stands and what to do; `code` is the finding that it becomes."""

    message: str
    location: Location
    hint: str | None = None
    code: str = "bad-frontmatter"


@dataclass(frozen=True, slots=True)
class Pair:
    """A value of a mapping and where its key stands."""

    key: Location
    node: Node


Value: TypeAlias = "bool | int | float | str | tuple[Node, ...] | Mapping[str, Pair] | None"


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it begins; `text` is a scalar as it was written, without quotes."""

    value: Value
    location: Location
    text: str = ""

    @property
    def kind(self) -> str:
        """Return the kind of value in a writer's words, for messages."""
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


def load(text: str, path: str, problems: list[Problem]) -> Node | None:
    """Return the text's one document, or None where it can't be read; what is wrong is added to `problems`.

    Lines are counted from 1 in `text`, columns in characters. An empty document is a Node of None.
    """
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        problems.append(_syntax(error, path))
        return None
    except yaml.reader.ReaderError as error:
        problems.append(_unreadable(error, text, path))
        return None
    except RecursionError:
        problems.append(Problem("the YAML is nested too deeply", Location(path, 1)))
        return None
    if root is None:
        return Node(None, Location(path, 1, 1))
    before = len(problems)
    try:
        node = _Reader(path, problems).read(root)
    except _TooMuchError:
        problems.append(Problem(f"the YAML stands for more than {MAX_NODES} values", Location(path, 1)))
        return None
    return node if len(problems) == before or isinstance(node.value, dict) else None


class _TooMuchError(Exception):
    """Aliases multiply the document beyond reason."""


class _Reader:
    """Turns composed nodes into ours."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems
        self.count = 0
        self.open: set[int] = set()

    def read(self, raw: yaml.Node) -> Node:
        self.count += 1
        # The same node inside itself is an alias to an anchor that is not finished yet.
        if self.count > MAX_NODES or id(raw) in self.open:
            raise _TooMuchError
        location = self.at(raw)
        if isinstance(raw, yaml.ScalarNode):
            return Node(self.scalar(raw, location), location, raw.value)
        if raw.tag not in (BaseResolver.DEFAULT_SEQUENCE_TAG, BaseResolver.DEFAULT_MAPPING_TAG):
            self.tag(raw, location)
        self.open.add(id(raw))
        value: Value
        if isinstance(raw, yaml.SequenceNode):
            value = tuple(self.read(item) for item in raw.value)
        else:
            value = self.mapping(raw)
        self.open.discard(id(raw))
        return Node(value, location)

    def at(self, raw: yaml.Node) -> Location:
        return Location(self.path, raw.start_mark.line + 1, raw.start_mark.column + 1)

    def mapping(self, raw: yaml.Node) -> Mapping[str, Pair]:
        pairs: dict[str, Pair] = {}
        for key, value in raw.value:
            location = self.at(key)
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(Problem("a key must be text", location))
                continue
            node = self.read(value)
            if key.value in pairs:
                first = pairs[key.value].key.line
                message = f"the key `{key.value}` appears twice, first on line {first}"
                self.problems.append(Problem(message, location, "remove one of the two"))
                continue
            pairs[key.value] = Pair(location, node)
        return pairs

    def scalar(self, raw: yaml.ScalarNode, location: Location) -> Value:
        text: str = raw.value
        match raw.tag.removeprefix(_TAG):
            case "str":
                return text
            case "null":
                return None
            case "bool" if _BOOL.match(text):
                return text.lower() == "true"
            case "int" if _INT.match(text):
                # Hundreds of digits are no number that anyone means, and Python refuses to convert thousands.
                return int(text, 0) if len(text) < 64 else text
            case "float" if _FLOAT.match(text) or _INT.match(text):
                return _float(text)
        self.tag(raw, location)
        return text

    def tag(self, raw: yaml.Node, location: Location) -> None:
        name = raw.tag.replace(_TAG, "!!")
        self.problems.append(Problem(f"the tag `{name}` is not supported here", location, "remove the tag"))


def _float(text: str) -> float:
    match text.lower().lstrip("+-"):
        case ".inf":
            return -math.inf if text.startswith("-") else math.inf
        case ".nan":
            return math.nan
    return float(text)


_HINTS = (
    ("mapping values are not allowed", "text that holds `: ` needs quotes around it"),
    ("could not find expected ':'", "a key needs `: ` after it, and text over several lines needs quotes or `>`"),
    ("cannot start any token", "text that begins with a sign such as @ ` % or a tab needs quotes; indent with spaces"),
    ("did not find expected key", "check the indentation, and that quotes and brackets are closed"),
    ("unexpected end of stream", "check that quotes and brackets are closed"),
    ("undefined alias", "text that begins with * needs quotes"),
    ("did not find expected alphabetic or numeric character", "text that begins with * or & needs quotes"),
    ("expected a single document", "one document only: remove the second `---`"),
    ("but found another document", "one document only: remove the second `---`"),
)


def _syntax(error: yaml.MarkedYAMLError, path: str) -> Problem:
    mark: Any = error.problem_mark or error.context_mark  # C and Python marks share only these attributes
    location = Location(path, mark.line + 1, mark.column + 1) if mark else Location(path, 1)
    what = f"{error.problem or error.context}"
    hint = next((hint for part, hint in _HINTS if part in f"{error.context} {what}"), None)
    return Problem(f"the YAML can't be read: {what}", location, hint)


def _unreadable(error: yaml.reader.ReaderError, text: str, path: str) -> Problem:
    found = next((i for i, c in enumerate(text) if yaml.reader.Reader.NON_PRINTABLE.match(c)), 0)
    line = text.count("\n", 0, found) + 1
    column = found - (text.rfind("\n", 0, found) + 1) + 1
    return Problem(
        f"the YAML can't be read: it holds a control character ({error.reason})", Location(path, line, column)
    )
