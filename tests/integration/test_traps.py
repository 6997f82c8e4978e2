"""Traps that real Windows sets, by the number they have in this project: winsim sets each, and our code survives it.

Here: the wire, cmd.exe, languages and registry. Tools, firewall and Defender: test_traps_tools.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Ask, Operation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.faults import explain_refusal
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import ShellRefused
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.winrm import WinrmHost
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import registry, services
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import (
    CannotCarry,
    Command,
    Outcome,
    quote,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.text import decode
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.tests.support.wire_host import ADDRESS, Connection
from ansible_collections.windefend.maps.winsim.host import SYSTEM_POLICIES, SimulatedHost as WinrmSide
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.wire.backend import Limits
from ansible_collections.windefend.maps.winsim.wire.server import serve_in_thread
from winrm.exceptions import WSManFaultError
from winrm.protocol import Protocol


class Repeating(WinrmSide):
    """A service that sends a Running state with exit code 0 before the Done state."""

    def limits(self) -> Limits:
        return replace(super().limits(), repeat_command_state=True)


Serve = Callable[..., tuple[WinrmHost, Connection]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves one machine and gives our host on it, with the connection that it uses; closes it in the end."""
    opened: list[WinrmHost] = []
    servers = []

    def start(on: Machine, side: type[WinrmSide] = WinrmSide, **shell: Any) -> tuple[WinrmHost, Connection]:
        context = serve_in_thread({ADDRESS: side(on)})
        servers.append(context)
        connection = Connection(context.__enter__().port, on, **shell)
        opened.append(WinrmHost(connection, "pc", (WSManFaultError,)))
        return opened[-1], connection

    yield start
    for host in opened:
        host.reset()
    for context in servers:
        context.__exit__(None, None, None)


def outcome(host: Any, command: Command | str) -> Outcome:
    """One command's outcome, as every operation gets it."""

    def one() -> Operation[Outcome]:
        answer = yield Ask({"one": command if isinstance(command, Command) else Command(command)})
        return answer["one"]

    return run_operation(host, one())


def test_trap_01_a_silent_command_reports_0(serve: Serve) -> None:
    """Over WinRS a command without output can report 0 whatever it returned (WinRb/WinRM#154, #155)."""
    host, _unused = serve(machine())
    assert host.run("cd nowhere 2>nul", timeout=10, max_bytes=100).exit_code == 0, "set"
    assert outcome(host, "cd nowhere 2>nul").exit_code == 1, "survived: the line prints it"


def test_trap_02_the_first_command_state_says_0(serve: Serve) -> None:
    """An answer may hold several CommandState elements (xebialabs/overthere#79)."""
    host, connection = serve(machine(), Repeating)
    assert host.run("echo x& exit 7", timeout=10, max_bytes=100).exit_code == 7
    assert connection.protocol is not None
    command = connection.protocol.run_command(connection.shell_id, "echo x& exit 7")
    assert connection.protocol.get_command_output(connection.shell_id, command)[2] != 7, "set: a simple reader errs"


@pytest.mark.parametrize("noprofile", [True, False])
def test_trap_03_options_of_the_shell_may_be_ignored(serve: Serve, noprofile: bool) -> None:
    """WINRS_NOPROFILE: honoured on old hosts only (pypsrp, tests/tests_pypsrp/test_shell.py). We need neither."""
    host, _unused = serve(machine(), noprofile=noprofile)
    facts = run_operation(host, host_reading.read())
    assert facts["system"]["build"] == 20348
    assert facts["defender"]["running"]


def test_trap_04_without_cmd_a_program_needs_its_full_path(serve: Serve) -> None:
    """Fault 2147942402 (pypsrp, test_winrs_no_cmd_shell); our lines always go through cmd.exe."""
    host, connection = serve(machine())
    assert host.run("whoami", timeout=10, max_bytes=100).exit_code == 0
    assert connection.protocol is not None
    with pytest.raises(WSManFaultError) as refused:
        connection.protocol.run_command(connection.shell_id, "whoami", skip_cmd_shell=True)
    assert refused.value.wsman_fault_code == 2147942402, "set"


def test_trap_05_a_percent_sign_in_the_shells_environment(serve: Serve) -> None:
    """'The parameter is incorrect' (apache/brooklyn-docs#391): no data goes there, nor is a % ever carried."""
    host, connection = serve(machine())
    host.run("ver", timeout=10, max_bytes=100)
    assert connection.protocol is not None
    with pytest.raises(WSManFaultError) as refused:
        connection.protocol.open_shell(env_vars={"X": "50%"})
    assert refused.value.wsman_fault_code == 87, "set"
    with pytest.raises(CannotCarry):
        quote("50%")


def test_trap_06_an_unknown_program_is_9009_only_in_the_line() -> None:
    """9009 in the line, 1 behind `call` and from `cmd /c` (Wine's tests of cmd.exe; the last recalled)."""
    host = SimulatedHost(machine())
    assert outcome(host, "no-such-program").exit_code == 9009
    assert outcome(host, "call no-such-program").exit_code == 1
    assert outcome(host, "cmd /c no-such-program").exit_code == 1
    assert host.run("no-such-program").exit_code != 9009, "set: the process's exit code does not tell"


def test_trap_07_tools_write_the_consoles_code_page(serve: Serve) -> None:
    """UTF-8 under 65001, else the OEM code page (pnpm/pnpm#4712, WinRb/WinRM#125): decode without failing."""
    query = registry.query_alone(r"HKLM\SOFTWARE\No such key").with_errors()
    utf8 = outcome(serve(machine(locale="ja"))[0], query)
    assert "エラー" in utf8.text
    host, _unused = serve_oem(serve)
    oem = outcome(host, query)
    assert oem.output != utf8.output, "set"
    assert oem.exit_code == utf8.exit_code == 1
    assert oem.output.decode("cp932") == utf8.text
    assert isinstance(decode(oem.output), str)


def serve_oem(serve: Serve) -> tuple[WinrmHost, Connection]:
    return serve(machine(locale="ja"), codepage=932)


def test_trap_08_the_default_values_name_is_translated() -> None:
    """`(Default)`, `(既定)`, `(默认)` even under 65001 (nmap/npcap#354): never matched."""
    key = r"HKLM\SOFTWARE\Contoso"
    for locale, name in (("en", "(Default)"), ("ja", "(既定)")):
        host = SimulatedHost(machine(locale=locale))
        host.machine.registry.set_text(key, "", "here")
        answer = outcome(host, registry.query(key, ""))
        assert name in answer.text, "set"
        value = registry.value(answer.output)
        assert value is not None
        assert value.data == "here"


def test_trap_09_netshs_texts_are_translated() -> None:
    """Programs that looked for English ones broke (netbirdio/netbird#1249): we read the registry back."""
    host = SimulatedHost(machine(locale="ja"))
    assert "直接アクセス" in outcome(host, "netsh winhttp show proxy").text, "set"
    request = proxy_change.ProxySettings("p.example:80", "p.example:80", ("<local>",))
    assert run_operation(host, proxy_change.configure(request, "winhttp", False))["changed"]
    assert not run_operation(host, proxy_change.configure(request, "winhttp", False))["changed"]


def test_trap_14_chunks_split_inside_a_character(serve: Serve) -> None:
    """Chunks may end anywhere, streams end with empty elements (pypsrp's recordings): join, then decode."""
    on = machine(locale="ja")
    on.winrm.max_envelope_size_kb = 8
    text = "あ直接アクセス" * 3000
    on.files.write(r"C:\long.txt", text.encode())
    host, connection = serve(on)
    assert outcome(host, r"type C:\long.txt").text.strip() == text
    assert connection.protocol is not None
    command = connection.protocol.run_command(connection.shell_id, r"type C:\long.txt")
    first, _err, _code, _done = connection.protocol.get_command_output_raw(connection.shell_id, command)
    assert 0 < len(first) < len(text.encode()), "set: it came in several answers"


def test_trap_15_environment_and_idle_time_out_of_a_session(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded on Server 2016 (pypsrp, test_winrs_environment): PT7200.000S, and no console's variables."""
    answers: list[bytes] = []
    send = Protocol.send_message

    def listening(self: Protocol, message: str) -> bytes:
        answers.append(send(self, message))
        return answers[-1]

    monkeypatch.setattr(Protocol, "send_message", listening)
    host, _unused = serve(machine())
    names = {line.partition("=")[0] for line in outcome(host, "set").text.splitlines()}
    assert b"<rsp:IdleTimeOut>PT7200.000S</rsp:IdleTimeOut>" in answers[0]
    assert {"COMPUTERNAME", "ProgramData", "SystemRoot", "TEMP", "USERPROFILE"} <= names
    assert "SESSIONNAME" not in names


def test_trap_16_sc_translates_its_labels() -> None:
    """Russian, Spanish, Italian labels, no blank before the colon: numbers are read by position (captures)."""
    russian = (
        "\r\nИмя_службы: WinDefend \r\n        Тип                : 10  WIN32_OWN_PROCESS  \r\n"
        "        Состояние          : 4  RUNNING \r\n"
    )
    tight = "\r\nNOMBRE_SERVICIO: WinDefend \r\n        TIPO: 20  X  \r\n        ESTADO: 1  STOPPED \r\n"
    assert services.parse_state(russian.encode("cp866")) == services.ServiceState(0x10, 4)
    assert services.parse_state(tight.encode()) == services.ServiceState(0x20, 1)
    for head in (
        "FAILED 1060:",
        "ERROR 1060:",
        "échec(s) 1060 :",
        "OpenService: ошибка: 1060:",
    ):
        assert services.parse_state(f"[SC] OpenService {head}\r\n\r\nx\r\n\r\n".encode()) is None
    for locale in ("en", "ja"):
        answer = outcome(SimulatedHost(machine(locale=locale)), services.query("WinDefend"))
        state = services.parse_state(answer.output)
        assert state is not None
        assert state.state == services.RUNNING


def test_trap_17_sc_stop_may_do_nothing_without_an_error() -> None:
    """A service that ignores it shows state 4 (captures): the state is read again, never taken from `sc stop`."""
    host = SimulatedHost(machine())
    stopped = outcome(host, "sc stop WinDefend")
    assert re.search(r"STATE\s+: 4", stopped.text) or stopped.exit_code == 5, "set"
    assert run_operation(host, host_reading.read())["defender"]["running"]


def test_trap_18_reg_says_value_not_set_and_succeeds() -> None:
    """`reg query /ve` of a default value never set; a key without values has no head line (captures)."""
    host = SimulatedHost(machine(locale="ja"))
    host.machine.registry.set_text(r"HKLM\SOFTWARE\Contoso\Below", "x", "1")
    unset = outcome(host, registry.query(r"HKLM\SOFTWARE\Contoso", ""))
    assert unset.exit_code == 0, "set"
    value = registry.value(unset.output)
    assert value is not None
    assert value.type == "REG_SZ"
    keys = registry.parse(outcome(host, registry.query(r"HKLM\SOFTWARE\Contoso")).output)
    assert [key.values for key in keys if key.path.lower().endswith("contoso")] in ([], [{}])


def test_trap_19_some_east_asian_hosts_answer_in_english() -> None:
    """Under 65001 (captures; the cause is inferred): either language gives the same facts."""
    facts, texts = [], []
    for locale in ("en", "ja", "ja_english_under_utf8"):
        host = SimulatedHost(machine("healthy_behind_proxy", locale=locale))
        texts.append(outcome(host, "netsh winhttp show proxy").text)
        facts.append({**run_operation(host, host_reading.read())})
    assert texts[0] == texts[2] != texts[1], "set"
    for found in facts[1:]:
        assert {key: found[key] for key in ("proxy", "spynet", "firewall", "defender")} == {
            key: facts[0][key] for key in ("proxy", "spynet", "firewall", "defender")
        }


def test_trap_20_a_local_administrators_token_is_filtered(serve: Serve) -> None:
    """Create is refused until LocalAccountTokenFilterPolicy is 1 (captures; Create recalled); told from 'no rights'."""
    filtered = machine("filtered_administrator")
    host, _unused = serve(filtered)
    with pytest.raises(ShellRefused, match="LocalAccountTokenFilterPolicy"):
        host.run("ver", timeout=10, max_bytes=100)
    filtered.registry.set_dword(SYSTEM_POLICIES, "LocalAccountTokenFilterPolicy", 1)
    assert run_operation(host, host_reading.read())["system"]["elevated"]
    assert not run_operation(SimulatedHost(machine("not_elevated")), host_reading.read())["system"]["elevated"]
    assert explain_refusal("the specified credentials were rejected by the server") is None
