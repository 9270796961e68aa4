"""A workspace that refuses a list in a list (the facts disagree) gets paragraphs, once, and is at rest afterwards."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from workspace import MakeWorkspace, Workspace

CONFIG = """\
default_locale: en
locales: [en, fr]
author: docs@example.com
state: published
"""
NESTED = "1. Open it\n    - by hand\n    - by mail\n2. Read it\n"
FLAT = "Open it|– by hand|– by mail;Read it"
NOTE = "Intercom refuses a list in a list: sent as paragraphs (en)"


@pytest.fixture
def strict(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace whose workspace refuses nested lists, with one article that has one; nothing pushed yet."""
    return furnished(make_workspace(CONFIG, nested_lists="refuse"))


def furnished(workspace: Workspace) -> Workspace:
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", NESTED)
    return workspace


def body(workspace: Workspace, title: str = "One", locale: str = "en") -> str:
    (found,) = [item for item in workspace.sandbox.articles() if item["title"] == title]
    html: str = found["translated_content"][locale]["body"]
    return html


def steps(html: str) -> str:
    """Return the texts of a stored list: `;` between items, `|` between paragraphs."""
    items = re.findall(r"<li>(.*?)</li>", html, re.DOTALL)
    return ";".join("|".join(re.findall(r"<p[^>]*>(.*?)</p>", item)) for item in items)


def at_rest(workspace: Workspace) -> None:
    plan = workspace.plan()
    assert (plan["changes"], plan["attention"]) == ([], [])
    assert workspace.push().writes == []


def statuses(ran: Any, method: str) -> list[int]:
    return [call.status for call in ran.writes if call.method == method and "articles" in call.path]


def test_a_refused_nested_list_is_sent_once_more_as_paragraphs(strict: Workspace) -> None:
    ran = strict.push()
    assert ran.code == 0
    assert statuses(ran, "POST") == [400, 200]
    assert steps(body(strict)) == FLAT
    at_rest(strict)


def test_the_user_is_told_beside_the_article(strict: Workspace) -> None:
    ran = strict.push()
    lines = ran.out.splitlines()
    (position,) = [number for number, line in enumerate(lines) if "a/one" in line]
    assert lines[position + 1] == f"    note: {NOTE}"


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_scripts_are_told_with_the_change(strict: Workspace, form: str) -> None:
    out = strict.push("--format", form).out
    result = json.loads(out if form == "json" else out.splitlines()[-1])
    assert [change["notes"] for change in result["changes"] if change["address"] == "a/one"] == [[NOTE]]
    assert out.count(NOTE) == (1 if form == "json" else 2)


def test_later_articles_of_the_run_are_sent_as_paragraphs_at_once(strict: Workspace) -> None:
    for number in range(20):
        strict.article(f"a/n{number}.md", f"Number {number}", NESTED)
    ran = strict.push()
    assert ran.code == 0
    assert statuses(ran, "POST").count(200) == 21
    # Those in flight side by side find out for themselves.
    assert statuses(ran, "POST").count(400) <= 8
    assert {steps(body(strict, f"Number {number}")) for number in range(20)} == {FLAT}
    at_rest(strict)


def test_where_nested_lists_are_kept_they_are_sent_as_they_are(make_workspace: MakeWorkspace) -> None:
    workspace = furnished(make_workspace(CONFIG))
    ran = workspace.push()
    assert statuses(ran, "POST") == [200]
    assert "</p><ul><li>" in body(workspace)
    assert "note:" not in ran.out
    at_rest(workspace)


def test_a_refusal_for_another_reason_stays_a_failure(strict: Workspace) -> None:
    strict.article("a/one.md", "One", f"{NESTED}\n![Screen](https://pictures.invalid/a.png)\n")
    strict.article("a/two.md", "Two", "![Screen](https://pictures.invalid/b.png)\n")
    ran = strict.push()
    assert ran.code == 1
    assert statuses(ran, "POST") == [400, 400, 400]
    assert ran.out.count("could not be fetched") == 2


def refuse_creates(workspace: Workspace, *messages: str) -> list[str]:
    """Let Intercom refuse articles that are created, once with each of these messages, and return those not used yet.

    It does so before it looks at them, so such requests are not among its calls.
    """
    left = list(messages)

    def answer(method: str, path: str, phase: str) -> JSONResponse | None:
        if (method, path, phase) != ("POST", "/articles", "before") or not left:
            return None
        error = {"code": "parameter_invalid", "message": left.pop(0)}
        return JSONResponse({"type": "error.list", "errors": [error]}, status_code=400)

    workspace.sandbox.on_request = answer
    return left


@pytest.mark.parametrize("message", ["No", "the image https://example.com/lists/price-list.png could not be fetched"])
def test_a_passing_refusal_for_another_reason_flattens_nothing(make_workspace: MakeWorkspace, message: str) -> None:
    workspace = furnished(make_workspace(CONFIG))
    workspace.article("a/two.md", "Two", NESTED)
    left = refuse_creates(workspace, message)
    ran = workspace.push()
    assert (ran.code, left, statuses(ran, "POST")) == (0, [], [200, 200])
    assert ["</p><ul><li>" in body(workspace, title) for title in ("One", "Two")] == [True, True]


def test_a_refusal_that_does_not_name_lists_is_believed_when_it_comes_again(make_workspace: MakeWorkspace) -> None:
    workspace = furnished(make_workspace(CONFIG))
    left = refuse_creates(workspace, "No", "No")
    ran = workspace.push()
    assert (ran.code, left, statuses(ran, "POST")) == (0, [], [200])
    assert steps(body(workspace)) == FLAT
    at_rest(workspace)


def test_a_list_is_named_in_any_case(make_workspace: MakeWorkspace) -> None:
    workspace = furnished(make_workspace(CONFIG))
    left = refuse_creates(workspace, "NESTED LISTS ARE NOT ALLOWED")
    assert (statuses(workspace.push(), "POST"), left) == ([200], [])
    assert steps(body(workspace)) == FLAT


def test_an_edit_goes_out_and_is_read_back_as_paragraphs(strict: Workspace) -> None:
    strict.push()
    strict.edit("a/one.md", "by mail", "by post")
    ran = strict.push()
    assert (ran.code, statuses(ran, "PUT")) == (0, [400, 200])
    assert steps(body(strict)) == FLAT.replace("mail", "post")
    at_rest(strict)


def test_an_edit_that_makes_no_difference_there_counts_as_done(strict: Workspace) -> None:
    strict.article("a/one.md", "One", "1. Open it\n\n    – by hand\n\n    – by mail\n\n2. Read it\n")
    strict.push()
    assert steps(body(strict)).replace("||", "|") == FLAT
    strict.article("a/one.md", "One", NESTED)
    ran = strict.push()
    assert (ran.code, statuses(ran, "PUT")) == (0, [400, 200])
    at_rest(strict)


def test_a_translation_alone_can_be_refused(strict: Workspace) -> None:
    strict.article("a/one.md", "One", "Plain.\n")
    strict.article("a/one.fr.md", "Un", NESTED)
    ran = strict.push()
    assert ran.code == 0
    assert f"note: {NOTE.replace('(en)', '(fr)')}" in ran.out
    assert steps(body(strict, locale="fr")) == FLAT
    at_rest(strict)


def test_headings_around_such_lists_are_linked(strict: Workspace) -> None:
    strict.article("a/one.md", "One", f"{NESTED}\n# How\n\nText.\n\nSee [two](two.md#why).\n")
    strict.article("a/two.md", "Two", f"{NESTED}\n# Why\n\nSee [one](one.md).\n")
    ran = strict.push()
    assert ran.code == 0
    assert '<h1 id="why">Why' in body(strict, "Two")
    assert "#why" in body(strict, "One")
    at_rest(strict)


@pytest.mark.parametrize("form", ["text", "json"])
def test_where_ids_are_renewed_a_relinked_article_is_named(make_workspace: MakeWorkspace, form: str) -> None:
    strict = furnished(make_workspace(CONFIG, nested_lists="refuse", heading_ids="renew"))
    strict.article("a/one.md", "One", f"{NESTED}\n# How\n\nText.\n\nSee [two](two.md#why).\n")
    strict.article("a/two.md", "Two", "# Why\n\nText.\n")
    strict.push()
    at_rest(strict)
    strict.edit("a/two.md", "# Why", "Really.\n\n# Why")
    ran = strict.push("--format", form)
    if form == "json":
        assert ran.json["relinked"] == [{"address": "a/one", "locales": ["en"]}]
        assert ran.json["relink_notes"] == [f"a/one: {NOTE}"]
    else:
        assert f"    note: a/one: {NOTE}" in ran.out.splitlines()
    at_rest(strict)


def test_a_lost_baseline_finds_such_an_article_again(strict: Workspace) -> None:
    strict.article("a/one.fr.md", "Un", f"{NESTED}\nSee [it](one.md).\n")
    strict.push()
    shutil.rmtree(strict.root / ".helpsync")
    at_rest(strict)
    strict.edit("a/one.md", "by mail", "by post")
    assert strict.push().code == 0
    at_rest(strict)


def test_a_baseline_from_before_the_edit_is_no_conflict(strict: Workspace) -> None:
    strict.push()
    baseline = strict.root / ".helpsync/sandbox/baseline.json"
    before = baseline.read_text()
    strict.edit("a/one.md", "by mail", "by post")
    strict.push()
    baseline.write_text(before)
    at_rest(strict)


def test_an_edit_in_intercom_is_still_seen(strict: Workspace) -> None:
    strict.push()
    (found,) = strict.sandbox.articles()
    strict.sandbox.edit_article(found["id"], body=found["body"].replace("by hand", "by pigeon"))
    (attention,) = strict.plan()["attention"]
    assert attention["kind"] == "drift"
    assert strict.push().writes == []


def test_a_held_write_is_not_recorded(strict: Workspace) -> None:
    strict.push()
    (found,) = strict.sandbox.articles()
    strict.edit("a/one.md", "by mail", "by post")
    strict.sandbox.start_draft(found["id"])
    assert strict.push().code == 13
    strict.sandbox.discard_draft(found["id"])
    assert strict.push().code == 0
    at_rest(strict)


def test_a_teammates_nested_list_is_never_rewritten(strict: Workspace) -> None:
    strict.article("a/one.md", "One", "Plain.\n")
    strict.article("a/one.fr.md", "Un", "Texte.\n")
    strict.push()
    (found,) = strict.sandbox.articles()
    strict.sandbox.edit_article(found["id"], "fr", body="<ul><li>un<ul><li>deux</li></ul></li></ul>")
    before = body(strict, locale="fr")
    strict.edit("a/one.fr.md", "Un", "Une")
    ran = strict.push()
    assert ran.code == 1
    assert "list inside a list" in ran.out
    assert body(strict, locale="fr") == before


def test_a_push_that_breaks_off_keeps_the_note(strict: Workspace) -> None:
    strict.article("a/two.md", "Two", "See [one](one.md).\n")

    def answer(method: str, path: str, phase: str) -> JSONResponse | None:
        if method == "POST" and path == "/articles" and phase == "before" and len(strict.sandbox.articles()) == 1:
            return JSONResponse({"type": "error.list", "errors": [{"code": "unauthorized"}]}, status_code=401)
        return None

    strict.sandbox.on_request = answer
    ran = strict.push()
    assert ran.code == 2
    assert NOTE in ran.out


def test_what_a_teammate_writes_before_paragraphs_are_sent_instead_stays(strict: Workspace) -> None:
    strict.article("a/one.md", "One", "Plain.\n")
    strict.push()
    (number,) = [item["id"] for item in strict.sandbox.articles()]
    strict.article("a/one.md", "One", NESTED)

    def by_hand(method: str, path: str, phase: str) -> None:
        if (method, phase) == ("PUT", "after"):
            strict.sandbox.edit_article(number, body="<p>A teammate's correction.</p>")

    strict.sandbox.on_request = by_hand
    ran = strict.push()
    assert (ran.code, statuses(ran, "PUT")) == (13, [400])
    assert "correction" in body(strict)
