from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from grouped import grouped
from helpsync.markdown.addresses import is_video_host, player_of, video_link, video_on_line

PLAYER = "https://www.youtube.com/embed/mpR8ngthqiE"
LOOM = "0281766fa2d04bb788eaf19e65135184"

KNOWN = [
    ("https://www.youtube.com/watch?v=mpR8ngthqiE", PLAYER),
    ("http://youtube.com/watch?v=mpR8ngthqiE&feature=share&ab_channel=A", PLAYER),
    ("https://m.youtube.com/watch?app=desktop&v=mpR8ngthqiE", PLAYER),
    ("https://music.youtube.com/watch?v=mpR8ngthqiE", PLAYER),
    ("HTTPS://WWW.YouTube.com/watch?v=mpR8ngthqiE", PLAYER),
    ("https://youtu.be/mpR8ngthqiE?si=x_Y-1", PLAYER),
    ("https://www.youtube.com/shorts/mpR8ngthqiE", PLAYER),
    ("https://www.youtube.com/live/mpR8ngthqiE?feature=share", PLAYER),
    ("https://www.youtube.com/embed/mpR8ngthqiE", PLAYER),
    ("https://www.youtube.com/embed/mpR8ngthqiE?start=90", f"{PLAYER}?start=90"),
    ("https://www.youtube.com/watch?v=mpR8ngthqiE&t=90", f"{PLAYER}?start=90"),
    ("https://www.youtube.com/watch?v=mpR8ngthqiE&t=90s", f"{PLAYER}?start=90"),
    ("https://www.youtube.com/watch?t=1m30s&v=mpR8ngthqiE", f"{PLAYER}?start=90"),
    ("https://youtu.be/mpR8ngthqiE?t=1h0m5s", f"{PLAYER}?start=3605"),
    ("https://www.youtube.com/watch?v=mpR8ngthqiE#t=2m", f"{PLAYER}?start=120"),
    ("https://youtu.be/mpR8ngthqiE?t=0", PLAYER),
    ("https://youtu.be/mpR8ngthqiE?t=soon", PLAYER),
    ("https://www.youtube-nocookie.com/embed/a_b-c?start=3", "https://www.youtube-nocookie.com/embed/a_b-c?start=3"),
    ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871"),
    ("https://vimeo.com/channels/staffpicks/76979871", "https://player.vimeo.com/video/76979871"),
    ("https://vimeo.com/groups/shorts/videos/76979871", "https://player.vimeo.com/video/76979871"),
    ("https://vimeo.com/showcase/1234/video/76979871", "https://player.vimeo.com/video/76979871"),
    ("https://vimeo.com/76979871/8272103f6e?share=copy", "https://player.vimeo.com/video/76979871?h=8272103f6e"),
    ("https://player.vimeo.com/video/76979871?h=8272103f6e", "https://player.vimeo.com/video/76979871?h=8272103f6e"),
    ("https://vimeo.com/76979871#t=1m30s", "https://player.vimeo.com/video/76979871#t=90s"),
    (f"https://www.loom.com/share/{LOOM}?sid=7d3a", f"https://www.loom.com/embed/{LOOM}"),
    (f"https://www.loom.com/share/How-to-invite-{LOOM}", f"https://www.loom.com/embed/{LOOM}"),
    (f"https://www.loom.com/embed/{LOOM}", f"https://www.loom.com/embed/{LOOM}"),
    ("https://acme.wistia.com/medias/26sk4lmiix", "https://fast.wistia.net/embed/iframe/26sk4lmiix"),
    ("https://fast.wistia.net/embed/iframe/26sk4lmiix", "https://fast.wistia.net/embed/iframe/26sk4lmiix"),
    ("https://fast.wistia.com/embed/iframe/26sk4lmiix", "https://fast.wistia.com/embed/iframe/26sk4lmiix"),
    ("https://share.vidyard.com/watch/abC_1-2", "https://play.vidyard.com/abC_1-2.html"),
    ("https://acme.hubs.vidyard.com/watch/abC_1-2", "https://play.vidyard.com/abC_1-2.html"),
    ("https://play.vidyard.com/abC_1-2.html", "https://play.vidyard.com/abC_1-2.html"),
    (
        "https://streamio.com/api/v1/videos/4d7/public_show?player_id=5a",
        "https://streamio.com/api/v1/videos/4d7/public_show?player_id=5a",
    ),
]

FOREIGN = [
    "",
    "https://",
    "youtube.com/watch?v=mpR8ngthqiE",
    "https://youtube.com.evil.example/watch?v=mpR8ngthqiE",
    "https://evilyoutube.com/watch?v=mpR8ngthqiE",
    "https://evil.youtube.com/watch?v=mpR8ngthqiE",
    "https://youtube.com@evil.example/watch?v=mpR8ngthqiE",
    "https://evil.example#@youtube.com/watch?v=mpR8ngthqiE",
    "https://youtube.com\\@evil.example/watch?v=mpR8ngthqiE",
    "https://youtube.com:443/watch?v=mpR8ngthqiE",
    "https://youtube.com./watch?v=mpR8ngthqiE",
    "ftp://youtube.com/watch?v=mpR8ngthqiE",
    "javascript://youtube.com/watch?v=%0aalert(1)",
    "https://www.youtube.com/",
    "https://www.youtube.com/@acme",
    "https://www.youtube.com/watch",
    "https://www.youtube.com/watch?list=PL1",
    "https://www.youtube.com/watch?v=a%22b",
    "https://www.youtube.com/playlist?list=PL1",
    "https://www.youtube.com/embed/videoseries?list=PL1",
    "https://vimeo.com/about",
    "https://vimeo.com/video/76979871",
    "https://player.vimeo.com/76979871",
    "https://vimeo.com/76979871?h=a%22b",
    "https://www.loom.com/pricing",
    "https://wistia.com/medias/26sk4lmiix",
    "https://acme.wistia.com/projects/1",
    "https://www.vidyard.com/pricing",
    "https://vidyard.com/watch/abc",
    "https://streamio.com/",
    'https://streamio.com/a"onload=alert(1)',
    "https://example.com/watch?v=mpR8ngthqiE",
]


@grouped(("link", "player"), KNOWN)
def test_a_link_to_a_video_leads_to_its_player(link: str, player: str) -> None:
    assert player_of(link) == player


@grouped("link", FOREIGN)
def test_any_other_link_is_no_video(link: str) -> None:
    assert player_of(link) is None


@grouped(
    ("player", "link"),
    [
        (PLAYER, "https://www.youtube.com/watch?v=mpR8ngthqiE"),
        (f"{PLAYER}?start=90", "https://www.youtube.com/watch?v=mpR8ngthqiE&t=90s"),
        ("https://www.youtube-nocookie.com/embed/a_b", "https://www.youtube-nocookie.com/embed/a_b"),
        ("https://player.vimeo.com/video/76979871?h=8272103f6e", "https://vimeo.com/76979871/8272103f6e"),
        ("https://player.vimeo.com/video/76979871#t=90s", "https://vimeo.com/76979871#t=90s"),
        (f"https://www.loom.com/embed/{LOOM}", f"https://www.loom.com/share/{LOOM}"),
        ("https://fast.wistia.net/embed/iframe/26sk", "https://fast.wistia.net/embed/iframe/26sk"),
        ("https://play.vidyard.com/abC_1.html", "https://share.vidyard.com/watch/abC_1"),
    ],
)
def test_a_player_comes_back_as_the_link_a_person_would_write(player: str, link: str) -> None:
    assert video_link(player) == link


@grouped(
    "player",
    [
        f"{PLAYER}?rel=0",
        f"{PLAYER}?start=0",
        f"{PLAYER}?start=007",
        f"{PLAYER}?",
        f"{PLAYER}#",
        "//www.youtube.com/embed/mpR8ngthqiE",
        "http://www.youtube.com/embed/mpR8ngthqiE",
        "https://youtube.com/embed/mpR8ngthqiE",
        "https://www.youtube.com/embed/videoseries?list=PL1",
        "https://player.vimeo.com/video/76979871?autoplay=1",
        "https://player.vimeo.com/video/76979871?h=",
        "https://play.vidyard.com/abc.html?v=3",
        "https://fast.wistia.net/embed/iframe/26sk?videoFoam=true",
        "https://example.com/embed/1",
    ],
)
def test_a_player_that_no_link_says_exactly_has_none(player: str) -> None:
    assert video_link(player) is None


NAMES = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=12)
HOSTS = [
    *("www.youtube.com", "youtu.be", "www.youtube-nocookie.com", "vimeo.com", "player.vimeo.com", "www.loom.com"),
    *("acme.wistia.com", "fast.wistia.com", "fast.wistia.net", "share.vidyard.com", "play.vidyard.com"),
    *("streamio.com", "a.streamio.com"),
]
PATHS = [
    *("/", "/watch?v=", "/embed/", "/shorts/", "/video/", "/share/", "/share/A-b-", "/medias/", "/embed/iframe/"),
    *("/watch/", "/76979871/"),
]
PARAMETERS = st.sampled_from(["", "?t=90", "?start=5", "?h=ab1", "?rel=0", "?t=1m", "?", "?v=x", "?player_id=5&x=%20"])
LINKS = st.builds(
    lambda host, path, name, end, parameters, fragment: f"https://{host}{path}{name}{end}{parameters}{fragment}",
    st.sampled_from(HOSTS),
    st.sampled_from(PATHS),
    NAMES | st.integers(0, 10**9).map(str),
    st.sampled_from(["", "/", ".html"]),
    PARAMETERS,
    st.sampled_from(["", "#", "#t=30s", "#t=1m"]),
)


@given(LINKS)
def test_every_player_that_a_link_makes_has_a_link_that_leads_back_to_it(url: str) -> None:
    player = player_of(url)
    if player is None:
        return
    link = video_link(player)
    assert link is not None
    assert player_of(link) == player
    assert video_on_line(link) == player
    assert is_video_host(player)


@given(LINKS | st.text())
def test_a_link_that_is_named_for_a_player_leads_to_exactly_that_player(src: str) -> None:
    link = video_link(src)
    assert link is None or player_of(link) == src


@given(st.text(), st.sampled_from(["", "https://www.youtube.com/", "https://streamio.com/", "https://vimeo.com/"]))
def test_no_player_holds_a_sign_that_could_end_an_attribute(text: str, start: str) -> None:
    assert not set(player_of(start + text) or "") & set("<>\"'` \t\n\r\\")


@grouped(
    "line",
    [
        "https://youtu.be/mpR8ngthqiE",
        "  <https://youtu.be/mpR8ngthqiE>  ",
        "https://www.youtube.com/watch?app=m&amp;v=mpR8ngthqiE",
    ],
)
def test_a_link_alone_on_its_line_is_a_video(line: str) -> None:
    assert video_on_line(line) == PLAYER


@grouped(
    "line",
    [
        "",
        "See https://youtu.be/mpR8ngthqiE",
        "https://youtu.be/mpR8ngthqiE.",
        "https://youtu.be/mpR8ngthqiE https://youtu.be/mpR8ngthqiE",
        "<https://youtu.be/mpR8ngthqiE",
        "[a](https://youtu.be/mpR8ngthqiE)",
        "https://example.com/",
    ],
)
def test_a_line_with_anything_else_is_no_video(line: str) -> None:
    assert video_on_line(line) is None


@grouped(
    "src",
    [
        PLAYER,
        "https://www.youtube.com/embed/videoseries?list=PL1&rel=0",
        "https://player.vimeo.com/video/1?h=2#t=3s",
        "https://fast.wistia.net/embed/iframe/x?videoFoam=true",
        "https://streamio.com/api/v1/videos/1/public_show",
        "https://YOUTUBE.com",
    ],
)
def test_a_frame_of_a_known_host_may_be_kept(src: str) -> None:
    assert is_video_host(src)


@grouped(
    "src",
    [
        "",
        "http://www.youtube.com/embed/x",
        "//www.youtube.com/embed/x",
        "javascript:alert(1)//https://www.youtube.com/",
        "https://youtube.com.evil.example/embed/x",
        "https://notyoutube.com/embed/x",
        "https://youtube.com@evil.example/",
        "https://user:word@youtube.com/embed/x",
        "https://evil.example\\.youtube.com/",
        "https://youtube.com\\.evil.example/",
        "https://youtube.com:8443/embed/x",
        "https://youtube.com./embed/x",
        "https:\n//youtube.com/embed/x",
        "https://youtube.com/embed/x\x00",
        "https://evil.example/https://youtube.com/",
        " https://youtube.com/embed/x",
        "https://ｙoutube.com/embed/x",
    ],
)
def test_a_frame_of_any_other_address_may_not_be_kept(src: str) -> None:
    assert not is_video_host(src)
