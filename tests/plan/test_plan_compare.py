"""The three-way table, row by row, for a short field and for a body (design: Three-way)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpsync.baseline import LocaleRecord, digest, fingerprint
from helpsync.errors import Location
from helpsync.markdown import DIALECT_VERSION, canonical, flatten_lists, stable_html
from helpsync.model import Body, Link, Reference, Source, Text, Translation
from helpsync.plan.bodies import Bodies
from helpsync.plan.compare import FieldDecisions, TextComparison, decide_fields, doubt
from helpsync.plan.links import Directory, own_link_namer

BODIES = Bodies(Directory(), own_link_namer([]))
STAMPED = '<p class="no-margin">{}</p>'


def text(title: str, body: str) -> Translation:
    return Translation("en", title, body=Body(STAMPED.format(body)))


def shown(title: str, body: str) -> Translation:
    return Translation("en", title, html=STAMPED.format(body), state="draft")


def agreed(title: str, body: str) -> LocaleRecord:
    html = STAMPED.format(body)
    return LocaleRecord(
        pushed={"title": fingerprint("title", title), "body": BODIES.template_digest(text(title, body))},
        remote={"title": fingerprint("title", title), "body": digest(canonical(html))},
        stored_digest=digest(stable_html(html)),
        dialect=DIALECT_VERSION,
    )


def compare(  # three sides, and how the item was found
    wanted: Text,
    remote: Text | None,
    record: LocaleRecord | None,
    bodies: Bodies = BODIES,
    *,
    adopted: bool = False,
    overwrite: bool = False,
) -> FieldDecisions:
    compared = TextComparison("a", "article", wanted, remote, record, bodies)
    return decide_fields(compared, adopted=adopted, overwrite=overwrite)


def decided(
    tree: tuple[str, str],
    remote: tuple[str, str] | None,
    baseline: tuple[str, str] | None,
    *,
    overwrite: bool = False,
) -> FieldDecisions:
    stored = shown(*remote) if remote else None
    return compare(text(*tree), stored, agreed(*baseline) if baseline else None, overwrite=overwrite)


OLD, NEW, OTHER = ("Old", "old"), ("New", "new"), ("Other", "other")
ALL = {"title", "body"}


@pytest.mark.parametrize(
    ("tree", "remote", "baseline", "send", "drift", "conflict"),
    [
        pytest.param(OLD, OLD, OLD, set(), set(), set(), id="same and same is unchanged"),
        pytest.param(NEW, OLD, OLD, ALL, set(), set(), id="changed and same is an update"),
        pytest.param(OLD, NEW, OLD, set(), ALL, set(), id="same and changed is drift"),
        pytest.param(NEW, NEW, OLD, set(), set(), set(), id="changed alike sends nothing"),
        pytest.param(NEW, OTHER, OLD, set(), set(), ALL, id="changed otherwise is a conflict"),
        pytest.param(("New", "old"), OLD, OLD, {"title"}, set(), set(), id="only the title is sent"),
        pytest.param(("New", "old"), ("Old", "other"), OLD, {"title"}, {"body"}, set(), id="each field for itself"),
        pytest.param(NEW, None, None, ALL, set(), set(), id="new is sent"),
        pytest.param(NEW, NEW, None, set(), set(), set(), id="new but already there is adopted"),
        pytest.param(NEW, OLD, None, set(), set(), ALL, id="new against another text is a conflict"),
        pytest.param(OLD, None, OLD, set(), ALL, set(), id="gone in Intercom is drift"),
        pytest.param(NEW, None, OLD, set(), set(), ALL, id="gone in Intercom and changed here is a conflict"),
    ],
)
def test_the_table(
    tree: tuple[str, str],
    remote: tuple[str, str] | None,
    baseline: tuple[str, str] | None,
    send: set[str],
    drift: set[str],
    conflict: set[str],
) -> None:
    outcome = decided(tree, remote, baseline)
    assert (set(outcome.send), set(outcome.named("drift")), set(outcome.named("conflict"))) == (send, drift, conflict)


def test_a_change_on_both_sides_alike_moves_the_baseline() -> None:
    assert decided(NEW, NEW, OLD).named("settled") == ALL


def test_overwriting_settles_a_conflict_in_favour_of_the_tree() -> None:
    assert decided(NEW, OTHER, OLD, overwrite=True).send == ALL


def test_overwriting_sends_what_drifted() -> None:
    assert decided(OLD, NEW, OLD, overwrite=True).send == ALL


def test_a_new_dialect_alone_sends_nothing() -> None:
    record = replace(
        agreed(*OLD), blob="b", pushed={"title": fingerprint("title", "Old"), "body": "another's"}, dialect="older"
    )
    wanted = Translation("en", "Old", body=Body(STAMPED.format("rendered anew")), source=Source("a.md", "b", "old"))
    assert compare(wanted, shown(*OLD), record).send == set()


def under_an_older_dialect(tree: str, remote: str, **record: object) -> FieldDecisions:
    """Compare with a baseline that another dialect wrote of the body "old", whose forms were others."""
    before = replace(agreed(*OLD), blob="old", dialect="older")
    other = {name: {**getattr(before, name), "body": "of another form"} for name in ("pushed", "remote")}
    wanted = replace(text("Old", tree), source=Source("a.md", tree, tree))
    made = replace(before, **{**other, **record})  # type: ignore[arg-type]  # fields by name
    return compare(wanted, shown("Old", remote), made, BODIES)


def test_under_a_new_dialect_a_body_that_did_not_move_is_unchanged() -> None:
    outcome = under_an_older_dialect("old", "old")
    assert (set(outcome.send), set(outcome.named("drift")), set(outcome.named("conflict"))) == (set(), set(), set())


def test_under_a_new_dialect_a_body_that_moved_but_says_what_the_tree_asks_for_is_no_drift() -> None:
    outcome = under_an_older_dialect("old", "old", stored_digest="moved")
    assert (set(outcome.send), set(outcome.named("drift")), set(outcome.named("conflict"))) == (set(), set(), set())


def test_under_a_new_dialect_a_list_that_was_sent_as_paragraphs_and_moved_is_no_drift() -> None:
    nested = '<ul><li><p class="no-margin">a</p><ul><li><p class="no-margin">b</p></li></ul></li></ul>'
    wanted = Translation("en", "Old", body=Body(nested), source=Source("a.md", "old", "old"))
    stored = Translation("en", "Old", html=flatten_lists(nested), state="draft")
    record = replace(agreed(*OLD), blob="old", dialect="older")
    outcome = compare(wanted, stored, record, BODIES)
    assert (set(outcome.send), set(outcome.named("drift")), set(outcome.named("conflict"))) == (set(), set(), set())


def test_under_a_new_dialect_any_other_body_is_drift() -> None:
    outcome = under_an_older_dialect("old", "other")
    assert (set(outcome.send), set(outcome.named("drift"))) == (set(), {"body"})


def test_under_a_new_dialect_any_other_body_is_a_conflict_with_a_change_of_the_tree() -> None:
    outcome = under_an_older_dialect("new", "other")
    assert (set(outcome.send), set(outcome.named("conflict"))) == (set(), {"body"})


def test_under_a_new_dialect_a_change_of_the_tree_is_sent_over_a_body_that_did_not_move() -> None:
    assert under_an_older_dialect("new", "old").send == {"body"}


def test_that_a_body_may_only_look_edited_is_said() -> None:
    assert "the en body" in doubt({"en": under_an_older_dialect("old", "other"), "fr": FieldDecisions({})})


def test_no_doubt_is_cast_on_an_edit_under_the_same_dialect() -> None:
    assert doubt({"en": decided(OLD, NEW, OLD)}) == ""


BASE = "https://help.example"
LINKING = '<a href="https://help.example/en/articles/{}">there</a>'


@pytest.mark.parametrize(
    ("ours", "theirs", "alike"),
    [
        pytest.param(LINKING.format("7#h_1"), LINKING.format("7#h_2"), True, id="another heading of the same article"),
        pytest.param(LINKING.format("7#h_1"), LINKING.format("7"), True, id="no heading"),
        pytest.param(LINKING.format("9"), "there", True, id="an article that the dead push was still to create"),
        pytest.param("there", LINKING.format("9"), True, id="an article that the dead push created"),
        pytest.param(LINKING.format("7"), LINKING.format("8"), False, id="another article"),
        pytest.param(LINKING.format("7"), "there", False, id="a link that a teammate removed"),
        pytest.param(LINKING.format("7"), '<a href="https://other.example">there</a>', False, id="another site"),
    ],
)
def test_a_text_that_differs_only_in_own_links_is_what_a_push_that_died_left(
    ours: str, theirs: str, *, alike: bool
) -> None:
    bodies = replace(BODIES, own_link=own_link_namer([BASE]), recorded=frozenset({"7", "8"}))
    outcome = compare(text("T", f"new {ours}"), shown("T", f"new {theirs}"), agreed("T", "old"), bodies)
    assert (set(outcome.send), set(outcome.named("conflict"))) == (({"body"}, set()) if alike else (set(), {"body"}))


def test_own_links_to_headings_that_are_gone_are_sent_anew() -> None:
    linked = own_link_namer([BASE])
    bodies = replace(BODIES, own_link=linked, recorded=frozenset({"7"}), dead=lambda name: "h_0" in name)
    old = f"old {LINKING.format('7#h_1')}"
    for shows, sends in (("h_0", True), ("h_2", False)):
        remote = shown("T", f"old {LINKING.format(f'7#{shows}')}")
        outcome = compare(text("T", old), remote, agreed("T", old), bodies)
        assert (set(outcome.send), set(outcome.named("drift"))) == (({"body"}, set()) if sends else (set(), {"body"}))
        assert outcome.relink is sends


def test_own_links_that_a_teammate_changed_in_a_text_that_the_file_did_not_change_are_drift() -> None:
    bodies = replace(BODIES, own_link=own_link_namer([BASE]), recorded=frozenset({"7"}))
    old = f"old {LINKING.format('7')}"
    assert compare(text("T", old), shown("T", f"old {LINKING.format('7#h_1')}"), agreed("T", old), bodies).named(
        "drift"
    ) == {"body"}


def test_own_links_that_a_teammate_changed_are_drift_also_where_they_would_lead_elsewhere_now() -> None:
    bodies = replace(BODIES, own_link=own_link_namer([BASE]), recorded=frozenset({"7"}))
    html = STAMPED.format(f"old {LINKING.format('7')}")
    link = Link(Reference("en", "b"), Location("a.md", 1))
    wanted = Translation("en", "T", body=Body(html, links=(link,)))
    record = agreed("T", f"old {LINKING.format('7')}")
    record = replace(record, pushed={**record.pushed, "body": bodies.template_digest(wanted)}, links=("en/7#h_2",))
    theirs = shown("T", f"old {LINKING.format('7#h_1')}")
    outcome = compare(wanted, theirs, record, bodies)
    assert outcome.relink
    assert (set(outcome.send), set(outcome.named("drift"))) == (set(), {"body"})


@pytest.mark.parametrize(
    ("field", "stored", "sent"),
    [
        pytest.param("description", "Theirs", False, id="another description stays"),
        pytest.param("description", None, True, id="an empty description is filled"),
        pytest.param("author", "8", False, id="another author stays"),
        pytest.param("state", "published", False, id="another state stays"),
    ],
)
def test_of_an_article_taken_for_the_same_only_what_is_empty_is_sent(
    field: str, stored: str | None, *, sent: bool
) -> None:
    ours = {"description": "Ours", "author": "7", "state": "draft"}
    wanted = replace(text("T", "old"), **{field: ours[field]})  # type: ignore[arg-type]  # fields by name
    theirs = replace(shown("T", "old"), **{field: stored})  # type: ignore[arg-type]  # fields by name
    outcome = compare(wanted, theirs, None, adopted=True)
    assert (set(outcome.send), set(outcome.named("conflict"))) == (({field}, set()) if sent else (set(), {field}))
