"""`helpsync schema`: the JSON Schema of helpsync.yaml."""

from __future__ import annotations

import click

from helpsync.cli.options import talk_options


@click.command("schema", short_help="Print the JSON Schema of helpsync.yaml.")
@talk_options
def command(*, verbose: bool) -> int:  # noqa: ARG001  # every command takes the common options
    """Print the JSON Schema of helpsync.yaml, for editors that check and complete YAML."""
    from helpsync.cli.console import result
    from helpsync.report.json_output import dump
    from helpsync.settings import config_schema

    result(dump(config_schema(), indent=2))
    return 0
