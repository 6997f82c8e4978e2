"""Texts of Windows' tools by language: one YAML file a tool and language under `winsim/messages/<language>/`.

A file holds a mapping name -> text; `{placeholders}` are filled with str.format, line ends are written `\\n` and come
out as CRLF. A language that lacks a text falls back to English, as Windows does where a resource is missing.
"""

from __future__ import annotations

import functools
import pathlib

import yaml

ROOT = pathlib.Path(__file__).parent.parent / "messages"


@functools.cache
def table(language: str) -> dict[str, str]:
    """Every text of a language by `tool.name`."""
    texts: dict[str, str] = {}
    for path in sorted((ROOT / language).glob("*.yml")):
        for name, text in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
            texts[f"{path.stem}.{name}"] = text
    return texts


def text(language: str, key: str, **values: object) -> str:
    """The text `key` in `language`, filled in, with CRLF line ends. Raises KeyError for a key that no table has."""
    template = table(language).get(key)
    if template is None:
        template = table("en")[key]
    return template.format(**values).replace("\n", "\r\n")
