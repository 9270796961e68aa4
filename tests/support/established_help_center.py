"""A help center as people wrote it in Intercom's editor over years, of any size: same arguments, same content.

Every construct that the editor stores (facts: Bodies) stands in it somewhere, spaced as people space and as they don't,
with pictures, and links between articles, also to headings and other languages. The bodies go straight to the store:
what the API would make of them is another form.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from helpsync.sandbox import page_path, store_picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpsync.sandbox import Sandbox, Workspace

LOCALES = ("en", "fr", "de", "ja", "ar")
AUTHORS = ("docs@example.com", "ana@example.com", "Ben Ola")
"""The sandbox needs the last two among its `admins`."""

TOPICS = 6
SECTIONS = 2
_TEXTS = {
    "en": "account plan refund team invite a the of your settings click open seats invoice due card yearly",
    "fr": "compte offre remboursement équipe inviter un la de vos réglages cliquez l'onglet facture échéance œuvre",
    "de": "Konto Tarif Rückzahlung Team einladen ein die der Ihre Einstellungen öffnen Plätze Rechnung fällig Straße",
    "ja": "アカウント 料金 返金 チーム 招待 設定 「開く」 請求書 期日 カード 年払い ボタン 画面",
    "ar": "الحساب الخطة استرداد الفريق دعوة الإعدادات افتح المقاعد الفاتورة البطاقة سنوي زر الشاشة",
}
_WORDS = {locale: text.split() for locale, text in _TEXTS.items()}
_LITERAL = (
    "a_b_c",
    "2*3*4",
    "&lt;id&gt;",
    "Q&amp;A",
    "#1",
    "[beta]",
    "~5 min",
    "{name}",
    "10 % | 20 %",
    "C:\\temp",
    "“x”",
)
_CALLOUTS = (
    *(("#e3e7fa80", "#334bfa33"), ("#d7efdc80", "#1bb15733"), ("#e8e8e880", "#73737633"), ("#feedaf80", "#fbc91633")),
    *(("#fed9db80", "#fd3a5733"), ("#f3e8fd80", "#9334fa33")),
)
_VIDEOS = (
    "https://www.youtube.com/embed/dQw4w9WgXcQ",
    "https://www.loom.com/embed/0a1b2c3d4e",
    "https://player.vimeo.com/video/76979871",
    "https://fast.wistia.net/embed/iframe/j38ihh83m5",
)
_BLANK = '<p class="no-margin"></p>\n'
_TITLES = {"en": "How to {}", "fr": "Comment {}", "de": "So geht’s: {}", "ja": "{}について", "ar": "كيفية {}"}


@dataclass
class Lived:
    """What there is: the texts of each article by id and locale, so far without a body where it has none yet."""

    titles: dict[int, dict[str, str]] = field(default_factory=dict)
    headings: dict[tuple[int, str], list[str]] = field(default_factory=dict)


def mark(number: int, locale: str) -> str:
    """Return the word that stands in this text alone, once: what a one-word edit changes."""
    return f"Marke{number}{locale}"


def fill(sandbox: Sandbox, *, articles: int, locales: tuple[str, ...] = LOCALES) -> None:
    """Fill an empty sandbox with collections, sections and articles, all of them in most of the locales."""
    with sandbox.writing() as workspace:
        places = _groups(workspace, locales)
        authors = [row["id"] for row in workspace.db.execute("SELECT id FROM admins ORDER BY id")]
        lived = Lived()
        for number in range(1, articles + 1):
            spoken = locales if number % 10 else locales[: 1 + number // 10 % len(locales)]
            lived.titles[number] = {locale: _title(number, locale) for locale in spoken}
            for locale in spoken:
                count = _chance(number).randint(2, 5)
                lived.headings[number, locale] = [_heading_id(number, locale, at) for at in range(count)]
        for number in lived.titles:
            _article(workspace, number, lived, _parent(number, places), authors)


def _article(
    workspace: Workspace, number: int, lived: Lived, parent: tuple[str, int] | None, authors: list[int]
) -> None:
    db = workspace.db
    moment = workspace.now - 1000 * number
    db.execute(
        "INSERT INTO articles (id, parent_kind, parent_id, created_at, updated_at, written) VALUES (?, ?, ?, ?, ?, ?)",
        (number, *(parent or (None, None)), moment, moment, workspace.next_write()),
    )
    for locale, title in lived.titles[number].items():
        body = _Body(workspace, lived, number, locale).written()
        state = "draft" if number % 9 == 4 or (number % 7 == 3 and locale == "de") else "published"
        about = f"{' '.join(_WORDS[locale][:5])}: {number}" if number % 3 else ""
        db.execute(
            "INSERT INTO contents (article_id, locale, title, description, body, author_id, state, created_at,"
            " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, locale, title, about, body, authors[number % len(authors)], state, moment, moment),
        )


def _groups(workspace: Workspace, locales: tuple[str, ...]) -> list[tuple[str, int]]:
    """Write the collections with their sections, and return kind and id of each."""
    db, now = workspace.db, workspace.now
    center = next(iter(workspace.center_paths()))
    places: list[tuple[str, int]] = []
    for topic in range(TOPICS):
        above = None
        for section in range(SECTIONS + 1):
            kind, number = "section" if section else "collection", 100 + topic * 10 + section
            db.execute(
                "INSERT INTO groups (id, kind, parent_id, help_center_id, position, created_at, updated_at, written)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (number, kind, above, center, number, now, now, workspace.next_write()),
            )
            above = above or number
            places.append((kind, number))
            for locale in locales:
                word = _WORDS[locale][(topic * 3 + section) % len(_WORDS[locale])]
                about = f"{word} {topic}" if kind == "collection" and topic % 2 else ""
                db.execute(
                    "INSERT INTO labels (group_id, locale, name, description) VALUES (?, ?, ?, ?)",
                    # Every section “… 1” has that name: names are unique nowhere.
                    (number, locale, f"{word} {section or topic}", about),
                )
    return places


def _parent(number: int, places: list[tuple[str, int]]) -> tuple[str, int] | None:
    return None if number % 20 == 7 else places[number % len(places)]


def _title(number: int, locale: str) -> str:
    odd = dict(enumerate(("What's new? C++/Q&A: 50% off…", "../up", "CON", "🎉 Hurra!", "Again", "Again"), 2))
    if locale == LOCALES[0] and number in odd:
        return odd[number]
    words = _WORDS[locale]
    return _TITLES[locale].format(f"{words[number % len(words)]} {words[number // 3 % len(words)]} {number}")


def _heading_id(number: int, locale: str, at: int) -> str:
    return f"h_{number:05x}{LOCALES.index(locale) if locale in LOCALES else 9:x}{at:04x}"


def _chance(number: int) -> random.Random:
    return random.Random(number)


class _Body:
    """Writes one text; all languages of an article are built alike."""

    def __init__(self, workspace: Workspace, lived: Lived, number: int, locale: str) -> None:
        self._workspace = workspace
        self._lived = lived
        self._number = number
        self._locale = locale
        self._chance = _chance(number)

    def written(self) -> str:
        """Return the body: paragraphs first, then headings with some blocks below each."""
        count = self._chance.randint(2, 5)
        blocks = [f'<p class="no-margin">{self._words(6)} {mark(self._number, self._locale)} {self._words(5)}.</p>']
        for at in range(count):
            identifier = self._lived.headings[self._number, self._locale][at]
            level = "h2" if at % 2 else "h1"
            # A number apart: two headings of one text never read alike.
            text = f"{self._words(2)} {at + 1}" + (" <b>new</b>" if self._number % 11 == at else "")
            blocks.append(f'<{level} id="{identifier}">{text}</{level}>')
            blocks += [self._block(at) for _ in range(self._chance.randint(1, 4))]
        parts = [blocks[0]]
        for block in blocks[1:]:
            apart = block.startswith("<h") or self._chance.random() < 0.6
            parts += [_BLANK, block] if apart else [block]
        return "".join(parts)

    def _block(self, at: int) -> str:
        kinds: tuple[Callable[[], str], ...] = (
            *(self._paragraph, self._paragraph, self._linking, self._list, self._numbered, self._table, self._callout),
            *(self._details, self._picture, self._linked_picture, self._button, self._video, self._code, self._centred),
            *(self._lines, lambda: "<hr>"),
        )
        return kinds[(self._number + at * 5 + self._chance.randrange(4)) % len(kinds)]()

    def _words(self, count: int) -> str:
        return " ".join(
            _WORDS[self._locale][self._chance.randrange(100) % len(_WORDS[self._locale])] for _ in range(count)
        )

    def _p(self, text: str, more: str = "") -> str:
        return f'<p class="{more}no-margin">{text}</p>'

    def _run(self) -> str:
        literal = self._chance.choice(_LITERAL)
        kind = self._chance.randrange(6)
        word = self._words(2)
        forms = (f"<b>{word}</b>", f"<i>{word}</i>", "<code>a = b * c</code>", f"<b><i>{word}</i></b>", literal, word)
        return f"{self._words(4)} {forms[kind]} {self._words(3)}"

    def _paragraph(self) -> str:
        return self._p(f"{self._run()}, {self._run()}.")

    def _centred(self) -> str:
        return self._p(self._run(), "intercom-align-center ")

    def _lines(self) -> str:
        return self._p(f"{self._words(3)}<br>\u200b{self._words(3)}<br>{self._words(2)}")

    def _linking(self) -> str:
        own = self._own_link()
        web = f"https://example.com/{quote(self._words(1))}?a=1&amp;b=2#c"
        classes = 'target="_blank" class="intercom-content-link"'
        return self._p(
            f'{self._words(3)} <a href="{own}" {classes}>{self._words(2)}</a>, {self._words(2)} '
            f'<a href="{web}" {classes}><b>{self._words(1)}</b></a> '
            f'<a href="mailto:help@example.com" {classes}>help@example.com</a>.'
        )

    def _own_link(self) -> str:
        """Return the address of another article, of a heading of it, or of one in another language."""
        numbers = list(self._lived.titles)
        number = numbers[(self._number * 7 + self._chance.randrange(5)) % len(numbers)]
        spoken = self._lived.titles[number]
        locale = self._locale if self._locale in spoken else LOCALES[0]
        if self._chance.random() < 0.1:
            locale = list(spoken)[-1]
        path = page_path("", locale, "articles", number, spoken[locale])
        anchor = ""
        if self._chance.random() < 0.5:
            headings = self._lived.headings[number, locale]
            anchor = f"#{headings[self._chance.randrange(5) % len(headings)]}"
        return f"{self._workspace.settings.origin}{path}{anchor}"

    def _list(self) -> str:
        inner = f"<ul><li>{self._p(self._words(2))}</li><li>{self._p(self._run())}</li></ul>"
        items = [self._p(self._run()), self._p(self._words(3)) + inner, self._p(self._words(4)) + self._picture()]
        return f"<ul>{''.join(f'<li>{each}</li>' for each in items)}</ul>"

    def _numbered(self) -> str:
        deep = f"<ol><li>{self._p(self._words(2))}</li></ol>"
        items = [self._p(self._run()), self._p(self._words(3)) + deep, self._p(self._linking()[21:-4])]
        return f"<ol>{''.join(f'<li>{each}</li>' for each in items)}</ol>"

    def _table(self) -> str:
        tint = "background-color: #e8e8e880; width: 115px;" if self._chance.random() < 0.7 else "width: 200px;"
        first = "".join(f'<td style="{tint}">{self._p(f"<b>{self._words(1)}</b>")}</td>' for _ in range(3))
        aligned = self._p(self._words(1), "intercom-align-right ")
        other = f"<td>{self._p(self._run())}</td><td>{self._p('')}</td><td>{aligned}</td>"
        rows = f"<tr>{first}</tr><tr>{other}</tr><tr>{other}</tr>"
        return (
            '<div class="intercom-interblocks-table-container"><table role="presentation"><tbody>'
            f"{rows}</tbody></table></div>"
        )

    def _callout(self) -> str:
        back, border = self._chance.choice(_CALLOUTS)
        inner = self._p(f"<b>{self._words(1)}</b> {self._run()}")
        if self._chance.random() < 0.3:
            inner += self._p("") + f"<ul><li>{self._p(self._words(2))}</li></ul>"
        style = f"background-color: {back}; border-color: {border};"
        return f'<div class="intercom-interblocks-callout" style="{style}">{inner}</div>'

    def _details(self) -> str:
        inner = self._paragraph() + (self._picture() if self._chance.random() < 0.4 else "")
        return (
            f"<details><summary><h2>{self._words(3)}?</h2></summary>"
            f'<div class="collapsible-section-content">{inner}</div></details>'
        )

    def _image(self) -> str:
        # Many texts share a picture, and the languages of an article mostly do.
        source = f"https://pictures.example/{self._number % 40}/{self._chance.randrange(3)} screen.png".replace(
            " ", "_"
        )
        address = store_picture(self._workspace, source)
        alt = ' alt="' + self._words(2) + '"' if self._chance.random() < 0.6 else ""
        size = ' width="800" height="400" style="width: 400px;"' if self._chance.random() < 0.5 else ""
        return f'<img src="{address}"{alt}{size}>'

    def _picture(self) -> str:
        align = " intercom-align-center" if self._chance.random() < 0.5 else ""
        return f'<div class="intercom-container{align}">{self._image()}</div>'

    def _linked_picture(self) -> str:
        return f'<div class="intercom-container"><a href="{self._own_link()}" target="_blank">{self._image()}</a></div>'

    def _button(self) -> str:
        address = self._own_link() if self._chance.random() < 0.5 else "https://app.example.com/start?from=help"
        link = f'<a class="intercom-h2b-button" target="_blank" href="{address}">{self._words(2)}</a>'
        return f'<div class="intercom-container intercom-align-center">{link}</div>'

    def _video(self) -> str:
        frame = (
            f'<iframe src="{self._chance.choice(_VIDEOS)}" frameborder="0" allowfullscreen="allowfullscreen"></iframe>'
        )
        return f'<div class="intercom-h2b-video">{frame}</div>'

    def _code(self) -> str:
        return '<pre><code>if a &lt; b &amp;&amp; c:\n    print("**x**")\n\n# done</code></pre>'
