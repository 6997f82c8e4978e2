"""What a host costs by the way in which it is reached: connection plugin, logon, TLS."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..support import kdc
from .field import PASSWORD, USER, Field, fleet, serving
from .runs import Bench, Run

BASE = "winrm, ntlm over http"
"""With which the others are compared."""


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
    """Sweeps over so many hosts and over one, and tasks on `alone` hosts, in turns. Without a KDC, no Kerberos."""
    with contextlib.ExitStack() as stack:
        running: kdc.Kdc | None = None
        if not kdc.MISSING:
            running = stack.enter_context(kdc.kdc(folder / "kdc", {USER: PASSWORD}))
            stack.enter_context(_environment(running.environment))
        groups = {name: one for name, one in _GROUPS.items() if running is not None or name not in ("domain", "both")}
        document = fleet(0)
        document["hosts"] = [{"name": f"{name}-{{n:05}}", "count": hosts, **one} for name, one in groups.items()]
        every = stack.enter_context(serving(document, folder / "hosts"))
        if running is not None:
            running.add({}, kdc.services(every.addresses.values()))
        benches = {name: _bench(every, folder, way) for name, way in WAYS.items() if way.group in groups}
        for number in range(rounds):
            for name, bench in benches.items():
                if not number:
                    note(bench.sweep(1, connection=name))
                note(bench.sweep(hosts, connection=name))
            for name in HOST_BY_HOST:
                if not number:
                    note(benches[name].host_by_host(1, forks, connection=name))
                note(benches[name].host_by_host(alone, forks, connection=name))


def _bench(every: Field, folder: pathlib.Path, way: Way) -> Bench:
    addresses = {name: one for name, one in every.addresses.items() if name.rpartition("-")[0] == way.group}
    authority = str(every.folder / "certificates" / "winsim-authority.pem")
    trusted = {"ansible_winrm_ca_trust_path": authority, "ansible_psrp_ca_cert": authority}
    label = f"{way.group}-{way.variables.get('ansible_connection', 'winrm')}"
    own = dataclasses.replace(every, addresses=addresses, variables={**trusted, **way.variables}, label=label)
    return Bench(own, folder / label)


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
