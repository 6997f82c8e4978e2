"""What the modules would see of a broken host, and what a step of the plan does to it. The machine in memory.

Evidence is collected by the modules' own operations; what a choice cannot change is collected once: a proxy does not
see which services run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading, root_lists
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.from_results import host_of
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity, temp_folder
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Operation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import Address, probe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.plan import Step
from ansible_collections.windefend.maps.tests.support.broken_hosts import NOW, OFF, PROXY, StateOf, first
from ansible_collections.windefend.maps.tests.support.operations import run_operation, validation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost
from ansible_collections.windefend.maps.winsim import physics, routing
from ansible_collections.windefend.maps.winsim.machine import firewall as store, proxy_stores
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import SERVER_LISTS
from ansible_collections.windefend.maps.winsim.machine.onboarding import maps_host
from ansible_collections.windefend.maps.winsim.machine.services import SERVICES_KEY

LISTS = tuple((Address.of(url).host, "http") for url in SERVER_LISTS)
IDENTITY = RunIdentity(temp_folder.unique_name(NOW.timestamp(), "0123456789ab"), NOW.timestamp())


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
    return plain(run_operation(AsAccount(machine, system=False), host_reading.read()))


def read_roots(machine: Machine) -> dict[str, Any]:
    """root_update without options."""
    operation = root_lists.configure(requested={}, absent=(), stale_after=7, now=NOW.timestamp(), check_mode=True)
    return plain(run_operation(AsAccount(machine, system=False), operation))


def ask_endpoints(machine: Machine, **request: Any) -> dict[str, Any]:
    """endpoint_info by Defender's own way unless said otherwise, as SYSTEM where the account may ask for that."""
    asked = probe.ProbeRequest(IDENTITY, **{"proxy": "defender", **request})
    elevated = machine.accounts[0].token(machine.name).elevated
    result = plain(run_operation(AsAccount(machine, system=elevated), probe.probe(asked)))
    return {**result, "run_as": "system" if elevated else "current"}


def ask_candidate(machine: Machine) -> dict[str, Any]:
    """The same through the proxy that the company has, where it has one: endpoints and lists."""
    maps = host_of(read_host(machine)).maps_urls
    return ask_endpoints(machine, proxy=PROXY, urls=(*maps, *probe.CRL_URLS), crl_urls=(), revocation=False)


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
            self.once(("code", first(state)), lambda: validate(first(state).machine(), state)),
            self._asked("probe", state, ask_endpoints),
            self.once(("roots", lists), lambda: read_roots(lists.machine())),
        )

    def candidate(self, state: StateOf) -> dict[str, Any]:
        return self._asked("candidate", state, ask_candidate)

    def _host(self, state: StateOf) -> dict[str, Any]:
        stored = STORED_AS.get(state.network, STORES_NOTHING)
        host = StateOf(
            stored, build=state.build, elevated=state.elevated, service=state.service, membership=state.membership,
            override=state.override, updated=state.updated, managed=state.managed,
        )  # fmt: skip
        firewall = StateOf(
            stored, firewall=state.firewall, build=state.build, elevated=state.elevated, updated=state.updated
        )
        return {
            **self.once(("host", host), lambda: read_host(host.machine())),
            "firewall": self.once(("host", firewall), lambda: read_host(firewall.machine()))["firewall"],
            "clock_skew": 0.0 if state.clock else OFF.total_seconds(),
        }

    def _asked(self, what: str, state: StateOf, ask: Callable[[Machine], dict[str, Any]]) -> dict[str, Any]:
        """A rule for Defender's service is none for curl; behind a default block, and where there is no curl, there is
        nothing else to be seen; only SYSTEM's own proxy tells SYSTEM from another account."""
        unseen = state.firewall in ("rule", "filter")
        around = replace(
            state, service="", membership=True, override=False, managed="", firewall="" if unseen else state.firewall
        )
        if state.firewall == "default" or not state.build:
            around = StateOf(
                state.network, around.firewall, build=state.build, elevated=state.elevated, updated=state.updated
            )
        if state.network != "systems_own_proxy":
            around = replace(around, elevated=True)
        result = self.once((what, around), lambda: ask(around.machine()))
        return {**result, "run_as": "system" if state.elevated else "current"}


STORES_NOTHING = "open"
STORED_AS = {
    "proxied": "proxied", "proxy_password": "proxied", "proxy_refuses": "proxied", "proxy_cuts": "proxied",
    "proxy_dead": "proxy_dead", "defenders_proxy_only": "defenders_proxy_only",
    "defenders_proxy_dead": "defenders_proxy_dead", "systems_own_proxy": "systems_own_proxy",
    **{name: name for name in ("proxy_off", "proxy_bypassed", "lists_bypassed", "bypass_harmless", "proxy_unusable")},
    **dict.fromkeys(("streamlined", "streamlined_blocked"), "streamlined"),
    **{name: name for name in ("disable_ignored", "discovery_off", "proxy_service_off", "proxy_missing_service_off")},
    **{name: name for name in ("defenders_proxy_local", "defenders_stores_differ")},
}  # fmt: skip
"""Networks of which something stands on the host itself, by one that stands there alike."""


def everything(state: StateOf, waited: list[float]) -> Seen:
    """All of it from one machine, MpCmdRun and the scheduled tasks of SYSTEM included: nothing is asked for others.

    `waited` holds the seconds that passed on it; tasks begin a moment after they were ordered.
    """
    machine = state.machine()
    machine.true_time = lambda: NOW + dt.timedelta(seconds=sum(waited))
    host = AsAccount(machine, system=False)
    facts = plain(run_operation(host, host_reading.read()))
    run_as = "system" if state.elevated else "current"
    now = NOW.timestamp()
    answer = plain(run_operation(host, validation(
        run_as=run_as, timeout=5, identity=RunIdentity(IDENTITY.name, now), known_host=facts,
    )))  # fmt: skip
    request = probe.ProbeRequest(
        RunIdentity(temp_folder.unique_name(now, "ba9876543210"), now), proxy="defender", run_as=run_as
    )
    return Seen(facts, answer, plain(run_operation(host, probe.probe(request))), read_roots(machine))


# --- What a step of the plan does -----------------------------------------------------------------------------------


def take(step: Step, machine: Machine) -> None:
    """Takes a step by the module's own operation, as the role does when everything is allowed."""
    operations: list[Operation[Any]] = {
        "winhttp_proxy": lambda: [proxy_change.configure(proxy_change.ProxySettings(PROXY, PROXY), "winhttp", False)],
        "firewall": lambda: [
            allow_rule.configure(
                allow_rule.RuleSpec(f"ours {name}", service=name, protocol="tcp", remote_ports=step.remote_ports),
                True,
                False,
            )
            for name in ("WinDefend", "CryptSvc")
        ],
        "ssl_options": lambda: [
            spynet.configure(
                ssl_options=2, certificate_pinning=None, revocation_check=None, reporting=None, submit_samples=None,
                absent=(), check_mode=False,
            )
        ],
    }[step.id]()  # fmt: skip
    for operation in operations:
        assert run_operation(AsAccount(machine, system=False), operation)["changed"]


def holds(cause: str, machine: Machine) -> bool:
    """Whether a cause that steps claim to remove holds on a machine, by winsim's own stores and routes."""
    situation = physics.Situation(machine, SYSTEM)
    image = machine.registry.text(f"{SERVICES_KEY}\\WinDefend", "ImagePath").strip('"')
    winhttp = proxy_stores.read_winhttp(machine)
    exempted = [
        proxy_stores.winhttp_proxy(machine, host, scheme) == ""
        for host, scheme in ((maps_host(machine), "https"), *LISTS)
    ]
    named = machine.network.proxies.get(winhttp.proxy)
    return {
        "firewall_default_block": not store.verdict(machine, image, "WinDefend", 6, 443).allowed,
        "winhttp_proxy_missing": not winhttp.uses_proxy,
        "winhttp_proxy_unusable": winhttp.uses_proxy and "bypass-list" in winhttp.proxy,
        "proxy_bypassed": winhttp.uses_proxy and any(exempted),
        "winhttp_proxy_dead": winhttp.uses_proxy and (named is None or not named.reachable),
        "name_resolution": situation.connection[1] is routing.Condition.NAME_RESOLUTION,
        "crl_unreachable": situation.ssl_options & 1 != 0 and not situation.crl_reachable,
        "trust_list_stale": situation.ssl_options & 1 != 0 and not situation.lists_kept,
    }[cause]
