"""Environment variables in paths that Windows stores unexpanded, such as a service's ImagePath or a rule's App.

They stand for what the machine's environment says. Where Windows lies is read from each host; the other folders are
taken to lie on the same drive, where Windows puts them unless told otherwise (*sure* for the names and defaults:
Microsoft's list of recognized variables).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

VERSION: Final = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
"""The key whose value SystemRoot says where Windows lies (*sure*)."""
DEFAULT_ROOT: Final = r"C:\Windows"


def of(system_root: str) -> Mapping[str, str]:
    """What the variables stand for where Windows lies there, by lower-case name; empty: in its usual place."""
    root = system_root or DEFAULT_ROOT
    drive = root[:2]
    return MappingProxyType(
        {
            "systemdrive": drive,
            "systemroot": root,
            "windir": root,
            "programfiles": rf"{drive}\Program Files",
            "programw6432": rf"{drive}\Program Files",
            "programfiles(x86)": rf"{drive}\Program Files (x86)",
            "programdata": rf"{drive}\ProgramData",
            "allusersprofile": rf"{drive}\ProgramData",
            "commonprogramfiles": rf"{drive}\Program Files\Common Files",
        }
    )


STANDARD: Final = of("")


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
