"""A simulated machine against clients that nobody here wrote: real command lines through pywinrm, pypsrp, testinfra."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import testinfra
from ansible_collections.windefend.maps.tests.integration import test_winsim_clients as clients
from ansible_collections.windefend.maps.winsim.fleet import parse
from ansible_collections.windefend.maps.winsim.host import SimulatedHost
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.wire.server import Server, serve_in_thread

DOCUMENT = {
    "defaults": {"account": {"user": clients.USER, "password": clients.PASSWORD}},
    "hosts": [
        {
            "name": "pc",
            "address": clients.ADDRESS,
            "scenario": "no_winhttp_proxy_72f8f",
            "locale": "ja",
            "overrides": {"winrm": {"allow_basic": True, "allow_unencrypted": True}},
        }
    ],
}
Run = Callable[..., tuple[bytes, bytes, int]]


@pytest.fixture
def machine() -> Machine:
    return parse(DOCUMENT).hosts[0].build()


@pytest.fixture
def server(machine: Machine) -> Iterator[Server]:
    with serve_in_thread({clients.ADDRESS: SimulatedHost(machine)}) as running:
        yield running
        assert running.shells(clients.ADDRESS) == []
        assert [command for command in machine.log if command.unknown] == []


@pytest.fixture(params=["pywinrm-ntlm", "pywinrm-basic", "pypsrp-ntlm", "pypsrp-basic"])
def run(request: pytest.FixtureRequest, server: Server) -> Run:
    client, auth = request.param.split("-")
    if client == "pywinrm":
        protocol = clients.pywinrm(server, auth, message_encryption="always" if auth == "ntlm" else "never")
        return lambda *command, **options: clients.run_pywinrm(protocol, *command, **options)
    connection = clients.pypsrp(server, auth)
    return lambda *command, **options: clients.run_pypsrp(connection, *command, **options)


def test_windows_tools(run: Run) -> None:
    key = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
    stdout, stderr, code = run(f'reg query "{key}" /v CurrentBuildNumber')
    assert (stderr, code) == (b"", 0)
    assert b"    CurrentBuildNumber    REG_SZ    20348\r\n" in stdout
    stdout, _stderr, code = run("netsh winhttp show proxy")
    assert code == 0
    assert "現在の WinHTTP プロキシ設定" in stdout.decode()
    binary = r'"%ProgramFiles%\Windows Defender\MpCmdRun.exe"'
    stdout, _stderr, code = run(f"cd . & {binary} -ValidateMapsConnection")
    assert b"80072F8F" in stdout
    assert code == 0x80072F8F
    assert run("echo a&&echo b")[0] == b"a\r\nb\r\n"


def test_a_file_travels_through_the_shell(run: Run) -> None:
    text = "設定\r\nsecond line\r\n".encode()
    assert run(r'findstr "^" > C:\Windows\Temp\x.txt', stdin=text)[2] == 0
    assert run(r"type C:\Windows\Temp\x.txt")[0] == text


@pytest.fixture
def through_testinfra() -> Iterator[Callable[[], Any]]:
    """A new connection of testinfra at each call; testinfra reads the password from a URL, so a simpler one here."""
    (host,) = parse({"hosts": [{"name": "pc", "address": "127.0.72.9"}]}).hosts
    with serve_in_thread({host.address: SimulatedHost(host.build())}) as other:
        target = f"winrm://{host.login.user}:{host.login.password}@{host.address}:{other.port}"
        yield lambda: testinfra.get_host(target, no_ssl=True)
        assert other.shells(host.address) == []


def test_testinfra(through_testinfra: Callable[[], Any]) -> None:
    """What docs/testing.md says works: every way to run a command line."""
    connection = through_testinfra()
    assert connection.run("whoami").stdout.strip() == "pc\\ansible"
    assert connection.run("sc query %s", "WinDefend").rc == 0
    assert connection.run("sc query NoSuchService").rc == 1060
    assert connection.run_test("sc query WinDefend").rc == 0
    assert connection.run_expect([1060], "sc query NoSuchService").rc == 1060
    assert connection.check_output("hostname") == "PC"


@pytest.mark.parametrize(
    "use",
    [
        lambda host: host.service("WinDefend").is_running,
        lambda host: host.file("C:\\Windows").exists,
        lambda host: host.package("x").is_installed,
        lambda host: host.user("x").exists,
        lambda host: host.process.filter(),
        lambda host: host.socket("tcp://0.0.0.0:80").is_listening,
        lambda host: host.interface("x").exists,
        lambda host: host.system_info.type,
    ],
    ids=["service", "file", "package", "user", "process", "socket", "interface", "system_info"],
)
def test_a_module_of_testinfra_says_why_it_does_not_work(
    through_testinfra: Callable[[], Any], use: Callable[[Any], Any]
) -> None:
    with pytest.raises(AssertionError, match=r"winsim does not simulate systeminfo\.exe; see docs/testing\.md"):
        use(through_testinfra())


@pytest.mark.parametrize(
    "use",
    [lambda host: host.exists("netsh"), lambda host: host.addr("example.com").is_resolvable],
    ids=["exists", "addr"],
)
def test_what_testinfra_asks_with_unix_commands_is_always_no(
    through_testinfra: Callable[[], Any], use: Callable[[Any], Any]
) -> None:
    assert use(through_testinfra()) is False
