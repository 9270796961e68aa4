"""The list of findings, and the severities that `rules:` gives them."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import helpsync
from helpsync.errors import Location
from helpsync.findings import RULES, MessageText, by_rules, catalogue, finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpsync.model import Finding


def test_every_summary_is_one_sentence() -> None:
    for rule in RULES.values():
        assert re.fullmatch(r"[A-Z][^\n]*\.", rule.summary), rule.code


def test_only_errors_are_fixed() -> None:
    assert {rule.severity for rule in RULES.values() if rule.fixed} == {"error"}


def at(code: str, line: int | None) -> Finding:
    return finding(code, "message", Location("a.md", line))


def test_rules_change_severities_and_drop_what_is_off() -> None:
    found = [at("broken-link", 1), at("no-collection", 2), at("link-to-draft", 3)]
    kept = by_rules(found, {"broken-link": "warn", "no-collection": "off"})
    assert [(each.code, each.severity) for each in kept] == [("broken-link", "warn"), ("link-to-draft", "warn")]


def test_a_finding_without_a_line_comes_first_in_its_file() -> None:
    kept = by_rules([at("broken-link", 2), at("no-collection", None), at("broken-link", 1)], {})
    assert [each.location.line for each in kept] == [None, 1, 2]


TEXTS = {name: text for name, text in vars(catalogue).items() if isinstance(text, MessageText)}


def names_in(text: str | None) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text or "") if name}


def reports() -> Iterator[tuple[Path, ast.Call, str]]:
    """Yield each call of a text of the catalogue, and the name of the text."""
    for path in sorted(Path(helpsync.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TEXTS:
                yield path, node, node.func.attr


def test_every_report_passes_the_values_that_its_text_names() -> None:
    wrong = []
    for path, call, name in reports():
        passed = {keyword.arg for keyword in call.keywords}
        text = TEXTS[name]
        needed = names_in(text.message) | (names_in(text.hint) if "hint" not in passed else set())
        if not needed <= passed <= needed | names_in(text.hint) | {"hint"}:
            wrong.append(f"{path.name}:{call.lineno}: {name} needs {sorted(needed)}")
    assert wrong == []


def test_every_text_is_reported_somewhere() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path(helpsync.__file__).parent.rglob("*.py")]
    assert [name for name in TEXTS if not any(f"catalogue.{name}" in source for source in sources)] == []


def test_every_text_is_one_line_without_a_full_stop() -> None:
    for name, text in TEXTS.items():
        assert text.code in RULES, name
        for part in (text.message, text.hint or "x"):
            assert "\n" not in part, name
            assert not part.endswith("."), name


def test_a_hint_of_the_caller_replaces_that_of_the_text() -> None:
    text = MessageText("broken-link", "`{href}` is not an article", "did you mean `{near}`?")
    assert text(href="a", near="b") == ("broken-link", "`a` is not an article", "did you mean `b`?")
    assert text(href="{b}", hint="check {it}") == ("broken-link", "`{b}` is not an article", "check {it}")
