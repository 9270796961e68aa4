"""The findings that helpsync can report: one catalogue of their codes, severities and texts."""

from helpsync.findings.catalogue import RULES, Rule, by_rules, finding

__all__ = ["RULES", "Rule", "by_rules", "finding"]
