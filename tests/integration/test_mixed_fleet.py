"""A fleet of all connections: no host ever gets what belongs to another. The judges are the servers, and a KDC."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.windefend.maps.tests.support import kdc as kdcs
from ansible_collections.windefend.maps.tests.support.credential_log import CredentialLog, credential_log
from ansible_collections.windefend.maps.tests.support.fleet import Run, run_playbook, simulated_fleet
from ansible_collections.windefend.maps.tests.support.ssh_recorder import SshRecorder

TYPED = "Typed-on-the-command-line"
NONE = "{{ none if true else 'Secret-literal' }}"
NOTHING = ("null-", "empty-")
"""Hosts whose password comes out as none, or is empty."""
OVER_HTTP = {
    "winrm": {"ansible_winrm_transport": "basic", "ansible_winrm_scheme": "http"},
    "psrp": {
        "ansible_psrp_auth": "basic",
        "ansible_psrp_protocol": "http",
        "ansible_psrp_message_encryption": "never",
    },
}
KERBEROS = {
    "winrm": {"ansible_winrm_transport": "kerberos", "ansible_winrm_kinit_env_vars": ["KRB5_CONFIG"]},
    "psrp": {"ansible_psrp_auth": "kerberos", "ansible_psrp_protocol": "http"},
}
USERS = {"principal": "Own-kerberos", "ticket": "Ticket-1"}
"""The second has a ticket in the cache of the controller; its hosts have no password."""
SWEEP = {"name": "it", "windefend.maps.sweep": {"action": "read"}, "run_once": True}


def passwords(connection: str) -> dict[str, dict[str, Any]]:
    """Hosts by which passwords they have."""
    own = f"Own-{connection}"
    vault = VaultSecret(b"open sesame")
    encrypted = VaultLib([("default", vault)]).encrypt(f"{own}-vaulted", vault).decode()
    return {
        "own": {"ansible_password": own},
        "none": {},
        "null": {"ansible_password": NONE},
        "vaulted": {"ansible_password": Vaulted(encrypted)},
        "other-name": {f"ansible_{'ssh' if connection == 'ssh' else 'winrm'}_password": f"{own}-other-name"},
        "empty": {"ansible_password": ""},
        "both": {"ansible_ssh_pass": f"{own}-other", "ansible_password": f"{own}-both"},
    }


class Vaulted(str):
    """A text that YAML marks as vaulted."""


yaml.SafeDumper.add_representer(Vaulted, lambda dumper, data: dumper.represent_scalar("!vault", str(data), style="|"))


@dataclass
class Judged:
    """The hosts, and who says what they were sent."""

    hosts: dict[str, dict[str, Any]]
    log: CredentialLog
    recorder: SshRecorder
    kdc: kdcs.Kdc
    folder: pathlib.Path
    addresses: dict[str, str] = field(default_factory=dict)
    """Those of the hosts over ssh."""

    def play(self, names: list[str], task: Mapping[str, Any], *options: str) -> tuple[Run, set[tuple[str, str]]]:
        """What the servers were sent in a run: a host, and a password or a ticket."""
        self.log.sent.clear()
        self.recorder.clear()
        # A new ticket: those for services, which lie beside it, were not asked for again.
        subprocess.run(["kinit", "ticket"], input=USERS["ticket"], text=True, check=True, capture_output=True)
        before = len(self.kdc.issued())
        play = {"hosts": names, "order": "inventory", "gather_facts": False, "tasks": [dict(task)]}
        inventory = {"all": {"hosts": {name: self.hosts[name] for name in names}}}
        (self.folder / "hosts.yml").write_text(yaml.safe_dump(inventory, sort_keys=False))
        (self.folder / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False))
        run = run_playbook(self.folder / "play.yml", self.folder, self.folder / "hosts.yml", *options)
        assert "Traceback" not in run.output
        by_address = {address: name for name, address in self.addresses.items()}
        sent = set(self.log.sent) | {(by_address[address], said) for address, said in self.recorder.sent()}
        return run, sent | {("KDC", one) for one in self.kdc.issued()[before:]}


@pytest.fixture
def judged(tmp_path: pathlib.Path) -> Iterator[Judged]:
    (tmp_path / "typed").write_text(f"{TYPED}\n")
    (tmp_path / "vault").write_text("open sesame")
    for name in ("typed", "vault"):
        (tmp_path / name).chmod(0o600)
    with kdcs.kdc(tmp_path / "kdc", USERS) as kdc, credential_log() as log:
        entries = [
            {"name": f"{user}-{connection}", "account": {"user": user, "password": password, "domain": kdcs.REALM},
             "variables": {"ansible_connection": connection, **variables}}
            for connection, variables in KERBEROS.items() for user, password in USERS.items()
        ]  # fmt: skip
        with simulated_fleet({"hosts": entries}, tmp_path) as fleet:
            kdc.add({}, kdcs.services(host.address for host in fleet.fleet.hosts))
            written = yaml.safe_load(fleet.inventory.read_text())["all"]["children"]["winsim"]
            hosts = {name: {**written["vars"], **variables} for name, variables in written["hosts"].items()}
            for connection in KERBEROS:
                del hosts[f"ticket-{connection}"]["ansible_password"]
            recorder = SshRecorder(tmp_path)
            found = Judged(hosts, log, recorder, kdc, tmp_path)
            for connection, variables in OVER_HTTP.items():
                for name, own in passwords(connection).items():
                    found.hosts[f"{name}-{connection}"] = {
                        "ansible_connection": connection, "ansible_host": "127.0.0.1", "ansible_port": log.port,
                        "ansible_user": "svc", f"ansible_{connection}_path": f"{name}-{connection}", **variables, **own,
                    }  # fmt: skip
            for number, (name, own) in enumerate(passwords("ssh").items(), 1):
                found.addresses[f"{name}-ssh"] = address = f"127.77.0.{number}"
                found.hosts[f"{name}-ssh"] = {**recorder.variables, "ansible_host": address, **own}
            yield found


@kdcs.needed
@pytest.mark.parametrize("typed", [(), ("--connection-password-file", "typed")])
def test_every_server_is_sent_what_it_is_sent_alone(judged: Judged, typed: tuple[str, ...]) -> None:
    """Whichever host is the first of the sweep. Where a template gives no password, none is spelled out."""
    options = ("--vault-password-file", "vault", *typed)
    names = list(judged.hosts)
    _run, alone = judged.play(
        names, {"name": "it", "windefend.maps.host_info": {}, "ignore_unreachable": True}, *options
    )
    for connection in ("winrm", "psrp", "ssh"):
        user = "" if connection == "ssh" else "svc:"
        own = f"{user}Own-{connection}"
        assert {(f"own-{connection}", own), (f"vaulted-{connection}", f"{own}-vaulted")} <= alone
        assert ((f"none-{connection}", f"{user}{TYPED}") in alone) is bool(typed)
    assert any("principal@" in said for who, said in alone if who == "KDC")
    for first in ("own", "none", "principal", "ticket"):
        for connection in ("winrm", "psrp", "ssh"):
            name = f"{first}-{connection}"
            if name in names:
                _run, sent = judged.play([name, *(one for one in names if one != name)], SWEEP, *options)
                assert told(sent) == told(alone), f"with {name} as the first host"
                unset = {said.removeprefix("svc:") for who, said in sent if who.startswith(NOTHING)}
                assert unset <= {"", TYPED}, f"with {name} as the first host"


def told(sent: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Without what a task makes of these: over ssh it sends a template's text for none, over psrp an empty password."""
    return {(who, said) for who, said in sent if not who.startswith(NOTHING)}
