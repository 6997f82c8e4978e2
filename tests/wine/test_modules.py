"""The collection's modules on a Wine host, through real ansible-playbook, pywinrm and WS-Management.

The registry there belongs to Wine. Its netsh does nothing and says nothing, and its findstr prints nothing: what
needs them is tested for what the modules make of that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import registry, winhttp_settings
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.winhttp_settings import WinHttpSettings
from ansible_collections.windefend.maps.tests.support.fleet import Run, run_playbook
from ansible_collections.windefend.maps.tests.wine.conftest import ADDRESS, PASSWORD, USER
from ansible_collections.windefend.maps.tests.wine.support import Runner
from ansible_collections.windefend.maps.winsim.wire.server import Server

pytestmark = [pytest.mark.wine, pytest.mark.usefixtures("clean")]

PROXY = "proxy.corp.example:3128"


class Ansible:
    """Plays on the Wine host, named wine."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._inventory = folder / "inventory.yml"
        variables = {
            "ansible_host": ADDRESS,
            "ansible_port": server.port,
            "ansible_user": USER,
            "ansible_password": PASSWORD,
            "ansible_connection": "winrm",
            "ansible_winrm_scheme": "http",
            "ansible_winrm_transport": "ntlm",
            "ansible_winrm_message_encryption": "always",
        }
        self._inventory.write_text(yaml.safe_dump({"all": {"hosts": {"wine": variables}}}))

    def play(self, tasks: dict[str, dict[str, Any]], *options: str) -> Run:
        """Runs tasks: name -> module and its arguments."""
        path = self._folder / "play.yml"
        content = [{"name": name, **task} for name, task in tasks.items()]
        path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": content}], sort_keys=False))
        run = run_playbook(path, self._folder, self._inventory, *options)
        assert self._server.shells(ADDRESS) == []
        return run


@pytest.fixture
def ansible(server: Server, tmp_path: Path) -> Ansible:
    return Ansible(server, tmp_path)


def stored(runner: Runner, name: str) -> registry.Data | None:
    """A value of the Spynet policy, asked in another way than the module's."""
    ran = runner.run(registry.query_alone(spynet.POLICY, name).text)
    assert ran.code == 0 or b"Unable to find" in ran.out + ran.err, ran
    value = registry.value(ran.out, name) if ran.code == 0 else None
    return None if value is None else value.data


def test_spynet_is_written_kept_and_given_back(ansible: Ansible, runner: Runner) -> None:
    loosen = {"windefend.maps.spynet": {"revocation_check": False, "reporting": "advanced"}}
    absent = {"windefend.maps.spynet": {"state": "absent", "names": ["ssl_options", "reporting"]}}
    run = ansible.play({"loosen": loosen, "again": loosen})
    assert run.status == 0, run.output
    first = run.of("loosen")
    assert first["changed"]
    assert (first["before"]["ssl_options"], first["after"]["ssl_options"]) == (None, 2)
    assert first["changed_values"] == ["SSLOptions", "SpynetReporting"]
    assert any("revocation check" in warning for warning in first["warnings"])
    assert not run.of("again")["changed"]
    assert (stored(runner, "SSLOptions"), stored(runner, "SpynetReporting")) == (2, 2)

    run = ansible.play({"absent": absent, "again": absent})
    assert run.status == 0, run.output
    assert run.of("absent")["restored_to_default"] == ["SSLOptions", "SpynetReporting"]
    assert not run.of("again")["changed"]
    assert (stored(runner, "SSLOptions"), stored(runner, "SpynetReporting")) == (None, None)


def test_spynet_in_check_mode_writes_nothing(ansible: Ansible, runner: Runner) -> None:
    run = ansible.play({"it": {"windefend.maps.spynet": {"ssl_options": 0}}}, "--check", "--diff")
    assert run.status == 0, run.output
    assert run.of("it")["changed"]
    assert run.of("it")["after"]["ssl_options"] == 0
    assert stored(runner, "SSLOptions") is None


def test_host_info_reads_the_registry(ansible: Ansible, runner: Runner) -> None:
    runner.run(registry.add(spynet.POLICY, "SSLOptions", "REG_DWORD", 2).text)
    blob = WinHttpSettings(flags=3, proxy=PROXY, bypass="<local>;*.corp.example").encode()
    runner.run(registry.add(winhttp_settings.KEY, winhttp_settings.NAME, "REG_BINARY", blob).text)
    run = ansible.play({"it": {"windefend.maps.host_info": {}}})
    assert run.status == 0, run.output
    info = run.of("it")
    assert not info["changed"]
    assert info["system"]["build"] == 18362
    assert info["system"]["elevated"]
    assert info["defender"]["installed"]
    assert info["defender"]["platform_version"] == "4.18.2606.5-0"
    assert info["defender"]["mpcmdrun"] == (
        r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.2606.5-0\MpCmdRun.exe"
    )
    assert (info["defender"]["start_type"], info["defender"]["service_state"]) == (2, 1)
    assert (info["spynet"]["ssl_options"], info["spynet"]["revocation_check"]) == (2, False)
    assert (info["spynet"]["effective_reporting"], info["spynet"]["tamper_protection"]) == (2, False)
    winhttp = info["proxy"]["winhttp"]
    assert (winhttp["http"], winhttp["https"], winhttp["direct"]) == (PROXY, PROXY, False)
    assert winhttp["bypass_list"] == ["<local>", "*.corp.example"]
    assert winhttp["raw"] == blob.hex()
    assert info["proxy"]["advanced"] is None
    assert info["firewall"]["crl"]["verdict"] == "unknown"
    reasons = {unknown["fact"]: unknown["reason"] for unknown in info["unknown"]}
    assert "findstr" in reasons["firewall.crl.verdict"]


def test_root_update_is_written_kept_and_given_back(ansible: Ansible) -> None:
    """Wine's own AuthRoot key holds no lists: they are told as never synchronized, not as fine."""
    names = ["root_dir_url", "disable_root_auto_update"]
    request = {"windefend.maps.root_update": {"root_dir_url": r"file://\\files\ctl", "disable_root_auto_update": True}}
    back = {"windefend.maps.root_update": {"state": "absent", "names": names}}
    run = ansible.play({"set": request, "again": request, "back": back, "gone": back})
    assert run.status == 0, run.output
    done = run.of("set")
    assert done["changed_values"] == ["DisableRootAutoUpdate", "RootDirUrl"]
    assert (done["after"]["root_dir_url"], done["after"]["disable_root_auto_update"]) == (r"file://\\files\ctl", True)
    assert done["lists"]["trusted"] == {"present": False, "last_sync": None, "age_days": None, "stale": None}
    assert any("never synchronized" in warning for warning in done["warnings"])
    assert not run.of("again")["changed"]
    assert run.of("back")["restored_to_default"] == ["DisableRootAutoUpdate", "RootDirUrl"]
    assert not run.of("gone")["changed"]


def test_a_netsh_that_says_nothing_is_not_believed(ansible: Ansible) -> None:
    """Wine's netsh ends with 0 and prints nothing, so nothing is known of the proxy, and nothing is changed."""
    run = ansible.play({"it": {"windefend.maps.winhttp_proxy": {"proxy": PROXY}}})
    assert run.kind("it") == "failed"
    assert not run.of("it")["changed"]
    assert "netsh winhttp show advproxy ended with 0, but did not print it" in run.of("it")["msg"]
    assert "Nothing was changed" in run.of("it")["msg"]
