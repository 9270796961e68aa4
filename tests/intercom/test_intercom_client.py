from __future__ import annotations

import gzip
import json
import math
from typing import TYPE_CHECKING

import httpx
import pytest

from fake_intercom import FakeIntercom, error, reply
from helpsync.errors import RemoteError, Unauthorized
from helpsync.intercom import ArticleWrite, CollectionWrite
from helpsync.model import Article, Collection, Translation

if TYPE_CHECKING:
    from helpsync.intercom import Writer
    from helpsync.model import Item, Remote


def read(fake: FakeIntercom, default_locale: str = "en") -> Remote:
    return fake.reading(lambda reader: reader.read(default_locale=default_locale))


def text_of(item: Item) -> Translation:
    """Return the only text of an article."""
    assert isinstance(item, Article)
    (text,) = item.translations.values()
    return text


def items(count: int, first: int = 1, **fields: object) -> list[dict[str, object]]:
    return [{"id": str(first + n), "title": f"T{n}", "name": f"N{n}", "updated_at": n, **fields} for n in range(count)]


def test_an_empty_workspace_is_read() -> None:
    remote = read(FakeIntercom())
    assert (remote.workspace_id, remote.multilingual) == ("ws1", None)
    assert (remote.help_center.default_locale, remote.help_center.articles) == ("en", ())
    assert [admin.email for admin in remote.admins] == ["ada@example.com"]


@pytest.mark.parametrize(("articles", "collections", "sections"), [(155, 12, 3), (250, 250, 250), (251, 1, 501)])
def test_a_whole_read_costs_as_few_requests_as_possible(articles: int, collections: int, sections: int) -> None:
    fake = FakeIntercom()
    fake.articles = items(articles)
    fake.collections = items(collections, 1000)
    fake.sections = items(sections, 2000, parent_id=1000)
    remote = read(fake)
    assert len(remote.help_center.articles) == articles
    assert len(remote.help_center.collections) == collections + sections
    assert len(fake.requests) == sum(math.ceil(count / 250) for count in (articles, collections, sections)) + 3


def test_articles_are_in_the_order_of_their_ids() -> None:
    fake = FakeIntercom()
    fake.articles = items(120)
    assert [article.id for article in read(fake).help_center.articles] == [str(n) for n in range(1, 121)]


def test_articles_of_other_help_centers_are_kept() -> None:
    fake = FakeIntercom()
    fake.collections = [{"id": "1", "name": "A", "help_center_id": 5}, {"id": "2", "name": "B", "help_center_id": 6}]
    fake.articles = [{"id": "9", "title": "T", "parent_id": 2, "parent_type": "collection"}]
    fake.brands = [{"id": "5", "display_name": "Acme", "identifier": "acme", "url": "https://help.acme.example"}]
    remote = read(fake)
    assert [one.help_center_id for one in remote.help_center.collections] == ["5", "6"]
    assert remote.help_center.articles[0].parent_id == "2"
    assert (remote.brands[0].name, remote.brands[0].url) == ("Acme", "https://help.acme.example")


def test_the_default_locale_comes_from_the_replies() -> None:
    fake = FakeIntercom()
    fake.articles = items(2, default_locale="fr", translated_content={"en": {"title": "E"}})
    remote = read(fake)
    assert remote.help_center.default_locale == "fr"
    assert set(remote.help_center.articles[0].translations) == {"fr", "en"}
    assert remote.multilingual is True


def test_a_help_center_in_one_language_is_recognised() -> None:
    fake = FakeIntercom()
    fake.articles = items(2)
    assert read(fake, "de").multilingual is False


def test_articles_with_only_parent_ids_get_a_parent_that_was_read() -> None:
    fake = FakeIntercom()
    fake.collections = [{"id": "1", "name": "A"}]
    fake.sections = [{"id": "2", "name": "B", "parent_id": "1"}]
    fake.articles = [{"id": "9", "title": "T", "parent_ids": [1, 2]}]
    found = read(fake).help_center.articles[0]
    assert (found.parent_id, found.parent_kind) == ("2", "section")


def test_the_workspace_comes_from_the_articles_if_me_does_not_name_it() -> None:
    fake = FakeIntercom()
    fake.me = {"id": "7", "app": None}
    fake.articles = items(1, workspace_id="ws9")
    assert read(fake).workspace_id == "ws9"


def test_a_workspace_without_a_name_is_an_error() -> None:
    fake = FakeIntercom()
    fake.me = {"id": "7"}
    with pytest.raises(RemoteError, match="which workspace"):
        read(fake)


def test_a_wrong_token_is_one_error_although_six_requests_fail() -> None:
    fake = FakeIntercom()
    fake.faults.extend([lambda _: error(401, "unauthorized", "Access Token Invalid")] * 6)
    with pytest.raises(Unauthorized):
        read(fake)


def test_a_list_that_fails_fails_the_whole_read() -> None:
    fake = FakeIntercom()
    fake.articles = items(300)
    fake.faults.extend([None] * 6)
    fake.faults.extend([lambda _: error(500, "server_error", "oops")] * 5)
    with pytest.raises(RemoteError, match="500 to GET /articles"):
        read(fake)


def test_an_update_returns_what_intercom_shows_now() -> None:
    fake = FakeIntercom()
    fake.articles = [{"id": "12", "title": "Old", "body": "<p>kept</p>"}]
    found = fake.writing(lambda writer: writer.update("article", "12", ArticleWrite(title="New", author_id="7")))
    assert (text_of(found).title, text_of(found).html) == ("New", "<p>kept</p>")
    assert fake.sent() == {"title": "New", "author_id": 7}


def test_after_an_update_with_an_empty_reply_the_article_is_read() -> None:
    fake = FakeIntercom()
    fake.articles = [{"id": "12", "title": "Kept"}]
    fake.faults.append(lambda _: reply({}))
    found = fake.writing(lambda writer: writer.update("article", "12", ArticleWrite(title="New")))
    assert text_of(found).title == "Kept"


def test_a_collection_is_created_updated_and_deleted_under_its_own_path() -> None:
    fake = FakeIntercom()

    async def work(writer: Writer) -> Item:
        made = await writer.create(CollectionWrite(name="C", help_center_id="3"), seen=set())
        await writer.update("collection", str(made.id), CollectionWrite(name="D", help_center_id="3"))
        await writer.delete("collection", str(made.id))
        return made

    made = fake.writing(work)
    assert isinstance(made, Collection)
    assert (made.kind, str(made.id), made.help_center_id) == ("collection", "101", "3")
    assert [(r.method, r.url.path) for r in fake.requests] == [
        ("POST", "/help_center/collections"),
        ("PUT", "/help_center/collections/101"),
        ("DELETE", "/help_center/collections/101"),
    ]
    assert fake.sent(1) == {"name": "D"}


def test_a_collection_with_a_parent_is_a_section() -> None:
    fake = FakeIntercom()

    async def work(writer: Writer) -> tuple[Item, Item]:
        made = await writer.create(CollectionWrite(name="S", parent_id="5"), seen=set())
        await writer.update("section", str(made.id), CollectionWrite(name="S2", parent_id="6"))
        moved = await writer.item("section", str(made.id))
        await writer.delete("section", str(made.id))
        return made, moved

    made, moved = fake.writing(work)
    assert (made.kind, made.parent_id, moved.parent_id) == ("section", "5", "6")
    assert fake.requests[0].url.path == "/help_center/sections"


def test_an_article_created_in_a_new_section_is_placed_there() -> None:
    fake = FakeIntercom()

    async def work(writer: Writer) -> Item:
        section = await writer.create(CollectionWrite(name="S", parent_id="5"), seen=set())
        write = ArticleWrite(title="T", author_id="7", parent_id=section.id, parent_kind="section")
        return await writer.create(write, seen=set())

    found = fake.writing(work)
    assert isinstance(found, Article)
    assert (found.parent_id, found.parent_kind) == ("101", "section")


def test_texts_in_all_scripts_arrive_unchanged() -> None:
    fake = FakeIntercom()
    title = "返金 — استرداد 🎉"
    fake.writing(lambda writer: writer.create(ArticleWrite(title=title, author_id="7"), seen=set()))
    assert fake.articles[0]["title"] == title


def test_a_big_page_arrives_compressed() -> None:

    fake = FakeIntercom()
    content = gzip.compress(json.dumps({"id": "12", "title": "T" * 10_000}).encode())
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    fake.faults.append(lambda _: httpx.Response(200, content=content, headers=headers))
    found = fake.reading(lambda reader: reader.item("article", "12"))
    assert len(text_of(found).title) == 10_000
