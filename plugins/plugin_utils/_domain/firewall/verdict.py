"""Windows Firewall: the rules and defaults that decide for a program, and allow rules of our own.

Three stores: local, group policy, MDM ([MS-GPFAS]; MDM likely). Stores can hold hundreds of thousands of rules, so they
are filtered on the host. Rules that others wrote are reported and never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..._windows import registry
from ..._windows.cmdline import Command, Outcome
from ..._windows.environment import UnknownVariable
from ..._windows.firewall_rule import FirewallRule, RuleError
from ..._windows.firewall_verdict import PROFILES, ProfileState, StoredRule, Verdict, verdict
from ..operation import DEFAULT_MAX_BYTES, Fact, found, readable

LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
MDM = LOCAL + r"\Mdm"
STORES = {"local": LOCAL, "policy": POLICY, "mdm": MDM}
PROFILE_KEYS = {
    "domain": ("DomainProfile",),
    "private": ("PrivateProfile", "StandardProfile"),
    "public": ("PublicProfile",),
}
"""Profile -> its keys, asked in this order, value by value. The local store says StandardProfile for private; a policy
says either, and has DefaultOutboundAction below PrivateProfile only ([MS-GPFAS] 2.2.3.13: sure)."""

FINDSTR: Final = Command("findstr x <nul")
"""Finds nothing and ends with 1. At the end of a pipe a findstr.exe that is refused or missing ends with 1 too, since
cmd.exe starts each side in a cmd.exe of its own (Wine's tests; the exit code recalled); alone it ends with 9009."""


@dataclass(frozen=True)
class Subject:
    """Whom a verdict is for."""

    program: str
    """Full path of the executable."""
    service: str
    """Short service name, empty for a program that is no service."""
    port: int
    protocol: int = 6
    """IANA number: 6 TCP, 17 UDP."""


@dataclass(frozen=True)
class State:
    """Profile states and the rules that may concern the subjects asked for."""

    profiles: Mapping[str, Mapping[str, ProfileState]]
    """Store -> profile -> state."""
    rules: tuple[StoredRule, ...]
    unreadable: tuple[str, ...]
    """Values that are no rule string; Windows ignores those that do not start with a version."""
    too_large: bool
    """The rules did not fit in the allowed size: the verdict is unknown."""


@dataclass(frozen=True)
class Decision:
    """What the firewall says of a subject."""

    program: str
    service: str
    port: int
    protocol: int
    verdict: str
    """`allowed`, `blocked`, `depends_on_profile` or `unknown`."""
    profiles: Mapping[str, Verdict]


def _filters(subjects: Sequence[Subject]) -> dict[str, list[tuple[tuple[str, ...], bool]]]:
    """findstr passes by name: rules of the programs and services asked for, and rules that name neither."""
    wanted: list[str] = []
    for subject in subjects:
        executable = subject.program.rpartition("\\")[2]
        if executable.lower() != "svchost.exe":
            wanted.append(f"{executable}|")
        if subject.service:
            wanted.append(f"|Svc={subject.service}|")
    if any(subject.service for subject in subjects):
        wanted.append("|Svc=*|")
    filters: dict[str, list[tuple[tuple[str, ...], bool]]] = {
        "any_service": [(("|Dir=Out|",), False), (("svchost.exe|",), False), (("|Svc=",), True)],
        "general": [(("|Dir=Out|",), False), (("|App=", "|Svc=", "|AppPkgId=", "|PFN="), True)],
    }
    if wanted:
        filters["named"] = [(("|Dir=Out|",), False), (tuple(dict.fromkeys(wanted)), False)]
    return filters


def rules_for(subjects: Sequence[Subject], most: int = DEFAULT_MAX_BYTES) -> Fact[State]:
    """Profile states and the rules that concern `subjects`; where one command cannot be read: `too_large`.

    Ask it last in a line: its output alone can pass the allowed size. `most`: bytes of rules, of which a store may hold
    hundreds of thousands.
    """
    keys = [f"{key}\\{name}" for key in STORES.values() for names in PROFILE_KEYS.values() for name in names]
    commands = {"firewall.profiles": Command("& ".join(registry.query(key).text for key in keys), compound=True)}
    commands["firewall.findstr"] = FINDSTR
    for store, key in STORES.items():
        for name, passes in _filters(subjects).items():
            command = registry.query(f"{key}\\FirewallRules").up_to(most)
            for strings, invert in passes:
                command = command.filtered(*strings, invert=invert)
            commands[f"firewall.{store}.rules.{name}"] = command
    return Fact(commands, _parse)


def _parse(outcomes: Mapping[str, Outcome]) -> State:
    outcomes, unread = readable(outcomes)
    too_large = any(name.startswith("firewall.") for name in unread)
    keys = {key.path.lower(): key for key in registry.parse(outcomes["firewall.profiles"].output)}
    profiles = {
        store: {
            profile: _profile([keys[path] for name in names if (path := _long(f"{root}\\{name}")) in keys])
            for profile, names in PROFILE_KEYS.items()
        }
        for store, root in STORES.items()
    }
    found(outcomes["firewall.findstr"])
    rules: dict[tuple[str, str], StoredRule] = {}
    unreadable = []
    for name, outcome in outcomes.items():
        if not name.startswith("firewall.") or ".rules." not in name:
            continue
        store = name.split(".")[1]
        found(outcome)
        for key in registry.parse(outcome.output):
            for value in key.values.values():
                try:
                    rule = FirewallRule.parse(str(value.data))
                except RuleError:
                    unreadable.append(value.name)
                    continue
                rules[store, value.name] = StoredRule(store, value.name, rule)
    return State(profiles, tuple(rules.values()), tuple(sorted(set(unreadable))), too_large)


def _long(path: str) -> str:
    return path.replace("HKLM", "HKEY_LOCAL_MACHINE", 1).lower()


def _profile(keys: Sequence[registry.Key]) -> ProfileState:
    def of(name: str) -> int | None:
        values = [key.values.get(name.lower()) for key in keys]
        return next((value.data for value in values if value is not None and isinstance(value.data, int)), None)

    return ProfileState(of("EnableFirewall"), of("DefaultOutboundAction"), of("AllowLocalPolicyMerge"))


def judge(state: State, subject: Subject) -> dict[str, Verdict] | None:
    """The verdict in each profile; None where the rules did not fit in the allowed size, or the path is not known."""
    if state.too_large:
        return None
    try:
        return verdict(
            state.rules,
            state.profiles,
            program=subject.program,
            service=subject.service,
            protocol=subject.protocol,
            port=subject.port,
        )
    except UnknownVariable:
        return None


def summary(verdicts: Mapping[str, Verdict] | None) -> str:
    """`allowed`, `blocked`, `depends_on_profile` or `unknown`."""
    if verdicts is None or any(one.allowed is None for one in verdicts.values()):
        return "unknown"
    answers = {one.allowed for one in verdicts.values()}
    if len(answers) > 1:
        return "depends_on_profile"
    return "allowed" if answers == {True} else "blocked"


def decide(state: State, subject: Subject) -> Decision:
    """What the firewall says of a subject."""
    verdicts = judge(state, subject)
    return Decision(subject.program, subject.service, subject.port, subject.protocol, summary(verdicts), verdicts or {})


__all__ = ["PROFILES", "STORES", "Decision", "State", "Subject", "decide", "judge", "rules_for", "summary"]
