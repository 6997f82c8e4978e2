"""Finds English sentences where a text should be in another language."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[A-Za-z']{2,}(?:[ ,]+[A-Za-z']{2,}){3,}")
"""Four words in a row; names of products are shorter or in _NAMES."""
_NAMES = re.compile(r"Microsoft Defender Antivirus|Defender for Endpoint|ansible-playbook [^\n]*")


def english(text: str) -> list[str]:
    """The English sentences of a text, but for products and commands."""
    return _SENTENCE.findall(_NAMES.sub("", text))
