"""Every way to a host, all at once: a healthy one stays as it is, one without its proxy is repaired, and then nothing
is left to do. The table is tests/support/connection_table.py."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support import kdc as kdcs
from ansible_collections.windefend.maps.tests.support.carried_fleet import give
from ansible_collections.windefend.maps.tests.support.connection_table import (
    DOMAIN,
    LOCAL,
    Protection,
    Refused,
    Variant,
    variants,
)
from ansible_collections.windefend.maps.tests.support.faulty_relay import Relay
from ansible_collections.windefend.maps.tests.support.fleet import Run, SimulatedFleet, simulated_fleet
from ansible_collections.windefend.maps.tests.support.ssh_server import IPV6, SSHD, account_with_password, ssh_fleet
from ansible_collections.windefend.maps.winsim import listeners
from ansible_collections.windefend.maps.winsim.authority import Authority, client_file
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.wire.auth import Authenticator

PROXY = "proxy.corp.example:3128"
HEALTHY, BROKEN = "healthy", "no_winhttp_proxy_70006"
REPAIR = {"winhttp_proxy": PROXY}
BY = {
    "task": {"windefend.maps.maps_connection": REPAIR, "ignore_unreachable": True, "ignore_errors": True},
    "sweep": {"windefend.maps.sweep": {"action": "remediate", "output": "full", **REPAIR}, "run_once": True},
}


@dataclass(frozen=True)
class Played:
    """A host that a variant reaches."""

    host: str
    scenario: str
    variant: Variant


AVAILABLE = {
    "": True,
    "ssh": SSHD is not None,
    "kerberos": not kdcs.MISSING,
    "credssp": importlib.util.find_spec("requests_credssp") is not None,
    "root": SSHD is not None and os.geteuid() == 0,
}
"""What a variant may need, and whether it is here."""


def played() -> list[Played]:
    """Two hosts of each variant; one where it is refused, so that no scenario counts."""
    found = []
    for number, variant in enumerate(variants(), 1):
        if not AVAILABLE[variant.needs]:
            assert variant.needs == "root" or not os.environ.get("CI"), f"CI installs {variant.needs}"
            continue
        scenarios = (BROKEN,) if variant.ipv6 or isinstance(variant.result, Refused) else (HEALTHY, BROKEN)
        found += [Played(f"v{number:03}-{one[:2]}", one, variant) for one in scenarios]
    return found


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """By computer, how many sealed messages it opened."""
    seen: dict[str, int] = {}
    unseal = Authenticator.unseal

    def counted(self: Authenticator, body: bytes) -> bytes:
        seen[self._host.name] = seen.get(self._host.name, 0) + 1
        return unseal(self, body)

    monkeypatch.setattr(Authenticator, "unseal", counted)
    return seen


@contextlib.contextmanager
def served(hosts: list[Played], folder: pathlib.Path) -> Iterator[SimulatedFleet]:
    """Serves them all from one inventory."""
    entries = [
        {"name": one.host, "scenario": one.scenario, "variables": dict(one.variant.variables), **one.variant.host}
        for one in hosts
    ]
    over_ssh = [one for one in hosts if one.variant.default_shell]
    with contextlib.ExitStack() as stack:
        made = {}
        if AVAILABLE["kerberos"]:
            kdc = stack.enter_context(kdcs.kdc(folder / "kdc", {DOMAIN["user"]: DOMAIN["password"]}))
        if AVAILABLE["root"]:
            made["ssh_user"], made["ssh_password"] = stack.enter_context(account_with_password())
        fleet = stack.enter_context(simulated_fleet({"hosts": entries}, folder))
        if AVAILABLE["kerberos"]:
            kdc.add({}, kdcs.services(fleet.address(one.host) for one in hosts if one.variant.needs == "kerberos"))
        certificates = listeners.beside(fleet.inventory)
        made |= {
            "ca": str(certificates / f"{listeners.AUTHORITY}.pem"),
            "other": str(Authority(folder, "other").path),
            "client": str(client_file(certificates, LOCAL["user"])),
        }
        own = {
            one.host: filled(one.variant.variables, {**made, "own": str(certificates / f"{one.host}.pem")})
            for one in hosts
        }
        if over_ssh:
            (ipv6,) = (one.host for one in over_ssh if one.variant.ipv6 and one.variant.result is Protection.SSH)
            ssh = stack.enter_context(ssh_fleet(fleet, {one.host: own[one.host] for one in over_ssh}, ipv6))
            ssh.default_shells.update({one.host: one.variant.default_shell for one in over_ssh})
        for one in hosts:
            if one.variant.default_shell:
                continue
            if one.variant.ipv6:
                relay = Relay(fleet.address(one.host), fleet.server.port, listens_at=IPV6)
                stack.callback(relay.close)
                own[one.host]["ansible_port"] = relay.listens_on
            give(fleet, one.host, own[one.host])
        yield fleet


def filled(variables: Mapping[str, Any], made: Mapping[str, str]) -> dict[str, Any]:
    return {name: value.format_map(made) if isinstance(value, str) else value for name, value in variables.items()}


def results(run: Run, by: str) -> dict[str, dict[str, Any]]:
    """Of each host."""
    assert "Traceback" not in run.output
    if by == "sweep":
        return dict(run.of("it")["hosts"])
    return {row["host"]: row["result"] for row in run.results}


@pytest.mark.parametrize("by", BY)
def test_what_comes_of_every_way(tmp_path: pathlib.Path, sealed: dict[str, int], by: str) -> None:
    hosts = played()
    with served(hosts, tmp_path) as fleet:
        found = results(fleet.play([{"name": "it", **BY[by]}]), by)
        wrong = [
            f"{one.variant.name} ({one.scenario}): {fault}" for one in hosts for fault in faults(one, found, fleet)
        ]
        for one in hosts:
            result = one.variant.result
            if isinstance(result, Protection) and bool(sealed.get(one.host.upper())) is not result.sealed:
                wrong.append(f"{one.variant.name}: {sealed.get(one.host.upper(), 0)} sealed messages")
        assert not wrong, "\n".join(wrong)
        reached = [one.host for one in hosts if isinstance(one.variant.result, Protection)]
        again = results(fleet.play([{"name": "it", **BY[by]}], hosts=reached), by)
        assert {name: (one.get("outcome"), one["changed"]) for name, one in again.items()} == dict.fromkeys(
            reached, ("healthy", False)
        )
        assert [f"{command.line}: {command.unknown}" for command in fleet.unknown()] == []
        assert fleet.shells() == []
    left_out = [name for name, here in AVAILABLE.items() if not here]
    if left_out:
        pytest.skip(f"all passed but those that need {', '.join(left_out)}, which is missing here")


def faults(one: Played, found: dict[str, dict[str, Any]], fleet: SimulatedFleet) -> Iterator[str]:
    """What is not as the table says."""
    got, machine = found[one.host], fleet.machines[one.host]
    if isinstance(one.variant.result, Refused):
        if one.variant.result.said not in got.get("msg", ""):
            yield f"said {got.get('msg', got)}"
        if machine.log:
            yield f"ran {machine.log}"
        return
    expected = ("healthy", False) if one.scenario == HEALTHY else ("repaired", True)
    if (got.get("outcome"), got.get("changed")) != expected:
        yield f"{got.get('outcome')}, changed {got.get('changed')}: {got.get('msg')}"
    elif one.scenario == BROKEN and proxy_stores.read_winhttp(machine).proxy != PROXY:
        yield "its proxy is not set"
