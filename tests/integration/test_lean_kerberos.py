"""Kerberos over the lean transport: tickets in memory, one for each account of a sweep, and no kinit."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support import kdc as kdcs
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
READ = {"name": "it", "windefend.maps.host_info": {}, "ignore_unreachable": True}
SWEEP = {"name": "it", "windefend.maps.sweep": {"action": "read"}, "run_once": True}
USERS = {"svc-one": "Password-one", "svc-two": "Password-two"}
OVER: dict[str, dict[str, Any]] = {
    "winrm": {"ansible_winrm_transport": "kerberos"},
    "psrp": {"ansible_connection": "psrp", "ansible_psrp_auth": "kerberos"},
    "negotiate": {"ansible_connection": "psrp", "ansible_psrp_auth": "negotiate"},
}
OTHER_WAY = "through the client library's own transport"

pytestmark = kdcs.needed


@pytest.fixture
def kdc(tmp_path: pathlib.Path) -> Iterator[kdcs.Kdc]:
    with kdcs.kdc(tmp_path / "kdc", USERS) as running:
        yield running


@pytest.fixture
def kinits(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """The principals for which kinit was started, whether by its name or by the path of this one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    real = shutil.which("kinit")
    (folder / "kinit").write_text(
        f'#!/bin/sh\necho "$@" >>{folder / "started"}\nexport KRB5_CONFIG={tmp_path / "kdc" / "krb5.conf"}\n'
        f'exec {real} "$@"\n'
    )
    (folder / "kinit").chmod(0o700)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return lambda: (folder / "started").read_text().split() if (folder / "started").exists() else []


def entry(name: str, over: str, user: str = "svc-one", **more: Any) -> dict[str, Any]:
    account = {"user": user, "password": USERS[user], "domain": kdcs.REALM}
    given = {"name": f"{name}-{over}", "account": account, **more}
    plain = {"ansible_psrp_protocol": "http"} if over != "winrm" and "tls" not in more else {}
    return given | {"variables": {**OVER[over], **plain, **more.get("variables", {})}}


def known(fleet: SimulatedFleet, kdc: kdcs.Kdc) -> None:
    kdc.add({}, kdcs.services(host.address for host in fleet.fleet.hosts))


def of(kdc: kdcs.Kdc, user: str, service: str) -> int:
    return kdc.issued().count(f"{user}@{kdcs.REALM} for {service}@{kdcs.REALM}")


def test_a_sweep_acquires_one_ticket_for_each_account(
    start_fleet: StartFleet, kdc: kdcs.Kdc, kinits: Callable[[], list[str]]
) -> None:
    """Hosts of several accounts are read at the same time, as if there were one, and each as its own."""
    hosts = [
        host
        for over in OVER
        for host in (
            *(entry(f"one-{number}", over) for number in range(3)),
            *(entry(f"two-{number}", over, "svc-two") for number in range(3)),
            entry("tls", over, tls="good"),
            entry("both", over, "svc-two", tls="good", variables={
                "ansible_winrm_message_encryption": "always", "ansible_psrp_message_encryption": "always",
            }),
        )
    ]  # fmt: skip
    fleet = start_fleet({"hosts": hosts})
    known(fleet, kdc)
    run = fleet.play([SWEEP], "-v")
    assert run.of("it")["counts"] == {"ok": len(hosts), "failed": 0, "unreachable": 0}, run.output
    assert OTHER_WAY not in run.output
    assert kinits() == []
    tickets = {user: of(kdc, user, f"krbtgt/{kdcs.REALM}") for user in USERS}
    assert tickets == {"svc-one": 1, "svc-two": 1}
    for host in hosts:
        user, machine = host["account"]["user"], fleet.machines[host["name"]]
        assert {command.account for command in machine.log} == {f"{kdcs.REALM}\\{user}"}
        names = kdcs.services([fleet.address(host["name"])])
        assert sum(of(kdc, user, name) for name in names) == 1, host["name"]


def test_a_kinit_that_is_set_up_by_hand_is_used(
    start_fleet: StartFleet, kdc: kdcs.Kdc, kinits: Callable[[], list[str]], tmp_path: pathlib.Path
) -> None:
    """In a task and in a sweep, beside hosts that need none."""
    by_path = {"ansible_winrm_kinit_cmd": str(tmp_path / "bin" / "kinit")}
    by_arguments = {"ansible_winrm_kinit_args": "-l 10m", "ansible_winrm_kinit_env_vars": ["KRB5_CONFIG"]}
    hosts = [
        entry("path", "winrm", variables=by_path),
        entry("arguments", "winrm", "svc-two", variables=by_arguments),
        entry("none", "winrm", "svc-two"),
        entry("none", "psrp"),
    ]
    fleet = start_fleet({"hosts": hosts})
    known(fleet, kdc)
    for task in (READ, SWEEP):
        before = len(kinits())
        run = fleet.play([task], "-v")
        assert run.status == 0, run.output
        started = kinits()[before:]
        assert sorted(one for one in started if one.startswith("svc-")) == [
            f"svc-one@{kdcs.REALM}", f"svc-two@{kdcs.REALM}",
        ]  # fmt: skip
        for name, other in (("path-winrm", 1), ("arguments-winrm", 1), ("none-winrm", 0), ("none-psrp", 0)):
            said = f"<{name}> {OTHER_WAY}: kerberos authentication with a ticket from a cache"
            assert run.output.count(said) == other, run.output
    assert all(machine.log for machine in fleet.machines.values())


def test_a_wrong_password_counts_once_for_the_lockout(start_fleet: StartFleet, kdc: kdcs.Kdc) -> None:
    """However many hosts of the sweep have it."""
    wrong = {"ansible_password": "No-1"}
    fleet = start_fleet({"hosts": [entry(f"pc-{number}", "winrm", variables=wrong) for number in range(5)]})
    found = fleet.play([SWEEP]).of("it")
    assert found["counts"] == {"ok": 0, "failed": 0, "unreachable": 5}
    for one in found["hosts"].values():
        assert "Kerberos did not accept the password. Check ansible_password" in one["msg"]
    assert kdc.wrong_passwords() == [f"svc-one@{kdcs.REALM}"]


def test_a_ticket_is_forwarded_where_it_is_to_be(start_fleet: StartFleet, kdc: kdcs.Kdc) -> None:
    """For which the controller asks the KDC for another one."""
    delegated = {"ansible_winrm_kerberos_delegation": True, "ansible_psrp_negotiate_delegate": True}
    fleet = start_fleet({"hosts": [entry("pc", over, variables=delegated) for over in ("winrm", "psrp")]})
    known(fleet, kdc)
    run = fleet.play([READ], "-v")
    assert run.status == 0, run.output
    assert OTHER_WAY not in run.output
    assert of(kdc, "svc-one", f"krbtgt/{kdcs.REALM}") == 4


def test_the_name_and_the_service_may_be_others(start_fleet: StartFleet, kdc: kdcs.Kdc) -> None:
    """It is the KDC that says for whom it was asked; the host takes no ticket for another."""
    named = {
        "ansible_winrm_kerberos_hostname_override": "pc.corp.example",
        "ansible_psrp_negotiate_hostname_override": "pc.corp.example",
        "ansible_psrp_negotiate_service": "HOST",
    }
    fleet = start_fleet({"hosts": [entry("pc", over, variables=named) for over in ("winrm", "psrp")]})
    kdc.add({}, ["HTTP/pc.corp.example", "HOST/pc.corp.example"])
    run = fleet.play([SWEEP], "-v")
    assert OTHER_WAY not in run.output
    services = [of(kdc, "svc-one", f"{service}/pc.corp.example") for service in ("HTTP", "HOST")]
    assert services == [1, 1]
