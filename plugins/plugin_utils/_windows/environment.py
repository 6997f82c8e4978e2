"""Environment variables in paths that Windows stores unexpanded, such as a service's ImagePath or a rule's App.

They stand for what the machine's environment says; these are the values of an installation on drive C, which is where
Windows puts itself unless told otherwise (*sure* for the names and defaults: Microsoft's list of recognized variables).
Pass another mapping for a host that differs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

STANDARD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "systemdrive": "C:",
        "systemroot": r"C:\Windows",
        "windir": r"C:\Windows",
        "programfiles": r"C:\Program Files",
        "programw6432": r"C:\Program Files",
        "programfiles(x86)": r"C:\Program Files (x86)",
        "programdata": r"C:\ProgramData",
        "allusersprofile": r"C:\ProgramData",
        "commonprogramfiles": r"C:\Program Files\Common Files",
    }
)


class UnknownVariable(ValueError):
    """A path with a variable that the mapping does not know."""


def expand(path: str, environment: Mapping[str, str] = STANDARD) -> str:
    """The path with its variables replaced; names count without regard to case. Raises :class:`UnknownVariable`."""

    def value(found: re.Match[str]) -> str:
        try:
            return environment[found[1].lower()]
        except KeyError:
            raise UnknownVariable(f"unknown variable %{found[1]}% in {path!r}") from None

    return re.sub(r"%([^%]+)%", value, path)
