"""Codec of the strings that hold firewall rules in the registry: [MS-GPFAS] 2.2.2.19.

`v2.31|Action=Block|Active=TRUE|Dir=Out|...|`: a version, then tokens that each end in a bar. Seen in published stores:
no fixed order of keys, keys that repeat, tokens without `=`, empty values, words where ranges stand, several versions
in one store. So a rule keeps its tokens as they are, and printing gives back what was parsed, character by character.
Values that do not start with `v2.` exist and Windows ignores them (*sure*, several stores): they raise here.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_VERSION = re.compile(r"v(2\.[0-9]{1,3})(?=\|)")
_REMOTE_PORT = re.compile(r"RPort(?:2_[0-9]+)?")
_LOCAL_PORT = re.compile(r"LPort(?:2_[0-9]+)?")
_REMOTE_ADDRESS = re.compile(r"RA[46]2?")


class RuleError(ValueError):
    """A text that is no rule: `position` is the offset in characters, from 0."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"character {position}: {reason}")
        self.position = position
        self.reason = reason


@dataclass(frozen=True)
class FirewallRule:
    """A rule. `version` such as `2.31`; `tokens`: the texts between the bars, with the empty one after the last."""

    version: str
    tokens: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> FirewallRule:
        """The rule in a registry value's data. Raises :class:`RuleError`."""
        found = _VERSION.match(text)
        if found is None:
            raise RuleError(0, "does not start with a version 2, a bar after it: Windows ignores such values")
        rule = cls(found[1], tuple(text[found.end() + 1 :].split("|")))
        position = found.end() + 1
        for token in rule.tokens:
            if token.startswith("Protocol=") and not re.fullmatch(r"[0-9]{1,3}", token[9:]):
                raise RuleError(position + 9, f"{token[9:]!a} is not a protocol number")
            position += len(token) + 1
        return rule

    def __str__(self) -> str:
        """The text that was parsed."""
        return "|".join([f"v{self.version}", *self.tokens])

    def all(self, key: str) -> tuple[str, ...]:
        """Every value of a key, in order; keys are compared as they are written."""
        return tuple(token[len(key) + 1 :] for token in self.tokens if token.startswith(f"{key}="))

    def get(self, key: str) -> str:
        """The first value of a key, empty when there is none."""
        return next(iter(self.all(key)), "")

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of each token, in order; a token without `=` stands for itself, an empty one is left out."""
        return tuple(token.partition("=")[0] for token in self.tokens if token)

    @property
    def name(self) -> str:
        """`Name`; may be a resource such as `@FirewallAPI.dll,-25426`."""
        return self.get("Name")

    @property
    def description(self) -> str:
        """`Desc`; may be a resource."""
        return self.get("Desc")

    @property
    def direction(self) -> str:
        """`In` or `Out`."""
        return self.get("Dir")

    @property
    def action(self) -> str:
        """`Allow`, `Block` or `ByPass`."""
        return self.get("Action")

    @property
    def active(self) -> bool:
        """Absent means not active ([MS-GPFAS]: *sure*)."""
        return self.get("Active").upper() == "TRUE"

    @property
    def protocol(self) -> int | None:
        """IANA number: 6 TCP, 17 UDP. None: any."""
        text = self.get("Protocol")
        return int(text) if text else None

    @property
    def program(self) -> str:
        """`App`: a path, which may hold environment variables, or `System`. Empty: any."""
        return self.get("App")

    @property
    def service(self) -> str:
        """`Svc`: a service's short name, `*` for any service. Empty: not limited."""
        return self.get("Svc")

    @property
    def profiles(self) -> tuple[str, ...]:
        """`Domain`, `Private`, `Public`. Empty: all."""
        return self.all("Profile")

    @property
    def remote_ports(self) -> tuple[str, ...]:
        """Ports, ranges such as `8000-8100`, and keywords. Empty: any."""
        return self._of(_REMOTE_PORT)

    @property
    def local_ports(self) -> tuple[str, ...]:
        """As `remote_ports`."""
        return self._of(_LOCAL_PORT)

    @property
    def remote_addresses(self) -> tuple[str, ...]:
        """Addresses, ranges, subnets with their prefix length, and keywords, each once. Empty: any.

        Windows stores `10.0.0.0/255.0.0.0` for what a user calls `10.0.0.0/8` (*recalled*), and a keyword once for each
        version of IP. What it makes of the bits of a host, as in `10.8.0.5/24` (Microsoft's own example has some), no
        source says; they limit nothing, so the subnet is shown without them.
        """
        return tuple(dict.fromkeys(map(_address, self._of(_REMOTE_ADDRESS))))

    def _of(self, names: re.Pattern[str]) -> tuple[str, ...]:
        parts = (token.partition("=") for token in self.tokens)
        return tuple(value for name, equals, value in parts if equals and names.fullmatch(name))


def _address(text: str) -> str:
    """A subnet as its first address and prefix length, a subnet or a range of one address as that address."""
    first, dash, last = text.partition("-")
    if dash and first == last:
        return first
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return text
    if network.prefixlen == network.max_prefixlen:
        return str(network.network_address)
    return str(network)
