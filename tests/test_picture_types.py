"""What is taken for a picture, by its bytes alone; SVG is text that others wrote, and looked through."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpsync.picture_types import NotAPicture, ending_of

NS = 'xmlns="http://www.w3.org/2000/svg"'
AVIF = b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf"
BMP = b"BM" + bytes(12) + (40).to_bytes(4, "little")


def svg(inside: str = "<rect/>", *, before: str = "", root: str = NS) -> bytes:
    return f"{before}<svg {root}>{inside}</svg>".encode()


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ".png"),
        (b"\xff\xd8\xff\xe0", ".jpg"),
        (b"GIF87a", ".gif"),
        (b"GIF89a", ".gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", ".webp"),
        (b"\x00\x00\x00\x14ftypavif", ".avif"),
        (b"\x00\x00\x00\x14ftypavis", ".avif"),
        (AVIF, ".avif"),
        (BMP, ".bmp"),
        (svg(), ".svg"),
        (svg(root=""), ".svg"),
        (b"\xef\xbb\xbf\n" + svg(before="<!-- A logo -->"), ".svg"),
        (svg(before='<?xml version="1.0" encoding="UTF-8"?>\n'), ".svg"),
        (svg(before='<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">'), ".svg"),
        (svg().decode().encode("utf-16"), ".svg"),
        (svg('<a href="https://example.com/"><text>onload=javascript</text></a>'), ".svg"),
        (svg('<foreignObject><div xmlns="http://www.w3.org/1999/xhtml">Words</div></foreignObject>'), ".svg"),
        (svg('<image href="data:image/png;base64,AAAA"/>'), ".svg"),
    ],
)
def test_a_picture_has_the_ending_of_its_type(data: bytes, ending: str) -> None:
    assert ending_of(data) == ending


UNKNOWN = "it isn't a PNG, JPEG, GIF, WebP, AVIF, BMP or SVG"
PAGE = "it is a web page instead of a picture"
ENTITIES = "an SVG that declares entities of its own"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b"\x89PNG\r\n\x1a\n", "a PNG that ends after its first 8 bytes"),
        (b"<!DOCTYPE HTML><p>", PAGE),
        (b"\n<html lang='en'>", PAGE),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', PAGE),
        (b"%PDF-1.7", UNKNOWN),
        (b"\x1f\x8b\x08", UNKNOWN),
        (b"BM, a text", UNKNOWN),
        (b"RIFF\x00\x00\x00\x00WAVE", UNKNOWN),
        (b"\x00\x00\x00\x14ftypmp42", UNKNOWN),
        (b"<rss/>", UNKNOWN),
        (b"<", UNKNOWN),
        (b'<svg xmlns="http://example.com/"/>', UNKNOWN),
        (b'{"svg": "<svg/>"}', UNKNOWN),
        (b'<?xml version="1.0" encoding="nonsense"?><svg/>', UNKNOWN),
        (svg("<rect>"), "an SVG that is not well-formed (mismatched tag: line 1, column 48)"),
        (svg() + b"<p>", "an SVG that is not well-formed (junk after document element: line 1, column 53)"),
        (svg("<script>alert(1)</script>"), "an SVG with script in it, which can run a script"),
        (svg("<SCRIPT/>"), "an SVG with SCRIPT in it, which can run a script"),
        (svg(f"<s:script {NS.replace('xmlns', 'xmlns:s')}/>"), "an SVG with script in it, which can run a script"),
        (
            svg('<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>'),
            "an SVG with iframe in it, which can run a script",
        ),
        (svg(root=f'{NS} onload="x()"'), "an SVG with a script in the attribute onload"),
        (svg('<rect OnClick="x()"/>'), "an SVG with a script in the attribute OnClick"),
        (svg('<a href=" java&#10;script:x()"/>'), "an SVG with a script in the attribute href"),
        (svg('<a x:href="JavaScript:x()" xmlns:x="urn:x"/>'), "an SVG with a script in the attribute href"),
        (svg('<set attributeName="href" to="javascript:x()"/>'), "an SVG with a script in the attribute to"),
        (svg('<a href="data:text/html,x"/>'), "an SVG with a script in the attribute href"),
        (svg("&a;", before='<!DOCTYPE svg [<!ENTITY a "b">]>'), ENTITIES),
        (svg("&a;", before='<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), ENTITIES),
        (svg("&a;", before='<!DOCTYPE svg [<!ENTITY % a SYSTEM "http://127.0.0.1/">%a;]>'), ENTITIES),
        (svg(before='<?xml-stylesheet href="a.css"?>'), "an SVG with a processing instruction (xml-stylesheet)"),
    ],
)
def test_anything_but_a_harmless_picture_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(NotAPicture) as caught:
        ending_of(data)
    assert str(caught.value) == said


def test_entities_are_never_expanded() -> None:
    grown = "".join(f'<!ENTITY a{number} "{f"&a{number - 1};" * 100}">' for number in range(1, 20))
    with pytest.raises(NotAPicture, match="declares entities"):
        ending_of(svg("&a19;", before=f'<!DOCTYPE svg [<!ENTITY a0 "x">{grown}]>'))


def test_scripts_are_found_at_any_depth() -> None:
    assert ending_of(svg("<g>" * 100_000 + "</g>" * 100_000)) == ".svg"
    with pytest.raises(NotAPicture, match="script"):
        ending_of(svg("<g>" * 100_000 + "<script/>" + "</g>" * 100_000))


@given(st.one_of(st.binary(), st.binary().map(lambda data: svg()[:-6] + data), st.text().map(svg)))
def test_any_bytes_are_a_picture_or_are_refused(data: bytes) -> None:
    with contextlib.suppress(NotAPicture):
        assert ending_of(data).startswith(".")
