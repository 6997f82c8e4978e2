"""Options of `netsh advfirewall firewall` and the fields of a rule that they stand for.

Values: the tool's own help (recalled); how they are written: published exports of rules ([MS-GPFAS] 2.2.2.19). An IPv4
subnet is written with its mask, a keyword once for each address family (likely).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping

from .words import BadArgument

Fields = list[tuple[str, str]]

PROTOCOLS = {"tcp": "6", "udp": "17", "icmpv4": "1", "icmpv6": "58"}
PORT_WORDS = {
    "rpc": "RPC", "rpc-epmap": "RPC-EPMap", "iphttps": "IPHTTPSIn", "teredo": "Teredo", "ply2disc": "Ply2Disc",
}  # fmt: skip
ADDRESS_WORDS = {
    "localsubnet": "LocalSubnet", "dns": "DNS", "dhcp": "DHCP", "wins": "WINS", "defaultgateway": "DefaultGateway",
}  # fmt: skip
INTERFACES = {"lan": "Lan", "wireless": "Wireless", "ras": "RemoteAccess"}
EDGES = {"yes": ("Edge",), "no": (), "deferapp": ("Edge", "App"), "deferuser": ("Edge", "User")}

OPTIONS = (
    "name", "dir", "action", "program", "service", "description", "enable", "profile", "localip", "remoteip",
    "localport", "remoteport", "protocol", "interfacetype", "rmtcomputergrp", "rmtusrgrp", "edge", "security",
)  # fmt: skip
SELECTORS = (
    "name", "dir", "profile", "program", "service", "localip", "remoteip", "localport", "remoteport", "protocol",
)  # fmt: skip
UNSIMULATED = {"rmtcomputergrp": (), "rmtusrgrp": (), "security": ("notrequired",)}
"""Option -> the values of it that are simulated (none: the option is not)."""

KEYS: dict[str, tuple[str, ...]] = {
    "name": ("Name",), "dir": ("Dir",), "action": ("Action",), "program": ("App",), "service": ("Svc",),
    "description": ("Desc",), "enable": ("Active",), "profile": ("Profile",), "localip": ("LA4", "LA6"),
    "remoteip": ("RA4", "RA6", "RA42", "RA62"), "localport": ("LPort", "LPort2_10"),
    "remoteport": ("RPort", "RPort2_10"), "protocol": ("Protocol", "ICMP4", "ICMP6"), "interfacetype": ("IFType",),
    "edge": ("Edge", "Defer"), "security": ("Security",), "group": ("EmbedCtxt",),
}  # fmt: skip
"""Option -> the keys that it alone decides."""
ORDER = (
    "Action", "Active", "Dir", "Protocol", "Profile", "LPort", "LPort2_10", "RPort", "RPort2_10", "ICMP4", "ICMP6",
    "LA4", "LA6", "RA4", "RA42", "RA6", "RA62", "IFType", "App", "Svc", "Name", "Desc", "EmbedCtxt", "Edge", "Defer",
)  # fmt: skip
"""In which order a rule's keys are written."""


def fields(options: Mapping[str, str]) -> Fields:
    """The fields that options stand for, unordered. Raises BadArgument."""
    found: Fields = []
    for option, value in options.items():
        found += _READERS[option](value)
    return found


def ordered(found: Fields) -> Fields:
    """The fields as a rule has them."""
    return sorted(found, key=lambda field: ORDER.index(field[0]) if field[0] in ORDER else len(ORDER))


def check(options: Mapping[str, str], protocol: str, outbound: bool) -> None:
    """What options may not say together: ports without TCP or UDP (sous-chefs/firewall#156: sure), edge traversal of
    an outbound rule (recalled). `protocol` is the rule's number, empty for any. Raises BadArgument."""
    if protocol not in ("6", "17") and any(options.get(name) is not None for name in ("localport", "remoteport")):
        raise BadArgument("port_needs_protocol")
    if outbound and options.get("edge", "no").lower() != "no":
        raise BadArgument("value_invalid")


def _word(key: str, words: Mapping[str, str]) -> Callable[[str], Fields]:
    def read(value: str) -> Fields:
        if value.lower() not in words:
            raise BadArgument("value_invalid")
        return [(key, words[value.lower()])]

    return read


def _text(key: str, empty: str = "") -> Callable[[str], Fields]:
    """A free text; `empty` is the word that stands for none."""

    def read(value: str) -> Fields:
        if "|" in value or (not value and key == "Name"):
            raise BadArgument("value_invalid")
        return [(key, value)] if value and value.lower() != empty else []

    return read


def _name(value: str) -> Fields:
    if value.lower() == "all":
        raise BadArgument("value_invalid")
    return _text("Name")(value)


def _service(value: str) -> Fields:
    """`any` stands for every service, written `*` ([MS-GPFAS]: sure for `*`; that netsh's `any` means it: recalled)."""
    return [("Svc", "*")] if value.lower() == "any" else _text("Svc")(value)


def _profiles(value: str) -> Fields:
    words = [word.strip() for word in value.lower().split(",")]
    known = {"domain": "Domain", "private": "Private", "public": "Public"}
    if words == ["any"] or set(words) == set(known):
        return []
    if not set(words) <= set(known):
        raise BadArgument("value_invalid")
    return [("Profile", known[word]) for word in known if word in words]


def _protocol(value: str) -> Fields:
    word, _unused, types = value.lower().partition(":")
    if word == "any":
        return []
    number = PROTOCOLS.get(word, word)
    if not number.isdecimal() or int(number) > 255 or (types and word not in ("icmpv4", "icmpv6")):
        raise BadArgument("protocol_invalid")
    found = [("Protocol", number)]
    if types:
        type_, _unused, code = types.partition(",")
        found.append((f"ICMP{word[-1]}", f"{'*' if type_ == 'any' else type_}:{'*' if code in ('any', '') else code}"))
    return found


def _is_port_or_range(text: str) -> bool:
    found = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", text, re.ASCII)
    return found is not None and int(found[1]) <= int(found[2] or found[1]) <= 65535


def _ports(side: str) -> Callable[[str], Fields]:
    def read(value: str) -> Fields:
        if value.lower() == "any":
            return []
        found = []
        for text in value.split(","):
            word = PORT_WORDS.get(text.strip().lower())
            if word is None and not _is_port_or_range(text.strip()):
                raise BadArgument("port_invalid")
            is_range = word == "IPHTTPSIn" or (word is None and "-" in text)
            found.append((f"{side}Port2_10" if is_range else f"{side}Port", word or text.strip()))
        return found

    return read


def _addresses(side: str) -> Callable[[str], Fields]:
    def read(value: str) -> Fields:
        if value.lower() == "any":
            return []
        found = []
        for text in map(str.strip, value.split(",")):
            word = ADDRESS_WORDS.get(text.lower())
            if word and side == "R":
                found += [("RA4", word), ("RA6", word)]
                continue
            version, written = _address(text)
            found.append((f"{side}A{version}", written))
        return found

    return read


def _address(text: str) -> tuple[int, str]:
    first, _unused, last = text.partition("-")
    try:
        if last:
            low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
            if low.version != high.version or int(low) > int(high):
                raise BadArgument("value_invalid")
            return low.version, text
        if "/" not in text:
            return ipaddress.ip_address(text).version, text
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise BadArgument("value_invalid") from None
    if network.prefixlen == network.max_prefixlen:
        return network.version, str(network.network_address)
    return network.version, network.with_netmask if network.version == 4 else str(network)


def _interfaces(value: str) -> Fields:
    if value.lower() == "any":
        return []
    words = value.lower().split(",")
    if not set(words) <= set(INTERFACES):
        raise BadArgument("value_invalid")
    return [("IFType", INTERFACES[word]) for word in words]


def _edge(value: str) -> Fields:
    if value.lower() not in EDGES:
        raise BadArgument("value_invalid")
    edge = EDGES[value.lower()]
    return [("Edge", "TRUE"), *(("Defer", word) for word in edge[1:])] if edge else []


def _nothing(value: str) -> Fields:
    return []


_READERS: dict[str, Callable[[str], Fields]] = {
    "name": _name,
    "dir": _word("Dir", {"in": "In", "out": "Out"}),
    "action": _word("Action", {"allow": "Allow", "block": "Block", "bypass": "ByPass"}),
    "program": _text("App", "any"),
    "service": _service,
    "description": _text("Desc"),
    "enable": _word("Active", {"yes": "TRUE", "no": "FALSE"}),
    "profile": _profiles,
    "localip": _addresses("L"),
    "remoteip": _addresses("R"),
    "localport": _ports("L"),
    "remoteport": _ports("R"),
    "protocol": _protocol,
    "interfacetype": _interfaces,
    "edge": _edge,
    "security": _nothing,
    "rmtcomputergrp": _nothing,
    "rmtusrgrp": _nothing,
    "group": _text("EmbedCtxt"),
}
