"""Language, code pages, and in which language a console program answers."""

from __future__ import annotations

from dataclasses import dataclass

UTF8 = 65001
_CODECS = {UTF8: "utf-8", 1200: "utf-16-le", 20127: "ascii"}
LIKE_ASCII = frozenset({UTF8, 20127, 437, 850, 852, 858, 866, 932, 936, 949, 950, 1250, 1251, 1252})
"""Code pages in which what ASCII has is one byte, ASCII's own."""


@dataclass(frozen=True)
class Locale:
    """A machine's language."""

    language: str = "en"
    """Two letters; a table of messages exists for `en` and `ja`."""
    oem_code_page: int = 437
    ansi_code_page: int = 1252
    english_under_utf8: bool = False
    """Whether console tools answer in English under code page 65001 (trap 19: some East Asian hosts do)."""

    def spoken(self, code_page: int) -> str:
        """The language that a console tool speaks under `code_page`."""
        return "en" if self.english_under_utf8 and code_page == UTF8 else self.language


def codec(code_page: int) -> str:
    """Python's codec for a Windows code page."""
    return _CODECS.get(code_page) or f"cp{code_page}"
