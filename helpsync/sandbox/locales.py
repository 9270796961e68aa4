"""The locales that `translated_content` has in the 2.9 description: the sandbox's own list."""

from __future__ import annotations

LOCALES = (
    *("ar", "bg", "bs", "ca", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hr", "hu", "id", "it", "ja"),
    *("ko", "lt", "lv", "mn", "nb", "nl", "pl", "pt", "ro", "ru", "sl", "sr", "sv", "tr", "vi"),
    *("pt-BR", "zh-CN", "zh-TW"),
)
