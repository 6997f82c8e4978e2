"""WinrmHost over a connection that is played: nonsense, quotas, refusals, deadlines."""

from __future__ import annotations

import base64
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest
import requests
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import winrm as subject
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import (
    CommandTimedOut,
    Completed,
    ShellRefused,
    Unreachable,
)
from ansible_collections.windefend.maps.tests.support.link import PlayedLink
from winrm.exceptions import (
    InvalidCredentialsError,
    WinRMOperationTimeoutError,
    WinRMTransportError,
    WSManFaultError,
)

STATE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/"


class ConnectFailed(Exception):
    """What Ansible's connection raises."""


def fault(code: int) -> WSManFaultError:
    return WSManFaultError(500, "Bad HTTP response", "", "reason", "s:Sender", "w:QuotaLimit", code)


def answer(stdout: bytes = b"", code: int | str | None = 0) -> bytes:
    data = base64.b64encode(stdout).decode()
    state = "Running" if code is None else "Done"
    inner = "" if code is None else f"<rsp:ExitCode>{code}</rsp:ExitCode>"
    return (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell"><s:Body><rsp:ReceiveResponse>'
        f'<rsp:Stream Name="stdout" CommandId="C">{data}</rsp:Stream>'
        f'<rsp:CommandState CommandId="C" State="{STATE}{state}">{inner}</rsp:CommandState>'
        "</rsp:ReceiveResponse></s:Body></s:Envelope>"
    ).encode()


class Protocol:
    """pywinrm's protocol: what each call does is a list, the last entry for ever after."""

    operation_timeout_sec = 20

    def __init__(self, **script: list[Any]) -> None:
        self.script = script
        self.calls: list[str] = []
        self.transport = self
        self.session = None
        self.read_timeout_sec = 30

    def _play(self, call: str, default: Any = None) -> Any:
        self.calls.append(call)
        entries = self.script.get(call, [default])
        entry = entries.pop(0) if len(entries) > 1 else entries[0]
        if isinstance(entry, Exception):
            raise entry
        return entry

    def run_command(self, shell: str, line: str, console_mode_stdin: bool) -> Any:
        return self._play("command", "C")

    def send_command_input(self, shell: str, command: str, data: bytes, end: bool) -> Any:
        return self._play("send")

    def send_message(self, message: str) -> Any:
        return self._play("receive", answer())

    def cleanup_command(self, shell: str, command: str) -> Any:
        return self._play("signal")

    def build_session(self) -> None:
        self._play("build_session")

    def close_session(self) -> None:
        self._play("close_session")

    def close_shell(self, shell: str) -> None:
        self._play(f"delete {shell}")

    def build_wsman_header(self, **_unused: Any) -> dict[str, Any]:
        return {"env:Header": {}}


class Connection(PlayedLink):
    """Ansible's winrm connection, connecting to `protocol`."""

    def __init__(self, protocol: Protocol, refusal: Exception | None = None) -> None:
        self._next, self._refusal = protocol, refusal
        super().__init__()
        self.shells = 0

    def get_option(self, name: str) -> str:
        return "192.0.2.1"

    def connect(self) -> None:
        if self._refusal:
            raise self._refusal
        if self.protocol is None:
            self.shells += 1
            self.protocol, self.shell_id = self._next, f"S{self.shells}"


def host_of(protocol: Protocol, refusal: Exception | None = None) -> tuple[subject.WinrmHost, Connection]:
    connection = Connection(protocol, refusal)
    return subject.WinrmHost(connection, "pc", (ConnectFailed,)), connection


def run(host: subject.WinrmHost, **options: Any) -> Completed:
    return host.run("ver", **{"timeout": 5, "max_bytes": 1000, **options})


NONSENSE: list[Any] = [
    b"",
    b"<html>It works!<br>",
    b"\x00\xff\xfe",
    answer(code="many"),
    answer().replace(b"</rsp:Stream>", b"!not base64!</rsp:Stream>"),
    b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>]><x>" + b"&a;" * 10,
    None,
    AssertionError("a MessageID of somebody else"),
    KeyError("s:Envelope"),
    StopIteration(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    RuntimeError("the seal is broken"),
]


@pytest.mark.parametrize("what", NONSENSE, ids=repr)
@pytest.mark.parametrize("call", ["command", "receive"])
def test_nonsense_is_unreachable(call: str, what: Any) -> None:
    if call == "command" and not isinstance(what, Exception):
        what = ET.ParseError("not well-formed")
    host, _unused = host_of(Protocol(**{call: [what]}))
    with pytest.raises(Unreachable, match=r"^pc \(192\.0\.2\.1\) sent an answer that is not WS-Management"):
        run(host)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (requests.exceptions.ConnectionError("reset"), "broke: reset"),
        (requests.exceptions.ReadTimeout("slow"), "broke: slow"),
        (InvalidCredentialsError("rejected"), "broke: rejected"),
        (WinRMTransportError("http", 503, ""), "broke"),
        (ConnectionResetError(104, "reset by peer"), "broke"),
        (WinRMOperationTimeoutError(), "did not answer in time"),
        (fault(5), "refused the command"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_failure_of_the_connection_is_unreachable(error: Exception, text: str) -> None:
    host, _unused = host_of(Protocol(command=[error]))
    with pytest.raises(Unreachable, match=text):
        run(host)


@pytest.mark.parametrize("code", [2150859174, 2150859240, 2150859241])
def test_a_quota_of_operations_is_answered_with_a_new_shell(code: int) -> None:
    """Windows counts a user's operations and only a shell's end takes them off; the command had not begun. B13."""
    protocol = Protocol(command=[fault(code), "C"])
    host, connection = host_of(protocol)
    assert run(host).exit_code == 0
    assert connection.shells == 2
    assert "delete S1" in protocol.calls

    host, connection = host_of(Protocol(command=[fault(code)]))
    with pytest.raises(Unreachable, match=r"refused the command.*\(quota MaxConcurrent"):
        run(host)
    assert connection.shells == 2, "tried once more, not for ever"


def test_a_line_that_ended_before_it_read_its_input_is_still_received() -> None:
    host, _unused = host_of(Protocol(send=[fault(2150858843)], receive=[answer(b"said", 1)]))
    completed = run(host, stdin=b"x")
    assert (completed.stdout, completed.exit_code) == (b"said", 1)


def test_a_connection_lost_at_the_input_is_unreachable() -> None:
    host, _unused = host_of(Protocol(send=[requests.exceptions.ConnectionError("reset")]))
    with pytest.raises(Unreachable):
        run(host, stdin=b"x")


@pytest.mark.parametrize(
    "signal", [None, AssertionError(), ET.ParseError(), requests.exceptions.ReadTimeout(), fault(1)]
)
def test_a_deadline_sends_signal_whatever_comes_of_it(signal: Exception | None) -> None:
    protocol = Protocol(receive=[answer(b"half", None), WinRMOperationTimeoutError()], signal=[signal])
    host, _unused = host_of(protocol)
    with pytest.raises(CommandTimedOut, match=r"did not finish within 0\.05 seconds.*half"):
        run(host, timeout=0.05)
    assert protocol.calls[-1] == "signal"


def test_too_much_output_is_cut_and_stopped() -> None:
    protocol = Protocol(receive=[answer(b"x" * 600, None)])
    host, _unused = host_of(protocol)
    completed = run(host)
    assert completed.truncated
    assert len(completed.stdout) == 1000
    assert protocol.calls[-1] == "signal"


@pytest.mark.parametrize("error", [None, requests.exceptions.ConnectionError("gone"), AssertionError()])
def test_a_reset_ends_the_shell_over_a_new_connection(error: Exception | None) -> None:
    protocol = Protocol(**{"delete S1": [error]})
    host, connection = host_of(protocol)
    run(host)
    host.reset()
    assert protocol.calls[-2:] == ["close_session", "delete S1"]
    assert protocol.read_timeout_sec <= 5, "a host that is gone is not waited for"
    assert (connection.protocol, connection.shell_id) == (None, None)
    calls = list(protocol.calls)
    host.reset()
    assert protocol.calls == calls, "there is nothing left to end"
    run(host)
    assert connection.shell_id == "S2"


@pytest.mark.parametrize(
    ("message", "error", "text"),
    [
        ("ntlm: the specified credentials were rejected by the server", Unreachable, "credentials were rejected"),
        ("ntlm: ", Unreachable, "no answer in time"),
        ("", Unreachable, "ConnectFailed"),
        ("ntlm: x {'wsmanfault_code': 2150859180}", ShellRefused, "AllowRemoteShellAccess"),
    ],
)
def test_a_refused_connection_is_explained(message: str, error: type[Exception], text: str) -> None:
    host, _unused = host_of(Protocol(), ConnectFailed(message))
    with pytest.raises(error, match=text):
        run(host)


def test_a_names_own_signs_are_no_pattern() -> None:
    connection = Connection(Protocol(), ConnectFailed("x"))
    hostile: Callable[[str], subject.WinrmHost] = lambda name: subject.WinrmHost(connection, name, (ConnectFailed,))  # noqa: E731
    for name in ("{{ 7*7 }}", "a;b", "%s%d{0}", "東京"):
        with pytest.raises(Unreachable) as failed:
            run(hostile(name))
        assert name in str(failed.value)


@pytest.mark.parametrize(("pause", "renewed"), [(30.0, False), (130.0, True)])
def test_a_connection_that_was_idle_for_long_is_renewed(
    monkeypatch: pytest.MonkeyPatch, pause: float, renewed: bool
) -> None:
    """A loop may pause between its items: the shell is kept, the TCP connection under it is a new one."""
    protocol = Protocol()
    _unused, connection = host_of(protocol)
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    for _item in range(2):
        run(subject.WinrmHost(connection, "pc", (ConnectFailed,)))
        clock[0] += pause
    assert ("build_session" in protocol.calls) is renewed
    assert connection.shells == 1
