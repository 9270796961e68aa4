"""The ref in the git remote that stores a baseline: how it is read and moved, and what it contains at one commit.

Only git's plumbing is used: branches, the index and the working tree stay as they are.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from helpsync.baseline.codec import DataError, NotJsonError, dump_baseline, parse_baseline, parse_object
from helpsync.baseline.lease import Lease, dump_lease, parse_lease, plain
from helpsync.baseline.record import source_blobs
from helpsync.errors import ConfigError, GitFailed, Location
from helpsync.git import Done, GitInterrupted, call, trust_hint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from threading import Event

    from helpsync.baseline.record import Baseline
    from helpsync.baseline.store import ReadBlob

FORMAT = "helpsync.git-baseline/1"
ABOUT = "about.json"
BASELINE = "baseline.json"
LEASE = "lease.json"
SOURCES = "sources"

_NETWORK_SECONDS = 120
_QUIET = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc")
_DEEPER = ("--deepen=50", "--deepen=500", "--unshallow")
_FILE: Final = "100644 blob"
_FOLDER: Final = "040000 tree"


class Moved(Exception):
    """Another run moved the ref: it is `at` this commit now, None if it was deleted."""

    def __init__(self, at: str | None) -> None:
        super().__init__(at)
        self.at = at


class Ref:
    """`refs/helpsync/<name>` in the git remote; a copy of the same name in this repository is what is read.

    Every method raises ConfigError if git, a repository or a git remote is missing, GitFailed if the remote does not
    answer or refuses.
    """

    def __init__(self, root: Path, name: str, over: Event | None = None) -> None:
        self.name = f"refs/helpsync/{name}"
        self._root = root
        self._name = name
        self._over = over

    def until(self, over: Event) -> Ref:
        """Return the same ref, whose calls of git end with GitFailed once `over` is set."""
        return Ref(self._root, self._name, over)

    @property
    def label(self) -> str:
        """Return what messages call the ref."""
        return f"{self.name} in {self.remote}"

    @cached_property
    def remote(self) -> str:
        """Return the git remote's name: origin, or the only one."""
        way_out = "or keep the baseline in a file, with `baseline: file`"
        done = self._call("remote")
        if done.code != 0:
            hint = trust_hint(done.message) or f"run it in a clone of the repository that holds the content, {way_out}"
            raise ConfigError(f"`baseline: git` needs a git repository: {done.message}", hint=hint)
        names = done.out.decode(errors="replace").split()
        if "origin" in names:
            return "origin"
        if len(names) == 1:
            return names[0]
        found = f"has several git remotes and none is origin: {', '.join(names)}" if names else "has no git remote"
        hint = f"add one that all runners share: git remote add origin URL, {way_out}"
        raise ConfigError(f"`baseline: git` keeps the baseline in a git remote, and this repository {found}", hint=hint)

    def fetch(self) -> str | None:
        """Return the commit that the ref is at, with its content fetched; None if there is no such ref."""
        tip = self._there()
        if tip is None or self._at(self.name) == tip:
            return tip
        done = self._ask("fetch", *_QUIET, self.remote, f"+{self.name}:{self.name}")
        if done.code != 0:
            raise self._failed(f"{self.name} can't be fetched from {self.remote}", done)
        tip = self._at(self.name)
        if tip is None:
            raise ConfigError(f"{self.label} is not a commit, so helpsync did not write it", hint=self.way_out)
        return tip

    @property
    def way_out(self) -> str:
        """Return how to repair a damaged ref."""
        return (
            f"its history is in `git log {self.name}`; bring the last good commit back: "
            f"git push --force {self.remote} COMMIT:{self.name}"
        )

    def _there(self) -> str | None:
        done = self._ask("ls-remote", "--quiet", self.remote, self.name)
        if done.code != 0:
            raise self._failed(f"the git remote {self.remote} can't be read", done)
        for line in done.out.decode(errors="replace").splitlines():
            commit, _, name = line.partition("\t")
            if name == self.name:
                return commit
        return None

    def fetched(self) -> str | None:
        """Return the commit that the ref was at when it was last fetched, None if it never was."""
        return self._at(self.name)

    def _at(self, name: str) -> str | None:
        done = self._call("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return done.out.decode().strip() if done.code == 0 else None

    def listed(self, tip: str, folder: str = "") -> dict[str, str]:
        """Return git's id of each file and folder of a commit, or of a folder in it, by name."""
        done = self._call("ls-tree", "-z", "--full-tree", f"{tip}:{folder}")
        entries = (entry.partition(b"\t") for entry in done.out.split(b"\0") if entry)
        return {name.decode(errors="replace"): head.split()[2].decode() for head, _, name in entries}

    def data(self, identifier: str) -> bytes | None:
        """Return the bytes of a file by git's id, None if this repository does not have it."""
        done = self._call("cat-file", "blob", identifier)
        return done.out if done.code == 0 else None

    def file(self, data: bytes) -> str:
        """Store a file; return git's id of it."""
        return self._made(self._call("hash-object", "-w", "--stdin", given=data))

    def files(self, texts: Mapping[str, bytes]) -> dict[str, str]:
        """Store many files; return git's id of each by its name."""
        if not texts:
            return {}
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / str(number) for number in range(len(texts))]
            for path, data in zip(paths, texts.values(), strict=True):
                path.write_bytes(data)
            given = "".join(f"{path}\n" for path in paths).encode()
            made = self._made(self._call("hash-object", "-w", "--no-filters", "--stdin-paths", given=given))
        return dict(zip(texts, made.split(), strict=True))

    def known(self, identifiers: Iterable[str]) -> frozenset[str]:
        """Return which of these ids are files that this repository has."""
        given = "".join(f"{each}\n" for each in identifiers).encode()
        if not given:
            return frozenset()
        done = self._call("cat-file", "--batch-check", given=given)
        lines = (line.split() for line in done.out.decode().splitlines())
        return frozenset(words[0] for words in lines if len(words) == 3 and words[1] == "blob")

    def folder(self, files: Mapping[str, str], folders: Mapping[str, str] | None = None) -> str:
        """Store a folder of stored files and folders; return git's id of it."""
        entries = [f"{_FILE} {identifier}\t{name}\0" for name, identifier in files.items()]
        entries += [f"{_FOLDER} {identifier}\t{name}\0" for name, identifier in (folders or {}).items()]
        return self._made(self._call("mktree", "-z", given="".join(entries).encode()))

    def commit(self, tree: str, parent: str | None, message: str) -> str:
        """Store a commit; return its id."""
        above = ("-p", parent) if parent else ()
        return self._made(self._call("commit-tree", tree, *above, "-F", "-", given=message.encode(), **self._identity))

    @cached_property
    def _identity(self) -> dict[str, str]:
        """Return the environment that names helpsync as committer, empty if git has one."""
        identity: dict[str, str] = {}
        for role in ("AUTHOR", "COMMITTER"):
            if self._call("var", f"GIT_{role}_IDENT").code != 0:
                identity |= {f"GIT_{role}_NAME": "helpsync", f"GIT_{role}_EMAIL": "helpsync@localhost"}
        return identity

    def move(self, old: str | None, new: str) -> None:
        """Move the ref from the commit `old` to `new`; None creates it.

        Raises Moved if it is not at `old` any more, GitFailed if the remote refuses.
        """
        options = ("--quiet", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no")
        only_if = f"--force-with-lease={self.name}:{old or ''}"
        try:
            done = self._ask("push", *options, only_if, self.remote, f"{new}:{self.name}")
        except GitFailed:
            if self._there() != new:
                raise
            done = Done(0, b"", "")
        if done.code != 0:
            now = self._there()
            if now not in (old, new):
                raise Moved(now)
            if now == old:  # otherwise it was moved, and only the reply was lost
                raise self._failed(f"{self.remote} refused to move {self.name}", done)
        # The copy to read; if this fails, the next reader fetches it.
        self._call("update-ref", self.name, new)

    @cached_property
    def project(self) -> str:
        """Return the folder of helpsync.yaml in the repository: empty at its top, otherwise it ends in a slash."""
        return self._call("rev-parse", "--show-prefix").out.decode(errors="replace").strip("\n")

    def head(self) -> str | None:
        """Return the commit that is checked out, None before the first; raises ConfigError without a git remote."""
        return self._at("HEAD") if self.remote else None

    def head_contains(self, commit: str) -> bool:
        """Return whether the commit that is checked out is this one or a descendant.

        A shallow clone is deepened until that is known.
        """
        deeper = iter(_DEEPER)
        while not self._contained(commit):
            if not self._shallow:
                return False
            step = next(deeper, None)
            if step is None:
                return False
            self._deepen(step)
        return True

    def head_surely_lacks(self, commit: str) -> bool:
        """Return whether this commit is known not to be in what is checked out: in a shallow clone it never is."""
        return not self._contained(commit) and not self._shallow

    def _contained(self, commit: str) -> bool:
        return self._call("merge-base", "--is-ancestor", commit, "HEAD").code == 0

    @property
    def _shallow(self) -> bool:
        return self._call("rev-parse", "--is-shallow-repository").out.strip() == b"true"

    def _deepen(self, step: str) -> None:
        head = self.head() or "HEAD"
        done = self._ask("fetch", *_QUIET, "--refmap=", step, self.remote, head)
        if done.code != 0:  # servers may refuse commits by id
            done = self._ask("fetch", *_QUIET, step, self.remote)
        if done.code != 0:
            raise self._failed(f"the history of this shallow clone can't be fetched from {self.remote}", done)

    def _ask(self, *arguments: str) -> Done:
        """Call git for something that talks to the remote."""
        message = f"the git remote {self.remote} did not answer within {_NETWORK_SECONDS} seconds"
        return self._run(arguments, GitFailed(message, hint=f"try it by hand: git ls-remote {self.remote}"))

    def _call(self, *arguments: str, given: bytes = b"", **environ: str) -> Done:
        late = GitFailed(f"git {arguments[0]} did not end within {_NETWORK_SECONDS} seconds")
        return self._run(arguments, late, given=given, **environ)

    def _run(self, arguments: tuple[str, ...], late: GitFailed, *, given: bytes = b"", **environ: str) -> Done:
        try:
            return call(self._root, *arguments, given=given, seconds=_NETWORK_SECONDS, over=self._over, **environ)
        except GitInterrupted:
            raise GitFailed(f"git {arguments[0]} was ended, because the run that called it ends") from None
        except subprocess.TimeoutExpired:
            raise late from None
        except FileNotFoundError:
            hint = "install git, or keep the baseline in a file, with `baseline: file`"
            raise ConfigError("`baseline: git` needs git, and there is none on the PATH", hint=hint) from None
        except OSError as error:
            raise ConfigError(f"git can't be run: {error.strerror}") from None

    def _made(self, done: Done) -> str:
        if done.code != 0:
            raise GitFailed(f"the baseline can't be stored in git: {done.message}")
        return done.out.decode().strip()

    def _failed(self, what: str, done: Done) -> GitFailed:
        by_hand = f"try it by hand: git ls-remote {self.remote}; helpsync can't ask for a password"
        hint = trust_hint(done.message) or by_hand
        return GitFailed(f"{what}: {done.message}", hint=hint)


@dataclass(frozen=True, slots=True)
class PushOrigin:
    """Where the last push came from: its commit, None before the first push, who, and the project's folder in it."""

    commit: str | None
    by: str | None
    project: str


@dataclass(frozen=True)
class RefTree:
    """The content of the ref at the commit `tip`; empty if there is no ref yet."""

    ref: Ref
    tip: str | None

    @cached_property
    def _files(self) -> dict[str, str]:
        return self.ref.listed(self.tip) if self.tip else {}

    @cached_property
    def sources(self) -> dict[str, str]:
        """Return git's id of each source as last pushed, by the blob id that the baseline names."""
        return self.ref.listed(self.tip, SOURCES) if self.tip and SOURCES in self._files else {}

    @property
    def has_baseline(self) -> bool:
        """Return whether a push has ended, or saved a checkpoint, since the ref was made."""
        return BASELINE in self._files

    def origin(self) -> PushOrigin | None:
        """Return where the last push came from, None if there is no ref yet.

        Raises ConfigError if the ref is damaged, of a later version, or not written by helpsync.
        """
        if self.tip is None:
            return None
        try:
            value = parse_object(self._text(ABOUT) or "")
        except NotJsonError:
            raise self._damaged(ABOUT, "it is missing or not JSON, so helpsync did not write it") from None
        except DataError as error:
            raise self._damaged(ABOUT, str(error)) from None
        found = value.values.get("format")
        if found != FORMAT:
            raise ConfigError(
                f"the format is {found!r}; this version of helpsync reads {FORMAT}",
                location=self._place(ABOUT),
                hint="use the version of helpsync that wrote it, or a later one",
            )
        try:
            by = value.optional_text("by")
            return PushOrigin(value.optional_text("commit"), by and plain(by), value.text("project"))
        except DataError as error:
            raise self._damaged(ABOUT, str(error)) from None

    def baseline(self) -> Baseline | None:
        """Return the baseline, None if there is none; raises ConfigError as `origin` does."""
        self.origin()
        if not self.has_baseline:
            return None
        text = self._text(BASELINE)
        if text is None:
            raise self._damaged(BASELINE, "it can't be read")
        return parse_baseline(text, label=str(self._place(BASELINE)), way_out=self.ref.way_out)

    def lease(self) -> Lease | None:
        """Return the lease, over or not; None if nobody has one. Raises ConfigError if it is damaged."""
        if LEASE not in self._files:
            return None
        try:
            return parse_lease(self._text(LEASE) or "")
        except DataError as error:
            message = f"the lease is damaged: {error}"
            raise ConfigError(message, location=self._place(LEASE), hint="`helpsync unlock` removes it") from None

    def source(self, blob: str) -> str | None:
        """Return a source as last pushed, None if the ref does not have it."""
        identifier = self.sources.get(blob)
        data = self.ref.data(identifier) if identifier else None
        return None if data is None else data.decode("utf-8", errors="replace")

    def with_lease(self, lease: Lease | None, project: str) -> dict[str, str]:
        """Return the files of a tree that differs only in its lease; a new ref begins without a baseline."""
        files = {name: identifier for name, identifier in self._files.items() if name != LEASE}
        if ABOUT not in files:
            files[ABOUT] = self.ref.file(_about(PushOrigin(None, None, project)))
        if lease:
            files[LEASE] = self.ref.file(dump_lease(lease).encode())
        return files

    def with_baseline(
        self, baseline: Baseline, read: ReadBlob, origin: PushOrigin, lease: Lease | None
    ) -> dict[str, str]:
        """Return the files of a tree with a baseline and the sources that it names.

        If the baseline is unchanged, so is everything but the lease.
        """
        files = self.with_lease(lease, origin.project)
        identifier = self.ref.file(dump_baseline(baseline).encode())
        if files.get(BASELINE) == identifier:
            return files
        files[BASELINE] = identifier
        files[ABOUT] = self.ref.file(_about(origin))
        files[SOURCES] = self.ref.folder(self._sources_of(baseline, read))
        return files

    def _sources_of(self, baseline: Baseline, read: ReadBlob) -> dict[str, str]:
        needed = source_blobs(baseline)
        found = {blob: identifier for blob, identifier in self.sources.items() if blob in needed}
        missing = needed - found.keys()
        found |= {blob: blob for blob in self.ref.known(sorted(missing))}
        texts = {blob: data for blob in sorted(missing - found.keys()) if (data := read(blob)) is not None}
        return found | self.ref.files(texts)

    def commit(self, files: dict[str, str], message: str) -> str:
        """Store a commit with these files that follows the tip; return its id."""
        plain = {name: identifier for name, identifier in files.items() if name != SOURCES}
        folders = {SOURCES: files[SOURCES]} if SOURCES in files else {}
        return self.ref.commit(self.ref.folder(plain, folders), self.tip, message)

    def _text(self, name: str) -> str | None:
        data = self.ref.data(self._files[name]) if name in self._files else None
        return None if data is None else data.decode("utf-8", errors="replace")

    def _place(self, name: str) -> Location:
        return Location(f"{self.ref.name}:{name}")

    def _damaged(self, name: str, why: str) -> ConfigError:
        return ConfigError(f"the baseline in git is damaged: {why}", location=self._place(name), hint=self.ref.way_out)


def _about(origin: PushOrigin) -> bytes:
    value = {"format": FORMAT, "project": origin.project, "commit": origin.commit, "by": origin.by}
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
