"""YAML by the 1.2 rules, with the place of everything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpsync.errors import Location
from helpsync.settings.strict_yaml import MAX_NODES, Problem, YamlNode, load


def read(text: str) -> tuple[YamlNode | None, list[Problem]]:
    problems: list[Problem] = []
    return load(text, "x.yaml", problems), problems


def value_of(text: str) -> object:
    node, problems = read(f"key: {text}\n")
    assert problems == []
    assert node is not None
    assert isinstance(node.value, dict)
    return node.value["key"].node.value


def only(text: str) -> Problem:
    _, problems = read(text)
    assert len(problems) == 1, problems
    return problems[0]


@pytest.mark.parametrize(
    "text", ["no", "yes", "on", "off", "No", "y", "n", "012", "00", "12:30", "2024-01-01", "1_000", "0b11", "<<", "="]
)
def test_special_values_of_yaml_1_1_are_text(text: str) -> None:
    assert value_of(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("0o14", 12),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ('"1"', "1"),
        ("'true'", "true"),
        ("!!str 1", "1"),
    ],
)
def test_scalars_have_the_readings_of_yaml_1_2(text: str, value: object) -> None:
    read_as = value_of(text)
    assert read_as == value
    assert type(read_as) is type(value)


def test_a_number_of_thousands_of_digits_stays_text() -> None:
    assert value_of("9" * 5000) == "9" * 5000


def test_keys_and_values_know_their_places() -> None:
    node, _ = read("a: 1\nbé:\n  - x\n  - y\n")
    assert node is not None
    assert isinstance(node.value, dict)
    pair = node.value["bé"]
    assert pair.key == Location("x.yaml", 2, 1)
    assert isinstance(pair.node.value, tuple)
    assert [item.location for item in pair.node.value] == [Location("x.yaml", 3, 5), Location("x.yaml", 4, 5)]


def test_a_key_twice_is_a_problem_at_the_second_one() -> None:
    problem = only("title: a\nother: b\ntitle: c\n")
    assert problem.location == Location("x.yaml", 3, 1)
    assert problem.message == "the key `title` appears twice, first on line 1"


def test_every_key_that_appears_twice_is_reported() -> None:
    _, problems = read("a: 1\na: 2\nb: 1\nb: 2\n")
    assert [problem.location.line for problem in problems] == [2, 4]


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        ("title: Refunds: who\n", 1, 15, "needs quotes"),
        ("a: 1\nb: @home\n", 2, 4, "needs quotes"),
        ("a: 'open\n", 2, 1, "closed"),
        ("a: **bold**\n", 1, 5, "needs quotes"),
        ("\ta: 1\n", 1, 1, "indent with spaces"),
        ('a: "C:\\path"\n', 1, 7, "single quotes"),
        ("a: 'it's'\n", 1, 8, "twice"),
        ("a: [1, 2\nb: 3\n", 2, 2, "brackets are closed"),
        ("a: >\n  text\nmore\n", 3, 1, "a key needs `: `"),
        ("a:\n  b: 1\n c: 2\n", 3, 2, "indentation"),
    ],
)
def test_broken_yaml_says_where_and_what_to_do(text: str, line: int, column: int, hint: str) -> None:
    problem = only(text)
    assert problem.location == Location("x.yaml", line, column)
    assert problem.message.startswith("the YAML can't be read")
    assert hint in (problem.hint or "")


def test_a_control_character_is_named_with_its_place() -> None:
    problem = only("a: 1\nb: x\x07y\n")
    assert problem.location == Location("x.yaml", 2, 5)
    assert "control character (U+0007)" in problem.message


def test_a_tag_is_refused_and_nothing_is_built_from_it() -> None:
    problem = only("a: !!python/object/apply:os.getcwd []\n")
    assert problem.location == Location("x.yaml", 1, 4)
    assert problem.message == "the tag `!!python/object/apply:os.getcwd` is not supported here"


def test_a_key_that_is_a_list_is_refused() -> None:
    assert only("? [a]\n: b\n").message == "a key must be text"


def test_aliases_work_where_they_are_few() -> None:
    node, problems = read("a: &x [1]\nb: *x\n")
    assert problems == []
    assert node is not None
    assert isinstance(node.value, dict)
    assert node.value["a"].node.value == node.value["b"].node.value


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a: &a [x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    assert only("\n".join(lines)).message == f"the YAML has more than {MAX_NODES} values"


def test_an_alias_of_nothing_is_a_problem_at_its_place() -> None:
    problem = only("a: 1\nb: *name\n")
    assert problem.location == Location("x.yaml", 2, 4)
    assert problem.message == "the alias *name names nothing"
    assert problem.hint == "text that begins with * needs quotes"


def test_an_alias_inside_its_anchor_is_refused() -> None:
    assert only("a: &a [*a]").message == "the alias *a names nothing"


def test_a_second_document_is_a_problem_where_it_begins() -> None:
    problem = only("a: 1\n---\nb: 2\n")
    assert problem.location == Location("x.yaml", 2, 1)
    assert problem.message == "a second document begins here"


@pytest.mark.parametrize("sign", ["[", "[\n", "{", "{a: ", "- ", "? ", "a: {b: ["])
def test_nesting_without_end_is_refused(sign: str) -> None:
    assert only(sign * 100_000).message == "the YAML is nested more than 50 levels deep"


@given(st.text())
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    node, problems = read(text)
    assert node is not None or problems
    assert all(problem.location.line for problem in problems)


@given(st.dictionaries(st.text(st.characters(codec="ascii", categories=["L"]), min_size=1), st.integers()))
def test_a_mapping_of_numbers_round_trips(values: dict[str, int]) -> None:
    node, problems = read("".join(f'"{key}": {value}\n' for key, value in values.items()))
    assert problems == []
    assert node is not None
    assert values == (
        {key: pair.node.value for key, pair in node.value.items()} if isinstance(node.value, dict) else {}
    )
