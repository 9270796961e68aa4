"""The ref in which an earlier version kept baseline and sources, with the lease that a killed push left in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from earlier_project import ALL, PUBLISHED, REF

if TYPE_CHECKING:
    from earlier_project import EarlierProject, OpenProject

pytestmark = pytest.mark.slow


def commit(project: EarlierProject) -> None:
    project.git("commit", "-qam", "Change")
    project.git("push", "-q", "origin", "HEAD:main")


def tip(project: EarlierProject) -> str:
    return project.git("ls-remote", "origin", REF)


def rewrite(project: EarlierProject, name: str, old: str, new: str) -> None:
    """Replace something in a file of the ref."""
    origin = project.root.parent / "origin.git"
    text = project.git("show", f"{REF}:{name}", at=origin)
    assert old in text
    blob = project.git("hash-object", "-w", "--stdin", given=text.replace(old, new).encode(), at=origin)
    lines = project.git("ls-tree", REF, at=origin).splitlines()
    tree = "\n".join(f"100644 blob {blob}\t{name}" if line.endswith(f"\t{name}") else line for line in lines)
    made = project.git("mktree", given=f"{tree}\n".encode(), at=origin)
    project.git("update-ref", REF, project.git("commit-tree", made, "-p", REF, "-m", "change", at=origin), at=origin)


def test_a_clone_is_in_step_and_reading_moves_no_ref(open_project: OpenProject) -> None:
    project = open_project("git-pushed")
    before, files = tip(project), project.files()
    diff = project("diff", "--exit-code", "--format", "json")
    assert (diff.code, diff.json["summary"]["unchanged"], diff.json["attention"]) == (0, 11, [])
    assert (tip(project), project.files()) == (before, files)
    assert project.is_in_step()


def test_what_was_last_pushed_is_shown_from_the_ref_where_the_clone_lacks_it(open_project: OpenProject) -> None:
    project = open_project("git-pushed")
    project.edit("content/billing/refunds.md", "Three days", "Five days")
    commit(project)
    # A shallow clone has no commit with the text as last pushed.
    project.git("clone", "-q", "--depth", "1", f"file://{project.root.parent / 'origin.git'}", str(project.root) + "-2")
    project.root = project.root.with_name("project-2")
    plan = project.plan()
    assert (plan.code, plan.changes) == (10, {"billing/refunds": "update"})
    diff = plan.json["changes"][0]["locales"]["en"]["body"]["diff"]
    assert "-Three days.\n+Five days." in diff
    assert "![The button](images/refund.gif)" in diff
    project.edit_in_intercom("Paying", "Wait a week", "Wait a month")
    assert project.plan().attention("drift") == ["billing/invoices/paying"]
    push = project("push", "--yes")
    assert (push.code, len(push.writes)) == (0, 1)


def test_a_tombstone_and_a_move_are_known(open_project: OpenProject) -> None:
    project = open_project("git-pushed")
    old = project.article("The old sign-in")["id"]
    project.path("content/account/old.md").write_text('---\ntitle: "The old sign-in"\n---\nFrom before.\n')
    for name in ("prices.md", "prices.de.md"):
        project.git("mv", f"content/billing/{name}", f"content/account/{name}")
    plan = project.plan()
    assert plan.changes == {"account/old": "update", "account/prices": "move"}
    assert [change["id"] for change in plan.json["changes"] if change["address"] == "account/old"] == [old]


def test_a_checkout_that_lacks_what_was_pushed_is_refused(open_project: OpenProject) -> None:
    project = open_project("git-pushed")
    project.git("reset", "-q", "--hard", "HEAD~1")
    push = project("push", "--yes")
    assert (push.code, push.writes) == (13, [])


def test_another_format_of_the_ref_is_refused(open_project: OpenProject) -> None:
    project = open_project("git-pushed")
    rewrite(project, "about.json", "helpsync.git-baseline/1", "helpsync.git-baseline/2")
    assert project("diff").code == 2


@pytest.mark.parametrize("unlock", [False, True])
@pytest.mark.parametrize("journal", [False, True])
def test_a_push_takes_over_from_one_that_was_killed(open_project: OpenProject, *, unlock: bool, journal: bool) -> None:
    project = open_project("git-push-killed")
    if not journal:  # on another machine
        project.path(".helpsync/journal/production.jsonl").unlink()
    if unlock:
        assert project("unlock", "--yes").code == 0
    push = project("push", "--yes")
    assert (push.code, sorted(push.writes)) == (0, sorted(ALL[5:]))
    assert ("writer@laptop" in push.err) is not unlock
    assert project.titles() == PUBLISHED
    assert project.is_in_step()
    assert "lease.json" not in project.git("ls-tree", "--name-only", REF, at=project.root.parent / "origin.git")


def test_a_lease_that_is_not_over_stops_a_push_until_it_is_unlocked(open_project: OpenProject) -> None:
    project = open_project("git-push-killed")
    rewrite(project, "lease.json", '"until": "2025-', '"until": "9025-')
    push = project("push", "--yes")
    assert (push.code, push.writes) == (1, [])
    assert "writer@laptop" in push.err
    assert project("diff").code == 0
    assert project("unlock", "--yes", "--now").code == 0
    push = project("push", "--yes")
    assert (push.code, sorted(push.writes)) == (0, sorted(ALL[5:]))
    assert project.is_in_step()


def test_what_was_pulled_and_committed_since_counts(open_project: OpenProject) -> None:
    project = open_project("git-pulled")
    before = project.files()
    assert project("diff", "--exit-code").code == 0
    assert project.files() == before
    project.edit("content/billing/prices.md", "Our prices", "All prices")
    plan = project.plan()
    assert (plan.code, plan.changes, plan.json["attention"]) == (10, {"billing/prices": "update"}, [])
    commit(project)
    push = project("push", "--yes")
    assert (push.code, len(push.writes)) == (0, 1)
    assert project.is_in_step()
