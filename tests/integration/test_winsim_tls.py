"""winsim over HTTPS, as real ansible-playbook runs meet it: certificates of hosts and of users, channel bindings."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet
from ansible_collections.windefend.maps.winsim.authority import Authority

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
READ = {"name": "it", "windefend.maps.host_info": {}, "ignore_unreachable": True}
NOTHING = {"ansible_winrm_server_cert_validation": "ignore", "ansible_psrp_cert_validation": "ignore"}
OVER = {
    "winrm": {},
    "psrp": {"ansible_connection": "psrp", "ansible_psrp_auth": "ntlm"},
}
BY_CERTIFICATE = {
    "winrm": {"ansible_winrm_transport": "certificate"},
    "psrp": {"ansible_connection": "psrp", "ansible_psrp_auth": "certificate"},
}


def entry(name: str, connection: str, kind: str = "good", **more: Any) -> dict[str, Any]:
    given = {"name": f"{name}-{connection}", "tls": kind, **more}
    return given | {"variables": OVER[connection] | more.get("variables", {})}


def test_the_inventory_of_a_fleet_is_enough(start_fleet: StartFleet) -> None:
    """Whoever shows another certificate than a good one is refused for that, unless nothing is validated."""
    refused = {"wrong_name": "is for old-", "expired": "expired", "self_signed": "self-signed"}
    hosts = [
        {"name": "plain"},
        *(entry("good", over) for over in OVER),
        *(entry("old", over, os="windows_server_2016") for over in OVER),
        *(entry("sealed", over, variables={f"ansible_{over}_message_encryption": "always"}) for over in OVER),
        *(entry(kind.split("_")[0], over, kind) for kind in refused for over in OVER),
        *(entry(f"any{number}", over, kind, variables=NOTHING) for number, kind in enumerate(refused) for over in OVER),
    ]
    fleet = start_fleet({"hosts": hosts})
    run = fleet.play([READ])
    assert "Traceback" not in run.output
    for host in hosts:
        name = host["name"]
        ignored = host.get("variables", {}).items() >= NOTHING.items()
        said = "" if ignored else refused.get(host.get("tls", ""), "")
        message = run.of("it", name).get("msg", "")
        assert (run.kind("it", name), said in message) == ("unreachable" if said else "ok", True), (name, message)


@pytest.mark.parametrize("level", ["none", "relaxed", "strict"])
def test_what_the_client_sends_is_bound_to_the_connection(start_fleet: StartFleet, level: str) -> None:
    """Both clients send the token of the connection unless they are set not to, which a strict host refuses."""
    without = {"ansible_winrm_send_cbt": False, "ansible_psrp_negotiate_send_cbt": False}
    overrides = {"winrm": {"channel_binding": level}}
    hosts = [
        *(entry("with", over, overrides=overrides) for over in OVER),
        *(entry("without", over, overrides=overrides, variables=without) for over in OVER),
    ]
    fleet = start_fleet({"hosts": hosts})
    run = fleet.play([READ])
    kinds = {host["name"]: run.kind("it", host["name"]) for host in hosts}
    then = "unreachable" if level == "strict" else "ok"
    assert kinds == {"with-winrm": "ok", "with-psrp": "ok", "without-winrm": then, "without-psrp": then}, run.output


def test_a_certificate_logs_a_local_account_on(start_fleet: StartFleet, tmp_path: pathlib.Path) -> None:
    """Nothing but the certificate: the password is wrong. One of another authority, none, and one where the host does
    not take any, are refused."""
    stranger = str(Authority(tmp_path / "stranger").issue_to_user("svc-cert"))
    account = {"user": "svc-cert", "certificate": True}
    wrong = {"ansible_password": "No-1"}
    names = ("winrm_cert_pem", "winrm_cert_key_pem", "psrp_certificate_pem", "psrp_certificate_key_pem")
    theirs = {f"ansible_{name}": stranger for name in names}
    allowed, denied = {"winrm": {"allow_certificate": True}}, {"winrm": {"allow_certificate": False}}
    hosts: list[dict[str, Any]] = []
    for over, by in BY_CERTIFICATE.items():
        base = {"tls": "good", "account": account}
        hosts += [
            {"name": f"ok-{over}", **base, "overrides": allowed, "variables": by | wrong},
            {"name": f"off-{over}", **base, "overrides": denied, "variables": by},
            {"name": f"stranger-{over}", **base, "variables": by | theirs},
            {"name": f"other-{over}", **base, "account": {**account, "user": "else"}, "variables": by | mine(tmp_path)},
        ]
    fleet = start_fleet({"hosts": hosts})
    run = fleet.play([READ])
    assert "Traceback" not in run.output
    kinds = {host["name"]: run.kind("it", host["name"]) for host in hosts}
    assert kinds == {name: "ok" if name.startswith("ok-") else "unreachable" for name in kinds}, run.output
    assert {command.account for machine in fleet.machines.values() for command in machine.log} == {
        f"OK-{over.upper()}\\svc-cert" for over in BY_CERTIFICATE
    }


def mine(folder: pathlib.Path) -> dict[str, str]:
    """The certificate of svc-cert, for a host on which another account has one."""
    file = str(folder / "certificates" / "certificate-of-svc-cert.pem")
    names = ("winrm_cert_pem", "winrm_cert_key_pem", "psrp_certificate_pem", "psrp_certificate_key_pem")
    return {f"ansible_{name}": file for name in names}
