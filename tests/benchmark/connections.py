"""What a host costs by the way in which it is reached: connection plugin, logon, TLS."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..support import kdc
from ..support.fleet import simulated_fleet
from ..support.ssh_server import SSHD, ssh_fleet
from . import meter, plays
from .field import PASSWORD, USER, Field, fleet, serving
from .runs import ANSIBLE_PLAYBOOK, Bench, Run, ansible

BASE = "winrm, ntlm over http"
"""With which the others are compared."""
SSH = "ssh, a key"


@dataclass(frozen=True)
class Way:
    """A way to reach hosts of a group."""

    group: str
    """The beginning of their names."""
    variables: dict[str, Any] = field(default_factory=dict)
    most: float | None = None
    """Times what BASE costs a sweep, at most: the goal."""


_HTTPS = {"ansible_winrm_scheme": "https", "ansible_winrm_message_encryption": "auto"}
_KERBEROS = {"ansible_winrm_transport": "kerberos", "ansible_user": f"{USER}@{kdc.REALM}"}
_PSRP = {"ansible_connection": "psrp", "ansible_psrp_auth": "ntlm", "ansible_psrp_protocol": "http"}
_PSRPS = {"ansible_connection": "psrp", "ansible_psrp_auth": "ntlm", "ansible_psrp_protocol": "https"}
WAYS = {
    BASE: Way("plain"),
    "winrm, ntlm over https": Way("tls", _HTTPS, 2.0),
    "psrp, ntlm over http": Way("plain", _PSRP),
    "psrp, ntlm over https": Way("tls", _PSRPS),
    "winrm, kerberos over http": Way("domain", _KERBEROS, 1.6),
    "winrm, kerberos over https": Way("both", {**_HTTPS, **_KERBEROS}),
    "psrp, kerberos over http": Way("domain", {**_PSRP, **_KERBEROS, "ansible_psrp_auth": "kerberos"}),
    SSH: Way("ssh"),
}
HOST_BY_HOST = (BASE, "winrm, ntlm over https", "psrp, ntlm over http", "psrp, ntlm over https")
_DOMAIN = {"user": USER, "password": PASSWORD, "domain": kdc.REALM}
_GROUPS: dict[str, dict[str, Any]] = {
    "plain": {},
    "tls": {"tls": "good"},
    "domain": {"account": _DOMAIN},
    "both": {"account": _DOMAIN, "tls": "good"},
}


def measured(
    folder: pathlib.Path, hosts: int, alone: int, rounds: int, forks: int, note: Callable[[Run], None]
) -> None:
    """Sweeps over so many hosts and over one, and tasks on `alone` hosts, in turns. Without a KDC no Kerberos, and
    without an sshd no ssh."""
    with contextlib.ExitStack() as stack:
        running: kdc.Kdc | None = None
        if not kdc.MISSING:
            running = stack.enter_context(kdc.kdc(folder / "kdc", {USER: PASSWORD}))
        groups = {name: one for name, one in _GROUPS.items() if running is not None or name not in ("domain", "both")}
        document = fleet(0)
        document["hosts"] = [
            {"name": f"{name}-{{n:05}}", "count": max(hosts, alone), **one} for name, one in groups.items()
        ]
        every = stack.enter_context(serving(document, folder / "hosts"))
        if running is not None:
            for some in _some([one for name, one in every.addresses.items() if name.startswith(("domain", "both"))]):
                running.add({}, kdc.services(some))
        benches = {name: _bench(every, folder, way) for name, way in WAYS.items() if way.group in groups}
        over_ssh = stack.enter_context(_ssh(folder / "ssh", alone, forks)) if SSHD else None
        for number in range(rounds):
            for name, bench in benches.items():
                if not number:
                    note(bench.sweep(1, connection=name))
                note(bench.sweep(hosts, connection=name))
            for name in HOST_BY_HOST:
                if not number:
                    note(benches[name].host_by_host(1, forks, connection=name))
                note(benches[name].host_by_host(alone, forks, connection=name))
            for count in () if over_ssh is None else (alone,) if number else (1, alone):
                note(over_ssh(count))


def _bench(every: Field, folder: pathlib.Path, way: Way) -> Bench:
    addresses = {name: one for name, one in every.addresses.items() if name.rpartition("-")[0] == way.group}
    authority = str(every.folder / "certificates" / "winsim-authority.pem")
    trusted = {"ansible_winrm_ca_trust_path": authority, "ansible_psrp_ca_cert": authority}
    label = f"{way.group}-{way.variables.get('ansible_connection', 'winrm')}"
    own = dataclasses.replace(every, addresses=addresses, variables={**trusted, **way.variables}, label=label)
    return Bench(own, folder / label)


def _some(addresses: list[str], count: int = 50) -> Iterator[list[str]]:
    for start in range(0, len(addresses), count):
        yield addresses[start : start + count]


@contextlib.contextmanager
def _ssh(folder: pathlib.Path, hosts: int, forks: int) -> Iterator[Callable[[int], Run]]:
    """Runs the same tasks over ssh. What winsim computes happens here. The client that keeps the connection of a host
    open ends later, so it is not counted."""
    document = fleet(0)
    document["hosts"] = [{"name": "ssh-{n:05}", "count": hosts}]
    folder.mkdir(parents=True)
    with (
        simulated_fleet(document, folder) as simulated,
        ssh_fleet(simulated, {one.name: {} for one in simulated.fleet.hosts}) as served,
    ):
        path, log = folder / "play.json", folder / "log"
        path.write_text(json.dumps(plays.host_by_host()))

        def run(count: int) -> Run:
            chosen = {one.name: {"ansible_host": one.address} for one in simulated.fleet.hosts[:count]}
            inventory = folder / f"inventory-{count}.json"
            inventory.write_text(json.dumps({"all": {"hosts": chosen, "vars": served.variables}}))
            command = [ANSIBLE_PLAYBOOK, str(path), "-i", str(inventory), "--forks", str(forks)]
            busy, sessions = time.process_time(), len(served.sessions)
            used = meter.measure(command, limit=600, log=log, environment=ansible())
            lines = len(served.sessions) - sessions
            return Run(
                "host_by_host", count, forks, used.wall, used.cpu, used.peak_process, used.peak_tree, count, lines, 0,
                time.process_time() - busy, {"connection": SSH},
            )  # fmt: skip

        yield run
