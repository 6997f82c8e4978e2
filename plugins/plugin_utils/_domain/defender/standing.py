"""What breaks a connection that works today, as far as it is stored: frozen root certificates, and old signatures.

Read beside a validation, so it costs no round trip of its own where the caller validates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..._windows import filetime
from ..._windows.cmdline import Outcome
from ..._windows.identity_cache import IdentityCache
from ..operation import Answer, Fact, facts, is_lost, understood, values
from ..ownership import Ownership, root_update_owner
from ..root_lists import ROOT_UPDATE
from .settings import SIGNATURES

_FROZEN, _URL, _MACHINE = "root.disable_root_auto_update", "root.root_dir_url", "root.machine"
_MOST: Final = 8 * 1024
"""Bytes that each of its commands may print, since it is asked beside something else: they have some hundred."""


@dataclass(frozen=True)
class Standing:
    """None: not known."""

    roots_frozen: bool | None = None
    """DisableRootAutoUpdate is 1 and RootDirUrl names no other source, so no new root certificate reaches the host."""
    signatures_age_hours: float | None = None
    """By the host's clock."""
    root_update_off: Mapping[str, int | None] | None = None
    """DisableRootAutoUpdate of the policy key (`policy`) and of the machine's own (`machine`); None: absent."""
    unread: tuple[Mapping[str, str], ...] = ()
    """What of it could not be read, as results name it."""

    @classmethod
    def of_result(cls, given: Any) -> Standing:
        """From `shown`; what is no number or switch is not known."""
        found = given if isinstance(given, Mapping) else {}
        frozen, age = found.get("roots_frozen"), found.get("signatures_age_hours")
        hours = float(age) if isinstance(age, (int, float)) and not isinstance(age, bool) else None
        off = found.get("root_update_off")
        stored = {one: _number(off.get(one)) for one in _STORES} if isinstance(off, Mapping) else None
        return cls(frozen if isinstance(frozen, bool) else None, hours, stored)

    def shown(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("roots_frozen", "signatures_age_hours", "root_update_off")}

    @property
    def owners(self) -> tuple[Ownership, ...]:
        """Of what is stored; empty where that is not known."""
        off = self.root_update_off
        return () if off is None else (root_update_owner(off["policy"], off["machine"]),)


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


_Parsed = tuple[bool, dict[str, int | None], Any]
"""Whether the roots are frozen, what switches their update off, and when the signatures were updated."""


def _parse(outcomes: Mapping[str, Outcome]) -> _Parsed:
    off = {store: values.number(outcomes[name], "DisableRootAutoUpdate") for store, name in _STORES.items()}
    url = values.stored(outcomes[_URL], "RootDirUrl")
    return off["policy"] == 1 and url is None, off, SIGNATURES.parse(outcomes).updated


_STORES: Final = {"policy": _FROZEN, "machine": _MACHINE}
_COMMANDS = {**{name: ROOT_UPDATE.commands[name] for name in (_FROZEN, _URL, _MACHINE)}, **SIGNATURES.commands}
STANDING: Final = Fact({name: command.up_to(_MOST) for name, command in _COMMANDS.items()}, _parse)


_DECIDES: Final = {
    _FROZEN: ("standing.roots_frozen", "standing.root_update_off"),
    _MACHINE: ("standing.root_update_off",),
    _URL: ("standing.roots_frozen",),
    "state.updates": ("standing.signatures_age_hours",),
    "state.updates/SignaturesLastUpdated": ("standing.signatures_age_hours",),
}


def interpret(answer: Answer, now: float) -> Standing:
    """What an answer to STANDING's commands says; `now` is the controller's POSIX time."""
    outcomes = tuple([answer.outcomes[name] for name in STANDING.commands])
    read = _read.get(lambda: understood(dict(zip(STANDING.commands, outcomes, strict=True)), STANDING), outcomes)
    age = filetime.hours_since(read[0][2], now + (answer.clock_skew or 0.0))
    return _standing.get(lambda: _made(*read, age), (read,), age)


_read: Final[IdentityCache[tuple[_Parsed, dict[str, str]]]] = IdentityCache()
_standing: Final[IdentityCache[Standing]] = IdentityCache()


def _made(read: _Parsed, unread: Mapping[str, str], age: float | None) -> Standing:
    frozen, off, _updated = read
    lost = tuple(one for one in facts(unread, _DECIDES) if one["fact"].startswith("standing."))
    return Standing(
        None if is_lost(unread, _FROZEN, _URL) else frozen,
        age,
        None if is_lost(unread, _FROZEN, _MACHINE) else off,
        lost,
    )
