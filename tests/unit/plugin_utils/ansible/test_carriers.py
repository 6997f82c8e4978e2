"""The names of Ansible's connection plugins that are used without being promised, in the ansible-core of this test."""

from __future__ import annotations

import ast
import pathlib
from collections.abc import Mapping
from typing import Any

import pytest
from ansible.playbook.play_context import PlayContext
from ansible.plugins.connection import psrp as psrp_plugin, ssh as ssh_plugin, winrm as winrm_plugin
from ansible.plugins.loader import connection_loader
from ansible.release import __version__
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import carriers
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import CommandTimedOut, Unreachable
from pypsrp.wsman import WSMan

ROOT = pathlib.Path(__file__).resolve().parents[4]
CORE = f"ansible-core {__version__}: %s has moved, so plugin_utils/_ansible/carriers.py has to follow"


def connection(plugin: str, **variables: Any) -> Any:
    made = connection_loader.get(plugin, PlayContext())
    options = {"ansible_host": "192.0.2.1", "ansible_user": "svc", "inventory_hostname": "pc", **variables}
    made.set_options(var_options=made._resolve_option_variables(options, Plain()))
    return made


class Plain:
    """A templar for what is no template."""

    def template(self, value: Any) -> Any:
        return value


@pytest.mark.parametrize("plugin", carriers.NAMES)
def test_a_plugin_has_the_names_that_are_used(plugin: str) -> None:
    made = connection(plugin)
    if plugin == "psrp":
        made._build_kwargs()
    missing = [name for name in carriers.NAMES[plugin] if not hasattr(made, name)]
    assert missing == [], CORE % f"{plugin}: {missing}"


def test_the_plugin_winrm_makes_what_is_exchanged() -> None:
    """Without `getfullargspec` all works, at a cost for each host."""
    assert hasattr(winrm_plugin, "Protocol"), CORE % "Protocol of the plugin winrm"
    with carriers.fast_protocols():
        assert winrm_plugin.Protocol is carriers.FastProtocol
    assert winrm_plugin.Protocol is not carriers.FastProtocol


def test_the_plugin_ssh_starts_its_clients_where_they_are_watched(tmp_path: pathlib.Path) -> None:
    """And never a second one, whatever the inventory says."""
    client, log = tmp_path / "ssh", tmp_path / "log"
    client.write_text(f"#!/bin/sh\necho x >>{log}\nexit 255\n")
    client.chmod(0o755)
    options = {"ansible_ssh_executable": str(client), "ansible_ssh_retries": 5, "ansible_ssh_args": ""}
    host = carriers.host_of(connection("ssh", **options), "pc")
    with pytest.raises(Unreachable):
        host.run("ver", stdin=None, timeout=20, max_bytes=1000)
    assert log.read_text() == "x\n", CORE % "reconnection_retries of the plugin ssh"
    client.write_text("#!/bin/sh\nexec sleep 60\n")
    assert hasattr(ssh_plugin, "subprocess"), CORE % "subprocess of the plugin ssh"
    with pytest.raises(CommandTimedOut):
        carriers.sweep_host_of(connection("ssh", **options), "pc", 0.5).run(
            "ver", stdin=None, timeout=20, max_bytes=1000
        )


@pytest.mark.parametrize(("mechanism", "said"), [("sshpass", "Check ansible_user"), ("ssh_askpass", "did not start")])
def test_a_password_that_sshpass_saw_refused_is_a_refused_logon(
    monkeypatch: pytest.MonkeyPatch, mechanism: str, said: str
) -> None:
    """In ansible-core 2.21 too, whose plugin does not look at what sshpass ends with."""
    made = connection("ssh", ansible_password="wrong", ansible_ssh_password_mechanism=mechanism)
    ended = (5, b"", b"Permission denied, please try again.\r\n")
    monkeypatch.setattr(made, "exec_command", lambda *_arguments, **_options: ended)
    with pytest.raises(Unreachable, match=said):
        carriers.host_of(made, "pc").run("ver", stdin=None, timeout=20, max_bytes=1000)


def test_pypsrp_takes_what_the_plugin_psrp_passes_on() -> None:
    made = connection("psrp", ansible_psrp_auth="basic", ansible_password="a", ansible_psrp_read_timeout=7)
    made._build_kwargs()
    transport = WSMan(**made._psrp_conn_kwargs).transport
    assert (transport.server, transport.port, transport.read_timeout) == ("192.0.2.1", 5986, 7), CORE % "_build_kwargs"
    assert transport._build_session().auth.password == "a"
    made.set_option("remote_password", None)
    made._build_kwargs()
    with pytest.raises(ValueError, match="the password must be specified"):
        WSMan(**made._psrp_conn_kwargs).transport._build_session()


def test_ansible_closes_and_keeps_connections_as_is_expected() -> None:
    """The hook on `close` deletes the shell; a connection that is not `connected` is replaced for the next item."""
    made = connection("psrp")
    closed: list[str] = []
    link: Any = carriers.host_of(made, "pc")._link
    link.protocol, link.shell_id = type("Played", (), {"close_shell": lambda _self, shell: closed.append(shell)})(), "S"
    made._connected = True
    assert made.connected
    assert carriers.host_of(made, "pc")._link is link, "the items of a loop share it"
    made.close()
    assert closed == ["S"]
    assert not made.connected
    assert made.runspace is None
    assert psrp_plugin.Connection.transport == "psrp"


@pytest.mark.parametrize(
    ("transport", "become", "said"),
    [
        ("local", False, "over the connections psrp, ssh, winrm; this host uses 'local'"),
        ("paramiko", False, "this host uses 'paramiko'"),
        ("", False, "this host uses ''"),
        ("psrp", True, "set ansible_become: false for the Windows hosts"),
        ("winrm", False, ""),
    ],
)
def test_what_is_refused(transport: str, become: bool, said: str) -> None:
    text = carriers.unsupported("a.b.c", type("Played", (), {"transport": transport})(), become)
    assert said in text
    assert bool(text) is bool(said)


def private_names(source: str) -> Mapping[str, int]:
    """Private attributes of what is called a connection or a plugin, and on which line."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            of = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if of.strip("_") in ("connection", "plugin"):
                found[node.attr] = node.lineno
    return found


def test_no_other_file_touches_them() -> None:
    plugins = ROOT / "plugins"
    for path in plugins.rglob("*.py"):
        found = private_names(path.read_text("utf-8"))
        if path.name == "carriers.py":
            known = {name for names in carriers.NAMES.values() for name in names} | {"_resolve_option_variables"}
            assert found.keys() <= known, "NAMES is what is used"
            assert known - found.keys() <= {"protocol", "shell_id"}
        else:
            assert found == {}, path
    assert private_names("self._connection._connect()\nconnection._x = 1") == {"_connect": 1, "_x": 2}
