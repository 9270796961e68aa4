"""The one list of finding codes: default severity, whether `rules:` can change it, and what it means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpsync.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.errors import Location
    from helpsync.model import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """A finding's code, default severity and meaning; a `fixed` one can't be changed by `rules:`."""

    code: str
    severity: Severity
    fixed: bool
    summary: str


def _fixed(code: str, summary: str) -> Rule:
    return Rule(code, "error", fixed=True, summary=summary)


def _error(code: str, summary: str) -> Rule:
    return Rule(code, "error", fixed=False, summary=summary)


def _warn(code: str, summary: str) -> Rule:
    return Rule(code, "warn", fixed=False, summary=summary)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.code: rule
        for rule in (
            # Links, pictures and markup.
            _error(
                "broken-link", "A link leads to no article of the tree; with `warn` the text stays without its link."
            ),
            _error(
                "broken-anchor",
                "A link names a heading that its article does not have; with `warn` it leads to the top.",
            ),
            _warn("link-to-draft", "A published article links to a draft, which readers can't open."),
            _error("missing-image", "A picture can't be found; with `warn` it is left out."),
            _error(
                "bad-image",
                "What is shown as a picture is another kind of file, or a page; with `warn` it is left out.",
            ),
            _error(
                "no-public-url",
                "A local picture needs `assets: {url: …}`, because Intercom fetches pictures from the web.",
            ),
            _error(
                "uncommitted-image",
                "A local picture is not in the commit that `assets: {url: …}` makes Intercom fetch it from.",
            ),
            _error("refused-markup", "Intercom would refuse this markup, and no valid body can be made of it."),
            _warn("lost-markup", "Intercom can't show this markup: it is dropped, and its text or a link stays."),
            _warn("deep-heading", "A heading is of a rank that Intercom may not keep; it may look like another one."),
            _warn("double-braces", "Intercom stores `{{` as `#{{`, and readers may see the `#`."),
            _warn("code-language", "Intercom does not keep the language of a code block; the code stays."),
            _warn("unstable-anchor", "The workspace renews ids of headings, so this link to one will stop working."),
            # The shape of the tree.
            _error(
                "unknown-locale", "A file is in a locale that Intercom or helpsync.yaml does not have; it is not read."
            ),
            _error("too-deep", "A folder lies deeper than collection and section; what is in it is not read."),
            _warn("no-collection", "An article lies in no collection, so readers can't find it."),
            _warn("unnamed-collection", "A collection has no name in a locale that its articles have."),
            _warn("section-description", "Intercom's sections have no description in API 2.9; it is not sent."),
            _warn("collection-body", "Text below a collection's frontmatter is shown nowhere; it is not sent."),
            _warn("unread-file", "A file looks like an article, but only names that end in `.md` are read."),
            _warn(
                "stale-translation", "The source text changed since a translation was made, by its `source:` digest."
            ),
            _error("cannot-unparent", "An article left its collection for the root, which Intercom's API can't do."),
            _fixed("missing-collection", "A folder with articles has no `_collection.md`."),
            _fixed("root-collection", "The root of the content tree can't be a collection."),
            _fixed("missing-source", "A translation has no file in the default locale."),
            _fixed(
                "duplicate-address",
                "Two files stand for the same article in the same locale, here or where names ignore case.",
            ),
            _fixed("duplicate-id", "Two files are pinned to the same item of Intercom's."),
            _fixed("bad-name", "The name of a file or folder can't become an address."),
            # Files and their frontmatter.
            _fixed("unreadable-file", "A file can't be opened."),
            _fixed("huge-file", "A file is larger than 20 MB."),
            _fixed("bad-encoding", "A file is not UTF-8 text."),
            _fixed("bad-symlink", "A symbolic link leads nowhere, out of the tree, or round in a circle."),
            _fixed("conflict-markers", "A file holds a conflict of a merge that nobody has resolved; it is not read."),
            _fixed("missing-frontmatter", "A file does not begin with frontmatter."),
            _fixed("bad-frontmatter", "The frontmatter is not valid YAML, or a value is of the wrong kind."),
            _fixed("unknown-key", "The frontmatter has a key that helpsync does not know."),
            _fixed("misplaced-key", "A key stands in a file where it has no meaning."),
            _error("cut-text", "YAML takes a part of a title, name or description for a comment or an anchor."),
            _warn("control-character", "A title, name, description or body contains a control character."),
            _fixed("missing-title", "An article has no `title`, or a collection no `name`."),
            _error("missing-body", "A text shows nothing, so readers of its locale would see an empty page."),
            # Found while planning, against Intercom.
            _fixed("missing-author", "A new article has no author, neither in its frontmatter nor in helpsync.yaml."),
            _fixed("unknown-author", "An author is no teammate of the workspace."),
        )
    }
)


def finding(code: str, message: str, location: Location, hint: str | None = None) -> Finding:
    """Return a finding with the severity that the catalogue gives its code."""
    return Finding(code, RULES[code].severity, message, location, hint)


def by_rules(findings: Iterable[Finding], rules: Mapping[str, Severity]) -> tuple[Finding, ...]:
    """Return the findings in the order of their places, with the severities of `rules`; those that are off left out."""
    kept = []
    for finding in findings:
        rule = RULES[finding.code]
        severity = rule.severity if rule.fixed else rules.get(finding.code, rule.severity)
        if severity != "off":
            kept.append(replace(finding, severity=severity))
    return tuple(sorted(kept, key=_place))


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    location = finding.location
    return (location.path, location.line or 0, location.column or 0, finding.code, finding.message)
