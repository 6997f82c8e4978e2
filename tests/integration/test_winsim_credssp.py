"""winsim takes CredSSP, as real ansible-playbook runs bring it over winrm and psrp."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet
from ansible_collections.windefend.maps.tests.support.installed import needs

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
READ = {"name": "it", "windefend.maps.host_info": {}, "ignore_unreachable": True}
OVER: dict[str, dict[str, Any]] = {
    "winrm": {"ansible_winrm_transport": "credssp"},
    "psrp": {"ansible_connection": "psrp", "ansible_psrp_auth": "credssp", "ansible_psrp_protocol": "http"},
}

PACKAGE = "requests_credssp"
pytestmark = needs([] if importlib.util.find_spec(PACKAGE) else [PACKAGE], "tests/kerberos/install, then make test")


def test_sealed_unsealed_and_in_tls(start_fleet: StartFleet) -> None:
    ways = {"auto": "ok", "always": "ok", "never": "unreachable"}
    allowed = {"allow_credssp": True}
    hosts = [
        {
            "name": f"{name}-{over}",
            "variables": OVER[over] | {f"ansible_{over}_message_encryption": encryption, **more},
            "overrides": {"winrm": winrm},
            **tls,
        }
        for over in OVER
        for name, encryption, winrm, more, tls in (
            *((encryption, encryption, allowed, {}, {}) for encryption in ways),
            ("clear", "never", allowed | {"allow_unencrypted": True}, {}, {}),
            ("tls", "auto", allowed, {"ansible_psrp_protocol": "https"}, {"tls": "good"}),
            ("both", "always", allowed, {"ansible_psrp_protocol": "https"}, {"tls": "good"}),
            ("off", "auto", {}, {}, {}),
            ("password", "auto", allowed, {"ansible_password": "No-1"}, {}),
        )
    ]
    fleet = start_fleet({"hosts": hosts})
    run = fleet.play([READ])
    assert "Traceback" not in run.output
    wanted = {host["name"]: "ok" for host in hosts}
    for over in OVER:
        wanted |= {f"{name}-{over}": "unreachable" for name in ("never", "off", "password")}
    assert {name: run.kind("it", name) for name in wanted} == wanted, run.output
    assert {name: machine.wrong_passwords for name, machine in fleet.machines.items() if machine.wrong_passwords} == {
        f"password-{over}": {"ansible": 1} for over in OVER
    }
    assert {name for name, machine in fleet.machines.items() if machine.log} == {
        name for name, kind in wanted.items() if kind == "ok"
    }
