"""Another program calls the use cases, without the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from helpsync.errors import Exit, Problems
from helpsync.findings import Unusable
from helpsync.sync.adopt import AdoptOptions, adopt
from helpsync.sync.applying import PushEvents
from helpsync.sync.plan_file import Decisions
from helpsync.sync.pull import PullOptions, pull
from helpsync.sync.push import preview_push, push
from helpsync.sync.restore import preview_restore, restore
from helpsync.sync.session import Session, open_session
from workspace import LIMITED, MakeWorkspace, Workspace, crowd

if TYPE_CHECKING:
    from helpsync.sync.session import Preview


@pytest.fixture
def session(workspace: Workspace) -> Session:  # its folder is the current one
    return open_session(None, "sandbox")


class Refuses(PushEvents):
    """Refuses every plan and remembers it."""

    def __init__(self) -> None:
        self.seen: list[Preview] = []

    def confirm(self, preview: Preview) -> bool:
        self.seen.append(preview)
        return False


def fresh(session: Session) -> Session:
    return Session(session.config, session.remote)


def test_a_push_returns_what_it_did(workspace: Workspace, session: Session) -> None:
    result = push(session)
    assert result is not None
    assert (result.exit_code, len(result.applied.outcomes)) == (Exit.OK, 4)
    assert not preview_push(fresh(session)).plan.changes
    assert workspace.diff("--exit-code").code == 0


def test_a_push_that_is_not_confirmed_sends_nothing(workspace: Workspace, session: Session) -> None:
    events = Refuses()
    assert push(session, events=events) is None
    assert len(events.seen[0].plan.changes) == 4
    assert not workspace.sandbox.groups("collection")


def test_a_tree_with_errors_raises_them_all(workspace: Workspace, session: Session) -> None:
    workspace.article("billing/more.md", "More", "[one](nowhere.md) and [two](nowhere-else.md)\n")
    with pytest.raises(Unusable) as raised:
        push(session)
    assert [finding.code for finding in raised.value.findings if finding.severity == "error"] == ["broken-link"] * 2


def test_a_push_beyond_the_limits_raises_and_says_how_much_is_allowed(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(LIMITED)
    crowd(workspace, 6)
    workspace.push()
    for number in range(3):
        workspace.remove(f"a/n{number}.md")
    with pytest.raises(Problems, match="3 of 6 published articles") as raised:
        push(open_session(None, "sandbox"))
    assert raised.value.exit_code == Exit.LIMIT
    result = push(open_session(None, "sandbox"), Decisions(allow_remove=3))
    assert result is not None
    assert result.exit_code == Exit.OK


def test_a_pull_returns_the_files_it_wrote(workspace: Workspace, session: Session) -> None:
    workspace.push()
    identifier = next(item["id"] for item in workspace.api("GET", "/articles")["data"] if item["title"] == "Refunds")
    workspace.api("PUT", f"/articles/{identifier}", {"title": "Money back"})
    result = pull(session, PullOptions())
    assert [file.path for file in result.files] == ["content/billing/refunds.md"]
    assert 'title: "Money back"' in (workspace.root / "content/billing/refunds.md").read_text()


def test_a_restore_brings_the_last_push_back(workspace: Workspace, session: Session) -> None:
    workspace.push()
    workspace.edit("billing/refunds.md", "Three days", "Nine days")
    workspace.push()
    assert [change.address for change in preview_restore(session).plan.changes] == ["billing/refunds"]
    result = restore(fresh(session))
    assert result is not None
    assert result.exit_code == Exit.OK
    assert workspace.plan()["summary"]["drift"] == 1


def test_an_adoption_links_articles_to_files(workspace: Workspace, session: Session) -> None:
    workspace.push()
    (workspace.root / ".helpsync/sandbox/baseline.json").unlink()
    adopted = adopt(session, AdoptOptions())
    assert adopted is not None
    assert len(adopted.found.linked) == 4
    assert not workspace.plan()["changes"]
