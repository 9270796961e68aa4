"""A file named like a translation: what helpsync wrote itself stays an article, what nobody knows yet is an error."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from journey_site import page
from workspace import CONFIG

if TYPE_CHECKING:
    from runners import Office, Runner
    from workspace import MakeWorkspace, Workspace

pytestmark = pytest.mark.slow


RETITLED = "Terms for the United Kingdom"


@pytest.fixture
def terms(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace that pulled "Terms" and "Terms UK", which a teammate retitled since."""
    workspace = make_workspace()
    (workspace.root / "helpsync.yaml").unlink()
    for title in ("Terms", "Terms UK"):
        workspace.sandbox.create_article(title, body="<p>Words.</p>", state="published")
    assert workspace("init", "--from-remote", "--remote", "sandbox").code == 0
    _retitle(workspace)
    assert workspace("pull", "--remote", "sandbox").code == 0
    assert RETITLED in (workspace.root / "content/terms-uk.md").read_text(encoding="utf-8")
    return workspace


def _retitle(workspace: Workspace | Office) -> None:
    found = next(each["id"] for each in workspace.sandbox.articles() if each["title"] == "Terms UK")
    workspace.sandbox.edit_article(found, "en", title=RETITLED)


def test_a_pulled_article_that_is_retitled_stays_an_article_for_every_command(terms: Workspace) -> None:
    assert terms("lint").code == 0
    assert terms.plan()["changes"] == []
    ran = terms.push()
    assert (ran.code, ran.writes) == (0, [])
    assert terms("pull", "--remote", "sandbox").code == 0


@pytest.mark.parametrize("severity", ["warn", "off"])
def test_a_lowered_severity_takes_nothing_from_what_intercom_has(terms: Workspace, severity: str) -> None:
    config = terms.root / "helpsync.yaml"
    config.write_text(config.read_text(encoding="utf-8") + f"rules: {{unknown-locale: {severity}}}\n", encoding="utf-8")
    terms.write(
        "content/terms.md", (terms.root / "content/terms.md").read_text(encoding="utf-8") + "\n[UK](terms-uk.md)\n"
    )
    (change,) = terms.plan()["changes"]
    assert (change["action"], change["address"]) == ("update", "terms")
    assert terms.push().code == 0
    assert {each["state"] for each in terms.sandbox.articles()} == {"published"}


def test_a_folder_of_articles_that_intercom_has_stays_a_collection(workspace: Workspace) -> None:
    workspace.collection("eu/_collection.md", "Europe")
    workspace.article("eu/vat.md", "Taxes")
    assert workspace.push().code == 0
    workspace.article("vat.md", "All taxes")
    assert workspace.diff().code == 0
    assert workspace("lint").code == 0


def test_a_file_beside_its_source_is_an_error_before_anything_was_pushed(workspace: Workspace) -> None:
    workspace.article("billing/refunds_fr.md", "Remboursements", "Trois jours.\n")
    for ran in (workspace("lint"), workspace.diff(), workspace.push()):
        assert ran.code == 11
        assert "content/billing/refunds_fr.md" in ran.out + ran.err


def commit(runner: Runner) -> None:
    runner.git("add", "-A")
    runner.git("commit", "-qm", "Bring it home")
    runner.git("push", "-q", "origin", "HEAD:main")


@pytest.fixture
def pushed(office: Office) -> Runner:
    """Give a checkout whose pushed article `terms-uk` got a title that does not say so, with the baseline in git."""
    one = office.first(1)
    one.write("content/a/terms.md", page("Words.\n", title="Terms"))
    one.write("content/a/terms-uk.md", page("Words.\n", title="Terms UK"))
    commit(one)
    assert one.push().code == 0
    _retitle(office)
    assert one("pull").code == 0
    commit(one)
    return one


def test_the_same_holds_where_the_baseline_lives_in_git(pushed: Runner) -> None:
    assert [pushed(*each).code for each in (("lint",), ("diff",), ("push", "--yes"))] == [0, 0, 0]


def test_lint_blocks_nothing_in_a_fresh_checkout_that_diff_accepts(office: Office, pushed: Runner) -> None:
    assert office.clone("two")("lint").code == 0
    # After the next push the ref alone knows it.
    assert pushed.push().code == 0
    pushed.git("rm", "-rq", ".helpsync")
    commit(pushed)
    three = office.clone("three")
    assert [three(command).code for command in ("lint", "diff", "lint")] == [0, 0, 0]


def test_a_fresh_checkout_that_can_not_reach_the_baseline_says_what_it_does_not_judge(
    office: Office, pushed: Runner
) -> None:
    assert pushed.push().code == 0
    two = office.clone("two")
    two.git("remote", "set-url", "origin", "file:///nowhere")
    two.write("content/a/n0_fr.md", page("Texte.\n", title="Numéro"))
    ran = two("lint")
    assert ran.code == 0
    assert ran.err.count("note:") == 1
    assert "a/n0_fr" in ran.err


@pytest.mark.parametrize("lost", ["the remote", "the repository"])
def test_files_that_were_copied_out_of_their_repository_are_not_blocked(
    office: Office, pushed: Runner, lost: str
) -> None:
    assert pushed.push().code == 0
    two = office.clone("two")
    if lost == "the remote":
        two.git("remote", "remove", "origin")
    else:
        shutil.rmtree(two.root / ".git")
    ran = two("lint")
    assert ran.code == 0
    assert "a/terms-uk" in ran.err


def test_a_checkout_whose_copy_of_the_baseline_is_old_blocks_nothing_either(office: Office, pushed: Runner) -> None:
    two = office.clone("two")
    assert two("diff").code == 0
    pushed.write("content/a/n0-us.md", page("Words.\n", title="Number US"))
    commit(pushed)
    assert pushed.push().code == 0
    pushed.write("content/a/n0-fr.md", page("Words.\n", title="FR number"))
    commit(pushed)
    assert pushed.push().code == 0
    pushed.write("content/a/n0-fr.md", page("Words.\n", title="Number in Paris"))
    commit(pushed)
    two.git("pull", "-q", "origin", "main")
    assert two("lint").code == two("diff").code == 0


def test_where_no_baseline_is_in_git_yet_a_misnamed_file_is_an_error_at_once(office: Office) -> None:
    one = office.first(1)
    one.write("content/a/n0_fr.md", page("Texte.\n", title="Numéro"))
    commit(one)
    assert [one(*each).code for each in (("lint",), ("diff",), ("push", "--yes"))] == [11, 11, 11]
    assert office.clone("two")("lint").code == 11


@pytest.mark.parametrize("severity", ["warn", "off"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("billing/refunds.fr.md", "billing/refunds_fr.md"),
        ("billing/refunds.fr.md", "billing/refunds.fr_FR.md"),
        ("billing/refunds.fr.md", "fr/billing/refunds.md"),
        ("billing/invoices/paying.md", "billing/invoices/paying.en.md"),
        ("billing/invoices/paying.md", "billing/invoices/paying.en_US.md"),
    ],
)
def test_a_file_that_is_not_read_for_its_name_takes_nothing_from_readers(
    workspace: Workspace, severity: str, old: str, new: str
) -> None:
    if "paying" in old:
        workspace.remove("billing/invoices/paying.fr.md")
    workspace.edit("billing/refunds.md", "paying.md", "paying.md#cash")
    workspace.edit("billing/invoices/paying.md", "Pay as", "# Cash\n\nPay as")
    config = workspace.root / "helpsync.yaml"
    config.write_text(config.read_text(encoding="utf-8") + f"rules: {{unknown-locale: {severity}}}\n", encoding="utf-8")
    assert workspace.push().code == 0
    before = workspace.sandbox.articles()
    workspace.move(old, new)
    assert workspace.diff().code == 0
    plan = workspace.plan()
    assert (plan["changes"], plan["attention"]) == ([], [])
    assert workspace.push().code == 0
    assert workspace.sandbox.articles() == before
    workspace.move(new, old)
    assert workspace.plan()["changes"] == []


@pytest.mark.parametrize("severity", ["warn", "off"])
def test_a_locale_that_left_the_settings_while_its_files_stay_takes_nothing_from_readers(
    workspace: Workspace, severity: str
) -> None:
    assert workspace.push().code == 0
    before = _german(workspace)
    config = workspace.root / "helpsync.yaml"
    text = config.read_text(encoding="utf-8").replace("[en, fr, de]", "[en, fr]")
    config.write_text(f"{text}rules: {{unknown-locale: {severity}}}\n", encoding="utf-8")
    assert workspace.plan()["changes"] == []
    workspace.edit("billing/refunds.md", "Three days", "Four days")
    assert workspace.push().code == 0
    assert _german(workspace) == before
    config.write_text(text.replace("[en, fr]", "[en, fr, de]"), encoding="utf-8")
    assert workspace.plan()["changes"] == []


def _german(workspace: Workspace) -> dict[str, object]:
    return {each["id"]: each["translated_content"]["de"] for each in workspace.sandbox.articles()}


@pytest.mark.parametrize(("old", "new"), [("a/one.fr.md", "a/one-fr.md"), ("a/one.md", "a/one.en.md")])
def test_links_to_what_is_not_read_stay_where_intercom_renews_the_ids_of_headings(
    make_workspace: MakeWorkspace, old: str, new: str
) -> None:
    workspace = make_workspace(CONFIG + "rules: {unknown-locale: warn}\n", heading_ids="renew")
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/one.md", "One", "# Cash\n\nText.\n")
    if old == "a/one.fr.md":
        workspace.article(old, "Un", "# Cash\n\nTexte.\n")
    workspace.article("a/two.md", "Two", f"See [one]({old.removeprefix('a/')}#cash).\n")
    assert workspace.push().code == 0
    assert workspace.push().writes == []
    links = _links(workspace)
    workspace.move(old, new)
    if old == "a/one.fr.md":
        workspace.edit("a/two.md", "one.fr.md", "../a/one.fr.md")
    assert workspace.plan()["changes"] == []
    workspace.edit("a/two.md", "See", "Look at")
    assert workspace.push().code == 0
    assert _links(workspace) == links
    assert workspace("pull", "--remote", "sandbox").code == 0
    assert workspace.plan()["changes"] == []


def _links(workspace: Workspace) -> list[str]:
    bodies = [each["body"] for each in workspace.sandbox.articles() if each["title"] == "Two"]
    return re.findall(r'href="([^"]+)"', "".join(bodies))
