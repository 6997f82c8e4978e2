"""No host of a sweep gets what belongs to another: what Ansible makes for each host alone is the judge."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, Run, run_playbook

TYPED = "Typed-on-the-command-line"
CONNECTION: dict[str, dict[str, Any]] = {
    "own": {"ansible_password": "Own-1"},
    "none": {},
    "ssh-pass": {"ansible_ssh_pass": "Own-2"},
    "ssh-password": {"ansible_ssh_password": "Own-3"},
    "winrm-pass": {"ansible_winrm_pass": "Own-4"},
    "winrm-password": {"ansible_winrm_password": "Own-5"},
    "both": {"ansible_ssh_pass": "Own-6", "ansible_password": "Own-7"},
    "templated": {"ansible_password": "{{ secret }}", "secret": "Own-8"},
    "from-task": {"ansible_password": "{{ from_task }}", "suffix": "Own-9"},
    "from-play": {"ansible_password": "{{ from_play }}", "suffix": "Own-10"},
    "empty": {"ansible_password": ""},
    "by-keyword": {
        "who": "own-user",
        "where": 5999,
        "how": "psrp",
        "as_root": True,
        "ansible_become_method": "runas",
        "ansible_become_user": "SYSTEM",
    },
    "timeout": {"ansible_timeout": 77, "ansible_password": "Own-11"},
    "ssh-timeout": {"ansible_ssh_timeout": "{{ 70 + 8 }}", "ansible_connection": "ssh"},
    "winrm-timeout": {"ansible_winrm_connection_timeout": 79, "ansible_winrm_read_timeout_sec": 99},
    "ssh": {"ansible_connection": "ssh", "ansible_user": "other", "ansible_port": 2222, "ansible_password": "Own-12"},
    "ssh-none": {"ansible_connection": "ssh"},
    "psrp": {"ansible_connection": "psrp", "ansible_psrp_password": "Own-13", "ansible_psrp_user": "psrp-user"},
    "shell": {"ansible_shell_type": "cmd", "ansible_shell_executable": "/own/shell"},
    "user": {"ansible_user": "own-user", "ansible_winrm_user": "other-user"},
    "winrm-user": {"ansible_winrm_user": "winrm-user", "ansible_winrm_port": 5001},
    "ssh-user": {"ansible_ssh_user": "ssh-user", "ansible_ssh_port": 5002, "ansible_ssh_host": "127.77.0.2"},
    "become": {
        "ansible_become": True,
        "ansible_become_method": "runas",
        "ansible_become_user": "SYSTEM",
        "ansible_become_password": "Own-14",
    },
    "kerberos": {"ansible_winrm_transport": "kerberos", "ansible_user": "svc@CORP.EXAMPLE"},
}
"""Hosts by what variables of their own they have."""
PER_HOST = {
    "remote_user": "{{ who | default(omit) }}",
    "port": "{{ where | default(omit) }}",
    "connection": "{{ how | default(omit) }}",
    "become": "{{ as_root | default(omit) }}",
}
OF_THE_PLAY = {"remote_user": "{{ who | default('play-user') }}", "connection": "winrm"}
TASK = {"vars": {"from_task": "task-{{ suffix }}"}, "run_once": True, "timeout": 250}


def first_in_every_role(task: Mapping[str, Any], names: list[str], **play: Any) -> list[dict[str, Any]]:
    """Plays in which every host is the first one of every other, before and behind it in the inventory."""
    plays = []
    for number in range(len(names)):
        for order, hosts in (("inventory", names[number:]), ("reverse_inventory", names[: number + 1])):
            plays.append({"hosts": hosts, "order": order, "gather_facts": False, "tasks": [dict(task)], **play})
    return plays


def play_all(folder: pathlib.Path, plays: list[dict[str, Any]], hosts: Mapping[str, Any], *options: str) -> Run:
    group = {"ansible_connection": "winrm"} if "connection" not in plays[0] else {}
    inventory = {"all": {"hosts": dict(hosts), "vars": group}}
    (folder / "hosts.yml").write_text(yaml.safe_dump(inventory, sort_keys=False))
    (folder / "plays.yml").write_text(yaml.safe_dump(plays, sort_keys=False))
    (folder / "password").write_text(TYPED + "\n")
    (folder / "password").chmod(0o600)
    return run_playbook(folder / "plays.yml", folder, folder / "hosts.yml", *options)


@pytest.mark.parametrize(
    ("of_task", "of_play", "typed"),
    [
        ({}, {}, ()),
        ({}, OF_THE_PLAY, ()),
        (PER_HOST, OF_THE_PLAY, ("--connection-password-file", "password", "-T", "55", "-u", "typed-user")),
    ],
)
def test_a_sweep_makes_of_every_host_what_ansible_makes_of_it_alone(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    of_task: Mapping[str, Any],
    of_play: Mapping[str, Any],
    typed: tuple[str, ...],
) -> None:
    """The options of its connection and its play context; a template of a keyword comes out for each host too."""
    monkeypatch.setenv("ANSIBLE_ACTION_PLUGINS", str(ROOT / "tests" / "support" / "action"))
    play = {"vars": {"from_play": "play-{{ suffix }}"}, **of_play}
    alone = {"name": "alone", "own_connection": {}, **TASK, **of_task, "run_once": False}
    plays: list[dict[str, Any]] = [{"hosts": "all", "gather_facts": False, "tasks": [alone], **play}]
    plays += first_in_every_role({"name": "sweep", "all_connections": {}, **TASK, **of_task}, list(CONNECTION), **play)
    run = play_all(tmp_path, plays, CONNECTION, *typed)
    expected = {row["host"]: row["result"].get("found") for row in run.results if row["task"] == "alone"}
    assert expected.keys() == CONNECTION.keys(), run.output
    assert None not in expected.values(), run.output
    assert (TYPED in json.dumps(expected["none"])) is bool(typed)
    sweeps = [row["result"]["found"] for row in run.results if row["task"] == "sweep"]
    assert len(sweeps) == 2 * len(CONNECTION)
    for found in sweeps:
        for name, one in found.items():
            assert one == expected[name], f"{name}, with {next(iter(found))} as the first host"
