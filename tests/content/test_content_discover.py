"""Which files are content, and what is said about those that can't be."""

import os
import unicodedata
from pathlib import Path

import pytest

from helpsync.errors import ConfigError
from tree_builder import Site, article, article_at, collection


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def addresses(site: Site) -> list[str | None]:
    return [each.address for each in site.read().help_center.articles]


def test_articles_come_in_the_order_of_their_addresses(site: Site) -> None:
    for name in ("z", "a", "m.fr", "m"):
        site.write(f"billing/{name}.md")
    assert addresses(site) == ["billing/a", "billing/m", "billing/refunds", "billing/z"]


def test_hidden_and_private_files_are_not_content(site: Site) -> None:
    for path in ("billing/.draft.md", "billing/_note.md", ".git/a.md", "_drafts/b.md", "billing/picture.png"):
        site.write(path, "no content")
    assert site.found() == []
    assert addresses(site) == ["billing/refunds"]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("drafts/**", "drafts/deep/er/a.md"),
        ("drafts", "drafts/a.md"),
        ("drafts/", "drafts/a.md"),
        ("**/old.md", "billing/old.md"),
        ("**/old.md", "old.md"),
        ("billing/*.draft.md", "billing/a.draft.md"),
        ("billing/?.md", "billing/x.md"),
        ("**/*.tmp.md", "billing/x.tmp.md"),
    ],
)
def test_a_path_that_ignore_matches_is_not_content(site: Site, pattern: str, path: str) -> None:
    site.write(path, "no frontmatter").configure(f'ignore: ["{pattern}"]')
    assert site.found() == []


@pytest.mark.parametrize(("pattern", "path"), [("*.md", "billing/a.md"), ("bill", "billing/a.md"), ("a+", "aa.md")])
def test_a_path_that_ignore_does_not_match_is_content(site: Site, pattern: str, path: str) -> None:
    site.write(path, "no frontmatter").configure(f'ignore: ["{pattern}"]')
    assert "missing-frontmatter" in [code for code, *_ in site.found()]


def test_in_the_folder_layout_a_pattern_may_leave_the_locale_out(tmp_path: Path) -> None:
    site = Site(tmp_path, layout="folder").write("fr/drafts/a.md", "no frontmatter").configure("ignore: [drafts/**]")
    assert site.found() == []


def test_a_missing_content_folder_is_a_configuration_error(site: Site) -> None:
    site.configure("content: elsewhere")
    with pytest.raises(ConfigError, match="the content folder elsewhere does not exist"):
        site.read()


def test_an_empty_content_folder_removes_nothing(site: Site) -> None:
    (site.root / "empty").mkdir()
    site.configure("content: empty")
    with pytest.raises(ConfigError, match=r"the content folder empty has no \.md files"):
        site.read()


def test_a_tree_in_the_other_layout_is_a_configuration_error(site: Site) -> None:
    site.config = site.config.replace("suffix", "folder")
    with pytest.raises(ConfigError) as caught:
        site.read()
    assert caught.value.hint == "content/billing/_collection.md: the folder billing is not a locale that Intercom knows"


def test_a_tree_without_the_default_locale_is_a_configuration_error(tmp_path: Path) -> None:
    site = Site(tmp_path, layout="folder")
    (site.root / "content/en").rename(site.root / "content/fr")
    with pytest.raises(ConfigError, match="no file in content is in the default locale en") as caught:
        site.read()
    assert caught.value.hint == "check `default_locale` and `layout` (folder) in helpsync.yaml"


def test_a_near_miss_of_a_locale_names_the_right_one(site: Site) -> None:
    site.write("billing/refunds.pt_BR.md")
    assert site.only("unknown-locale") == (
        "content/billing/refunds.pt_BR.md: Intercom doesn't know pt_BR; use pt-BR",
        "rename it to refunds.pt-BR.md",
    )


def test_the_default_locale_as_a_suffix_is_an_error(site: Site) -> None:
    site.write("billing/refunds.en.md")
    message, hint = site.only("unknown-locale")
    assert message == "content/billing/refunds.en.md: the default locale en is not written in a name"
    assert hint == "rename it to refunds.md"


def test_a_locale_that_the_configuration_lacks_is_one_finding(site: Site) -> None:
    site.write("billing/refunds.ja.md").write("billing/_collection.ja.md")
    assert site.only("unknown-locale") == (
        (
            "content/billing/_collection.ja.md: 2 files, this the first, are in Japanese, "
            "but ja is not among the locales of helpsync.yaml"
        ),
        "add ja to `locales`, or remove these files",
    )


def test_a_folder_that_is_not_a_locale_is_one_finding(tmp_path: Path) -> None:
    site = Site(tmp_path, layout="folder").write("pt_br/a.md").write("pt_br/b.md")
    assert site.only("unknown-locale") == (
        "content/pt_br/a.md: the folder pt_br is not a locale that Intercom knows",
        "rename the folder to pt-BR",
    )


def test_names_that_differ_only_in_case_are_an_error(site: Site) -> None:
    site.write("billing/Refunds.md")
    if len(list((site.root / "content/billing").iterdir())) == 2:
        pytest.skip("names ignore case here")
    assert site.only("duplicate-address") == (
        (
            "content/billing/refunds.md: content/billing/refunds.md and content/billing/Refunds.md "
            "differ only in case, which many systems ignore"
        ),
        "rename one of them",
    )


def test_names_that_differ_only_in_composition_are_an_error(site: Site) -> None:
    site.write("billing/café.md").write(f"billing/{unicodedata.normalize('NFD', 'café')}.md")
    if len(list((site.root / "content/billing").iterdir())) == 3:
        pytest.skip("names are composed here")
    message, _ = site.only("duplicate-address")
    assert message.endswith("have the same address")


def test_a_decomposed_name_is_found_by_a_composed_link(site: Site) -> None:
    site.write(f"billing/{unicodedata.normalize('NFD', 'café')}.md", article("Coffee"))
    site.write("billing/menu.md", article("Menu", "[coffee](caf%C3%A9.md)"))
    tree = site.read()
    assert tree.findings == ()
    body = article_at(tree, "billing/menu").translations["en"].body
    assert body is not None
    assert [link.target.address for link in body.links] == ["billing/café"]


@pytest.mark.parametrize("name", ["a.MD", "a.markdown", "a.mdx"])
def test_a_file_that_looks_like_an_article_is_not_passed_over_in_silence(site: Site, name: str) -> None:
    site.write(f"billing/{name}")
    message, hint = site.only("unread-file")
    assert message == f"content/billing/{name}: only names that end in .md are read"
    assert hint == "rename it to a.md, or add it to `ignore` in helpsync.yaml"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb.md", r"a\nb.md"),
        ("a\x1b[1mb.md", r"a\x1b[1mb.md"),
        ("a\x85b.md", r"a\x85b.md"),
        ("\u2028.md", r"\u2028.md"),
    ],
)
def test_a_name_with_a_line_break_or_control_character_is_an_error_on_one_line(
    site: Site, name: str, shown: str
) -> None:
    site.write(f"billing/{name}")
    message, hint = site.only("bad-name")
    assert message.startswith(f"content/billing/{shown}: the name has ")
    assert hint == "rename it"
    assert addresses(site) == ["billing/refunds"]


def test_a_folder_with_a_line_break_in_its_name_has_no_address(site: Site) -> None:
    site.write("bil\nling/a.md").write("bil\nling/_collection.md", collection())
    assert {code for code, _, _ in site.found()} == {"bad-name"}
    assert addresses(site) == ["billing/refunds"]


def test_a_file_that_is_not_read_is_shown_on_one_line_too(site: Site) -> None:
    site.write("billing/a\nb.markdown")
    message, hint = site.only("unread-file")
    assert message.startswith(r"content/billing/a\nb.markdown: ")
    assert (hint or "").startswith(r"rename it to a\nb.md,")


def test_a_name_that_is_not_utf_8_is_an_error(site: Site) -> None:
    path = os.fsencode(site.root / "content" / "billing") + b"/caf\xe9.md"
    try:
        Path(os.fsdecode(path)).write_text(article())
    except OSError:
        pytest.skip("every name is UTF-8 here")
    assert site.only("bad-name")[0] == (
        "content/billing/caf\\udce9.md: the name has bytes that are not UTF-8, or control characters"
    )


def test_a_symbolic_link_within_the_tree_is_followed(site: Site) -> None:
    site.write("billing/invoices/_collection.md", collection()).write("billing/invoices/a.md")
    (site.root / "content/other").symlink_to("billing/invoices")
    assert addresses(site) == ["billing/invoices/a", "billing/refunds", "other/a"]


def test_a_symbolic_link_round_in_a_circle_is_an_error(site: Site) -> None:
    (site.root / "content/billing/again").symlink_to("..")
    assert site.only("bad-symlink") == (
        "content/billing/again: the symbolic link points to a folder that contains it",
        "remove the link",
    )


def test_a_symbolic_link_out_of_the_tree_is_an_error(site: Site, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text(article())
    (site.root / "content/all").symlink_to(outside)
    (site.root / "content/billing/one.md").symlink_to(outside / "secret.md")
    found = site.found()
    assert [code for code, *_ in found] == ["bad-symlink", "bad-symlink"]
    assert found[0][1] == "content/all: the symbolic link points out of the content folder"


def test_a_symbolic_link_to_nothing_is_an_error(site: Site) -> None:
    (site.root / "content/billing/gone.md").symlink_to("nowhere.md")
    assert site.only("bad-symlink")[0].startswith("content/billing/gone.md: the file can't be opened")


def test_a_folder_named_like_an_article_is_a_folder(site: Site) -> None:
    site.write("billing/faq.md/_collection.md", collection()).write("billing/faq.md/a.md")
    assert addresses(site) == ["billing/faq.md/a", "billing/refunds"]


def test_a_pipe_named_like_an_article_is_not_waited_for(site: Site) -> None:
    os.mkfifo(site.root / "content/billing/pipe.md")
    assert site.only("unreadable-file")[0] == "content/billing/pipe.md: this is not a regular file"
