"""The file of a saved plan: written whole or not at all, and whatever else lies in its place is one clear message."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from examples import examples
from helpsync.plan import SAVED_SCHEMA, from_values, seal
from helpsync.sync import plan_file
from workspace import LIMITED as CONFIG
from workspace import crowd

if TYPE_CHECKING:
    from pathlib import Path

    from workspace import MakeWorkspace, Workspace


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with a plan of two articles and a collection to create, saved to plan.json."""
    workspace = make_workspace(CONFIG)
    crowd(workspace, 2)
    assert workspace.diff("--out", "plan.json").code == 0
    return workspace


def form(workspace: Workspace) -> Any:
    return json.loads((workspace.root / "plan.json").read_text(encoding="utf-8"))


def unusable(workspace: Workspace, said: str) -> None:
    ran = workspace.push("--plan", "plan.json")
    assert (ran.code, ran.calls, ran.out) == (2, [], "")
    assert ran.err.startswith("plan.json: error: ")
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "this isn't a saved plan"),
        (b"PK\x03\x04\x00\xff", "this isn't a saved plan"),
        (b"\x00" * 5000, "this isn't a saved plan"),
        (b"[]", "this isn't a saved plan"),
        (b"{}", "this isn't a saved plan"),
        (b'{"schema": 7}', "this isn't a saved plan"),
        (b'{"schema": "helpsync.plan/1"}', "this plan was printed, not saved"),
        (b'{"schema": "helpsync.saved-plan/2"}', "the plan's format is helpsync.saved-plan/2"),
        (b'{"schema": "helpsync.saved-plan/1"}', "the plan is damaged: it has no digest"),
        (b'{"schema": "helpsync.saved', "the plan is damaged: it is not whole JSON"),
        (b'{"schema": "\xff"}', "the plan is damaged: it is not whole JSON"),
        (b'{"a":' * 100_000, "the plan is damaged: it is not whole JSON"),
    ],
)
def test_what_is_no_saved_plan_is_one_clear_message(workspace: Workspace, content: bytes, said: str) -> None:
    (workspace.root / "plan.json").write_bytes(content)
    unusable(workspace, said)


def test_a_plan_that_was_printed_is_told_from_one_that_was_saved(workspace: Workspace) -> None:
    workspace.write("plan.json", workspace.diff("--format", "json").out)
    unusable(workspace, "`diff --out` saves one to push")


def test_a_folder_in_the_place_of_a_plan_is_one_clear_message(workspace: Workspace) -> None:
    (workspace.root / "plan.json").unlink()
    (workspace.root / "plan.json").mkdir()
    unusable(workspace, "Is a directory")


def test_a_plan_that_is_not_there_is_one_clear_message(workspace: Workspace) -> None:
    (workspace.root / "plan.json").unlink()
    unusable(workspace, "No such file")


def test_a_huge_file_is_not_read_to_its_end(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_file, "_MOST_BYTES", 10_000)
    workspace.write("plan.json", '{"schema": "' + "x" * 20_000)
    unusable(workspace, "larger than any saved plan")


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.99])
def test_half_a_plan_is_one_clear_message(workspace: Workspace, cut: float) -> None:
    path = workspace.root / "plan.json"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * cut)])
    unusable(workspace, "not whole JSON")


@pytest.mark.parametrize(
    "field", ["made_for", "settings", "overwrite", "allow_remove", "items", "helpsync", "checksum", "commit"]
)
@pytest.mark.parametrize("value", [17.5, -1, True, [1], {"a": 1}])
def test_a_field_of_another_type_is_a_damaged_plan(workspace: Workspace, field: str, value: Any) -> None:
    if field == "settings" and isinstance(value, dict):
        return
    changed = {**form(workspace), field: value}
    workspace.write("plan.json", json.dumps({**changed, "digest": seal(changed)}))
    unusable(workspace, "the plan is damaged: ")


def edited_by_hand(workspace: Workspace) -> None:
    ran = workspace.push("--plan", "plan.json")
    assert (ran.code, ran.calls) == (13, [])
    assert "the plan was changed after it was saved; nothing was sent" in ran.err
    assert "hint: make a new plan" in ran.err


@pytest.mark.parametrize(
    ("field", "value"),
    [("allow_remove", 9), ("overwrite", ["a/n0"]), ("items", {}), ("changes", []), ("unknown", 1), ("summary", {})],
)
def test_a_plan_that_was_edited_by_hand_is_stale(workspace: Workspace, field: str, value: Any) -> None:
    workspace.write("plan.json", json.dumps({**form(workspace), field: value}))
    edited_by_hand(workspace)


def test_a_plan_without_one_of_its_changes_is_stale(workspace: Workspace) -> None:
    changed = form(workspace)
    del changed["items"]["a/n1"]
    workspace.write("plan.json", json.dumps(changed))
    edited_by_hand(workspace)


def test_another_order_and_other_spacing_are_the_same_plan(workspace: Workspace) -> None:
    def turned(value: Any) -> Any:
        return {key: turned(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    workspace.write("plan.json", json.dumps(turned(form(workspace))))
    assert workspace.push("--plan", "plan.json").code == 0


def test_no_address_of_a_plan_steers_a_terminal(workspace: Workspace) -> None:
    changed = form(workspace)
    changed["items"]["\x1b[2J\n::error::"] = changed["items"]["a/n1"]
    workspace.write("plan.json", json.dumps({**changed, "digest": seal(changed)}))
    ran = workspace.push("--plan", "plan.json")
    assert ran.code == 13
    assert "\x1b" not in ran.err
    assert "\n::error::" not in ran.err


def test_a_plan_that_can_not_be_written_is_one_clear_message(workspace: Workspace) -> None:
    workspace.write("taken", "in the way")
    ran = workspace.diff("--out", "taken/plan.json")
    assert ran.code == 1
    assert "error: the plan can't be written to taken/plan.json: " in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("target", ["content", os.devnull])
def test_what_is_no_file_is_not_replaced_by_a_plan(workspace: Workspace, target: str) -> None:
    ran = workspace.diff("--out", target)
    assert (ran.code, ran.calls) == (2, [])
    assert f"--out {target}: this is " in ran.err


def test_the_old_plan_stays_whole_when_the_new_one_can_not_be_written(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (workspace.root / "plan.json").read_bytes()
    crowd(workspace, 3)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        ran = workspace.diff("--out", "plan.json")
    assert ran.code == 1
    assert "No space left on device" in ran.err
    assert (workspace.root / "plan.json").read_bytes() == before
    assert [path.name for path in workspace.root.iterdir() if "plan.json" in path.name] == ["plan.json"]


def test_a_plan_is_written_through_a_symbolic_link(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.root / "plan.json").rename(tmp_path / "there.json")
    (workspace.root / "plan.json").symlink_to(tmp_path / "there.json")
    crowd(workspace, 3)
    assert workspace.diff("--out", "plan.json").code == 0
    assert (workspace.root / "plan.json").is_symlink()
    assert "a/n2" in (tmp_path / "there.json").read_text()


def test_a_folder_for_the_plan_is_made(workspace: Workspace) -> None:
    assert workspace.diff("--out", "plans/today/plan.json").code == 0
    assert workspace.push("--plan", "plans/today/plan.json").code == 0


def test_half_a_surrogate_pair_from_intercom_does_not_stop_a_plan(workspace: Workspace) -> None:
    workspace.push()
    (article, _) = workspace.sandbox.articles()
    with workspace.sandbox.writing() as written:
        written.db.execute("UPDATE contents SET title = 'x' WHERE article_id = ?", (int(article["id"]),))
    saved = {"title": "\ud83d", "other": "😀 عربي"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_file, "saved_values", lambda *_: saved)
        assert workspace.diff("--out", "half.json").code == 0
    text = (workspace.root / "half.json").read_text(encoding="utf-8")
    assert "😀 عربي" in text
    assert json.loads(text) == saved


@pytest.mark.parametrize("target", ["helpsync.yaml", "content/a/one.md", "notes.json"])
def test_a_file_that_is_no_saved_plan_is_not_replaced_by_one(workspace: Workspace, target: str) -> None:
    workspace.write("notes.json", '{"mine": 1}')
    workspace.article("a/one.md", "One")
    before = (workspace.root / target).read_bytes()
    ran = workspace.diff("--out", target)
    assert (ran.code, ran.out) == (2, "")
    assert "isn't a saved plan, so it is not replaced" in ran.err
    assert (workspace.root / target).read_bytes() == before


def test_a_saved_plan_and_an_empty_file_are_replaced(workspace: Workspace) -> None:
    workspace.write("plan.json", "")
    assert workspace.diff("--out", "plan.json").code == 0
    assert workspace.diff("--out", "plan.json").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("push", "--yes", "--plan", "plan.json", "--overwrite-remote", "a/n0"),
        ("push", "--yes", "--plan", "plan.json", "--allow-remove", "0"),
        ("push", "--dry-run", "--plan", "plan.json", "--out", "other.json"),
        ("push", "--yes", "--out", "other.json"),
        ("push", "--plan", "plan.json"),
    ],
)
def test_options_that_contradict_a_plan_are_wrong_usage(workspace: Workspace, arguments: tuple[str, ...]) -> None:
    ran = workspace(*arguments, "--remote", "sandbox")
    assert (ran.code, ran.calls) == (2, [])
    assert not (workspace.root / "other.json").exists()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@examples(200, suppress=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_value_anywhere_in_a_plan_ends_in_more_than_a_message(workspace: Workspace, data: st.DataObject) -> None:
    value = form(workspace)
    place = value
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(JSON)
    value["schema"] = SAVED_SCHEMA
    with contextlib.suppress(ValueError):
        from_values(value)
