"""The certificates of a fleet: those of its HTTPS listeners, and those of the accounts that log on with one."""

from __future__ import annotations

import pathlib

from .authority import Authority
from .fleet import Fleet, FleetHost, Tls
from .wire.tls import Listener

AUTHORITY = "winsim-authority"
"""Its name and that of its file; longer than any computer's."""


def beside(inventory: pathlib.Path) -> pathlib.Path:
    """The folder of the certificates that go with an inventory file, unless another was named."""
    return inventory.absolute().parent / "certificates"


def issue(fleet: Fleet, folder: pathlib.Path) -> dict[str, Listener]:
    """Writes every certificate of a fleet and its authority into a folder, and gives the listeners by address. Nothing
    happens where no host listens for HTTPS."""
    hosts = [host for host in fleet.hosts if host.tls]
    if not hosts:
        return {}
    authority = Authority(folder, AUTHORITY)
    for user in {host.login.user for host in hosts if host.login.certificate}:
        authority.issue_to_user(user)
    return {host.address: Listener(_certificate(authority, host), authority.path) for host in hosts}


def _certificate(authority: Authority, host: FleetHost) -> pathlib.Path:
    if host.tls is Tls.WRONG_NAME:
        return authority.issue(f"old-{host.name}", file=host.name)
    days = -1 if host.tls is Tls.EXPIRED else 1
    return authority.issue(host.name, host.address, days, self_signed=host.tls is Tls.SELF_SIGNED)
