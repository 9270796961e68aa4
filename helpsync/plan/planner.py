"""From matches to changes: what each address of the tree needs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from helpsync.errors import Location
from helpsync.findings import catalogue
from helpsync.markdown import DIALECT_VERSION
from helpsync.model import Article, Collection, Translation
from helpsync.plan.attention import (
    SHORT,
    ItemDecisions,
    drift_or_conflict,
    edited_at,
    missing,
    states_turned,
    text_removed,
    unmanaged_edits,
    unrecorded_edits,
)
from helpsync.plan.compare import (
    Decision,
    FieldDecisions,
    ParentComparison,
    TextComparison,
    decide_fields,
    managed_fields,
    remote_fields,
)
from helpsync.plan.losses import blanked, losses_of, published_locales
from helpsync.plan.matches import Match, is_managed, title_of
from helpsync.plan.plan import Attention, BodyChange, BodySides, Change, FieldChange, LocaleChange, Loss, Step
from helpsync.plan.workspace import PlanContext, admin_id

if TYPE_CHECKING:
    from helpsync.baseline import LocaleRecord
    from helpsync.model import Address, Finding, Item, LocaleCode, Text

_NOTHING = "nothing to overwrite: there is no edit of it in Intercom"
_UNMANAGED = "nothing to overwrite: no file is managed here"
_LEAVE_OUT = "leave out --overwrite-remote for this address"


@dataclass(slots=True)
class Planner:
    """Walks the matches, parents first, and collects changes, attention, findings and losses."""

    context: PlanContext
    changes: list[Change] = field(default_factory=list)
    attention: list[Attention] = field(default_factory=list)
    findings: set[Finding] = field(default_factory=set)
    settled: list[Step] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    removed_articles: list[Article] = field(default_factory=list)
    unchanged: int = 0
    held: set[Address] = field(default_factory=set)
    steps: dict[Address, Step] = field(default_factory=dict)

    def run(self) -> None:
        """Plan every address of the tree."""
        matching = self.context.matching
        self.held |= matching.refused
        managed = {each for each, match in matching.matches.items() if is_managed(match.desired)}
        for address in sorted(self.context.policy.overwrite - managed):
            self.attention.append(Attention("warning", address, None, _UNMANAGED, hint=_LEAVE_OUT))
        for address, match in sorted(matching.matches.items(), key=lambda pair: (pair[0].count("/"), pair[0])):
            if not is_managed(match.desired):
                if match.previous and match.record and not match.traded:
                    self.settled.append(Step(address, "article", record=match.record, previous=match.previous))
                continue
            if address in matching.refused:
                continue
            parent = match.desired.parent
            if (match.remote is None or match.previous) and parent in self.held and matching.id_of(parent) is None:
                self.held.add(address)
                identifier = match.remote.id if match.remote else match.missing
                message = f"held back, because {parent} is"
                self.attention.append(Attention("conflict", address, identifier, message))
            else:
                self._item(address, match)

    def _warn(self, match: Match, message: str, hint: str | None = None, locales: tuple[LocaleCode, ...] = ()) -> None:
        identifier = match.remote.id if match.remote else match.missing
        self.attention.append(Attention("warning", match.desired.address, identifier, message, locales, hint))

    def _item(self, address: Address, match: Match) -> None:
        overwrite = address in self.context.policy.overwrite
        recreated = overwrite and match.missing is not None
        if recreated:
            match = Match(match.desired, previous=match.previous)
        creating = match.remote is None and match.missing is None
        desired = self._resolved(match, creating=creating)
        if desired is None:
            return
        match, bodies = replace(match, desired=desired), self.context.bodies
        decisions = {
            locale: decide_fields(TextComparison.of(match, text, bodies), adopted=match.adopted, overwrite=overwrite)
            for locale, text in desired.texts.items()
        }
        if match.missing is not None:
            self.held.add(address)
            self.attention.append(missing(self.context, match, ItemDecisions(decisions)))
            return
        parent = self._parent(match)
        # Intercom has no way to take an article out of a collection.
        forced = overwrite and parent in ("drift", "conflict") and match.desired.parent is not None
        compared = ItemDecisions(decisions, "send" if forced else parent, overwrites_parent=forced)
        if overwrite and not recreated and not compared.overwrites:
            self._warn(match, _NOTHING, _LEAVE_OUT)
        if compared.has("conflict"):
            self.held.add(address)
            self.attention.append(drift_or_conflict(self.context, match, compared))
            return
        if compared.has("drift"):
            self.attention.append(drift_or_conflict(self.context, match, compared))
        self.attention += unmanaged_edits(match)
        kept = sorted(compared.named("keep"))
        if kept:
            message = f"a picture is missing: {', '.join(kept)} keeps its published text with the picture it has"
            self._warn(match, message, "put the picture back, or take it out of the text", tuple(kept))
        step = Step(
            address=address,
            kind=desired.kind,
            desired=desired,
            remote=match.remote,
            record=match.record,
            sends=compared.named("send", "overwrite"),
            drifted=compared.named("drift", "keep"),
            drafts=self._leaving(match),
            links=self._links(address, desired),
            parent=creating or compared.parent == "send",
            parent_drifted=compared.parent == "drift",
            previous=None if match.traded else match.previous,
        )
        self.steps[address] = step
        self._conclude(match, step, compared, creating=creating)

    def _conclude(self, match: Match, step: Step, compared: ItemDecisions, *, creating: bool) -> None:
        self._labels_left(match, step)
        if creating or step.sends or step.parent or step.drafts:
            self.changes.append(self._change(match, step, compared, creating=creating))
            self._count_losses(step)
            return
        if not compared.has("drift"):
            self.unchanged += 1
        here = {*compared.locales, *getattr(match.desired, "unread", ())}
        if (
            match.record is None
            or match.record.removed
            or match.previous
            or any(locale not in here and not text.removed for locale, text in match.record.locales.items())
            or any(each.moves_record for each in compared.locales.values())
            or states_turned(match)
            or any(text.dialect != DIALECT_VERSION for text in match.record.locales.values() if not text.removed)
            or ParentComparison.of(match, self.context.matching).moved_alike
        ):
            self.settled.append(step)

    def _labels_left(self, match: Match, step: Step) -> None:
        """Warn that a collection's name in a locale stays although its file was removed: Intercom can't remove it."""
        if not isinstance(match.desired, Collection) or match.record is None or match.record.removed:
            return
        left = [
            locale
            for locale, text in match.record.locales.items()
            if not text.removed and locale not in match.desired.labels
        ]
        if left:
            message = f"its name stays in Intercom, where a {step.kind}'s translation can't be removed"
            self._warn(match, message, locales=tuple(sorted(left)))

    def _parent(self, match: Match) -> Decision:
        """Return what to do with the parent: ``send``, ``drift``, ``conflict`` or ``keep``."""
        place = ParentComparison.of(match, self.context.matching)
        if match.remote is None:
            return "send"
        if match.desired.parent is None:
            return self._at_the_root(match, place)
        if place.equal or (place.pending and match.desired.parent in self.held):
            return "keep"
        if match.record is None:
            return "send" if match.adopted else "conflict"
        if not place.tree_changed:
            return "drift"
        return "send" if place.orphaned or not place.remote_changed else "conflict"

    def _at_the_root(self, match: Match, place: ParentComparison) -> Decision:
        if isinstance(match.desired, Collection) or place.actual is None:
            return "keep"
        if match.record is not None and place.agreed is None:
            return "drift"
        issue = catalogue.LEFT_ITS_COLLECTION(address=match.desired.address)
        self.findings.add(issue.at(_place_of(match.desired.texts.get(self.context.default_locale))))
        return "keep"

    def _links(self, address: Address, desired: Item) -> dict[LocaleCode, tuple[str, ...]]:
        if isinstance(desired, Collection):
            return {}
        names = self.context.bodies.directory.names
        return {
            locale: names((address, locale), text.body) for locale, text in desired.translations.items() if text.body
        }

    def _leaving(self, match: Match) -> frozenset[LocaleCode]:
        """Return the published locales of an article whose translation files were removed, to be unpublished."""
        if (
            not isinstance(match.remote, Article)
            or not isinstance(match.desired, Article)
            or match.record is None
            or match.record.removed
            or self.context.policy.on_remove == "keep"
        ):
            return frozenset()
        wanted = match.desired.texts
        return frozenset(
            locale
            for locale, text in match.record.locales.items()
            if locale not in wanted
            and locale not in match.desired.unread
            and not text.removed
            and locale in published_locales(match.remote)
        )

    def _change(self, match: Match, step: Step, compared: ItemDecisions, *, creating: bool) -> Change:
        fields: dict[str, FieldChange] = {}
        forced = compared.overwrites_parent
        taken = unrecorded_edits(match.record, match.remote, step.drafts, self.context.bodies) if match.remote else ()
        overwrites = (*compared.overwrites, *taken)
        edited = {*compared.named("overwrite"), *(locale for locale, _ in taken)}
        if step.parent and (match.desired.parent or match.remote):
            before = self.context.address_of(match.remote.parent_id) if match.remote else None
            fields["parent"] = FieldChange(before, match.desired.parent)
        if match.previous:
            fields["address"] = FieldChange(match.previous, step.address)
        locales = {
            locale: self._locale_change(match, step, locale, compared.locales[locale]) for locale in sorted(step.sends)
        }
        stored = match.remote.texts if match.remote else {}
        for locale in sorted(step.drafts):
            html = remote_fields(stored[locale])["body"]
            state = {"state": FieldChange("published", "draft")}
            locales[locale] = text_removed((step.address, locale), html, match.record_of(locale), state)
        return Change(
            action="create" if creating else "move" if step.parent else "update",
            kind=step.kind,
            address=step.address,
            id=match.remote.id if match.remote else None,
            title=title_of(match.desired, self.context.default_locale),
            step=step,
            fields=fields,
            locales=locales,
            similarity=match.similarity,
            overwrites=overwrites,
            edited_at=edited_at(match.remote, edited, whole=forced) if overwrites else None,
        )

    def _locale_change(self, match: Match, step: Step, locale: LocaleCode, decisions: FieldDecisions) -> LocaleChange:
        wanted = match.desired.texts[locale]
        shown = match.remote_text(locale)
        stored = remote_fields(shown) if shown else {}
        values = managed_fields(wanted, step.kind)
        fields = {
            name: FieldChange(stored.get(name), values[name])
            for name in SHORT
            if name in decisions.send and stored.get(name) != values[name]
        }
        if "body" not in decisions.send or not isinstance(wanted, Translation):
            return LocaleChange(fields)
        record = match.record_of(locale)
        html = stored.get("body")
        images = record.images if record else {}
        known, keys = frozenset(images.values()), frozenset(wanted.body.images if wanted.body else ())
        body = BodyChange(
            blob=record.blob if record and html is not None else None,
            after=wanted.source.text if wanted.source else "",
            sides=None if html is None else BodySides((step.address, locale), wanted, html, images),
            edited=decisions.by_field["body"] == "overwrite",
            relink=decisions.relink,
            pictures=(known - keys, keys - known),
        )
        return LocaleChange(fields, body)

    def _count_losses(self, step: Step) -> None:
        if not isinstance(step.remote, Article) or not isinstance(step.desired, Article):
            return
        drafted = {
            locale
            for locale, names in step.sends.items()
            if "state" in names and step.desired.translations[locale].state == "draft"
        }
        emptied = blanked(step.remote, step.desired, step.sends)
        for locale in sorted(emptied & published_locales(step.remote) - drafted):
            self._emptied(step.desired, locale)
        self.losses += losses_of(step.address, step.remote, step.drafts | drafted | emptied)

    def _emptied(self, desired: Article, locale: LocaleCode) -> None:
        """Report an empty text that readers can open although the tree takes it for a draft."""
        text = desired.translations[locale]
        main = desired.translations[self.context.default_locale]
        if (text.state or main.state or self.context.policy.state) == "draft":
            self.findings.add(catalogue.DRAFT_SHOWS_NOTHING(locale=locale).at(_place_of(text)))

    def _resolved(self, match: Match, *, creating: bool) -> Item | None:
        """Return the item with authors as admin ids, and with the initial state and author in new locales.

        None where an author is unknown, which is a finding.
        """
        desired = match.desired
        if isinstance(desired, Collection):
            return desired
        before = len(self.findings)
        stored = match.remote.translations if isinstance(match.remote, Article) else {}
        texts: dict[LocaleCode, Translation] = {}
        for locale, text in desired.translations.items():
            author = self._author(text)
            state = text.state
            record = match.record_of(locale)
            if creating or (locale not in stored and not self._removed_there(match, record)):
                main = desired.translations.get(self.context.default_locale)
                inherited = stored.get(self.context.default_locale)
                author = author or (self._author(main) if main else None) or (inherited.author if inherited else None)
                author = author or self._default_author(main or text)
                state = state or (main.state if main else None) or self.context.policy.state
            elif record is not None and record.removed:
                # A revived locale gets back the state that it had before it left the tree.
                state = state or (record.prior_state if record.prior_state in ("draft", "published") else None)  # type: ignore[assignment]  # checked beside
            texts[locale] = replace(text, author=author, state=state)
        return None if len(self.findings) > before else replace(desired, translations=texts)

    def _removed_there(self, match: Match, record: LocaleRecord | None) -> bool:
        """Return whether a teammate removed a text that both sides had: no push writes it again."""
        there = record is not None and bool(record.remote) and not record.removed
        return there and match.desired.address not in self.context.policy.overwrite

    def _author(self, text: Translation) -> str | None:
        if text.author is None:
            return None
        found = admin_id(self.context.remote, text.author)
        if found is None and text.source:
            issue = catalogue.NO_SUCH_TEAMMATE(author=text.author, teammates=self._teammates())
            self.findings.add(issue.at(text.source.at("author")))
        return found

    def _default_author(self, text: Translation) -> str | None:
        place = _place_of(text, "author")
        if self.context.policy.author is None:
            self.findings.add(catalogue.NEW_ARTICLE_WITHOUT_AUTHOR().at(place))
            return None
        found = admin_id(self.context.remote, self.context.policy.author)
        if found is None:
            author = self.context.policy.author
            self.findings.add(catalogue.NO_DEFAULT_TEAMMATE(author=author, teammates=self._teammates()).at(place))
        return found

    def _teammates(self) -> str:
        names = sorted(admin.email or admin.name for admin in self.context.remote.admins)
        return f"teammates: {', '.join(names[:10])}{' …' if len(names) > 10 else ''}"


def _place_of(text: Text | None, key: str = "") -> Location:
    """Return the place of a frontmatter key, or the top of the file; helpsync.yaml for a text without a file."""
    return text.source.at(key) if text and text.source else Location("helpsync.yaml")
