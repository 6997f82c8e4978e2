"""Ansible's own modules for Windows against winsim, which has no PowerShell: they fail, and say why."""

from __future__ import annotations

import json
import pathlib

from ansible_collections.windefend.maps.tests.support.fleet import ROOT, simulated_fleet

OTHERS = ROOT / "build" / "others"
REFUSED = {
    "ansible.windows.win_regedit": {"path": "HKLM:\\SOFTWARE\\Example", "name": "a", "data": "1"},
    "ansible.windows.win_service_info": {"name": "Spooler"},
    "ansible.windows.win_command": "hostname",
    "ansible.windows.win_shell": "hostname",
    "ansible.windows.win_copy": {"content": "x", "dest": "C:\\x.txt"},
    "ansible.builtin.raw": "Get-Service",
}
"""Tasks that no announcement is for, by their modules."""


def test_a_module_that_winsim_cannot_run_fails_and_names_itself(tmp_path: pathlib.Path) -> None:
    """N20: the failure was "Access is denied.", or with another module announced an empty output and success."""
    answer = {"changed": False, "ping": "announced"}
    host = {"name": "pc", "overrides": {"powershell": {"win_ping": answer, "win_service": {"changed": False}}}}
    with simulated_fleet({"hosts": [host]}, tmp_path) as fleet:
        fleet.environment["ANSIBLE_COLLECTIONS_PATH"] = f"{ROOT / 'build' / 'collections'}:{OTHERS}"
        tasks = [{"name": module, module: given, "ignore_errors": True} for module, given in REFUSED.items()]
        run = fleet.play([{"name": "ping", "ansible.windows.win_ping": {}}, *tasks])
        unknown = [command.unknown for command in fleet.unknown()]
    assert run.of("ping")["ping"] == "announced"
    for module in REFUSED:
        said = json.dumps(run.of(module))
        assert run.kind(module) == "failed"
        assert "winsim does not run PowerShell, so " in said, said
        assert "see docs/testing.md" in said
        assert "Access is denied" not in said
    for module in ("win_regedit", "win_service_info", "win_command", "win_shell"):
        assert f"so ansible.windows.{module} cannot run here" in json.dumps(run.of(f"ansible.windows.{module}"))
    assert "so Get-Service cannot run here" in json.dumps(run.of("ansible.builtin.raw"))
    assert len(unknown) >= len(REFUSED)
