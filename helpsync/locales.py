"""Intercom's 37 locales, and the language tags of other tools that mean one: `zh-Hant` → zh-TW."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from helpsync.model import LocaleCode


@dataclass(frozen=True, slots=True)
class Locale:
    """One of Intercom's locales; `name` is its English name, `direction` that of its script."""

    code: str
    name: str
    direction: Literal["ltr", "rtl"] = "ltr"


LOCALES: dict[str, Locale] = {
    locale.code: locale
    for locale in (
        Locale("ar", "Arabic", "rtl"),
        Locale("bg", "Bulgarian"),
        Locale("bs", "Bosnian"),
        Locale("ca", "Catalan"),
        Locale("cs", "Czech"),
        Locale("da", "Danish"),
        Locale("de", "German"),
        Locale("el", "Greek"),
        Locale("en", "English"),
        Locale("es", "Spanish"),
        Locale("et", "Estonian"),
        Locale("fi", "Finnish"),
        Locale("fr", "French"),
        Locale("he", "Hebrew", "rtl"),
        Locale("hr", "Croatian"),
        Locale("hu", "Hungarian"),
        Locale("id", "Indonesian"),
        Locale("it", "Italian"),
        Locale("ja", "Japanese"),
        Locale("ko", "Korean"),
        Locale("lt", "Lithuanian"),
        Locale("lv", "Latvian"),
        Locale("mn", "Mongolian"),
        Locale("nb", "Norwegian"),
        Locale("nl", "Dutch"),
        Locale("pl", "Polish"),
        Locale("pt", "Portuguese"),
        Locale("ro", "Romanian"),
        Locale("ru", "Russian"),
        Locale("sl", "Slovenian"),
        Locale("sr", "Serbian"),
        Locale("sv", "Swedish"),
        Locale("tr", "Turkish"),
        Locale("vi", "Vietnamese"),
        Locale("pt-BR", "Portuguese (Brazil)"),
        Locale("zh-CN", "Chinese (simplified)"),
        Locale("zh-TW", "Chinese (traditional)"),
    )
}

# Language tags --------------------------------------------------------------------------------------------------------

_LANGUAGES = """
aa aar Afar; ab abk Abkhazian; af afr Afrikaans; ak aka Akan; am amh Amharic; an arg Aragonese; ar ara Arabic;
as asm Assamese; ast Asturian; av ava Avaric; ay aym Aymara; az aze Azerbaijani; ba bak Bashkir; be bel Belarusian;
bg bul Bulgarian; bi bis Bislama; bm bam Bambara; bn ben Bengali; bo bod tib Tibetan; br bre Breton; bs bos Bosnian;
ca cat Catalan; ce che Chechen; ceb Cebuano; ch cha Chamorro; ckb Sorani Kurdish; cnr Montenegrin; co cos Corsican;
cr cre Cree; cs ces cze Czech; cv chv Chuvash; cy cym wel Welsh; da dan Danish; de deu ger German; dsb Lower Sorbian;
dv Divehi; dz dzo Dzongkha; ee ewe Ewe; el ell gre Greek; en eng English; eo epo Esperanto; es spa Spanish;
et est Estonian; eu eus baq Basque; fa fas Persian; ff ful Fulah; fi fin Finnish; fil Filipino; fj fij Fijian;
fo fao Faroese; fr fra fre French; fy fry Western Frisian; ga gle Irish; gd gla Scottish Gaelic; gl glg Galician;
gn grn Guarani; gsw Swiss German; gu guj Gujarati; gv glv Manx; ha hau Hausa; haw Hawaiian; he heb Hebrew;
hi hin Hindi; hmn Hmong; ho hmo Hiri Motu; hr hrv Croatian; hsb Upper Sorbian; ht hat Haitian; hu hun Hungarian;
hy hye arm Armenian; hz Herero; ia ina Interlingua; id ind Indonesian; ig ibo Igbo; ii iii Sichuan Yi;
ik ipk Inupiaq; is isl Icelandic; it ita Italian; iu iku Inuktitut; ja jpn Japanese; jv jav Javanese;
ka kat geo Georgian; kab Kabyle; kg kon Kongo; ki kik Kikuyu; kj kua Kuanyama; kk kaz Kazakh; kl kal Kalaallisut;
km khm Khmer; kn kan Kannada; ko kor Korean; ks kas Kashmiri; ku kur Kurdish; kv kom Komi; kw cor Cornish;
ky kir Kyrgyz; la lat Latin; lb ltz Luxembourgish; lg lug Ganda; li lim Limburgan; ln lin Lingala; lo lao Lao;
lt lit Lithuanian; lu lub Luba-Katanga; lv lav Latvian; mg mlg Malagasy; mh mah Marshallese; mi mri mao Maori;
mk mkd Macedonian; ml mal Malayalam; mn mon Mongolian; mr mar Marathi; ms msa Malay; mt mlt Maltese; my mya bur Burmese;
na nau Nauru; nb nob Norwegian Bokmål; nd nde North Ndebele; ne nep Nepali; ng ndo Ndonga; nl nld dut Dutch;
nn nno Norwegian Nynorsk; no nor Norwegian; nr nbl South Ndebele; nv nav Navajo; ny nya Chichewa; oc oci Occitan;
oj oji Ojibwa; om orm Oromo; or ori Odia; os oss Ossetian; pa pan Punjabi; pi pli Pali; pl pol Polish; ps pus Pashto;
pt por Portuguese; qu que Quechua; rm roh Romansh; rn Rundi; ro ron rum Romanian; ru rus Russian; rw kin Kinyarwanda;
sa san Sanskrit; sc srd Sardinian; sd snd Sindhi; sg sag Sango; sh hbs Serbo-Croatian; si sin Sinhala;
sk slk slo Slovak; sl slv Slovenian; sm smo Samoan; sme Northern Sami; sn sna Shona; so som Somali; sq sqi alb Albanian;
sr srp Serbian; ss ssw Swati; st sot Southern Sotho; su Sundanese; sv swe Swedish; sw swa Swahili; ta tam Tamil;
te tel Telugu; tg tgk Tajik; th tha Thai; ti tir Tigrinya; tk tuk Turkmen; tl tgl Tagalog; tn tsn Tswana; to ton Tongan;
tr tur Turkish; ts tso Tsonga; tt tat Tatar; ty tah Tahitian; ug uig Uyghur; uk ukr Ukrainian; ur urd Urdu;
uz uzb Uzbek; ve ven Venda; vi vie Vietnamese; vo vol Volapük; wa wln Walloon; wo wol Wolof; xh xho Xhosa;
yi yid Yiddish; yo yor Yoruba; za zha Zhuang; zh zho chi Chinese; zu zul Zulu
"""
"""ISO 639-1 codes, those of ISO 639-2 for the same language, its English name; and some languages without the first.

Codes that file names and domains use, but translations don't, are left out: io, ie, mac, may, per, run, sun, …
"""

_NAMES = """
ar العربية عربي; bg Български; bs Bosanski; ca Català; cs Čeština Česky; da Dansk;
de Deutsch GermanGermany GermanAustria AustrianGerman GermanSwitzerland; el Ελληνικά;
en English EnglishUS EnglishUSA AmericanEnglish EnglishUK EnglishGB BritishEnglish;
es Español Castellano Castilian SpanishSpain EuropeanSpanish SpanishMexico MexicanSpanish SpanishLatam
SpanishLatinAmerica LatinAmericanSpanish; et Eesti; fi Suomi;
fr Français FrenchFrance FrenchCanada FrenchCanadian CanadianFrench; he עברית; hr Hrvatski; hu Magyar;
id BahasaIndonesia Bahasa; it Italiano; ja 日本語; ko 한국어 조선말; lt Lietuvių; lv Latviešu; mn Монгол;
nb Norsk Bokmål NorskBokmål; nl Nederlands Flemish Vlaams; pl Polski;
pt Português PortuguesePortugal EuropeanPortuguese; ro Română; ru Русский;
sl Slovenščina Slovensko; sr Српски Srpski; sv Svenska; tr Türkçe; vi TiếngViệt;
pt-BR BrazilianPortuguese PortugueseBrazil PortugueseBrazilian PortuguêsBrasil PortuguêsdoBrasil Brasileiro Brazilian;
zh-CN 中文 汉语 简体中文 简体 中文简体 SimplifiedChinese ChineseSimplified ChineseChina Mandarin;
zh-TW 繁體中文 繁體 中文繁體 漢語 TraditionalChinese ChineseTraditional ChineseTaiwan ChineseHongKong Cantonese
"""
"""What languages call themselves, and further names, also with a country, without spaces."""

_MEANT = {"no": "nb", "nn": "nb", "sh": "sr", "cnr": "sr", "gsw": "de"}
"""Languages for which Intercom uses another code."""

_OTHER_CODES = """
jp ja; cz cs; gr el; dk da; se sv; kr ko; cn zh-CN; tw zh-TW; hk zh-TW; ua uk; vn vi; ee et; us en; gb en; mx es;
iw he; in id; ji yi; jw jv; mo ro; scc sr; scr hr; cmn zh-CN; yue zh-TW; chs zh-CN; cht zh-TW; hans zh-CN; hant zh-TW;
zhs zh-CN; zht zh-TW; ptbr pt-BR; zhcn zh-CN; zhtw zh-TW; enus en; engb en
"""
"""Countries instead of languages; codes that ISO 639 has replaced, and short forms; and the code that each means."""

_ALIASES = dict(pair.split() for pair in _OTHER_CODES.split(";"))
_WHOLE = {"ach-ug": ("ach", "Acholi"), "val-es": ("ca", "Catalan")}
"""Crowdin's codes whose first parts alone are not codes here."""

_SCRIPTS = frozenset("arab armn beng cyrl deva geor grek guru hans hant hebr jpan kore latn mong tfng thai".split())  # noqa: SIM905  # reads better
_VARIANTS = frozenset(
    "1901 1996 cyrillic ekavsk formal ijekavsk informal latin oxendict simplified tarask traditional valencia".split()  # noqa: SIM905  # reads better
)
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo", "traditional", "cht"})
_JOINED = re.compile(r"([a-z]{2})([A-Z]{2})")
_SEVERAL = re.compile(r"[a-z]{2,3}(?:[-_](?:[A-Z][a-z]{3}|r?[A-Z]{2}|[0-9]{3}|[a-z]{5,8}))+|[a-z]{2}[A-Z]{2}")
_CONNECTING = frozenset({"ab", "am", "an", "as", "gb", "in", "my", "nor", "or", "so", "to", "us"})
"""Codes that are also English words, as in `sign-in`, `how-to` and `my-account`: they don't count there."""

_IN_SENTENCES = frozenset({"da", "es", "et", "is", "la", "vi"})
"""Codes that are words of their own language, as `es` in "¿Qué es …?": only a title's first or last word counts."""

_FOLDED = frozenset(code.lower() for code in LOCALES)


@dataclass(frozen=True, slots=True)
class LanguageTag:
    """A tag as written, the Intercom locale that it means (None if Intercom lacks it), the language's English name."""

    text: str
    code: str
    language: str
    locale: LocaleCode | None
    names: frozenset[str] = frozenset()
    """All names of the language, if the text is one of them."""

    @property
    def is_plain(self) -> bool:
        """Return whether it is one short word, which may also be part of a name: `no`, `fil`; unlike `es-419`."""
        folded = self.text.lower().replace("_", "-")
        written = folded in _FOLDED and (folded != self.text or "-" in folded)
        return not written and not _SEVERAL.fullmatch(self.text)

    def is_said_in(self, title: str) -> bool:
        """Return whether the title says the tag as a word: `in` of `sign-in` in "Sign in", `it` in "IT support"."""
        words = [each for each in re.split(r"[\W_]+", title.casefold()) if each]
        if self.names:
            parts = [_folded_name(each) for each in words]
            runs = ("".join(parts[start:end]) for start in range(len(parts)) for end in range(start + 1, start + 4))
            return not self.names.isdisjoint(runs)
        if self.code in _CONNECTING and any(each.isascii() for each in words):
            return True
        if self.code in _IN_SENTENCES:
            parts = re.split(r"[-_@]", self.text.casefold())
            return parts in (words[: len(parts)], words[-len(parts) :])
        return self.code in words


def language_tag(text: str) -> LanguageTag | None:
    """Return `text` as a tag, in upper or lower case, with `-`, `_` or `@` between its parts; None if it isn't one."""
    joined = _JOINED.fullmatch(text)
    first, *rest = [joined[1], joined[2]] if joined else re.split(r"[-_@]", text)
    code, marks = first.lower(), [each.lower() for each in rest]
    named = _WHOLE.get("-".join([code, *marks])) or _named().get(_ALIASES.get(code, code).partition("-")[0])
    if named is None or not all(_is_mark(each) for each in marks):
        return None
    short, language = named
    return LanguageTag(text, code, language, _locale(short, _ALIASES.get(code, code), marks))


def language_named(text: str) -> LanguageTag | None:
    """Return the tag of a language by its English or own name: `French`, `français`, `francais`."""
    found = _languages_by_name().get(_folded_name(text))
    if found is None:
        return None
    code, language, locale = found
    names = frozenset(name for name, each in _languages_by_name().items() if each == found)
    return LanguageTag(text, code, language, locale, names)


def near_miss(text: str) -> LocaleCode | None:
    """Return the Intercom locale that `text` means in another form, None for an exact code."""
    tag = None if text in LOCALES else language_tag(text)
    return None if tag is None else tag.locale


def _locale(short: str, code: str, marks: list[str]) -> LocaleCode | None:
    if short == "zh":
        return "zh-TW" if code == "zh-TW" or _TRADITIONAL.intersection(marks) else "zh-CN"
    if code == "pt-BR" or (short == "pt" and {"br", "rbr"}.intersection(marks)):
        return "pt-BR"
    meant = _MEANT.get(short, short)
    return meant if meant in LOCALES else None


def _is_mark(text: str) -> bool:
    """Return whether this may follow the language: a script, a region (also Android's: `rBR`), a variant."""
    region = (text.isascii() and text.isalpha() and len(text) == 2) or re.fullmatch(r"[0-9]{3}|r[a-z]{2}", text)
    return bool(region) or text in _SCRIPTS or text in _VARIANTS or text in {"cmn", "yue"}


@cache
def _named() -> dict[str, tuple[str, str]]:
    """Return the shortest code and the English name of the language of each code."""
    named = {}
    for line in _LANGUAGES.replace("\n", " ").split(";"):
        *codes, language = re.split(r" (?=[A-Z])", line.strip(), maxsplit=1)
        for code in codes[0].split():
            named[code] = (codes[0].split()[0], language)
    return named


def _folded_name(text: str) -> str:
    """Return a name as file names have it: without accents, spaces and signs."""
    return "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if each.isalpha())


@cache
def _languages_by_name() -> dict[str, tuple[str, str, LocaleCode | None]]:
    """Return the code, English name and Intercom locale of the language of each folded name."""
    found = {}
    for short, language in set(_named().values()):
        found[_folded_name(language)] = (short, language, _locale(short, short, []))
    for code, locale in LOCALES.items():
        found[_folded_name(locale.name)] = (code, locale.name, code)
    for line in _NAMES.replace("\n", " ").split(";"):
        code, *names = line.split()
        found |= {_folded_name(name): (code, LOCALES[code].name, code) for name in names}
    # Plain Chinese is the simplified kind, and names of one locale belong together.
    found[_folded_name("Chinese")] = found[_folded_name("中文")]
    return found
