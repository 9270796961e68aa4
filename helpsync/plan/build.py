"""Makes the plan from the content tree, Intercom and the baseline: everything about a push is decided from here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.baseline import Baseline, LocaleRecord, Record, digest
from helpsync.errors import MultilingualOff, OtherDefaultLocale, RemoteError
from helpsync.findings import by_rules, catalogue
from helpsync.markdown import DIALECT_VERSION, stable_html, stored_headings
from helpsync.model import Article, Finding, HelpCenter
from helpsync.plan.attention import republished
from helpsync.plan.bodies import Bodies, no_past
from helpsync.plan.links import (
    Directory,
    anchors_of,
    base_of,
    ids_to_send,
    leads_within,
    own_link_namer,
    pinned,
    relinks_of,
    with_lost_links,
)
from helpsync.plan.losses import addresses_of, published_counts, with_inbound
from helpsync.plan.matches import Matching, title_of
from helpsync.plan.matching import match_items
from helpsync.plan.plan import Attention, Plan
from helpsync.plan.planner import Planner
from helpsync.plan.removal import plan_removals, point_out_moves
from helpsync.plan.workspace import PlanContext, check_help_center, check_workspace, in_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from helpsync.model import Address, Heading, LocaleCode, Remote
    from helpsync.plan.bodies import Past
    from helpsync.plan.plan import Step
    from helpsync.plan.workspace import Policy


_MANY = 10
"""With so many articles or more, it is an error that Intercom shows none; of fewer, each missing one is reported."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and what applying it needs besides.

    `steps` has every address that is not held, also those that need nothing: a write elsewhere may renew the headings
    that they link to. `baseline` is the one that was compared. `matching` says which remote item belongs to which
    address, `bases` are the first parts of the help center's URLs. `scope` is the part of the workspace that helpsync
    is limited to.
    """

    plan: Plan
    desired: HelpCenter
    baseline: Baseline
    directory: Directory
    bodies: Bodies
    steps: Mapping[Address, Step]
    matching: Matching
    scope: HelpCenter
    bases: frozenset[str]


def make_plan(
    desired: HelpCenter,
    remote: Remote,
    baseline: Baseline | None,
    policy: Policy,
    past: Past = no_past,
) -> Planned:
    """Return the plan that brings remote to desired; `past` returns files as they were last pushed (`Bodies`).

    Raises WrongWorkspace when the baseline belongs to another workspace, and MultilingualOff when the tree has several
    locales and the help center has one.
    """
    baseline = baseline or Baseline(remote.workspace_id, policy.base_url, DIALECT_VERSION)
    check_workspace(baseline, remote, policy)
    _something_left(baseline, remote, policy)
    _same_settings(desired, remote, policy)
    known = {record.id for record in baseline.records.values() if record.kind == "article"}
    scope = in_scope(remote.help_center, policy.help_center, known)
    bodies, bases = known_links(remote, baseline, policy, past)
    directory = bodies.directory
    matching = match_items(desired, scope, baseline, bodies)
    standing = {**_still_there(desired, matching, scope, baseline), **matching.likely}
    _fill_directory(directory, desired, matching, standing)
    _fill_in_unread(directory, desired, standing, baseline.records)
    context = PlanContext(matching, bodies, policy, remote, desired.default_locale)
    planner = Planner(context)
    planner.run()
    plan_removals(planner, remote.help_center)
    point_out_moves(planner, remote.help_center)
    attention = [
        *planner.attention,
        *matching.attention,
        *_unmanaged(matching, desired.default_locale, policy.help_center),
        *republished(context, baseline.records, scope),
        *_brands(remote, policy.help_center),
    ]
    published = published_counts(_managed(planner))
    plan = Plan(
        remote=policy.remote,
        base_url=policy.base_url,
        api_version=policy.api_version,
        changes=tuple(with_lost_links(planner.changes, directory)),
        attention=tuple(attention),
        findings=by_rules([*planner.findings, *_unstable(desired, directory)], policy.rules),
        settled=tuple(planner.settled),
        unchanged=planner.unchanged,
        losses=with_inbound(
            planner.losses,
            planner.changes,
            remote.help_center.articles,
            addresses_of(matching),
            bodies,
            desired.default_locale,
        ),
        relinks=relinks_of(planner.steps, planner.changes, directory),
        published=published,
        emptied=not desired.articles,
    )
    return Planned(plan, desired, baseline, directory, bodies, planner.steps, matching, scope, bases)


def _managed(planner: Planner) -> list[Article]:
    """Return the stored articles that helpsync manages: those with files, and those whose files were removed."""
    claimed = [
        match.remote
        for match in planner.context.matching.matches.values()
        if isinstance(match.remote, Article) and isinstance(match.desired, Article) and match.desired.managed
    ]
    return claimed + planner.removed_articles


def known_links(
    remote: Remote, baseline: Baseline, policy: Policy, past: Past = no_past
) -> tuple[Bodies, frozenset[str]]:
    """Return the reader of bodies, with a directory without articles, and the first parts of own URLs."""
    bases = _bases(remote, baseline)
    directory = Directory(
        base=_base(remote, bases, policy.help_center),
        heading_ids=baseline.heading_ids,
        default_locale=remote.help_center.default_locale,
    )
    recorded = frozenset(record.id for record in baseline.records.values() if record.kind == "article")
    return Bodies(directory, own_link_namer(bases), past, recorded, _dead(remote)), frozenset(bases)


def _dead(remote: Remote) -> Callable[[str], bool]:
    articles = {article.id: article for article in remote.help_center.articles}

    def dead(name: str) -> bool:
        page, _, heading = name.partition("#")
        locale, _, identifier = page.removeprefix("article:").partition("/")
        article = articles.get(identifier)
        text = article.translations.get(locale) if article else None
        return (
            bool(heading)
            and text is not None
            and heading not in (each for each, _, _ in stored_headings(text.html or ""))
        )

    return dead


def _something_left(baseline: Baseline, remote: Remote, policy: Policy) -> None:
    """Raise RemoteError when none of many articles exists any more: that is a wrong reply, not an edit."""
    known = {
        record.id
        for address, record in baseline.records.items()
        if record.kind == "article" and not record.removed and address not in policy.overwrite
    }
    if len(known) < _MANY or not known.isdisjoint(article.id for article in remote.help_center.articles):
        return
    raise RemoteError(
        f"Intercom shows none of the {len(known)} articles that the baseline of remote {policy.remote} knows: "
        "nothing was planned, nothing was sent",
        hint="look at the help center in Intercom and run this again; if all were deleted there, start over without "
        "that baseline, and every article is created with a new id",
    )


def _same_settings(desired: HelpCenter, remote: Remote, policy: Policy) -> None:
    theirs = remote.help_center.default_locale
    if remote.help_center.items and theirs != desired.default_locale:
        raise OtherDefaultLocale(desired.default_locale, theirs)
    check_help_center(remote, policy.help_center)
    locales = {locale for item in desired.items for locale in item.texts}
    if len(locales) > 1 and remote.multilingual is False:
        raise MultilingualOff(len(locales))


def _bases(remote: Remote, baseline: Baseline) -> Counter[str]:
    urls = [
        url
        for article in remote.help_center.articles
        for text in article.translations.values()
        if (url := text.url) is not None
    ]
    urls += [
        text.url for record in baseline.records.values() for text in record.locales.values() if text.url is not None
    ]
    counted = Counter(base for url in urls if (base := base_of(url)))
    counted.update({brand.url.rstrip("/"): 0 for brand in remote.brands if brand.url})
    return counted


def _base(remote: Remote, bases: Counter[str], help_center: str | None) -> str | None:
    for brand in remote.brands:
        if brand.url and help_center in (None, brand.id):
            return brand.url.rstrip("/")
    return bases.most_common(1)[0][0] if bases else None


def _still_there(
    desired: HelpCenter, matching: Matching, scope: HelpCenter, baseline: Baseline
) -> dict[Address, Article]:
    """Return the articles in Intercom whose files are held or unreadable: links to them keep leading there."""
    taken = matching.taken()
    by_id = {article.id: article for article in scope.articles if ("article", article.id) not in taken}
    return {
        address: by_id[record.id]
        for address in (
            *desired.unread,
            *(address for address, match in matching.matches.items() if match.remote is None),
        )
        if (record := baseline.records.get(address)) is not None
        and record.kind == "article"
        and not record.removed
        and record.id in by_id
    }


def _fill_directory(
    directory: Directory, desired: HelpCenter, matching: Matching, likely: Mapping[Address, Article]
) -> None:
    within = []
    for address, match in matching.matches.items():
        directory.files.update(
            {(address, locale): text.source.path for locale, text in match.desired.texts.items() if text.source}
        )
        remote = match.remote or likely.get(address)
        if remote is None or remote.id is None:
            continue
        directory.ids[address] = remote.id
        if not isinstance(remote, Article) or not isinstance(match.desired, Article):
            continue
        for locale, text in remote.translations.items():
            if text.url:
                directory.urls[address, locale] = text.url
            wanted = match.desired.translations.get(locale)
            if wanted is None or wanted.body is None or not text.html:
                continue
            record = match.record_of(locale)
            directory.anchors[address, locale] = _anchors(wanted.body.headings, text.html, record)
            if leads_within(text.html):
                within.append((address, locale))
    directory.pinned = pinned(desired.articles, within)


def _fill_in_unread(
    directory: Directory, desired: HelpCenter, standing: Mapping[Address, Article], records: Mapping[Address, Record]
) -> None:
    """Add the articles whose files were not read to the directory, so that links to them keep working."""
    left = [(article.address or "", locale) for article in desired.articles for locale in article.unread]
    for address in desired.unread & standing.keys():
        directory.ids[address] = f"{standing[address].id}"
        for locale, text in standing[address].translations.items():
            left.append((address, locale))
            if text.url:
                directory.urls[address, locale] = text.url
    for address, locale in left:
        if address in records and (record := records[address].locales.get(locale)):
            directory.anchors[address, locale] = {**record.anchors}


def _anchors(wanted: Sequence[Heading], html: str, record: LocaleRecord | None) -> dict[str, str]:
    """Return slug → id of a desired body's headings: those that Intercom has keep their ids."""
    known = record.anchors if record else {}
    if (
        record is None
        or not {heading.slug for heading in wanted} <= known.keys()
        or record.stored_digest != digest(stable_html(html))
    ):
        # Also where only the tree changed: an automatic change of Intercom must not decide which heading is which.
        found = anchors_of(wanted, stored_headings(html), known)
        known = {slug: identifier for slug, identifier in known.items() if identifier not in found.values()} | found
    return ids_to_send(wanted, known)


def _unmanaged(matching: Matching, default_locale: LocaleCode, help_center: str | None) -> list[Attention]:
    found = []
    for item in matching.unclaimed:
        if help_center is not None and isinstance(item, Article) and item.parent_id is None:
            continue
        message = f"{item.kind} not in the content tree: {title_of(item, default_locale)}"
        hint = "leave it, it is not changed; or take it with `helpsync pull --new`"
        found.append(Attention("unmanaged", None, item.id, message, hint=hint))
    return found


def _brands(remote: Remote, help_center: str | None) -> list[Attention]:
    if help_center is None and len(remote.brands) > 1:
        names = ", ".join(f"{brand.id} ({brand.name})" for brand in remote.brands)
        return [
            Attention(
                "warning",
                None,
                None,
                f"the workspace has {len(remote.brands)} help centers: {names}; new collections go to the default one",
                hint="name the one that is meant with `help_center:` in the remote's settings",
            )
        ]
    return []


def _unstable(desired: HelpCenter, directory: Directory) -> list[Finding]:
    if directory.heading_ids != "renew":
        return []
    return [
        catalogue.LINK_WILL_STOP(slug=link.target.slug).at(link.location)
        for article in desired.articles
        if article.address and article.managed
        for locale, text in article.translations.items()
        if text.body
        for link in text.body.links
        if not directory.lasts((article.address, locale), link.target)
    ]
