"""A fleet's report as an inventory: the groups and the finding of each host, and which names can be hosts."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from .._domain.language import DEFAULT_LANGUAGE, solutions
from . import labels as words
from .moments import epoch
from .numbers import OPEN, latent, reach

PREFIX: Final = "maps_"
REPORT: Final = f"{PREFIX}report"
"""The group of all hosts of a report."""
UNKNOWN: Final = "unknown"
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NAME = re.compile(r"\w[\w.-]{0,254}")
_RESERVED = frozenset(("all", "ungrouped", "localhost"))
_DAY = 24.0
_AHEAD = 1.0
"""Hours that a time may lie ahead, because clocks differ."""
_REACHABLE = {"connected": True, "not_connected": False}


def can_be_host(name: str) -> bool:
    """Whether a name is one host wherever Ansible takes a pattern.

    Patterns take commas, colons, exclamation marks, ampersands, brackets, asterisks and tildes for more than one name
    (Ansible's page on patterns: sure). A host of the name localhost would be the controller.
    """
    try:
        return not ipaddress.ip_address(name).is_loopback
    except ValueError:
        return bool(_NAME.fullmatch(name)) and name.lower() not in _RESERVED


def age_hours(finished: Any, now: float) -> float | None:
    """Hours since a time of a report; None where it has none, or one to come. `now` is POSIX time."""
    moment = epoch(finished)
    age = None if moment is None else (now - moment) / 3600
    return None if age is None or age < -_AHEAD else round(max(0.0, age), 2)


def latest(hosts: Iterable[Mapping[str, Any]]) -> str | None:
    """When the last host finished, as a report writes it."""
    times = [(moment, host["finished"]) for host in hosts if (moment := epoch(host.get("finished"))) is not None]
    return max(times)[1] if times else None


def groups(host: Mapping[str, Any], now: float) -> list[str]:
    """The groups of a host. A cause is one only while it holds: a repaired host is in the group of its outcome."""
    outcome, cause = _identifier(host["outcome"]), _identifier(host["cause"])
    found = [REPORT, f"{PREFIX}outcome_{outcome}", f"{PREFIX}age_{_age(age_hours(host.get('finished'), now))}"]
    if outcome not in ("healthy", "repaired", "unreachable"):
        found.append(f"{PREFIX}cause_{cause}")
    if outcome in OPEN:
        found += [f"{PREFIX}needs_{owner}" for owner in _owner(host)]
    found += [f"{PREFIX}caution_{_identifier(name)}" for name in latent(host)]
    if host.get("debt"):
        found.append(f"{PREFIX}loosened")
    return list(dict.fromkeys(found))


def finding(host: Mapping[str, Any], now: float) -> dict[str, Any]:
    """What a report knows of a host, for its variables."""
    last = host["after"] or host["before"]
    return {
        "outcome": host["outcome"],
        "reachable": _REACHABLE.get(reach(host, "after")),
        "cause": host["cause"],
        "cause_title": words.cause(host, DEFAULT_LANGUAGE),
        "confidence": last.get("confidence"),
        "hresult": last.get("hresult"),
        "reason": host["reason"],
        "next": list(host.get("next") or ()),
        "cautions": list(latent(host)),
        "loosening": host.get("debt"),
        "site": host.get("site"),
        "check_mode": host["check_mode"],
        "finished": host.get("finished"),
        "age_hours": age_hours(host.get("finished"), now),
    }


def _identifier(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else UNKNOWN


def _age(hours: float | None) -> str:
    if hours is None:
        return UNKNOWN
    return "day" if hours <= _DAY else "week" if hours <= 7 * _DAY else "older"


def _slug(owner: str) -> str:
    return re.sub(r"[^a-z]+", "_", owner.lower().removeprefix("the ").replace("'", ""))


OWNERS: Final[Mapping[str, str]] = {said: _slug(who.en) for said, who in solutions.teams().items()}
"""Who must act, in every language of a report -> the end of the name of the group."""


def _owner(host: Mapping[str, Any]) -> tuple[str, ...]:
    """Who takes the next step: the first of the solutions, which the article prefers."""
    ways = host.get("next") or ()
    if not ways or not isinstance(ways[0], Mapping):
        return ()
    who = str(ways[0].get("who") or "")
    return (OWNERS.get(who, UNKNOWN) if who else "remediate",)
