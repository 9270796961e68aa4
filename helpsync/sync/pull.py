"""Carrying a pull out: what is decided is fetched, made, noted, written file by file, and then known as agreed."""

from __future__ import annotations

import asyncio
import os
import posixpath
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from helpsync.baseline import Baseline, FileWrite, PulledItem, Record, write_whole
from helpsync.content import FileNames, Place, blob_at, blob_id, file_of, is_ignored, write_conflicts
from helpsync.errors import ConfigError, Exit, HelpsyncError, Refused, Stale
from helpsync.findings import RULES, catalogue
from helpsync.plan.plan import Attention
from helpsync.plan.record_after import record_of
from helpsync.pull.compose import Composed, FileChange, Ground, compose
from helpsync.pull.decide import Request, decide
from helpsync.pull.frontmatter import Frontmatter
from helpsync.pull.limits import beyond_limits
from helpsync.pull.moves import moves_of, text_there, written
from helpsync.pull.outcome import Pulled
from helpsync.pull.pictures import Pictures, bodies_of
from helpsync.pull.rendering import Rendering
from helpsync.sync.session import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from helpsync.content import Tree
    from helpsync.model import Address, Finding, Remote
    from helpsync.plan.build import Planned
    from helpsync.pull.values import ItemPull, Pulls
    from helpsync.sync.session import Session

_MARKERS = "conflict-markers"

_AT_ONCE = 64
"""So many pictures are held in memory at once, at most."""


@dataclass(frozen=True, slots=True)
class PullOptions:
    """How a pull was asked for; with `dry_run` nothing is written.

    `allow_remove` articles or translations that are gone in Intercom may leave the tree.
    """

    addresses: tuple[Address, ...] = ()
    new: bool = False
    pin: bool = False
    dry_run: bool = False
    allow_remove: int = 0


def pull(session: Session, options: PullOptions) -> Pulled:
    """Bring home what changed in Intercom, and return what that was; raises HelpsyncError or OSError.

    A kill at any moment leaves each file as it was or as it is to be, and the next pull ends what this one began.
    """
    with tempfile.TemporaryDirectory(prefix="helpsync-") as spool:
        run = _Run(session, options, Path(spool))
        if options.dry_run:
            pulled = run.run()
            session.warn_if_behind("pull")
            return pulled
        with session.checkout.store.lock():
            return run.run()


class _Run:
    """One pull: Intercom is read once, and the tree again after files have moved."""

    def __init__(self, session: Session, options: PullOptions, spool: Path) -> None:
        self.session = session
        self.options = options
        self.spool = spool
        self.done = Pulled()
        self.remote: Remote | None = None
        self.first = False
        self.marked: frozenset[str] = frozenset()

    def run(self) -> Pulled:
        session, options = self.session, self.options
        if not options.dry_run:
            self._end_moves()
        baseline = session.checkout.read_baseline()
        self.first = baseline is None or not baseline.records or session.checkout.pull_note.first
        tree = self._tree(may_be_empty=self.first)
        self.remote = self._read(tree)
        pulls, planned = self._decided(tree, baseline)
        self._check_addresses(planned, pulls)
        self._check_limit(planned, pulls)
        moving = [item for item in pulls.items if item.previous]
        self.done.moved = {item.previous: item.address for item in moving if item.previous}
        if moving and options.dry_run:
            self.done.relinked += moves_of(session.config, moving, planned).relinked
        elif moving:
            self._move(pulls, planned, tree)
            baseline = session.checkout.read_baseline()
            tree = self._tree(may_be_empty=False)
            pulls, planned = self._decided(tree, baseline)
        self._texts(pulls, planned, tree)
        self.done.attention += pulls.attention
        return self.done

    # Reading ---------------------------------------------------------------------------------------------------------

    def _tree(self, *, may_be_empty: bool) -> Tree:
        self.session.listener.progress("reading the content tree")
        # A file with conflict markers is left alone, but others lead to what it stands for.
        tree = self.session.checkout.read_tree(may_be_empty=may_be_empty, unresolved=True)
        unusable = [each for each in tree.errors if RULES[each.code].fixed and each.code != _MARKERS]
        if unusable:
            raise Unusable(unusable)
        return tree

    def _read(self, tree: Tree) -> Remote:
        read = self.session.connection.read(tree)
        self.done.requests = read.requests
        return read.remote

    def _decided(self, tree: Tree, baseline: Baseline | None) -> tuple[Pulls, Planned]:
        if self.remote is None:
            raise TypeError("Intercom was not read")
        planned = self.session.plan(tree, self.remote, baseline)
        self.marked = frozenset(each.location.path for each in tree.findings if each.code == _MARKERS)
        self.done.attention = [
            Attention(
                "conflict",
                None,
                None,
                f"{path} has conflict markers, and is left alone",
                hint=catalogue.RESOLVE_CONFLICT,
            )
            for path in sorted(self.marked)
        ]
        request = Request(
            self.session.config.locales,
            self.options.addresses,
            # A first pull takes all that there is.
            new=self.options.new or self.first,
            pin=self.options.pin,
            marked=self.marked,
        )
        addresses = {item.address or "" for item in tree.help_center.items} | planned.baseline.records.keys()
        names = FileNames(addresses, self._refuses())
        return decide(planned, request, names), planned

    def _refuses(self) -> Callable[[Address], bool]:
        config = self.session.config

        def refuses(address: Address) -> bool:
            path = file_of(Place(address, config.default_locale), config)
            disk = config.root / config.content / path
            blocked = os.path.lexists(disk.parent) and not disk.parent.is_dir()
            return is_ignored(config, path) or os.path.lexists(disk) or blocked

        return refuses

    # Refusing --------------------------------------------------------------------------------------------------------

    def _check_addresses(self, planned: Planned, pulls: Pulls) -> None:
        known = {*planned.matching.matches, *(item.address for item in pulls.items)}
        known |= {f"{address[: address.index('/', at) + 1]}" for address in known for at in _slashes(address)}
        for asked in self.options.addresses:
            if asked not in known:
                near = nearest(asked, known)
                hint = (
                    f"did you mean {near}?"
                    if near
                    else "an address is a path without locale and ending; `--new` takes more"
                )
                raise ConfigError(f"{asked}: nothing of that address is in the content tree", hint=hint)

    def _check_limit(self, planned: Planned, pulls: Pulls) -> None:
        limits, allowed = self.session.config.limits, self.options.allow_remove
        if over := beyond_limits(planned, pulls, share=limits.remove, floor=limits.floor, allowed=allowed):
            what, count = over
            raise Refused(
                f"{what} are gone in Intercom, limit {100 * limits.remove:g}%: nothing was pulled",
                hint=f"look at Intercom first; if they are meant to be gone, --allow-remove {count}",
            )

    def _check_ways(self, files: Iterable[FileChange], pictures: Iterable[str] = ()) -> None:
        found = write_conflicts(
            self.session.config, [*(file.path for file in files if file.after is not None), *pictures]
        )
        if found:
            raise Unusable(found)

    # Files that move -------------------------------------------------------------------------------------------------

    def _move(self, pulls: Pulls, planned: Planned, tree: Tree) -> None:
        """Move files to where teammates moved what they stand for; their texts are for a second look at the tree."""
        moving = [item for item in pulls.items if item.previous]
        folders = [
            item
            for item in pulls.items
            if item.desired is None
            and item.address.endswith("/")
            and any(each.address.startswith(item.address) for each in moving)
        ]
        made = self._composed(folders, planned, tree)
        moves = moves_of(self.session.config, moving, planned)
        self._check_ways([*made.files, *moves.files])
        taken = [*_taken(made), PulledItem(moves.records, moves.written, all_or_nothing=True)]
        sources = {**made.sources, **moves.sources}
        self.session.checkout.begin_pull(planned.baseline, taken, sources, first=self.first)
        self._put(made.files)
        self._put(moves.files)
        self.session.checkout.end_pull(planned.baseline, {**made.records, **moves.records}, sources, tree)
        self.done.files += made.files
        self.done.relinked += moves.relinked

    def _end_moves(self) -> None:
        """End the moves of a pull that died: each file is where it is to be, with what a writer did to it meanwhile."""
        root = self.session.config.root
        for files in self.session.checkout.pull_note.begun_moves():
            for file in files:
                if file.text is not None and blob_at(root / file.path) == file.before:
                    write_whole(root / file.path, file.text)
            come = [file for file in files if file.before is None]
            gone = [file for file in files if file.after is None]
            paths = {old.path: new.path for old, new in zip(gone, come, strict=True)}
            for old, new in zip(gone, come, strict=True):
                self._end_move(old, new, paths)

    def _end_move(self, old: FileWrite, new: FileWrite, paths: Mapping[str, str]) -> None:
        root = self.session.config.root
        left = blob_at(root / old.path)
        if left not in (None, old.before):
            text = text_there(self.session.config, paths, old.path).encode()
            if blob_at(root / new.path) not in (new.after, blob_id(text)):
                raise Stale(
                    f"a pull that died left two copies of one file, and both were edited since: {old.path}, {new.path}",
                    hint="bring all edits into the second and remove the first, then run it again",
                )
            write_whole(root / new.path, text)
        if left is not None:
            self._remove(old.path)

    # Texts -----------------------------------------------------------------------------------------------------------

    def _texts(self, pulls: Pulls, planned: Planned, tree: Tree) -> None:
        # Only a dry run still has moves here: there, texts are shown where their files lie now.
        items = [replace(item, address=item.previous, previous=None) if item.previous else item for item in pulls.items]
        pictures = self._pictures(items, planned, tree)
        made = self._composed(items, planned, tree, pictures)
        self._check_ways(made.files, pictures.new)
        settled = self._settled(planned, made)
        changed = {**made.records, **settled}
        self.done.files += made.files
        self.done.attention += made.attention
        self.done.pictures = pictures.new
        self.done.unfetched = pictures.failed
        if self.options.dry_run or not (
            made.files or changed or pictures.new or self.session.checkout.pull_note.exists
        ):
            return
        for path in pictures.new:
            write_whole(self.session.config.root / path, pictures.data(path))
        taken = [*_taken(made), *(PulledItem({at: each}, ()) for at, each in settled.items())]
        self.session.checkout.begin_pull(planned.baseline, taken, made.sources, first=self.first)
        self._put(made.files)
        self.session.checkout.end_pull(planned.baseline, changed, made.sources, tree)

    def _settled(self, planned: Planned, made: Composed) -> dict[Address, Record | None]:
        """Return the records of what both sides changed alike: nothing of it is in any file that is written."""
        request = Request((), self.options.addresses)
        return {
            step.address: record_of(step, step.remote, planned.bodies, step.links)
            for step in planned.plan.settled
            if step.remote is not None
            and step.desired is not None
            and step.previous is None
            and step.address not in made.records
            and request.covers(step.address)
            and self.marked.isdisjoint(text.source.path for text in step.desired.texts.values() if text.source)
        }

    def _pictures(self, items: Iterable[ItemPull], planned: Planned, tree: Tree) -> Pictures:
        pictures = self._none_yet(tree)
        known = [text.images for record in planned.baseline.records.values() for text in record.locales.values()]
        held = {key for images in known for key in images.values()}
        for _, _, text, _ in bodies_of(items):
            pictures.keep(text, held)
        for images in known:
            pictures.learn(images)
        config = self.session.config
        rendering = Rendering(config, (), {})
        for address, _, _, html in bodies_of(items):
            pictures.want(html, posixpath.dirname(rendering.path((address, config.default_locale))))
        if pictures.urls:
            asyncio.run(self._fetch(pictures, tree))
        return pictures

    def _none_yet(self, tree: Tree) -> Pictures:
        return Pictures(self.session.config.root, tree.pictures, self.spool)

    async def _fetch(self, pictures: Pictures, tree: Tree) -> None:
        async with self.session.connection.pictures(tree) as reader:
            urls = pictures.urls
            self.session.listener.progress(f"fetching {len(urls)} pictures")
            for begin in range(0, len(urls), _AT_ONCE):
                pictures.take(await reader.fetch(urls[begin : begin + _AT_ONCE]))

    def _composed(
        self, items: Iterable[ItemPull], planned: Planned, tree: Tree, pictures: Pictures | None = None
    ) -> Composed:
        session, items = self.session, list(items)
        pictures = pictures or self._none_yet(tree)
        places = {(item.address or "", locale) for item in tree.help_center.items for locale in item.texts}
        for item in items:
            for locale, text in item.texts.items():
                (places.discard if text.stored is None else places.add)((item.address, locale))
        coming = {path: key for key, path in pictures.paths.items()}
        ground = Ground(
            root=session.config.root,
            planned=planned,
            rendering=Rendering(session.config, places, coming),
            frontmatter=Frontmatter(session.config, self.remote.admins if self.remote else (), session.remote.name),
            pictures=pictures,
            past=session.checkout.store.source_text,
        )
        return compose(items, ground)

    def _put(self, files: Iterable[FileChange]) -> None:
        for file in sorted(files, key=self._rank):
            path = self.session.config.root / file.path
            now = path.read_bytes() if os.path.lexists(path) else None
            if now != file.before:
                raise Stale(f"{file.path} was changed while this ran", hint="run it again: nothing of it is lost")
            if file.after is None:
                self._remove(file.path)
            else:
                write_whole(path, file.after)

    def _rank(self, file: FileChange) -> tuple[int, ...]:
        """Return what puts files into an order in which the tree can be read at any moment.

        What comes comes first: a folder's description before what is in it, and a text before its translations. What
        goes goes in the opposite order.
        """
        address, locale = file.place
        translation = locale != self.session.config.default_locale
        if file.after is not None:
            return (0, address.count("/"), not address.endswith("/"), translation)
        return (1, address.endswith("/"), -address.count("/"), not translation)

    def _remove(self, path: str) -> None:
        """Remove a file, and the folders that are empty without it."""
        root = self.session.config.root / self.session.config.content
        file = self.session.config.root / path
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == root or root not in folder.parents or any(folder.iterdir()):
                break
            folder.rmdir()


class Unusable(HelpsyncError):
    """Files of the tree can't be read, so that nothing can be told of what they stand for."""

    code = "findings"
    exit_code = Exit.FINDINGS

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("files of the content tree can't be used: nothing was pulled")


def _slashes(address: Address) -> Iterator[int]:
    return (at for at, char in enumerate(address[:-1]) if char == "/")


def _taken(made: Composed) -> list[PulledItem]:
    files: defaultdict[Address, list[FileWrite]] = defaultdict(list)
    for file in made.files:
        files[file.place[0]].append(written(file))
    left = set(made.moved.values())
    items = ({address, made.moved.get(address, address)} for address in made.records if address not in left)
    return [
        PulledItem(
            {address: made.records[address] for address in item}, tuple(file for each in item for file in files[each])
        )
        for item in items
    ]
