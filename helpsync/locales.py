"""Intercom's 37 locales (facts: Locales): code, English name, direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Locale:
    """A locale of Intercom's; `name` is its English name, `direction` that of its script."""

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
