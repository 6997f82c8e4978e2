"""What is run: plays of ours, and what one would write for the same with the modules of ansible.windows.

The plays are data here and no files, because they name collections that a checkout does not have.
"""

from __future__ import annotations

from typing import Any

Play = dict[str, Any]

WINDOWS_NT = r"HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
DEFENDER = r"HKLM:\SOFTWARE\Microsoft\Windows Defender"
POLICIES = r"HKLM:\SOFTWARE\Policies\Microsoft\Windows Defender"
CONNECTIONS = r"HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"
MPCMDRUN = r'"C:\Program Files\Windows Defender\MpCmdRun.exe" -ValidateMapsConnection'

PROXY = "proxy.corp.example:3128"

PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "winhttp_proxy": (
        {"windefend.maps.winhttp_proxy": {"state": "absent"}},
        {"ansible.windows.win_http_proxy": {"proxy": ""}},
    ),
    "spynet": (
        {"windefend.maps.spynet": {"state": "absent", "names": ["ssl_options"]}},
        {"ansible.windows.win_regedit": {"path": rf"{POLICIES}\Spynet", "name": "SSLOptions", "state": "absent"}},
    ),
    "firewall_rule": (
        {"windefend.maps.firewall_rule": {"name": "MAPS", "state": "absent"}},
        {
            "community.windows.win_firewall_rule": {
                "name": "MAPS",
                "state": "absent",
                "direction": "out",
                "action": "allow",
            }
        },
    ),
}
"""Module of ours -> its task, and the task with the matching module of others. Nothing is to be changed: both read the
state and find that it is as wanted."""

ASSESSMENT: list[dict[str, Any]] = [
    {"ansible.windows.win_reg_stat": {"path": WINDOWS_NT}},
    {"ansible.windows.win_service_info": {"name": "WinDefend"}},
    {"ansible.windows.win_reg_stat": {"path": DEFENDER}},
    {"ansible.windows.win_reg_stat": {"path": POLICIES}},
    {"ansible.windows.win_reg_stat": {"path": rf"{POLICIES}\Spynet"}},
    {"ansible.windows.win_reg_stat": {"path": CONNECTIONS, "name": "WinHttpSettings"}},
    {
        "ansible.windows.win_shell": "Get-NetFirewallRule -Enabled True -Direction Outbound | ConvertTo-Json",
        "changed_when": False,
    },
    {"ansible.windows.win_command": MPCMDRUN, "changed_when": False},
]
"""The eight tasks with which one would assess a host: a part of what ours reads."""

ANSWERS: dict[str, dict[str, Any]] = {
    "win_reg_stat.ps1": {
        "changed": False, "exists": True, "properties": {"CurrentBuild": {"raw_value": "20348", "type": "REG_SZ"}},
        "sub_keys": [],
    },
    "win_service_info.ps1": {
        "changed": False, "exists": True, "services": [{"name": "WinDefend", "state": "started", "start_mode": "auto"}],
    },
    "win_shell.ps1": {"changed": True, "rc": 0, "stdout": "[]", "stderr": "", "cmd": "Get-NetFirewallRule"},
    "win_command.ps1": {
        "changed": True, "rc": 0, "stdout": "ValidateMapsConnection successfully established a connection to MAPS\r\n",
        "stderr": "", "cmd": MPCMDRUN,
    },
    "win_http_proxy.ps1": {"changed": False},
    "win_regedit.ps1": {"changed": False, "data_changed": False, "data_type_changed": False},
    "win_firewall_rule.ps1": {"changed": False, "msg": "Firewall rule(s) removed."},
}  # fmt: skip
"""What a host answers to the modules of others: at once, where a real one starts powershell.exe and compiles C# first.
The name of a module's file stands in its payload."""


def tasks(*wanted: dict[str, Any]) -> list[Play]:
    """A play of these tasks on all hosts."""
    return [{"hosts": "all", "gather_facts": False, "tasks": [{"name": f"Task {n}"} | t for n, t in enumerate(wanted)]}]


def peers() -> list[Play]:
    """The assessment by the modules of others."""
    return tasks(*ASSESSMENT)


def host_by_host() -> list[Play]:
    """Ours with a task, and what it brings along, for each host."""
    return [{"hosts": "all", "gather_facts": False, "roles": ["windefend.maps.assess"]}]


REPAIR_BY_OTHERS: list[dict[str, Any]] = [
    {"ansible.windows.win_http_proxy": {"proxy": PROXY, "bypass": ["<local>"]}},
    {"ansible.windows.win_command": MPCMDRUN, "changed_when": False},
]
"""The two tasks with which one would set the proxy and look whether that helped: no diagnosis, no undo."""


def repair_by_others(assessed: bool) -> list[Play]:
    """The repair by the modules of others, with their assessment before it or without."""
    return tasks(*(ASSESSMENT if assessed else ()), *REPAIR_BY_OTHERS)


def repair_by_sweep(reports: str, journal: str, probe: str) -> list[Play]:
    """Ours by one task for all hosts, with their reports and the block at the end."""
    sweep = {
        "action": "remediate", "winhttp_proxy": PROXY, "probe": probe, "output": "compact", "reports_file": reports,
        "journal": journal,
    }  # fmt: skip
    closing = {"kind": "remediate", "reports_file": reports}
    (play,) = tasks(
        {"windefend.maps.sweep": sweep, "run_once": True}, {"windefend.maps.closing": closing, "run_once": True}
    )
    return [play]


def repair_host_by_host(journal: str) -> list[Play]:
    """Ours with a task for each host."""
    return tasks({"windefend.maps.maps_connection": {"winhttp_proxy": PROXY, "journal": journal}})


def report(source: str, page: str) -> list[Play]:
    """A page for people out of a report."""
    task = {"windefend.maps.report": {"sources": [source], "html": page}, "delegate_to": "localhost"}
    return [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}]
