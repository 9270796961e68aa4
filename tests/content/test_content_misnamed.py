"""Translations that are named as other tools name them never become articles of their own."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpsync.content.misnamed import Misnamed, NamedFile
from helpsync.content.paths import Place, slug_of
from helpsync.settings import Layout
from tree_builder import Site, article, collection

HOME = {"suffix": "", "folder": "en/"}
LAYOUTS: tuple[Layout, ...] = ("suffix", "folder")


def addresses(site: Site) -> list[str | None]:
    return [each.address for each in site.read().help_center.articles]


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("zh-Hans", "zh-CN"),
        ("zh_Hant", "zh-TW"),
        ("zh-hant-hk", "zh-TW"),
        ("no", "nb"),
        ("nn", "nb"),
        ("es-419", "es"),
        ("fr_FR", "fr"),
        ("FR", "fr"),
        ("ptBR", "pt-BR"),
        ("pt-rBR", "pt-BR"),
        ("pt_PT", "pt"),
        ("jp", "ja"),
        ("cz", "cs"),
        ("gr", "el"),
        ("dk", "da"),
        ("se", "sv"),
        ("kr", "ko"),
        ("cn", "zh-CN"),
        ("tw", "zh-TW"),
        ("iw", "he"),
        ("in", "id"),
        ("sr-Latn", "sr"),
        ("sr@latin", "sr"),
        ("fra", "fr"),
        ("deu", "de"),
        ("ger", "de"),
        ("val-ES", "ca"),
    ],
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_code_of_another_tool_names_the_locale_that_was_meant(
    tmp_path: Path, layout: Layout, code: str, meant: str
) -> None:
    site = Site(tmp_path, layout=layout).write(f"{HOME[layout]}billing/refunds.{code}.md", article("Vi refunderer"))
    message, hint = site.only("unknown-locale")
    assert message.startswith(f"content/{HOME[layout]}billing/refunds.{code}.md: ")
    assert hint is not None
    assert meant in f"{message} {hint}"
    assert addresses(site) == ["billing/refunds"]


@pytest.mark.parametrize(
    ("code", "language"), [("uk", "Ukrainian"), ("fil", "Filipino"), ("uk_UA", "Ukrainian"), ("ach-UG", "Acholi")]
)
def test_a_language_that_intercom_lacks_is_named(tmp_path: Path, code: str, language: str) -> None:
    site = Site(tmp_path).write(f"billing/refunds.{code}.md")
    message, _ = site.only("unknown-locale")
    assert language in message
    assert addresses(site) == ["billing/refunds"]


@pytest.mark.parametrize(
    "name",
    [
        "refunds_fr",
        "refunds-fr",
        "fr-refunds",
        "fr.refunds",
        "fr_refunds",
        "refunds (fr)",
        "refunds fr",
        "refunds@fr",
        "refunds-fr-FR",
        "fr_FR_refunds",
        "refunds_FR",
        "Refunds_fr",
    ],
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_locale_in_the_wrong_part_of_a_name_has_a_hint_with_the_right_name(
    tmp_path: Path, layout: Layout, name: str
) -> None:
    site = Site(tmp_path, layout=layout)
    site.write(f"{HOME[layout]}billing/{name}.md", article("Remboursements"))
    message, hint = site.only("unknown-locale")
    assert f"content/{HOME[layout]}billing/refunds.md" in message
    right = "content/fr/billing/refunds.md" if layout == "folder" else "content/billing/refunds.fr.md"
    assert f"{hint}".startswith(f"rename it to {right}; ")
    assert addresses(site) == ["billing/refunds"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("refunds.french", "fr"),
        ("refunds.français", "fr"),
        ("refunds.francais", "fr"),
        ("refunds_french", "fr"),
        ("refunds-French", "fr"),
        ("French refunds", "fr"),
        ("refunds (Deutsch)", "de"),
        ("refunds-日本語", "ja"),
        ("refunds.brazilian-portuguese", "pt-BR"),
        ("refunds.Português (Brasil)", "pt-BR"),
        ("refunds_chinese_traditional", "zh-TW"),
        ("refunds.norsk", "nb"),
        ("refundsFR", "fr"),
        ("refundsPTBR", "pt-BR"),
        ("refunds.fr.md", "fr"),
        ("refunds.zh_CN.UTF-8", "zh-CN"),
        ("refunds.fr-CA.draft", "fr"),
        ("refunds.fr.bak", "fr"),
        ("refunds-fr.bak", "fr"),
        ("refunds.fr copy", "fr"),
        ("refunds.fr - Copy (2)", "fr"),
        ("refunds.fr-copy", "fr"),
        ("refunds.fr_draft", "fr"),
        ("refunds.zh_TW-old.bak", "zh-TW"),
        ("refundsFrench", "fr"),
        ("refunds.french.old", "fr"),
        ("refundsFr", "fr"),
        ("frRefunds", "fr"),
        ("FRRefunds", "fr"),
        ("FrenchRefunds", "fr"),
        ("refunds (fr) (1)", "fr"),
        ("refunds-fr-old", "fr"),
        ("refunds_fr_v2", "fr"),
        ("refunds_fr_v2_final", "fr"),
        ("refunds_french_canada", "fr"),
        ("refunds - French (Canada)", "fr"),
        ("canadian-french-refunds", "fr"),
        ("refunds_chinese_simplified", "zh-CN"),
        ("[fr] refunds", "fr"),
        ("(fr) refunds", "fr"),
        ("FRrefunds", "fr"),
        ("refunds.lang-fr", "fr"),
        ("refunds_final_fr", "fr"),
    ],
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_language_name_or_text_after_a_code_has_a_hint_with_the_right_name(
    tmp_path: Path, layout: Layout, name: str, meant: str
) -> None:
    site = Site(tmp_path, layout=layout).write(f"{HOME[layout]}billing/{name}.md", article("Remboursements"))
    _, hint = site.only("unknown-locale")
    right = f"content/{meant}/billing/refunds.md" if layout == "folder" else f"content/billing/refunds.{meant}.md"
    assert f"{hint}".startswith(f"rename it to {right}")
    assert addresses(site) == ["billing/refunds"]


@pytest.mark.parametrize("name", ["_collection_fr", "_collection-fr", "_collection.fra", "_collection.fr_FR"])
def test_a_collection_has_a_hint_with_the_right_name_too(tmp_path: Path, name: str) -> None:
    site = Site(tmp_path).write(f"billing/{name}.md", collection("Facturation"))
    assert site.only("unknown-locale")[1] == "rename it to _collection.fr.md"


@pytest.mark.parametrize("name", ["fr_collection", "fr._collection"])
def test_a_locale_before_a_collection_is_not_an_article(tmp_path: Path, name: str) -> None:
    site = Site(tmp_path).write(f"billing/{name}.md", article("Facturation"))
    assert f"{site.only('unknown-locale')[1]}".startswith("rename it to content/billing/_collection.fr.md")


@pytest.mark.parametrize("name", ["refunds-en", "refunds.en-US", "refunds_en_GB", "refunds.eng", "en-refunds"])
def test_the_default_locale_is_not_written_in_a_name(tmp_path: Path, name: str) -> None:
    site = Site(tmp_path).write(f"billing/{name}.md", article("Money back"))
    hint = f"{site.only('unknown-locale')[1]}"
    assert "refunds.en" not in hint
    assert "refunds.md" in hint


def test_two_locales_of_an_article_without_a_plain_name_are_both_misnamed(tmp_path: Path) -> None:
    site = Site(tmp_path).write("billing/cards-en.md").write("billing/cards-fr.md")
    assert [code for code, *_ in site.found()] == ["unknown-locale", "unknown-locale"]
    assert addresses(site) == ["billing/refunds"]


@pytest.mark.parametrize(
    ("source", "right"),
    [
        ("billing/cards.md", "billing/cards.fr.md"),
        ("billing/cards/index.md", "billing/cards/index.fr.md"),
        ("billing/cards/cards.md", "billing/cards/cards.fr.md"),
    ],
)
@pytest.mark.parametrize("name", ["fr", "fr-FR", "french"])
def test_a_locale_alone_in_the_folder_of_an_article_is_a_translation(
    tmp_path: Path, name: str, source: str, right: str
) -> None:
    site = Site(tmp_path).write("billing/cards/_collection.md", collection("Cards"))
    site.write(source, article("Cards")).write(f"billing/cards/{name}.md", article("Cartes"))
    assert f"{site.only('unknown-locale')[1]}".startswith(f"rename it to content/{right}; ")


def test_a_folder_with_one_file_for_each_locale_is_an_article(tmp_path: Path) -> None:
    site = Site(tmp_path).write("billing/cards/_collection.md", collection("Cards"))
    site.write("billing/cards/en.md").write("billing/cards/fr.md")
    assert [code for code, *_ in site.found()] == ["unknown-locale", "unknown-locale"]
    assert addresses(site) == ["billing/refunds"]


def test_a_misnamed_translation_that_also_exists_under_its_right_name_is_to_be_removed(tmp_path: Path) -> None:
    site = Site(tmp_path).write("billing/refunds.fr.md").write("billing/refunds-fr.md")
    assert "remove it: content/billing/refunds.fr.md exists" in f"{site.only('unknown-locale')[1]}"


@pytest.mark.parametrize(
    ("name", "title", "beside"),
    [
        ("next.js", "Next.js", "next"),
        ("sign-in", "Sign in", "sign"),
        ("sign_in", "Enter your account", "sign"),
        ("how-to", "How it works", "how"),
        ("getting-started-in", "Getting started in an hour", "getting-started"),
        ("plan-a", "Plan A", "plan"),
        ("about-us", "About us", "about"),
        ("it-support", "IT support", "support"),
        ("my-account", "My account", "account"),
        ("hr-policies", "HR policies", "policies"),
        ("vat-uk", "VAT in the UK", "vat"),
        ("vat-eu", "EU VAT", "vat"),
        ("id-verification", "ID verification", "verification"),
        ("part-ii", "Part II", "part"),
        ("part-vi", "Part VI", "part"),
        ("faq-no", "How to say no", "faq"),
        ("first-run", "The first run", "first"),
        ("install-mac", "On a Mac", "install"),
        ("set-up", "Set up", "set"),
        ("to-do", "A list", "do"),
        ("no-reply", "Mails from no-reply", "reply"),
        ("config-ts", "config.ts", "config"),
        ("learn-french", "Learn French", "learn"),
        ("learn-french", "Apprendre le français", "learn"),
        ("learn_brazilian-portuguese", "Learn Brazilian Portuguese", "learn"),
        ("shoe-polish", "Shoe polish", "shoe"),
        ("taxUK", "Tax in the UK", "tax"),
        ("myAPI", "My API", "my"),
        ("signIn", "Sign in", "sign"),
        ("itSupport", "IT support", "support"),
        ("setUp", "Set up", "set"),
        ("taxUk", "Tax in the UK", "tax"),
        ("orderNo", "Order numbers", "order"),
        ("userId", "Find who you are", "user"),
        ("noReply", "Mails nobody reads", "reply"),
        ("my-account", "Your account", "account"),
        ("myAccount", "Your account", "account"),
        ("ab-tests", "A/B tests", "tests"),
        ("plan.b draft", "Plan B, a draft", "plan"),
        ("vat-uk", "VAT (UK)", "vat"),
        ("cat.sh", "How to run cat.sh", "cat"),
        ("file.bak", "What a file.bak is for", "file"),
        ("de", "De", "refunds"),
        ("cards-fr", "Cartes", "refunds"),
    ],
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_name_that_only_ends_or_begins_like_a_language_is_left_alone(
    tmp_path: Path, layout: Layout, name: str, title: str, beside: str
) -> None:
    site = Site(tmp_path, layout=layout)
    site.write(f"{HOME[layout]}billing/{name}.md", article(title)).write(f"{HOME[layout]}billing/{beside}.md")
    assert site.found() == []


def test_a_language_code_in_the_title_is_a_name(tmp_path: Path) -> None:
    site = Site(tmp_path).write("billing/cards/_collection.md", collection("Cards")).write("billing/cards.md")
    site.write("billing/cards/it.md", article("IT"))
    assert site.found() == []


@pytest.mark.parametrize("source", ["teams.md", "teams/index.md", "teams/teams.md"])
def test_a_code_that_is_not_in_locales_is_a_name_in_a_folder_of_other_articles(tmp_path: Path, source: str) -> None:
    site = Site(tmp_path).write("billing/teams/_collection.md", collection("Teams"))
    site.write(f"billing/{source}", article("Teams")).write("billing/teams/hr.md", article("Human resources"))
    site.write("billing/teams/sales.md", article("Sales"))
    assert site.found() == []
    site.write("billing/teams/fr.md", article("Équipes"))
    assert "fr is French" in site.only("unknown-locale")[0]


@pytest.mark.parametrize("path", ["cards - en.md", "index/en.md"])
def test_one_file_is_not_two_translations(tmp_path: Path, path: str) -> None:
    site = Site(tmp_path).write("billing/index/_collection.md", collection("Index")).write(f"billing/{path}")
    assert site.found() == []


def test_an_article_that_is_pinned_is_one_of_its_own(tmp_path: Path) -> None:
    site = Site(tmp_path).write("billing/refunds-fr.md", article("In France", id="123"))
    assert site.found() == []


def test_a_folder_of_another_tool_s_locale_has_a_hint_with_the_right_name(tmp_path: Path) -> None:
    for folder, meant in {"fr_FR": "fr", "french": "fr", "zh-Hant": "zh-TW", "jp": "ja"}.items():
        site = Site(tmp_path / folder, layout="folder").write(f"{folder}/billing/refunds.md")
        assert site.only("unknown-locale")[1] == f"rename the folder to {meant}"


@pytest.mark.parametrize("folder", ["fr", "French", "zh-Hant", "billing/fr"])
def test_a_folder_of_translations_is_not_a_collection_in_the_suffix_layout(tmp_path: Path, folder: str) -> None:
    site = Site(tmp_path)
    rest = "refunds.md" if folder == "billing/fr" else "billing/refunds.md"
    site.write(f"{folder}/{rest}", article("Remboursements")).write(f"{folder}/_collection.md", collection("Aide"))
    if rest != "refunds.md":
        site.write(f"{folder}/billing/_collection.md", collection("Facturation"))
    message, hint = site.only("unknown-locale")
    assert "content/billing/refunds.md" in message
    assert f"{hint}".startswith("rename it to content/billing/refunds.")
    assert addresses(site) == ["billing/refunds"]


def test_a_tree_in_folders_under_the_suffix_layout_has_a_hint_to_change_the_layout(tmp_path: Path) -> None:
    site = Site(tmp_path).write("en/_collection.md", collection("English")).write("en/a.md").write("fr/a.md")
    assert site.only("unknown-locale")[1] == "write `layout: folder` in helpsync.yaml"


def test_a_folder_with_articles_of_its_own_is_a_collection(tmp_path: Path) -> None:
    site = Site(tmp_path).write("billing/eu/refunds.md").write("billing/eu/vat.md")
    site.write("billing/eu/_collection.md", collection("Europe"))
    assert site.found() == []


FIND = "Open the menu in the top right corner. Your number is below your name, and you can copy it from there."
"""A text that is plainly English."""


@pytest.mark.parametrize(
    ("name", "title", "beside"),
    [
        ("user-id", "Find your account number", "user"),
        ("invoice-no", "Which number to give us", "invoice"),
        ("tax-id", "Tell us your tax number", "tax"),
        ("terms-eu", "Terms for Europe", "terms"),
        ("shipping_ca", "We ship to Canada", "shipping"),
        ("team-hr", "Who looks after people", "team"),
        ("connect-li", "Connect your network", "connect"),
        ("nail-polish", "Choose a colour", "nail"),
        ("teamHR", "Who looks after people", "team"),
        ("de-refunds", "Refunds for Delaware", "refunds"),
        ("user.id copy", "Find your account number", "user"),
        ("cards/it", "Technology", "cards"),
    ],
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_doubtful_name_with_an_english_text_of_its_own_is_an_article(
    tmp_path: Path, layout: Layout, name: str, title: str, beside: str
) -> None:
    site = Site(tmp_path, layout=layout).write(f"{HOME[layout]}billing/{name}.md", article(title, FIND))
    site.write(f"{HOME[layout]}billing/cards/_collection.md", collection("Cards"))
    site.write(f"{HOME[layout]}billing/{beside}.md", article("Other", "Here is what the others need to know of it."))
    assert site.found() == []


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Number", FIND),
        ("Number", FIND + " Copied by the team."),
        ("Number", "This page is not translated yet. Please read the English one, which is below."),
        ("Numéro", "Ouvrez le menu en haut à droite. Votre numéro est sous votre nom, et vous pouvez le copier."),
        ("Nummer", "Öffne das Menü. Deine Nummer steht unter deinem Namen, und du kannst sie in Ruhe kopieren."),
        ("Numer", "Otwórz menu, a potem to okno. Numer jest na dole, do tego jest tam ikona, a na niej to samo."),
        ("Szám", "Nyisd meg a menut. A szam a nev alatt van, a jobb oldalon, es a gombbal be is lehet masolni."),
        ("Nummer", "Hier is de tekst die we in de map van de klant doen, of in die van het team op kantoor."),
        ("番号", "右上のメニューを開きます。番号は名前の下にあります。Open the menu and copy it from there."),
        ("Number", "See there."),
    ],
)
def test_a_doubtful_name_with_a_copy_or_another_language_is_still_a_translation(
    tmp_path: Path, title: str, text: str
) -> None:
    site = Site(tmp_path).write("billing/number.md", article("Number", FIND))
    site.write("billing/number_fr.md", article(title, text))
    assert "number_fr" in site.only("unknown-locale")[0]


def test_an_english_text_proves_nothing_where_the_default_locale_is_another(tmp_path: Path) -> None:
    site = Site(tmp_path).write("billing/number.md", article("Zahl", "Text"))
    site.config = site.config.replace("default_locale: en", "default_locale: de")
    site.write("billing/number_fr.md", article("Number", FIND))
    assert [code for code, *_ in site.found()] == ["unknown-locale"]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("refund_fr", "Remboursement (FR)"),
        ("refund_fr", "[FR] Remboursement"),
        ("refund-fr", "FR: Remboursement"),
        ("refund-de", "Rückerstattung - DE"),
        ("refund-de", "Rückerstattung – DE"),
        ("refund_french", "Remboursement (French)"),
        ("refundFR", "Remboursement | FR"),
        ("refund_fr", "Remboursement FR"),
        ("refund_fr", "FR Remboursement"),
    ],
)
def test_a_mark_of_a_translation_in_the_title_does_not_make_an_article(tmp_path: Path, name: str, title: str) -> None:
    site = Site(tmp_path).write("billing/refund.md", article("Refund"))
    site.write(f"billing/{name}.md", article(f'"{title}"'))
    assert name in site.only("unknown-locale")[0]


@pytest.mark.parametrize("folder", ["c-fr", "c.fr", "c_fr", "i18n/fr/c", "translations/fr"])
def test_a_folder_with_a_locale_in_its_path_has_translations(tmp_path: Path, folder: str) -> None:
    home = "" if folder == "translations/fr" else "c/"
    site = Site(tmp_path).write("c/_collection.md", collection("C")).write(f"{home}refund.md").write(f"{home}cards.md")
    for name in ("refund", "cards"):
        site.write(f"{folder}/{name}.md", article("Remboursement"))
    found = site.found(no_collection="off")
    assert [code for code, *_ in found] == ["unknown-locale"]
    assert f"{found[0][2]}".startswith(f"rename it to content/{home}cards.fr.md")


def test_a_mark_in_the_name_of_a_folder_or_of_its_file_makes_nothing_of_its_own_of_it(tmp_path: Path) -> None:
    site = Site(tmp_path).write("billing-fr/_collection.md", collection("Facturation (FR)"))
    site.write("billing-fr/refunds.md", article("Remboursements"))
    assert "billing-fr/" in site.only("unknown-locale")[0]
    site = Site(tmp_path / "other").write("billing/refunds/_collection.md", collection("Refunds"))
    site.write("billing/refunds/fr.md", article("Remboursements (FR)"))
    assert "refunds/fr.md" in site.only("unknown-locale")[0]


@pytest.mark.parametrize("text", ["Text", FIND])
def test_a_folder_is_a_collection_by_its_texts_or_its_name(tmp_path: Path, text: str) -> None:
    site = (
        Site(tmp_path).write("c/_collection.md", collection("Teams")).write("c/refund.md", article("A", "Other words"))
    )
    site.write("c-hr/_collection.md", collection("HR" if text == "Text" else "People"))
    site.write("c-hr/refund.md", article("B", text))
    assert site.found() == []


def test_the_hint_has_every_way_to_keep_the_name_of_an_article(tmp_path: Path) -> None:
    _, hint = Site(tmp_path).write("billing/refunds-fr.md").only("unknown-locale")
    assert "title" in f"{hint}"
    assert "`id`" in f"{hint}"
    _, hint = Site(tmp_path / "other").write("billing/refunds.french.md").only("unknown-locale")
    assert "`id`" not in f"{hint}"


@given(
    st.lists(
        st.sampled_from(
            [
                "refunds",
                "es",
                "fr",
                "pt-BR",
                "zh_Hant",
                "in",
                "VI",
                "(de)",
                "uk.",
                "_",
                "é",
                "no",
                "French",
                "français",
                "中文",
            ]
        ),
        max_size=6,
    ),
    st.sampled_from([" ", ".", "-", "_"]),
)
def test_a_name_made_of_its_title_is_never_taken_for_a_translation(words: list[str], between: str) -> None:
    title = between.join(words)
    slug = slug_of(title)
    files = [NamedFile(Place(slug, "en"), f"{slug}.md", title)]
    for cut in range(1, len(slug)):
        files += [NamedFile(Place(part, "en"), f"{part}.md", part) for part in (slug[:cut], slug[cut:])]
    found = Misnamed(files, "en", ("en", "fr"), lambda place: place.address).found
    assert files[0].place not in found
