"""What a file says about itself, and what is said about what can't be read."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from helpsync.errors import Location
from tree_builder import Site, article, article_at, collection, collection_at


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_every_key_of_an_article_is_read(site: Site) -> None:
    keys = {"description": "One line", "author": "docs@example.com", "state": "published", "id": "77"}
    site.write("billing/a.md", article('"No: quotes"', "Body", **keys))
    read = article_at(site.read(pins_for="production"), "billing/a")
    english = read.translations["en"]
    assert (english.title, english.description, english.author, english.state) == (
        "No: quotes",
        "One line",
        "docs@example.com",
        "published",
    )
    assert read.pin == "77"
    assert read.managed
    assert (read.parent, read.parent_kind) == ("billing/", "collection")


def test_an_absent_key_is_none(site: Site) -> None:
    english = article_at(site.read(), "billing/refunds").translations["en"]
    assert (english.description, english.author, english.state) == (None, None, None)


def test_every_key_of_a_collection_is_read(site: Site) -> None:
    site.write("billing/_collection.md", collection("Billing", description="Money", id="5"))
    site.write("billing/_collection.fr.md", collection("Facturation"))
    read = collection_at(site.read(pins_for="production"), "billing/")
    assert (read.kind, read.pin, read.parent) == ("collection", "5", None)
    assert (read.labels["en"].name, read.labels["en"].description) == ("Billing", "Money")
    assert (read.labels["fr"].name, read.labels["fr"].description) == ("Facturation", None)


@pytest.mark.parametrize("author", ["12345", '"12345"', "012", "Ada Lovelace", "ada@example.com"])
def test_an_author_is_text_however_it_is_written(site: Site, author: str) -> None:
    site.write("billing/a.md", article(author=author))
    assert article_at(site.read(), "billing/a").translations["en"].author == author.strip('"')


def test_a_source_digest_of_digits_alone_is_text(site: Site) -> None:
    site.write("billing/refunds.fr.md", article(source="12e456789012"))
    assert "(source: 12e456789012, now " in site.only("stale-translation")[0]


@pytest.mark.parametrize(
    ("remote", "pin", "expected"),
    [
        ("production", "7", "7"),
        ("staging", "7", None),
        ("sandbox", "7", None),
        ("staging", "{staging: 8}", "8"),
        ("production", "{staging: 8}", None),
        ("production", "{production: 1, staging: 2}", "1"),
        ("sandbox", "{production: 1}", None),
    ],
)
def test_a_pin_is_for_the_remote_that_it_names(site: Site, remote: str, pin: str, expected: str | None) -> None:
    site.write("billing/a.md", article(id=pin))
    assert article_at(site.read(pins_for=remote), "billing/a").pin == expected


def test_a_pin_for_an_unknown_remote_is_an_error(site: Site) -> None:
    site.write("billing/a.md", article(id="{stagging: 8}"))
    assert site.only("bad-frontmatter") == (
        "content/billing/a.md:3:6: helpsync.yaml has no remote `stagging`",
        "did you mean `staging`?",
    )


def test_two_files_with_one_id_are_both_named(site: Site) -> None:
    site.write("billing/a.md", article(id="7")).write("billing/b.md", article(id="{production: 7}"))
    assert site.only("duplicate-id") == (
        "content/billing/b.md:3:1: the id 7 is pinned here and in content/billing/a.md:3:1",
        "one item has one file: remove one of the two ids",
    )


def test_one_id_on_two_remotes_is_not_a_duplicate(site: Site) -> None:
    site.write("billing/a.md", article(id="7")).write("billing/b.md", article(id="{staging: 7}"))
    site.write("billing/_collection.md", collection(id="7"))
    assert site.found() == []


def test_an_article_that_is_not_synced_is_unmanaged_and_its_text_is_not_judged(site: Site) -> None:
    site.write("billing/a.md", article(body="[x](nowhere.md) [y](#no)", sync="false"))
    tree = site.read()
    assert tree.findings == ()
    assert not article_at(tree, "billing/a").managed


@pytest.mark.parametrize(
    ("keys", "code", "message", "hint"),
    [
        ({"titel": "x"}, "unknown-key", "3:1: unknown key `titel`", "did you mean `title`?"),
        (
            {"locale": "fr"},
            "unknown-key",
            "3:1: unknown key `locale`",
            "the locale is in the name or the folder of the file",
        ),
        ({"state": "live"}, "bad-frontmatter", "3:8: `state` must be draft or published, not `live`", None),
        ({"sync": "no"}, "bad-frontmatter", "3:7: `sync` must be true or false, not `no`", "write `sync: false`"),
        ({"description": "7"}, "bad-frontmatter", "3:14: `description` must be text, not `7`", 'quotes: "7"'),
        ({"description": "''"}, "bad-frontmatter", "3:14: `description` is empty", "or remove the key"),
        ({"author": "[a]"}, "bad-frontmatter", "3:9: `author` must be an email, a name or an admin id", None),
        ({"id": "seven"}, "bad-frontmatter", "3:5: `id` must be a number above 0, or a mapping of remotes", None),
        ({"id": "0"}, "bad-frontmatter", "3:5: `id` must be a number above 0", None),
        ({"id": "00"}, "bad-frontmatter", "3:5: `id` must be a number above 0", None),
        ({"id": "-3"}, "bad-frontmatter", "3:5: `id` must be a number above 0", None),
        ({"id": "true"}, "bad-frontmatter", "3:5: `id` must be a number above 0", None),
        ({"id": "{production: 0}"}, "bad-frontmatter", "3:18: `id.production` must be a number above 0", None),
        ({"id": "{production: x}"}, "bad-frontmatter", "3:18: `id.production` must be a number", None),
        ({"id": "1.5"}, "bad-frontmatter", "3:5: `id` must be a number above 0, or a mapping of remotes", None),
        ({"source": "abc"}, "misplaced-key", "3:1: `source` has a meaning only in a translation", "remove the line"),
        ({"description": "a: b"}, "bad-frontmatter", "3:15: the YAML can't be read", "needs quotes"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_place(
    site: Site, keys: dict[str, str], code: str, message: str, hint: str | None
) -> None:
    site.write("billing/a.md", article(**keys))
    said, advice = site.only(code)
    assert said.startswith(f"content/billing/a.md:{message}")
    assert hint is None or hint in (advice or "")


@pytest.mark.parametrize("key", ["id", "sync"])
def test_some_keys_belong_in_the_file_of_the_default_locale(site: Site, key: str) -> None:
    site.write("billing/refunds.fr.md", article(**{key: {"id": "7", "sync": "false"}[key]}))
    message, hint = site.only("misplaced-key")
    assert message.endswith(f":3:1: `{key}` has a meaning only in the file of the default locale en")
    assert hint == "remove the line"


def test_a_key_twice_is_an_error(site: Site) -> None:
    site.write("billing/a.md", "---\ntitle: A\ntitle: B\n---\nText\n")
    assert site.only("bad-frontmatter")[0] == (
        "content/billing/a.md:3:1: the key `title` appears twice, first on line 2"
    )


def test_all_problems_of_a_file_are_reported_at_once(site: Site) -> None:
    site.write("billing/a.md", "---\nstate: x\nfoo: 1\nid: [1]\n---\nText\n")
    assert [code for code, *_ in site.found()] == ["missing-title", "bad-frontmatter", "unknown-key", "bad-frontmatter"]


def test_keys_of_other_tools_can_be_listed_and_others_stay_errors(site: Site) -> None:
    site.configure("ignore_keys: [sidebar_position, no, title]")
    site.write("billing/_collection.md", collection("Billing", sidebar_position="3"))
    site.write("billing/a.md", "---\ntitle: A\nsidebar_position: {a: [1]}\nno: x\nsidebar_label: B\n---\nText\n")
    message, hint = site.only("unknown-key")
    assert message == "content/billing/a.md:5:1: unknown key `sidebar_label`"
    assert f"{hint}".endswith("a key of another tool can be listed in `ignore_keys` in helpsync.yaml")
    assert article_at(site.read(), "billing/a").translations["en"].title == "A"


@pytest.mark.parametrize(
    ("line", "column", "left"),
    [
        ("title: Fix for issue #5 and more", 22, "Fix for issue"),
        ("title: C # basics", 10, "C"),
        ("title: Refunds\t#all", 16, "Refunds"),
        ("title: Refunds  # TODO: shorten", 17, "Refunds"),
        ("title: 'Refunds'\ndescription: Issue #5", 20, "Issue"),
        ('title: "Pro" #2 plan', 14, "Pro"),
        ("title: 'Pro' #plans", 14, "Pro"),
        ("title: Fix for\n  #5 and more", 3, "Fix for"),
        ("title: &new Refunds", 8, "Refunds"),
        ("title: ! Read this", 8, "Read this"),
        ('title: A\ndescription: &more "more"', 14, "more"),
    ],
)
def test_a_text_that_a_comment_cuts_is_an_error_where_the_comment_begins(
    site: Site, line: str, column: int, left: str
) -> None:
    site.write("billing/a.md", f"---\n{line}\n---\nText\n")
    message, hint = site.only("cut-text")
    last = 1 + len(line.split("\n"))
    assert message.startswith(f"content/billing/a.md:{last}:{column}: ")
    assert f"only `{left}`" in message
    assert f"{hint}".startswith("put the text in quotes")


def test_a_text_over_several_lines_is_cut_where_its_last_line_is(site: Site) -> None:
    site.write("billing/a.md", "---\ntitle: Fix for\n  issue #5\n---\nText\n")
    assert site.only("cut-text")[0].startswith("content/billing/a.md:3:9: ")


def test_a_collection_s_name_is_cut_by_a_comment_too(site: Site) -> None:
    site.write("billing/_collection.md", "---\nname: Room #5\n---\n")
    assert site.only("cut-text")[0].startswith("content/billing/_collection.md:2:12: ")


@pytest.mark.parametrize(
    "head",
    [
        'title: "Issue #5"',
        "title: 'Issue #5' # quoted",
        "title: 'Issue #5' #",
        "title: 'Issue #5' ## quoted",
        "title: 'Issue #5' #title: Issue 4",
        "title: C#",
        "title: Issue#5",
        "title: Issue\n  # more of them",
        "title: &name Refunds\ndescription: *name",
        "# about the title\ntitle: A",
        "title: A\n# at the end",
        "title: >- # folded\n  Issue #5",
        "title: A\nstate: draft # until May",
    ],
)
def test_a_comment_that_does_not_cut_a_text_is_fine(site: Site, head: str) -> None:
    site.write("billing/a.md", f"---\n{head}\n---\nText\n")
    assert site.found() == []


@pytest.mark.parametrize("title", ["\u200b", "\\u200b", "\\x07", "\u2060\ufeff", "\u3164", "\ufe0f", "\\e"])
def test_a_title_that_shows_nothing_is_missing(site: Site, title: str) -> None:
    site.write("billing/a.md", f'---\ntitle: "{title}"\n---\nText\n')
    assert site.only("bad-frontmatter")[0] == "content/billing/a.md:2:8: `title` shows nothing"


def test_a_control_character_in_a_title_is_named(site: Site) -> None:
    site.write("billing/a.md", '---\ntitle: "A\\x07B"\n---\nText\n')
    message, _ = site.only("control-character")
    assert message == "content/billing/a.md:2:8: the `title` contains a control character (U+0007)"


@pytest.mark.parametrize(
    ("sign", "named"),
    [
        ("\t", "a tab (U+0009)"),
        ("\\t", "a tab (U+0009)"),
        ("\\x07", "a control character (U+0007)"),
        *((sign, f"an invisible character (U+{ord(sign):04X})") for sign in "\u202e\u200b\u2060\u00ad\ufeff"),
        ("\U000e0041", "an invisible character (U+E0041)"),
    ],
)
def test_an_invisible_character_in_a_text_is_named(site: Site, sign: str, named: str) -> None:
    site.write("billing/a.md", f'---\ntitle: Title\ndescription: "A{sign}B"\n---\nText\n')
    site.write("billing/_collection.md", f'---\nname: "A{sign}B"\n---\n')
    assert [(code, message) for code, message, _ in site.found()] == [
        ("control-character", f"content/billing/_collection.md:2:7: the `name` contains {named}"),
        ("control-character", f"content/billing/a.md:3:14: the `description` contains {named}"),
    ]


@pytest.mark.parametrize(
    "title",
    [
        *("می\u200cخواهم", "שלום\u200f!", "A\u200eB", "\u2067עברית\u2069", "👩\u200d💻", "❤\ufe0f"),
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f England",
    ],
)
def test_signs_that_scripts_and_emoji_need_are_fine(site: Site, title: str) -> None:
    site.write("billing/a.md", f"---\ntitle: {title}\n---\nText\n")
    assert site.found() == []


def test_control_characters_of_a_body_are_named_once_for_each_line(site: Site) -> None:
    site.write("billing/a.md", "---\ntitle: A\n---\n\nA\x07B\x08\n\tC\u202fD\n\n```\n\x1b[1m\n```\n\nE\x85F\n")
    assert [(code, message) for code, message, _ in site.found()] == [
        ("control-character", "content/billing/a.md:5:2: the text contains a control character (U+0007)"),
        ("control-character", "content/billing/a.md:9:1: the text contains a control character (U+001B)"),
        ("control-character", "content/billing/a.md:12:2: the text contains a control character (U+0085)"),
    ]


@pytest.mark.parametrize(
    ("value", "said"), [("!important Read", "the tag `!important` is"), ("*ref", "the alias *ref names nothing")]
)
def test_a_text_that_begins_with_a_sign_of_yaml_needs_quotes(site: Site, value: str, said: str) -> None:
    site.write("billing/a.md", f"---\ntitle: {value}\n---\nText\n")
    message, hint = site.only("bad-frontmatter")
    assert message.startswith(f"content/billing/a.md:2:8: {said}")
    assert f"{hint}".endswith("needs quotes")


@pytest.mark.parametrize("head", ["", "# nothing\n", "state: draft\n"])
def test_an_article_needs_a_title(site: Site, head: str) -> None:
    site.write("billing/a.md", f"---\n{head}---\nText\n")
    assert site.only("missing-title") == ("content/billing/a.md:1:1: `title` is missing", "add `title:`")
    assert [each.address for each in site.read().help_center.articles] == ["billing/refunds"]


def test_a_collection_needs_a_name_and_a_title_is_none(site: Site) -> None:
    site.write("billing/_collection.md", article("Billing", body=""))
    assert site.found() == [
        ("missing-title", "content/billing/_collection.md:1:1: `name` is missing", "add `name:`"),
        (
            "unknown-key",
            "content/billing/_collection.md:2:1: unknown key `title`",
            "a collection has a `name`; a key of another tool can be listed in `ignore_keys` in helpsync.yaml",
        ),
    ]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("# Title\n\nText\n", "the file has no frontmatter", "begin the file with a line ---, then `title: …`"),
        ("", "the file has no frontmatter", "begin the file with a line ---"),
        ("\n\n---\ntitle: A\n---\n", "there is something before the frontmatter", "begin line 1 with ---"),
        ("---\ntitle: A\n\nText\n", "the frontmatter has no end", "put a line --- after the last key"),
        ("----\ntitle: A\n----\n", "the file has no frontmatter", "begin the file with a line ---"),
    ],
)
def test_missing_frontmatter_is_explained(site: Site, text: str, message: str, hint: str) -> None:
    site.write("billing/a.md", text)
    said, advice = site.only("missing-frontmatter")
    assert said == f"content/billing/a.md:1: {message}"
    assert hint in (advice or "")


def test_frontmatter_that_is_a_list_is_refused(site: Site) -> None:
    site.write("billing/a.md", "---\n- title\n---\n")
    assert site.only("bad-frontmatter") == (
        "content/billing/a.md:2:1: the frontmatter is a list, not keys and values",
        "write `key: value` lines",
    )


def test_lines_of_the_body_are_those_of_the_file(site: Site) -> None:
    site.write("billing/a.md", "---\ntitle: A\n\n\ndescription: B\n---\n\n\n[x](gone.md)\n")
    assert site.only("broken-link")[0].startswith("content/billing/a.md:9")


def test_the_source_keeps_the_body_as_it_is(site: Site) -> None:
    site.write("billing/a.md", "---\ntitle: A\n---\n    code first\n\ntext\n---\nmore  \n")
    source = article_at(site.read(), "billing/a").translations["en"].source
    assert source is not None
    assert source.text == "    code first\n\ntext\n---\nmore  \n"
    assert source.at("title") == Location("content/billing/a.md", 2, 1)
    assert source.at("state") == Location("content/billing/a.md", 1)


def test_a_byte_order_mark_and_other_line_ends_are_read(site: Site) -> None:
    for name, end in (("a", "\r\n"), ("b", "\r")):
        site.write(f"billing/{name}.md", "\ufeff" + article(body="One\n\nTwo").replace("\n", end))
    tree = site.read()
    assert tree.findings == ()
    sources = [article_at(tree, f"billing/{name}").translations["en"].source for name in "ab"]
    assert [source and source.text for source in sources] == ["\nOne\n\nTwo\n"] * 2


def test_the_blob_is_the_id_that_git_gives_the_file(site: Site) -> None:
    text = article(body="Ünï\r\n").encode()
    site.write("billing/a.md", text)
    source = article_at(site.read(), "billing/a").translations["en"].source
    assert source is not None
    assert source.blob == hashlib.sha1(b"blob %d\0" % len(text) + text).hexdigest()
    path = site.root / "content/billing/a.md"
    said = subprocess.run(["git", "hash-object", "--no-filters", path], capture_output=True, text=True, check=True)
    assert source.blob == said.stdout.strip()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (article(body="caf\u00e9").encode("latin-1"), "5:4: the file is not UTF-8 text: byte 0xe9"),
        (article().encode("utf-16"), "1:1: the file is not UTF-8 text: UTF-16"),
        (article(body="a\0b").encode(), "5:2: the file has a zero byte: it is not text"),
    ],
)
def test_a_file_that_is_not_utf_8_text_is_named_with_its_place(site: Site, data: bytes, message: str) -> None:
    site.write("billing/a.md", data)
    assert site.only("bad-encoding") == (f"content/billing/a.md:{message}", "save the file as UTF-8")


def test_a_huge_file_is_not_read(site: Site) -> None:
    site.write("billing/a.md", article(body="x" * 21_000_000))
    assert site.only("huge-file")[0] == "content/billing/a.md: the file has 21.0 MB, more than 20 MB"


def test_a_file_that_cannot_be_opened_is_a_finding(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write("billing/a.md")
    read_bytes = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "a.md":
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert site.only("unreadable-file")[0] == "content/billing/a.md: the file can't be opened: Permission denied"
