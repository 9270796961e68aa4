"""Which pictures Intercom holds, by what the baseline knows."""

from __future__ import annotations

from helpsync.baseline import LocaleRecord, Record
from helpsync.baseline.record import uploaded_pictures

CDN = "https://downloads.intercomcdn.com/i/o/"
KEY = "sha256:abc"


def record(path: str, key: str = KEY, *, gone: bool = False, locale_gone: bool = False) -> Record:
    return Record("article", "1", locales={"en": LocaleRecord(images={path: key}, removed=locale_gone)}, removed=gone)


def test_a_local_picture_is_held_at_its_stored_address() -> None:
    assert uploaded_pictures([record(f"{CDN}1/a.png")]) == {KEY: f"{CDN}1/a.png"}


def test_what_is_shown_still_comes_before_what_was_removed() -> None:
    texts = [record(f"{CDN}1", gone=True), record(f"{CDN}2", locale_gone=True), record(f"{CDN}3"), record(f"{CDN}4")]
    assert uploaded_pictures(texts) == {KEY: f"{CDN}3"}
    assert uploaded_pictures(texts[:2]) == {KEY: f"{CDN}1"}


def test_what_was_public_before_and_what_lies_elsewhere_is_not_held() -> None:
    public = record(f"{CDN}1/a.png", "https://pictures.example/a.png")
    assert uploaded_pictures([public, record("https://pictures.example/a.png")]) == {}
