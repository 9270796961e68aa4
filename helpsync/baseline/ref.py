"""A ref in the git remote, read and moved by plumbing: no branch, index or working tree has a part in it."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from helpsync.errors import ConfigError, GitFailed
from helpsync.git import Done, Ended, call, trust_hint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from threading import Event

_NETWORK_SECONDS = 120
_QUIET = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc")
_DEEPER = ("--deepen=50", "--deepen=500", "--unshallow")
_FILE: Final = "100644 blob"
_FOLDER: Final = "040000 tree"


class Moved(Exception):
    """The ref is not where it was any more: it stands `at` this commit, None where it is gone."""

    def __init__(self, at: str | None) -> None:
        super().__init__(at)
        self.at = at


class Ref:
    """`refs/helpsync/<name>` in the git remote, kept under the same name in this repository to read it from.

    Every method raises ConfigError where git, a repository or a git remote is missing, GitFailed where the remote
    does not answer or refuses.
    """

    def __init__(self, root: Path, name: str, over: Event | None = None) -> None:
        self.name = f"refs/helpsync/{name}"
        self._root = root
        self._name = name
        self._over = over

    def until(self, over: Event) -> Ref:
        """Return the same ref for one whose calls of git are ended, with GitFailed, once `over` is set."""
        return Ref(self._root, self._name, over)

    @property
    def shown(self) -> str:
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
        """Return the commit that the ref stands at, with all it holds fetched; None where there is no such ref."""
        tip = self._there()
        if tip is None or self._at(self.name) == tip:
            return tip
        done = self._ask("fetch", *_QUIET, self.remote, f"+{self.name}:{self.name}")
        if done.code != 0:
            raise self._failed(f"{self.name} can't be fetched from {self.remote}", done)
        tip = self._at(self.name)
        if tip is None:
            raise ConfigError(f"{self.shown} is not a commit, so helpsync did not write it", hint=self.way_out)
        return tip

    @property
    def way_out(self) -> str:
        """Return how a damaged ref is brought back."""
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
        """Return the commit that the ref stood at when it was last fetched, None where it never was."""
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
        """Return the bytes of a file by git's id, None where it is not a file that is here."""
        done = self._call("cat-file", "blob", identifier)
        return done.out if done.code == 0 else None

    def file(self, data: bytes) -> str:
        """Store a file; return git's id of it."""
        return self._made(self._call("hash-object", "-w", "--stdin", given=data))

    def files(self, texts: Mapping[str, bytes]) -> dict[str, str]:
        """Store many files; return git's id of each by the name that it was given."""
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
        """Store a folder of files and folders that are stored; return git's id of it."""
        entries = [f"{_FILE} {identifier}\t{name}\0" for name, identifier in files.items()]
        entries += [f"{_FOLDER} {identifier}\t{name}\0" for name, identifier in (folders or {}).items()]
        return self._made(self._call("mktree", "-z", given="".join(entries).encode()))

    def commit(self, tree: str, parent: str | None, message: str) -> str:
        """Store a commit; return its id."""
        above = ("-p", parent) if parent else ()
        return self._made(self._call("commit-tree", tree, *above, "-F", "-", given=message.encode(), **self._identity))

    @cached_property
    def _identity(self) -> dict[str, str]:
        """Return the environment that names helpsync as committer if git knows none; otherwise nothing."""
        identity: dict[str, str] = {}
        for role in ("AUTHOR", "COMMITTER"):
            if self._call("var", f"GIT_{role}_IDENT").code != 0:
                identity |= {f"GIT_{role}_NAME": "helpsync", f"GIT_{role}_EMAIL": "helpsync@localhost"}
        return identity

    def move(self, old: str | None, new: str) -> None:
        """Move the ref from the commit `old`, or from not being there, to `new`.

        Raises Moved where it is elsewhere by now, GitFailed where the remote refuses.
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
            if now == old:  # else it was moved, and only the reply was lost
                raise self._failed(f"{self.remote} refused to move {self.name}", done)
        # To read it from; whoever reads next fetches it where this fails.
        self._call("update-ref", self.name, new)

    @cached_property
    def project(self) -> str:
        """Return the folder of helpsync.yaml in the repository: empty at its top, else it ends in a slash."""
        return self._call("rev-parse", "--show-prefix").out.decode(errors="replace").strip("\n")

    def head(self) -> str | None:
        """Return the commit that is checked out, None before the first one; raises ConfigError without a git remote."""
        return self._at("HEAD") if self.remote else None

    def head_contains(self, commit: str) -> bool:
        """Return whether the commit that is checked out is this one or comes after it.

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
        """Return whether the commit is not in what is checked out; in a shallow clone that stays unknown."""
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
        """Call git for something that speaks with the remote."""
        try:
            return call(self._root, *arguments, seconds=_NETWORK_SECONDS, over=self._over)
        except Ended:
            raise _ended(arguments) from None
        except subprocess.TimeoutExpired:
            message = f"the git remote {self.remote} did not answer within {_NETWORK_SECONDS} seconds"
            raise GitFailed(message, hint=f"try it by hand: git ls-remote {self.remote}") from None
        except OSError as error:
            raise _no_git(error) from None

    def _call(self, *arguments: str, given: bytes = b"", **environ: str) -> Done:
        try:
            return call(self._root, *arguments, given=given, seconds=_NETWORK_SECONDS, over=self._over, **environ)
        except Ended:
            raise _ended(arguments) from None
        except subprocess.TimeoutExpired:
            raise GitFailed(f"git {arguments[0]} did not end within {_NETWORK_SECONDS} seconds") from None
        except OSError as error:
            raise _no_git(error) from None

    def _made(self, done: Done) -> str:
        if done.code != 0:
            raise GitFailed(f"the baseline can't be stored in git: {done.message}")
        return done.out.decode().strip()

    def _failed(self, what: str, done: Done) -> GitFailed:
        by_hand = f"try it by hand: git ls-remote {self.remote}; helpsync can't ask for a password"
        hint = trust_hint(done.message) or by_hand
        return GitFailed(f"{what}: {done.message}", hint=hint)


def _ended(arguments: tuple[str, ...]) -> GitFailed:
    return GitFailed(f"git {arguments[0]} was ended, because the run that wanted it ends")


def _no_git(error: OSError) -> ConfigError:
    if isinstance(error, FileNotFoundError):
        hint = "install git, or keep the baseline in a file, with `baseline: file`"
        return ConfigError("`baseline: git` needs git, and there is none on the PATH", hint=hint)
    return ConfigError(f"git can't be run: {error.strerror}")
