"""winsim takes tickets of a real KDC, as real ansible-playbook runs bring them over winrm and psrp."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support import kdc as kdcs
from ansible_collections.windefend.maps.tests.support.fleet import Run, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
READ = {"name": "it", "windefend.maps.host_info": {}, "ignore_unreachable": True}
USERS = {"svc-one": "Password-one", "svc-two": "Password-two"}
OVER: dict[str, dict[str, Any]] = {
    "winrm": {"ansible_winrm_transport": "kerberos", "ansible_winrm_kinit_env_vars": ["KRB5_CONFIG"]},
    "psrp": {"ansible_connection": "psrp", "ansible_psrp_auth": "kerberos", "ansible_psrp_protocol": "http"},
}

pytestmark = kdcs.needed


@pytest.fixture
def kdc(tmp_path: pathlib.Path) -> Iterator[kdcs.Kdc]:
    with kdcs.kdc(tmp_path / "kdc", USERS) as running:
        yield running


def entry(name: str, over: str, user: str = "svc-one", **more: Any) -> dict[str, Any]:
    account = {"user": user, "password": USERS[user], "domain": kdcs.REALM}
    given = {"name": f"{name}-{over}", "account": account, **more}
    variables = {key: value for key, value in OVER[over].items() if "tls" not in more or key != "ansible_psrp_protocol"}
    return given | {"variables": variables | more.get("variables", {})}


def read(fleet: SimulatedFleet, kdc: kdcs.Kdc, *options: str) -> Run:
    kdc.add({}, kdcs.services(host.address for host in fleet.fleet.hosts if not host.name.startswith("unknown")))
    run = fleet.play([READ], *options)
    assert "Traceback" not in run.output
    return run


def test_sealed_and_in_tls_each_host_as_its_own_user(start_fleet: StartFleet, kdc: kdcs.Kdc) -> None:
    clear = {"winrm": {"allow_unencrypted": True}}
    hosts = [
        host
        for over in OVER
        for host in (
            entry("one", over),
            entry("two", over, "svc-two", locale="ja"),
            entry("tls", over, tls="good"),
            entry("clear", over, overrides=clear, variables={f"ansible_{over}_message_encryption": "never"}),
            entry("both", over, tls="good", variables={f"ansible_{over}_message_encryption": "always"}),
        )
    ]
    fleet = start_fleet({"hosts": hosts})
    run = read(fleet, kdc)
    assert {host["name"]: run.kind("it", host["name"]) for host in hosts} == {host["name"]: "ok" for host in hosts}
    for name, machine in fleet.machines.items():
        user = "svc-two" if name.startswith("two-") else "svc-one"
        assert {command.account for command in machine.log} == {f"{kdcs.REALM}\\{user}"}
    issued = {line.replace(f"@{kdcs.REALM}", "") for line in kdc.issued()}
    assert f"svc-two for HTTP/{fleet.address('two-winrm')}" in issued
    assert f"svc-one for HTTP/{fleet.address('two-winrm')}" not in issued


def test_what_kerberos_refuses(start_fleet: StartFleet, kdc: kdcs.Kdc) -> None:
    """A wrong password, which is tried once, a host that the KDC does not know, and a ticket for another host."""
    hosts = [
        host
        for over in OVER
        for host in (
            entry("password", over, "svc-two", variables={"ansible_password": "No-1"}),
            entry("unknown", over),
            entry("ticket", over, variables={
                "ansible_winrm_kerberos_hostname_override": "127.16.0.1",
                "ansible_psrp_negotiate_hostname_override": "127.16.0.1",
            }),
        )
    ]  # fmt: skip
    fleet = start_fleet({"hosts": hosts})
    assert fleet.fleet.hosts[0].address == "127.16.0.1"
    run = read(fleet, kdc)
    kinds = {host["name"]: run.kind("it", host["name"]) for host in hosts}
    assert kinds == dict.fromkeys(kinds, "unreachable")
    assert all(machine.log == [] for machine in fleet.machines.values())
    assert kdc.wrong_passwords() == [f"svc-two@{kdcs.REALM}"] * len(OVER)
    assert any(fleet.address("ticket-winrm") not in line and "127.16.0.1" in line for line in kdc.issued())


@pytest.mark.parametrize("level", ["relaxed", "strict"])
def test_channel_bindings(start_fleet: StartFleet, kdc: kdcs.Kdc, level: str) -> None:
    without = {"ansible_winrm_send_cbt": False, "ansible_psrp_negotiate_send_cbt": False}
    common = {"tls": "good", "overrides": {"winrm": {"channel_binding": level}}}
    hosts = [
        *(entry("with", over, **common) for over in OVER),
        *(entry("without", over, **common, variables=without) for over in OVER),
    ]
    run = read(start_fleet({"hosts": hosts}), kdc)
    kinds = {host["name"]: run.kind("it", host["name"]) for host in hosts}
    then = "unreachable" if level == "strict" else "ok"
    assert kinds == {"with-winrm": "ok", "with-psrp": "ok", "without-winrm": then, "without-psrp": then}, run.output
