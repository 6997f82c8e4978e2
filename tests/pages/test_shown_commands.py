"""The commands of the pages, as they stand there, in a copy of the checkout and an empty home, against simulated hosts.

What a page shows of the outputs has to come, and at its end the hosts are as the page says.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet
from ansible_collections.windefend.maps.tests.support.shown_commands import blocks, quoted

pytestmark = pytest.mark.pages

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
OURS = "tests/pages/test_shown_commands.py"
README = (ROOT / "README.md").read_text()
LIMIT = 600
VAULT_PASSWORD = "a password of the vault"
ACCOUNT = {"user": "svc-ansible", "password": "Winsim-only-2"}
FLEET = {
    "defaults": {"account": ACCOUNT},
    "hosts": [
        {"name": "pc-001", "scenario": "no_winhttp_proxy_72f8f", "groups": ["windows"]},
        {"name": "pc-002", "groups": ["windows", "pilot"], "site": "osaka"},
        {"name": "pc-017", "scenario": "no_winhttp_proxy_70006", "groups": ["windows", "laptops"]},
    ],
}
LEFT_OUT = shutil.ignore_patterns(".git", "build", "__pycache__", ".*_cache", ".hypothesis", "*.tar.gz", "output")
BACKGROUND = ("make winsim", "python -m ansible_collections.windefend.maps.winsim serve")
"""What keeps its terminal: it is started beside the others, and waited for until it says that it is ready."""
AT_A_TERMINAL = """
import sys, pexpect
child = pexpect.spawn("bash", ["-c", sys.argv[1]], timeout=60)
for _ in range(2):
    child.expect("Vault password: ")
    child.sendline(sys.argv[2])
child.expect(pexpect.EOF)
child.close()
sys.exit(child.exitstatus)
"""
"""ansible-vault opens an editor at a terminal only."""


@dataclass
class Desk:
    """Where somebody sits who reads the pages: a checkout of their own, and a home."""

    checkout: pathlib.Path
    home: pathlib.Path

    def follow(self, page: str, *before: str, folder: str = "", installed: bool = True) -> str:
        """Types what the page shows, in its order, and returns all that was printed. Fails where a command does."""
        shown = [block for block in blocks(page, (ROOT / page).read_text()) if block.executed_by == OURS]
        commands = [*before, *(command for block in shown for command in block.commands)]
        assert len(commands) > len(before), f"{page} shows nothing to execute"
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHONPATH"))
        }
        environment |= {
            "HOME": str(self.home),
            "PATH": f"{self.checkout / 'build' / 'venv' / 'bin'}:{os.environ['PATH']}",
            "EDITOR": str(self.editor()),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            # Whatever is installed here already, and nothing from elsewhere.
            "PIP_NO_INDEX": "1",
        }
        if installed:
            environment["ANSIBLE_COLLECTIONS_PATH"] = str(ROOT / "build" / "collections")
        (self.home / "passwords").write_text(f"{VAULT_PASSWORD}\n" * 2)
        (self.home / "page.sh").write_text("\n".join(["set -eu", *map(self.typed, commands), ""]))
        # A session of its own: without a terminal, passwords are read from the standard input.
        process = subprocess.Popen(
            ["bash", str(self.home / "page.sh")],
            cwd=self.checkout / folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _unused = process.communicate(timeout=LIMIT)
        finally:
            # What was started in the background, too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        assert process.returncode == 0, f"{page}:\n{output}"
        return output

    def typed(self, command: str) -> str:
        """A command for the script: with passwords to read, or beside the others."""
        if command.startswith(BACKGROUND):
            log = shlex.quote(str(self.home / "background.log"))
            return (
                f"{command} > {log} 2>&1 &\nfor _ in $(seq 600); do grep -q ready {log} && break; sleep 0.1; done\n"
                f"cat {log}; grep -q ready {log}"
            )
        if command.startswith("ansible-vault create"):
            return shlex.join([sys.executable, "-c", AT_A_TERMINAL, command, VAULT_PASSWORD])
        if command.startswith((". ", "export ")):
            return command
        return f"{{ {command}\n}} < {shlex.quote(str(self.home / 'passwords'))}"

    def editor(self) -> pathlib.Path:
        """A person who writes the account's password into the file."""
        path = self.home / "editor"
        path.write_text(f"#!/bin/sh\necho 'vault_ansible_password: {ACCOUNT['password']}' > \"$1\"\n")
        path.chmod(0o755)
        return path

    def said(self, page: str, output: str, *languages: str) -> list[str]:
        """What the page shows of outputs and did not come."""
        plain = " ".join(output.split())
        text = (ROOT / page).read_text()
        return [part for language in languages for part in quoted(text, language) if part not in plain]


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Desk:
    """A copy of the checkout whose build/venv is the environment that runs this test."""
    checkout, home = tmp_path / "checkout", tmp_path / "home"
    home.mkdir()
    shutil.copytree(ROOT, checkout, ignore=LEFT_OUT, symlinks=True)
    environment = checkout / "build" / "venv"
    environment.mkdir(parents=True)
    for name in ("bin", "lib", "pyvenv.cfg"):
        (environment / name).symlink_to(pathlib.Path(sys.prefix) / name)
    for name in (".made", ".demo"):
        (environment / name).touch()
    # Any port that is free, for the case that somebody has the same fleet running.
    fleet = checkout / "demo" / "fleet.yml"
    text = fleet.read_text()
    assert "port: 15985" in text
    fleet.write_text(text.replace("port: 15985", "port: 0"))
    return Desk(checkout, home)


def settle(fleet: SimulatedFleet, desk: Desk, *, vault: bool = False) -> None:
    """Writes the inventory of the pages: the fleet's, with the names of a domain."""
    inventory = yaml.safe_load(fleet.inventory.read_text())
    for group in inventory["all"]["children"].values():
        group["hosts"] = {f"{name}.corp.example": variables for name, variables in group["hosts"].items()}
        for variables in group["hosts"].values():
            if vault and variables:
                variables["ansible_password"] = "{{ vault_ansible_password }}"
    (desk.checkout / "inventory.yml").write_text(yaml.safe_dump(inventory))


def test_tutorial(desk: Desk) -> None:
    output = desk.follow("docs/tutorial.md", installed=False)
    assert desk.said("docs/tutorial.md", output, "text", "diff") == []
    assert "planned: No system-wide WinHTTP proxy is set" in " ".join(output.split())


def installation() -> list[str]:
    """The commands of the README that install the collection; other pages link to them."""
    first, *_unused = (block for block in blocks("README.md", README) if block.executed_by == OURS)
    return first.commands


def outcomes(report: pathlib.Path) -> dict[str, str]:
    """Host -> outcome."""
    hosts = yaml.safe_load(report.read_text())["hosts"]
    return {name.partition(".")[0]: host["outcome"] for name, host in hosts.items()}


def test_readme(start_fleet: StartFleet, desk: Desk) -> None:
    """The collection is the one that was built and installed into the empty home."""
    fleet = start_fleet(FLEET)
    settle(fleet, desk)
    before = fleet.states()
    output = desk.follow("README.md", installed=False)
    assert str(desk.home / ".ansible" / "collections") in output
    assert "repaired: Fixed by: winhttp_proxy. MAPS is reachable." in output
    after = fleet.states()
    assert {name for name in after if after[name] != before[name]} == {"pc-001", "pc-017"}


def test_install(desk: Desk) -> None:
    collection = desk.home / ".ansible" / "collections" / "ansible_collections" / "windefend" / "maps"
    output = desk.follow("docs/install.md", *installation(), installed=False)
    assert output.count("windefend.maps:1.0.0 was installed successfully") == 2
    assert collection.parent.is_dir()
    assert not collection.exists()


def test_on_real_hosts(start_fleet: StartFleet, desk: Desk) -> None:
    """From installing to taking it back."""
    fleet = start_fleet(FLEET)
    settle(fleet, desk, vault=True)
    before = fleet.states()
    output = desk.follow("docs/real-hosts.md", *installation(), installed=False)
    assert "repaired: Fixed by: winhttp_proxy. MAPS is reachable." in output
    found = outcomes(desk.checkout / "report.json")
    assert found["pc-001"] == "repaired"
    assert found["pc-002"] == "healthy"
    assert fleet.states() == before


def test_the_inventory_for_real_hosts_can_be_read(tmp_path: pathlib.Path) -> None:
    (shown,) = [text for text in _yaml("docs/real-hosts.md") if text.startswith("windows:")]
    path = tmp_path / "inventory.yml"
    path.write_text(shown)
    command = [str(pathlib.Path(sys.executable).parent / "ansible-inventory"), "-i", str(path), "--list"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT)
    found = yaml.safe_load(done.stdout)
    assert found["laptops"]["hosts"] == ["pc-017.corp.example"]
    assert found["_meta"]["hostvars"]["pc-017.corp.example"]["ansible_winrm_scheme"] == "https"
    assert found["_meta"]["hostvars"]["pc-017.corp.example"]["remediate_winhttp_proxy"] is False


def _yaml(page: str) -> list[str]:
    return [block.partition("\n```")[0] + "\n" for block in (ROOT / page).read_text().split("```yaml\n")[1:]]


def test_undo(start_fleet: StartFleet, desk: Desk) -> None:
    fleet = start_fleet(FLEET)
    settle(fleet, desk)
    before = fleet.states()
    proxy = "-e remediate_winhttp_proxy=proxy.corp.example:3128"
    repair = f"ansible-playbook windefend.maps.remediate -i inventory.yml {proxy} -e maps_run=20261124T111400Z-1f0c9a3e"
    assert "repaired" in desk.follow("docs/undo.md", repair)
    assert fleet.states() == before


@pytest.mark.parametrize(
    ("page", "written"),
    [
        ("docs/errors.md", ""),
        ("docs/quick-reference.md", ""),
        ("docs/report.md", "both.html"),
        ("docs/large-fleets.md", "fleet.html"),
        ("roles/detection_test/README.md", ""),
    ],
)
def test_a_page(start_fleet: StartFleet, desk: Desk, page: str, written: str) -> None:
    fleet = start_fleet(FLEET)
    settle(fleet, desk)
    desk.follow(page)
    assert any(machine.log for machine in fleet.machines.values())
    assert (desk.checkout / written).exists()


def test_monitoring(start_fleet: StartFleet, desk: Desk) -> None:
    """The inventory source is the one that the page shows."""
    page = "docs/monitoring.md"
    fleet = start_fleet(FLEET)
    settle(fleet, desk)
    shown = re.search(r"^```yaml\n(# report\.maps\.yml\n.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    assert shown
    (desk.checkout / "report.maps.yml").write_text(shown[1])
    before = fleet.states()
    output = desk.follow(page)
    assert "@maps_cause_winhttp_proxy_missing:" in output
    found = json.loads((desk.checkout / "fleet.json").read_text())["hosts"]
    limited = {name.partition(".")[0] for name, host in found.items() if host["cause"] == "winhttp_proxy_missing"}
    after = fleet.states()
    assert {name for name in after if after[name] != before[name]} == limited != set()
    assert len((desk.checkout / "fleet.jsonl").read_text().splitlines()) == len(found)
    assert 'windefend_maps_hosts{outcome="healthy"} 1\n' in (desk.checkout / "fleet.prom").read_text()


def test_lists_from_a_server(start_fleet: StartFleet, desk: Desk) -> None:
    fleet = start_fleet({"hosts": [{"name": "srv-ctl"}, {"name": "pc", "groups": ["isolated"]}]})
    shutil.copy(fleet.inventory, desk.checkout)
    desk.follow("roles/ctl_distribution_point/README.md")
    assert any("ctl" in str(change) for change in fleet.machines["pc"].log)


def test_what_the_example_of_testing_needs(desk: Desk) -> None:
    desk.follow("docs/testing.md", folder="tests/molecule/corp_defender")


def test_winsim(desk: Desk) -> None:
    output = desk.follow("winsim/README.md", f"export PYTHONPATH={ROOT / 'build' / 'collections'}")
    assert "winsim: 36 hosts on 127.16.0.1 to 127.16.0.36" in output
