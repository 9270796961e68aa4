"""`helpsync sandbox`: the local Intercom as a server, with the pages a reader would see."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from helpsync.cli.console import listener, talk
from helpsync.cli.options import config_option, option, talk_options
from helpsync.sandbox import SWITCHES

if TYPE_CHECKING:
    from collections.abc import Callable

_Function = TypeVar("_Function", bound="Callable[..., Any]")


def _switch(name: str, text: str) -> Callable[[_Function], _Function]:
    choices = SWITCHES[name]
    return option(f"--{name.replace('_', '-')}", type=click.Choice(choices), default=choices[0], help=text)


@click.command("sandbox", short_help="Serve the embedded local Intercom.")
@option("--port", type=click.IntRange(0, 65535), default=8321, show_default=True, help="The port; 0 takes a free one.")
@option("--port-file", type=click.Path(path_type=Path), help="Write the port to this file once it is served.")
@option("--token", help="The only token that is accepted; by default any is.")
@option("--rate-limit", type=click.IntRange(min=1), metavar="N", help="Requests in 10 seconds, before a 429.")
@option("--admin", "admins", multiple=True, metavar="EMAIL", help="One more teammate; may be given more than once.")
@option("--reset", is_flag=True, help="Begin with an empty Intercom; the sandbox's baseline goes with it.")
@option("--demo", is_flag=True, help="Fill an empty one with a help center to play with.")
@option("--monolingual", is_flag=True, help="A help center that is not multilingual.")
@_switch("headings", "What becomes of heading levels.")
@_switch("heading_ids", "Whether heading ids that are sent stay.")
@_switch("heading_marks", "What becomes of bold, italic and code in headings.")
@_switch("code_newlines", "What becomes of newlines in code blocks.")
@_switch("braces", "Whether {{ becomes #{{.")
@_switch("locale_block", "What a PUT does to a locale's block.")
@_switch("nested_lists", "Whether nested lists are stored.")
@config_option
@talk_options
def command(
    *,
    port: int,
    port_file: Path | None,
    reset: bool,
    demo: bool,
    config: Path | None,
    verbose: bool,
    **given: Any,  # noqa: ANN401  # passed on as they are, Settings checks them
) -> int:
    """Serve the embedded local Intercom: its API, and the pages a reader would see.

    It is the same store that `--remote sandbox` uses without a server. Stop it with ^C. It needs no helpsync.yaml.
    """
    from helpsync.sandbox import fill_demo, serve
    from helpsync.settings import SANDBOX
    from helpsync.sync.session import open_session

    session = open_session(config, SANDBOX, listener(verbose=verbose), bare=True)
    sandbox = session.connection.sandbox
    if reset:
        sandbox.reset()
    settings = sandbox.settings(origin=f"http://localhost:{port}" if port else None, **given)
    if demo:
        talk("filled with the demo help center" if fill_demo(settings) else "the demo help center is there already")
    with sandbox.serving() as note:

        def started(url: str) -> None:
            note(url)
            talk(f"serving {url}, ^C stops it")

        serve(settings, port=port, port_file=port_file, started=started)
    return 0
