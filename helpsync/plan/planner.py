"""From matched items to changes: what each address of the tree needs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from helpsync.errors import Location
from helpsync.findings.catalogue import finding
from helpsync.markdown import DIALECT_VERSION
from helpsync.model import Article, Collection, Translation
from helpsync.plan.compare import (
    Decision,
    FieldDecisions,
    ParentComparison,
    TextComparison,
    decide,
    managed_fields,
    remote_fields,
)
from helpsync.plan.drift import (
    SHORT,
    ItemDecisions,
    drift_or_conflict,
    edited_at,
    missing,
    states_turned,
    unmanaged_edits,
    unrecorded_edits,
)
from helpsync.plan.losses import blanked, losses_of, published_locales
from helpsync.plan.matching.matches import Claim, Matching, title_of
from helpsync.plan.plan import Attention, BodyChange, BodySides, Change, FieldChange, LocaleChange, Loss, Step

if TYPE_CHECKING:
    from helpsync.baseline import LocaleRecord
    from helpsync.model import Address, Finding, Item, LocaleCode, Remote
    from helpsync.plan.bodies import Bodies
    from helpsync.plan.policy import Policy

_NOTHING = "nothing to overwrite: there is no edit of it in Intercom"
_UNMANAGED = "nothing to overwrite: no file is managed here"
_LEAVE_OUT = "leave out --overwrite-remote for this address"


@dataclass(slots=True)
class Planner:
    """Walks the claims, parents first, and collects changes, attention, findings and losses."""

    matching: Matching
    bodies: Bodies
    policy: Policy
    remote: Remote
    default_locale: LocaleCode
    changes: list[Change] = field(default_factory=list)
    attention: list[Attention] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    settled: list[Step] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    gone_items: list[Item] = field(default_factory=list)
    unchanged: int = 0
    held: set[Address] = field(default_factory=set)
    steps: dict[Address, Step] = field(default_factory=dict)
    _addresses: dict[str, Address] = field(default_factory=dict)
    _told: set[Finding] = field(default_factory=set)

    def __post_init__(self) -> None:
        gone = self.matching.gone.items()
        self._addresses = {record.id: address for address, record in gone if record.kind != "article"}
        self._addresses |= {
            claim.remote.id: address
            for address, claim in self.matching.claims.items()
            if isinstance(claim.desired, Collection) and claim.remote and claim.remote.id
        }

    def run(self) -> None:
        """Plan every address of the tree."""
        self.held |= self.matching.refused
        managed = {each for each, claim in self.matching.claims.items() if getattr(claim.desired, "managed", True)}
        for address in sorted(self.policy.overwrite - managed):
            self.attention.append(Attention("warning", address, None, _UNMANAGED, hint=_LEAVE_OUT))
        for address, claim in sorted(self.matching.claims.items(), key=lambda pair: (pair[0].count("/"), pair[0])):
            if isinstance(claim.desired, Article) and not claim.desired.managed:
                if claim.previous and claim.record and not claim.traded:
                    self.settled.append(Step(address, "article", record=claim.record, previous=claim.previous))
                continue
            if address in self.matching.refused:
                continue
            parent = claim.desired.parent
            if (claim.remote is None or claim.previous) and parent in self.held and self.matching.id_of(parent) is None:
                self.held.add(address)
                self._attend("conflict", claim, f"held back, because {parent} is", ())
                continue
            self._item(address, claim)

    def _attend(
        self,
        kind: Literal["conflict", "warning"],
        claim: Claim,
        message: str,
        locales: tuple[LocaleCode, ...],
        hint: str | None = None,
    ) -> None:
        address = claim.desired.address
        identifier = claim.remote.id if claim.remote else claim.missing
        self.attention.append(Attention(kind, address, identifier, message, locales, hint))

    def _item(self, address: Address, claim: Claim) -> None:
        overwrite = address in self.policy.overwrite
        anew = overwrite and claim.missing is not None
        if anew:
            claim = Claim(claim.desired, previous=claim.previous)
        creating = claim.remote is None and claim.missing is None
        desired = self._resolved(claim, creating=creating)
        if desired is None:
            return
        claim = replace(claim, desired=desired)
        decisions = {
            locale: decide(self._compared(claim, locale), adopted=claim.adopted, overwrite=overwrite)
            for locale in desired.texts
        }
        if claim.missing is not None:
            self.held.add(address)
            self.attention.append(missing(self, claim, ItemDecisions(decisions)))
            return
        parent = self._parent(claim)
        # Out of its collection nothing can take it (facts: Articles).
        forced = overwrite and parent in ("drift", "conflict") and claim.desired.parent is not None
        compared = ItemDecisions(decisions, "send" if forced else parent, overwrites_parent=forced)
        if overwrite and not anew and not compared.overwrites:
            self._attend("warning", claim, _NOTHING, (), _LEAVE_OUT)
        if compared.has("conflict"):
            self.held.add(address)
            self.attention.append(drift_or_conflict(self, claim, compared))
            return
        if compared.has("drift"):
            self.attention.append(drift_or_conflict(self, claim, compared))
        self.attention += unmanaged_edits(claim)
        kept = sorted(compared.named("keep"))
        if kept:
            message = f"a picture is missing: {', '.join(kept)} keeps its published text with the picture it has"
            self._attend("warning", claim, message, tuple(kept), "put the picture back, or take it out of the text")
        step = Step(
            address=address,
            kind=desired.kind,
            desired=desired,
            remote=claim.remote,
            record=claim.record,
            sends=compared.named("send", "overwrite"),
            drifted=compared.named("drift", "keep"),
            drafts=self._leaving(claim),
            links=self._links(address, desired),
            parent=creating or compared.parent == "send",
            parent_drifted=compared.parent == "drift",
            previous=None if claim.traded else claim.previous,
        )
        self.steps[address] = step
        self._conclude(claim, step, compared, creating=creating)

    def _conclude(self, claim: Claim, step: Step, compared: ItemDecisions, *, creating: bool) -> None:
        self._labels_left(claim, step)
        if creating or step.sends or step.parent or step.drafts:
            self.changes.append(self._change(claim, step, compared, creating=creating))
            self._count_losses(step)
            return
        if not compared.has("drift"):
            self.unchanged += 1
        gone = {
            locale
            for locale, text in (claim.record.locales if claim.record else {}).items()
            if not text.removed
            and locale not in compared.locales
            and locale not in getattr(claim.desired, "unread", ())
        }
        if (
            claim.record is None
            or claim.record.removed
            or claim.previous
            or gone
            or any(each.moves_record for each in compared.locales.values())
            or states_turned(claim)
            or any(text.dialect != DIALECT_VERSION for text in claim.record.locales.values() if not text.removed)
            or self._parent_moved_alike(claim)
        ):
            self.settled.append(step)

    def _labels_left(self, claim: Claim, step: Step) -> None:
        """Say that a collection's name in a locale stays although its file is gone: Intercom can't remove it."""
        if not isinstance(claim.desired, Collection) or claim.record is None or claim.record.removed:
            return
        left = [
            locale
            for locale, text in claim.record.locales.items()
            if not text.removed and locale not in claim.desired.labels
        ]
        if left:
            message = f"its name stays in Intercom, where a {step.kind}'s translation can't be removed"
            self._attend("warning", claim, message, tuple(sorted(left)))

    def _compared(self, claim: Claim, locale: LocaleCode) -> TextComparison:
        return TextComparison(
            claim.desired.address or "",
            claim.desired.kind,
            wanted=claim.desired.texts[locale],
            remote=claim.remote.texts.get(locale) if claim.remote else None,
            record=claim.record.locales.get(locale) if claim.record else None,
            bodies=self.bodies,
        )

    def _place(self, claim: Claim) -> ParentComparison:
        wanted = self.matching.id_of(claim.desired.parent)
        agreed = claim.record.parent if claim.record else None
        return ParentComparison(
            wanted=wanted,
            actual=claim.remote.parent_id if claim.remote else None,
            agreed=agreed,
            pending=claim.desired.parent is not None and wanted is None,
            agreed_exists=agreed in self.matching.group_ids,
        )

    def _parent(self, claim: Claim) -> Decision:
        """Return what to do with the parent: ``send``, ``drift``, ``conflict`` or ``keep``."""
        place = self._place(claim)
        if claim.remote is None:
            return "send"
        if claim.desired.parent is None:
            return self._at_the_root(claim, place)
        if place.equal or (place.pending and claim.desired.parent in self.held):
            return "keep"
        if claim.record is None:
            return "send" if claim.adopted else "conflict"
        if not place.tree_changed:
            return "drift"
        return "send" if place.orphaned or not place.remote_changed else "conflict"

    def _at_the_root(self, claim: Claim, place: ParentComparison) -> Decision:
        if isinstance(claim.desired, Collection) or place.actual is None:
            return "keep"
        if claim.record is not None and place.agreed is None:
            return "drift"
        self._found(
            "cannot-unparent",
            f"{claim.desired.address} moved to the root, "
            "but Intercom has no way to take an article out of its collection",
            _place_of(claim.desired, self.default_locale),
            "move it into a folder with a _collection.md",
        )
        return "keep"

    def _parent_moved_alike(self, claim: Claim) -> bool:
        place = self._place(claim)
        moved = claim.record is not None and place.actual is not None and place.remote_changed
        return moved and claim.desired.parent is not None and place.wanted == place.actual

    def _links(self, address: Address, desired: Item) -> dict[LocaleCode, tuple[str, ...]]:
        if isinstance(desired, Collection):
            return {}
        names = self.bodies.directory.names
        return {
            locale: names((address, locale), text.body) for locale, text in desired.translations.items() if text.body
        }

    def _leaving(self, claim: Claim) -> frozenset[LocaleCode]:
        """Return the published locales of an article whose translation files are gone, and that are to be drafted."""
        if (
            not isinstance(claim.remote, Article)
            or not isinstance(claim.desired, Article)
            or claim.record is None
            or claim.record.removed
            or self.policy.on_remove == "keep"
        ):
            return frozenset()
        wanted = claim.desired.texts
        return frozenset(
            locale
            for locale, text in claim.record.locales.items()
            if locale not in wanted
            and locale not in claim.desired.unread
            and not text.removed
            and locale in published_locales(claim.remote)
        )

    def _change(self, claim: Claim, step: Step, compared: ItemDecisions, *, creating: bool) -> Change:
        fields: dict[str, FieldChange] = {}
        forced = compared.overwrites_parent
        taken = unrecorded_edits(claim.record, claim.remote, step.drafts, self.bodies) if claim.remote else ()
        overwrites = (*compared.overwrites, *taken)
        edited = {*compared.named("overwrite"), *(locale for locale, _ in taken)}
        if step.parent and (claim.desired.parent or claim.remote):
            before = self.address_of(claim.remote.parent_id) if claim.remote else None
            fields["parent"] = FieldChange(before, claim.desired.parent)
        if claim.previous:
            fields["address"] = FieldChange(claim.previous, step.address)
        locales = {
            locale: self._locale_change(claim, step, locale, compared.locales[locale]) for locale in sorted(step.sends)
        }
        stored = claim.remote.texts if claim.remote else {}
        for locale in sorted(step.drafts):
            record = claim.record.locales.get(locale) if claim.record else None
            html = remote_fields(stored[locale])["body"]
            images = record.images if record else {}
            body = BodyChange(
                blob=record.blob if record else None,
                sides=BodySides((step.address, locale), None, html, images),
            )
            locales[locale] = LocaleChange({"state": FieldChange("published", "draft")}, body, removed=True)
        return Change(
            action="create" if creating else "move" if step.parent else "update",
            kind=step.kind,
            address=step.address,
            id=claim.remote.id if claim.remote else None,
            title=title_of(claim.desired, self.default_locale),
            step=step,
            fields=fields,
            locales=locales,
            similarity=claim.similarity,
            overwrites=overwrites,
            edited_at=edited_at(claim.remote, edited, whole=forced) if overwrites else None,
        )

    def _locale_change(self, claim: Claim, step: Step, locale: LocaleCode, decisions: FieldDecisions) -> LocaleChange:
        wanted = claim.desired.texts[locale]
        stored_text = claim.remote.texts.get(locale) if claim.remote else None
        stored = remote_fields(stored_text) if stored_text else {}
        values = managed_fields(wanted, step.kind)
        fields = {
            name: FieldChange(stored.get(name), values[name])
            for name in SHORT
            if name in decisions.send and stored.get(name) != values[name]
        }
        if "body" not in decisions.send or not isinstance(wanted, Translation):
            return LocaleChange(fields)
        record = claim.record.locales.get(locale) if claim.record else None
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

    def address_of(self, identifier: str | None) -> str | None:
        """Return the address of a collection or section by its id, the id where the tree has none, None for None."""
        return None if identifier is None else self._addresses.get(identifier, identifier)

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
        """Report a text that shows nothing if the tree thinks it is a draft but readers can open it."""
        text = desired.translations[locale]
        main = desired.translations[self.default_locale]
        if (text.state or main.state or self.policy.state) == "draft":
            message = f"the text shows nothing, but readers of {locale} can open it: they would see an empty page"
            place = text.source.at("") if text.source else _place_of(desired, locale)
            self._found("missing-body", message, place, "write its text, or `state: draft` to hide it")

    def _found(self, code: str, message: str, location: Location, hint: str | None = None) -> None:
        found = finding(code, message, location, hint)
        if found not in self._told:
            self._told.add(found)
            self.findings.append(found)

    def _resolved(self, claim: Claim, *, creating: bool) -> Item | None:
        """Return the item with authors as admin ids, and new locales with the state and author that they begin with.

        None where an author can't be told; the finding says so.
        """
        desired = claim.desired
        if isinstance(desired, Collection):
            return desired
        before = len(self.findings)
        stored = claim.remote.translations if isinstance(claim.remote, Article) else {}
        texts: dict[LocaleCode, Translation] = {}
        for locale, text in desired.translations.items():
            author = self._author(text)
            state = text.state
            record = claim.record.locales.get(locale) if claim.record else None
            if creating or (locale not in stored and not self._removed_there(claim, record)):
                main = desired.translations.get(self.default_locale)
                inherited = stored.get(self.default_locale)
                author = author or (self._author(main) if main else None) or (inherited.author if inherited else None)
                author = author or self._default_author(main or text)
                state = state or (main.state if main else None) or self.policy.state
            elif record is not None and record.removed:
                # A revived locale is again what it was before it left the tree.
                state = state or (record.prior_state if record.prior_state in ("draft", "published") else None)  # type: ignore[assignment]  # checked beside
            texts[locale] = replace(text, author=author, state=state)
        return None if len(self.findings) > before else replace(desired, translations=texts)

    def _removed_there(self, claim: Claim, record: LocaleRecord | None) -> bool:
        """Return whether a teammate removed a text that both sides had: no push writes it, so nothing begins anew."""
        there = record is not None and bool(record.remote) and not record.removed
        return there and claim.desired.address not in self.policy.overwrite

    def _author(self, text: Translation) -> str | None:
        if text.author is None:
            return None
        found = admin_id(self.remote, text.author)
        if found is None and text.source:
            self._found(
                "unknown-author",
                f"no teammate {text.author} in this workspace",
                text.source.at("author"),
                self._teammates(),
            )
        return found

    def _default_author(self, text: Translation) -> str | None:
        place = text.source.at("author") if text.source else _place_of(None, self.default_locale)
        if self.policy.author is None:
            self._found(
                "missing-author",
                "a new article needs an author (Intercom refuses it without)",
                place,
                "add `author:` to the frontmatter or to helpsync.yaml",
            )
            return None
        found = admin_id(self.remote, self.policy.author)
        if found is None:
            self._found(
                "unknown-author",
                f"no teammate {self.policy.author} (`author:` in helpsync.yaml) in this workspace",
                place,
                self._teammates(),
            )
        return found

    def _teammates(self) -> str:
        names = sorted(admin.email or admin.name for admin in self.remote.admins)
        return f"teammates: {', '.join(names[:10])}{' …' if len(names) > 10 else ''}"


def admin_id(remote: Remote, wanted: str) -> str | None:
    """Return the id of the one teammate whom an id, a name or an e-mail address names; None for none or several."""
    exact = [admin.id for admin in remote.admins if wanted in (admin.id, admin.name)]
    exact += [admin.id for admin in remote.admins if admin.email and admin.email.casefold() == wanted.casefold()]
    return exact[0] if len(set(exact)) == 1 else None


def _place_of(item: Item | None, default_locale: LocaleCode) -> Location:
    text = item.texts.get(default_locale) if item else None
    return Location(text.source.path, 1) if text and text.source else Location("helpsync.yaml")
