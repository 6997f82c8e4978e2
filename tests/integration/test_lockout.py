"""A wrong password is tried once: accounts are locked after a few, and a play has many tasks and hosts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
READ = {"name": "task", "windefend.maps.host_info": {}, "ignore_unreachable": True}
SWEEP = {"name": "sweep", "windefend.maps.sweep": {"action": "read"}, "run_once": True}
CLEAR = {"winrm": {"allow_basic": True, "allow_unencrypted": True}}
PSRP = {"ansible_connection": "psrp", "ansible_psrp_protocol": "http"}
WAYS: dict[str, dict[str, Any]] = {
    "ntlm": {},
    "basic": {"ansible_winrm_transport": "basic"},
    "psrp-ntlm": {**PSRP, "ansible_psrp_auth": "ntlm"},
    "psrp-negotiate": {**PSRP, "ansible_psrp_auth": "negotiate"},
    "psrp-basic": {**PSRP, "ansible_psrp_auth": "basic", "ansible_psrp_message_encryption": "never"},
}
IN_TLS: dict[str, dict[str, Any]] = {
    "tls-ntlm": {},
    "tls-psrp": {"ansible_connection": "psrp", "ansible_psrp_auth": "ntlm"},
}
WRONG = {"ansible_password": "No-1"}


def wrong(fleet: SimulatedFleet) -> dict[str, int]:
    """How many wrong passwords each host got since a right one."""
    return {name: machine.wrong_passwords.get("ansible", 0) for name, machine in fleet.machines.items()}


def test_a_task_and_a_sweep_try_a_wrong_password_once(start_fleet: StartFleet) -> None:
    hosts = [
        *({"name": name, "variables": way | WRONG, "overrides": CLEAR} for name, way in WAYS.items()),
        *({"name": name, "variables": way | WRONG, "tls": "good"} for name, way in IN_TLS.items()),
    ]
    fleet = start_fleet({"hosts": hosts})
    for number, task in enumerate((READ, SWEEP), 1):
        run = fleet.play([task])
        assert "Traceback" not in run.output
        assert wrong(fleet) == dict.fromkeys(fleet.machines, number), run.output


def test_a_locked_account_is_answered_like_a_wrong_password(start_fleet: StartFleet) -> None:
    """Until then a right password lets it begin anew."""
    policy = CLEAR | {"lockout_after": 2}
    fleet = start_fleet(
        {"hosts": [{"name": name, "variables": way, "overrides": policy} for name, way in WAYS.items()]}
    )
    passwords = ("No-1", "Winsim-only-1", "No-1", "No-1", "Winsim-only-1")
    kinds = []
    for password in passwords:
        run = fleet.play([READ], "-e", f"ansible_password={password}")
        kinds.append({run.kind("task", name) for name in fleet.machines})
    assert kinds == [{"unreachable"}, {"ok"}, {"unreachable"}, {"unreachable"}, {"unreachable"}]
    for name in fleet.machines:
        assert "credentials were rejected" in run.of("task", name)["msg"], name
    assert set(wrong(fleet).values()) == {3}
