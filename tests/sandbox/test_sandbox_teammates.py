"""What a teammate does in the sandbox, and what Intercom changes by itself, as the API shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from churn import churned, pass_a_day
from helpsync.sandbox import ApiError

if TYPE_CHECKING:
    from sandbox_client import Api

IMAGE = '<img src="https://pics.example.com/a/b%20c.png?v=2" alt="A">'
RICH = (
    f'<h1>A</h1><p>One<br>two</p><p></p><p>See <a href="https://e.com/?a=b">there</a>.</p>{IMAGE}'
    '<ul><li>x</li><li><p>y</p><p>z</p></li></ul><p class="intercom-align-center">c</p><hr><pre><code>&lt;p&gt;\n\n'
    "&lt;br&gt;</code></pre><table><tr><td>1</td></tr></table>"
)


def settled(html: str) -> str:
    """Return the body without the parts that Intercom may change by itself."""
    html = re.sub(r'<p(?: class="no-margin")?></p>\n?|\u200b|\?expires[^"]*| target="_blank"', "", html)
    html = re.sub(r' (?:width|height|style)="[^"]*"| class="intercom-content-link"', "", html)
    return re.sub(r'<p(?: class="(intercom-align-center)?(?: ?no-margin)?")?>', r"<p \1>", html)


def test_a_day_changes_bodies_and_readers_see_nothing_of_it(api: Api) -> None:
    made = api.article(body=RICH, translated_content={"fr": {"title": "F", "body": IMAGE}})
    moved = sum(pass_a_day(api.sandbox, seed) for seed in range(50))
    after = api.get(f"/articles/{made['id']}")
    assert moved > 20
    assert after["body"] != made["body"]
    assert settled(after["body"]) == settled(made["body"])


def test_each_change_that_intercom_makes_comes_and_goes() -> None:
    stored = (
        '<p class="no-margin">a<br>b</p><p class="no-margin">c <a href="https://e.com">d</a></p>'
        '<div class="intercom-container"><img src="https://downloads.intercomcdn.com/i/o/1/a.png"></div>'
    )
    seen: dict[str, set[bool]] = {}
    for seed in range(400):
        stored = churned(stored, seed)
        for mark in ("<br>\u200b", "<p>a", "<p></p>", "</p>\n<", 'e.com">', "content-link", 'target="_blank"'):
            seen.setdefault(mark, set()).add(mark in stored)
    assert seen.pop("<p></p>") | {True} == {True, False}
    assert all(both == {True, False} for both in seen.values()), seen
    assert "width=" in stored


def test_tables_are_restyled_and_their_colours_and_widths_stay() -> None:
    stored = table = (
        '<div class="intercom-interblocks-table-container"><table role="presentation" style="width: 90px;"><tbody><tr>'
        '<td style="background-color: #e8e8e880; width: 115px;" colspan="2"><p class="no-margin">a</p></td>'
        "<td></td></tr></tbody></table></div><pre><code>&lt;td&gt;</code></pre>"
    )
    looks = set()
    for seed in range(200):
        stored = churned(stored, seed)
        looks.add(stored)
        assert "background-color: #e8e8e880; width: 115px;" in stored
        assert "width: 90px;" in stored
    assert table in looks
    assert any('style="width: 90px; border: 1px solid #c6c9c0; border-radius: 6px;' in look for look in looks)
    assert any('<td style="padding: 8px; border-left: 1px solid #c6c9c0;' in look for look in looks)


def test_a_day_can_be_repeated() -> None:
    assert churned(RICH, 3) == churned(RICH, 3)


def test_code_never_changes_by_itself() -> None:
    code = '<pre><code>a<br>b</p><p class="no-margin"></p></code></pre>'
    assert {churned(code, seed) for seed in range(50)} == {code}


def test_the_time_stays_the_same_for_almost_all_changes(api: Api) -> None:
    made = [api.article(title=str(number), body=RICH) for number in range(20)]
    api.clock.now += 100
    moved = sum(pass_a_day(api.sandbox, seed) for seed in range(20))
    touched = sum(api.get(f"/articles/{item['id']}")["updated_at"] != item["updated_at"] for item in made)
    assert 0 < touched < moved / 10


def test_a_teammate_moves_an_article(api: Api) -> None:
    one, other = api.collection(), api.collection(name="Other")
    number = api.article(parent_id=one, parent_type="collection")["id"]
    api.clock.now += 5
    api.sandbox.move_article(number, other)
    after = api.get(f"/articles/{number}")
    assert (after["parent_id"], after["updated_at"]) == (other, int(api.clock.now))
    section = api.section(other)
    api.sandbox.move_article(number, section)
    assert api.get(f"/articles/{number}")["parent_type"] == "section"
    with pytest.raises(ApiError):
        api.sandbox.move_article(number, 99)


def test_a_teammate_moves_a_section(api: Api) -> None:
    one, other = api.collection(), api.collection(name="Other")
    section = api.section(one)
    api.sandbox.move_section(section, other)
    assert api.get(f"/help_center/sections/{section}")["parent_id"] == other


def test_a_teammate_adds_and_removes_a_translation(api: Api) -> None:
    number = api.article()["id"]
    api.sandbox.add_translation(number, "fr", title="Deux", body="<p>x</p>")
    french: Any = api.get(f"/articles/{number}")["translated_content"]["fr"]
    assert (french["title"], french["state"], french["author_id"]) == ("Deux", "published", api.ann)
    api.sandbox.remove_translation(number, "fr")
    assert api.get(f"/articles/{number}")["translated_content"]["fr"] is None


def test_a_teammate_changes_the_author(api: Api) -> None:
    number = api.article()["id"]
    api.sandbox.edit_article(number, author="docs@example.com")
    assert api.get(f"/articles/{number}")["author_id"] == api.own
    with pytest.raises(ApiError):
        api.sandbox.edit_article(number, author="nobody@example.com")


def test_a_teammate_deletes_an_article_and_a_collection(api: Api) -> None:
    collection = api.collection()
    number = api.article(parent_id=collection, parent_type="collection")["id"]
    api.sandbox.delete_group("collection", collection)
    assert api.get(f"/articles/{number}")["parent_id"] is None
    api.sandbox.delete_article(number)
    assert api.refused("GET", f"/articles/{number}")[0] == 404


def test_a_teammate_names_a_collection_in_one_more_locale(api: Api) -> None:
    collection = api.collection(description="Money")
    api.sandbox.edit_group(collection, "fr", name="Factures")
    api.sandbox.edit_group(collection, description="")
    after = api.get(f"/help_center/collections/{collection}")
    assert (after["translated_content"]["fr"]["name"], after["description"]) == ("Factures", "")
