"""What this checkout has of a remote: the content tree, the baseline, the journal and the snapshots."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING
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
    pending_writes,
    uploaded_pictures,
)
from helpsync.content import Commit, blob_at, blob_id, blob_of, blobs_below, read_tree
from helpsync.errors import ConfigError, HelpsyncError
from helpsync.git import changed_files, committed_blobs, mistrusted
from helpsync.settings import SANDBOX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from helpsync.content import Tree
    from helpsync.model import Address, Source
    from helpsync.settings import Config, RemoteConfig


@dataclass(frozen=True)
class Checkout:
    """The files of a project for one remote; `message` gets warnings."""

    config: Config
    remote: RemoteConfig
    message: Callable[[str], None]

    @cached_property
    def _folder(self) -> HelpsyncFolder:
        return HelpsyncFolder(self.config.root)

    # The baseline -----------------------------------------------------------------------------------------------------

    @cached_property
    def store(self) -> BaselineStore:
        """Where the baseline is; the sandbox has its own beside its store."""
        name = self.remote.name
        if self.config.baseline == "git" and name != SANDBOX:
            return GitStore(self._folder, name, content=self.config.content, message=self.message)
        path = self._folder.path / SANDBOX / "baseline.json" if name == SANDBOX else self._folder.baseline(name)
        return FileStore(self._folder, name, path=path, message=self.message)

    def read_baseline(self) -> Baseline | None:
        """Return the baseline, with what an interrupted push did; None before the first push."""
        return self._folded(self.store.read())

    def cached_baseline(self) -> Baseline | None:
        """Return the baseline on this disk, without any request; None where there is none."""
        return self._folded(self.store.cached())

    def _folded(self, baseline: Baseline | None) -> Baseline | None:
        baseline = self.pull_note.fold(baseline)
        return fold_journal(self._journal_path, baseline, label=self._folder.label(self._journal_path))

    def write_baseline(self, baseline: Baseline, tree: Tree) -> None:
        """Write the baseline, and the sources that it names as far as they are in the tree."""
        self.store.write(baseline, self._source_reader(tree))
        self.pull_note.remove(baseline)

    def checkpoint(self, baseline: Baseline, tree: Tree) -> None:
        """Let the store save, every now and then, the baseline with what this push has done so far."""
        self.store.checkpoint(lambda: self._folded(baseline), self._source_reader(tree))

    def check_recordable(self, tree: Tree | None) -> None:
        """Raise HelpsyncError where a push could not be recorded: better now than after the first write.

        None for a command that writes what no file on disk says.
        """
        self._folder.check_writable(self._journal_path.parent)
        self.store.check(_sources(tree) if tree else None)
        self._folder.check_writable(self._snapshots_elsewhere or self._snapshots_path(None))

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

    # Pushes -----------------------------------------------------------------------------------------------------------

    @property
    def _journal_path(self) -> Path:
        return self._folder.journal(self.remote.name)

    def journal(self, clock: Callable[[], float]) -> Journal:
        """Return the journal of this push; `clock` gives Unix seconds."""
        self._folder.make(self._journal_path.parent)
        return Journal(self._journal_path, clock)

    def pending_writes(self, baseline: Baseline) -> dict[Address, PendingWrite]:
        """Return the writes that an interrupted push in this checkout began without an outcome."""
        return pending_writes(self._journal_path, baseline, label=self._folder.label(self._journal_path))

    def snapshots(self, clock: Callable[[], float], workspace: str | None) -> SnapshotStore:
        """Return what pushes to the remote overwrote, as far as it is on this disk; `clock` gives Unix seconds.

        HELPSYNC_KEPT names another folder, with one of the remote's and the workspace's in it. Raises ConfigError when
        `workspace` is None and that folder has several of the remote's.
        """
        path = self._snapshots_path(workspace)
        return SnapshotStore(path, label=self._folder.label(path), now=clock)

    @property
    def _snapshots_elsewhere(self) -> Path | None:
        """The folder that HELPSYNC_KEPT names; the sandbox's snapshots always lie beside its store."""
        chosen = os.environ.get("HELPSYNC_KEPT")
        return Path(chosen).expanduser().resolve() if chosen and self.remote.name != SANDBOX else None

    def _snapshots_path(self, workspace: str | None) -> Path:
        if self.remote.name == SANDBOX:
            return self._folder.path / SANDBOX / "kept"
        folder, name = self._snapshots_elsewhere, self.remote.name
        if folder is None:
            return self._folder.snapshots(name)
        # Other projects may use the folder too, and call their remotes the same.
        if workspace is not None:
            return folder / f"{name}@{quote(workspace, safe='')}"
        found = sorted(path.parent for path in folder.glob(f"{name}@*/index.jsonl"))
        if len(found) > 1:
            raise ConfigError(
                f"HELPSYNC_KEPT has snapshots of {len(found)} workspaces, each a remote {name}, and "
                "no baseline says which one this is",
                hint="`helpsync adopt` makes a baseline",
            )
        return found[0] if found else folder / name

    # Pulls ------------------------------------------------------------------------------------------------------------

    @cached_property
    def pull_note(self) -> PullNote:
        """The note of a pull that is under way or was interrupted."""
        path = self._folder.pull_note(self.remote.name)
        content = partial(blobs_below, self.config.root / self.config.content)
        reverted = RevertedPulls(self._folder.reverted_pulls(self.remote.name), partial(blob_of, self.config), content)
        return PullNote(
            path, reverted, label=self._folder.label(path), blob_at=lambda at: blob_at(self.config.root / at)
        )

    def begin_pull(
        self, baseline: Baseline, taken: Iterable[PulledItem], sources: Mapping[str, bytes], *, first: bool
    ) -> None:
        """Note on disk what the `first` pull or a later one is about to write; raises OSError.

        `sources` are what both sides agree on from then on: a merged file has something else.
        """
        self._folder.make(self.pull_note.path.parent)
        if self.pull_note.exists:
            # The baseline has what the interrupted pull wrote into files; its note is about to be replaced.
            self.store.record_pull(baseline, {}, lambda _: None)
        self.store.add_sources(sources)
        self.pull_note.write(baseline, taken, first=first)

    def end_pull(
        self, baseline: Baseline, changed: Mapping[Address, Record | None], sources: Mapping[str, bytes], tree: Tree
    ) -> None:
        """Record what a pull wrote, of the files in `sources` and in the tree; raises OSError."""
        in_tree = self._source_reader(tree)
        self.store.record_pull(baseline, changed, lambda blob: sources.get(blob) or in_tree(blob))
        self.pull_note.remove()

    # The tree ---------------------------------------------------------------------------------------------------------

    def read_tree(self, *, offline: bool = False, may_be_empty: bool = False, unresolved: bool = False) -> Tree:
        """Return the content tree; its findings are for the caller to show; the rest is as in `content.read_tree`.

        `offline` is for a command that asks no remote and may run before there is a commit: pictures need not be
        committed, and those that any remote is known to have need no public URL. The git remote is asked only if
        a file is named like a translation, and no baseline on this disk knows its address.
        """
        return read_tree(
            self.config,
            pins_for=self.remote.name,
            commit=None if offline else self._commit,
            stored=(lambda: self.known_pictures) if offline else self._held_pictures,
            known=self.known_addresses if offline else KnownAddresses(self, offline=False),
            may_be_empty=may_be_empty,
            unresolved=unresolved,
        )

    def _commit(self) -> Commit:
        root, folder = self.config.root, self.config.content
        blobs = committed_blobs(root, folder)
        return Commit(blobs, partial(changed_files, root, folder), mistrusted(root) if blobs is None else None)

    def _held_pictures(self) -> Mapping[str, str]:
        baseline = self.read_baseline()
        return uploaded_pictures(baseline.records.values()) if baseline else {}

    @cached_property
    def known_pictures(self) -> KnownPictures:
        """The pictures that remotes have, as far as this disk knows, and which baselines it lacks."""
        found: set[str] = set()
        missing: list[str] = []
        for other in self.every_remote:
            # The commands that need another remote's baseline report its errors.
            with suppress(HelpsyncError, OSError):
                if not other.store.is_cached:
                    missing.append(other.store.label)
                    continue
                baseline = other.cached_baseline()
                found.update(uploaded_pictures(baseline.records.values()) if baseline else ())
        return KnownPictures(frozenset(found), tuple(missing))

    @cached_property
    def known_addresses(self) -> KnownAddresses:
        """The addresses that remotes have, as far as is known without asking Intercom."""
        return KnownAddresses(self, offline=True)

    @property
    def every_remote(self) -> list[Checkout]:
        """The same project for each of its remotes."""
        return [replace(self, remote=each) for each in self.config.remotes.values()]


class KnownAddresses:
    """Contains the addresses that remotes have: a file at one of them is an article, even if named like a translation.

    Each baseline is read once an earlier one lacks an address. An `offline` command asks the disk first. Where git then
    can't be asked for what the disk lacks, the address may be known: `unsure` are those, `missing` the baselines.
    """

    def __init__(self, checkout: Checkout, *, offline: bool) -> None:
        others = [each for each in checkout.every_remote if offline or each.remote != checkout.remote]
        self.missing: list[str] = []
        self.unsure: set[str] = set()
        self._offline = offline
        self._read: list[frozenset[str]] = []
        self._left: list[Callable[[], Baseline | None]] = [] if offline else [checkout.read_baseline]
        self._left += [partial(self._cached, each) for each in others]
        self._left += [partial(self._fetched, each) for each in others]

    def __contains__(self, address: object) -> bool:
        """Return whether a remote has something at the address, or may have."""
        if any(address in addresses for addresses in self._addresses()):
            return True
        if self.missing:
            self.unsure.add(str(address))
        return bool(self.missing)

    def _addresses(self) -> Iterator[frozenset[str]]:
        yield from self._read
        while self._left:
            baseline = self._left.pop(0)()
            records = baseline.records.items() if baseline else ()
            self._read.append(frozenset(address for address, record in records if not record.removed))
            yield self._read[-1]

    def _cached(self, other: Checkout) -> Baseline | None:
        with suppress(HelpsyncError, OSError):
            return other.cached_baseline()
        return None

    def _fetched(self, other: Checkout) -> Baseline | None:
        try:
            return other.read_baseline()
        except (HelpsyncError, OSError):
            if self._offline:
                self.missing.append(_name_of(other))
            return None


def _name_of(other: Checkout) -> str:
    try:
        return other.store.label
    except (HelpsyncError, OSError):  # without a git remote its ref has no other name
        return f"the baseline of {other.remote.name}"


def _sources(tree: Tree) -> tuple[Source, ...]:
    return tuple(text.source for item in tree.help_center.items for text in item.texts.values() if text.source)
