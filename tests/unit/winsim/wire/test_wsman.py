"""Shells and commands over the wire: what recordings do not show."""

from __future__ import annotations

import concurrent.futures
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.wire.client import NS, Client, Failed, envelope, until
from ansible_collections.windefend.maps.tests.unit.winsim.wire.fake import FakeHost
from ansible_collections.windefend.maps.winsim.wire.backend import Credential
from ansible_collections.windefend.maps.winsim.wire.server import Server

ADDRESS = "127.0.73.1"
UNKNOWN = "00000000-0000-0000-0000-000000000000"


def fails(call: Callable[[], object]) -> Failed:
    with pytest.raises(Failed) as caught:
        call()
    assert caught.value.status == 500
    return caught.value


def test_no_more_shells_than_the_quota_and_only_per_user(host: FakeHost, server: Server, client: Client) -> None:
    host.allowed = replace(host.allowed, max_shells_per_user=2)
    host.users.append(Credential("bob", "b"))
    first = client.create()
    client.create()
    fault = fails(client.create)
    assert (fault.code, fault.subcode) == (2150859173, "w:QuotaLimit")
    assert "a maximum number of 2 concurrent shells" in fault.message
    Client(ADDRESS, server.port, "bob", "b").create()
    client.delete(first)
    client.create()
    assert [shell.owner for shell in server.shells(ADDRESS)].count("alice") == 2


def test_remote_shells_switched_off_by_policy(host: FakeHost, client: Client) -> None:
    host.allowed = replace(host.allowed, allow_remote_shell=False)
    assert fails(client.create).code == 2150859180
    assert host.shells == []


def test_a_refused_user_is_denied_and_uses_no_quota(host: FakeHost, client: Client) -> None:
    host.allowed = replace(host.allowed, max_shells_per_user=1)
    host.refused = frozenset({"alice"})
    fault = fails(client.create)
    assert (fault.code, fault.subcode) == (5, "w:AccessDenied")
    host.refused = frozenset()
    assert client.create()


@pytest.mark.parametrize(("name", "value"), [("A", "100%"), ("A%", "x"), ("", "x")])
def test_a_percent_sign_in_the_environment_is_an_incorrect_parameter(client: Client, name: str, value: str) -> None:
    """apache/brooklyn-docs#391."""
    inner = f'<rsp:Environment><rsp:Variable Name="{name}">{value}</rsp:Variable></rsp:Environment>'
    fault = fails(lambda: client.create(inner))
    assert (fault.code, fault.message) == (87, "The parameter is incorrect. ")


def test_unknown_shells_and_commands(client: Client) -> None:
    shell = client.create()
    fault = fails(lambda: client.command(UNKNOWN, "echo x"))
    assert (fault.code, fault.subcode, fault.machine) == (2150858843, "w:InvalidSelectors", "windows-host")
    assert f"ShellId {UNKNOWN} failed because the shell was not found" in fault.message
    assert "command identifier that does not exist" in fails(lambda: client.receive(shell, UNKNOWN)).message
    assert fails(lambda: client.signal(shell, UNKNOWN)).code == 2150858843
    assert fails(lambda: client.command("", "echo x")).code == 2150858842


def test_the_shell_of_another_user_is_out_of_reach(host: FakeHost, server: Server, client: Client) -> None:
    host.users.append(Credential("bob", "b"))
    shell = client.create()
    bob = Client(ADDRESS, server.port, "bob", "b")
    assert fails(lambda: bob.delete(shell)).code == 5
    assert len(server.shells(ADDRESS)) == 1


def test_identifiers_are_compared_without_case(client: Client) -> None:
    shell = client.create()
    command = client.command(shell.lower(), "echo x")
    assert client.receive(shell.lower(), command.lower()) == (b"x\r\n", "0")


@pytest.mark.parametrize("text", ["PT-1S", "20", "P", "PT", "soon"])
def test_an_unreadable_timeout(client: Client, text: str) -> None:
    fault = fails(lambda: client.receive(UNKNOWN, UNKNOWN, text))
    assert (fault.code, fault.subcode) == (2150858767, "a:InvalidMessageInformationHeader")
    assert text in fault.message


def test_actions_and_resources_that_are_none(client: Client) -> None:
    shell = client.create()
    fault = fails(lambda: client.post(envelope("http://schemas.xmlsoap.org/ws/2004/09/transfer/Put", "", shell)))
    assert (fault.code, fault.subcode, fault.related) == (2150858771, "a:ActionNotSupported", "uuid:1")
    assert fails(lambda: client.post(envelope(""))).code == 2150858769
    powershell = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell"
    assert fails(lambda: client.post(envelope("Create", resource=powershell))).code == 2150858752


@pytest.mark.parametrize(
    ("action", "body", "element"),
    [
        ("Create", "", "Shell"),
        ("Command", "", "CommandLine"),
        ("Command", "<rsp:CommandLine/>", "CommandLine"),
        ("Receive", "", "Receive"),
        ("Send", "<rsp:Send/>", "Send"),
        ("Signal", "<rsp:Signal/>", "Signal"),
    ],
)
def test_a_body_that_does_not_fit(client: Client, action: str, body: str, element: str) -> None:
    fault = fails(lambda: client.post(envelope(action, body, client.create())))
    assert (fault.code, fault.subcode) == (2150858817, "w:SchemaValidationError")
    assert f"an element {element} that is invalid" in fault.message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no xml",
        b"\xff\xfe\x00",
        b"<a/>",
        b"<?xml version='1.0' encoding='utf-7'?><a/>",
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        b"<a>" * 70 + b"</a>" * 70,
    ],
)
def test_bad_xml_is_a_fault(client: Client, data: bytes) -> None:
    assert fails(lambda: client.post(data)).subcode == "w:SchemaValidationError"
    assert client.create()


def test_a_valid_envelope_with_a_doctype_is_refused_all_the_same(host: FakeHost, client: Client) -> None:
    data = envelope("Create", "<rsp:Shell>&x;</rsp:Shell>")
    fault = fails(lambda: client.post(b'<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + data))
    assert fault.code == 2150858819
    assert host.shells == []


def test_a_program_without_cmd_needs_its_path(client: Client) -> None:
    shell = client.create()
    fault = fails(lambda: client.command(shell, "powershell.exe", WINRS_SKIP_CMD_SHELL="TRUE"))
    assert (fault.code, fault.subcode) == (2147942402, "w:InternalError")


def test_no_more_processes_than_the_quota(host: FakeHost, client: Client) -> None:
    host.allowed = replace(host.allowed, max_processes_per_shell=1)
    shell = client.create()
    first = client.command(shell, "pause")
    assert fails(lambda: client.command(shell, "pause")).subcode == "w:QuotaLimit"
    client.signal(shell, first)
    assert host.shells[0].commands[0].terminated.is_set()
    assert client.receive(shell, client.command(shell, "echo x")) == (b"x\r\n", "0")


def test_an_ended_command_counts_until_it_is_signalled(host: FakeHost, client: Client) -> None:
    """ansible/ansible#74985."""
    host.allowed = replace(host.allowed, max_processes_per_shell=2)
    shell = client.create()
    done = [client.command(shell, "echo x") for _unused in range(2)]
    for command in done:
        assert client.receive(shell, command) == (b"x\r\n", "0")
    assert fails(lambda: client.command(shell, "echo x")).subcode == "w:QuotaLimit"
    client.signal(shell, done[0])
    assert client.receive(shell, client.command(shell, "echo y")) == (b"y\r\n", "0")


def test_operation_timeout_then_output(host: FakeHost, client: Client) -> None:
    host.recorded["slow"] = ["go", b"late"]
    shell = client.create()
    command = client.command(shell, "slow")
    for _unused in range(2):
        fault = fails(lambda: client.receive(shell, command, "PT0.05S"))
        assert (fault.code, fault.subcode) == (2150858793, "w:TimedOut")
    host.go.set()
    assert client.receive(shell, command) == (b"late", "0")
    assert "does not exist" in fails(lambda: client.receive(shell, command)).message


def test_every_answer_keeps_to_the_smaller_envelope_size(host: FakeHost, client: Client) -> None:
    host.files["x"] = bytes(range(256)) * 1000
    host.allowed = replace(host.allowed, max_envelope_size_kb=32)
    shell = client.create()
    for size in (16_384, 1_000_000):
        headers = f"<w:MaxEnvelopeSize>{size}</w:MaxEnvelopeSize>"
        command = client.command(shell, "type x")
        output, answers, code = b"", 0, None
        while code is None:
            part, code = client.receive(shell, command, headers=headers)
            assert client.size <= min(size, 32 * 1024)
            output, answers = output + part, answers + 1
        assert output == host.files["x"]
        assert answers > 10


def test_a_tiny_envelope_still_brings_everything(host: FakeHost, client: Client) -> None:
    host.files["x"] = b"0123456789" * 20
    shell = client.create()
    command = client.command(shell, "type x")
    output, code = b"", None
    while code is None:
        part, code = client.receive(shell, command, headers="<w:MaxEnvelopeSize>1</w:MaxEnvelopeSize>")
        assert part or code
        output += part
    assert output == host.files["x"]


def test_ctrl_c_ends_a_command_and_its_exit_code_is_to_be_had(client: Client) -> None:
    shell = client.create()
    command = client.command(shell, "pause")
    assert client.receive(shell, command)[1] is None
    client.signal(shell, command, "ctrl_c")
    assert client.receive(shell, command)[1] == str(0xC000013A)
    client.signal(shell, command, "terminate")
    assert fails(lambda: client.signal(shell, command)).code == 2150858843


@pytest.mark.parametrize("how", ["signal", "delete"])
def test_a_waiting_receive_is_aborted(host: FakeHost, server: Server, client: Client, how: str) -> None:
    shell = client.create()
    command = client.command(shell, "pause")
    client.receive(shell, command)
    other = Client(ADDRESS, server.port)
    before = server.traffic(ADDRESS).requests
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other.receive, shell, command, "PT20S")
        until(lambda: server.traffic(ADDRESS).requests > before)
        if how == "delete":
            client.delete(shell)
        else:
            client.signal(shell, command)
        with pytest.raises(Failed) as caught:
            waiting.result()
    assert caught.value.code == 995
    assert host.shells[0].commands[0].terminated.is_set()


def test_delete_ends_what_runs(host: FakeHost, server: Server, client: Client) -> None:
    shell = client.create()
    client.command(shell, "pause")
    assert server.shells(ADDRESS)[0].running == 1
    client.delete(shell)
    assert server.shells(ADDRESS) == []
    assert host.shells[0].closed
    assert host.shells[0].commands[0].terminated.is_set()
    assert fails(lambda: client.delete(shell)).code == 2150858843


def test_an_idle_shell_goes_away(host: FakeHost, server: Server, client: Client) -> None:
    idle = client.create("<rsp:IdleTimeOut>PT0.001S</rsp:IdleTimeOut>")
    lasting = client.create()
    time.sleep(0.01)
    assert "not found" in fails(lambda: client.command(idle, "echo x")).message
    assert [shell.id for shell in server.shells(ADDRESS)] == [lasting]
    assert host.shells[0].closed
    assert not host.shells[1].closed


def test_a_shell_is_not_idle_while_a_request_waits(host: FakeHost, server: Server, client: Client) -> None:
    host.recorded["slow"] = ["go", b"late"]
    shell = client.create("<rsp:IdleTimeOut>PT0.05S</rsp:IdleTimeOut>")
    command = client.command(shell, "slow")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.receive, shell, command)
        time.sleep(0.1)
        other = Client(ADDRESS, server.port)
        other.delete(other.create())
        assert [open_shell.id for open_shell in server.shells(ADDRESS)] == [shell]
        host.go.set()
        assert waiting.result() == (b"late", "0")


def test_input_after_the_end_and_to_a_wrong_stream(client: Client) -> None:
    def send(stream: str, data: str) -> None:
        body = f'<rsp:Send><rsp:Stream Name="{stream}" CommandId="{command}">{data}</rsp:Stream></rsp:Send>'
        client.post(envelope("Send", body, shell))

    shell = client.create()
    command = client.command(shell, 'findstr "^"')
    send("stdin", "eA==")
    assert fails(lambda: send("stdout", "eA==")).subcode == "w:SchemaValidationError"
    assert fails(lambda: send("stdin", "ä")).subcode == "w:SchemaValidationError"
    client.signal(shell, command, "ctrl_c")
    client.receive(shell, command)
    assert fails(lambda: send("stdin", "eA==")).code == 2150858843


def test_command_and_arguments_are_joined_by_blanks(host: FakeHost, client: Client) -> None:
    shell = client.create()
    parts = "".join(f"<rsp:Arguments>{part}</rsp:Arguments>" for part in ("a  b", '"c"', ""))
    body = f"<rsp:CommandLine><rsp:Command>echo</rsp:Command>{parts}</rsp:CommandLine>"
    client.post(envelope("Command", body, shell))
    assert host.lines == ['echo a  b "c" ']


def test_a_failing_host_is_a_fault_not_the_end(
    host: FakeHost, server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_unused: object) -> None:
        raise RuntimeError("broken")

    shell = client.create()
    monkeypatch.setattr(host.shells[0], "start", broken)
    assert fails(lambda: client.command(shell, "echo x")).code == 2147500037
    assert server.shells(ADDRESS)[0].running == 0
    monkeypatch.setattr(host.shells[0], "close", broken)
    client.delete(shell)
    assert server.shells(ADDRESS) == []


def test_shells_opened_at_the_same_time_keep_to_the_quota(
    host: FakeHost, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.allowed = replace(host.allowed, max_shells_per_user=3)
    gate = threading.Event()
    opened = host.open_shell

    def slow(user: str, options: object) -> object:
        gate.wait(10)
        return opened(user, options)  # type: ignore[arg-type]

    monkeypatch.setattr(host, "open_shell", slow)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(Client(ADDRESS, server.port).create) for _unused in range(8)]
        concurrent.futures.wait(calls, return_when=concurrent.futures.FIRST_EXCEPTION)
        gate.set()
    assert sum(call.exception() is None for call in calls) == 3
    assert len(server.shells(ADDRESS)) == 3


def test_identify_tells_the_version_to_users_only(server: Server, client: Client) -> None:
    wsmid = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
    identify = f'<s:Envelope xmlns:s="{NS["s"]}"><s:Body><i:Identify xmlns:i="{wsmid}"/></s:Body></s:Envelope>'.encode()
    path = f".//{{{wsmid}}}ProductVersion"
    assert client.post(identify).findtext(path) == "OS: 10.0.20348 SP: 0.0 Stack: 3.0"
    del client.headers["Authorization"]
    client.headers["WSMANIDENTIFY"] = "unauthenticated"
    assert client.post(identify).findtext(path) == "OS: 0.0.0 SP: 0.0 Stack: 3.0"
    client.connection.request("POST", "/wsman", envelope("Create", "<rsp:Shell/>"), client.headers)
    assert client.connection.getresponse().status == 401


def test_a_command_id_with_the_prefix_of_the_shell(client: Client) -> None:
    """winrm4j writes DesiredStream so; Windows 7 and Server 2012 take it (recordings of cloudsoft/winrm4j)."""
    shell = client.create()
    command = client.command(shell, "echo myline")
    body = f'<rsp:Receive><rsp:DesiredStream rsp:CommandId="{command}">stdout stderr</rsp:DesiredStream></rsp:Receive>'
    root = client.post(envelope("Receive", body, shell))
    assert root.findtext(".//rsp:Stream", "", NS) == "bXlsaW5lDQo="
    assert root.findtext(".//rsp:ExitCode", "", NS) == "0"
    code = f"<rsp:Code>{NS['rsp']}/signal/terminate</rsp:Code>"
    client.post(envelope("Signal", f'<rsp:Signal rsp:CommandId="{command}">{code}</rsp:Signal>', shell))


@pytest.mark.parametrize(
    ("version", "children"),
    [
        ("6.1.7601", ["ResourceCreated"]),  # recorded: win7.xml
        ("6.2.9200", ["ResourceCreated", "Shell"]),  # recorded: win12.xml
        ("10.0.20348", ["ResourceCreated", "Shell"]),
    ],
)
def test_windows_7_does_not_describe_the_shell_that_it_made(
    client: Client, host: FakeHost, version: str, children: list[str]
) -> None:
    host.version = version
    body = client.post(envelope("Create", "<rsp:Shell/>")).find("s:Body", NS)
    assert body is not None
    assert [child.tag.rpartition("}")[2] for child in body] == children
    shell = body.findtext(".//w:Selector", "", NS)
    client.delete(shell)
