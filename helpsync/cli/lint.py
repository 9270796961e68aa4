"""`helpsync lint`: the findings of the content tree, without asking Intercom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helpsync.cli.options import config_option, format_option, talk_options
from helpsync.errors import Exit

if TYPE_CHECKING:
    from pathlib import Path

_HINT = "    hint: `helpsync diff` fetches the baseline and checks this"


@click.command("lint", short_help="Check the content tree.")
@format_option("text", "json")
@config_option
@talk_options
def command(*, output: str, config: Path | None, verbose: bool) -> int:
    """Check the content tree without asking Intercom: links, locales, frontmatter, and what Intercom can't show."""
    from helpsync.cli.console import listener, result, stdout_style, talk
    from helpsync.report.json_output import dump, finding_json
    from helpsync.report.text import finding_lines
    from helpsync.sync.session import open_session

    session = open_session(config, None, listener(verbose=verbose))
    tree = session.checkout.read_tree(offline=True)
    known = session.checkout.known_pictures
    if known.unsure:
        pictures = "1 picture" if len(known.unsure) == 1 else f"{len(known.unsure)} pictures"
        talk(
            f"note: can't tell whether Intercom has {pictures} without a public URL: "
            f"this checkout lacks {', '.join(known.missing)}"
        )
        talk(_HINT)
    doubtful = session.checkout.known_addresses
    if doubtful.unsure:
        files = "1 file" if len(doubtful.unsure) == 1 else f"{len(doubtful.unsure)} files"
        talk(
            f"note: can't tell whether Intercom has {files} named like a translation ({min(doubtful.unsure)}): "
            f"this checkout lacks {', '.join(doubtful.missing)}"
        )
        talk(_HINT)
    errors = sum(finding.severity == "error" for finding in tree.findings)
    if output == "json":
        result(
            dump(
                {"schema": "helpsync.findings/1", "findings": [finding_json(each) for each in tree.findings]}, indent=2
            )
        )
    else:
        for line in finding_lines(tree.findings, stdout_style()):
            result(line)
        warnings = len(tree.findings) - errors
        result(f"{tree.files} files: {errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}")
    return Exit.FINDINGS if errors else Exit.OK
