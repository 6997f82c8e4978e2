"""An Ansible inventory of a fleet."""

from __future__ import annotations

import pathlib

import yaml

from . import listeners
from .authority import client_file
from .fleet import Fleet, FleetHost
from .machine.model import Machine

Variables = dict[str, object]


def inventory(fleet: Fleet, port: int, machines: dict[str, Machine], certificates: pathlib.Path) -> dict[str, object]:
    """The inventory as plain data: the group `winsim` holds every host, and there is a group for each scenario, each
    language, each site, and those that the fleet file names. `machines` by host name say what WinRM allows; the folder
    `certificates` is that of `listeners.issue`."""
    groups: dict[str, dict[str, Variables]] = {}
    for host in fleet.hosts:
        for group in (f"scenario_{host.scenario.name}", f"language_{host.language.language}", *_named(host)):
            groups.setdefault(group, {})[host.name] = {}
    children: dict[str, object] = {
        "winsim": {
            "hosts": {host.name: _variables(host, machines[host.name], certificates) for host in fleet.hosts},
            "vars": {
                "ansible_connection": "winrm",
                "ansible_port": port,
                "ansible_winrm_scheme": "http",
                "ansible_winrm_transport": "ntlm",
            },
        }
    }
    children.update({group: {"hosts": hosts} for group, hosts in sorted(groups.items())})
    return {"all": {"children": children}}


def render(fleet: Fleet, port: int, machines: dict[str, Machine], certificates: pathlib.Path) -> str:
    """The inventory as a YAML file."""
    text = yaml.safe_dump(
        inventory(fleet, port, machines, certificates), sort_keys=False, allow_unicode=True, width=1000
    )
    return "---\n# Written by winsim: endpoints that do not exist, their passwords open no real door.\n" + text


def write(
    path: pathlib.Path,
    fleet: Fleet,
    port: int,
    machines: dict[str, Machine],
    certificates: pathlib.Path | None = None,
) -> None:
    """Writes the inventory file, its directory too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = render(fleet, port, machines, certificates or listeners.beside(path))
    path.write_text(text, encoding="utf-8")


def _named(host: FleetHost) -> list[str]:
    return [*host.groups, *([f"site_{host.site}"] if host.site else [])]


def _variables(host: FleetHost, machine: Machine, certificates: pathlib.Path) -> Variables:
    login = host.login
    sealed = not machine.winrm.allow_unencrypted and not host.tls
    return {
        "ansible_host": host.address,
        "ansible_user": f"{login.user}@{login.domain}" if login.domain else login.user,
        "ansible_password": login.password,
        # An unsealed message is refused by a host that does not allow it, so there is nothing to negotiate.
        "ansible_winrm_message_encryption": "always" if sealed else "auto",
        **(_over_tls(host, certificates) if host.tls else {}),
        "winsim_scenario": host.scenario.name,
        "winsim_expected_outcome": host.expect.outcome.value,
        "winsim_expected_cause": host.expect.cause.value,
        **host.variables,
    }


def _over_tls(host: FleetHost, certificates: pathlib.Path) -> Variables:
    """For either connection plugin: of these two, each reads its own variables."""
    authority = str(certificates / f"{listeners.AUTHORITY}.pem")
    found: Variables = {
        "ansible_winrm_scheme": "https",
        "ansible_winrm_ca_trust_path": authority,
        "ansible_psrp_protocol": "https",
        "ansible_psrp_ca_cert": authority,
    }
    if host.login.certificate:
        file = str(client_file(certificates, host.login.user))
        names = ("winrm_cert_pem", "winrm_cert_key_pem", "psrp_certificate_pem", "psrp_certificate_key_pem")
        found |= {f"ansible_{name}": file for name in names}
    return found
