"""Writes the inline markup of one leaf: tracks the line, resolves links and pictures, and reports losses."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from helpsync.markdown.addresses import is_public_address, is_video_host
from helpsync.markdown.dialect import (
    ALIGNMENTS,
    BLOCK_TAGS,
    BUTTON,
    EMBED_TAGS,
    HTML_TAGS,
    INLINE_TAGS,
    LINK_ATTRIBUTES,
    MUTE_TAGS,
)
from helpsync.markdown.html import storage
from helpsync.markdown.html.read import attribute
from helpsync.markdown.html.storage import ParagraphBuilder
from helpsync.markdown.html.stored import shows_nothing
from helpsync.markdown.parse.document import NO_ATTRIBUTES, leading_attributes
from helpsync.markdown.parse.inline import DefinedHref, code_span_ends, parse_inline, unescape
from helpsync.markdown.parse.raw_html import read_tag, tag_anchor
from helpsync.markdown.to_html.allowlist import embedded_address, muted_by
from helpsync.markdown.to_html.context import DOUBLE_BRACES, is_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from xml.etree.ElementTree import Element

    from helpsync.errors import Location
    from helpsync.markdown.parse.document import Attributes, Block, Definition
    from helpsync.markdown.parse.raw_html import Tag
    from helpsync.markdown.to_html.allowlist import TagFindings
    from helpsync.markdown.to_html.context import Findings, TargetResolver

_TICKS = re.compile("`+")
_IN_CODE = re.compile(r"(?<![\\$\w])\$`[^`]+`\$(?!\w)")
_BLOCK = re.compile(r"^\$\$(?!\$)\s*[^\s$][^$]*\$\$[ \t]*$", re.MULTILINE)
# Between prices stands no formula: a dollar sign that ends one has no space before it and no digit behind it.
_IN_TEXT = re.compile(r"(?<![\\$\w])(\$\$?)(?![\s$])(?P<formula>[^$\n]*[^\s$\\])\1(?![\w$])")
# A command, a power, or an index of something that is no name of several letters, as placeholders are.
_PLAIN = re.compile(r"\\[A-Za-z]|\^|(?:^|[^A-Za-z_])[A-Za-z]_|[)\]}]_")


def _note_formulas(text: str, line: int, notes: Findings) -> None:
    """Report each formula in the Markdown of a leaf that starts on this line, unless it may be a price."""
    if text.count("$") < 2:
        return
    found = list(_IN_CODE.finditer(text))
    shown = _without_code(text)
    found += _BLOCK.finditer(shown)
    found += (match for match in _IN_TEXT.finditer(shown) if _PLAIN.search(match["formula"]))
    for match in found:
        start = match.start()
        first = text[start : match.end()].split("\n", 1)[0]
        place = notes.place(line + text.count("\n", 0, start), first, again=True)
        message = "Intercom has no formulas, so readers see the source of this one"
        notes.lost(message, place, "save it as a picture, or say it in words; for a dollar sign write `\\$`")


def _without_code(text: str) -> str:
    """Return the text with spaces in place of its code."""
    code_end = code_span_ends(text)
    parts: list[str] = []
    read = 0
    while found := _TICKS.search(text, read):
        end = code_end(found.start(), len(found[0])) or found.end()
        parts += text[read : found.start()], re.sub(r"[^\n]", " ", text[found.start() : end])
        read = end
    return "".join([*parts, text[read:]])


_BRACKETS = re.compile(r"\[[^\[\]]+(?=\](?P<space> ?)\((?P<inside>[^()]*)(?P<end>\)?))")
_ADDRESS = re.compile(r"\S*[./#:]\S*")
_SIZE = re.compile(r"(?:^|.*\s)=\d*x\d*\s*")
_EMOJI = re.compile(r"(?<![\w:]):(?:[a-z][a-z0-9_-]*|[+-]1):(?![\w:])")
_STARS = re.compile(r"(?<!\*)\*{2,3}(?!\*)")


class SlipFindings:
    """Checks the text of one leaf for likely mistakes, part by part; escaped signs must still be set aside."""

    def __init__(self, notes: Findings) -> None:
        self._notes = notes
        self._stars: Location | None = None

    def look(self, text: str, line: int, linked: str) -> None:
        """Check a part that starts on this line; `linked` is the address right after it, with its trailing text."""
        if "](" in text or "] (" in text:
            self._brackets(text, line, linked)
        if "**" in text:
            self._bold(text, line)
        for emoji in _EMOJI.finditer(text) if ":" in text else ():
            place = self._notes.place(line + text.count("\n", 0, emoji.start()), emoji[0])
            message = f"`{emoji[0]}` stays as text: Intercom doesn't know names of emoji"
            self._notes.lost(message, place, "write the emoji itself")

    def _brackets(self, text: str, line: int, linked: str) -> None:
        for found in _BRACKETS.finditer(text):
            inside = found["inside"] if found["end"] else found["inside"] + linked.partition(")")[0]
            is_apart = bool(found["space"])
            if not (found["end"] or linked) or (is_apart and not _ADDRESS.fullmatch(inside.strip())):
                continue
            place = self._notes.place(
                line + text.count("\n", 0, found.end()), f"]{found['space']}(", before=found[0].rpartition("\n")[2]
            )
            if is_apart:
                message, hint = "a space stands between `]` and `(`, so this is not a link", "remove the space"
            elif _SIZE.fullmatch(inside):
                message = "GitHub doesn't know sizes like `=20x10`, so this is not a picture"
                hint = "write `![text](address){width=20}`"
            else:
                message = "the text in the parentheses is not an address, so this is not a link"
                hint = "write `[text](<address>)` when the address has spaces"
            self._notes.lost(f"{message}, and readers see the brackets", place, hint)

    def _bold(self, text: str, line: int) -> None:
        for stars in _STARS.finditer(text):
            if self._stars is not None and not text[: stars.start()][-1:].isspace():
                message = "these stars stay as text, as on GitHub: the bold text begins or ends with punctuation"
                self._notes.lost(message, self._stars, "put the punctuation outside the stars, or write `<b>`")
                self._stars = None
            elif not text[stars.end() : stars.end() + 1].isspace():
                self._stars = self._notes.place(line + text.count("\n", 0, stars.start()), stars[0])


_WORD = re.compile(r"\w+|[^\w\s]")
_GOES_ON = re.compile(r"(?<=\w)\w")
_MOST_ALIKE = 50
"""Of abbreviations that begin with one word, more are not looked for at once."""

_REFERENCE = re.compile(r"\[\^([^\[\]\s]+)\]")


def is_empty_footnote(note: Block) -> bool:
    """Return whether a footnote has no text: nothing, or only comments."""
    return all(child.kind == "html" and shows_nothing(child.text) for child in note.children)


class FootnotesAndAbbreviations:
    """Replaces footnotes and abbreviations, which Intercom doesn't have.

    A reference becomes the footnote's number in brackets, and the footnotes a numbered list below the text. The first
    occurrence of an abbreviation is followed by its meaning in brackets. `referred` are the footnotes in the order of
    their numbers.
    """

    def __init__(self, footnotes: Mapping[str, Block], abbreviations: Mapping[str, str]) -> None:
        self.referred: list[Block] = []
        self._footnotes = footnotes
        self._empty = {name for name, note in footnotes.items() if is_empty_footnote(note)}
        self._numbers: dict[str, int] = {}
        self._meanings = dict(abbreviations)
        # By their first word, so that many of them cost no more than few.
        self._names: dict[str, list[str]] = {}
        for name in sorted(abbreviations, key=len, reverse=True):
            self._names.setdefault(_WORD.findall(name)[0], []).append(name)

    def numbered(self, text: str) -> str:
        """Return the text with the numbers of its footnotes; an escaped bracket must still be set aside."""
        return _REFERENCE.sub(self._referred, text) if self._footnotes and "[^" in text else text

    def _referred(self, match: re.Match[str]) -> str:
        name = match[1].lower()
        if name not in self._footnotes:
            return match[0]
        if name in self._empty:
            return ""
        if name not in self._numbers:
            self.referred.append(self._footnotes[name])
            self._numbers[name] = len(self.referred)
        return f"[{self._numbers[name]}]"

    def expanded(self, text: str) -> str:
        """Return the text with the meaning of each abbreviation after its first occurrence."""
        if not self._meanings:
            return text
        parts: list[str] = []
        written = 0
        for word in _WORD.finditer(text):
            for name in self._names.get(word[0], [])[:_MOST_ALIKE]:
                end = word.start() + len(name)
                if text.startswith(name, word.start()) and not _GOES_ON.match(text, end):
                    self._names[word[0]].remove(name)
                    meaning = self._meanings.pop(name)
                    if not text[end : end + 2].lstrip().startswith("("):
                        parts.append(f"{text[written:end]} ({meaning})")
                        written = end
                    break
        return "".join([*parts, text[written:]])


_WIDE = re.compile("[\u3001-\u3011\uff01-\uff60]")
_QUIET_ATTRIBUTES = frozenset({"target", "rel"})
_KNOWN_CLASSES: Mapping[str, frozenset[str]] = {"a": frozenset({"button", *ALIGNMENTS}), "img": ALIGNMENTS}


def class_alignment(classes: Iterable[str]) -> str | None:
    """Return the alignment that these classes set."""
    return next((name for name in classes if name in ALIGNMENTS), None)


class InlineWriter:
    """Writes one leaf into `spans`; `line` is the current line.

    With `names`, as in a heading, `name` becomes the id of the first `<a>` that has one.
    """

    def __init__(
        self,
        spans: ParagraphBuilder,
        line: int,
        notes: Findings,
        targets: TargetResolver,
        tags: TagFindings,
        words: FootnotesAndAbbreviations,
        *,
        names: bool,
    ) -> None:
        self.spans = spans
        self.line = line
        self.name: str | None = None
        self._notes = notes
        self._targets = targets
        self._tags = tags
        self._words = words
        self._names = names
        self._mute: str | None = None
        self._link: str | None = None
        self._as_written = False
        self._braces = False
        self._slips = SlipFindings(notes)
        self._opened: list[tuple[str, Location]] = []
        self._around: tuple[ParagraphBuilder, str, Location] | None = None
        self._lifted: list[tuple[int, Location]] = []

    def write(self, text: str, references: Mapping[str, Definition]) -> None:
        """Write the Markdown of the leaf; call it once."""
        _note_formulas(text, self.line, self._notes)
        element = parse_inline(text, references)
        if element.get("deep"):
            message = "the markup of this text is nested too deep to be read, so it stays text"
            self._notes.lost(message, self._here(), "write less markup within markup")
        self._inside(element)
        for name, place in self._opened:
            message = f"<{name}> is not closed in its paragraph, so it ends there"
            self._notes.lost(message, place, f"write </{name}> in the same paragraph")
        self._end_button()
        if not self.spans.single:
            self._note_torn()

    def _note_torn(self) -> None:
        """Report the first picture or button within a sentence: each is a block of its own in Intercom."""
        kinds = [piece.kind for piece in self.spans.pieces]
        for position, place in self._lifted:
            if "p" in kinds[: position - 1] and ("p" in kinds[position:] or self.spans.started):
                what = "a button" if kinds[position - 1] == "button" else "a picture"
                message = f"{what} stands on its own in Intercom, so this text is cut in two"
                self._notes.lost(message, place, "put it before or behind the text")
                return

    def _inside(self, element: Element) -> None:
        children = list(element)
        self._text(element.text, children[0] if children else None)
        for child, following in zip_longest(children, children[1:]):
            tail = child.tail or ""
            found = NO_ATTRIBUTES
            if tail.startswith("{") and child.tag != "raw":
                tail, found = leading_attributes(tail)
            self._child(child, found)
            self._text(tail, following)

    def _child(self, child: Element, found: Attributes) -> None:
        tag = child.tag
        if tag == "raw":
            self._raw_tag(unescape(child.get("source") or ""))
            return
        if tag == "br":
            self.spans.hard_break()
            self.line += 1
            return
        if self._mute:
            self._count("".join(child.itertext()))
        elif tag == "code":
            code = unescape(child.text or "")
            self.spans.code(code)
            self._note_braces(code)
            self._count(child.text)
            self._count_breaks(child)
        elif tag == "img":
            self._picture(child, found)
        elif tag == "a":
            self._anchor(child, found)
        elif tag == "del":
            message = "Intercom has no struck-through text, so it stays as plain text"
            self._notes.lost(message, self._here(child.get("mark") or ""), "say what changed")
            self._inside(child)
        else:
            name = INLINE_TAGS[tag]
            self.spans.open(name, f"<{name}>")
            self._inside(child)
            self.spans.close(name)
        self._note_attributes(tag, found)

    def _text(self, text: str | None, following: Element | None) -> None:
        if not text:
            return
        if not self._mute:
            self._slips.look(text, self.line, _linked(following))
            shown = unescape(self._words.numbered(text))
            self._note_braces(shown)
            self.spans.text(shown if self._as_written or self.spans.single else self._words.expanded(shown))
        self._count(text)

    def _note_braces(self, shown: str) -> None:
        """Report the first `{{` of the leaf; `shown` starts on the current line."""
        if not self._braces and (braces := DOUBLE_BRACES.search(shown)) is not None:
            self._braces = True
            line = self.line + shown.count("\n", 0, braces.start())
            self._notes.double_braces.append(self._notes.place(line, "{{"))

    def _count(self, text: str | None) -> None:
        """Advance the current line past this text."""
        first, *more = (text or "").split("\n")
        self._notes.passed(self.line, first)
        for each in more:
            self.line += 1
            self._notes.passed(self.line, each)

    def _count_breaks(self, child: Element) -> None:
        self.line += int(child.get("breaks") or 0)

    def _here(self, needle: str = "") -> Location:
        return self._notes.place(self.line, needle)

    def _place_of(self, address: str, lines: int) -> Location:
        """Return the place of an address after text with so many line breaks, or of its reference definition."""
        if isinstance(address, DefinedHref):
            return self._notes.place(address.line, address, again=True)
        return self._notes.place(self.line + lines, address, before="](")

    # Links and buttons

    def _anchor(self, child: Element, found: Attributes) -> None:
        href = child.get("href") or ""
        text = "".join(child.itertext())
        place = self._place_of(href, text.count("\n"))
        if child.get("title"):
            self._notes.lost("Intercom's links have no title, so it is dropped", place, "say it in the text")
        address = self._address(href, place)
        self._as_written = unescape(text) == href
        if self._as_written and _WIDE.search(href):
            message = "this address goes on to the next space, as on GitHub, so the text behind it belongs to the link"
            self._notes.lost(message, place, "put a space behind the address, or write it as `<address>`")
        if address is None:
            self._inside(child)
        elif "button" in found.classes and self._begin_button(address, place):
            self._inside(child)
            self._end_button(class_alignment(found.classes))
        else:
            self._open_link(address)
            self._inside(child)
            self._close_link()
        self._as_written = False
        self._notes.passed(self.line, f"]({href}")
        self._count_breaks(child)

    def _begin_button(self, address: str, place: Location) -> bool:
        """Start a button's label, and return whether a button is possible here."""
        if self.spans.single:
            self._notes.lost("a button can't stand in a heading, so it is a link", place, "put it below")
            return False
        self._around = (self.spans, address, place)
        self.spans = ParagraphBuilder(single=True)
        self._link = f"<a{attribute('href', address)}"
        return True

    def _end_button(self, align: str | None = None) -> None:
        if self._around is None:
            return
        (outer, address, place), self._around = self._around, None
        label, below = self.spans.finish(), self.spans.pieces
        self._link = None
        self.spans = outer
        if label:
            outer.block(storage.button(label, address, align or outer.align))
            self._lifted.append((len(outer.pieces), place))
        for block in below:
            outer.block(block)

    def _address(self, href: str, place: Location) -> str | None:
        if self._link is not None:
            self._notes.lost("a link in a link is dropped, its text stays", place, "end the outer link before it")
            return None
        return self._targets.link(href, place)

    def _open_link(self, address: str) -> None:
        self._link = f"<a{attribute('href', address)}"
        self.spans.open("a", f"{self._link}{LINK_ATTRIBUTES}>")

    def _close_link(self) -> None:
        self._link = None
        self.spans.close("a")

    # Pictures

    def _picture(self, child: Element, found: Attributes) -> None:
        source, alt = child.get("src") or "", child.get("alt") or ""
        breaks = alt.count("\n")
        place = self._place_of(source, breaks)
        if child.get("title"):
            hint = "say it in the text or the description"
            self._notes.lost("Intercom's pictures have no title, so it is dropped", place, hint)
        self._image(source, alt, place, dict(found.others), align=class_alignment(found.classes))
        self._notes.passed(self.line + breaks, f"]({source}")
        self._count_breaks(child)

    def _image(
        self, source: str, alt: str, place: Location, sizes: Mapping[str, str], *, align: str | None = None
    ) -> None:
        tag = self._targets.picture(source, alt, place, sizes)
        if tag is None:
            return
        if self._around is not None:
            message = "a button in Intercom can't contain a picture, so it becomes a picture with the link"
            self._notes.lost(message, place, "give the button a text")
        elif self.spans.single:
            self._notes.misplaced("picture in heading", place)
        linked = f'{self._link} target="_blank">' if self._link else None
        self.spans.image(tag, align=align, linked=linked)
        self._lifted.append((len(self.spans.pieces), place))

    # Attribute lists and raw tags

    def _note_attributes(self, tag: str, found: Attributes) -> None:
        known = _KNOWN_CLASSES.get(tag, frozenset())
        dropped = [f".{name}" for name in found.classes if name not in known]
        dropped += [
            key
            for key, value in found.others
            if key not in _QUIET_ATTRIBUTES and not (tag == "img" and key in {"width", "height"} and is_size(value))
        ]
        dropped += ["#" + found.id] if found.id else []
        if tag == "a" and "button" not in found.classes:
            dropped += [f".{name}" for name in found.classes if name in ALIGNMENTS]
        if dropped:
            message = f"Intercom can't keep `{' '.join(dropped)}`, so it is dropped"
            self._notes.lost(message, self._here("{"), "leave it out")

    def _raw_tag(self, source: str) -> None:
        tag = read_tag(source)
        first = source.split("\n", 1)[0]
        if tag is None:
            self._tags.comment(source, self._here(first))
        elif self._mute:
            if tag.closing and tag.name == self._mute:
                self._mute = None
        elif tag.name not in HTML_TAGS:
            self._tags.foreign(source, self._here(first))
            self.spans.text(source)
        elif tag.closing:
            self._raw_end(tag.name)
        else:
            self._raw_start(tag, source, self._here(first))
        self._count(source)

    def _raw_end(self, name: str) -> None:
        self._opened = [entry for entry in self._opened if entry[0] != name]
        if name == "a":
            if self._around is not None:
                self._end_button()
            elif self._link is not None:
                self._close_link()
        elif name in INLINE_TAGS:
            self.spans.close(INLINE_TAGS[name])
        elif name in BLOCK_TAGS:
            self.spans.paragraph_end()

    def _raw_start(self, tag: Tag, source: str, place: Location) -> None:
        name = tag.name
        if name == "a" and self._names and self.name is None and (found := tag_anchor(tag)):
            self.name = found
            tag = replace(tag, attributes={key: tag.attributes[key] for key in tag.attributes.keys() - {"id", "name"}})
        self._tags.inline(tag, place)
        if name == "br":
            self.spans.hard_break()
        elif name == "hr":
            self.spans.block(storage.RULE)
        elif name == "img":
            self._image(tag.attributes.get("src", ""), tag.attributes.get("alt", ""), place, tag.attributes)
        elif name == "a":
            self._raw_link(tag, place)
        elif name in INLINE_TAGS:
            self._opened.append((name, place))
            self.spans.open(INLINE_TAGS[name], f"<{INLINE_TAGS[name]}>")
        elif name in EMBED_TAGS:
            self._embed(tag, source, place)
        elif name in MUTE_TAGS:
            self._mute = None if source.endswith("/>") else name
        elif name in BLOCK_TAGS:
            self.spans.paragraph_end()

    def _raw_link(self, tag: Tag, place: Location) -> None:
        address = self._address(tag.attributes["href"], place) if "href" in tag.attributes else None
        if address is None:
            return
        self._opened.append(("a", place))
        if BUTTON not in tag.attributes.get("class", "").split() or not self._begin_button(address, place):
            self._open_link(address)

    def _embed(self, tag: Tag, source: str, place: Location) -> None:
        address = embedded_address(tag)
        if is_video_host(address) and not self.spans.single:
            self.spans.block(storage.video(address))
        elif is_public_address(address) and (target := self._address(address, place)) is not None:
            self._open_link(target)
            self.spans.text(address)
            self._close_link()
        self._mute = muted_by(tag, source)


def _linked(element: Element | None) -> str:
    """Return the bare address that the element is, with the text after it; empty where it is another element."""
    if element is None or element.tag != "a" or not element.get("href", "").endswith(element.text or " "):
        return ""
    return f"{element.text}{element.tail or ''}"
