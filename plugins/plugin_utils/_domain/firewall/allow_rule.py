"""Outbound allow rules of our own: added, corrected, freed of duplicates, deleted.

A rule is ours when it lies in the local store, goes out, allows, and carries the name that the user gave. netsh writes
a rule anew under another GUID, so rules are compared without it (recalled).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._windows import netsh, registry
from ..._windows.cmdline import Command, Outcome
from ..._windows.firewall_rule import FirewallRule, RuleError
from ..operation import (
    DEFAULT_MAX_BYTES,
    Answer,
    Ask,
    Change,
    DomainError,
    Fact,
    Operation,
    OurRules,
    Refused,
    check_seen,
    found as was_found,
)
from .verdict import FINDSTR, LOCAL, MDM, POLICY

RULES = {"local": f"{LOCAL}\\FirewallRules", "policy": f"{POLICY}\\FirewallRules", "mdm": f"{MDM}\\FirewallRules"}
PROTOCOLS = {"any": None, "tcp": 6, "udp": 17}
ANY_PROTOCOL = 256
"""Any protocol ([MS-FASP], FW_RULE, wIpProtocol: recalled)."""
KNOWN = re.compile(
    r"Action|Active|Dir|Protocol|Profile|RPort(2_\d+)?|RA[46]2?|App|Svc|Name|Desc|EmbedCtxt|Edge|Defer|SkipVer"
)
"""Keys of a stored rule that `shown` shows or that limit nothing outbound; any other makes it another rule."""
ADDRESS_KEYWORDS = ("any", "localsubnet", "dns", "dhcp", "wins", "defaultgateway")
"""What netsh takes for `remoteip` beside addresses (its own help: sure)."""


@dataclass(frozen=True)
class Wish:
    """An allow rule as the user describes it; empty means any."""

    name: str
    program: str = ""
    service: str = ""
    protocol: str = "any"
    remote_ports: tuple[str, ...] = ()
    remote_addresses: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    enabled: bool = True
    description: str = ""


def check(wish: Wish) -> Wish:
    """The wish, when netsh can store it and nothing else can be hit; raises Refused otherwise."""
    name = wish.name.strip()
    if name.lower() == "all":
        raise Refused(
            "name: 'all' is refused in every spelling: netsh takes it for all rules, and deleting by it would empty "
            "the whole local store"
        )
    if not name or name != wish.name:
        raise Refused("name must not be empty and must not begin or end with blanks")
    for option in ("name", "description", "program", "service"):
        text = check_seen(option, getattr(wish, option), wide_blanks=option == "description")
        for character in '|"%':
            if character in text:
                raise Refused(
                    f"{option} must not hold {character!r}: the rule grammar, netsh's quoting or cmd.exe's expansion "
                    "would change it on the way"
                )
    if wish.name.startswith("@") or "\\" in wish.name:
        raise Refused("name must not begin with '@' (Windows takes it for a resource) nor hold a backslash")
    if wish.remote_ports and wish.protocol not in ("tcp", "udp"):
        raise Refused(f"remote_ports needs protocol tcp or udp, not {wish.protocol}: netsh refuses ports for any other")
    for port in wish.remote_ports:
        _check_port(port)
    for address in wish.remote_addresses:
        _check_address(address)
    if len(wish.profiles) > 1 and "any" in wish.profiles:
        raise Refused("profiles: 'any' stands alone")
    if wish.program.startswith("\\\\") or (wish.program and ":" not in wish.program[1:2] and "%" not in wish.program):
        raise Refused(f"program must be a full local path, not {wish.program!r}")
    return wish


def _check_port(text: str) -> None:
    first, dash, last = text.partition("-")
    ends = (first, last) if dash else (first,)
    if not all(re.fullmatch(r"[1-9][0-9]{0,4}", end) and int(end) <= 65535 for end in ends):
        raise Refused(f"remote_ports: {text!r} is neither a port from 1 to 65535 nor a range of them")
    if dash and int(first) > int(last):
        raise Refused(f"remote_ports: the range {text!r} ends before it begins")


def _check_address(text: str) -> None:
    if text.lower() in ADDRESS_KEYWORDS:
        return
    try:
        first, dash, last = text.partition("-")
        if not dash:
            ipaddress.ip_network(text, strict=False)
            return
        ends = ipaddress.ip_address(first), ipaddress.ip_address(last)
    except ValueError:
        raise Refused(
            f"remote_addresses: {text!r} is no address, subnet, range or one of {', '.join(ADDRESS_KEYWORDS)}; "
            "Windows Firewall knows no host names"
        ) from None
    if ends[0].version != ends[1].version or int(ends[0]) > int(ends[1]):
        raise Refused(f"remote_addresses: the range {text!r} ends before it begins")


def _address(text: str) -> str:
    """An address as a stored rule shows it."""
    return FirewallRule("2.0", (f"RA4={text}",)).remote_addresses[0].lower()


def rules_named(name: str) -> Fact[dict[str, list[FirewallRule]]]:
    """Store -> the rules of that name, whose case does not matter to netsh."""
    needle = f"|Name={name}|" if name.isascii() else "|Dir=Out|"
    commands = {
        "findstr": FINDSTR,
        **{
            # Without a needle, all that goes out.
            f"rule.{store}": registry.query(key).up_to(DEFAULT_MAX_BYTES).filtered(needle)
            for store, key in RULES.items()
        },
    }
    return Fact(commands, lambda outcomes: _parse(outcomes, name))


def _parse(outcomes: Mapping[str, Outcome], name: str) -> dict[str, list[FirewallRule]]:
    found: dict[str, list[FirewallRule]] = {}
    was_found(outcomes["findstr"])
    for store in RULES:
        found[store] = []
        was_found(outcomes[f"rule.{store}"])
        for parsed in registry.parse(outcomes[f"rule.{store}"].output):
            for value in parsed.values.values():
                try:
                    rule = FirewallRule.parse(str(value.data))
                except RuleError:
                    continue
                if rule.name.lower() == name.lower():
                    found[store].append(rule)
    return found


def _read_all(answer: Answer, name: str) -> dict[str, list[FirewallRule]]:
    if answer.truncated:
        raise DomainError(
            f"the stores hold too many rules to look through all of them for {name!r}, whose letters findstr cannot "
            "search for on the host; give the rule a name of ASCII letters"
        )
    return answer[rules_named(name)]


def is_ours(rule: FirewallRule) -> bool:
    """An outbound allow rule: the only kind this collection makes."""
    return rule.direction == "Out" and rule.action == "Allow"


def same(rule: FirewallRule, wish: Wish) -> bool:
    """Whether a stored rule is what the wish describes, GUID, version and order of its parts apart."""
    return shown(rule) == described(wish)


def described(wish: Wish) -> dict[str, Any]:
    """A wish in the shape of `shown`."""
    profiles = sorted({profile.lower() for profile in wish.profiles} - {"any"})
    return {
        "name": wish.name,
        "program": wish.program.lower(),
        "service": wish.service.lower(),
        "protocol": wish.protocol,
        "remote_ports": sorted(set(wish.remote_ports)),
        "remote_addresses": sorted({_address(address) for address in wish.remote_addresses} - {"any"}),
        "profiles": [] if len(profiles) == 3 else profiles,
        "enabled": wish.enabled,
        "description": wish.description,
        "other_conditions": [],
    }


def shown(rule: FirewallRule) -> dict[str, Any]:
    """A stored rule in the user's words; case that Windows ignores is folded."""
    profiles = sorted(profile.lower() for profile in rule.profiles)
    return {
        "name": rule.name,
        "program": rule.program.lower(),
        "service": rule.service.lower(),
        "protocol": _protocol(rule.protocol),
        "remote_ports": sorted(rule.remote_ports),
        "remote_addresses": sorted(address.lower() for address in rule.remote_addresses),
        "profiles": [] if len(profiles) == 3 else profiles,
        "enabled": rule.active,
        "description": rule.description,
        "other_conditions": sorted({key for key in rule.keys if not KNOWN.fullmatch(key)}),
    }


def wish_of(rule: FirewallRule) -> Wish:
    """A stored rule as a wish that would write it again; what netsh has no words for is lost."""
    return Wish(
        name=rule.name,
        program=rule.program,
        service=rule.service,
        protocol=_protocol(rule.protocol),
        remote_ports=rule.remote_ports,
        remote_addresses=rule.remote_addresses,
        profiles=tuple(profile.lower() for profile in rule.profiles),
        enabled=rule.active,
        description=rule.description,
    )


def _protocol(number: int | None) -> str:
    """The user's word for a protocol, or its number as text where they have none."""
    known = {value: word for word, value in PROTOCOLS.items()}
    return known.get(None if number == ANY_PROTOCOL else number, str(number))


def configure(wish: Wish, present: bool, check_mode: bool) -> Operation[dict[str, Any]]:
    """Makes exactly one rule as wished, or none, and reads again. Raises Refused, DomainError."""
    check(wish)
    answer = yield Ask(rules_named(wish.name).commands, may_change=(OurRules(wish.name),), reads=True)
    found = _read_all(answer, wish.name)
    ours = [rule for rule in found["local"] if is_ours(rule)]
    outbound_others = [rule for rule in found["local"] if rule.direction == "Out" and not is_ours(rule)]
    elsewhere = {store: [shown(rule) for rule in found[store]] for store in ("policy", "mdm") if found[store]}
    wanted = [described(wish)] if present else []
    before = [shown(rule) for rule in ours]
    result = {"changed": before != wanted, "before": before, "after": wanted, "rules_in_policy": elsewhere}
    if before == wanted:
        return {**result, "raw_before": [str(rule) for rule in ours]}
    if ours and outbound_others:
        raise DomainError(
            f"the local store also holds an outbound rule named {wish.name!r} that does not allow, so somebody else "
            "wrote it; netsh deletes by name and would take it along. Give the rule of yours another name",
            rules=[shown(rule) for rule in outbound_others],
        )
    if not check_mode:
        commands: dict[str, Command] = {}
        if ours:
            commands["delete"] = netsh.delete_rule(wish.name, "out").with_errors()
        if present:
            commands["add"] = adding(wish).with_errors()
        change = Change(OurRules(wish.name), {"rules": wanted})
        answer = yield Ask({**commands, **rules_named(wish.name).commands}, changes=dict.fromkeys(commands, (change,)))
        after = [shown(rule) for rule in _read_all(answer, wish.name)["local"] if is_ours(rule)]
        if after != wanted:
            said = "; ".join(answer[name].text.strip() for name in commands if answer[name].text.strip())
            raise DomainError(
                f"netsh was told to {'write' if present else 'delete'} the rule but the store does not show it"
                + (f"; it said: {said}" if said else "")
                + ". Is the account elevated, and does the service mpssvc run?",
                before=before,
                after=after,
                wanted=wanted,
                raw_before=[str(rule) for rule in ours],
            )
    return {**result, "raw_before": [str(rule) for rule in ours]}


def adding(wish: Wish) -> Command:
    """The command that adds a rule as wished."""
    return netsh.add_rule(
        name=wish.name,
        direction="out",
        action="allow",
        program=wish.program or None,
        service=wish.service or None,
        description=wish.description or None,
        enabled=wish.enabled,
        profiles=wish.profiles or ("any",),
        protocol=wish.protocol,
        remote_ports=wish.remote_ports,
        remote_addresses=wish.remote_addresses,
    )
