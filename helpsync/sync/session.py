"""One run against one remote: its settings, its connection, its checkout, and the plans made from them."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from helpsync.content import LastPushed, body_of, public_url
from helpsync.errors import ConfigError
from helpsync.findings import Unusable
from helpsync.git import head_commit
from helpsync.plan import Planned, Policy, make_plan, markdown_of, title_of, with_uncertain_writes
from helpsync.report.details import Details
from helpsync.settings import bare_config, load_config
from helpsync.sync.checkout import Checkout
from helpsync.sync.connection import Connection
from helpsync.sync.in_flight import landed
from helpsync.sync.listener import SILENT, Listener

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from helpsync.baseline import Baseline
    from helpsync.content import Tree
    from helpsync.model import Finding, Remote
    from helpsync.plan import Plan
    from helpsync.settings import Config, RemoteConfig


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan with what a caller shows of it.

    `tree` and `remote` are the sides that it compares, `details` what a rendering needs besides the plan.
    """

    tree: Tree
    remote: Remote
    planned: Planned
    details: Details

    @property
    def plan(self) -> Plan:
        """The plan itself."""
        return self.planned.plan


@dataclass(frozen=True)
class Session:
    """One run against one remote; it reads nothing from Intercom by itself."""

    config: Config
    remote: RemoteConfig
    listener: Listener = SILENT

    @cached_property
    def connection(self) -> Connection:
        """Opens the clients."""
        return Connection(self.config, self.remote, self.listener)

    @cached_property
    def checkout(self) -> Checkout:
        """The content tree, the baseline, the journal and the snapshots."""
        return Checkout(self.config, self.remote, self.listener.message)

    def warn_if_behind(self, run: str) -> None:
        """Warn when this command, run to write, would be refused because the checkout is behind the last push."""
        stale = self.checkout.store.behind(for_push=run == "push")
        if stale is not None:
            self.listener.message(f"warning: `helpsync {run}` would be refused now: {stale.message}")
            self.listener.message(f"    hint: {stale.hint}")

    def plan(self, tree: Tree, remote: Remote, baseline: Baseline | None, overwrite: Iterable[str] = ()) -> Planned:
        """Return the plan that takes Intercom to the tree."""
        past = LastPushed(self.config, self.checkout.store.source_text, tree.pictures)
        planned = make_plan(tree.help_center, remote, baseline, self.policy(overwrite), past)
        pending = self.checkout.pending_writes(planned.baseline)
        return replace(planned, plan=with_uncertain_writes(planned.plan, landed(pending)))

    def policy(self, overwrite: Iterable[str] = ()) -> Policy:
        """Return the settings that a plan depends on."""
        settings = self.config
        return Policy(
            remote=self.remote.name,
            base_url=self.connection.base_url,
            api_version=self.remote.api_version,
            author=settings.author,
            state=settings.state,
            on_remove=settings.on_remove,
            help_center=self.remote.help_center,
            rules=settings.rules,
            overwrite=frozenset(overwrite),
        )

    def read_tree(self) -> Tree:
        """Return the content tree and report its warnings; raises Unusable where it has errors."""
        self.listener.progress("reading the content tree")
        tree = self.checkout.read_tree()
        self.report_findings(tree.findings, "helpsync lint")
        return tree

    def report_findings(self, findings: Iterable[Finding], where: str) -> None:
        """Report warnings to the listener, with the command that shows all; raises Unusable where there are errors."""
        found = tuple(findings)
        if any(finding.severity == "error" for finding in found):
            raise Unusable(found, where, "nothing was sent")
        self.listener.findings(found, where)

    def preview(self, tree: Tree, planned: Planned, remote: Remote, *, allow_remove: int) -> Preview:
        """Return the plan with what a caller shows of it; `allow_remove` losses are let through."""

        def body(blob: str) -> str | None:
            text = self.checkout.store.source_text(blob)
            return None if text is None else body_of(text)

        teammates = {admin.id: admin.email or admin.name for admin in remote.admins}
        locale = self.config.default_locale
        names = {item.id: title_of(item, locale) for item in remote.help_center.collections if item.id}
        markdown = partial(markdown_of, bodies=planned.bodies)
        details = Details(body, markdown=markdown, pictures=tree.pictures, teammates=teammates, collections=names)
        limits = self.config.limits
        refusal = planned.plan.unsafe(share=limits.remove, floor=limits.floor, allowed=allow_remove)
        return Preview(tree, remote, replace(planned, plan=replace(planned.plan, refusal=refusal)), details)

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
    """Raise ConfigError for an address to overwrite that does not exist; addresses are not patterns."""
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
    """Return the known address that was probably meant: without ending or folder, or with a typing error corrected."""
    addresses = list(known)
    bare = address.removesuffix(".md").rstrip("/")
    alike = [each for each in addresses if bare in (each, each.rstrip("/")) or bare.endswith(f"/{each.rstrip('/')}")]
    return max(alike, key=len) if alike else next(iter(get_close_matches(address, addresses, 1, 0.8)), None)
