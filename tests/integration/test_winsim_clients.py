"""winsim's wire against clients that nobody here wrote: pywinrm, pypsrp and pytest-testinfra."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
import testinfra
from ansible_collections.windefend.maps.tests.unit.winsim.wire.fake import FakeHost
from ansible_collections.windefend.maps.winsim.wire.backend import Credential, Limits
from ansible_collections.windefend.maps.winsim.wire.server import Server, serve_in_thread
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError
from pypsrp.shell import Process, SignalCode, WinRS
from pypsrp.wsman import WSMan
from winrm.exceptions import InvalidCredentialsError
from winrm.protocol import Protocol

ADDRESS = "127.0.72.1"
USER, PASSWORD = "alice", "Pa:ss wörd-1"
BIG = "C:\\big.txt"
CONTENT = b"".join(b"line %07d of a long text\r\n" % n for n in range(150_000))

Run = Callable[..., tuple[bytes, bytes, int]]


@pytest.fixture
def host() -> FakeHost:
    """A default host: no Basic, no unsealed messages, and a file of several megabytes."""
    return FakeHost(users=[Credential(USER, PASSWORD)], files={BIG: CONTENT})


@pytest.fixture
def server(host: FakeHost) -> Iterator[Server]:
    with serve_in_thread({ADDRESS: host}) as running:
        yield running
        assert running.shells(ADDRESS) == [], "a client left a shell"


@pytest.fixture
def loose(host: FakeHost) -> None:
    """The host allows Basic and unsealed messages."""
    host.allowed = Limits(allow_basic=True, allow_unencrypted=True)


def pywinrm(server: Server, transport: str, password: str = PASSWORD, user: str = USER, **options: Any) -> Protocol:
    """Without a proxy: not by None, for which requests writes the environment around each request, whatever thread."""
    return Protocol(f"http://{ADDRESS}:{server.port}/wsman", transport, user, password, proxy="", **options)


def run_pywinrm(
    protocol: Protocol, command: str, *arguments: str, stdin: bytes | None = None
) -> tuple[bytes, bytes, int]:
    shell = protocol.open_shell(codepage=65001)
    try:
        identifier = protocol.run_command(shell, command, arguments)
        if stdin is not None:
            half = len(stdin) // 2
            protocol.send_command_input(shell, identifier, stdin[:half])
            protocol.send_command_input(shell, identifier, stdin[half:], end=True)
        result: tuple[bytes, bytes, int] = protocol.get_command_output(shell, identifier)
        protocol.cleanup_command(shell, identifier)
        return result
    finally:
        protocol.close_shell(shell, close_session=False)


def pypsrp(server: Server, auth: str, password: str = PASSWORD, encryption: str = "") -> WSMan:
    options = {"encryption": encryption or ("never" if auth == "basic" else "always")}
    return WSMan(
        ADDRESS, port=server.port, username=USER, password=password, auth=auth, ssl=False, no_proxy=True, **options
    )


def run_pypsrp(
    connection: WSMan, command: str, *arguments: str, stdin: bytes | None = None
) -> tuple[bytes, bytes, int]:
    with WinRS(connection, codepage=65001) as shell:
        process = Process(shell, command, list(arguments))
        if stdin is None:
            process.invoke()
        else:
            process.begin_invoke()
            half = len(stdin) // 2
            process.send(stdin[:half], end=False)
            process.send(stdin[half:])
            process.end_invoke()
        process.signal(SignalCode.CTRL_C)
        return process.stdout, process.stderr, process.rc


@pytest.fixture(params=["pywinrm-ntlm", "pywinrm-basic", "pypsrp-ntlm", "pypsrp-negotiate", "pypsrp-basic"])
def run(request: pytest.FixtureRequest, server: Server, host: FakeHost) -> Run:
    """Runs a command through each client; NTLM always with sealed messages."""
    client, auth = request.param.split("-")
    if auth == "basic":
        host.allowed = Limits(allow_basic=True, allow_unencrypted=True)
    if client == "pywinrm":
        protocol = pywinrm(server, auth, message_encryption="always" if auth == "ntlm" else "never")
        return lambda *command, **options: run_pywinrm(protocol, *command, **options)
    connection = pypsrp(server, auth)
    return lambda *command, **options: run_pypsrp(connection, *command, **options)


def test_output_and_exit_code(run: Run) -> None:
    assert run("echo", "hello") == (b"hello\r\n", b"", 0)
    assert run("echo hello&exit 3") == (b"hello\r\n", b"", 3)
    assert run("cmd.exe", "/c echo out && echo err>&2 && exit 1") == (b"out \r\n", b"err \r\n", 1)


def test_a_silent_command_reports_success_whatever_it_returned(run: Run) -> None:
    """WinRb/WinRM#154."""
    assert run("exit 5") == (b"", b"", 0)


def test_an_exit_code_has_no_sign(run: Run) -> None:
    """NetDocuments-Archive/rd-winrm-plugin#18."""
    assert run("echo failed&exit -2147012889")[2] == 0x80072EE7


def test_many_commands_on_one_connection(run: Run, server: Server) -> None:
    for number in range(40):
        assert run("echo", str(number))[0] == b"%d\r\n" % number
    assert server.traffic(ADDRESS).connections <= 2


def test_output_of_several_megabytes_arrives_whole(run: Run) -> None:
    stdout, stderr, code = run("type", BIG)
    assert stdout == CONTENT
    assert (stderr, code) == (b"", 0)


def test_input_arrives_byte_for_byte(run: Run) -> None:
    data = bytes(range(256)) * 400
    assert run('findstr "^"', stdin=data) == (data, b"", 0)


def test_several_command_states_mislead_a_client_that_takes_the_first_exit_code(server: Server, host: FakeHost) -> None:
    """xebialabs/overthere#79; pywinrm is such a client."""
    assert run_pywinrm(pywinrm(server, "ntlm"), "echo x&exit 3")[2] == 3
    host.allowed = replace(host.allowed, repeat_command_state=True)
    assert run_pywinrm(pywinrm(server, "ntlm"), "echo x&exit 3")[2] == 0


@pytest.mark.parametrize("user", [USER, "ALICE", f".\\{USER}", f"FAKE\\{USER}", f"{USER}@fake"])
def test_every_way_to_write_a_local_user(server: Server, loose: None, user: str) -> None:
    for transport in ("ntlm", "basic"):
        assert run_pywinrm(pywinrm(server, transport, user=user), "echo", "x")[2] == 0


def test_a_domain_user(server: Server, host: FakeHost, loose: None) -> None:
    host.users = [Credential("bob", PASSWORD, domain="CONTOSO")]
    for transport in ("ntlm", "basic"):
        assert run_pywinrm(pywinrm(server, transport, user="CONTOSO\\bob"), "echo", "x")[2] == 0
        with pytest.raises(InvalidCredentialsError):
            pywinrm(server, transport, user="OTHER\\bob").open_shell()


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
def test_a_wrong_password_and_a_wrong_user_are_refused(server: Server, loose: None, transport: str) -> None:
    for options in ({"password": "wrong"}, {"password": ""}, {"user": "mallory"}):
        with pytest.raises(InvalidCredentialsError):
            pywinrm(server, transport, **options).open_shell()
    with pytest.raises(AuthenticationError), WinRS(pypsrp(server, transport, password="wrong")):
        pass


def test_after_a_wrong_password_the_right_one_works_on_the_same_connection(server: Server) -> None:
    url = f"http://{ADDRESS}:{server.port}/wsman"
    with requests.Session() as session:
        session.trust_env = False
        from requests_ntlm import HttpNtlmAuth

        assert session.post(url, auth=HttpNtlmAuth(USER, "wrong")).status_code == 401
        assert session.post(url, auth=HttpNtlmAuth(USER, PASSWORD)).status_code == 200


def test_basic_is_refused_and_not_offered_by_default(server: Server) -> None:
    with pytest.raises(InvalidCredentialsError):
        pywinrm(server, "basic").open_shell()
    with pytest.raises(AuthenticationError), WinRS(pypsrp(server, "basic")):
        pass
    answer = requests.post(f"http://{ADDRESS}:{server.port}/wsman", timeout=10, proxies={"no_proxy": "*"})
    assert answer.headers["WWW-Authenticate"] == "Negotiate"


def test_unsealed_messages_are_refused_by_default(server: Server, host: FakeHost) -> None:
    with pytest.raises(Exception, match="500"):
        pywinrm(server, "ntlm", message_encryption="never").open_shell()
    with pytest.raises(WinRMTransportError, match="500"), WinRS(pypsrp(server, "ntlm", encryption="never")):
        pass
    assert host.shells == []


def test_a_refused_shell_is_access_denied(server: Server, host: FakeHost) -> None:
    host.refused = frozenset({USER})
    with pytest.raises(WSManFaultError) as caught, WinRS(pypsrp(server, "ntlm")):
        pass
    assert caught.value.code == 5


def test_testinfra(server: Server, host: FakeHost) -> None:
    host.users = [Credential("alice", "secret-1")]
    machine = testinfra.get_host(f"winrm://alice:secret-1@{ADDRESS}:{server.port}", no_ssl=True)
    assert machine.run("echo hello").stdout == "hello\r\n"
    assert machine.run("echo hello&exit 4").rc == 4
    big = machine.run(f"type {BIG}")
    assert big.stdout_bytes == CONTENT
    wrong = testinfra.get_host(f"winrm://alice:wrong@{ADDRESS}:{server.port}", no_ssl=True)
    with pytest.raises(InvalidCredentialsError):
        wrong.run("echo hello")


def test_clients_at_the_same_time(server: Server, loose: None) -> None:
    def work(number: int) -> list[bytes]:
        if number % 2:
            protocol = pywinrm(server, ("ntlm", "basic")[number // 2 % 2])
            return [run_pywinrm(protocol, "echo", f"{number}-{turn}")[0] for turn in range(5)]
        connection = pypsrp(server, ("ntlm", "basic")[number // 2 % 2])
        return [run_pypsrp(connection, "echo", f"{number}-{turn}")[0] for turn in range(5)]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for number, outputs in enumerate(pool.map(work, range(16))):
            assert outputs == [f"{number}-{turn}\r\n".encode() for turn in range(5)]


def test_a_cut_connection_is_an_error_and_the_next_one_works(server: Server, host: FakeHost) -> None:
    protocol = pywinrm(server, "ntlm")
    shell = protocol.open_shell()
    server.cut_after(ADDRESS, 1)
    with pytest.raises(requests.exceptions.ConnectionError):
        protocol.run_command(shell, "echo", ["lost"])
    assert host.lines == []
    fresh = pywinrm(server, "ntlm")
    assert run_pywinrm(fresh, "echo", "again")[0] == b"again\r\n"
    fresh.close_shell(shell)


def test_a_connection_cut_after_the_work_was_done(server: Server, host: FakeHost) -> None:
    protocol = pywinrm(server, "ntlm")
    shell = protocol.open_shell()
    server.cut_after(ADDRESS, 1, carried_out=True)
    with pytest.raises(requests.exceptions.ConnectionError):
        protocol.run_command(shell, "echo", ["done"])
    assert host.lines == ["echo done"]
    pywinrm(server, "ntlm").close_shell(shell)
