"""The commands that a run ends with: whole, for the shell, and without values that may be secret."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.next_commands import next_command

CLI: dict[str, Any] = {"args": ("windefend.maps.remediate",), "inventory": ("/srv/my fleet.yml",), "subset": "berlin"}


def test_a_command_has_the_inventory_and_the_limit_of_the_run() -> None:
    undo = next_command("rollback", CLI, {}, variables={"rollback_run": "monday"})
    assert undo == (
        "ansible-playbook -i '/srv/my fleet.yml' windefend.maps.rollback --limit berlin -e rollback_run=monday"
    )
    # Ansible takes the text after -e apart once more.
    assert shlex.split(next_command("rollback", CLI, {}, variables={"rollback_run": "a b"}))[-1] == "rollback_run='a b'"
    assert shlex.split(next_command("assess", CLI, {}, limit="pc-1", options=["-v"]))[3:] == [
        "windefend.maps.assess",
        "--limit",
        "pc-1",
        "-v",
    ]


def test_the_default_inventory_is_not_named() -> None:
    cli = {**CLI, "inventory": ("/etc/ansible/hosts",), "subset": None}
    found = next_command("assess", cli, {}, default_inventory=["/etc/ansible/hosts"])
    assert found == "ansible-playbook windefend.maps.assess"


def test_where_the_hosts_and_the_journal_are_is_passed_on_and_no_password() -> None:
    cli = {
        **CLI,
        "extra_vars": ("@vars.yml", "ansible_password=secret maps_hosts=win"),
        "vault_ids": ("v@prompt",),
        "remote_user": "admin",
        "ask_pass": True,
        "ask_vault_pass": True,
        "vault_password_files": ("/f",),
    }
    extra = {"ansible_password": "secret", "maps_hosts": "win", "maps_journal": "/srv/j", "remediate_firewall": "no"}
    words = shlex.split(next_command("rollback", cli, extra))
    assert "secret" not in " ".join(words)
    assert words[4:] == [
        *("--limit", "berlin", "-u", "admin", "--ask-pass", "--ask-vault-pass", "--vault-id", "v@prompt"),
        *("--vault-password-file", "/f", "-e", "@vars.yml", "-e", "maps_hosts=win", "-e", "maps_journal=/srv/j"),
    ]


def test_a_playbook_that_was_named_by_its_file_leads_to_the_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "rollback.yml").write_text("[]")
    cli = {"args": (str(tmp_path / "remediate.yml"),)}
    assert next_command("rollback", cli, {}) == f"ansible-playbook {tmp_path / 'rollback.yml'}"
    assert next_command("assess", cli, {}) == "ansible-playbook windefend.maps.assess"
