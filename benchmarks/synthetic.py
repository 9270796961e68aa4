"""A content tree of any size for measuring: same arguments, same bytes."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from helpsync.locales import LOCALES

if TYPE_CHECKING:
    from pathlib import Path

_SYLLABLES = ("ba", "re", "mi", "to", "lu", "fen", "kar", "sol", "dit", "wen", "pro", "ché", "zü", "ång")
_TOPICS = 6
_SECTIONS = 3
_SEED = 20


def write_tree(root: Path, *, articles: int, locales: int) -> None:
    """Write helpsync.yaml and a content folder: collections, sections, and articles that link to each other."""
    codes = ["en", *(code for code in LOCALES if code != "en")][:locales]
    _write(
        root / "helpsync.yaml",
        f"default_locale: en\nlocales: [{', '.join(codes)}]\nauthor: docs@example.com\nstate: published\n",
    )
    chance = random.Random(_SEED)
    places = [_place(number) for number in range(articles)]
    for topic in range(min(_TOPICS, articles)):
        _write(root / f"content/topic-{topic}/_collection.md", f'---\nname: "Topic {topic}"\n---\n')
    for folder in sorted({place.rpartition("/")[0] for place in places if place.count("/") > 1}):
        _write(root / f"content/{folder}/_collection.md", f'---\nname: "{folder.title()}"\n---\n')
    for number, place in enumerate(places):
        for code in codes:
            end = "" if code == "en" else f".{code}"
            title = f"{_words(chance, 3).capitalize()} {number}"
            body = _body(chance, places)
            _write(root / f"content/{place}{end}.md", f'---\ntitle: "{title}"\n---\n\n{body}')


def _place(number: int) -> str:
    topic = number % _TOPICS
    section = number // _TOPICS % (_SECTIONS + 1)
    folder = f"topic-{topic}/part-{section}" if section else f"topic-{topic}"
    return f"{folder}/article-{number}"


def _body(chance: random.Random, places: list[str]) -> str:
    blocks = [f"{_words(chance, 40).capitalize()}."]
    for heading in range(chance.randint(2, 5)):
        blocks.append(f"## {_words(chance, 3).capitalize()} {heading}")
        blocks += [_block(chance, places) for _ in range(chance.randint(2, 4))]
    return "\n\n".join(blocks) + "\n"


def _block(chance: random.Random, places: list[str]) -> str:
    kinds = (_list, _callout, _table, _code, _picture, _linking, _plain, _plain)
    return chance.choice(kinds)(chance, places)


def _list(chance: random.Random, _: list[str]) -> str:
    return "\n".join(f"- {_words(chance, 8)}" for _ in range(4))


def _callout(chance: random.Random, _: list[str]) -> str:
    return f"> [!NOTE]\n> {_words(chance, 20)}"


def _table(chance: random.Random, _: list[str]) -> str:
    rows = "\n".join(f"| {_words(chance, 2)} | {_words(chance, 4)} |" for _ in range(4))
    return f"| Key | Value |\n| --- | --- |\n{rows}"


def _code(chance: random.Random, _: list[str]) -> str:
    lines = "\n".join(f"{_words(chance, 1)} = {chance.randrange(100)}" for _ in range(6))
    return f"```\n{lines}\n```"


def _picture(chance: random.Random, _: list[str]) -> str:
    return f"![{_words(chance, 2)}](https://pictures.example/{chance.randrange(500)}.png)"


def _linking(chance: random.Random, places: list[str]) -> str:
    return f"{_words(chance, 12)} [{_words(chance, 2)}](/{chance.choice(places)}.md), **{_words(chance, 3)}**."


def _plain(chance: random.Random, _: list[str]) -> str:
    return f"{_words(chance, 30).capitalize()} *{_words(chance, 2)}*, `{_words(chance, 1)}`, {_words(chance, 12)}."


def _words(chance: random.Random, count: int) -> str:
    return " ".join("".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(count))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
