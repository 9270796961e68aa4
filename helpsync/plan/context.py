"""What a plan is made from: the settings, the part of the workspace in scope, and the matching."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from helpsync.errors import ConfigError, WrongWorkspace
from helpsync.model import Collection

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from helpsync.baseline import Baseline
    from helpsync.model import Address, HelpCenter, LocaleCode, Remote, Severity, State
    from helpsync.plan.bodies import Bodies
    from helpsync.plan.matching.matches import Matching


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that a plan depends on; `overwrite` are the addresses whose remote edits may be overwritten."""

    remote: str
    base_url: str
    api_version: str = "2.9"
    author: str | None = None
    state: State = "draft"
    on_remove: Literal["unpublish", "delete", "keep"] = "unpublish"
    help_center: str | None = None
    rules: Mapping[str, Severity] = field(default_factory=dict)
    overwrite: frozenset[Address] = frozenset()


@dataclass(frozen=True)
class PlanContext:
    """The inputs of planning."""

    matching: Matching
    bodies: Bodies
    policy: Policy
    remote: Remote
    default_locale: LocaleCode

    @cached_property
    def _addresses(self) -> dict[str, Address]:
        removed = self.matching.gone.items()
        known = {record.id: address for address, record in removed if record.kind != "article"}
        return known | {
            match.remote.id: address
            for address, match in self.matching.matches.items()
            if isinstance(match.desired, Collection) and match.remote and match.remote.id
        }

    def address_of(self, identifier: str | None) -> str | None:
        """Return the address of a collection or section by its id; the id where the tree has none, None for None."""
        return None if identifier is None else self._addresses.get(identifier, identifier)


def check_workspace(baseline: Baseline, remote: Remote, policy: Policy) -> None:
    """Raise WrongWorkspace when the baseline belongs elsewhere."""
    if baseline.workspace_id == remote.workspace_id and baseline.base_url == policy.base_url:
        return
    raise WrongWorkspace(
        f"the baseline of remote {policy.remote} belongs to workspace {baseline.workspace_id} at {baseline.base_url}, "
        f"but {remote.workspace_id} at {policy.base_url} answered",
        hint="check the token and the region; a remote that moved for good needs a name of its own in helpsync.yaml",
    )


def check_help_center(remote: Remote, help_center: str | None) -> None:
    """Raise ConfigError when the workspace does not have the help center that helpsync is limited to."""
    if help_center is not None and help_center not in {brand.id for brand in remote.brands}:
        known = ", ".join(f"{brand.id} ({brand.name})" for brand in remote.brands) or "none"
        raise ConfigError(f"the workspace has no help center {help_center}", hint=f"there are: {known}")


def in_scope(center: HelpCenter, help_center: str | None, known: Container[str | None] = ()) -> HelpCenter:
    """Return the part of the workspace that `help_center` in the remote's settings limits helpsync to.

    `known` are the ids of the articles in the baseline.
    """
    if help_center is None:
        return center
    kept = {item.id for item in center.collections if item.help_center_id == help_center}
    while True:
        more = {item.id for item in center.collections if item.parent_id in kept} - kept
        if not more:
            break
        kept |= more
    return replace(
        center,
        collections=tuple(item for item in center.collections if item.id in kept),
        # An article without a parent belongs to no help center: it may be ours, with a lost record.
        articles=tuple(item for item in center.articles if item.parent_id in {*kept, None} or item.id in known),
    )


def admin_id(remote: Remote, wanted: str) -> str | None:
    """Return the id of the teammate with this id, name or e-mail address; None for none or several."""
    exact = [admin.id for admin in remote.admins if wanted in (admin.id, admin.name)]
    exact += [admin.id for admin in remote.admins if admin.email and admin.email.casefold() == wanted.casefold()]
    return exact[0] if len(set(exact)) == 1 else None
