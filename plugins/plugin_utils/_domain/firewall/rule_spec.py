"""An outbound allow rule as the user describes it: what is refused, and its forms."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..._windows.firewall_rule import FirewallRule
from ..operation import Refused, check_seen
from .verdict import LONGEST_CERTAIN

VALUE_HEAD = " " * 4 + "{" + "0" * 36 + "}" + " " * 4 + "REG_SZ" + " " * 4
"""What `reg query` prints before the text of a rule."""
PROTOCOLS = {"any": None, "tcp": 6, "udp": 17}
ANY_PROTOCOL = 256
"""Any protocol ([MS-FASP], FW_RULE, wIpProtocol: recalled)."""
KNOWN = re.compile(
    r"Action|Active|Dir|Protocol|Profile|RPort(2_\d+)?|RA[46]2?|App|Svc|Name|Desc|EmbedCtxt|Edge|Defer|SkipVer"
)
"""Keys of a stored rule that `rule_as_dict` shows or that limit nothing outbound; any other makes it another rule."""
ADDRESS_KEYWORDS = ("any", "localsubnet", "dns", "dhcp", "wins", "defaultgateway")
"""What netsh takes for `remoteip` beside addresses (its own help: sure)."""


OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "name": {"type": "str", "required": True},
    "program": {"type": "str", "default": ""},
    "service": {"type": "str", "default": ""},
    "protocol": {"type": "str", "choices": list(PROTOCOLS), "default": "any"},
    "remote_ports": {"type": "list", "elements": "str", "default": []},
    "remote_addresses": {"type": "list", "elements": "str", "default": []},
    "profiles": {
        "type": "list",
        "elements": "str",
        "choices": ["any", "domain", "private", "public"],
        "default": ["any"],
    },
    "enabled": {"type": "bool", "default": True},
    "description": {"type": "str", "default": ""},
}
"""What describes a rule, as arguments of a module."""


@dataclass(frozen=True)
class RuleSpec:
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

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """From values of OPTIONS."""
        given: dict[str, Any] = {name: options[name] for name in OPTIONS if options.get(name) is not None}
        given |= {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
        return cls(**given)

    def validated(self) -> Self:
        """The request itself, when netsh can store it and nothing else can be hit; raises Refused otherwise."""
        name = self.name.strip()
        if name.lower() == "all":
            raise Refused(
                "name: 'all' is rejected in every spelling, because netsh interprets it as all rules, and deleting "
                "it would empty the local store"
            )
        if not name or name != self.name:
            raise Refused("name must not be empty or begin or end with spaces")
        for option in ("name", "description", "program", "service"):
            text = check_seen(option, getattr(self, option), wide_blanks=option == "description")
            for character in '|"%':
                if character in text:
                    raise Refused(
                        f"{option} must not contain {character!r}: the rule grammar, netsh's quoting or cmd.exe's "
                        "expansion would change it"
                    )
        if self.name.startswith("@") or "\\" in self.name:
            raise Refused("name must not begin with '@' (Windows interprets it as a resource) or contain a backslash")
        if self.remote_ports and self.protocol not in ("tcp", "udp"):
            raise Refused(
                f"remote_ports needs protocol tcp or udp, not {self.protocol}: netsh refuses ports for any other"
            )
        for port in self.remote_ports:
            _check_port(port)
        for address in self.remote_addresses:
            _check_address(address)
        if len(self.profiles) > 1 and "any" in self.profiles:
            raise Refused("profiles: 'any' cannot be combined with others")
        if self.program.startswith("\\\\") or (
            self.program and ":" not in self.program[1:2] and "%" not in self.program
        ):
            raise Refused(f"program must be a full local path, not {self.program!r}")
        length = _longest_line(self)
        if length > LONGEST_CERTAIN:
            raise Refused(
                f"Windows would store this rule in a line of up to {length} bytes, and findstr, which searches the "
                f"rules on the host, carries at most {LONGEST_CERTAIN} for certain, so the rule could not be found "
                "again. Use larger subnets or ranges, or several rules"
            )
        return self


def _longest_line(desired: RuleSpec) -> int:
    """Bytes of what `reg query` prints of the rule, at most: a keyword is stored once for each version of IP, a subnet
    with its mask ([MS-GPFAS] 2.2.2.19: sure; the mask recalled)."""
    tokens = [
        *("Action=Allow", "Active=FALSE", "Dir=Out", "Protocol=256", "Edge=FALSE", "EmbedCtxt="),
        *(f"Profile={profile}" for profile in desired.profiles),
        *(f"RPort2_10={port}-{port}" for port in desired.remote_ports),
        *(f"RA42={address}|RA62={address}" if address.isalpha() else f"RA4={_masked(address)}"
          for address in desired.remote_addresses),
        *(f"App={desired.program}", f"Svc={desired.service}", f"Name={desired.name}", f"Desc={desired.description}"),
    ]  # fmt: skip
    return len(f"{VALUE_HEAD}v2.33|{'|'.join(tokens)}|".encode("utf-8", "replace"))


def _subnet(address: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The subnet or single address; None for a range or a keyword."""
    try:
        return ipaddress.ip_network(address, strict=False)
    except ValueError:
        return None


def _masked(address: str) -> str:
    network = _subnet(address)
    return address if network is None else network.with_netmask


def _check_port(text: str) -> None:
    first, dash, last = text.partition("-")
    ends = (first, last) if dash else (first,)
    if not all(re.fullmatch(r"[1-9][0-9]{0,4}", end) and int(end) <= 65535 for end in ends):
        raise Refused(f"remote_ports: {text!r} is not a port from 1 to 65535 or a range of ports")
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
            f"remote_addresses: {text!r} is not an address, subnet, range or one of {', '.join(ADDRESS_KEYWORDS)}; "
            "Windows Firewall does not support host names"
        ) from None
    if ends[0].version != ends[1].version or int(ends[0]) > int(ends[1]):
        raise Refused(f"remote_addresses: the range {text!r} ends before it begins")


def _address(text: str) -> str:
    """An address as a stored rule shows it."""
    return FirewallRule("2.0", (f"RA4={text}",)).remote_addresses[0].lower()


def spec_as_dict(desired: RuleSpec) -> dict[str, Any]:
    """A request in the shape of `rule_as_dict`."""
    profiles = sorted({profile.lower() for profile in desired.profiles} - {"any"})
    return {
        "name": desired.name,
        "program": desired.program.lower(),
        "service": desired.service.lower(),
        "protocol": desired.protocol,
        "remote_ports": sorted(set(desired.remote_ports)),
        "remote_addresses": sorted({_address(address) for address in desired.remote_addresses} - {"any"}),
        "profiles": [] if len(profiles) == 3 else profiles,
        "enabled": desired.enabled,
        "description": desired.description,
        "other_conditions": [],
    }


def rule_as_dict(rule: FirewallRule) -> dict[str, Any]:
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


def spec_from_rule(rule: FirewallRule) -> RuleSpec:
    """A stored rule as a request that would write it again; what netsh has no words for is lost."""
    return RuleSpec(
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


def as_sent(address: str) -> str:
    """An address as netsh is given it: without the bits of a host in a subnet, which say nothing."""
    network = _subnet(address)
    as_given = network is None or str(network.network_address) == address.partition("/")[0]
    return address if as_given else str(network)
