"""Which pictures Intercom has, as far as the baseline knows."""

from __future__ import annotations

from helpsync.baseline import LocaleRecord, Record
from helpsync.baseline.record import uploaded_pictures

CDN = "https://downloads.intercomcdn.com/i/o/"
KEY = "sha256:abc"


def record(path: str, key: str = KEY, *, gone: bool = False, locale_gone: bool = False) -> Record:
    return Record("article", "1", locales={"en": LocaleRecord(images={path: key}, removed=locale_gone)}, removed=gone)


def test_an_uploaded_picture_is_sent_by_its_stored_address() -> None:
    assert uploaded_pictures([record(f"{CDN}1/a.png")]) == {KEY: f"{CDN}1/a.png"}


def test_pictures_of_texts_in_the_tree_come_before_those_of_removed_ones() -> None:
    texts = [record(f"{CDN}1", gone=True), record(f"{CDN}2", locale_gone=True), record(f"{CDN}3"), record(f"{CDN}4")]
    assert uploaded_pictures(texts) == {KEY: f"{CDN}3"}
    assert uploaded_pictures(texts[:2]) == {KEY: f"{CDN}1"}


def test_public_pictures_and_those_on_other_servers_do_not_count_as_uploaded() -> None:
    public = record(f"{CDN}1/a.png", "https://pictures.example/a.png")
    assert uploaded_pictures([public, record("https://pictures.example/a.png")]) == {}
