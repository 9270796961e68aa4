"""Init: write a helpsync.yaml to start with, alone or from a help center that already exists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpsync.baseline import write_whole
from helpsync.content import config_text, sample, write_conflicts
from helpsync.errors import ConfigError
from helpsync.git import has_shared_remote, ignored_paths, mistrusted, user_email
from helpsync.intercom import REGIONS, region_of_token
from helpsync.locales import LOCALES, near_miss
from helpsync.settings import (
    FILE_NAME,
    NOT_IN_A_FILE,
    SANDBOX,
    Config,
    RemoteConfig,
    is_environment_name,
    remote_name_problem,
)
from helpsync.sync.connection import run_until_done
from helpsync.sync.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from helpsync.model import LocaleCode, Remote
    from helpsync.plan import Survey
    from helpsync.settings import Layout, Region
    from helpsync.sync.listener import Listener


@dataclass(frozen=True, slots=True)
class InitOptions:
    """A new project: `path` is its helpsync.yaml, which must not exist; `region` None asks each for the token."""

    path: Path
    remote: str
    token_env: str
    region: Region | None = None
    help_center: str | None = None
    default_locale: LocaleCode | None = None
    layout: Layout = "suffix"

    @property
    def remote_config(self) -> RemoteConfig:
        """The settings of the remote."""
        token_env = None if self.remote == SANDBOX else self.token_env
        return RemoteConfig(self.remote, region=self.region or "us", token_env=token_env, help_center=self.help_center)

    @property
    def config(self) -> Config:
        """The settings, as far as they are known without Intercom."""
        locale = self.default_locale or "en"
        return Config(
            root=self.path.parent,
            path=self.path,
            default_locale=locale,
            locales=(locale,),
            layout=self.layout,
            baseline="git" if has_shared_remote(self.path.parent) else "file",
            remotes=MappingProxyType({self.remote: self.remote_config, SANDBOX: RemoteConfig(SANDBOX)}),
        )


@dataclass(frozen=True, slots=True)
class NewProject:
    """The files that were written, as paths below the project, and the content that was left as it is, if any."""

    written: tuple[str, ...]
    existing: Path | None = None


def check_options(options: InitOptions, *, inside: bool) -> None:
    """Raise ConfigError for names that can't be used, or a project that exists; `inside` another one is allowed."""
    _refuse_existing(options.path)
    above = next(
        (each for folder in options.path.parent.parents if (each := folder / options.path.name).is_file()), None
    )
    if above is not None and not inside:
        raise ConfigError(
            f"this folder belongs to {above}",
            hint=f"to make a help center of its own here all the same: --config {options.path.name}",
        )
    if hint := remote_name_problem(options.remote):
        raise ConfigError(f"--remote {options.remote!r} can't name a remote", hint=hint)
    if not is_environment_name(options.token_env):
        # The message leaves the value out: it may be a token.
        raise ConfigError(
            "--token-env must be the name of an environment variable, in capitals, digits and _", hint=NOT_IN_A_FILE
        )
    locale = options.default_locale
    if locale is not None and locale not in LOCALES:
        near = near_miss(locale)
        hint = f"did you mean {near}?" if near else f"use one of {', '.join(LOCALES)}"
        raise ConfigError(f"Intercom doesn't know --default-locale {locale!r}", hint=hint)


def _refuse_existing(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise ConfigError(
            f"{path} is there already, and is never overwritten",
            hint="change it by hand, or remove it to start over; `helpsync pull` brings home what Intercom has",
        )
    if path.name == FILE_NAME and path.with_suffix(".yml").exists():
        raise ConfigError(f"{path.with_suffix('.yml')} is there already", hint=f"rename it to {FILE_NAME}")


def init(options: InitOptions, listener: Listener) -> NewProject:
    """Write helpsync.yaml, and a sample article where there is no content; raises ConfigError and OSError."""
    config = options.config
    config = replace(config, author=user_email(config.root) or "docs@example.com")
    existing = _content(config)
    pages = {} if existing else {f"{config.content}/{path}": text for path, text in sample(config).items()}
    _refuse_conflicts(config, pages)
    written = [_write_config(config, listener)]
    for path, text in pages.items():
        write_whole(config.root / path, text)
        written.append(path)
    return NewProject(tuple(written), existing)


def _refuse_conflicts(config: Config, paths: Iterable[str]) -> None:
    for found in write_conflicts(config, list(paths)):
        raise ConfigError(found.message, location=found.location, hint=found.hint)


def read_workspace(options: InitOptions, listener: Listener) -> tuple[Session, Remote]:
    """Read the workspace that the new project starts from, in the region of its token.

    The remote's default locale is empty where Intercom names none. Raises ConfigError where there is content or a
    baseline already, and what reading raises.
    """
    session = Session(options.config, options.remote_config, listener)
    if existing := _content(options.config):
        raise ConfigError(
            f"{existing.relative_to(options.path.parent)}: there is content already that is not from this help center",
            hint="leave out --from-remote, and link the files to the existing articles with `helpsync adopt`",
        )
    store = session.checkout.store
    if store.read() is not None:
        raise ConfigError(
            f"there is a baseline already of what was pushed to or pulled from {options.remote}: {store.label}",
            hint="bring back the helpsync.yaml and the files that go with it; or remove it, to start over",
        )
    if not (options.region or options.remote == SANDBOX or session.connection.base_url_override):
        listener.progress(f"asking {', '.join(REGIONS)} for the workspace of the token")
        regions: tuple[Region, ...] = ("us", "eu", "au")
        sessions = {region: replace(session, remote=replace(session.remote, region=region)) for region in regions}
        readers = {region: partial(each.connection.reader, None) for region, each in sessions.items()}
        session = sessions[run_until_done(region_of_token(readers))]
    return session, session.connection.read(None, default_locale="").remote


def init_from_remote(session: Session, found: Survey, help_center: str | None) -> NewProject:
    """Write a helpsync.yaml for what the survey found in the session's remote; a pull then brings the content.

    Raises ConfigError where there is nothing to start from.
    """
    name = session.remote.name
    if found.empty:
        raise ConfigError(
            f"{name} has no articles and no collections to start from",
            hint="leave out --from-remote; `helpsync sandbox --demo` fills the sandbox with a help center to try",
        )
    server = None if name == SANDBOX else session.connection.base_url_override
    config = replace(
        session.config,
        default_locale=found.default_locale,
        locales=tuple(found.locales),
        author=found.author,
        remotes=MappingProxyType({name: replace(session.remote, help_center=help_center, base_url=server)}),
    )
    return NewProject((_write_config(config, session.listener),))


def _content(config: Config) -> Path | None:
    """Return a Markdown file of the content folder, if it has one."""
    return next((config.root / config.content).rglob("*.md"), None)


def _write_config(config: Config, listener: Listener) -> str:
    """Write helpsync.yaml, warn about files to commit that git ignores, and return the name of the file."""
    _refuse_existing(config.path)
    if (hint := mistrusted(config.root)) is not None:
        listener.message("warning: git can't read this repository, so the baseline goes into a file")
        listener.message(f"    hint: {hint}")
    write_whole(config.path, config_text(config))
    committed = [config.path.name, f"{config.content}/_collection.md"]
    if config.baseline == "file" and config.default_remote.name != SANDBOX:
        committed.append(f".helpsync/baseline/{config.default_remote.name}.json")
    for path in ignored_paths(config.root, *committed):
        listener.message(f"warning: git ignores {path}, which belongs in the repository")
        listener.message("    hint: remove the line of .gitignore that matches it; `git check-ignore -v` shows it")
    return config.path.name
