"""What `diff` and `push` share: settings, the tree, the baseline, the endpoint and the plan."""

from __future__ import annotations

import os
import shutil
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from helpsync.baseline import (
    Baseline,
    BaselineStore,
    FileStore,
    GitStore,
    HelpsyncFolder,
    Journal,
    KnownPictures,
    PendingWrite,
    PulledItem,
    PullNote,
    Record,
    RevertedPulls,
    SnapshotStore,
    fold_journal,
    held_pictures,
    pending_writes,
)
from helpsync.content.disk_blobs import blob_at, blobs_below, standing
from helpsync.content.frontmatter import blob_id, body_of
from helpsync.content.past import Past
from helpsync.content.pictures import public_url
from helpsync.content.tree import read_tree
from helpsync.errors import ConfigError, HelpsyncError
from helpsync.git import head_commit
from helpsync.intercom import (
    REGIONS,
    ASGIApp,
    Endpoint,
    PictureReader,
    Reader,
    Writer,
    open_pictures,
    open_reader,
    open_writer,
)
from helpsync.plan.bodies import markdown_of
from helpsync.plan.build import Planned, make_plan
from helpsync.plan.drift import with_uncertain_writes
from helpsync.plan.matching.matches import title_of
from helpsync.plan.policy import Policy
from helpsync.report.details import Details
from helpsync.settings.config import SANDBOX, bare_config, base_url_problem, load_config
from helpsync.sync.in_flight import landed
from helpsync.sync.known_addresses import KnownAddresses
from helpsync.sync.listener import SILENT, Listener

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from helpsync.content.tree import Tree
    from helpsync.model import Address, Remote, Source
    from helpsync.plan.plan import Plan
    from helpsync.sandbox.settings import Settings
    from helpsync.settings.config import Config, RemoteConfig
    from helpsync.sync.sandbox import SandboxPages


@dataclass(frozen=True)
class Session:
    """One run against one remote; nothing is read from Intercom until it is asked for."""

    config: Config
    remote: RemoteConfig
    listener: Listener = SILENT

    @property
    def in_process(self) -> bool:
        """Return whether the embedded Intercom answers, without a server."""
        return self.remote.name == SANDBOX and not self.base_url_override

    @property
    def base_url_override(self) -> str | None:
        """Return the server that the environment or the remote's settings put in the region's place."""
        return os.environ.get("HELPSYNC_BASE_URL") or self.remote.base_url

    @property
    def base_url(self) -> str:
        """Return the server in use, as the baseline and the plan name it: the sandbox is one, served or not."""
        return "sandbox:" if self.remote.name == SANDBOX else self._server

    @property
    def _server(self) -> str:
        return (self.base_url_override or REGIONS[self.remote.region]).rstrip("/")

    @cached_property
    def _own(self) -> HelpsyncFolder:
        return HelpsyncFolder(self.config.root)

    @cached_property
    def home(self) -> BaselineStore:
        """Return where the baseline is kept; the sandbox's lies beside its store."""
        name = self.remote.name
        if self.config.baseline == "git" and name != SANDBOX:
            return GitStore(self._own, name, content=self.config.content, tell=self.listener.message)
        path = self._own.path / SANDBOX / "baseline.json" if name == SANDBOX else self._own.committed(name)
        return FileStore(self._own, name, path=path, tell=self.listener.message)

    @property
    def journal_path(self) -> Path:
        """Return where a push notes what it does."""
        return self._own.journal(self.remote.name)

    def journal(self, clock: Callable[[], float]) -> Journal:
        """Return the journal of this push; `clock` gives Unix seconds."""
        self._own.made(self.journal_path.parent)
        return Journal(self.journal_path, clock)

    @property
    def _kept_elsewhere(self) -> Path | None:
        """Return the folder that HELPSYNC_KEPT names; what the sandbox held always lies beside its store."""
        chosen = os.environ.get("HELPSYNC_KEPT")
        return Path(chosen).expanduser().resolve() if chosen and self.remote.name != SANDBOX else None

    def _kept_path(self, workspace: str | None) -> Path:
        if self.remote.name == SANDBOX:
            return self._own.path / SANDBOX / "kept"
        folder, name = self._kept_elsewhere, self.remote.name
        if folder is None:
            return self._own.kept(name)
        # Other projects may keep there too, and call their remotes the same.
        if workspace is not None:
            return folder / f"{name}@{quote(workspace, safe='')}"
        found = sorted(path.parent for path in folder.glob(f"{name}@*/index.jsonl"))
        if len(found) > 1:
            raise ConfigError(
                f"HELPSYNC_KEPT holds what pushes to {len(found)} workspaces overwrote, each a remote {name}, and "
                "there is no baseline that says which one this is",
                hint="`helpsync adopt` makes a baseline",
            )
        return found[0] if found else folder / name

    def kept(self, clock: Callable[[], float], workspace: str | None) -> SnapshotStore:
        """Return what pushes to the remote overwrote, as this disk keeps it; `clock` gives Unix seconds.

        HELPSYNC_KEPT names another folder, with one of the remote's and the workspace's in it. Raises ConfigError where
        `workspace` is not known, and several of them have one there.
        """
        path = self._kept_path(workspace)
        return SnapshotStore(path, shown=self._own.shown(path), now=clock)

    def begun(self, baseline: Baseline) -> dict[Address, PendingWrite]:
        """Return the writes that a push that died in this checkout began, and of which it noted no outcome."""
        return pending_writes(self.journal_path, baseline, shown=self._own.shown(self.journal_path))

    def read_baseline(self) -> Baseline | None:
        """Return the baseline, with what a push that died had done by then; None before the first push."""
        return self._folded(self.home.read())

    @cached_property
    def pull_note(self) -> PullNote:
        """Return the note of a pull that is under way, or died."""
        path = self._own.pull_note(self.remote.name)
        content = partial(blobs_below, self.config.root / self.config.content)
        discards = RevertedPulls(self._own.before_pulls(self.remote.name), partial(standing, self.config), content)
        return PullNote(path, discards, shown=self._own.shown(path), blob=lambda at: blob_at(self.config.root / at))

    def begin_pull(
        self, baseline: Baseline, taken: Iterable[PulledItem], sources: Mapping[str, bytes], *, first: bool
    ) -> None:
        """Note on the disk what is about to be pulled, by the `first` pull or a later one; raises OSError.

        `sources` are what both sides then agree on: a file that is merged holds something else.
        """
        self._own.made(self.pull_note.path.parent)
        if self.pull_note.exists:
            # What the pull that died had in files is in this baseline, and would be in no note any more.
            self.home.record_pull(baseline, {}, lambda _: None)
        self.home.add_sources(sources)
        self.pull_note.write(baseline, taken, first=first)

    def end_pull(
        self, baseline: Baseline, changed: Mapping[Address, Record | None], sources: Mapping[str, bytes], tree: Tree
    ) -> None:
        """Let the baseline know what a pull took, of the files in `sources` and in the tree; raises OSError."""
        in_tree = self._source_reader(tree)
        self.home.record_pull(baseline, changed, lambda blob: sources.get(blob) or in_tree(blob))
        self.pull_note.remove()

    def _folded(self, baseline: Baseline | None) -> Baseline | None:
        baseline = self.pull_note.fold(baseline)
        return fold_journal(self.journal_path, baseline, shown=self._own.shown(self.journal_path))

    def write_baseline(self, baseline: Baseline, tree: Tree) -> None:
        """Write the baseline, and the sources that it names as far as they are in the tree."""
        self.home.write(baseline, self._source_reader(tree))
        self.pull_note.remove(baseline)

    def save_along(self, baseline: Baseline, tree: Tree) -> None:
        """Let the home save, every now and then, the baseline with what this push has done so far."""
        self.home.checkpoint(lambda: self._folded(baseline), self._source_reader(tree))

    def _source_reader(self, tree: Tree) -> Callable[[str], bytes | None]:
        paths = {source.blob: source.path for source in _sources(tree)}

        def read(blob: str) -> bytes | None:
            path = paths.get(blob)
            if path is None:
                return None
            try:
                data = (self.config.root / path).read_bytes()
            except OSError:
                return None
            return data if blob_id(data) == blob else None

        return read

    def check(self, tree: Tree | None) -> None:
        """Raise HelpsyncError where a push could not be recorded: better now than after the first write.

        None where the files on disk have no part in what is written.
        """
        self._own.check_writable(self.journal_path.parent)
        self.home.check(_sources(tree) if tree else None)
        self._own.check_writable(self._kept_elsewhere or self._kept_path(None))

    def warn_if_behind(self, run: str) -> None:
        """Say that this command, run to write, would be refused since the checkout is behind, and what to do."""
        stale = self.home.behind(for_push=run == "push")
        if stale is not None:
            self.listener.message(f"warning: `helpsync {run}` would be refused now: {stale.message}")
            self.listener.message(f"    hint: {stale.hint}")

    def endpoint(self, tree: Tree | None = None) -> Endpoint:
        """Return whom to speak to; raises ConfigError without a token."""
        if self.in_process:
            return Endpoint(base_url="http://localhost", token=SANDBOX, app=self._sandbox(tree))
        if problem := base_url_problem(self._server):
            raise ConfigError(f"HELPSYNC_BASE_URL: {problem}")
        if self.remote.name == SANDBOX:
            return Endpoint(base_url=self._server, token=os.environ.get("HELPSYNC_TOKEN") or SANDBOX)
        variable = self.remote.token_env or "INTERCOM_ACCESS_TOKEN"
        token = os.environ.get(variable, "")
        if not token.strip():
            raise ConfigError(
                f"no token for remote {self.remote.name}: the environment variable {variable} is "
                f"{'empty' if variable in os.environ else 'not set'}",
                hint="an access token is made in Intercom's Developer Hub; to try helpsync without one, "
                "use --remote sandbox",
            )
        return Endpoint(base_url=self._server, token=token, api_version=self.remote.api_version)

    def _sandbox(self, tree: Tree | None) -> ASGIApp:
        from helpsync.sandbox import create_app
        from helpsync.sync.sandbox import in_process

        folder = self._own.made(self._own.path / SANDBOX)
        return create_app(in_process(self.config, folder, tree, origin=self._sandbox_pages.origin))

    @property
    def sandbox_pages(self) -> SandboxPages | None:
        """Return where the sandbox's pages are; None for other remotes."""
        from helpsync.sync.sandbox import SandboxPages

        if self.remote.name != SANDBOX:
            return None
        return self._sandbox_pages if self.in_process else SandboxPages(self._server, served=True)

    @cached_property
    def _sandbox_pages(self) -> SandboxPages:
        from helpsync.sync.sandbox import pages_of

        return pages_of(self._own.path / SANDBOX)

    def serving_sandbox(self) -> AbstractContextManager[Callable[[str], None]]:
        """Return a context that records where the sandbox is served, so that a push can print its pages' addresses."""
        from helpsync.sync.sandbox import noting

        return noting(self._own.made(self._own.path / SANDBOX))

    def sandbox_settings(self, **given: Any) -> Settings:  # noqa: ANN401  # passed on, checked there
        """Return the settings of the sandbox to serve."""
        from helpsync.sync.sandbox import sandbox_settings

        return sandbox_settings(self.config, self._own.made(self._own.path / SANDBOX), **given)

    def reset_sandbox(self) -> None:
        """Remove the sandbox's store, and the baseline that says what is in it."""
        folder = self._own.path / SANDBOX
        for path in (*folder.glob("store.db*"), folder / "baseline.json", self.journal_path):
            path.unlink(missing_ok=True)
        shutil.rmtree(folder / "kept", ignore_errors=True)

    @asynccontextmanager
    async def reader(self, tree: Tree | None) -> AsyncIterator[Reader]:
        """Give a client that cannot write; authors of the tree are teammates in the sandbox that answers in-process."""
        async with self._spoken_to(tree) as endpoint, open_reader(endpoint, **self._how) as client:
            yield client

    @asynccontextmanager
    async def writer(self, tree: Tree) -> AsyncIterator[Writer]:
        """Give a client that can write."""
        async with self._spoken_to(tree) as endpoint, open_writer(endpoint, **self._how) as client:
            yield client

    @asynccontextmanager
    async def pictures(self, tree: Tree) -> AsyncIterator[PictureReader]:
        """Give what fetches the pictures of stored bodies."""
        async with self._spoken_to(tree) as endpoint, open_pictures(endpoint) as reader:
            yield reader

    @asynccontextmanager
    async def _spoken_to(self, tree: Tree | None) -> AsyncIterator[Endpoint]:
        endpoint = self.endpoint(tree)
        try:
            yield endpoint
        finally:
            if endpoint.app is not None:
                from helpsync.sandbox import close_app

                close_app(endpoint.app)

    @property
    def _how(self) -> dict[str, Any]:
        return {
            "on_request": self.listener.request,
            "on_wait": self._report_wait,
        }

    def _report_wait(self, seconds: float, what: str) -> None:
        self.listener.message(f"waiting up to {seconds:.0f} s for {what}")

    def read_tree(self, *, offline: bool = False, may_be_empty: bool = False, unresolved: bool = False) -> Tree:
        """Return the content tree; its findings are for the caller to show; the rest is as in the content room.

        `offline` is for what asks no remote and may come before there is a commit: pictures need not be committed, and
        what any remote is known on this disk to hold already needs no public URL. The git remote is asked
        only if a file is named like a translation, and no baseline on this disk knows its address.
        """
        return read_tree(
            self.config,
            pins_for=self.remote.name,
            committed=not offline,
            stored=(lambda: self.known_pictures) if offline else self._held,
            known=self.known_addresses if offline else KnownAddresses(self, offline=False),
            may_be_empty=may_be_empty,
            unresolved=unresolved,
        )

    def _held(self) -> Mapping[str, str]:
        """Return the keys of the pictures that the remote holds; raises what reading the baseline does."""
        baseline = self.read_baseline()
        return held_pictures(baseline.records.values()) if baseline else {}

    def baseline_at_hand(self) -> Baseline | None:
        """Return the baseline on this disk, without any request; None where there is none."""
        return self._folded(self.home.cached())

    @cached_property
    def known_pictures(self) -> KnownPictures:
        """Return the pictures that remotes have, as far as this disk knows, and which baselines it lacks."""
        found: set[str] = set()
        missing: list[str] = []
        for remote in self.config.remotes.values():
            other = replace(self, remote=remote)
            # What is wrong with a baseline is for the commands that need it to say.
            with suppress(HelpsyncError, OSError):
                if not other.home.is_cached:
                    missing.append(other.home.shown)
                    continue
                baseline = other.baseline_at_hand()
                found.update(held_pictures(baseline.records.values()) if baseline else ())
        return KnownPictures(frozenset(found), tuple(missing))

    @cached_property
    def known_addresses(self) -> KnownAddresses:
        """Return the addresses that remotes have, as far as can be told without asking Intercom."""
        return KnownAddresses(self, offline=True)

    def plan(self, tree: Tree, remote: Remote, baseline: Baseline | None, overwrite: Iterable[str] = ()) -> Planned:
        """Return the plan that takes Intercom to the tree."""
        past = Past(self.config, self.home.source_text, tree.pictures)
        planned = make_plan(tree.help_center, remote, baseline, self.policy(overwrite), past)
        return replace(planned, plan=with_uncertain_writes(planned.plan, landed(self.begun(planned.baseline))))

    def policy(self, overwrite: Iterable[str] = ()) -> Policy:
        """Return the settings that a plan depends on."""
        settings = self.config
        return Policy(
            remote=self.remote.name,
            base_url=self.base_url,
            api_version=self.remote.api_version,
            author=settings.author,
            state=settings.state,
            on_remove=settings.on_remove,
            help_center=self.remote.help_center,
            rules=settings.rules,
            overwrite=frozenset(overwrite),
        )

    def refusal(self, plan: Plan, allowed: int) -> str | None:
        """Return why a push of the plan is refused, or None; `allowed` losses may be."""
        limits = self.config.limits
        return plan.unsafe(share=limits.remove, floor=limits.floor, allowed=allowed)

    def details(self, tree: Tree, planned: Planned, remote: Remote) -> Details:
        """Return what renderings need besides the plan; bodies are compared with the sources as last pushed.

        Names of Intercom's teammates and collections are shown beside their ids.
        """

        def body(blob: str) -> str | None:
            text = self.home.source_text(blob)
            return None if text is None else body_of(text)

        teammates = {admin.id: admin.email or admin.name for admin in remote.admins}
        locale = self.config.default_locale
        names = {item.id: title_of(item, locale) for item in remote.help_center.collections if item.id}
        markdown = partial(markdown_of, bodies=planned.bodies)
        return Details(body, markdown=markdown, pictures=tree.pictures, teammates=teammates, collections=names)

    def picture(self, tree: Tree) -> Callable[[str], str | None]:
        """Return what gives a picture's public URL by its key, None where Intercom could not fetch it.

        A local one is fetched at the commit at hand.
        """
        commit = head_commit(self.config.root) if tree.pictures else None

        def url(key: str) -> str | None:
            path = tree.pictures.get(key)
            if path is None:
                return key
            if self.config.assets_url is None or key in tree.unfetchable:
                return None
            return public_url(self.config.assets_url, path, commit)

        return url


def _sources(tree: Tree) -> tuple[Source, ...]:
    return tuple(text.source for item in tree.help_center.items for text in item.texts.values() if text.source)


def open_session(
    config: Path | None, remote: str | None, listener: Listener = SILENT, *, bare: bool = False
) -> Session:
    """Return the session for a remote; raises ConfigError when there is none of that name.

    With `bare`, a folder without helpsync.yaml has the sandbox and all defaults.
    """
    cwd = Path.cwd()
    settings = load_config(config, cwd=cwd, environ=os.environ, otherwise=bare_config(cwd) if bare else None)
    name = remote or next(iter(settings.remotes))
    if name not in settings.remotes:
        known = ", ".join(settings.remotes)
        raise ConfigError(f"no remote {name} in {settings.path.name}", hint=f"there are: {known}")
    return Session(settings, settings.remotes[name], listener)


def check_overwrite(tree: Tree, overwrite: Iterable[str]) -> None:
    """Raise ConfigError where an edit is to be overwritten at an address that is not there; nothing is a pattern."""
    known = [item.address or "" for item in tree.help_center.items]
    for address in overwrite:
        if address not in known:
            near = nearest(address, known)
            raise ConfigError(
                f"--overwrite-remote {address}: no such address in the content tree",
                hint=f"did you mean {near}?"
                if near and "*" not in address
                else "an address is the path of one article or collection, without locale and ending",
            )


def nearest(address: str, known: Iterable[str]) -> str | None:
    """Return the known address that was meant, if one is likely: with its ending, its folder or a slip taken away."""
    addresses = list(known)
    bare = address.removesuffix(".md").rstrip("/")
    alike = [each for each in addresses if bare in (each, each.rstrip("/")) or bare.endswith(f"/{each.rstrip('/')}")]
    return max(alike, key=len) if alike else next(iter(get_close_matches(address, addresses, 1, 0.8)), None)
