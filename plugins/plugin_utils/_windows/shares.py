r"""Shares: made and removed by `net share`, read from the registry, where nothing is translated.

Each share is a REG_MULTI_SZ of `NAME=VALUE` below LanmanServer\Shares, its permissions a REG_BINARY of the same name
below Shares\Security (published captures and articles: *likely*). `net share` takes account names, which Windows
translates, so it is given none: then Everyone may read (since Server 2003, published articles: *likely*), and the
folder's own access list decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from . import descriptors, registry
from .cmdline import Assign, CannotCarry, Command, Literal
from .descriptors import AccessList

KEY: Final = r"HKLM\SYSTEM\CurrentControlSet\Services\LanmanServer\Shares"
SECURITY: Final = KEY + r"\Security"
REMARK: Final = "Certificate trust lists"


@dataclass(frozen=True)
class Share:
    """A share as stored."""

    name: str
    path: str
    access: AccessList | None
    """None: nothing is stored, so Windows' default holds."""


def check_name(name: str) -> None:
    """Raises CannotCarry for what is no plain name of a share."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,78}\$?", name):
        raise CannotCarry(
            f"{name!a} is not a plain name for a share (letters, digits, dot, dash, underscore, and $ at the end)"
        )


def add(name: str, path: str) -> Command:
    """`net share NAME=PATH`; exit code 2 for every failure (*recalled*)."""
    check_name(name)
    return Command.of("net", Literal("share"), f"{name}={path}", Assign("/remark", REMARK, ":"))


def remove(name: str) -> Command:
    """`net share NAME /delete /y`: also where files are open; the folder stays."""
    check_name(name)
    return Command.of("net", Literal("share"), name, Literal("/delete"), Literal("/y"))


def read(name: str) -> dict[str, Command]:
    """The commands that read a share: `share` and `security`."""
    check_name(name)
    return {"share": registry.query(KEY, name), "security": registry.query(SECURITY, name)}


def parse(stored: registry.Value, security: registry.Value | None) -> Share:
    """What the registry holds. Raises ValueError."""
    if not isinstance(stored.data, tuple):
        raise ValueError(f"the share {stored.name} is stored as {stored.type}, not as REG_MULTI_SZ")
    fields = {key.lower(): value for key, _unused, value in (line.partition("=") for line in stored.data)}
    if "path" not in fields:
        raise ValueError(f"the share {stored.name} is stored without a path")
    access = None
    if security is not None:
        if not isinstance(security.data, bytes):
            raise ValueError(f"the permissions of the share {stored.name} are stored as {security.type}")
        access = descriptors.parse_binary(security.data)
    return Share(stored.name, fields["path"], access)
