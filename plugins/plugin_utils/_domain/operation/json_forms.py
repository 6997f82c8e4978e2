"""Forms of JSON that others may have written: each function gives what it was asked for, or raises ValueError."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Json = Any
"""What JSON carries: None, bool, int, str, list, dict."""

LONGEST_TEXT = 8191
"""Characters; a longer one fits into no command line."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


def mapping(data: Json, *names: str) -> Mapping[str, Json]:
    """`data` when it is an object of exactly these members."""
    if not isinstance(data, dict) or set(data) != set(names):
        raise ValueError(f"it must be an object with {', '.join(names)}")
    return data


def text(data: Json, longest: int = LONGEST_TEXT) -> str:
    """`data` when it is a text without lone surrogates, of at most `longest` characters."""
    if not isinstance(data, str) or len(data) > longest:
        raise ValueError(f"it must be a string of at most {longest} characters")
    data.encode("utf-8")  # UnicodeEncodeError is a ValueError
    return data


def whole(data: Json, first: int, last: int) -> int:
    """`data` when it is a whole number from `first` to `last`."""
    if not isinstance(data, int) or isinstance(data, bool) or not first <= data <= last:
        raise ValueError(f"it must be a number from {first} to {last}")
    return data


def flag(data: Json) -> bool:
    """`data` when it is true or false."""
    if not isinstance(data, bool):
        raise ValueError("it must be true or false")
    return data


def texts(data: Json, most: int) -> list[str]:
    """`data` when it is a list of at most `most` texts."""
    if not isinstance(data, list) or len(data) > most:
        raise ValueError(f"it must be a list of at most {most} strings")
    return [text(one) for one in data]


def sha256(data: Json) -> str:
    """`data` when it is a SHA-256 as certutil and hashlib print it."""
    if not isinstance(data, str) or not _SHA256.fullmatch(data):
        raise ValueError("it is not a SHA-256")
    return data
