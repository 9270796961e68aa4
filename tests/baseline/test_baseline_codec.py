"""The reader of JSON on disk: it returns what was asked for, or says where the file is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from helpsync.baseline import DataError, JsonObject, parse_object
from helpsync.baseline.codec import NotJsonError, RepeatedKeyError, record_from_json

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (lambda it: it.text("a"), {}, "a is missing"),
        (lambda it: it.text("a"), {"a": 1}, "a is not text"),
        (lambda it: it.optional_text("a"), {"a": 1}, "a is not text"),
        (lambda it: it.count("a"), {"a": True}, "a is not a count"),
        (lambda it: it.count("a"), {"a": -1}, "a is not a count"),
        (lambda it: it.optional_integer("a"), {"a": "1"}, "a is not a whole number"),
        (lambda it: it.choice("a", ("x", "y")), {"a": "z"}, "a is 'z', not one of x, y"),
        (lambda it: it.choice("a", ("x", "y")), {"a": []}, "a is [], not one of x, y"),
        (lambda it: it.moment("a"), {"a": "noon"}, "a is not a time"),
        (lambda it: it.moment("a"), {"a": "2026-03-01T12:00:00"}, "a is a time without its offset"),
        (lambda it: it.texts("a"), {"a": ["x", 1]}, "a is not a list of texts"),
        (lambda it: it.texts("a"), {}, "a is missing"),
        (lambda it: it.text_map("a"), {"a": {"b": "x", "c": 1}}, "a.c is not text"),
        (lambda it: it.optional_text_map("a"), {"a": {"b": None, "c": 1}}, "a.c is neither text nor null"),
        (lambda it: it.members("a", JsonObject.texts), {"a": {"b": "x"}}, "a.b is not a list of texts"),
        (lambda it: it.each("a", record_from_json), {"a": {"b/c": 1}}, "a.b/c is not an object"),
        (lambda it: it.each("a", record_from_json), {"a": {"b/c": {}}}, "a.b/c.kind is missing"),
        (lambda it: it.each_or_none("a", record_from_json), {"a": []}, "a is not an object"),
        (lambda it: it.items("a", record_from_json), {"a": [{"kind": "article"}]}, "a.0.id is missing"),
        (lambda it: it.items("a", record_from_json), {"a": {}}, "a is not a list"),
        (lambda it: it.rows("a", 2), {"a": [["x", None], ["x"]]}, "a.1 is not a list of 2 texts"),
        (
            lambda it: it.each("records", record_from_json),
            {"records": {"b/c": {"kind": "article", "id": "1", "locales": {"fr": {"sent": {"title": 1}}}}}},
            "records.b/c.locales.fr.sent.title is not text",
        ),
        (
            lambda it: it.each("records", record_from_json),
            {"records": {"b/c": {"kind": "article", "id": "1", "locales": {"xx": {}}}}},
            "records.b/c.locales.xx is not one of Intercom's locales",
        ),
    ],
)
def test_a_wrong_member_is_named_by_its_path(
    read: Callable[[JsonObject], object], value: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError) as caught:
        read(JsonObject(value))
    assert str(caught.value) == message


def test_what_is_absent_is_empty_if_it_is_optional() -> None:
    value = JsonObject({"a": None})
    assert value.optional_text("a") is None
    assert value.optional_integer("b") is None
    assert value.optional_choice("b", ("x",)) is None
    assert value.texts("b", optional=True) == ()
    assert value.text_map("b", optional=True) == {}
    assert value.each("b", record_from_json, optional=True) == {}
    assert not value.flag("b")


@pytest.mark.parametrize("text", ["", "{", "nonsense", b"\xff\xfe{", "[" * 100_000])
def test_a_text_that_is_not_json_is_told_from_damage(text: str | bytes) -> None:
    with pytest.raises(NotJsonError):
        parse_object(text)


def test_a_repeated_key_and_half_a_character_are_errors_only_if_strict() -> None:
    assert parse_object('{"a": 1, "a": 2}').values == {"a": 2}
    assert parse_object('{"a": "\\ud800"}').values == {"a": "\ud800"}
    with pytest.raises(RepeatedKeyError, match="it has “a” twice"):
        parse_object('{"b": {"a": 1, "a": 2}}', strict=True)
    with pytest.raises(NotJsonError):
        parse_object('{"a": "\\ud800"}', strict=True)
