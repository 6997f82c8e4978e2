"""Changes a fleet file or the control channel asks for: attributes of a machine, registry values, services.

winrm: {allow_basic: true}
defender: {choice: 1, validation_seconds: 0.5, controlled_configuration: true}
network:
  resolves_external_names: false
  direct: {blocked: {"*:80": drop}, inspects_tls: false}
  proxies: {"proxy.corp.example:3128": {requires_password: true}}
  internal_servers: {"wsus.corp.example:8530": 200}  # address and the status it answers with
defender_proxy: {local: {ProxyServer: "http://proxy.corp.example:3128"}}   # or policy, policy_manager; null removes
clock_offset: -86400                                 # seconds
services: {WinDefend: {state: stopped, start: disabled}}
registry_tools_disabled: true                        # reg.exe refuses every account of the machine
key_denied: ['HKLM\\SOFTWARE\\Microsoft\\Windows Defender']   # SYSTEM alone may read there
firewall_service_stopped: true                       # mpssvc, disabled too
autorun: exit 1                                      # what cmd.exe runs before each line
lockout_after: 3                                     # wrong passwords, before an account is locked; 0: never
applocker: {refused: ['*.bat', '*.cmd', MpCmdRun.exe], services_enforced: false}   # what may not start
smart_quotes: true                                   # the stored proxies stand in typographic quotation marks
findstr_limit: false                                 # findstr carries lines of any length on a pipe
onboarding: streamlined                              # or standard; to Defender for Endpoint
long_rules: true                                     # a local rule of 11,054 characters blocks Defender
powershell: {win_ping: {changed: false, ping: pong}}    # what that module answers; runs nothing
registry:
  HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Spynet:
    SSLOptions: 2                                    # an int is a REG_DWORD, text a REG_SZ, null removes it
    Blob: {type: binary, data: 0102ff}
  HKLM\\SOFTWARE\\Example: null                        # removes the key
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import TypeVar

from .machine import proxy_stores
from .machine.clean.registry import ACCOUNT_POLICIES, COMMAND_PROCESSOR
from .machine.defender import MANAGER_KEY, POLICY_KEY, STATE_KEY
from .machine.firewall import write_long_rule
from .machine.model import Machine
from .machine.network import Barrier, Path, Proxy
from .machine.onboarding import KINDS, onboard
from .machine.registry import Data, KeyMissing, ValueType
from .machine.services import SERVICES_KEY, Start, State

T = TypeVar("T")


class Invalid(Exception):
    """Something a fleet file may not say: `where` is the path inside it, the text says what is allowed."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


def apply(machine: Machine, overrides: object, where: str = "overrides") -> None:
    """Applies overrides in the order they stand; raises Invalid, having applied those before it."""
    for name, value in mapping(overrides, where).items():
        if name not in _SECTIONS:
            raise Invalid(f"{where}.{name}", f"unknown; allowed: {', '.join(sorted(_SECTIONS))}")
        _SECTIONS[name](machine, value, f"{where}.{name}")


def mapping(value: object, where: str) -> Mapping[str, object]:
    """`value` as a mapping with text keys; raises Invalid."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise Invalid(where, f"must be a mapping with text keys, not {value!r}")
    return value


def typed(value: object, kind: type[T], where: str) -> T:
    """`value` if it is of a kind (a bool is no int here); raises Invalid."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return kind(value)  # type: ignore[call-arg]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Invalid(where, f"must be {_NAMES.get(kind, kind.__name__)}, not {value!r}")
    return value


def one_of(value: object, allowed: list[str], where: str) -> str:
    """`value` if it is one of the texts; raises Invalid."""
    if value not in allowed:
        raise Invalid(where, f"{value!r} is unknown; allowed: {', '.join(allowed)}")
    return str(value)


_NAMES: dict[type, str] = {list: "a list", bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def _fields(target: object, value: object, where: str) -> None:
    """Sets attributes of a dataclass to values of their own kind."""
    known = {field.name for field in dataclasses.fields(target)}  # type: ignore[arg-type]
    for name, new in mapping(value, where).items():
        if name not in known:
            raise Invalid(f"{where}.{name}", f"unknown; allowed: {', '.join(sorted(known))}")
        if name == "blocked":
            rules = mapping(new, f"{where}.{name}")
            barriers = [barrier.value for barrier in Barrier]
            checked = {
                rule: Barrier(one_of(barrier, barriers, f"{where}.{name}.{rule}")) for rule, barrier in rules.items()
            }
            setattr(target, name, checked)
        elif name in ("refused", "filtered_programs", "missing_files", "server_lists", "trust_list_shares"):
            setattr(
                target, name, [typed(share, str, f"{where}.{name}") for share in typed(new, list, f"{where}.{name}")]
            )
        elif name in ("pac_files", "virtual_directories"):
            files = mapping(new, f"{where}.{name}")
            setattr(target, name, {url: typed(proxy, str, f"{where}.{name}.{url}") for url, proxy in files.items()})
        elif name == "internal_servers":
            servers = mapping(new, f"{where}.{name}")
            statuses = {at.lower(): typed(status, int, f"{where}.{name}.{at}") for at, status in servers.items()}
            setattr(target, name, statuses)
        elif name == "channel_binding":
            setattr(target, name, one_of(new, ["none", "relaxed", "strict"], f"{where}.{name}"))
        else:
            setattr(target, name, typed(new, type(getattr(target, name)), f"{where}.{name}"))


def _winrm(machine: Machine, value: object, where: str) -> None:
    _fields(machine.winrm, value, where)


def _defender(machine: Machine, value: object, where: str) -> None:
    _fields(machine.defender, value, where)


def _network(machine: Machine, value: object, where: str) -> None:
    given = dict(mapping(value, where))
    if "direct" in given:
        machine.network.direct = Path()
        _fields(machine.network.direct, given.pop("direct"), f"{where}.direct")
    if "proxies" in given:
        for address, options in mapping(given.pop("proxies"), f"{where}.proxies").items():
            proxy = machine.network.proxies.setdefault(address.lower(), Proxy())
            _fields(proxy, options or {}, f"{where}.proxies.{address}")
    if "profile" in given:
        one_of(given["profile"], ["domain", "private", "public"], f"{where}.profile")
    _fields(machine.network, given, where)


_OWN_PROXY = {"policy": POLICY_KEY, "policy_manager": MANAGER_KEY, "local": STATE_KEY}


def _defender_proxy(machine: Machine, value: object, where: str) -> None:
    for store, values in mapping(value, where).items():
        key = _OWN_PROXY[one_of(store, list(_OWN_PROXY), f"{where}.{store}")]
        for name in mapping(values, f"{where}.{store}"):
            one_of(name, ["ProxyServer", "ProxyPacUrl", "ProxyBypass"], f"{where}.{store}.{name}")
        _registry(machine, {key: values}, f"{where}.{store}")


def _clock_offset(machine: Machine, value: object, where: str) -> None:
    machine.clock_offset = dt.timedelta(seconds=typed(value, float, where))


def _services(machine: Machine, value: object, where: str) -> None:
    for name, options in mapping(value, where).items():
        service = machine.services.find(name)
        if service is None:
            raise Invalid(f"{where}.{name}", "there is no such service")
        for option, text in mapping(options, f"{where}.{name}").items():
            at = f"{where}.{name}.{option}"
            if option == "state":
                service.state = State[one_of(text, [s.name.lower() for s in State], at).upper()]
            elif option == "start":
                start = Start[one_of(text, [s.name.lower() for s in Start], at).upper()]
                machine.registry.set_dword(f"{SERVICES_KEY}\\{service.name}", "Start", start)
            else:
                raise Invalid(at, "unknown; allowed: start, state")


def _registry_tools_disabled(machine: Machine, value: object, where: str) -> None:
    for account in machine.accounts:
        key = f"HKU\\{account.sid}\\{ACCOUNT_POLICIES}"
        machine.registry.set_dword(key, "DisableRegistryTools", int(typed(value, bool, where)))


def _key_denied(machine: Machine, value: object, where: str) -> None:
    for key in typed(value, list, where):
        try:
            machine.registry.deny(typed(key, str, where))
        except KeyMissing:
            raise Invalid(where, "each key must begin with HKLM, HKU, HKCR or HKCC") from None


def _firewall_service_stopped(machine: Machine, value: object, where: str) -> None:
    stopped = typed(value, bool, where)
    state, start = ("stopped", "disabled") if stopped else ("running", "auto")
    _services(machine, {"mpssvc": {"state": state, "start": start}}, where)


def _autorun(machine: Machine, value: object, where: str) -> None:
    machine.registry.set_text(f"HKLM\\{COMMAND_PROCESSOR}", "AutoRun", typed(value, str, where))


def _lockout_after(machine: Machine, value: object, where: str) -> None:
    machine.lockout_after = typed(value, int, where)


def _applocker(machine: Machine, value: object, where: str) -> None:
    _fields(machine.application_control, value, where)


def _smart_quotes(machine: Machine, value: object, where: str) -> None:
    if typed(value, bool, where):
        proxy_stores.quote_stored(machine)


def _findstr_limit(machine: Machine, value: object, where: str) -> None:
    machine.findstr_limit = typed(value, bool, where)


def _long_rules(machine: Machine, value: object, where: str) -> None:
    if typed(value, bool, where):
        write_long_rule(machine)


def _onboarding(machine: Machine, value: object, where: str) -> None:
    onboard(machine, one_of(value, list(KINDS), where))


def _powershell(machine: Machine, value: object, where: str) -> None:
    answers = mapping(value, where)
    machine.powershell = {name: json.dumps(mapping(answer, f"{where}.{name}")) for name, answer in answers.items()}


def _registry(machine: Machine, value: object, where: str) -> None:
    for key, values in mapping(value, where).items():
        if values is None:
            if machine.registry.exists(key):
                machine.registry.delete_key(key)
            continue
        for name, data in mapping(values, f"{where}.{key}").items():
            at = f"{where}.{key}.{name}"
            try:
                if data is None:
                    if machine.registry.get(key, name):
                        machine.registry.delete_value(key, name)
                else:
                    machine.registry.set(key, name, *_value(data, at))
            except KeyMissing:
                raise Invalid(at, "the key must begin with HKLM, HKU, HKCR or HKCC") from None


def _value(data: object, where: str) -> tuple[ValueType, Data]:
    if isinstance(data, bool):
        raise Invalid(where, "must be a number, text, a list of texts, or a mapping with type and data")
    if isinstance(data, int):
        return ValueType.DWORD, data & 0xFFFFFFFF
    if isinstance(data, str):
        return ValueType.SZ, data
    if isinstance(data, list):
        return ValueType.MULTI_SZ, tuple(typed(item, str, where) for item in data)
    given = mapping(data, where)
    types = {"sz": ValueType.SZ, "expand_sz": ValueType.EXPAND_SZ, "binary": ValueType.BINARY, "qword": ValueType.QWORD}
    kind = types[one_of(given.get("type"), list(types), f"{where}.type")]
    content = given.get("data")
    if kind is ValueType.QWORD:
        return kind, typed(content, int, f"{where}.data")
    text = typed(content, str, f"{where}.data")
    if kind is not ValueType.BINARY:
        return kind, text
    try:
        return kind, bytes.fromhex(text)
    except ValueError:
        raise Invalid(f"{where}.data", "must be hexadecimal digits, in quotes") from None


_SECTIONS: dict[str, Callable[[Machine, object, str], None]] = {
    "winrm": _winrm,
    "defender": _defender,
    "network": _network,
    "defender_proxy": _defender_proxy,
    "clock_offset": _clock_offset,
    "services": _services,
    "registry_tools_disabled": _registry_tools_disabled,
    "key_denied": _key_denied,
    "firewall_service_stopped": _firewall_service_stopped,
    "autorun": _autorun,
    "lockout_after": _lockout_after,
    "applocker": _applocker,
    "smart_quotes": _smart_quotes,
    "findstr_limit": _findstr_limit,
    "long_rules": _long_rules,
    "onboarding": _onboarding,
    "powershell": _powershell,
    "registry": _registry,
}
