"""What a push with the baseline in git refuses, and how each failure of git is reported."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from helpsync.errors import Exit
from runners import REF, git

if TYPE_CHECKING:
    from runners import Office

pytestmark = pytest.mark.slow


def test_a_head_that_lacks_what_was_last_pushed_is_refused(office: Office) -> None:
    one = office.first()
    one.push()
    two = office.clone("two")
    one.article(0, "Another text.")
    newer = one.commit("Edit")
    one.git("push", "-q", "origin", "HEAD:main")
    one.push()
    two.article(1, "Mine.")
    older = two.commit("Mine")
    ran = two.push()
    assert (ran.code, ran.calls) == (Exit.CONFLICT, [])
    assert f"commit {older[:12]} does not contain {newer[:12]}, which " in ran.err
    assert "hint: git pull" in ran.err
    assert "lease.json" not in office.names()
    assert two("diff").code == Exit.OK
    two.git("pull", "-q", "--no-rebase", "origin", "main")
    assert (two.push().code, len(office.sandbox.articles())) == (Exit.OK, 3)


def test_a_shallow_clone_that_is_behind_is_refused_too(office: Office) -> None:
    one = office.first()
    one.git("push", "-q", "origin", "HEAD:refs/heads/old")
    one.article(0, "Another text.")
    one.commit("Edit")
    one.push()
    two = office.clone("two", "--depth=1", "--branch=old")
    assert two.push().code == Exit.CONFLICT


def test_a_shallow_clone_whose_history_cannot_be_fetched_is_refused(office: Office) -> None:
    one = office.first()
    one.push()
    lost = one.git("rev-parse", "HEAD")
    for number in range(2):
        one.article(0, f"Version {number}.")
        one.commit("Edit")
    one.git("push", "-q", "origin", "HEAD:main")
    two = office.clone("two", "--depth=1")
    (office.origin / "objects" / lost[:2] / lost[2:]).unlink()
    ran = two.push()
    assert (ran.code, ran.calls) == (Exit.FAILED, [])
    assert "error: the history of this shallow clone can't be fetched from origin: " in ran.err
    assert "hint: try it by hand: git ls-remote origin; helpsync can't ask for a password\n" in ran.err


def test_a_commit_that_only_its_author_has_is_named_as_such(office: Office) -> None:
    one = office.first()
    two = office.clone("two")
    one.article(0, "Another text.")
    one.commit("Edit")
    one.push()
    ran = two.push()
    assert ran.code == Exit.CONFLICT
    assert " has not pushed it to git" in ran.err


def test_a_diff_of_a_checkout_that_is_behind_says_that_a_push_would_be_refused(office: Office) -> None:
    one = office.first()
    one.push()
    two = office.clone("two")
    assert "refused" not in two("diff").err
    one.article(0, "Another text.")
    newer = one.commit("Edit")
    one.push()
    for command in (("diff",), ("push", "--dry-run"), ("diff", "--format", "json")):
        ran = two(*command)
        assert ran.code == Exit.OK
        assert "warning: `helpsync push` would be refused now: commit " in ran.err
        assert f"does not contain {newer[:12]}, which " in ran.err
        assert "hint: git pull" in ran.err
        assert "refused" not in ran.out
    assert two("diff", "--exit-code").code == Exit.CHANGES
    one.git("push", "-q", "origin", "HEAD:main")
    two.git("pull", "-q", "origin", "main")
    assert "refused" not in two("diff").err


def test_other_refused_commands_are_not_called_a_push(office: Office) -> None:
    one = office.first()
    one.push()
    two = office.clone("two")
    one.article(0, "Another text.")
    one.commit("Edit")
    one.push()
    for command in (("pull",), ("restore", "--yes", "a/n0"), ("adopt", "--by", "title", "--yes")):
        ran = two(*command)
        assert ran.code == Exit.CONFLICT, command
        assert "the files here are older than what that brought" in ran.err
        assert "hint: git pull" in ran.err
        assert "a push would" not in ran.err
    dry = two("pull", "--dry-run")
    assert dry.code == Exit.OK
    assert "warning: `helpsync pull` would be refused now: " in dry.err


@pytest.mark.parametrize(("count", "more"), [(10, ""), (12, " and 2 more")])
def test_of_many_files_that_are_not_committed_some_are_named_and_the_rest_counted(
    office: Office, count: int, more: str
) -> None:
    one = office.first()
    for number in range(10, 10 + count):
        one.article(number, "Mine.")
    ran = one.push()
    assert (ran.code, ran.calls) == (Exit.CONFLICT, [])
    named = ", ".join(f"content/a/n{number}.md" for number in range(10, 20))
    assert f"not committed as on disk: {named}{more}\n" in ran.err


@pytest.mark.parametrize("how", ["changed", "new", "removed", "staged"])
def test_content_that_is_not_committed_as_on_disk_is_refused(office: Office, how: str) -> None:
    one = office.first()
    one.push()
    if how == "removed":
        (one.root / "content/a/n1.md").unlink()
    else:
        one.article(9 if how == "new" else 1, "Mine.")
    if how == "staged":
        one.git("add", "content")
    ran = one.push()
    assert (ran.code, ran.calls) == (Exit.CONFLICT, [])
    assert f"not committed as on disk: content/a/n{9 if how == 'new' else 1}.md\n" in ran.err
    assert "hint: commit the content" in ran.err
    one.git("add", "content")
    one.commit("Mine")
    assert one.push().code == Exit.OK


def test_files_outside_the_content_need_not_be_committed(office: Office) -> None:
    one = office.first()
    one.write("notes.md", "mine")
    one.write("content/a/_draft.md", "mine")
    one.write("content/a/picture.png", "GIF89a mine")
    assert one.push().code == Exit.OK


def test_line_ends_that_git_translates_count_as_committed(office: Office) -> None:
    one = office.first()
    one.write(".gitattributes", "*.md text eol=crlf\n")
    one.git("add", ".gitattributes")
    one.commit("Line ends")
    for path in (one.root / "content/a").iterdir():
        path.unlink()
    one.git("checkout", "content")
    assert b"\r\n" in (one.root / "content/a/n0.md").read_bytes()
    assert one.push().code == Exit.OK
    one.article(0, "Another text.")
    assert one.push().code == Exit.CONFLICT
    one.git("add", "content")
    one.commit("Edit")
    assert "-Text 0." in one("diff").out


def test_before_the_first_commit_nothing_is_pushed(office: Office) -> None:
    one = office.first()
    one.git("checkout", "-q", "--orphan", "new")
    ran = one.push()
    assert (ran.code, ran.calls) == (Exit.CONFLICT, [])
    assert "nothing is committed yet" in ran.err
    assert "hint: commit the content, and run it again: " in ran.err


@pytest.mark.parametrize("command", [("push", "--yes"), ("diff",), ("unlock", "--yes")])
def test_a_git_remote_that_does_not_answer_is_reported(office: Office, command: tuple[str, ...]) -> None:
    one = office.first()
    one.git("remote", "set-url", "origin", "file:///nowhere/at/all.git")
    ran = one(*command)
    assert (ran.code, ran.calls) == (Exit.FAILED, [])
    assert "error: the git remote origin can't be read: " in ran.err
    assert "hint: try it by hand: git ls-remote origin" in ran.err


def test_credentials_in_an_address_are_not_shown(office: Office) -> None:
    one = office.first()
    one.git("remote", "set-url", "origin", "http://user:secret@127.0.0.1:9/help.git")
    ran = one("diff")
    assert ran.code == Exit.FAILED
    assert "127.0.0.1:9" in ran.err
    assert "secret" not in ran.err


def test_the_only_git_remote_is_used_whatever_its_name(office: Office) -> None:
    one = office.first()
    one.git("remote", "rename", "origin", "upstream")
    assert one.push().code == Exit.OK
    one.git("remote", "add", "other", "file:///nowhere")
    ran = one.push()
    assert ran.code == Exit.USAGE
    assert "has several git remotes and none is origin: other, upstream" in ran.err


def test_without_a_git_remote_a_repository_or_git_there_is_a_way_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = office.first()
    one.git("remote", "remove", "origin")
    ran = one.push()
    assert ran.code == Exit.USAGE
    assert "this repository has no git remote" in ran.err
    assert "`baseline: file`" in ran.err
    shutil.rmtree(one.root / ".git")
    for command in (("diff",), ("push", "--yes"), ("adopt", "--yes"), ("restore", "--at", "2025-01-01", "--yes")):
        ran = one(*command)
        assert (ran.code, ran.calls) == (Exit.USAGE, [])
        assert "`baseline: git` needs a git repository: not a git repository" in ran.err
    monkeypatch.setenv("PATH", str(one.root))
    ran = one("diff")
    assert ran.code == Exit.USAGE
    assert "`baseline: git` needs git, and there is none on the PATH" in ran.err


def test_a_git_without_permission_to_run_is_not_reported_as_missing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = office.first()
    one.write("bin/git", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(one.root / "bin"))
    ran = one("diff")
    assert ran.code == Exit.USAGE
    assert f"error: git can't be run: {os.strerror(errno.EACCES)}\n" in ran.err
    assert "hint: install git" not in ran.err


@pytest.mark.parametrize("command", [("diff",), ("push", "--yes"), ("pull",)])
def test_a_repository_of_another_user_comes_with_the_command_that_trusts_it(
    office: Office, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = office.first()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    ran = one(*command)
    assert (ran.code, ran.calls) == (Exit.USAGE, [])
    assert f"git config --global --add safe.directory {one.root}" in ran.err


def test_pictures_in_a_repository_of_another_user_come_with_the_command_that_trusts_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = 'baseline: file\nassets: {url: "https://pictures.example/{commit}/{path}"}\n'
    one = office.first()
    one.write("helpsync.yaml", (one.root / "helpsync.yaml").read_text().replace("baseline: git\n", settings))
    one.write("content/a/screen.png", "GIF89a")
    one.article(0, "![Screen](screen.png)")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    ran = one("diff")
    assert "uncommitted-image" in ran.out + ran.err
    assert f"git config --global --add safe.directory {one.root}" in ran.out + ran.err


def test_a_git_remote_that_refuses_the_ref_is_reported_before_anything_is_sent(office: Office) -> None:
    one = office.first()
    hook = office.origin / "hooks/update"
    hook.write_text("#!/bin/sh\necho 'only branches are welcome' >&2\nexit 1\n")
    hook.chmod(0o755)
    ran = one.push()
    assert (ran.code, ran.calls) == (Exit.FAILED, [])
    assert "origin refused to move refs/helpsync/production: only branches are welcome; hook declined" in ran.err


def test_two_projects_of_one_repository_do_not_share_a_baseline(office: Office) -> None:
    one = office.first()
    one.push()
    one.write("other/helpsync.yaml", (one.root / "helpsync.yaml").read_text())
    one.write("other/content/b/_collection.md", "---\nname: B\n---\n")
    one.write("other/content/b/n.md", "---\ntitle: N\n---\nText.\n")
    one.git("add", "other")
    one.commit("Another help center")
    other = replace(one, root=one.root / "other")
    for command in (("diff",), ("push", "--yes")):
        ran = other(*command)
        assert (ran.code, ran.calls) == (Exit.USAGE, [])
        assert "is the baseline of helpsync.yaml, not of other/helpsync.yaml" in ran.err
    settings = (other.root / "helpsync.yaml").read_text()
    other.write("helpsync.yaml", settings.replace("production:", "elsewhere:"))
    assert other("push", "--yes").code == Exit.OK
    assert one.push().writes == []


def test_a_baseline_that_cannot_be_saved_at_the_end_stays_in_the_journal(office: Office) -> None:
    one = office.first()
    hook = office.origin / "hooks/update"

    def close(_method: str, _path: str) -> None:
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)

    office.on_write = close
    ran = one.push()
    assert ran.code == Exit.FAILED
    assert "error: the baseline could not be saved: origin refused" in ran.err
    assert "what was done is in the journal of this checkout" in ran.err
    assert "the lease could not be ended" in ran.err
    assert office.pauses == [2.0, 4.0]
    hook.unlink()
    again = one.push()
    assert (again.code, again.writes) == (Exit.OK, [])


def _tree(office: Office, **files: str) -> str:
    lines = [
        f"100644 blob {git(office.origin, 'hash-object', '-w', '--stdin', given=text)}\t{name}.json"
        for name, text in files.items()
    ]
    return git(office.origin, "mktree", given="".join(f"{line}\n" for line in lines))


ABOUT = '{"format": "helpsync.git-baseline/1", "project": "", "commit": null, "by": null}'
NEWER = '{"format": "helpsync.git-baseline/9"}'


@pytest.mark.parametrize(
    ("files", "message", "hint"),
    [
        (
            {"other": "{}"},
            "production:about.json: error: the baseline in git is damaged: it is missing or not JSON",
            "git log",
        ),
        ({"about": "[]"}, "the baseline in git is damaged: it is not an object", "git log"),
        ({"about": "{}"}, "the format is None; this version of helpsync reads", "use the version of helpsync that"),
        ({"about": '{"format": "helpsync.git-baseline/1"}'}, "is damaged: project is missing", "git log"),
        ({"about": NEWER}, "the format is 'helpsync.git-baseline/9'", "use the version of helpsync that wrote it"),
        (
            {"about": ABOUT, "baseline": "{"},
            "production:baseline.json:1: error: the baseline is not JSON",
            "push --force origin",
        ),
        ({"about": ABOUT, "baseline": "{}"}, "the baseline is damaged: format is missing", "its history is in"),
        (
            {"about": ABOUT, "baseline": '{"format":"helpsync.baseline/1"}'},
            "the baseline is damaged: workspace is missing",
            "its history is in `git log refs/helpsync/production`",
        ),
    ],
)
def test_a_damaged_ref_is_named_with_the_way_out(
    office: Office, files: dict[str, str], message: str, hint: str
) -> None:
    one = office.first()
    git(office.origin, "update-ref", REF, git(office.origin, "commit-tree", _tree(office, **files), "-m", "x"))
    for command in (("diff",), ("push", "--yes")):
        ran = one(*command)
        assert (ran.code, ran.writes) == (Exit.USAGE, [])
        assert message in ran.err
        assert hint in ran.err
    assert "lease.json" not in office.names()


def test_a_ref_that_is_not_a_commit_is_named_with_the_way_out(office: Office) -> None:
    one = office.first()
    git(office.origin, "update-ref", REF, git(office.origin, "hash-object", "-w", "--stdin", given="x"))
    ran = one("diff")
    assert ran.code == Exit.USAGE
    assert "refs/helpsync/production in origin is not a commit, so helpsync did not write it" in ran.err


def test_the_way_out_of_a_damaged_ref_works(office: Office) -> None:
    one = office.first()
    one.push()
    good = one.git("rev-parse", REF)
    git(
        office.origin,
        "update-ref",
        REF,
        git(office.origin, "commit-tree", _tree(office, other="{}"), "-p", good, "-m", "x"),
    )
    assert one("diff").code == Exit.USAGE
    assert good in one.git("log", "--format=%H", REF).split()
    one.git("push", "-q", "--force", "origin", f"{good}:{REF}")
    ran = one.push()
    assert (ran.code, ran.writes) == (Exit.OK, [])


def test_a_restore_does_not_need_the_files_committed(office: Office) -> None:
    one = office.first()
    one.push()
    one.article(0, "Bad.")
    one.commit("Edit")
    assert one.push().code == Exit.OK
    one.article(1, "Not committed.")
    (one.root / "content/a/n2.md").unlink()
    assert one("restore", "--yes").code == Exit.OK
    assert not any("Bad" in article["body"] for article in office.sandbox.articles())
