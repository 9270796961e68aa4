"""The list of findings, and the severities that `rules:` gives them."""

import re

from helpsync.errors import Location
from helpsync.findings.catalogue import RULES, by_rules, finding
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
