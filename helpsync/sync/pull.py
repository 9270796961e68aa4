"""Pull: read both sides, decide, fetch pictures, note what is about to be written, write it, record it."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from helpsync.baseline import PulledItem, write_whole
from helpsync.content import FileNames, Place, blob_at, blob_id, file_of, is_ignored, write_conflicts
from helpsync.errors import ConfigError, Stale
from helpsync.findings import RULES, Unusable, catalogue
from helpsync.plan import Attention, record_of
from helpsync.pull import (
    ComposeContext,
    PulledPictures,
    PullRequest,
    PullResult,
    compose_files,
    decide_pulls,
    moved_text,
    moves_of,
)
from helpsync.sync.connection import run_until_done
from helpsync.sync.session import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.baseline import Baseline, FileWrite, Record
    from helpsync.content import Tree
    from helpsync.model import Address, Remote
    from helpsync.plan import Planned
    from helpsync.pull import Composed, FileChange, ItemPull, Pulls
    from helpsync.sync.session import Session

_MARKERS = "conflict-markers"
_ADDRESS_HINT = "an address is a path without locale and ending; `--new` takes more"

_AT_ONCE = 64
"""How many pictures are in memory at once, at most."""


@dataclass(frozen=True, slots=True)
class PullOptions:
    """What to pull, as `PullRequest`; a dry run writes nothing.

    `allow_remove` is how many articles or translations that were removed in Intercom may leave the tree.
    """

    addresses: tuple[Address, ...] = ()
    new: bool = False
    pin: bool = False
    dry_run: bool = False
    allow_remove: int = 0


def pull(session: Session, options: PullOptions) -> PullResult:
    """Bring home what changed in Intercom; raises HelpsyncError or OSError.

    A kill at any moment leaves each file with its old or its new text, and the next pull finishes this one.
    """
    with tempfile.TemporaryDirectory(prefix="helpsync-") as spool:
        run = _Run(session, options, Path(spool))
        if options.dry_run:
            result = run.pull()
            session.warn_if_behind("pull")
            return result
        with session.checkout.store.lock():
            return run.pull()


@dataclass(frozen=True, slots=True)
class _Decided:
    """Both sides as they were read, the plan that compares them, and what to bring home."""

    tree: Tree
    remote: Remote
    planned: Planned
    request: PullRequest
    pulls: Pulls

    @property
    def moving(self) -> list[ItemPull]:
        return [item for item in self.pulls.items if item.previous]


class _Run:
    """One pull: it reads Intercom once, and the tree again after files have moved."""

    def __init__(self, session: Session, options: PullOptions, spool: Path) -> None:
        self.session = session
        self.config = session.config
        self.checkout = session.checkout
        self.options = options
        self.spool = spool
        self.first = False
        self.result = PullResult()

    def pull(self) -> PullResult:
        result = self.result
        if not self.options.dry_run:
            self._finish_moves()
        baseline = self.checkout.read_baseline()
        self.first = baseline is None or not baseline.records or self.checkout.pull_note.first
        tree = self._tree(may_be_empty=self.first)
        read = self.session.connection.read(tree)
        result.requests = read.requests
        decided = self._decide(tree, read.remote, baseline)
        self._check_addresses(decided)
        matching, limits = decided.planned.matching, self.config.limits
        decided.pulls.raise_if_unsafe(matching, limits, allowed=self.options.allow_remove)
        result.moved = {item.previous: item.address for item in decided.moving if item.previous}
        if decided.moving and self.options.dry_run:
            result.relinked += moves_of(self.config, decided.moving, decided.planned).relinked
        elif decided.moving:
            self._move(decided)
            decided = self._decide(self._tree(may_be_empty=False), read.remote, self.checkout.read_baseline())
        self._write_texts(decided)
        result.attention = [
            *map(_unresolved, sorted(decided.request.conflicted)),
            *result.attention,
            *decided.pulls.attention,
        ]
        return result

    # Reading and deciding --------------------------------------------------------------------------------------------

    def _tree(self, *, may_be_empty: bool) -> Tree:
        self.session.listener.progress("reading the content tree")
        # A file with conflict markers stays as it is, but links in other files lead to it.
        tree = self.checkout.read_tree(may_be_empty=may_be_empty, unresolved=True)
        unusable = [each for each in tree.errors if RULES[each.code].fixed and each.code != _MARKERS]
        if unusable:
            raise Unusable(unusable, "helpsync lint", "nothing was pulled")
        return tree

    def _decide(self, tree: Tree, remote: Remote, baseline: Baseline | None) -> _Decided:
        planned = self.session.plan(tree, remote, baseline)
        request = PullRequest(
            self.config.locales,
            self.options.addresses,
            # A first pull takes everything.
            new=self.options.new or self.first,
            pin=self.options.pin,
            conflicted=frozenset(each.location.path for each in tree.findings if each.code == _MARKERS),
        )
        addresses = {item.address or "" for item in tree.help_center.items} | planned.baseline.records.keys()

        def is_refused(address: Address) -> bool:
            path = file_of(Place(address, self.config.default_locale), self.config)
            disk = self.config.root / self.config.content / path
            blocked = os.path.lexists(disk.parent) and not disk.parent.is_dir()
            return is_ignored(self.config, path) or os.path.lexists(disk) or blocked

        pulls = decide_pulls(planned, request, FileNames(addresses, is_refused))
        return _Decided(tree, remote, planned, request, pulls)

    def _check_addresses(self, decided: _Decided) -> None:
        known = {*decided.planned.matching.matches, *(item.address for item in decided.pulls.items)}
        known |= {address[: at + 1] for address in known for at, char in enumerate(address) if char == "/"}
        for asked in self.options.addresses:
            if asked not in known:
                near = nearest(asked, known)
                hint = f"did you mean {near}?" if near else _ADDRESS_HINT
                raise ConfigError(f"{asked}: no such address in the content tree", hint=hint)

    # Files that move -------------------------------------------------------------------------------------------------

    def _move(self, decided: _Decided) -> None:
        """Move files to where teammates moved their items; the texts follow when the tree has been read again."""
        new_folders = [
            item
            for item in decided.pulls.items
            if item.desired is None
            and item.address.endswith("/")
            and any(each.address.startswith(item.address) for each in decided.moving)
        ]
        composed = self._compose(new_folders, decided, self._pictures(decided.tree))
        moves = moves_of(self.config, decided.moving, decided.planned)
        self._check_paths([*composed.files, *moves.files])
        sources = {**composed.sources, **moves.sources}
        baseline = decided.planned.baseline
        self.checkout.begin_pull(baseline, [*composed.noted(), moves.noted()], sources, first=self.first)
        self._write(composed.files)
        self._write(moves.files)
        self.checkout.end_pull(baseline, {**composed.records, **moves.records}, sources, decided.tree)
        self.result.files += composed.files
        self.result.relinked += moves.relinked

    def _finish_moves(self) -> None:
        """Finish the moves of an interrupted pull: each file arrives with what a writer changed in it since."""
        root = self.config.root
        for files in self.checkout.pull_note.begun_moves():
            for file in files:
                if file.text is not None and blob_at(root / file.path) == file.before:
                    write_whole(root / file.path, file.text)
            removed = (file for file in files if file.after is None)
            moves = [*zip(removed, (file for file in files if file.before is None), strict=True)]
            for old, new in moves:
                self._finish_move(old, new, {before.path: after.path for before, after in moves})

    def _finish_move(self, old: FileWrite, new: FileWrite, paths: Mapping[str, str]) -> None:
        root = self.config.root
        left = blob_at(root / old.path)
        if left not in (None, old.before):
            text = moved_text(self.config, paths, old.path).encode()
            if blob_at(root / new.path) not in (new.after, blob_id(text)):
                message = f"an interrupted pull left two copies of one file, both edited since: {old.path}, {new.path}"
                raise Stale(message, hint="bring all edits into the second and remove the first, then run it again")
            write_whole(root / new.path, text)
        if left is not None:
            self._remove(old.path)

    # Texts -----------------------------------------------------------------------------------------------------------

    def _write_texts(self, decided: _Decided) -> None:
        baseline = decided.planned.baseline
        # Only a dry run still has moves here: it shows texts where their files are now.
        items = [replace(item, address=item.previous or item.address, previous=None) for item in decided.pulls.items]
        pictures = self._pictures(decided.tree)
        pictures.want_all(self.config, items, baseline)
        if pictures.urls:
            run_until_done(self._fetch(pictures, decided.tree))
        composed = self._compose(items, decided, pictures)
        self._check_paths(composed.files, pictures.new)
        settled = _settled(decided, composed)
        self.result.files += composed.files
        self.result.attention += composed.attention
        self.result.pictures = pictures.new
        self.result.unfetched = pictures.failed
        changed = {**composed.records, **settled}
        has_changes = composed.files or changed or pictures.new or self.checkout.pull_note.exists
        if self.options.dry_run or not has_changes:
            return
        for path in pictures.new:
            write_whole(self.config.root / path, pictures.data(path))
        noted = [*composed.noted(), *(PulledItem({address: record}, ()) for address, record in settled.items())]
        self.checkout.begin_pull(baseline, noted, composed.sources, first=self.first)
        self._write(composed.files)
        self.checkout.end_pull(baseline, changed, composed.sources, decided.tree)

    def _pictures(self, tree: Tree) -> PulledPictures:
        return PulledPictures(self.config.root, tree.pictures, self.spool)

    async def _fetch(self, pictures: PulledPictures, tree: Tree) -> None:
        async with self.session.connection.pictures(tree) as reader:
            urls = pictures.urls
            self.session.listener.progress(f"fetching {len(urls)} pictures")
            for begin in range(0, len(urls), _AT_ONCE):
                pictures.add(await reader.fetch(urls[begin : begin + _AT_ONCE]))

    def _compose(self, items: Iterable[ItemPull], decided: _Decided, pictures: PulledPictures) -> Composed:
        remote, past = self.session.remote.name, self.checkout.store.source_text
        context = ComposeContext(self.config, decided.planned, remote, decided.remote.admins, past)
        return compose_files(items, pictures, context)

    # Writing ---------------------------------------------------------------------------------------------------------

    def _check_paths(self, files: Iterable[FileChange], pictures: Iterable[str] = ()) -> None:
        written = (file.path for file in files if file.after is not None)
        if found := write_conflicts(self.config, [*written, *pictures]):
            raise Unusable(found, "helpsync lint", "nothing was pulled")

    def _write(self, files: Iterable[FileChange]) -> None:
        for file in sorted(files, key=self._order):
            path = self.config.root / file.path
            now = path.read_bytes() if os.path.lexists(path) else None
            if now != file.before:
                raise Stale(f"{file.path} was changed while this ran", hint="run it again: no edit is lost")
            if file.after is None:
                self._remove(file.path)
            else:
                write_whole(path, file.after)

    def _order(self, file: FileChange) -> tuple[int, ...]:
        """Return a sort key that keeps the tree readable at any moment.

        New files first: a folder's description before its contents, a text before its translations. Then removed files,
        in the opposite order.
        """
        address, locale = file.place
        is_translation = locale != self.config.default_locale
        if file.after is not None:
            return (0, address.count("/"), not address.endswith("/"), is_translation)
        return (1, address.endswith("/"), -address.count("/"), not is_translation)

    def _remove(self, path: str) -> None:
        """Remove a file, and the folders that are empty without it."""
        root = self.config.root / self.config.content
        file = self.config.root / path
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == root or root not in folder.parents or any(folder.iterdir()):
                break
            folder.rmdir()


def _unresolved(path: str) -> Attention:
    message = f"{path} has conflict markers, so pull leaves it alone"
    return Attention("conflict", None, None, message, hint=catalogue.RESOLVE_CONFLICT)


def _settled(decided: _Decided, composed: Composed) -> dict[Address, Record | None]:
    """Return the records of what both sides changed alike and no composed file has: only the baseline moves."""
    planned, request = decided.planned, decided.request
    return {
        step.address: record_of(step, step.remote, planned.bodies, step.links)
        for step in planned.plan.settled
        if step.remote is not None
        and step.desired is not None
        and step.previous is None
        and step.address not in composed.records
        and request.covers(step.address)
        and request.conflicted.isdisjoint(text.source.path for text in step.desired.texts.values() if text.source)
    }
