"""`helpsync init`: a helpsync.yaml to begin with, by itself or from a help center that is already there."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from helpsync.cli.console import is_terminal, listener, result, talk
from helpsync.cli.options import option, talk_options
from helpsync.errors import ConfigError, Exit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpsync.model import LocaleCode, Remote
    from helpsync.settings import Config, Layout, Region, RemoteConfig
    from helpsync.sync.session import Session

_REMOTE = "production"
_TOKEN = "INTERCOM_ACCESS_TOKEN"  # noqa: S105  # the variable's name


@click.command("init", short_help="Write a helpsync.yaml to begin with.")
@option("--from-remote", is_flag=True, help="Begin from what Intercom holds.")
@option("--region", type=click.Choice(["us", "eu", "au"]), help="Where Intercom hosts the workspace.")
@option("--remote", metavar="NAME", default=_REMOTE, show_default=True, help="What to call the remote, or `sandbox`.")
@option("--help-center", type=click.IntRange(min=1), metavar="ID", help="Take one of the workspace's help centers.")
@option("--token-env", metavar="NAME", default=_TOKEN, show_default=True, help="The variable that holds the token.")
@option("--default-locale", metavar="LOCALE", help="The locale of every article; `en` where nothing says another.")
@option("--layout", type=click.Choice(["suffix", "folder"]), default="suffix", help="refunds.fr.md or fr/refunds.md.")
@option("--yes", "-y", is_flag=True, help="Do not ask, take all help centers.")
@option("--config", type=click.Path(path_type=Path), help="The file to write; by default helpsync.yaml, here.")
@talk_options
def command(
    *,
    from_remote: bool,
    remote: str,
    token_env: str,
    region: Region | None,
    help_center: int | None,
    config: Path | None,
    yes: bool,
    **settled: Any,  # noqa: ANN401  # default_locale, layout and verbose, passed on as they are
) -> int:
    """Write a commented helpsync.yaml, and a sample article where there are none.

    With --from-remote it looks at Intercom first, in which region the token's workspace is and which locales, authors
    and help centers it has, and pulls what is there. An existing helpsync.yaml is never overwritten.
    """
    from helpsync.settings import FILE_NAME, SANDBOX, RemoteConfig

    path = Path.cwd() / (config or FILE_NAME)
    _refuse_what_is_there(path)
    if config is None:
        _refuse_what_is_above(path)
    _check(remote, token_env, settled["default_locale"])
    settings = RemoteConfig(
        remote,
        region=region or "us",
        token_env=None if remote == SANDBOX else token_env,
        help_center=None if help_center is None else str(help_center),
    )
    begin = _Begin(path, settings, region, ask=not yes and is_terminal(sys.stdin), **settled)
    return _from_remote(begin) if from_remote else _by_itself(begin)


@dataclass(frozen=True, slots=True)
class _Begin:
    path: Path
    remote: RemoteConfig
    region: Region | None
    ask: bool
    layout: Layout
    default_locale: LocaleCode | None
    verbose: bool

    @property
    def config(self) -> Config:
        """Return the settings as far as they are known without asking anybody."""
        from helpsync.git import has_shared_remote
        from helpsync.settings import SANDBOX, Config, RemoteConfig

        locale = self.default_locale or "en"
        return Config(
            root=self.path.parent,
            path=self.path,
            default_locale=locale,
            locales=(locale,),
            layout=self.layout,
            baseline="git" if has_shared_remote(self.path.parent) else "file",
            remotes=MappingProxyType({self.remote.name: self.remote, SANDBOX: RemoteConfig(SANDBOX)}),
        )

    def session(self, region: Region | None = None) -> Session:
        """Return the session for the remote, in another region where one is named."""
        from helpsync.sync.session import Session

        return Session(
            self.config, replace(self.remote, region=region or self.remote.region), listener(verbose=self.verbose)
        )


def _refuse_what_is_there(path: Path) -> None:
    from helpsync.settings import FILE_NAME

    if path.exists() or path.is_symlink():
        raise ConfigError(
            f"{path} is there already, and is never overwritten",
            hint="change it by hand, or remove it to start over; `helpsync pull` brings home what Intercom has",
        )
    if path.name == FILE_NAME and path.with_suffix(".yml").exists():
        raise ConfigError(f"{path.with_suffix('.yml')} is there already", hint=f"rename it to {FILE_NAME}")


def _refuse_what_is_above(path: Path) -> None:
    above = next((each for folder in path.parent.parents if (each := folder / path.name).is_file()), None)
    if above is not None:
        raise ConfigError(
            f"this folder belongs to {above}",
            hint=f"to make a help center of its own here all the same: --config {path.name}",
        )


def _check(remote: str, token_env: str, default_locale: LocaleCode | None) -> None:
    from helpsync.locales import LOCALES, near_miss
    from helpsync.settings import NOT_IN_A_FILE, is_environment_name, remote_name_problem

    if hint := remote_name_problem(remote):
        raise ConfigError(f"--remote {remote!r} can't name a remote", hint=hint)
    if not is_environment_name(token_env):
        # The value is kept out of the message: it may be a token.
        raise ConfigError(
            "--token-env must be the name of an environment variable, in capitals, digits and _", hint=NOT_IN_A_FILE
        )
    if default_locale is not None and default_locale not in LOCALES:
        near = near_miss(default_locale)
        hint = f"did you mean {near}?" if near else f"use one of {', '.join(LOCALES)}"
        raise ConfigError(f"Intercom doesn't know --default-locale {default_locale!r}", hint=hint)


def _by_itself(begin: _Begin) -> int:
    from helpsync.baseline import write_whole
    from helpsync.content import sample
    from helpsync.git import user_email
    from helpsync.settings import SANDBOX

    config = begin.config
    config = replace(config, author=user_email(config.root) or "docs@example.com")
    there = _content(config)
    pages = sample(config)
    if there is None:
        _refuse_what_is_write_conflicts(config, pages)
    _write(config)
    if there is None:
        for path, text in pages.items():
            write_whole(config.root / config.content / path, text)
            result(f"wrote {config.content}/{path}")
    else:
        talk(f"{there.relative_to(config.root)} and what else is in {config.content} stays as it is")
    where = "" if begin.remote.name == SANDBOX else f" --remote {SANDBOX}"
    talk(f"next: `helpsync push{where}` sends it to an Intercom on this machine, `helpsync {SANDBOX}` shows it")
    return Exit.OK


def _refuse_what_is_write_conflicts(config: Config, pages: Iterable[str]) -> None:
    from helpsync.content import write_conflicts

    for found in write_conflicts(config, [f"{config.content}/{path}" for path in pages]):
        raise ConfigError(found.message, location=found.location, hint=found.hint)


def _from_remote(begin: _Begin) -> int:
    from helpsync.plan import survey
    from helpsync.report.found import survey_lines

    if there := _content(begin.config):
        raise ConfigError(
            f"{there.relative_to(begin.path.parent)}: there is content already, which is not from this help center",
            hint="leave out --from-remote, and tie the files to what Intercom holds with `helpsync adopt`",
        )
    home = begin.session().checkout.store
    if home.read() is not None:
        raise ConfigError(
            f"there is a baseline already of what was pushed to or pulled from {begin.remote.name}: {home.label}",
            hint="bring back the helpsync.yaml and the files that go with it; or remove it, to start over",
        )
    session, remote = _read(begin)
    chosen = _help_center(begin, remote)
    found = survey(remote, chosen, default_locale=begin.default_locale)
    for line in survey_lines(found, remote, chosen, where=_where(session)):
        result(line)
    if found.empty:
        raise ConfigError(
            f"{begin.remote.name} holds no articles and no collections, so there is nothing to begin from",
            hint="leave out --from-remote; `helpsync sandbox --demo` fills the sandbox with a help center to try",
        )
    _write(
        replace(
            session.config,
            default_locale=found.default_locale,
            locales=tuple(found.locales),
            author=found.author,
            remotes=MappingProxyType({begin.remote.name: _settings(session, chosen)}),
        )
    )
    return _pull(begin)


def _pull(begin: _Begin) -> int:
    from helpsync.cli.pull import pull_and_tell
    from helpsync.sync.pull import PullOptions
    from helpsync.sync.session import open_session

    session = open_session(begin.path, None, listener(verbose=begin.verbose))
    return pull_and_tell(session, PullOptions(), brief=not begin.verbose)


def _read(begin: _Begin) -> tuple[Session, Remote]:
    session = _found(begin)
    # An empty locale, so that a default locale that nothing names can be told from one that is.
    return session, session.connection.read(None, default_locale="").remote


def _found(begin: _Begin) -> Session:
    """Return the session in the region of the token's workspace."""
    from helpsync.intercom import REGIONS, region_of_token
    from helpsync.settings import SANDBOX

    session = begin.session()
    if begin.region or begin.remote.name == SANDBOX or session.connection.base_url_override:
        return session
    session.listener.progress(f"asking {', '.join(REGIONS)} for the workspace of the token")
    regions: tuple[Region, ...] = ("us", "eu", "au")
    readers = {region: partial(begin.session(region).connection.reader, None) for region in regions}
    return begin.session(asyncio.run(region_of_token(readers)))


def _help_center(begin: _Begin, remote: Remote) -> str | None:
    """Return the id of the help center that was named or is chosen, None for all that there are."""
    from helpsync.plan import articles_of
    from helpsync.report.found import brand_line

    if begin.remote.help_center or len(remote.brands) < 2:
        return begin.remote.help_center
    talk(f"the workspace has {len(remote.brands)} help centers:")
    counts = articles_of(remote)
    for brand in remote.brands:
        talk(f"    {brand_line(brand)}: {counts[brand.id]} article{'s' * (counts[brand.id] != 1)}")
    if not begin.ask:
        talk("all are taken; --help-center ID takes one of them")
        return None
    # No settings can be made of an id that isn't a number.
    ids = [brand.id for brand in remote.brands if brand.id.isascii() and brand.id.isdigit()]
    choices = click.Choice([*ids, "all"])
    chosen: str = click.prompt("Which one?", type=choices, default="all", err=True)
    return None if chosen == "all" else chosen


def _where(session: Session) -> str:
    from helpsync.settings import SANDBOX

    if session.remote.name == SANDBOX:
        return "in the sandbox"
    return f"at {session.connection.base_url}" + (
        "" if session.connection.base_url_override else f" (region {session.remote.region})"
    )


def _settings(session: Session, help_center: str | None) -> RemoteConfig:
    from helpsync.settings import SANDBOX

    server = None if session.remote.name == SANDBOX else session.connection.base_url_override
    return replace(session.remote, help_center=help_center, base_url=server)


def _content(config: Config) -> Path | None:
    """Return a Markdown file of the content folder, if it has one."""
    return next((config.root / config.content).rglob("*.md"), None)


def _write(config: Config) -> None:
    """Write helpsync.yaml, and say where git would pass over what belongs into the repository."""
    from helpsync.baseline import write_whole
    from helpsync.content import config_text
    from helpsync.git import ignored_paths, mistrusted
    from helpsync.settings import SANDBOX

    _refuse_what_is_there(config.path)
    if (hint := mistrusted(config.root)) is not None:
        talk("warning: git does not read this repository, so the baseline is kept in a file")
        talk(f"    hint: {hint}")
    write_whole(config.path, config_text(config))
    result(f"wrote {config.path.name}")
    kept = [config.path.name, f"{config.content}/_collection.md"]
    if config.baseline == "file" and config.default_remote.name != SANDBOX:
        kept.append(f".helpsync/baseline/{config.default_remote.name}.json")
    for path in ignored_paths(config.root, *kept):
        talk(f"warning: git ignores {path}, which belongs into the repository")
        talk("    hint: take out the line of .gitignore that says so; `git check-ignore -v` names it")
