"""Hosts that are broken in known ways, and what the modules would see of them. The machine in memory, not the wire.

A state is one choice for each thing that can be wrong. What is wrong is told by the choices themselves, by the names of
the diagnosis' causes, and neither by the diagnosis nor by winsim's physics. Evidence is collected by the modules' own
operations; what a choice cannot change is collected once: a proxy does not see which services run.
"""

from __future__ import annotations

import datetime as dt
import itertools
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._domain import (
    as_system,
    firewall_rule,
    probe,
    proxy,
    root_update,
    spynet,
    validation,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import Operation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.plan import Step
from ansible_collections.windefend.maps.plugins.plugin_utils._task.drive import drive
from ansible_collections.windefend.maps.plugins.plugin_utils._task.plain import plain
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost
from ansible_collections.windefend.maps.winsim import physics
from ansible_collections.windefend.maps.winsim.host import SimulatedHost as WinrmSide
from ansible_collections.windefend.maps.winsim.machine import firewall as store
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.accounts import ADMINISTRATORS_SID, SYSTEM, SYSTEM_SID, Role
from ansible_collections.windefend.maps.winsim.machine.builder import SYSTEMS, build, filetime
from ansible_collections.windefend.maps.winsim.machine.defender import POLICY_KEY, STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.internet_settings import InternetSettings
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier, Path, Proxy
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.machine.services import SERVICES_KEY, Start, State
from ansible_collections.windefend.maps.winsim.machine.trust_lists import ROOT_KEY

NOW = dt.datetime(2026, 9, 21, 12, tzinfo=dt.UTC)
NAME = as_system.unique_name(NOW.timestamp(), "0123456789ab")
PROXY, DEAD = "proxy.corp.example:3128", "old-proxy.corp.example:8080"
FIREWALL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
AUTO_UPDATE = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
ROOT_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot"
BLOCK = "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|Svc={service}|Name=no cloud|"
OFF = dt.timedelta(days=-400)


@dataclass(frozen=True)
class Network:
    """How a host is to get out, and what of that is wrong."""

    build: Callable[[Machine], None]
    wrong: tuple[str, ...] = ()
    maps: str | None = "direct"
    """Over which path MAPS is reached: `direct` or `proxy`; None: over none, so nothing behind it can be seen."""
    lists: str | None = "direct"


def _closed(machine: Machine, barrier: Barrier = Barrier.DROP, rule: str = "*:*") -> Proxy:
    machine.network.direct.blocked[rule] = barrier
    return machine.network.proxies.setdefault(PROXY, Proxy())


def _missing(barrier: Barrier, rule: str = "*:*") -> Callable[[Machine], None]:
    return lambda machine: (_closed(machine, barrier, rule), None)[1]


def _proxied(machine: Machine) -> Proxy:
    proxy_stores.write_winhttp(machine, PROXY)
    return _closed(machine)


def _gate(barrier: Barrier) -> Callable[[Machine], None]:
    """The proxy is right and does not let MAPS out."""
    return lambda machine: _proxied(machine).blocked.update({"*:443": barrier})


def _no_way(barrier: Barrier, rule: str) -> Callable[[Machine], None]:
    """No proxy is to be had, and the perimeter does not let the host out."""
    return lambda machine: machine.network.direct.blocked.update({rule: barrier})


def _defender_only(machine: Machine) -> None:
    _closed(machine)
    machine.registry.set_text(POLICY_KEY, "ProxyServer", f"http://{PROXY}")


def _defender_dead(machine: Machine) -> None:
    _closed(machine)
    machine.registry.set_text(POLICY_KEY, "ProxyServer", f"http://{DEAD}")


def _dead(machine: Machine) -> None:
    _closed(machine)
    proxy_stores.write_winhttp(machine, DEAD)


def _password(machine: Machine) -> None:
    _proxied(machine).requires_password = True


def _no_names(machine: Machine) -> None:
    _closed(machine)
    machine.network.resolves_external_names = False


def _systems_proxy(machine: Machine) -> None:
    _closed(machine)
    proxy_stores.write_account(machine, SYSTEM_SID, InternetSettings(PROXY, proxy_enabled=True))


NETWORKS: dict[str, Network] = {
    "open": Network(lambda machine: None),
    "proxied": Network(lambda machine: (_proxied(machine), None)[1], (), "proxy", "proxy"),
    "proxy_missing_drop": Network(_missing(Barrier.DROP), ("winhttp_proxy_missing",), None, None),
    "proxy_missing_cut": Network(_missing(Barrier.CUT), ("winhttp_proxy_missing",), None, None),
    "proxy_missing_lists": Network(_missing(Barrier.DROP, "*:80"), ("winhttp_proxy_missing",), "direct", None),
    "defenders_proxy_only": Network(_defender_only, ("winhttp_proxy_missing",), "proxy", None),
    "defenders_proxy_dead": Network(_defender_dead, ("defender_proxy_dead", "winhttp_proxy_missing"), None, None),
    "proxy_dead": Network(_dead, ("winhttp_proxy_dead",), None, None),
    "proxy_password": Network(_password, ("proxy_authentication",), None, None),
    "no_names": Network(_no_names, ("name_resolution",), None, None),
    "proxy_refuses": Network(_gate(Barrier.REFUSE), ("perimeter",), None, "proxy"),
    "proxy_cuts": Network(_gate(Barrier.CUT), ("perimeter",), None, "proxy"),
    "perimeter_drops": Network(_no_way(Barrier.DROP, "*:443"), ("perimeter",), None, "direct"),
    "perimeter_cuts": Network(_no_way(Barrier.CUT, "*:443"), ("perimeter",), None, "direct"),
    "perimeter_closed": Network(_no_way(Barrier.DROP, "*:*"), ("perimeter", "crl_unreachable"), None, None),
    "systems_own_proxy": Network(_systems_proxy, (), "proxy", "proxy"),
}


@dataclass(frozen=True)
class StateOf:
    """One choice for each thing that can be wrong; the defaults are right."""

    network: str = "open"
    firewall: str = ""
    """`rule`, `default`, or `lists` (a rule for the service that fetches them)."""
    inspection: str = ""
    """`trusted` or `untrusted`: whether the host trusts the inspecting authority."""
    lists: str = ""
    """`blocked`, or `page`: something else answers in their place."""
    root: bool = True
    kept: bool = True
    """CryptSvc may write the list of untrusted certificates."""
    clock: bool = True
    build: bool = True
    elevated: bool = True
    service: str = ""
    """`stopped` or `passive`."""
    membership: bool = True
    options: int = 3

    @property
    def wrong(self) -> frozenset[str]:
        """What is wrong, by the names of the causes."""
        network = NETWORKS[self.network]
        found = set(network.wrong)
        revocation = self.options & 1
        found |= {"firewall_block_rule"} if self.firewall in ("rule", "lists") else set()
        found |= {"firewall_default_block"} if self.firewall == "default" else set()
        found |= {"tls_inspection"} if self.inspection and self.options & 3 else set()
        found |= {"crl_unreachable"} if self.lists and revocation else set()
        found |= set() if self.root else {"root_missing"}
        # Behind the time, a list that was written earlier is not old yet.
        found |= {"trust_list_stale"} if not self.kept and self.clock and revocation else set()
        found |= set() if self.clock else {"clock_skew"}
        found |= set() if self.build else {"windows_too_old"}
        found |= set() if self.elevated else {"not_elevated"}
        found |= {"service_stopped"} if self.service else set()
        found |= {"other_antivirus"} if self.service == "passive" else set()
        found |= set() if self.membership else {"maps_off"}
        if not revocation:
            found.discard("crl_unreachable")
        return frozenset(found)

    def machine(self) -> Machine:
        """A machine in this state."""
        machine = build("PC", os=SYSTEMS["windows_server_2022" if self.build else "windows_10_1607"], seed=1, now=NOW)
        machine.true_time = lambda: NOW
        machine.defender.choice = zlib.crc32(repr(_first(self)).encode())  # every code that a condition has comes up
        WinrmSide(machine)  # gives the accounts their folders
        network = NETWORKS[self.network]
        network.build(machine)
        paths: Mapping[str, Path] = {"direct": machine.network.direct, **_proxies(machine)}
        if self.inspection and network.maps:
            paths[network.maps].inspects_tls = True
            paths[network.maps].inspection_root_trusted = self.inspection == "trusted"
        if self.lists and network.lists:
            barrier = Barrier.PAGE if self.lists == "page" else Barrier.DROP
            paths[network.lists].blocked = {
                "www.microsoft.com:80": barrier, "crl.microsoft.com:80": barrier, **paths[network.lists].blocked
            }  # fmt: skip
        _firewall(machine, self.firewall)
        if not self.root:
            machine.registry.delete_key(ROOT_KEY)
            machine.registry.set_dword(ROOT_POLICY, "DisableRootAutoUpdate", 1)
        if not self.kept:
            stamp = filetime(NOW - dt.timedelta(days=90))
            machine.registry.set(AUTO_UPDATE, "DisallowedCertLastSyncTime", ValueType.BINARY, stamp)
            machine.registry.protect(AUTO_UPDATE, frozenset({SYSTEM_SID, ADMINISTRATORS_SID}))
        machine.clock_offset = dt.timedelta(0) if self.clock else OFF
        self._accounts_and_services(machine)
        return machine

    def _accounts_and_services(self, machine: Machine) -> None:
        if not self.elevated:
            machine.accounts[0] = replace(machine.accounts[0], role=Role.REMOTE_USER)
        if self.service:
            machine.services.running["windefend"].state = State.STOPPED
            machine.registry.set_dword(f"{SERVICES_KEY}\\WinDefend", "Start", Start.DISABLED)
        if self.service == "passive":
            machine.registry.set_dword(STATE_KEY, "PassiveMode", 1)
        if not self.membership:
            machine.registry.set_dword(f"{POLICY_KEY}\\Spynet", "SpynetReporting", 0)
        if self.options != 3:
            machine.registry.set_dword(f"{POLICY_KEY}\\Spynet", "SSLOptions", self.options)


def _proxies(machine: Machine) -> dict[str, Path]:
    return {"proxy": machine.network.proxies[PROXY]} if PROXY in machine.network.proxies else {}


def _firewall(machine: Machine, kind: str) -> None:
    if kind == "default":
        for profile in ("DomainProfile", "StandardProfile", "PublicProfile"):
            machine.registry.set_dword(f"{FIREWALL}\\{profile}", "DefaultOutboundAction", 1)
    elif kind:
        service = "CryptSvc" if kind == "lists" else "WinDefend"
        machine.registry.set_text(f"{FIREWALL}\\FirewallRules", "{block}", BLOCK.format(service=service))


def networks(name: str) -> Iterator[StateOf]:
    """Every state of one network on a host that is right in all else."""
    network = NETWORKS[name]
    yes_or_no = (True, False)
    for firewall, inspection, lists, root, kept, clock in itertools.product(
        ("", "rule", "default", "lists"),
        ("", "trusted", "untrusted") if network.maps else ("",),
        ("", "blocked") if network.lists else ("",),
        yes_or_no, yes_or_no, yes_or_no,
    ):  # fmt: skip
        yield StateOf(name, firewall, inspection, lists, root, kept, clock)


def hosts(of: StateOf) -> Iterator[StateOf]:
    """The same network with every state of the host itself."""
    yes_or_no = (True, False)
    for build_, elevated, service, membership in itertools.product(
        yes_or_no, yes_or_no, ("", "stopped", "passive"), yes_or_no
    ):
        yield replace(of, build=build_, elevated=elevated, service=service, membership=membership)


class AsAccount(SimulatedHost):
    """Runs lines as the machine's first account, or as SYSTEM, as a scheduled task would."""

    def __init__(self, on: Machine, system: bool) -> None:
        super().__init__(on)
        self.system = system

    def run(self, line: str, **options: Any) -> Any:
        if not self.system:
            return super().run(line, **options)
        return self.as_system(line, options.get("stdin") or b"")

    def clock_skew(self) -> float | None:
        return self.machine.clock_offset.total_seconds()


@dataclass(frozen=True)
class Seen:
    """What the modules returned."""

    host: Mapping[str, Any]
    validation: Mapping[str, Any]
    endpoints: Mapping[str, Any] | None
    root_update: Mapping[str, Any]
    candidate: Mapping[str, Any] | None = None


def read_host(machine: Machine) -> dict[str, Any]:
    """host_info."""
    return plain(drive(AsAccount(machine, system=False), host_reading.read()))


def read_roots(machine: Machine) -> dict[str, Any]:
    """root_update without options."""
    operation = root_update.configure(
        wishes={}, absent=(), stale_after=7, now=NOW.timestamp(), check_mode=True, warnings=[]
    )
    return plain(drive(AsAccount(machine, system=False), operation))


def ask_endpoints(machine: Machine, **wish: Any) -> dict[str, Any]:
    """endpoint_info by Defender's own way unless said otherwise, as SYSTEM where the account may ask for that."""
    asked = probe.Wish(NAME, NOW.timestamp(), **{"proxy": "defender", **wish})
    elevated = machine.accounts[0].token(machine.name).elevated
    result = plain(drive(AsAccount(machine, system=elevated), probe.probe(asked, [])))
    return {**result, "run_as": "system" if elevated else "current"}


def ask_candidate(machine: Machine) -> dict[str, Any]:
    """The same through the proxy that the company has, where it has one: endpoints and lists."""
    return ask_endpoints(machine, proxy=PROXY, urls=(*probe.MAPS_URLS, *probe.CRL_URLS), crl_urls=(), revocation=False)


def validate(machine: Machine, state: StateOf) -> dict[str, Any]:
    """maps_connection_info, as far as the diagnosis reads it, without MpCmdRun's words."""
    token = SYSTEM if state.elevated else machine.accounts[0].token(machine.name)
    answer = physics.validate(machine, token)
    code = "" if answer.hresult is None else f"0x{answer.hresult:08X}"
    run_as = "system" if state.elevated else "current"
    return {"connected": answer.connected, "hresult": code, "httpcore": answer.http_code, "run_as": run_as}


class Collected:
    """The evidence of states of one network; each part is asked again only where a choice can change it."""

    def __init__(self) -> None:
        self.parts: dict[object, Any] = {}

    def once(self, key: object, ask: Callable[[], Any]) -> Any:
        if key not in self.parts:
            self.parts[key] = ask()
        return self.parts[key]

    def seen(self, state: StateOf) -> Seen:
        """What the modules would return. host_info sees the clock and what is stored, probes neither the service nor
        its settings, root_update nothing of the network: a test compares that with asking everything."""
        lists = StateOf(root=state.root, kept=state.kept, clock=state.clock, elevated=state.elevated)
        return Seen(
            self._host(state),
            self.once(("code", _first(state)), lambda: validate(_first(state).machine(), state)),
            self._asked("probe", state, ask_endpoints),
            self.once(("roots", lists), lambda: read_roots(lists.machine())),
        )

    def candidate(self, state: StateOf) -> dict[str, Any]:
        return self._asked("candidate", state, ask_candidate)

    def _host(self, state: StateOf) -> dict[str, Any]:
        stored = STORED_AS.get(state.network, STORES_NOTHING)
        host = StateOf(
            stored, build=state.build, elevated=state.elevated, service=state.service, membership=state.membership
        )
        firewall = StateOf(stored, firewall=state.firewall, build=state.build)
        return {
            **self.once(("host", host), lambda: read_host(host.machine())),
            "firewall": self.once(("host", firewall), lambda: read_host(firewall.machine()))["firewall"],
            "clock_skew": 0.0 if state.clock else OFF.total_seconds(),
        }

    def _asked(self, what: str, state: StateOf, ask: Callable[[Machine], dict[str, Any]]) -> dict[str, Any]:
        """A rule for Defender's service is none for curl; behind a default block, and where there is no curl, there is
        nothing else to be seen; only SYSTEM's own proxy tells SYSTEM from another account."""
        around = replace(
            state, service="", membership=True, firewall="" if state.firewall == "rule" else state.firewall
        )
        if state.firewall == "default" or not state.build:
            around = StateOf(state.network, state.firewall, build=state.build, elevated=state.elevated)
        if state.network != "systems_own_proxy":
            around = replace(around, elevated=True)
        result = self.once((what, around), lambda: ask(around.machine()))
        return {**result, "run_as": "system" if state.elevated else "current"}


STORES_NOTHING = "open"
STORED_AS = {
    "proxied": "proxied", "proxy_password": "proxied", "proxy_refuses": "proxied", "proxy_cuts": "proxied",
    "proxy_dead": "proxy_dead", "defenders_proxy_only": "defenders_proxy_only",
    "defenders_proxy_dead": "defenders_proxy_dead", "systems_own_proxy": "systems_own_proxy",
}  # fmt: skip
"""Networks of which something stands on the host itself, by one that stands there alike."""


def _first(state: StateOf) -> StateOf:
    """The state that gives the same code: MpCmdRun looks at the host before it connects."""
    if state.build and state.elevated and not state.service and state.membership:
        return state
    return StateOf(build=state.build, elevated=state.elevated, service=state.service, membership=state.membership)


def everything(state: StateOf, waited: list[float]) -> Seen:
    """All of it from one machine, MpCmdRun and the scheduled tasks of SYSTEM included: nothing is asked for others.

    `waited` holds the seconds that passed on it; tasks begin a moment after they were ordered.
    """
    machine = state.machine()
    machine.true_time = lambda: NOW + dt.timedelta(seconds=sum(waited))
    host = AsAccount(machine, system=False)
    facts = plain(drive(host, host_reading.read()))
    run_as = "system" if state.elevated else "current"
    now = NOW.timestamp()
    answer = plain(drive(host, validation.validate(
        run_as=run_as, timeout=5, name=NAME, now=now, warnings=[], known_host=facts,
    )))  # fmt: skip
    wish = probe.Wish(as_system.unique_name(now, "ba9876543210"), now, proxy="defender", run_as=run_as)
    return Seen(facts, answer, plain(drive(host, probe.probe(wish, []))), read_roots(machine))


# --- What a step of the plan does -----------------------------------------------------------------------------------


def take(step: Step, machine: Machine) -> None:
    """Takes a step by the module's own operation, as the role does when everything is allowed."""
    operations: list[Operation[Any]] = {
        "winhttp_proxy": lambda: [proxy.configure(proxy.Wish(PROXY, PROXY), "winhttp", False)],
        "firewall": lambda: [
            firewall_rule.configure(
                firewall_rule.Wish(f"ours {name}", service=name, protocol="tcp", remote_ports=step.remote_ports),
                True,
                False,
            )
            for name in ("WinDefend", "CryptSvc")
        ],
        "ssl_options": lambda: [
            spynet.configure(
                ssl_options=2, certificate_pinning=None, revocation_check=None, reporting=None, submit_samples=None,
                absent=(), check_mode=False, warnings=[],
            )
        ],
    }[step.id]()  # fmt: skip
    for operation in operations:
        assert drive(AsAccount(machine, system=False), operation)["changed"]


def holds(cause: str, machine: Machine) -> bool:
    """Whether a cause that steps claim to remove holds on a machine, by winsim's own stores and routes."""
    situation = physics.Situation(machine, SYSTEM)
    image = machine.registry.text(f"{SERVICES_KEY}\\WinDefend", "ImagePath").strip('"')
    winhttp = proxy_stores.read_winhttp(machine)
    named = machine.network.proxies.get(winhttp.proxy)
    return {
        "firewall_default_block": not store.verdict(machine, image, "WinDefend", 6, 443).allowed,
        "winhttp_proxy_missing": not winhttp.uses_proxy,
        "winhttp_proxy_dead": winhttp.uses_proxy and (named is None or not named.reachable),
        "name_resolution": situation.connection[1] is physics.Condition.NAME_RESOLUTION,
        "crl_unreachable": situation.ssl_options & 1 != 0 and not situation.crl_reachable,
        "trust_list_stale": situation.ssl_options & 1 != 0 and not situation.lists_kept,
    }[cause]
