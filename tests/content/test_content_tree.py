"""The tree as a whole: collections, sections, translations, and the same meaning in both layouts."""

import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from helpsync.content import source_digest
from helpsync.content.paths import Place, file_of
from helpsync.locales import LOCALES
from helpsync.model import HelpCenter
from helpsync.settings import Layout
from tree_builder import Site, article, article_at, collection, collection_at, layout_config


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_the_first_level_is_a_collection_and_the_second_a_section(site: Site) -> None:
    site.write("billing/invoices/_collection.md", collection("Invoices")).write("billing/invoices/a.md")
    tree = site.read()
    assert tree.findings == ()
    assert tree.files == 4
    section = collection_at(tree, "billing/invoices/")
    assert (section.kind, section.parent) == ("section", "billing/")
    read = article_at(tree, "billing/invoices/a")
    assert (read.parent, read.parent_kind) == ("billing/invoices/", "section")


def test_parents_come_before_what_is_in_them(site: Site) -> None:
    for name in ("a", "billing/invoices", "z", "a/b"):
        site.write(f"{name}/_collection.md", collection())
    addresses = [each.address for each in site.read().help_center.collections]
    assert addresses == ["a/", "a/b/", "billing/", "billing/invoices/", "z/"]


def test_a_section_has_no_description(site: Site) -> None:
    site.write("billing/invoices/_collection.md", collection("Invoices", description="Papers"))
    tree = site.read()
    assert [(each.code, each.severity, str(each.location)) for each in tree.findings] == [
        ("section-description", "warn", "content/billing/invoices/_collection.md:3:1")
    ]
    assert collection_at(tree, "billing/invoices/").labels["en"].description is None


def test_text_below_a_collections_frontmatter_is_a_warning(site: Site) -> None:
    site.write("billing/_collection.md", collection("Billing") + "\n\nAll about money\n")
    assert site.only("collection-body")[0] == (
        "content/billing/_collection.md:6: text below a collection's frontmatter isn't shown anywhere"
    )


def test_a_folder_with_markdown_needs_a_collection_file(site: Site) -> None:
    site.write("start/a.md").write("start/b.md")
    assert site.only("missing-collection") == (
        "content/start/a.md: start/ is not a collection yet: there is no content/start/_collection.md",
        "add content/start/_collection.md with a `name`",
    )


def test_a_folder_above_folders_with_markdown_needs_one_too(site: Site) -> None:
    site.write("start/deep/_collection.md", collection()).write("start/deep/a.md")
    assert "start/ is not a collection yet" in site.only("missing-collection")[0]


def test_in_the_folder_layout_the_missing_file_is_named_in_the_default_locale(tmp_path: Path) -> None:
    site = Site(tmp_path, layout="folder").write("fr/start/a.md")
    messages = [message for code, message, _ in site.found() if code == "missing-collection"]
    assert messages == [
        "content/fr/start/a.md: start/ is not a collection yet: there is no content/en/start/_collection.md"
    ]


def test_a_folder_without_markdown_needs_none(site: Site) -> None:
    site.write("images/logo.png", b"GIF89a").write("billing/images/a/b/c.png", b"GIF89a")
    assert site.found() == []


def test_a_collection_at_the_root_is_an_error(site: Site) -> None:
    site.write("_collection.md", collection()).write("_collection.fr.md", collection())
    assert [code for code, *_ in site.found()] == ["root-collection", "root-collection"]


def test_an_article_at_the_root_is_a_warning_and_has_no_parent(site: Site) -> None:
    site.write("a.md").write("a.fr.md")
    tree = site.read()
    assert [(each.code, each.severity, each.location.path) for each in tree.findings] == [
        ("no-collection", "warn", "content/a.md")
    ]
    assert (article_at(tree, "a").parent, article_at(tree, "a").parent_kind) == (None, None)


def test_a_third_level_is_too_deep_and_left_out(site: Site) -> None:
    for folder in ("billing/invoices", "billing/invoices/old", "billing/invoices/old/er"):
        site.write(f"{folder}/_collection.md", collection()).write(f"{folder}/a.md")
    assert site.only("too-deep") == (
        (
            "content/billing/invoices/old/_collection.md: the folder billing/invoices/old/ is too deep: "
            "API 2.9 has only collections and sections"
        ),
        "move its files to billing/invoices/",
    )
    tree = site.read()
    assert [each.address for each in tree.help_center.articles] == ["billing/invoices/a", "billing/refunds"]
    assert [each.address for each in tree.help_center.collections] == ["billing/", "billing/invoices/"]


@pytest.mark.parametrize("layout", ["suffix", "folder"])
def test_a_collection_has_a_name_in_every_locale_of_its_articles(tmp_path: Path, layout: str) -> None:
    site = Site(tmp_path, layout=layout, rules="")
    at = {"suffix": "{0}.{1}.md", "folder": "{1}/{0}.md"}[layout]
    main = {"suffix": "{}.md", "folder": "en/{}.md"}[layout]
    site.write(main.format("billing/cards/_collection"), collection("Cards")).write(main.format("billing/cards/visa"))
    for name in ("billing/refunds", "billing/cards/visa"):
        site.write(at.format(name, "fr"))
    site.write(at.format("billing/refunds", "de")).write(at.format("billing/_collection", "de"), collection("Geld"))
    assert site.found() == [
        (
            "unnamed-collection",
            f"content/{main.format('billing/_collection')}: billing/ has no name in fr (2 articles)",
            f"add content/{at.format('billing/_collection', 'fr')} with a `name`",
        ),
        (
            "unnamed-collection",
            f"content/{main.format('billing/cards/_collection')}: billing/cards/ has no name in fr (1 article)",
            f"add content/{at.format('billing/cards/_collection', 'fr')} with a `name`",
        ),
    ]
    for name in ("billing/_collection", "billing/cards/_collection"):
        site.write(at.format(name, "fr"), collection("Argent"))
    assert site.found() == []


def test_a_translation_needs_a_file_in_the_default_locale(site: Site) -> None:
    site.write("billing/other.fr.md")
    assert site.only("missing-source") == (
        "content/billing/other.fr.md: this translates content/billing/other.md, which does not exist",
        "add content/billing/other.md, or remove the translation",
    )


@pytest.mark.parametrize(
    ("orphan", "now"),
    [
        ("billing/refund", "billing/refunds"),
        ("start/refunds", "billing/refunds"),
        ("billing/request-refunds", "billing/refunds"),
    ],
)
@pytest.mark.parametrize("layout", ["suffix", "folder"])
def test_a_translation_gets_the_new_name_of_its_source(tmp_path: Path, layout: str, orphan: str, now: str) -> None:
    site = Site(tmp_path, layout=layout)
    path = {"suffix": "{}.fr.md", "folder": "fr/{}.md"}[layout]
    site.write(path.format(orphan))
    if orphan.startswith("start"):
        home = {"suffix": "", "folder": "en/"}[layout]
        site.write(f"{home}start/_collection.md", collection())
    assert f"rename this to content/{path.format(now)}; or add" in f"{site.only('missing-source')[1]}"


def test_a_translation_of_a_file_with_another_name_is_known_by_its_digest(site: Site) -> None:
    site.write("billing/cards.md", article("Cards", "Visa.")).write("billing/money.md", article("Money", "Cash."))
    site.write("billing/old.fr.md", article("Cartes", source=source_digest("Cards", "Visa.")))
    assert "content/billing/cards.md may be its new name" in f"{site.only('missing-source')[1]}"


def test_a_translation_is_of_the_only_article_beside_it_that_lacks_its_locale(site: Site) -> None:
    site.write("billing/refunds.fr.md").write("billing/cards.md").write("billing/plastic.fr.md")
    assert "content/billing/cards.md may be its new name" in f"{site.only('missing-source')[1]}"


def test_an_article_that_has_the_locale_is_not_suggested_as_source(site: Site) -> None:
    site.write("billing/refunds.fr.md").write("billing/refund.fr.md")
    assert site.only("missing-source")[1] == "add content/billing/refund.md, or remove the translation"


def test_a_translation_whose_name_differs_in_case_has_a_hint(site: Site) -> None:
    site.write("billing/Refunds.fr.md")
    assert site.only("missing-source")[1] == (
        "write the name as billing/refunds is written: upper and lower case count"
    )


def test_a_translated_collection_without_its_default_is_one_finding(site: Site) -> None:
    site.write("start/_collection.fr.md", collection())
    assert site.only("missing-collection")[1] == "add content/start/_collection.md with a `name`"


def test_a_translation_that_cannot_be_read_leaves_the_others(site: Site) -> None:
    site.write("billing/refunds.fr.md", "no frontmatter").write("billing/refunds.de.md", article("Erstattungen"))
    assert list(article_at(site.read(), "billing/refunds").translations) == ["en", "de"]


def test_translations_come_in_the_order_of_the_locales(site: Site) -> None:
    for locale in ("pt-BR", "de", "fr"):
        site.write(f"billing/refunds.{locale}.md").write(f"billing/_collection.{locale}.md", collection())
    tree = site.read()
    assert list(article_at(tree, "billing/refunds").translations) == ["en", "fr", "de", "pt-BR"]
    assert list(collection_at(tree, "billing/").labels) == ["en", "fr", "de", "pt-BR"]


INVISIBLE = [
    "",
    " ",
    "<!-- TODO: translate -->",
    "[refunds]: https://example.com",
    "&nbsp;",
    "\u200b",
    "&#8203;\n\n&zwnj;",
    "<details><summary></summary></details>",
    "<p></p>\n\n<br>",
    "---",
    "```\n\n```",
    "> [!NOTE]",
    "<script>alert()</script>",
    "##",
    "****",
]


@pytest.mark.parametrize("body", INVISIBLE)
@pytest.mark.parametrize("file", ["refunds.fr", "cards"])
def test_a_text_that_shows_nothing_is_a_missing_body(site: Site, file: str, body: str) -> None:
    site.configure("state: published").write(f"billing/{file}.md", article("Remboursements", body))
    found = [place for code, place, _ in site.found() if code == "missing-body"]
    assert [place.partition(":")[0] for place in found] == [f"content/billing/{file}.md"]


def test_a_picture_that_is_left_out_does_not_count_as_text(site: Site) -> None:
    site.configure("state: published").write("billing/cards.md", article("Cards", "![]()"))
    assert site.only("missing-image") == (
        "content/billing/cards.md:5: the picture has no address",
        "write its path, or remove it",
    )
    assert [code for code, *_ in site.found(missing_image="warn")] == ["missing-body", "missing-image"]


def test_a_text_that_shows_nothing_is_reported_where_it_begins(site: Site) -> None:
    site.configure("state: published").write("billing/refunds.fr.md", article("Remboursements", "<!-- later -->"))
    assert site.only("missing-body")[0] == (
        "content/billing/refunds.fr.md:5: the translation shows nothing, so readers of fr would see an empty page"
    )


@pytest.mark.parametrize(
    "body", ["!", "`x`", "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "![](https://x.y/a.png)", "©"]
)
def test_a_single_sign_or_picture_is_enough_text(site: Site, body: str) -> None:
    site.configure("state: published").write("billing/refunds.fr.md", article("Remboursements", body))
    assert "missing-body" not in [code for code, *_ in site.found()]


@pytest.mark.parametrize("file", ["refunds.fr", "cards"])
def test_a_draft_may_be_without_text(site: Site, file: str) -> None:
    site.configure("state: published").write(f"billing/{file}.md", article("Later", "", state="draft"))
    assert site.found() == []


def test_a_translation_of_the_present_text_is_not_stale(site: Site) -> None:
    digest = source_digest("Refunds", "## How long\n\nFive days")
    site.write("billing/refunds.fr.md", article(source=digest))
    assert site.found() == []


def test_a_translation_of_an_older_text_is_stale(site: Site) -> None:
    now = source_digest("Refunds", "## How long\n\nFive days")
    site.write("billing/refunds.fr.md", article(source="0123456789ab"))
    assert site.only("stale-translation") == (
        (
            f"content/billing/refunds.fr.md:3:1: the source text changed since this was translated "
            f"(source: 0123456789ab, now {now})"
        ),
        f"bring it up to date, then write `source: {now}`",
    )


def test_a_translation_that_names_no_source_is_never_stale(site: Site) -> None:
    site.write("billing/refunds.fr.md")
    assert site.found() == []


def test_findings_come_in_the_order_of_their_places(site: Site) -> None:
    site.write("b.md", article(body="[x](no.md)\n\n[y](no.md)")).write("a.md", "x").write("z/c.md", "x")
    places = [each.location for each in site.read().findings]
    assert [(place.path, place.line or 0) for place in places] == sorted(
        (place.path, place.line or 0) for place in places
    )
    assert len(places) == 7


def test_a_fixed_finding_keeps_its_severity_whatever_the_rules(site: Site) -> None:
    site.write("billing/a.md", "x")
    assert [each.severity for each in site.read(missing_frontmatter="off").findings] == ["error"]


def test_an_article_in_all_37_locales_is_read(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.config = site.config.replace("[en, fr, de, pt-BR]", f"[{', '.join(LOCALES)}]")
    for locale in set(LOCALES) - {"en"}:
        site.write(f"billing/refunds.{locale}.md", article(f"Title {locale}"))
    translations = article_at(site.read(), "billing/refunds").translations
    assert list(translations) == list(LOCALES)
    assert translations["zh-TW"].title == "Title zh-TW"


names = st.sampled_from(["a", "A b", "ö", "next.js", "日本", "b-c", "b", "b0"])
trees = st.dictionaries(
    st.tuples(st.lists(names, max_size=2).map(tuple), names),
    st.sets(st.sampled_from(["fr", "de", "pt-BR"])),
    min_size=1,
    max_size=6,
)


def _write(site: Site, articles: dict[tuple[tuple[str, ...], str], set[str]], layout: Layout) -> None:
    def put(address: str, locale: str, text: str) -> None:
        site.write(file_of(Place(address, locale), layout_config(layout)), text)

    known = ["/".join([*folders, name]) for folders, name in articles]
    for (folders, name), locales in articles.items():
        for end in range(len(folders)):
            for locale in ("en", *locales):
                put("".join(f"{part}/" for part in folders[: end + 1]), locale, collection(f"Name {locale}"))
        links = "\n\n".join(f"## Head {i}\n\n[to](/{quote(path)}.md#head-0)" for i, path in enumerate(known))
        for locale in ("en", *locales):
            put("/".join([*folders, name]), locale, article(f"Title {locale}", links))


def _meaning(center: HelpCenter) -> object:
    """Return all but where things were read from."""
    return (
        [
            (each.address, each.kind, each.parent, [(label.locale, label.name) for label in each.labels.values()])
            for each in center.collections
        ],
        [
            (
                each.address,
                each.parent,
                each.parent_kind,
                [
                    (one.locale, one.title, one.body and (one.body.html, [link.target for link in one.body.links]))
                    for one in each.translations.values()
                ],
            )
            for each in center.articles
        ],
    )


@examples(25)
@given(articles=trees)
def test_both_layouts_mean_the_same(articles: dict[tuple[tuple[str, ...], str], set[str]]) -> None:
    meanings = []
    layouts: tuple[Layout, ...] = ("suffix", "folder")
    for layout in layouts:
        with tempfile.TemporaryDirectory() as root:
            site = Site(Path(root), layout=layout)
            _write(site, articles, layout)
            tree = site.read()
            assert {each.code for each in tree.findings} <= {"no-collection"}
            meanings.append(_meaning(tree.help_center))
    assert meanings[0] == meanings[1]


@examples(60)
@given(data=st.binary(max_size=200), head=st.sampled_from([b"", b"---\n", b"---\ntitle: a\n---\n", b"---\nid: "]))
def test_any_bytes_are_read_or_explained(data: bytes, head: bytes) -> None:
    with tempfile.TemporaryDirectory() as root:
        site = Site(Path(root)).write("billing/a.md", head + data)
        tree = site.read()
    assert tree.errors or any(each.address == "billing/a" for each in tree.help_center.articles)
