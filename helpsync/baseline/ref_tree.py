"""What the git home's ref holds at one commit, and how that is written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from helpsync.baseline.file import dump_baseline, parse_baseline
from helpsync.baseline.home import source_blobs
from helpsync.baseline.lease import Lease, dump_lease, parse_lease, plain
from helpsync.errors import ConfigError, Location

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpsync.baseline.records import Baseline
    from helpsync.baseline.ref import Ref

FORMAT = "helpsync.git-baseline/1"
ABOUT = "about.json"
BASELINE = "baseline.json"
LEASE = "lease.json"
SOURCES = "sources"


@dataclass(frozen=True, slots=True)
class Pushed:
    """What was last pushed from: the commit, None before the first push, by whom, and the project's folder in it."""

    commit: str | None
    by: str | None
    project: str


@dataclass(frozen=True)
class RefTree:
    """All that the ref holds at `tip`; nothing where there is no ref yet."""

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
        """Return whether a push has ended, or saved what it did, since the ref was made."""
        return BASELINE in self._files

    def pushed(self) -> Pushed | None:
        """Return what was last pushed from, None where there is no ref yet.

        Raises ConfigError where the ref is damaged, of a later version, or none of helpsync's.
        """
        if self.tip is None:
            return None
        try:
            value = json.loads(self._text(ABOUT) or "")
        except ValueError:
            raise self._damaged(ABOUT, "it is missing or not JSON, so helpsync did not write it") from None
        found = value.get("format") if isinstance(value, dict) else None
        if found != FORMAT:
            raise ConfigError(
                f"the format is {found!r}; this version of helpsync reads {FORMAT}",
                location=self._place(ABOUT),
                hint="use the version of helpsync that wrote it, or a later one",
            )
        commit, by, project = (value.get(key) for key in ("commit", "by", "project"))
        if not isinstance(project, str) or not all(each is None or isinstance(each, str) for each in (commit, by)):
            raise self._damaged(ABOUT, "a part of it is missing")
        return Pushed(commit, by and plain(by), project)

    def baseline(self) -> Baseline | None:
        """Return the baseline, None where there is none; raises ConfigError as `pushed` does."""
        self.pushed()
        if not self.has_baseline:
            return None
        text = self._text(BASELINE)
        if text is None:
            raise self._damaged(BASELINE, "it can't be read")
        return parse_baseline(text, shown=str(self._place(BASELINE)), way_out=self.ref.way_out)

    def lease(self) -> Lease | None:
        """Return the lease, over or not; None where nobody holds one. Raises ConfigError where it is damaged."""
        if LEASE not in self._files:
            return None
        try:
            return parse_lease(self._text(LEASE) or "")
        except (ValueError, TypeError) as error:
            message = f"the lease is damaged: {error}"
            raise ConfigError(message, location=self._place(LEASE), hint="`helpsync unlock` removes it") from None

    def source(self, blob: str) -> str | None:
        """Return a source as last pushed, None where the ref does not hold it."""
        identifier = self.sources.get(blob)
        data = self.ref.data(identifier) if identifier else None
        return None if data is None else data.decode("utf-8", errors="replace")

    def with_lease(self, lease: Lease | None, project: str) -> dict[str, str]:
        """Return the files of a tree that differs in its lease alone; a new ref begins without a baseline."""
        files = {name: identifier for name, identifier in self._files.items() if name != LEASE}
        if ABOUT not in files:
            files[ABOUT] = self.ref.file(_about(Pushed(None, None, project)))
        if lease:
            files[LEASE] = self.ref.file(dump_lease(lease).encode())
        return files

    def with_baseline(
        self, baseline: Baseline, read: Callable[[str], bytes | None], pushed: Pushed, lease: Lease | None
    ) -> dict[str, str]:
        """Return the files of a tree with a baseline and the sources that it names.

        A baseline that says nothing new leaves all but the lease as it is.
        """
        files = self.with_lease(lease, pushed.project)
        identifier = self.ref.file(dump_baseline(baseline).encode())
        if files.get(BASELINE) == identifier:
            return files
        files[BASELINE] = identifier
        files[ABOUT] = self.ref.file(_about(pushed))
        files[SOURCES] = self.ref.folder(self._sources_of(baseline, read))
        return files

    def _sources_of(self, baseline: Baseline, read: Callable[[str], bytes | None]) -> dict[str, str]:
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


def _about(pushed: Pushed) -> bytes:
    value = {"format": FORMAT, "project": pushed.project, "commit": pushed.commit, "by": pushed.by}
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
