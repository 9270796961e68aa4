"""The file of a saved plan, and the decisions that a plan or the options make."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpsync.baseline import write_whole
from helpsync.errors import ConfigError, HelpsyncError, Location, Problems, Stale
from helpsync.git import head_commit
from helpsync.plan import SAVED_SCHEMA, carried_out, from_values, misplaced, saved_values, stale_reasons, terms_of
from helpsync.report.json_output import PLAN_SCHEMA, dump, plan_json
from helpsync.sync.session import check_overwrite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.content import Tree
    from helpsync.model import Address, Remote
    from helpsync.plan import Plan, Planned, SavedPlan, Terms
    from helpsync.sync.session import Preview, Session

_HEAD_BYTES = 4096
_SAVED = SAVED_SCHEMA.rpartition("/")[0].encode()
_MOST_BYTES = 1 << 30
_NEW_PLAN = "make a new plan with `helpsync diff --out`"
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the user decided about edits in Intercom and about limits, with options or with a saved plan."""

    overwrite: tuple[Address, ...] = ()
    allow_remove: int = 0
    saved: SavedPlan | None = None

    def terms(self, session: Session, remote: Remote | None = None) -> Terms:
        """Return the terms of a plan that is made now; `remote` is None until Intercom is read."""
        settings = session.config
        limits = {"remove": settings.limits.remove, "floor": settings.limits.floor}
        workspace = remote.workspace_id if remote else None
        policy = session.policy(self.overwrite)
        return terms_of(policy, workspace, settings.default_locale, limits, self.allow_remove, settings.assets_url)

    def check_made_for(self, session: Session) -> None:
        """Raise Stale where the plan was changed by hand, or made for another remote, server or help center."""
        if self.saved is None:
            return
        if not self.saved.intact:
            raise Stale("the plan was changed after it was saved; nothing was sent", hint=_NEW_PLAN)
        here = self.terms(session)
        if found := misplaced(self.saved, here):
            remote = self.saved.terms.made_for.get("remote")
            hint = f"give --remote {remote}" if remote and remote != here.made_for["remote"] else _NEW_PLAN
            raise Problems([*map(Stale, found[:-1]), Stale(f"{found[-1]}; nothing was sent", hint=hint)])

    def check_addresses(self, tree: Tree) -> None:
        """Raise ConfigError where an option names an address that does not exist; a saved plan may name one."""
        if self.saved is None:
            check_overwrite(tree, self.overwrite)

    def stale(self, session: Session, planned: Planned, remote: Remote) -> list[Stale]:
        """Return an error for each difference between the saved plan and what a push would do now."""
        if self.saved is None:
            return []
        here = self.terms(session, remote)
        hint = f"{_NEW_PLAN}, and have it reviewed"
        if elsewhere := misplaced(self.saved, here):
            return [*map(Stale, elsewhere[:-1]), Stale(f"{elsewhere[-1]}; nothing was sent", hint=hint)]
        if carried_out(self.saved, planned):
            return [Stale("the plan was carried out already: nothing of it is left to do, and nothing was sent")]
        found = stale_reasons(self.saved, planned, here)
        if not found:
            return []
        made = f", made at commit {self.saved.commit[:12]}," if self.saved.commit else ""
        message = f"the plan{made} is not what a push would do now; nothing was sent"
        return [*map(Stale, found), Stale(message, hint=hint)]

    def limit_hint(self, plan: Plan) -> str:
        """Return how to allow what the limits refuse."""
        if self.saved is None:
            return plan.allow_hint
        return f"if that is meant: save the plan with `helpsync diff --allow-remove {len(plan.losses)} --out`"


def load_decisions(plan: Path | None, overwrite: tuple[Address, ...], allow_remove: int) -> Decisions:
    """Return the decisions of the options, or of the plan where one is given.

    Raises ConfigError for a file that isn't a saved plan.
    """
    if plan is None:
        return Decisions(overwrite, allow_remove)
    saved = read_plan(plan)
    return Decisions(saved.terms.overwrite, saved.terms.allow_remove, saved)


def check_target(path: Path) -> None:
    """Raise ConfigError for a path that a plan must not replace: a folder, or a file that isn't a saved plan."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "not a file that can be replaced"
        raise ConfigError(
            f"--out {path}: this is {what}", hint="name a file; `--format json` prints the plan to stdout"
        )
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return  # the writing reports it
    if head and _SAVED not in head:
        hint = "name a new file, or the saved plan that it is to replace"
        raise ConfigError(f"--out {path}: this file isn't a saved plan, so it is not replaced", hint=hint)


def save_plan(path: Path, session: Session, preview: Preview, decisions: Decisions) -> None:
    """Write the plan whole or not at all; raises HelpsyncError where the file can't be written."""
    shown = plan_json(preview.plan, preview.details)
    terms = decisions.terms(session, preview.remote)
    values = saved_values(shown, preview.planned, terms, head_commit(session.config.root))
    # JSON from Intercom may contain half a surrogate pair, which UTF-8 can't encode.
    text = _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", dump(values, indent=2))
    try:
        # Through a symbolic link to the file that it names.
        write_whole(Path(os.path.realpath(path)), text + "\n")
    except OSError as error:
        raise HelpsyncError(f"the plan can't be written to {path}: {error.strerror or error}") from error
    session.listener.message(f"saved: {path}, to be pushed with `helpsync push --plan`")


def read_plan(path: Path) -> SavedPlan:
    """Return the saved plan, intact or changed by hand; raises ConfigError for any other file."""
    where = Location(str(path))
    value = _values(path, where)
    schema = value.get("schema")
    if schema != SAVED_SCHEMA:
        raise _other(schema, where)
    if not isinstance(value.get("digest"), str):
        raise ConfigError("the plan is damaged: it has no digest", location=where, hint=_NEW_PLAN)
    try:
        return from_values(value)
    except ValueError as error:
        raise ConfigError(f"the plan is damaged: {error}", location=where, hint=_NEW_PLAN) from None


def _values(path: Path, where: Location) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(4096)
            if not data.lstrip().startswith(b"{"):
                raise ConfigError("this isn't a saved plan", location=where, hint=_NEW_PLAN)
            data += file.read(_MOST_BYTES - len(data) + 1)
    except OSError as error:
        raise ConfigError(f"the plan can't be read: {error.strerror or error}", location=where) from None
    if len(data) > _MOST_BYTES:
        raise ConfigError("this is larger than any saved plan", location=where, hint=_NEW_PLAN)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise ConfigError("the plan is damaged: it is not whole JSON", location=where, hint=_NEW_PLAN) from None
    if not isinstance(value, dict):
        raise ConfigError("this isn't a saved plan", location=where, hint=_NEW_PLAN)
    return value


def _other(schema: object, where: Location) -> ConfigError:
    if schema == PLAN_SCHEMA:
        hint = "`diff --format json` prints a plan to read; `diff --out` saves one to push"
        return ConfigError("this plan was printed, not saved", location=where, hint=hint)
    if isinstance(schema, str) and schema.startswith(SAVED_SCHEMA.rpartition("/")[0] + "/"):
        message = f"the plan's format is {schema}; this version of helpsync reads {SAVED_SCHEMA}"
        return ConfigError(message, location=where, hint="use the version of helpsync that wrote it, or a later one")
    return ConfigError("this isn't a saved plan", location=where, hint=_NEW_PLAN)
