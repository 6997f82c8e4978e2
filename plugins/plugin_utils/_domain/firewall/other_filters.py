"""What stops a program beside the rules of the three stores: service hardening, and what filters dropped.

Service-hardening rules lie below RestrictedServices, in values of the key itself (published exports: likely); how an
allow and a block weigh there, no source says, so nothing is concluded from them. Any program can add filters of the
Windows Filtering Platform, which stand in no store; what they dropped, `netsh wfp show netevents` tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..._windows import netsh, registry
from ..._windows.cmdline import Outcome
from ..._windows.environment import expand
from ..operation import Ask, Fact, Operation, erase, facts, understood, values, was_found
from .verdict import LOCAL, Subject, firewall_info

RESTRICTED: Final = LOCAL + r"\RestrictedServices"
STORES: Final = {"static": RESTRICTED + r"\Static\System", "configurable": RESTRICTED + r"\Configurable\System"}
_PARENTS: Final = (LOCAL, RESTRICTED, RESTRICTED + r"\Static", RESTRICTED + r"\Configurable")
WINDOW: Final = 1800
"""Seconds of dropped packets that are asked for."""
MOST: Final = 256 * 1024


@dataclass(frozen=True)
class OtherFilters:
    """Of one program and service."""

    hardening_rules: tuple[Mapping[str, str], ...]
    """`store`, `name` and `rule` as stored, outbound ones that name the program or the service."""
    drops: tuple[netsh.Drop, ...]
    """Outbound packets of the program that a filter dropped, as far as Windows remembers them."""


def other_filters_for(subject: Subject) -> Fact[OtherFilters]:
    """Both, read beside the rules."""
    program = expand(subject.program)
    executable = program.rpartition("\\")[2]
    wanted = [f"{executable}|"] if executable.lower() != "svchost.exe" else []
    wanted += [f"|Svc={subject.service}|"] if subject.service else []
    passes = [(("|Dir=Out|",), False), (tuple(wanted or [f"{executable}|"]), False)]
    commands = {
        "firewall.restricted_keys": registry.query_all(_PARENTS),
        "firewall.restricted": registry.query_filtered(tuple(STORES.values()), passes, MOST),
        "firewall.drops": netsh.dropped_of(program, WINDOW).up_to(MOST),
    }
    return Fact(commands, _parse)


def _parse(outcomes: Mapping[str, Outcome]) -> OtherFilters:
    was_found(outcomes["firewall.restricted"])
    names = {registry.long_path(key): store for store, key in STORES.items()}
    rules = tuple(
        {"store": names[key.path.lower()], "name": value.name, "rule": str(value.data)}
        for key in registry.parse(outcomes["firewall.restricted"].output)
        if key.path.lower() in names
        for value in key.values.values()
        if not values.unfit(value)
    )
    dropped = outcomes["firewall.drops"]
    return OtherFilters(rules, netsh.parse_drops(dropped.output) if dropped.ok else ())


def read(subject: Subject, max_bytes: int, others: bool) -> Operation[dict[str, Any]]:
    """What `verdict.firewall_info` reads, and where `others` says so, what else may stop the program."""
    result = yield from firewall_info(subject, max_bytes)
    if not others:
        return {**result, "other_filters": None}
    fact = other_filters_for(subject)
    answer = yield Ask(fact.commands, reads=True)
    found, unread = understood(answer.outcomes, fact)
    shown = {"hardening_rules": [*found.hardening_rules], "drops": [{**vars(one)} for one in found.drops]}
    more = facts(unread, _DECIDES)
    erase({"other_filters": shown}, more)
    return {**result, "other_filters": shown, "unknown": [*result["unknown"], *more]}


_DECIDES: Final = {
    **dict.fromkeys(("firewall.restricted", "firewall.restricted_keys"), ("other_filters.hardening_rules",)),
    "firewall.drops": ("other_filters.drops",),
}
