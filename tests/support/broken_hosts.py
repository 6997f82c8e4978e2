"""Hosts that are broken in known ways: the machine in memory, not the wire.

A state is one choice for each thing that can be wrong. What is wrong is told by the choices themselves, by the names of
the diagnosis' causes, and neither by the diagnosis nor by winsim's physics.
"""

from __future__ import annotations

import datetime as dt
import itertools
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ansible_collections.windefend.maps.winsim.host import SimulatedHost as WinrmSide
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.accounts import ADMINISTRATORS_SID, SYSTEM_SID, Role
from ansible_collections.windefend.maps.winsim.machine.builder import CONTROLLED_PLATFORM, SYSTEMS, build, filetime
from ansible_collections.windefend.maps.winsim.machine.defender import MANAGER_KEY, POLICY_KEY, STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.internet_settings import InternetSettings
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier, Path, Proxy
from ansible_collections.windefend.maps.winsim.machine.onboarding import STREAMLINED, onboard
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.machine.services import SERVICES_KEY, Start, State
from ansible_collections.windefend.maps.winsim.machine.trust_lists import ROOT_KEY

NOW = dt.datetime(2026, 9, 21, 12, tzinfo=dt.UTC)
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
    system: str = "windows_server_2022"
    """Key of SYSTEMS, of a host that is not too old."""


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


def _defender_local(machine: Machine) -> None:
    """As Set-MpPreference writes it."""
    _closed(machine)
    machine.registry.set_text(STATE_KEY, "ProxyServer", f"http://{PROXY}")


def _stores_differ(machine: Machine) -> None:
    """Two managers gave Defender a proxy, the first of them one that is no more."""
    _defender_dead(machine)
    machine.registry.set_text(MANAGER_KEY, "ProxyServer", f"http://{PROXY}")


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


def _bypassed(machine: Machine) -> None:
    _closed(machine)
    proxy_stores.write_winhttp(machine, PROXY, "*")


def _lists_bypassed(machine: Machine) -> None:
    _closed(machine)
    proxy_stores.write_winhttp(machine, PROXY, "<local>;crl.microsoft.com;www.microsoft.com")


def _bypassed_harmlessly(machine: Machine) -> None:
    """The list exempts everything of a proxy that is no more, and directly everything is reached."""
    proxy_stores.write_winhttp(machine, PROXY, "*")


def _unusable(machine: Machine) -> None:
    _closed(machine)
    proxy_stores.write_winhttp(machine, f'{PROXY}bypass-list="<local>"')


def _switched_off(machine: Machine) -> None:
    """The machine's Internet settings hold for every account, and their proxy is kept while it is off."""
    _closed(machine)
    machine.registry.set_dword(proxy_stores.PER_USER_KEY, "ProxySettingsPerUser", 0)
    proxy_stores.write_advanced(machine, InternetSettings(PROXY))


def _disable_ignored(machine: Machine) -> None:
    """A client, which ignores the value."""
    machine.registry.set_dword(POLICY_KEY, "DisableAntiSpyware", 1)


def _streamlined(machine: Machine) -> None:
    """A host that does not ask the names of the article, which a perimeter of its time need not let out."""
    onboard(machine, STREAMLINED)
    machine.network.direct.blocked.update(dict.fromkeys(("*wdcp*.microsoft.com:443", "*.wd.*:443"), Barrier.DROP))


def _streamlined_blocked(machine: Machine) -> None:
    """The perimeter lets out the names of the article, and not those that this host asks."""
    onboard(machine, STREAMLINED)
    machine.network.direct.blocked.update({"*.endpoint.security.microsoft.com:443": Barrier.DROP})


def _no_proxy_service(machine: Machine) -> None:
    machine.services.running["winhttpautoproxysvc"].state = State.STOPPED
    machine.registry.set_dword(f"{SERVICES_KEY}\\WinHttpAutoProxySvc", "Start", Start.DISABLED)


def _proxy_passed_over(machine: Machine) -> None:
    """A proxy that works is set, and the service without which Windows finds none is disabled."""
    _proxied(machine)
    _no_proxy_service(machine)


def _missing_both(machine: Machine) -> None:
    """No proxy is set, so that Windows would find none is to come."""
    _closed(machine)
    _no_proxy_service(machine)


def _discovery_off(machine: Machine) -> None:
    """The machine's Internet settings hold for every account and ask for discovery, which DisableWpad turns off."""
    _closed(machine)
    machine.network.wpad = PROXY
    machine.registry.set_dword(proxy_stores.PER_USER_KEY, "ProxySettingsPerUser", 0)
    proxy_stores.write_advanced(machine, InternetSettings(auto_detect=True))
    machine.registry.set_dword(proxy_stores.WINHTTP_KEY, "DisableWpad", 1)


CLIENT = "windows_11_23h2"

NETWORKS: dict[str, Network] = {
    "open": Network(lambda machine: None),
    "proxied": Network(lambda machine: (_proxied(machine), None)[1], (), "proxy", "proxy"),
    "proxy_missing_drop": Network(_missing(Barrier.DROP), ("winhttp_proxy_missing",), None, None),
    "proxy_missing_cut": Network(_missing(Barrier.CUT), ("winhttp_proxy_missing",), None, None),
    "proxy_missing_lists": Network(_missing(Barrier.DROP, "*:80"), ("winhttp_proxy_missing",), "direct", None),
    "defenders_proxy_only": Network(_defender_only, ("winhttp_proxy_missing",), "proxy", None),
    "defenders_proxy_dead": Network(_defender_dead, ("defender_proxy_dead", "winhttp_proxy_missing"), None, None),
    "defenders_proxy_local": Network(_defender_local, ("winhttp_proxy_missing",), "proxy", None),
    "defenders_stores_differ": Network(_stores_differ, ("defender_proxy_dead", "winhttp_proxy_missing"), None, None),
    "proxy_dead": Network(_dead, ("winhttp_proxy_dead",), None, None),
    "proxy_password": Network(_password, ("proxy_authentication",), None, None),
    "no_names": Network(_no_names, ("name_resolution",), None, None),
    "proxy_refuses": Network(_gate(Barrier.REFUSE), ("perimeter",), None, "proxy"),
    "proxy_cuts": Network(_gate(Barrier.CUT), ("perimeter",), None, "proxy"),
    "perimeter_drops": Network(_no_way(Barrier.DROP, "*:443"), ("perimeter",), None, "direct"),
    "perimeter_cuts": Network(_no_way(Barrier.CUT, "*:443"), ("perimeter",), None, "direct"),
    "perimeter_closed": Network(_no_way(Barrier.DROP, "*:*"), ("perimeter", "crl_unreachable"), None, None),
    "systems_own_proxy": Network(_systems_proxy, (), "proxy", "proxy"),
    "proxy_off": Network(_switched_off, ("winhttp_proxy_missing",), None, None, CLIENT),
    "proxy_bypassed": Network(_bypassed, ("proxy_bypassed",), None, None),
    "lists_bypassed": Network(_lists_bypassed, ("proxy_bypassed",), "proxy", None),
    "bypass_harmless": Network(_bypassed_harmlessly),
    "proxy_unusable": Network(_unusable, ("winhttp_proxy_unusable",), None, None),
    "disable_ignored": Network(_disable_ignored, system=CLIENT),
    "streamlined": Network(_streamlined),
    "streamlined_blocked": Network(_streamlined_blocked, ("perimeter",), None, "direct"),
    "discovery_off": Network(_discovery_off, ("winhttp_proxy_missing",), None, None, CLIENT),
    "proxy_service_off": Network(_proxy_passed_over, ("proxy_service_off",), None, None),
    "proxy_missing_service_off": Network(_missing_both, ("winhttp_proxy_missing",), None, None),
}


@dataclass(frozen=True)
class StateOf:
    """One choice for each thing that can be wrong; the defaults are right."""

    network: str = "open"
    firewall: str = ""
    """`rule`, `default`, `lists` (a rule for the service that fetches them), or `filter` (of another program, which no
    store of Windows Firewall shows)."""
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
    override: bool = False
    """The policy says the contrary of the membership, and lets the product's own setting go first."""
    updated: bool = False
    """An old build with a current platform: MpCmdRun knows the switch, and there is no curl.exe."""
    options: int = 3
    managed: str = field(default="", repr=False)
    """Intune manages the host, whose platform has controlled configuration, and SSLOptions 2 is stored: `ignored`,
    since that is on, or `obeyed`."""

    @property
    def asked(self) -> int:
        """SSLOptions as it counts."""
        return 2 if self.managed == "obeyed" else 3 if self.managed else self.options

    @property
    def wrong(self) -> frozenset[str]:
        """What is wrong, by the names of the causes."""
        network = NETWORKS[self.network]
        found = set(network.wrong)
        revocation = self.asked & 1
        if not self.build:  # before Windows 10 1709 the service is not needed, and DisableWpad is not obeyed
            found.discard("proxy_service_off")
            if self.network == "discovery_off":
                found.discard("winhttp_proxy_missing")
        found |= {"firewall_block_rule"} if self.firewall in ("rule", "lists", "filter") else set()
        found |= {"firewall_default_block"} if self.firewall == "default" else set()
        found |= {"tls_inspection"} if self.inspection and self.asked & 3 else set()
        found |= {"crl_unreachable"} if self.lists and revocation else set()
        found |= set() if self.root else {"root_missing"}
        # Behind the time, a list that was written earlier is not old yet.
        found |= {"trust_list_stale"} if not self.kept and self.clock and revocation else set()
        found |= set() if self.clock else {"clock_skew"}
        found |= set() if self.build or self.updated else {"windows_too_old"}
        found |= set() if self.elevated else {"not_elevated"}
        found |= {"service_stopped"} if self.service else set()
        found |= {"other_antivirus"} if self.service == "passive" else set()
        found |= set() if self.membership else {"maps_off"}
        if not revocation:
            found.discard("crl_unreachable")
        return frozenset(found)

    def machine(self) -> Machine:
        """A machine in this state."""
        network = NETWORKS[self.network]
        system = "windows_server_2016" if self.updated else network.system if self.build else "windows_10_1607"
        platforms = (CONTROLLED_PLATFORM,) if self.managed else ()
        machine = build("PC", os=SYSTEMS[system], seed=1, now=NOW, platforms=platforms)
        machine.true_time = lambda: NOW
        machine.defender.choice = zlib.crc32(repr(first(self)).encode())  # every code that a condition has comes up
        WinrmSide(machine)  # gives the accounts their folders
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
        if self.override:
            machine.registry.set_dword(f"{POLICY_KEY}\\Spynet", "LocalSettingOverrideSpynetReporting", 1)
            machine.registry.set_dword(f"{STATE_KEY}\\Spynet", "SpyNetReporting", 2 if self.membership else 0)
        if self.override or not self.membership:
            policy = self.membership is not self.override
            machine.registry.set_dword(f"{POLICY_KEY}\\Spynet", "SpynetReporting", 2 if policy else 0)
        if self.managed:
            machine.defender.controlled_configuration = self.managed == "ignored"
            machine.registry.set_dword(f"{POLICY_KEY}\\Policy Manager", "AllowCloudProtection", 1)
            machine.registry.set_dword(f"{POLICY_KEY}\\Spynet", "SSLOptions", 2)
        elif self.options != 3:
            machine.registry.set_dword(f"{POLICY_KEY}\\Spynet", "SSLOptions", self.options)


def _proxies(machine: Machine) -> dict[str, Path]:
    return {"proxy": machine.network.proxies[PROXY]} if PROXY in machine.network.proxies else {}


def _firewall(machine: Machine, kind: str) -> None:
    if kind == "default":
        for profile in ("DomainProfile", "StandardProfile", "PublicProfile"):
            machine.registry.set_dword(f"{FIREWALL}\\{profile}", "DefaultOutboundAction", 1)
    elif kind == "filter":
        machine.network.filtered_programs.append("MsMpEng.exe")
    elif kind:
        service = "CryptSvc" if kind == "lists" else "WinDefend"
        machine.registry.set_text(f"{FIREWALL}\\FirewallRules", "{block}", BLOCK.format(service=service))


def networks(name: str) -> Iterator[StateOf]:
    """Every state of one network on a host that is right in all else."""
    network = NETWORKS[name]
    yes_or_no = (True, False)
    for firewall, inspection, lists, root, kept, clock in itertools.product(
        ("", "rule", "default", "lists", "filter"),
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
    for membership in yes_or_no:
        yield replace(of, membership=membership, override=True)


def first(state: StateOf) -> StateOf:
    """The state that gives the same code: MpCmdRun looks at the host before it connects."""
    if (state.build or state.updated) and state.elevated and not state.service and state.membership:
        return state
    return StateOf(
        build=state.build, elevated=state.elevated, service=state.service, membership=state.membership,
        override=state.override,
    )  # fmt: skip
