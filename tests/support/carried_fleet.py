"""A served fleet whose inventory names another connection than winrm."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from .fleet import SimulatedFleet
from .ssh_server import ssh_fleet

PSRP = {"ansible_connection": "psrp", "ansible_psrp_protocol": "http", "ansible_psrp_auth": "ntlm"}


def give(fleet: SimulatedFleet, host: str, variables: Mapping[str, Any]) -> None:
    """A host's variables, which go before those of the inventory."""
    (fleet.folder / "host_vars").mkdir(exist_ok=True)
    (fleet.folder / "host_vars" / f"{host}.yml").write_text(yaml.safe_dump(dict(variables), sort_keys=False))


@contextlib.contextmanager
def carried(fleet: SimulatedFleet, connection: str) -> Iterator[None]:
    """While this lasts, every host is reached over a connection; those that do not listen or do not let the account in
    do neither there."""
    if connection == "psrp":
        for host in fleet.fleet.hosts:
            give(fleet, host.name, PSRP)
    if connection != "ssh":
        yield
        return
    own: dict[str, dict[str, object]] = {host.name: {} for host in fleet.fleet.hosts}
    for host in fleet.fleet.hosts:
        if host.scenario.name == "wrong_password":
            own[host.name] = {"ansible_ssh_private_key_file": "/nowhere"}
    listening = {host.name: own[host.name] for host in fleet.fleet.hosts if host.scenario.listens}
    with ssh_fleet(fleet, listening) as served:
        for host in fleet.fleet.hosts:
            if not host.scenario.listens:
                give(fleet, host.name, served.variables)
        yield
