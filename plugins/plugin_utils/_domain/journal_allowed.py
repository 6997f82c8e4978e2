"""What a module of this version can have written: one table, used by whoever writes a journal and by whoever reads one.

A place counts only in the very spelling in which its module names it. So another root, view, case or value name, a
subkey, `..\\`, `/`, a short name, a device or share prefix, a stream or a variable is no place of the table, whatever
Windows would make of it. What was there before must be something that the module can have found and that its tools can
write back. That others put a value of an odd type there is such a thing: it comes back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from .._windows import netsh, registry, winhttp_settings
from .._windows.cmdline import Batch, Command
from .._windows.firewall_rule import FirewallRule
from . import firewall_rule, proxy, publisher_evidence, root_update, spynet
from .journal_places import AdvancedSettings, File, Json, OurRules, Place, RegistryValue
from .operation import Refused

WRITABLE: Final = ("REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ", "REG_DWORD", "REG_QWORD", "REG_BINARY")
"""Types that reg writes; a value of another one is not changed while a journal is kept."""
BLOB: Final = ("REG_BINARY",)
"""Of the values that hold a proxy as WinHTTP packs it."""
DEEPEST_MISSING: Final = 2
"""A value's key and the one above it, see `journal_state.keys_of`."""
MOST_RULES: Final = 64
LONGEST_TEXT: Final = 8191
"""Characters; a longer one fits into no command line."""
FOLLOWS: Final = {"follows": "advanced_settings"}
"""Intended of the advanced store's own values: netsh decides what they hold."""

_TOKEN = "0" * 8
"""As long as the one of a line that is sent."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ROOT = re.compile(r'[A-Za-z]:(?:\\[^\\/:*?"<>|%~\x00-\x1f]*[^\\/:*?"<>|%~\x00-\x1f. ])+')
_NEW = re.compile(r"windefend-maps-[0-9a-f]{1,12}-[0-9a-f]{1,32}\.new")
_BACKUP = re.compile(r"machine\.config\.\d{8}-\d{6}-[0-9a-f]{1,6}\.bak")

Intended = Callable[[Json], None]
"""Raises ValueError where a module cannot have meant to make this."""


def mapping(data: Json, *names: str) -> Mapping[str, Json]:
    """`data` when it is an object of exactly these members."""
    if not isinstance(data, dict) or set(data) != set(names):
        raise ValueError(f"it must be an object with {', '.join(names)}")
    return data


def text(data: Json, longest: int = LONGEST_TEXT) -> str:
    """`data` when it is a text without lone surrogates, of at most `longest` characters."""
    if not isinstance(data, str) or len(data) > longest:
        raise ValueError(f"it must be a string of at most {longest} characters")
    data.encode("utf-8")  # UnicodeEncodeError is a ValueError
    return data


def whole(data: Json, first: int, last: int) -> int:
    """`data` when it is a whole number from `first` to `last`."""
    if not isinstance(data, int) or isinstance(data, bool) or not first <= data <= last:
        raise ValueError(f"it must be a number from {first} to {last}")
    return data


def flag(data: Json) -> bool:
    """`data` when it is true or false."""
    if not isinstance(data, bool):
        raise ValueError("it must be true or false")
    return data


def texts(data: Json, most: int) -> list[str]:
    """`data` when it is a list of at most `most` texts."""
    if not isinstance(data, list) or len(data) > most:
        raise ValueError(f"it must be a list of at most {most} strings")
    return [text(one) for one in data]


def data_from_json(data: Json) -> registry.Data:
    """Registry data as a journal holds it: bytes in hex, several texts as a list."""
    if isinstance(data, dict):
        return bytes.fromhex(text(mapping(data, "hex")["hex"]))
    if isinstance(data, list):
        return tuple(texts(data, LONGEST_TEXT))
    if isinstance(data, str):
        return text(data)
    if isinstance(data, int) and not isinstance(data, bool):
        return data
    raise ValueError("it is not registry data")


def _value(data: Json, types: tuple[str, ...]) -> tuple[str, registry.Data] | None:
    if data is None:
        return None
    found = mapping(data, "type", "data")
    if found["type"] not in types:
        raise ValueError(f"it must be a value of type {' or '.join(types)}")
    return found["type"], data_from_json(found["data"])


def _number(first: int, last: int) -> Intended:
    def check(intended: Json) -> None:
        value = _value(mapping(intended, "value")["value"], ("REG_DWORD",))
        if value is not None:
            whole(value[1], first, last)

    return check


def _url(intended: Json) -> None:
    value = _value(mapping(intended, "value")["value"], ("REG_SZ",))
    if value is not None:
        root_update.parse_url(text(value[1]))


def _winhttp(intended: Json) -> None:
    found = mapping(mapping(intended, "winhttp")["winhttp"], "http", "https", "bypass")
    text(found["http"])
    text(found["https"])
    if found["bypass"] is not None:
        texts(found["bypass"], LONGEST_TEXT)


def _follows(intended: Json) -> None:
    if intended != FOLLOWS:
        raise ValueError("a value of the advanced store follows it and nothing else")


def _advanced(intended: Json) -> None:
    found = mapping(intended, "http", "https", "bypass", "autoconfig_url", "auto_detect")
    for name in ("http", "https", "autoconfig_url"):
        text(found[name])
    texts(found["bypass"], LONGEST_TEXT)
    flag(found["auto_detect"])


SSL: Final = RegistryValue(spynet.POLICY, spynet.VALUES["ssl_options"])
_RANGES: Final = {"ssl_options": 3, "reporting": 2, "submit_samples": 3}
PLACES: Final[Mapping[str, Mapping[Place, Intended]]] = {
    "spynet": {RegistryValue(spynet.POLICY, name): _number(0, _RANGES[one]) for one, name in spynet.VALUES.items()},
    "winhttp_proxy": {
        **dict.fromkeys(proxy.PLACES["winhttp"], _winhttp),
        **dict.fromkeys(proxy.PLACES["advanced"], _follows),
        AdvancedSettings(): _advanced,
    },
    "root_update": {
        RegistryValue(key, name): _url if type_ == "REG_SZ" else _number(0, 1)
        for key, name, type_ in root_update.VALUES.values()
    },
    "firewall_rule": {},
    "publisher_evidence": {},
    "rollback": {SSL: _number(0, 3)},
}
"""Module -> the places of fixed name that it changes. Those of `firewall_rule` and `publisher_evidence` have names of
their own each, see `_rules` and `_file`; `rollback` writes down only that it loosens."""


def check(module: str, place: Place, before: Json, intended: Json, content: bytes | None = None) -> None:
    """Raises ValueError where this is nothing that a module of this version can have written down."""
    try:
        _check(module, place, before, intended, content)
    except Refused as error:
        raise ValueError(str(error)) from None


def _check(module: str, place: Place, before: Json, intended: Json, content: bytes | None) -> None:
    if isinstance(place, OurRules) and module == "firewall_rule":
        _rules(place, intended)
    elif isinstance(place, File) and module == "publisher_evidence":
        _file(place, intended)
    elif place in PLACES.get(module, {}):
        PLACES[module][place](intended)
    else:
        raise ValueError(f"{module or 'no module'!a} of this version does not change {place.label!a}")
    check_before(place, before)
    if content is not None and (not isinstance(place, File) or publisher_evidence.sha256(content) != before["sha256"]):
        raise ValueError("its content is not that of a file with this SHA-256")


def check_before(place: Place, before: Json) -> None:
    """Raises ValueError or Refused where a state of a place is none, or could not be written back exactly."""
    if isinstance(place, RegistryValue):
        state = mapping(before, "value", "missing")
        whole(state["missing"], 0, DEEPEST_MISSING)
        value = _value(state["value"], BLOB if place.key == winhttp_settings.KEY else WRITABLE)
        if value is not None:
            demand_carried(registry.add(place.key, place.name, *value, view=place.view))
    elif isinstance(place, AdvancedSettings):
        _check_advanced(mapping(before, "settings", "enabled"))
    elif isinstance(place, OurRules):
        _check_rules(place, mapping(before, "rules", "others"))
    else:
        digest = mapping(before, "sha256")["sha256"]
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise ValueError("it is not a SHA-256")


def demand_carried(command: Command) -> None:
    """Raises LineTooLong, a ValueError, where a command does not even fit into a line of its own."""
    len(Batch({"it": command.with_errors()}, token=_TOKEN).line)


def _check_advanced(state: Mapping[str, Json]) -> None:
    if state["enabled"] is not None:
        flag(state["enabled"])
    if state["settings"] is None:
        return
    found = mapping(state["settings"], "proxy", "bypass", "autoconfig_url", "auto_detect")
    proxy_text, bypass, url = (text(found[name]) for name in ("proxy", "bypass", "autoconfig_url"))
    demand_carried(netsh.set_advproxy(netsh.AdvancedProxy(proxy_text, bypass, url, flag(found["auto_detect"]))))


def _check_rules(place: OurRules, state: Mapping[str, Json]) -> None:
    whole(state["others"], 0, 1 << 20)
    for one in texts(state["rules"], MOST_RULES):
        rule = FirewallRule.parse(one)
        if not firewall_rule.is_ours(rule) or rule.name.lower() != place.name.lower():
            raise ValueError(f"{one!a} is not an outbound allow rule named {place.name!a}")
        wish = firewall_rule.check(firewall_rule.wish_of(rule))
        demand_carried(firewall_rule.adding(wish))
        if firewall_rule.shown(rule) != firewall_rule.described(wish):
            raise ValueError("it has conditions that netsh does not support")


_TEXTS: Final = ("name", "program", "service", "protocol", "description")
_LISTS: Final = ("remote_ports", "remote_addresses", "profiles")


def _rules(place: OurRules, intended: Json) -> None:
    """The name must be one that the module takes, and the rule one that it makes."""
    firewall_rule.check(firewall_rule.Wish(text(place.name)))
    rules = mapping(intended, "rules")["rules"]
    if not isinstance(rules, list) or len(rules) > 1:
        raise ValueError("it must be one rule or none")
    for rule in rules:
        found = mapping(rule, *_TEXTS, *_LISTS, "enabled", "other_conditions")
        name, program, service, protocol, description = (text(found[one]) for one in _TEXTS)
        ports, addresses, profiles = (tuple(texts(found[one], LONGEST_TEXT)) for one in _LISTS)
        wish = firewall_rule.Wish(
            name, program, service, protocol, ports, addresses, profiles, flag(found["enabled"]), description
        )
        demand_carried(firewall_rule.adding(firewall_rule.check(wish)))
        if wish.name != place.name or firewall_rule.described(wish) != rule:
            raise ValueError("it is not a rule that the module creates")


def _file(place: File, intended: Json) -> None:
    check_before(place, intended)
    root = next((place.path[: -len(tail)] for tail in _TAILS if place.path.endswith(tail)), "")
    folder = place.path.rpartition("\\")[0]
    if not _ROOT.fullmatch(root):
        raise ValueError(f"{place.path!a} is not a machine.config of a .NET Framework")
    for path, pattern in ((place.new, _NEW), (place.backup, _BACKUP)):
        beside, _unused, name = path.rpartition("\\")
        if beside != folder or not pattern.fullmatch(name):
            raise ValueError(f"{path!a} is not a file that the module creates for {place.path!a}")


_TAILS: Final = tuple(place.path("") for place in publisher_evidence.places(publisher_evidence.FRAMEWORKS, (32, 64)))


def below(place: File, system_root: str) -> bool:
    """Whether a file of the table lies where Windows does on this host, whose registry may spell that otherwise."""
    return place.path.lower() in {(system_root + tail).lower() for tail in _TAILS}
