"""Kinds of values in helpsync.yaml and frontmatter: each reads a node, names what it expects, and has a JSON Schema.

The reader, the messages and the schema come from one table of keys, so they cannot disagree.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from helpsync.locales import LOCALES, near_miss
from helpsync.settings.strict_yaml import Problem, YamlNode
from helpsync.visible import is_visible

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from helpsync.errors import Location
    from helpsync.settings.strict_yaml import Pair

T = TypeVar("T")
_IDENTIFIER = re.compile(r"^0*[1-9][0-9]*$")
Schema = dict[str, Any]
Problems = list[Problem]


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of value: `read` returns it, or adds a problem and returns None; `expects` describes it in messages."""

    expects: str
    schema: Schema
    read: Callable[[YamlNode, str, Problems], T | None]


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """A key of a mapping: its name, the kind of its value, a sentence about it, and its value when it is absent."""

    name: str
    kind: Kind[T]
    about: str
    default: T | None = None
    required: bool = False
    code: str = "missing-key"


@dataclass(frozen=True, slots=True)
class Fields:
    """The values of a mapping that could be read, with the locations of all keys."""

    values: Mapping[str, Any]
    keys: Mapping[str, Location]
    nodes: Mapping[str, YamlNode] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  # its kind says which type
        """Return the value, or the key's default."""
        return self.values[name]


def wrong(node: YamlNode, name: str, expects: str, hint: str | None = None) -> Problem:
    """Return the problem that the value of `name` should be something else."""
    short = 0 < len(node.text) <= 40 and "\n" not in node.text
    got = f"`{node.text}`" if short else node.kind
    if hint is None and expects.startswith("text") and short:
        hint = f'put it in quotes: "{node.text}"'
    return Problem(f"`{name}` must be {expects}, not {got}", node.location, hint)


def _no_mapping(node: YamlNode, name: str, expects: str, hint: str | None = None) -> Problem:
    # Without the value, which may be a token in the place of a remote.
    return Problem(f"`{name}` must be {expects}, not {node.kind}", node.location, hint)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` most likely means, or None."""
    folded = {name.lower().replace("_", "-"): name for name in known}
    found = difflib.get_close_matches(word.lower().replace("_", "-"), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return a hint: the nearest known word, or all of them."""
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else f"known here: {', '.join(known)}"


def text(*, expects: str = "text", pattern: str | None = None) -> Kind[str]:
    """Return the kind of non-empty text on one line, without the white space around it."""

    def read(node: YamlNode, name: str, problems: Problems) -> str | None:
        if not isinstance(node.value, str):
            problems.append(wrong(node, name, expects))
            return None
        value = node.value.strip()
        if not is_visible(value):
            what = "shows nothing" if value else "is empty"
            problems.append(Problem(f"`{name}` {what}", node.location, "write its text, or remove the key"))
            return None
        if any(character in value for character in "\n\r\u2028\u2029\x85"):
            problems.append(Problem(f"`{name}` must be on one line", node.location, "use `>-` to fold several lines"))
            return None
        return value

    return Kind(expects, {"type": "string", "minLength": 1} | ({"pattern": pattern} if pattern else {}), read)


def single(
    expects: str,
    schema: Schema,
    accept: Callable[[YamlNode], T | None],
    hint: Callable[[YamlNode, str], str | None] = lambda _node, _name: None,
) -> Kind[T]:
    """Return the kind of value that `accept` returns; for any other it returns None, and `hint` may help."""

    def read(node: YamlNode, name: str, problems: Problems) -> T | None:
        value = accept(node)
        if value is None:
            problems.append(wrong(node, name, expects, hint(node, name)))
        return value

    return Kind(expects, schema, read)


def as_written(expects: str) -> Kind[str]:
    """Return the kind of text or number, read as it is written (an id, a digest, a version)."""

    def accept(node: YamlNode) -> str | None:
        number_or_text = isinstance(node.value, str | int | float) and not isinstance(node.value, bool)
        return node.text.strip() or None if number_or_text else None

    return single(expects, {"type": ["string", "number"]}, accept)


def identifier(expects: str = "a number above 0, Intercom's id") -> Kind[str]:
    """Return the kind of an Intercom id, as text."""

    def accept(node: YamlNode) -> str | None:
        return node.text if not isinstance(node.value, bool) and _IDENTIFIER.fullmatch(node.text) else None

    schema = {"type": ["integer", "string"], "minimum": 1, "pattern": _IDENTIFIER.pattern}
    return single(expects, schema, accept)


def boolean() -> Kind[bool]:
    """Return the kind of true and false."""

    def hint(node: YamlNode, name: str) -> str | None:
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(node.text.lower())
        return f"write `{name}: {meant}`" if meant else None

    return single(
        "true or false",
        {"type": "boolean"},
        lambda node: node.value if isinstance(node.value, bool) else None,
        hint,
    )


def integer(minimum: int) -> Kind[int]:
    """Return the kind of a whole number that is not below `minimum`."""

    def accept(node: YamlNode) -> int | None:
        number = node.value if isinstance(node.value, int) and not isinstance(node.value, bool) else None
        return number if number is not None and number >= minimum else None

    return single(f"a whole number, {minimum} or more", {"type": "integer", "minimum": minimum}, accept)


def choice(*options: str) -> Kind[str]:
    """Return the kind of one of these words."""

    def hint(node: YamlNode, _name: str) -> str | None:
        near = nearest(node.text, options) if isinstance(node.value, str) else None
        return f"did you mean `{near}`?" if near else None

    expects = options[0] if len(options) == 1 else f"{', '.join(options[:-1])} or {options[-1]}"
    return single(expects, {"enum": list(options)}, lambda node: _word(node, options), hint)


def locale() -> Kind[str]:
    """Return the kind of an Intercom locale; a near miss gets a hint with the right code."""

    def hint(node: YamlNode, _name: str) -> str:
        near = near_miss(node.text) if isinstance(node.value, str) else None
        return did_you_mean(near or node.text, tuple(LOCALES))

    return single("one of Intercom's locales", {"enum": list(LOCALES)}, lambda node: _word(node, LOCALES), hint)


def _word(node: YamlNode, known: Collection[str]) -> str | None:
    return node.value if isinstance(node.value, str) and node.value in known else None


def several(kind: Kind[T], *, unique: bool = False) -> Kind[tuple[T, ...]]:
    """Return the kind of a list of `kind`; with `unique`, none may appear twice."""

    def read(node: YamlNode, name: str, problems: Problems) -> tuple[T, ...] | None:
        if not isinstance(node.value, tuple):
            problems.append(wrong(node, name, "a list", "write a list such as [a, b]"))
            return None
        values: list[T] = []
        for item in node.value:
            value = kind.read(item, name, problems)
            if value is None:
                continue
            if unique and value in values:
                problems.append(Problem(f"`{value}` appears twice in `{name}`", item.location))
                continue
            values.append(value)
        return tuple(values)

    return Kind("a list", {"type": "array", "items": kind.schema} | ({"uniqueItems": True} if unique else {}), read)


def mapping_of(kind: Kind[T], *, of: str, named: Callable[[str, Pair, Problems], bool]) -> Kind[dict[str, T]]:
    """Return the kind of a mapping from names to `kind`; `named` checks a name, and adds a problem if it is wrong."""

    def read(node: YamlNode, name: str, problems: Problems) -> dict[str, T] | None:
        if not isinstance(node.value, dict):
            problems.append(_no_mapping(node, name, f"a mapping {of}"))
            return None
        values: dict[str, T] = {}
        for inner, pair in node.value.items():
            good = named(inner, pair, problems)
            value = kind.read(pair.node, f"{name}.{inner}", problems)
            if good and value is not None:
                values[inner] = value
        return values

    return Kind(f"a mapping {of}", {"type": "object", "additionalProperties": kind.schema}, read)


def table(keys: tuple[Key[Any], ...], *, hints: Mapping[str, str] | None = None) -> Kind[Fields]:
    """Return the kind of a mapping with these keys; an empty value is an empty mapping.

    `hints` explains keys that people try and that do not exist.
    """
    known = {key.name: key for key in keys}

    def read(node: YamlNode, name: str, problems: Problems) -> Fields | None:
        pairs = node.value if node.value is not None else {}
        if not isinstance(pairs, dict):
            problems.append(_no_mapping(node, name, "a mapping", "write `key: value` lines"))
            return None
        values: dict[str, Any] = {}
        misspelt: set[str | None] = set()
        for inner, pair in pairs.items():
            if inner not in known:
                misspelt.add(nearest(inner, known))
                hint = (hints or {}).get(inner) or did_you_mean(inner, tuple(known))
                problems.append(Problem(f"unknown key `{inner}`", pair.key, hint, "unknown-key"))
                continue
            value = known[inner].kind.read(pair.node, inner, problems)
            if value is not None:
                values[inner] = value
        for key in keys:
            if key.required and key.name not in pairs and key.name not in misspelt:
                problems.append(Problem(f"`{key.name}` is missing", node.location, f"add `{key.name}:`", key.code))
            values.setdefault(key.name, key.default)
        places = {inner: pair.key for inner, pair in pairs.items()}
        return Fields(values, places, {inner: pair.node for inner, pair in pairs.items()})

    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: {"description": key.about, **key.kind.schema} for key in keys},
    }
    required = [key.name for key in keys if key.required]
    return Kind("a mapping", schema | ({"required": required} if required else {}), read)
