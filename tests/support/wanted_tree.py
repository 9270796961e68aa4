"""Trees that tests push, as values: what a writer has in mind, its files, and steps from one tree to the next."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import strategies as st

from journey_site import page

if TYPE_CHECKING:
    from collections.abc import Callable

TITLES = ("Start", "Paying", "Refunds", "Limits & more", "À propos", "日本語")
TOPS = ("billing", "guide", "über uns")
SUBS = ("", "", "deep", "more")
HEADINGS = ("Top", "How long", "Top", "A & B")
SLUGS = ("top", "how-long", "top-1", "a--b")
PIECES = (
    "Some *text* with `code`, **bold** and [a site](https://example.com/?a=1&b=2).\n\n",
    "- one\n- two\n\n",
    "1. first\n2. second\n\n",
    "> [!WARNING]\n> Mind the gap.\n\n",
    "| a | b |\n| --- | --- |\n| 1 | 2 |\n\n",
    "```\ncode  <b>\n\n    more {{ of }} it\n```\n\n",
    "![Screen](https://x.example/one.png)\n\n",
    "![](https://x.example/two.png)\n\n",
    "![Local](/pictures/local.png)\n\n",
    "---\n\n",
    "Line  \nbroken, مرحبا, 你好\n\n",
    "Dear {{ name }}, { this } and `{{ that }}`.\n\n",
    "#### A **bold** `name`, {{ said }} *so*\n\n",
)
WORDS = 24
"""How many words no other article has: enough to tell by them whose text it is."""

NESTED = "- outer\n    - inner\n\n"

Link: TypeAlias = "tuple[int, int | None]"
Folder: TypeAlias = "tuple[str, str]"


@dataclass(frozen=True)
class Text:
    """One locale of an article; a link names an article's number and the position of one of its headings, or none.

    `more` are paragraphs at its end.
    """

    title: str
    pieces: tuple[int, ...] = ()
    headings: int = 0
    links: tuple[Link, ...] = ()
    description: str | None = None
    nested: bool = False
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """An article of the tree: where it lies, and its locales."""

    folder: Folder
    texts: dict[str, Text]


@dataclass(frozen=True)
class Wanted:
    """A tree. `names` renames folders on disk only; `labels` are what collections are called."""

    articles: dict[int, Piece] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    labels: dict[Folder, str] = field(default_factory=dict)

    def folder(self, folder: Folder) -> str:
        return "/".join(self.names.get(name, name) for name in folder if name)

    def path(self, number: int, locale: str = "en") -> str:
        end = "" if locale == "en" else f".{locale}"
        return f"{self.folder(self.articles[number].folder)}/article-{number}{end}.md"

    def folders(self) -> set[Folder]:
        used = {piece.folder for piece in self.articles.values()}
        return used | {(top, "") for top, _ in used}

    def label(self, folder: Folder) -> str:
        return self.labels.get(folder, f"{folder[0]} {folder[1]}".strip().title())

    def files(self) -> dict[str, str]:
        files = {}
        for folder in self.folders():
            label = self.label(folder)
            more = {} if folder[1] else {"description": f"About {label}"}
            files[f"{self.folder(folder)}/_collection.md"] = page(name=label, **more)
            files[f"{self.folder(folder)}/_collection.fr.md"] = page(name=f"{label} (fr)")
        for number, piece in self.articles.items():
            for locale, text in piece.texts.items():
                more = {} if text.description is None else {"description": text.description}
                files[self.path(number, locale)] = page(self.body(number, locale, text), title=text.title, **more)
        files["pictures/local.png"] = "GIF89a, not really a picture"
        return files

    def body(self, number: int, locale: str, text: Text) -> str:
        words = " ".join(f"{locale}{number}x{word}" for word in range(WORDS))
        body = f"Article {number} in {locale}.\n\n{words}\n\n" + "".join(PIECES[piece] for piece in text.pieces)
        body += NESTED * text.nested
        for target, heading in text.links:
            if target in self.articles:
                texts = self.articles[target].texts
                there = texts.get(locale) or texts["en"]
                slug = "" if heading is None or heading >= there.headings else f"#{SLUGS[heading]}"
                path = "" if target == number and slug else "/" + self.path(target).replace(" ", "%20")
                body += f"See [article {target}]({path}{slug}).\n\n"
        body += "".join(f"{'#' * (2 + n % 2)} {HEADINGS[n]}\n\nText {n}.\n\n" for n in range(text.headings))
        return body + "".join(f"{paragraph}\n\n" for paragraph in text.more)


def texts() -> st.SearchStrategy[Text]:
    return st.builds(
        Text,
        title=st.sampled_from(TITLES),
        pieces=st.lists(st.sampled_from(range(len(PIECES))), max_size=3).map(tuple),
        headings=st.integers(0, len(HEADINGS)),
        links=st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(0, len(HEADINGS) - 1)), max_size=3).map(
            tuple
        ),
        description=st.none() | st.sampled_from(["One line", "Another"]),
        nested=st.booleans(),
    )


def pieces() -> st.SearchStrategy[Piece]:
    some = texts()
    folders = st.tuples(st.sampled_from(TOPS), st.sampled_from(SUBS))
    return st.builds(Piece, folders, st.fixed_dictionaries({"en": some}, optional={"fr": some}))


Step: TypeAlias = "Callable[[Wanted], Wanted]"


def _numbered(wanted: Wanted, position: int) -> int | None:
    numbers = sorted(wanted.articles)
    return numbers[position % len(numbers)] if numbers else None


def _changed(position: int, change: Callable[[Piece], Piece | None]) -> Step:
    def step(wanted: Wanted) -> Wanted:
        number = _numbered(wanted, position)
        if number is None:
            return wanted
        piece = change(wanted.articles[number])
        rest = {key: value for key, value in wanted.articles.items() if key != number}
        return replace(wanted, articles={**rest, number: piece} if piece else rest)

    return step


def _with_text(locale: str, text: Text) -> Callable[[Piece], Piece]:
    return lambda piece: replace(piece, texts={**piece.texts, locale: text})


def _retitled(title: str) -> Callable[[Piece], Piece]:
    return lambda piece: replace(piece, texts={**piece.texts, "en": replace(piece.texts["en"], title=title)})


def _without_french(piece: Piece) -> Piece:
    return replace(piece, texts={"en": piece.texts["en"]})


def _moved(folder: Folder) -> Callable[[Piece], Piece]:
    return lambda piece: replace(piece, folder=folder)


def _put(number: int, piece: Piece) -> Step:
    return lambda wanted: replace(wanted, articles={**wanted.articles, number: piece})


def _renamed(name: str, new: str) -> Step:
    return lambda wanted: replace(wanted, names={**wanted.names, name: new})


def _labelled(folder: Folder, label: str) -> Step:
    return lambda wanted: replace(wanted, labels={**wanted.labels, folder: label})


def steps() -> st.SearchStrategy[Step]:
    """Give what a writer does between two pushes."""
    some, anyone = texts(), st.integers(0, 5)
    folders = st.tuples(st.sampled_from(TOPS), st.sampled_from(SUBS))
    changes = st.one_of(
        st.builds(_with_text, st.sampled_from(["en", "fr"]), some),
        st.builds(_retitled, st.sampled_from(TITLES)),
        st.just(_without_french),
        st.builds(_moved, folders),
        st.just(lambda _: None),
    )
    return st.one_of(
        st.builds(_changed, anyone, changes),
        st.builds(_put, anyone, pieces()),
        st.builds(_renamed, st.sampled_from([*TOPS, *SUBS[2:]]), st.sampled_from(["neu", "nouveau-dossier"])),
        st.builds(_labelled, folders, st.sampled_from(["New name", "Noch ein Name"])),
    )


def unambiguous(wanted: Wanted) -> bool:
    """Return whether no two folders were renamed to the same, no two collections and no two articles are namesakes."""
    folders = [wanted.folder(folder) for folder in wanted.folders()]
    names = [(folder[0] if folder[1] else "", wanted.label(folder)) for folder in wanted.folders()]
    titles = [(piece.folder, piece.texts["en"].title) for piece in wanted.articles.values()]
    return all(len(set(some)) == len(some) for some in (folders, names, titles))
