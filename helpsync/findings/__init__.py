"""The findings that helpsync can report: one catalogue of their codes, severities and texts.

Report one with `catalogue.NAME(value=…).at(location)`; `by_rules` gives findings the severities of `rules:`.
"""

from helpsync.findings import catalogue
from helpsync.findings.catalogue import RULES, Issue, MessageText, Rule, Unusable, by_rules, finding

__all__ = ["RULES", "Issue", "MessageText", "Rule", "Unusable", "by_rules", "catalogue", "finding"]
