"""What a module of this version can have written: one table, used by whoever writes a journal and by whoever reads one.

A place counts only in the very spelling in which its module names it. So another root, view, case or value name, a
subkey, `..\\`, `/`, a short name, a device or share prefix, a stream or a variable is no place of the table, whatever
Windows would make of it. What was there before must be something that the module can have found and that its tools can
write back. That others put a value of an odd type there is such a thing: it comes back as it was.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Final

from ..._windows import eventlog
from .. import publisher_evidence, root_lists
from ..defender import own_proxy, spynet
from ..firewall import allow_rule, rule_spec
from ..operation import (
    AdvancedIntent,
    AdvancedSettings,
    EventLog,
    File,
    FollowsIntent,
    Intent,
    Json,
    LogIntent,
    OurRules,
    Place,
    Refused,
    RegistryValue,
    RulesIntent,
    ValueIntent,
    WinHttpIntent,
    intent_from_json,
    json_forms,
)
from ..proxy import change as proxy_change
from .states import demand_carried, handler_for

_ROOT = re.compile(r'[A-Za-z]:(?:\\[^\\/:*?"<>|%~\x00-\x1f]*[^\\/:*?"<>|%~\x00-\x1f. ])+')
_NEW = re.compile(r"windefend-maps-[0-9a-f]{1,12}-[0-9a-f]{1,32}\.new")
_BACKUP = re.compile(r"machine\.config\.\d{8}-\d{6}-[0-9a-f]{1,6}\.bak")

Meant = Callable[[Intent], None]
"""Raises ValueError where a module cannot have meant to make this."""


def _any(kind: type[Intent]) -> Meant:
    def check(intended: Intent) -> None:
        if not isinstance(intended, kind):
            raise ValueError(f"no module means {type(intended).__name__} of this place")

    return check


def _value(intended: Intent, type_: str) -> int | str | None:
    """The data that a value shall get; None: it shall go."""
    if not isinstance(intended, ValueIntent) or intended.type not in ("", type_):
        raise ValueError(f"a value of {type_} is wanted")
    return intended.data if intended.type else None


def _number(first: int, last: int) -> Meant:
    def check(intended: Intent) -> None:
        number = _value(intended, "REG_DWORD")
        if number is not None:
            json_forms.whole(number, first, last)

    return check


def _url(intended: Intent) -> None:
    url = _value(intended, "REG_SZ")
    if url is not None:
        root_lists.parse_url(json_forms.text(url))


def _own_proxy(name: str) -> Meant:
    def check(intended: Intent) -> None:
        text = _value(intended, "REG_SZ")
        if text is not None:
            own_proxy.checked({name: json_forms.text(text)})

    return check


SSL: Final = RegistryValue(spynet.POLICY, spynet.VALUES["ssl_options"])
_RANGES: Final = {"ssl_options": 3, "reporting": 2, "submit_samples": 3}
PLACES: Final[Mapping[str, Mapping[Place, Meant]]] = {
    "defender_proxy": {place: _own_proxy(name) for name, place in own_proxy.PLACES.items()},
    "spynet": {RegistryValue(spynet.POLICY, name): _number(0, _RANGES[one]) for one, name in spynet.VALUES.items()},
    "winhttp_proxy": {
        **dict.fromkeys(proxy_change.PLACES["winhttp"], _any(WinHttpIntent)),
        **dict.fromkeys(proxy_change.PLACES["advanced"], _any(FollowsIntent)),
        AdvancedSettings(): _any(AdvancedIntent),
    },
    "root_update": {
        RegistryValue(key, name): _url if type_ == "REG_SZ" else _number(0, 1)
        for key, name, type_ in root_lists.VALUES.values()
    },
    "capi2_log": {EventLog(eventlog.CAPI2): _any(LogIntent)},
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
        meant: Meant = functools.partial(_rules, place)
    elif isinstance(place, File) and module == "publisher_evidence":
        meant = functools.partial(_file, place)
    elif place in PLACES.get(module, {}):
        meant = PLACES[module][place]
    else:
        raise ValueError(f"{module or 'no module'!a} of this version does not change {place.label!a}")
    meant(intent_from_json(place, intended))
    handler_for(place).demand_restorable(place, before)
    if content is not None and (not isinstance(place, File) or publisher_evidence.sha256(content) != before["sha256"]):
        raise ValueError("its content is not that of a file with this SHA-256")


_TEXTS: Final = ("name", "program", "service", "protocol", "description")
_LISTS: Final = ("remote_ports", "remote_addresses", "profiles")


def _rules(place: OurRules, intended: Intent) -> None:
    """The name must be one that the module takes, and the rule one that it makes."""
    rule_spec.RuleSpec(json_forms.text(place.name)).validated()
    if not isinstance(intended, RulesIntent) or len(intended.rules) > 1:
        raise ValueError("it must be one rule or none")
    for rule in intended.rules:
        found = json_forms.mapping(rule, *_TEXTS, *_LISTS, "enabled", "other_conditions")
        name, program, service, protocol, description = (json_forms.text(found[one]) for one in _TEXTS)
        ports, addresses, profiles = (tuple(json_forms.texts(found[one], json_forms.LONGEST_TEXT)) for one in _LISTS)
        request = rule_spec.RuleSpec(
            name, program, service, protocol, ports, addresses, profiles, json_forms.flag(found["enabled"]), description
        )
        demand_carried(allow_rule.add_command(request.validated()))
        if request.name != place.name or rule_spec.spec_as_dict(request) != rule:
            raise ValueError("it is not a rule that the module creates")


def _file(place: File, _intended: Intent) -> None:
    """Any content may be meant; where it lies must be where the module writes."""
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
