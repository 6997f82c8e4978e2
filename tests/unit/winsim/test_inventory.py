"""The inventory that a fleet writes, as Ansible reads it."""

from __future__ import annotations

import pathlib
from typing import Any

import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager
from ansible_collections.windefend.maps.winsim import fleet, inventory, listeners

DOCUMENT = {
    "hosts": [
        {"name": "a", "scenario": "healthy", "site": "osaka", "groups": ["laptops"]},
        {
            "name": "b-{n}",
            "count": 2,
            "scenario": "crl_blocked",
            "locale": "ja",
            "overrides": {"winrm": {"allow_unencrypted": True}},
            "variables": {"remediate_winhttp_proxy": False},
            "account": {"user": "kim", "password": "p'q: {{ x }}", "domain": "corp.example"},
        },
        {"name": "c", "tls": "expired", "account": {"user": "lee", "certificate": True}},
    ]
}


def read(tmp_path: pathlib.Path) -> tuple[InventoryManager, VariableManager]:
    made = fleet.parse(DOCUMENT)
    path = tmp_path / "new" / "inventory.yml"
    inventory.write(path, made, 4711, {host.name: host.build() for host in made.hosts})
    loader = DataLoader()
    manager = InventoryManager(loader=loader, sources=[str(path)])
    return manager, VariableManager(loader=loader, inventory=manager)


def variables(tmp_path: pathlib.Path, name: str) -> dict[str, Any]:
    manager, found = read(tmp_path)
    return dict(found.get_vars(host=manager.get_host(name)))


def test_groups(tmp_path: pathlib.Path) -> None:
    manager, _unused = read(tmp_path)
    groups = {name: sorted(hosts) for name, hosts in manager.get_groups_dict().items()}
    assert groups["winsim"] == ["a", "b-1", "b-2", "c"]
    assert groups["scenario_healthy"] == groups["language_en"] == ["a", "c"]
    assert groups["site_osaka"] == groups["laptops"] == ["a"]
    assert groups["scenario_crl_blocked"] == groups["language_ja"] == ["b-1", "b-2"]


def test_how_to_connect(tmp_path: pathlib.Path) -> None:
    found = variables(tmp_path, "a")
    wanted = {
        "ansible_connection": "winrm",
        "ansible_host": "127.16.0.1",
        "ansible_port": 4711,
        "ansible_winrm_scheme": "http",
        "ansible_winrm_transport": "ntlm",
        "ansible_winrm_message_encryption": "always",
        "ansible_user": "ansible",
        "ansible_password": "Winsim-only-1",
    }
    assert {key: found[key] for key in wanted} == wanted


def test_a_host_that_allows_unsealed_messages_and_a_domain_account(tmp_path: pathlib.Path) -> None:
    found = variables(tmp_path, "b-2")
    assert found["ansible_winrm_message_encryption"] == "auto"
    assert found["ansible_user"] == "kim@corp.example"


def test_what_is_expected_and_the_consent_that_it_needs(tmp_path: pathlib.Path) -> None:
    found = variables(tmp_path, "b-1")
    assert (found["winsim_scenario"], found["winsim_expected_outcome"]) == ("crl_blocked", "repaired")
    assert found["winsim_expected_cause"] == "crl_unreachable"
    assert found["remediate_ssl_options_workaround"] == "no_revocation"
    assert found["remediate_winhttp_proxy"] is False


def test_text_survives(tmp_path: pathlib.Path) -> None:
    read(tmp_path)
    document = yaml.safe_load((tmp_path / "new" / "inventory.yml").read_text(encoding="utf-8"))
    hosts = document["all"]["children"]["winsim"]["hosts"]
    assert hosts["b-1"]["ansible_password"] == "p'q: {{ x }}"


def test_https_and_certificates_for_either_connection_plugin(tmp_path: pathlib.Path) -> None:
    """The paths are those to which `listeners.issue` writes."""
    found = variables(tmp_path, "c")
    folder = tmp_path / "new" / "certificates"
    assert list(listeners.issue(fleet.parse(DOCUMENT), listeners.beside(tmp_path / "new" / "inventory.yml"))) == [
        found["ansible_host"]
    ]
    authority, own = str(folder / "winsim-authority.pem"), str(folder / "certificate-of-lee.pem")
    wanted = {
        "ansible_winrm_scheme": "https",
        "ansible_winrm_message_encryption": "auto",
        "ansible_winrm_ca_trust_path": authority,
        "ansible_winrm_cert_pem": own,
        "ansible_winrm_cert_key_pem": own,
        "ansible_psrp_protocol": "https",
        "ansible_psrp_ca_cert": authority,
        "ansible_psrp_certificate_pem": own,
        "ansible_psrp_certificate_key_pem": own,
    }
    assert {key: found[key] for key in wanted} == wanted
    assert pathlib.Path(authority).is_file()
    assert pathlib.Path(own).stat().st_mode & 0o077 == 0, "it holds a key"
    assert "ansible_psrp_protocol" not in variables(tmp_path, "a")
