"""A file that moves keeps its article, also when it changes on the way; and what is no move is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from journey_site import Died, Site, page

if TYPE_CHECKING:
    from pathlib import Path

    from workspace import MakeWorkspace, Workspace

CONFIG = """\
default_locale: en
locales: [en, fr, de]
author: docs@example.com
state: published
remotes:
  sandbox: {}
"""

REFUNDS = """\
Write to us within thirty days of the purchase and name the order that you want to give back.

Our team looks at every request on the next working day and answers by electronic mail.

The money arrives on the same card after five days; some banks take up to two weeks longer.

Gift cards and downloads can't be returned, whatever was paid for them.
"""

INVOICES = """\
Every month a bill is made on the first and sent to the address in your company's profile.

Finance people may be added as readers under settings, where they see bills of three years.

A wrong tax number is corrected by support: send the bill back with a short note.
"""

FOOTER = """\

Was this helpful? Our support team is there from Monday to Friday, nine to five, in six languages. Call the number
on your contract, or open the chat in the lower right corner of any page; a person answers within an hour. For
urgent matters at night there is the emergency line, which every administrator finds under settings and contacts.
"""


@pytest.fixture
def shop(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with two articles of substance in two folders, already pushed."""
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    workspace.collection("b/_collection.md", "B")
    workspace.article("a/refunds.md", "Refunds", REFUNDS)
    workspace.article("a/invoices.md", "Invoices", INVOICES)
    workspace.article("b/other.md", "Other", "Something else altogether, which stays.\n")
    workspace.push()
    return workspace


def ids(workspace: Workspace | Site) -> dict[str, str]:
    """Return title → id, and hold that no title is there twice."""
    articles = workspace.sandbox.articles()
    found = {item["title"]: item["id"] for item in articles}
    assert len(found) == len(articles)
    return found


def of_kind(plan: Any, kind: str) -> list[Any]:
    return [item for item in plan["attention"] if item["kind"] == kind]


def settled(workspace: Workspace) -> None:
    """Hold that nothing is left to write, and that the plan is empty."""
    assert workspace.push().writes == []
    plan = workspace.plan()
    assert (plan["changes"], of_kind(plan, "conflict")) == ([], [])


def test_a_file_that_moved_and_changed_keeps_its_article(shop: Workspace) -> None:
    before = ids(shop)
    shop.move("a/refunds.md", "b/money-back.md")
    shop.edit("b/money-back.md", "five days", "three days")
    shop.edit("b/money-back.md", 'title: "Refunds"', "title: Getting your money back")
    (change,) = shop.plan()["changes"]
    assert (change["action"], change["id"]) == ("move", before["Refunds"])
    assert change["fields"]["address"] == {"from": "a/refunds", "to": "b/money-back"}
    assert 0.8 < change["similarity"] < 1
    ran = shop.push()
    assert (ran.code, [call.method for call in ran.writes]) == (0, ["PUT"])
    assert ids(shop)["Getting your money back"] == before["Refunds"]
    settled(shop)


def test_the_plan_shows_how_much_stayed(shop: Workspace) -> None:
    shop.move("a/refunds.md", "b/refunds.md")
    shop.edit("b/refunds.md", "five days", "three days")
    share = int(shop.plan()["changes"][0]["similarity"] * 100)
    assert f"address: a/refunds → b/refunds ({share}% the same)" in shop.diff().out
    assert f"address: a/refunds → b/refunds ({share}% the same)" in shop.diff("--format", "markdown").out.replace(
        "\\", ""
    )


def test_a_move_without_a_change_has_no_similarity(shop: Workspace) -> None:
    shop.move("a/refunds.md", "b/refunds.md")
    (change,) = shop.plan()["changes"]
    assert (change["action"], change["similarity"]) == ("move", None)
    assert "the same" not in shop.diff().out


def test_an_edit_in_intercom_is_not_overwritten_by_a_move(shop: Workspace) -> None:
    shop.sandbox.edit_article(ids(shop)["Refunds"], "en", body=f"<p>{REFUNDS} And more, from a teammate.</p>")
    shop.move("a/refunds.md", "b/refunds.md")
    shop.edit("b/refunds.md", "five days", "three days")
    ran = shop.push()
    assert (ran.code, ran.writes) == (13, [])
    assert "b/refunds: changed in the tree and in Intercom" in ran.out
    assert shop.push("--overwrite-remote", "b/refunds").code == 0
    settled(shop)


PICTURE = "https://pictures.example/one.png"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(("Number 1", "Text 1.\n"), ("Number 2", "Text 2.\n"), id="a number"),
        pytest.param(("One", "Some text.\n"), ("Two", "Some text.\n"), id="the same few words under another title"),
        pytest.param(("Refunds", REFUNDS), ("Invoices by post", INVOICES), id="another text"),
        pytest.param(("One", f"![]({PICTURE})\n"), ("Two", f"![]({PICTURE})\n"), id="no text, and the same picture"),
    ],
)
def test_what_is_not_alike_is_a_new_article(
    make_workspace: MakeWorkspace, old: tuple[str, str], new: tuple[str, str]
) -> None:
    workspace = make_workspace(CONFIG + "rules: {missing-body: warn}\n")
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/old.md", *old)
    workspace.push()
    workspace.remove("a/old.md")
    workspace.article("a/new.md", *new)
    assert [change["action"] for change in workspace.plan()["changes"]] == ["create", "unpublish"]


def test_articles_with_much_in_common_are_told_apart_by_the_rest(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    for name in ("slack", "teams", "zoom"):
        workspace.article(f"a/{name}.md", f"Connect {name}", f"Open {name} and copy its key.\n{FOOTER}")
    workspace.push()
    workspace.remove("a/slack.md")
    workspace.article("a/jira.md", "Connect jira", f"Look for jira's token, then wait.\n{FOOTER}")
    assert [change["action"] for change in workspace.plan()["changes"]] == ["create", "unpublish"]


def test_all_articles_of_a_folder_may_move_with_a_change_each(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    names = ("slack", "teams", "zoom", "jira")
    for name in names:
        workspace.article(
            f"a/{name}.md", f"Connect {name}", f"Open {name}, copy the {name} key, save {name}.\n{FOOTER}"
        )
    workspace.push()
    before = ids(workspace)
    workspace.collection("b/_collection.md", "B")
    for name in names:
        workspace.move(f"a/{name}.md", f"b/{name}.md")
        workspace.edit(f"b/{name}.md", "an hour", "a minute")
    workspace.remove("a/_collection.md")
    assert workspace.push().code == 0
    assert ids(workspace) == before
    assert [item["name"] for item in workspace.sandbox.groups("collection")] == ["B"]
    settled(workspace)


def test_a_title_that_only_intercom_changed_still_tells_where_a_file_went(shop: Workspace) -> None:
    refunds = ids(shop)["Refunds"]
    shop.sandbox.edit_article(refunds, title="Money back")
    shop.move("a/refunds.md", "b/refunds.md")
    shop.edit("b/refunds.md", REFUNDS[REFUNDS.index("on the next working day") :], f"soon.\n\n{INVOICES}")
    change = next(each for each in shop.plan()["changes"] if each["address"] == "b/refunds")
    assert (change["action"], change["id"]) == ("move", refunds)
    assert change["similarity"] < 0.5  # so little is enough only because the file's name and title stayed


def test_two_files_like_one_article_are_refused_and_nothing_is_removed(shop: Workspace) -> None:
    identifier = ids(shop)["Refunds"]
    for name, word in (("eu", "nine"), ("us", "ten")):
        shop.article(f"b/{name}.md", f"Money back {name}", REFUNDS.replace("five days", f"{word} days"))
    shop.remove("a/refunds.md")
    ran = shop.push()
    assert (ran.code, ran.writes) == (13, [])
    conflicts = {item["address"]: item for item in of_kind(shop.plan(), "conflict")}
    assert set(conflicts) == {"a/refunds", "b/eu", "b/us"}
    assert f"a/refunds #{identifier} (" in conflicts["b/eu"]["message"]
    assert "% the same)" in conflicts["b/eu"]["message"]
    assert f"`id: {identifier}`" in conflicts["b/eu"]["hint"]
    assert "b/eu (" in conflicts["a/refunds"]["message"]
    nearest = conflicts["a/refunds"]["message"].partition("it could be ")[2].partition(" ")[0]
    assert f"helpsync adopt {nearest}={identifier}`" in conflicts["a/refunds"]["hint"]
    assert shop.sandbox.article(identifier)["state"] == "published"


def test_links_to_a_file_that_is_not_decided_stay_as_they_are(shop: Workspace) -> None:
    shop.article("b/other.md", "Other", "See [refunds](../a/refunds.md), which stays.\n")
    shop.push()
    for name, word in (("eu", "nine"), ("us", "ten")):
        shop.article(f"b/{name}.md", f"Money back {name}", REFUNDS.replace("five days", f"{word} days"))
    shop.remove("a/refunds.md")
    shop.edit("b/other.md", "../a/refunds.md", "eu.md")
    ran = shop.push()
    assert (ran.code, ran.writes) == (13, [])


def test_one_file_like_two_articles_is_refused_and_both_stay(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    workspace.article("a/eu.md", "Money back in Europe", REFUNDS.replace("five", "nine"))
    workspace.article("a/us.md", "Money back in America", REFUNDS.replace("five", "ten"))
    workspace.push()
    workspace.remove("a/eu.md")
    workspace.remove("a/us.md")
    workspace.article("a/all.md", "Money back", REFUNDS)
    ran = workspace.push()
    assert (ran.code, ran.writes) == (13, [])
    assert {item["address"] for item in of_kind(workspace.plan(), "conflict")} == {"a/all", "a/eu", "a/us"}


def test_a_clear_winner_is_the_same_article_and_the_other_file_is_new(shop: Workspace) -> None:
    before = ids(shop)["Refunds"]
    shop.remove("a/refunds.md")
    shop.article("b/refunds.md", "Refunds", REFUNDS.replace("five days", "nine days"))
    shop.article(
        "b/short.md", "In short", REFUNDS.partition("The money")[0] + "Everything else is told on the phone.\n"
    )
    changes = {change["address"]: change for change in shop.plan()["changes"]}
    assert (changes["b/refunds"]["id"], changes["b/short"]["action"]) == (before, "create")
    assert shop.push().code == 0
    settled(shop)


def test_files_that_trade_places_keep_their_articles(shop: Workspace) -> None:
    before = ids(shop)
    shop.move("a/refunds.md", "a/tmp.md")
    shop.move("a/invoices.md", "a/refunds.md")
    shop.move("a/tmp.md", "a/invoices.md")
    assert shop.push().writes == []
    assert ids(shop) == before
    settled(shop)
    shop.edit("a/invoices.md", "five days", "three days")
    (change,) = shop.plan()["changes"]
    assert change["id"] == before["Refunds"]


def test_files_that_trade_places_and_change_keep_their_articles(shop: Workspace) -> None:
    before = ids(shop)
    shop.move("a/refunds.md", "a/tmp.md")
    shop.move("a/invoices.md", "a/refunds.md")
    shop.move("a/tmp.md", "a/invoices.md")
    shop.edit("a/invoices.md", "five days", "three days")
    shop.edit("a/refunds.md", "three years", "four years")
    assert shop.push().code == 0
    assert ids(shop) == before
    assert "four years" in shop.sandbox.article(before["Invoices"])["body"]
    settled(shop)


@pytest.mark.parametrize("changed", [False, True])
def test_files_that_move_on_in_a_row_keep_their_articles(shop: Workspace, *, changed: bool) -> None:
    before = ids(shop)
    shop.move("a/invoices.md", "b/invoices.md")
    shop.move("a/refunds.md", "a/invoices.md")
    if changed:
        shop.edit("b/invoices.md", "three years", "four years")
        shop.edit("a/invoices.md", "five days", "three days")
    assert shop.push().code == 0
    assert ids(shop) == before
    settled(shop)
    shop.edit("a/invoices.md", "two weeks", "three weeks")
    assert shop.plan()["changes"][0]["id"] == before["Refunds"]


def test_a_deleted_article_is_created_again_while_files_move_in_a_chain(shop: Workspace) -> None:
    before = ids(shop)
    shop.sandbox.delete_article(before["Refunds"])
    shop.move("a/invoices.md", "b/invoices.md")
    shop.move("a/refunds.md", "a/invoices.md")
    assert shop.push("--overwrite-remote", "a/invoices").code == 0
    after = ids(shop)
    assert {**after, "Refunds": before["Refunds"]} == before
    settled(shop)
    shop.edit("a/invoices.md", "two weeks", "three weeks")
    assert shop.plan()["changes"][0]["id"] == after["Refunds"]


def test_a_file_written_anew_keeps_its_address_and_its_article(shop: Workspace) -> None:
    before = ids(shop)["Refunds"]
    shop.article("legacy.md", "Refunds until 2020", REFUNDS)
    shop.article("a/refunds.md", "Refunds", "All is new: ask the assistant, and it pays you at once.\n")
    changes = {change["address"]: change for change in shop.plan()["changes"]}
    assert (changes["a/refunds"]["id"], changes["legacy"]["action"]) == (before, "create")


def test_a_change_of_case_is_a_move(shop: Workspace) -> None:
    before = ids(shop)
    shop.move("a/refunds.md", "a/tmp")
    shop.move("a/tmp", "a/Refunds.md")
    shop.edit("a/Refunds.md", "five days", "three days")
    assert shop.push().code == 0
    assert ids(shop) == before
    settled(shop)


def test_a_copy_is_a_new_article_and_the_file_copied_keeps_its_own(shop: Workspace) -> None:
    before = ids(shop)["Refunds"]
    shop.article("b/copy.md", "A copy", REFUNDS)
    (change,) = shop.plan()["changes"]
    assert (change["action"], change["address"]) == ("create", "b/copy")
    shop.push()
    assert ids(shop)["Refunds"] == before
    settled(shop)


def test_a_move_keeps_translations_and_sends_the_one_that_changed(shop: Workspace) -> None:
    shop.article("a/refunds.fr.md", "Remboursements", "Écrivez-nous dans les trente jours.\n")
    shop.push()
    before = ids(shop)["Refunds"]
    shop.move("a/refunds.md", "b/refunds.md")
    shop.move("a/refunds.fr.md", "b/refunds.fr.md")
    shop.edit("b/refunds.fr.md", "trente", "quarante")
    (change,) = shop.plan()["changes"]
    assert (change["id"], list(change["locales"])) == (before, ["fr"])
    assert shop.push().code == 0
    settled(shop)


def test_a_translation_that_stayed_tells_where_a_rewritten_article_went(shop: Workspace) -> None:
    shop.article("a/refunds.fr.md", "Remboursements", "Écrivez-nous dans les trente jours.\n")
    shop.push()
    before = ids(shop)["Refunds"]
    shop.remove("a/refunds.md")
    shop.move("a/refunds.fr.md", "b/refunds.fr.md")
    shop.article("b/refunds.md", "Money back", REFUNDS.partition("The money")[0] + INVOICES + FOOTER)
    (change,) = [item for item in shop.plan()["changes"] if item["address"] == "b/refunds"]
    assert change["id"] == before
    assert change["similarity"] < 0.5


def test_another_layout_of_the_files_moves_nothing(shop: Workspace) -> None:
    shop.article("a/refunds.fr.md", "Remboursements", "Écrivez-nous.\n")
    shop.push()
    shop.write("helpsync.yaml", CONFIG + "layout: folder\n")
    for path in sorted((shop.root / "content").rglob("*.md")):
        name = path.relative_to(shop.root / "content").as_posix()
        french = name.endswith(".fr.md")
        shop.move(name, f"{'fr' if french else 'en'}/{name.replace('.fr.md', '.md')}")
    assert shop.push().writes == []
    assert shop.plan()["changes"] == []


def test_a_renamed_folder_is_the_same_collection_when_its_articles_moved_along(shop: Workspace) -> None:
    before = {item["name"]: item["id"] for item in shop.sandbox.groups("collection")}
    shop.move("a/refunds.md", "money/refunds.md")
    shop.move("a/invoices.md", "money/invoices.md")
    shop.edit("money/invoices.md", "three years", "four years")
    shop.remove("a/_collection.md")
    shop.collection("money/_collection.md", "All about money", description="Bills and refunds")
    changes = {change["address"]: change for change in shop.plan()["changes"]}
    assert (changes["money/"]["action"], changes["money/"]["id"]) == ("update", before["A"])
    assert changes["money/"]["similarity"] == 1
    assert shop.push().code == 0
    assert {item["name"] for item in shop.sandbox.groups("collection")} == {"All about money", "B"}
    settled(shop)


def test_a_folder_that_was_split_in_halves_is_refused_until_somebody_decides(shop: Workspace) -> None:
    shop.move("a/refunds.md", "refunds/refunds.md")
    shop.move("a/invoices.md", "invoices/invoices.md")
    shop.remove("a/_collection.md")
    shop.collection("refunds/_collection.md", "Refunds")
    shop.collection("invoices/_collection.md", "Invoices")
    ran = shop.push()
    assert ran.code == 13
    assert {"a/", "invoices/", "refunds/"} <= {item["address"] for item in of_kind(shop.plan(), "conflict")}
    assert {item["name"] for item in shop.sandbox.groups("collection")} == {"A", "B"}


def test_a_renamed_folder_of_sections_is_known_by_what_lies_in_them(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(CONFIG)
    workspace.collection("a/_collection.md", "A")
    workspace.collection("a/s/_collection.md", "S")
    workspace.article("a/s/refunds.md", "Refunds", REFUNDS)
    workspace.push()
    before = [item["id"] for kind in ("collection", "section") for item in workspace.sandbox.groups(kind)]
    workspace.remove("a/_collection.md")
    workspace.remove("a/s/_collection.md")
    workspace.collection("b/_collection.md", "B")
    workspace.collection("b/t/_collection.md", "T")
    workspace.move("a/s/refunds.md", "b/t/refunds.md")
    assert workspace.push().code == 0
    assert [item["id"] for kind in ("collection", "section") for item in workspace.sandbox.groups(kind)] == before
    settled(workspace)


def test_another_collection_of_the_same_name_with_other_articles_is_new(shop: Workspace) -> None:
    shop.remove("a/_collection.md")
    shop.remove("a/refunds.md")
    shop.remove("a/invoices.md")
    shop.collection("c/a/_collection.md", "Other")
    shop.collection("c/_collection.md", "A", description="What is in here is new")
    shop.article("c/new.md", "New", "A text that was never there before, about something new.\n")
    created = {change["address"] for change in shop.plan()["changes"] if change["action"] == "create"}
    assert {"c/", "c/new"} <= created


def test_a_removed_file_that_comes_back_elsewhere_is_the_same_article(shop: Workspace) -> None:
    before = ids(shop)["Refunds"]
    text = (shop.root / "content/a/refunds.md").read_text(encoding="utf-8")
    shop.remove("a/refunds.md")
    shop.push()
    assert shop.sandbox.article(before)["state"] == "draft"
    shop.write("content/b/refunds.md", text)
    (change,) = shop.plan()["changes"]
    assert (change["id"], change["fields"]["address"]) == (before, {"from": "a/refunds", "to": "b/refunds"})
    shop.push()
    assert shop.sandbox.article(before)["state"] == "published"
    settled(shop)


def test_a_removed_file_that_comes_back_at_its_address_revives_its_article_though_another_is_like_it(
    shop: Workspace,
) -> None:
    before = ids(shop)["Refunds"]
    text = (shop.root / "content/a/refunds.md").read_text(encoding="utf-8")
    shop.remove("a/refunds.md")
    shop.push()
    shop.article("b/like.md", "Like", REFUNDS.replace("five days", "nine days"))
    shop.push()
    shop.remove("b/like.md")
    shop.write("content/a/refunds.md", text)
    changes = {change["address"]: change for change in shop.plan()["changes"]}
    assert changes["a/refunds"]["id"] == before


def test_a_removed_file_whose_content_comes_back_changed_elsewhere_is_new(shop: Workspace) -> None:
    shop.remove("a/refunds.md")
    shop.push()
    shop.article("b/refunds.md", "Refunds", REFUNDS.replace("five days", "nine days"))
    (change,) = shop.plan()["changes"]
    assert change["action"] == "create"


def test_an_article_with_sync_false_that_moved_and_changed_is_left_alone(shop: Workspace) -> None:
    shop.edit("a/refunds.md", "---\ntitle", "---\nsync: false\ntitle")
    shop.push()
    before = ids(shop)["Refunds"]
    shop.move("a/refunds.md", "b/refunds.md")
    shop.edit("b/refunds.md", "five days", "nine days")
    assert shop.push().writes == []
    assert shop.sandbox.article(before)["state"] == "published"
    shop.edit("b/refunds.md", "sync: false\n", "")
    (change,) = shop.plan()["changes"]
    assert change["id"] == before


@pytest.mark.parametrize("write", [1, 2])
def test_a_push_that_dies_while_files_move_on_in_a_row_loses_no_article(tmp_path: Path, write: int) -> None:
    with Site(tmp_path) as site:
        files = {"a/_collection.md": "---\nname: A\n---\n", "b/_collection.md": "---\nname: B\n---\n"}
        refunds, invoices = f"---\ntitle: Refunds\n---\n{REFUNDS}", f"---\ntitle: Invoices\n---\n{INVOICES}"
        site.content({**files, "a/refunds.md": refunds, "a/invoices.md": invoices})
        site.push()
        before = {item["title"]: item["id"] for item in site.sandbox.articles()}
        moved = {
            "a/invoices.md": refunds.replace("five", "three"),
            "b/invoices.md": invoices.replace("years", "months"),
        }
        site.content({**files, **moved})
        site.transport = lambda inner: _Dying(inner, write)
        assert site.push().code is None
        site.transport = lambda inner: inner
        assert site.push().code == 0
        assert ids(site) == before
        assert site.push().writes == []
        site.content({**files, **moved, "a/invoices.md": refunds})
        assert site.plan()["changes"][0]["id"] == before["Refunds"]


class _Dying(httpx.AsyncBaseTransport):
    """The process dies before this write goes out."""

    def __init__(self, inner: httpx.AsyncBaseTransport, write: int) -> None:
        self._inner = inner
        self._left = write

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            self._left -= 1
            if not self._left:
                raise Died
        return await self._inner.handle_async_request(request)


def test_an_article_that_was_created_anew_where_it_moved_to_moves_back_with_its_id(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        folders = {"a/_collection.md": page(name="A"), "b/_collection.md": page(name="B")}
        others = {**folders, "b/invoices.md": page(INVOICES, title="Invoices")}
        site.content({**others, "a/refunds.md": page(REFUNDS, title="Refunds")})
        assert site.push().code == 0
        (old,) = (item["id"] for item in site.sandbox.articles() if item["title"] == "Refunds")
        site.sandbox.delete_article(old)
        site.content({**others, "b/refunds.md": page(REFUNDS, title="Refunds")})
        assert site.push("--overwrite-remote", "b/refunds").code == 0
        (new,) = (item["id"] for item in site.sandbox.articles() if item["title"] == "Refunds")
        site.content({**others, "a/refunds.md": page(REFUNDS, title="Refunds")})
        plan = site.plan()
        assert [(change["action"], change["address"], change["id"]) for change in plan["changes"]] == [
            ("move", "a/refunds", new)
        ]
        assert plan["attention"] == []


def test_a_rewritten_file_with_the_title_of_a_removed_one_gets_a_hint_to_adopt(shop: Workspace) -> None:
    before = ids(shop)["Refunds"]
    shop.remove("a/refunds.md")
    shop.article("b/money.md", "Refunds", "Nothing of what it said is left here by now.\n")
    (warning,) = of_kind(shop.plan(), "warning")
    assert (warning["address"], warning["id"]) == ("b/money", before)
    assert "has the name or title of a/refunds, which is removed" in warning["message"]
    assert f"helpsync adopt b/money={before}" in warning["hint"]


def test_a_rewritten_file_gets_no_hint_to_adopt_what_a_teammate_deleted(shop: Workspace) -> None:
    shop.sandbox.delete_article(ids(shop)["Refunds"])
    shop.remove("a/refunds.md")
    shop.article("b/money.md", "Refunds", "Nothing of what it said is left here by now.\n")
    plan = shop.plan()
    assert [change["action"] for change in plan["changes"]] == ["create"]
    assert of_kind(plan, "warning") == []
