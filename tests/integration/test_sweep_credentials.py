"""No host of a sweep gets what belongs to another: what Ansible makes for each host alone is the judge."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.windefend.maps.tests.support.credential_log import CredentialLog, credential_log
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, Run, SimulatedFleet, run_playbook

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
TYPED = "Typed-on-the-command-line"
CONNECTION: dict[str, dict[str, Any]] = {
    "own": {"ansible_password": "Own-1"},
    "none": {},
    "none-too": {"ansible_host": "127.77.0.3"},
    "null": {"ansible_password": "{{ none if true else 'Secret-literal' }}"},
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
FIRST = ("own", "none", "both", "by-keyword", "timeout", "ssh", "shell", "ssh-user", "become", "kerberos")
PER_HOST = {
    "remote_user": "{{ who | default(omit) }}",
    "port": "{{ where | default(omit) }}",
    "connection": "{{ how | default(omit) }}",
    "become": "{{ as_root | default(omit) }}",
}
OF_THE_PLAY = {"remote_user": "{{ who | default('play-user') }}", "connection": "winrm"}
TASK = {"vars": {"from_task": "task-{{ suffix }}"}, "run_once": True, "timeout": 250}


def plays_beginning_with(
    first: Iterable[str], names: list[str], task: Mapping[str, Any], **play: Any
) -> list[dict[str, Any]]:
    """For each of these hosts two plays that begin with it: with all behind it in the inventory, and all before it."""
    plays = []
    for number in map(names.index, first):
        for order, hosts in (("inventory", names[number:]), ("reverse_inventory", names[: number + 1])):
            plays.append({"hosts": hosts, "order": order, "gather_facts": False, "tasks": [dict(task)], **play})
    return plays


def play_all(folder: pathlib.Path, plays: list[dict[str, Any]], inventory: Mapping[str, Any], *options: str) -> Run:
    (folder / "hosts.yml").write_text(yaml.safe_dump(inventory, sort_keys=False))
    (folder / "plays.yml").write_text(yaml.safe_dump(plays, sort_keys=False))
    (folder / "password").write_text(TYPED + "\n")
    (folder / "password").chmod(0o600)
    return run_playbook(folder / "plays.yml", folder, folder / "hosts.yml", *options)


@pytest.mark.parametrize(
    ("of_task", "of_play", "typed"),
    [
        ({}, {}, ()),
        ({}, {}, ("-c", "winrm", "-u", "typed-user")),
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
    plays += plays_beginning_with(
        FIRST, list(CONNECTION), {"name": "sweep", "all_connections": {}, **TASK, **of_task}, **play
    )
    group = {} if of_play or typed else {"ansible_connection": "winrm"}
    run = play_all(tmp_path, plays, {"all": {"hosts": CONNECTION, "vars": group}}, *typed)
    expected = {row["host"]: row["result"].get("found") for row in run.results if row["task"] == "alone"}
    assert expected.keys() == CONNECTION.keys(), run.output
    assert None not in expected.values(), run.output
    assert (TYPED in json.dumps(expected["none"])) is ("password" in typed)
    sweeps = [row["result"]["found"] for row in run.results if row["task"] == "sweep"]
    assert len(sweeps) == 2 * len(FIRST)
    for found in sweeps:
        for name, one in found.items():
            assert one == expected[name], f"{name}, with {next(iter(found))} as the first host"


@pytest.fixture
def log() -> Iterator[CredentialLog]:
    with credential_log() as served:
        yield served


@pytest.fixture
def kinit(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The substitutes for kinit and pykerberos, and a ticket from outside."""
    stubs = ROOT / "tests" / "support" / "kerberos"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(stubs), os.environ.get("PYTHONPATH", "")]))
    (tmp_path / "found").write_text("svc-found\nPassword-found")
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path / 'found'}")
    return pathlib.Path(shutil.copy(stubs / "kinit_recorded", tmp_path))


def vaulted(text: str, secret: str) -> str:
    """As `ansible-vault encrypt_string` writes it."""
    key = VaultSecret(secret.encode())
    return str(VaultLib([("default", key)]).encrypt(text, key).decode())


class Vaulted(str):
    """A text that YAML marks as vaulted."""


yaml.SafeDumper.add_representer(Vaulted, lambda dumper, data: dumper.represent_scalar("!vault", str(data), style="|"))


def mixed_fleet(fleet: SimulatedFleet, log: CredentialLog, kinit: pathlib.Path) -> dict[str, Any]:
    """Hosts that let in who is right, and hosts that write down who came; by name, all their variables."""
    written = yaml.safe_load(fleet.inventory.read_text())["all"]["children"]["winsim"]
    served = {name: {**written["vars"], **variables} for name, variables in written["hosts"].items()}
    vault = Vaulted(vaulted(served["vaulted"]["ansible_password"], "open sesame"))
    served["vaulted"]["ansible_password"] = vault
    for name in ("ticket", "nothing"):
        del served[name]["ansible_password"]
    served["ticket"] |= {"ansible_winrm_transport": "kerberos", "ansible_winrm_kinit_cmd": str(kinit)}
    served["principal"] |= {"ansible_winrm_transport": "kerberos", "ansible_winrm_kinit_cmd": str(kinit)}
    logged = {
        "basic": {"ansible_password": "Own-basic"},
        "basic-none": {},
        "basic-null": {"ansible_password": "{{ none if true else 'Secret-literal' }}"},
        "basic-ssh": {"ansible_ssh_pass": "Own-ssh"},
        "basic-vaulted": {"ansible_winrm_password": vault},
        "basic-ssh-vaulted": {"ansible_ssh_pass": vault},
        "ntlm-none": {"ansible_winrm_transport": "ntlm"},
    }
    common = {
        "ansible_connection": "winrm",
        "ansible_host": "127.0.0.1",
        "ansible_port": log.port,
        "ansible_user": "svc",
        "ansible_winrm_scheme": "http",
        "ansible_winrm_transport": "basic",
    }
    return served | {name: {**common, "ansible_winrm_path": f"/{name}", **own} for name, own in logged.items()}


@pytest.mark.parametrize("typed", [(), ("--connection-password-file", "password")])
def test_every_server_is_sent_what_it_is_sent_alone(
    start_fleet: StartFleet, tmp_path: pathlib.Path, log: CredentialLog, kinit: pathlib.Path, typed: tuple[str, ...]
) -> None:
    """Whichever host is the first of the play, with a password of its own or without."""
    fleet = start_fleet(
        {
            "hosts": [
                {"name": "plain"},
                {"name": "vaulted", "account": {"user": "svc-vault", "password": "Password-vaulted"}},
                {"name": "ticket", "account": {"user": "svc-found", "password": "Password-found"}},
                {"name": "principal", "account": {"user": "svc-one", "password": "Password-one"}},
                {"name": "nothing"},
            ]
        }
    )
    hosts = mixed_fleet(fleet, log, kinit)
    (tmp_path / "vault").write_text("open sesame")
    (tmp_path / "vault").chmod(0o600)
    options = ("--vault-password-file", str(tmp_path / "vault"), *typed)
    recorded = kinit.parent / "recorded"

    def play(plays: list[dict[str, Any]]) -> tuple[Run, set[tuple[str, str]], set[str]]:
        log.sent.clear()
        recorded.unlink(missing_ok=True)
        run = play_all(tmp_path, plays, {"all": {"hosts": hosts}}, *options)
        return run, set(log.sent), set(recorded.read_text().split())

    task = {"name": "alone", "windefend.maps.host_info": {}, "ignore_unreachable": True}
    run, sent, tickets = play([{"hosts": "all", "gather_facts": False, "tasks": [task]}])
    alone = {row["host"]: (row["kind"], row["result"]) for row in run.results}
    assert alone.keys() == hosts.keys(), run.output
    assert alone["ticket"][1].get("unreachable", False) is bool(typed), (
        "with a password Ansible asks kinit for a ticket"
    )
    assert ("basic-none", f"svc:{TYPED}") in sent if typed else not any(path == "basic-none" for path, _said in sent)
    sweep = {"name": "sweep", "windefend.maps.sweep": {"action": "read"}, "run_once": True}
    run, sent_by_sweeps, tickets_of_sweeps = play(plays_beginning_with(hosts, list(hosts), sweep))
    assert sent_by_sweeps == sent
    assert tickets_of_sweeps == tickets
    assert len(run.results) == 2 * len(hosts), run.output
    for row in run.results:
        found = row["result"]["hosts"]
        for name, result in found.items():
            where = f"{name}, with {next(iter(found))} as the first host"
            kind, expected = alone[name]
            unreachable = kind == "unreachable" or expected.get("unreachable", False)
            assert result.get("unreachable", False) == unreachable, f"{where}: {result.get('msg')}"
            assert result.get("msg", "") in expected.get("msg", ""), where


def test_a_host_that_cannot_be_prepared_is_the_only_one_that_fails(
    start_fleet: StartFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that the task would delegate, and one whose connection has other options than winrm."""
    monkeypatch.setenv("ANSIBLE_CONNECTION_PLUGINS", str(ROOT / "tests" / "support" / "connection"))
    fleet = start_fleet(
        {
            "hosts": [
                {"name": "pc"},
                {"name": "elsewhere", "variables": {"via": "pc"}},
                {"name": "other", "variables": {"ansible_connection": "like_winrm"}},
                {"name": "pc-2"},
            ]
        }
    )
    task = {"name": "sweep", "windefend.maps.sweep": {"action": "read"}, "run_once": True}
    run = fleet.play([{**task, "delegate_to": "{{ via | default(omit) }}"}])
    assert run.of("sweep")["counts"] == {"ok": 2, "failed": 2, "unreachable": 0}, run.output
    found = run.of("sweep")["hosts"]
    assert "elsewhere: delegate_to cannot be used with a sweep" in found["elsewhere"]["msg"]
    assert found["other"]["msg"].startswith("other: "), found["other"]["msg"]
    assert fleet.machines["elsewhere"].log == []
