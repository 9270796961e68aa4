"""Who belongs to whom, whatever was moved, pinned, copied and removed before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from helpsync.baseline import Baseline, LocaleRecord, Record, digest
from helpsync.model import Article, Body, Collection, HelpCenter, Label, Source, Translation
from helpsync.plan.bodies import Bodies
from helpsync.plan.links import Directory, own_link_namer
from helpsync.plan.matching import match_items

if TYPE_CHECKING:
    from helpsync.plan.matches import Matching

BODIES = Bodies(Directory(), own_link_namer([]))
WORDS = [f"word{number}" for number in range(15)]
ADDRESSES = ["a", "b", "c", "d/a", "d/b"]
# Texts that share all, much, half or nothing with each other; the last ones are short.
BODY_TEXTS = [" ".join(WORDS), " ".join(WORDS[:12]), " ".join(WORDS[7:]), "quite another text", "short", ""]


@dataclass(frozen=True)
class World:
    tree: dict[str, int]
    pins: dict[str, str]
    stored: dict[str, int]
    records: dict[str, tuple[str, int, bool]]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a tree, a remote and a baseline, each with texts by their number."""
    texts = st.integers(0, len(BODY_TEXTS) - 1)
    ids = [str(number) for number in range(1, 6)]
    tree = draw(st.dictionaries(st.sampled_from(ADDRESSES), texts))
    owners = dict(zip(draw(st.permutations(ids)), draw(st.permutations(ADDRESSES)), strict=False))
    count = draw(st.integers(0, len(ids)))
    records = {
        address: (identifier, draw(texts), draw(st.booleans())) for identifier, address in list(owners.items())[:count]
    }
    pinned = dict(zip(draw(st.permutations(ids)), draw(st.lists(st.sampled_from(ADDRESSES), max_size=2)), strict=False))
    pins = {address: identifier for identifier, address in pinned.items() if address in tree}
    return World(tree, pins, draw(st.dictionaries(st.sampled_from(ids), texts)), records)


def wanted(number: int, address: str) -> Translation:
    html = f'<p class="no-margin">{BODY_TEXTS[number]}</p>'
    return Translation("en", f"Title {number}", body=Body(html), source=Source(f"{address}.md", f"blob {number}", ""))


def known(number: int) -> LocaleRecord:
    text = wanted(number, "")
    sent = {"title": digest(text.title), "body": BODIES.template_digest(text)}
    return LocaleRecord(blob=f"blob {number}", pushed=sent)


def matched(world: World) -> Matching:
    tree = tuple(
        Article({"en": wanted(number, address)}, address=address, pin=world.pins.get(address))
        for address, number in sorted(world.tree.items())
    )
    stored = tuple(
        Article({"en": Translation("en", f"Title {number}", html=f"<p>{BODY_TEXTS[number]}</p>")}, id=identifier)
        for identifier, number in world.stored.items()
    )
    records = {
        address: Record("article", identifier, locales={"en": known(number)}, removed=gone)
        for address, (identifier, number, gone) in world.records.items()
    }
    baseline = Baseline("w", "sandbox:", "1", records=records)
    center = HelpCenter("en", articles=tree)
    return match_items(center, HelpCenter("en", articles=stored), baseline, BODIES)


@given(worlds())
def test_no_article_is_given_to_two_addresses(world: World) -> None:
    matching = matched(world)
    ids = [match.remote.id for match in matching.matches.values() if match.remote]
    assert len(set(ids)) == len(ids)
    leaving = [record.id for record in matching.without_file.values()]
    assert not set(ids) & set(leaving)


@given(worlds())
def test_every_address_of_the_tree_is_decided(world: World) -> None:
    assert set(matched(world).matches) == set(world.tree)


@given(worlds())
def test_no_record_is_lost_but_where_a_pin_says_so(world: World) -> None:
    matching = matched(world)
    kept = {match.record.id for match in matching.matches.values() if match.record}
    kept |= {record.id for record in matching.without_file.values()}
    kept |= {item.id for item in matching.attention if item.id}
    kept |= {world.records[address][0] for address in matching.refused if address in world.records}
    assert {identifier for identifier, _, gone in world.records.values() if not gone} <= kept


@given(worlds())
def test_what_files_traded_leaves_every_record_under_one_address(world: World) -> None:
    matching = matched(world)
    after = {address: identifier for address, (identifier, _, _) in world.records.items()}
    for address, record in matching.rekeyed.items():
        after.pop(address, None)
        if record is not None:
            after[address] = record.id
    assert len(set(after.values())) == len(after)
    if matching.rekeyed:
        traded = {match.record.id for match in matching.matches.values() if match.record and match.traded}
        assert traded <= set(after.values())


def test_pins_that_trade_places_of_articles_that_are_gone_come_to_an_end() -> None:
    world = World({"a": 0, "b": 1}, {"a": "2", "b": "1"}, {}, {"a": ("1", 0, True), "b": ("2", 1, True)})
    matching = matched(world)
    assert {address: match.previous for address, match in matching.matches.items()} == {"a": "b", "b": "a"}


def test_a_folder_that_takes_over_an_address_keeps_its_collection_when_the_section_there_moves_on() -> None:
    def label(name: str, blob: str) -> Label:
        return Label("en", name, source=Source("", blob, ""))

    tree = (
        Collection({"en": label("Billing", "moved")}, address="pay/"),
        Collection({"en": label("Paying", "edited")}, "section", address="money/pay/", parent="money/"),
    )
    stored = (
        Collection({"en": Label("en", "Billing")}, id="1"),
        Collection({"en": Label("en", "Paying")}, "section", id="2"),
    )
    records = {
        "billing/": Record("collection", "1", locales={"en": LocaleRecord(blob="moved")}),
        "pay/": Record("section", "2", locales={"en": LocaleRecord(blob="old")}),
    }
    baseline = Baseline("w", "sandbox:", "1", records=records)
    matching = match_items(HelpCenter("en", tree), HelpCenter("en", stored), baseline, BODIES)
    assert {address: matching.id_of(address) for address in matching.matches} == {"pay/": "1", "money/pay/": "2"}
