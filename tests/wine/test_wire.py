"""pywinrm speaks with Wine through winsim's wire, over NTLM with sealed messages and over Basic."""

from __future__ import annotations

import time
from collections.abc import Container, Iterator
from pathlib import Path

import pytest
from ansible_collections.windefend.maps.tests.wine.conftest import ADDRESS, PASSWORD, USER
from ansible_collections.windefend.maps.winsim.wine.prefix import Prefix
from ansible_collections.windefend.maps.winsim.wire.server import Server
from winrm.exceptions import WSManFaultError
from winrm.protocol import Protocol

pytestmark = pytest.mark.wine

CONTENT = b"".join(b"line %07d of a long text\r\n" % n for n in range(60_000))
"""In ASCII: Wine's `type` breaks characters that lie across its buffer's end."""
PATIENCE = 60
"""Seconds after which a process that should end counts as left behind."""


class Session:
    """A shell of pywinrm's."""

    def __init__(self, server: Server, transport: str, **shell: object) -> None:
        encryption = "always" if transport == "ntlm" else "never"
        self.protocol = Protocol(
            f"http://{ADDRESS}:{server.port}/wsman",
            transport,
            USER,
            PASSWORD,
            message_encryption=encryption,
            proxy=None,
        )
        self.shell = self.protocol.open_shell(**{"codepage": 65001, **shell})

    def start(self, line: str, *, skip_cmd: bool = False) -> str:
        """The id of a command that runs."""
        return str(self.protocol.run_command(self.shell, line, console_mode_stdin=False, skip_cmd_shell=skip_cmd))

    def run(self, line: str, stdin: bytes | None = None, *, skip_cmd: bool = False) -> tuple[bytes, bytes, int]:
        """Runs a line to its end."""
        command = self.start(line, skip_cmd=skip_cmd)
        if stdin is not None:
            half = len(stdin) // 2
            self.protocol.send_command_input(self.shell, command, stdin[:half])
            self.protocol.send_command_input(self.shell, command, stdin[half:], end=True)
        result: tuple[bytes, bytes, int] = self.protocol.get_command_output(self.shell, command)
        self.protocol.cleanup_command(self.shell, command)
        return result

    def close(self) -> None:
        self.protocol.close_shell(self.shell)


@pytest.fixture(scope="module", params=["ntlm", "basic"])
def session(request: pytest.FixtureRequest, server: Server) -> Iterator[Session]:
    session = Session(server, request.param)
    yield session
    session.close()


def processes(prefix: Prefix) -> dict[str, str]:
    """Process id -> command line of what run_line started in this Wine."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if str(prefix.folder).encode() in environment and ("run_line" in line or "cmd.exe /C" in line):
            found[folder.name] = line
    return found


def assert_ended(prefix: Prefix, but: Container[str] = ()) -> None:
    """`but`: what a process that Wine lost in an earlier test has left, or the tries after the first could not pass."""
    deadline = time.monotonic() + PATIENCE
    while left := {number: line for number, line in processes(prefix).items() if number not in but}:
        assert time.monotonic() < deadline, f"left behind: {left}"
        time.sleep(0.05)


def test_output_of_both_streams_and_the_exit_code(session: Session) -> None:
    assert session.run("echo out& echo err>&2& exit 3") == (b"out\r\n", b"err\r\n", 3)


def test_text_is_in_the_code_page_of_the_shell(session: Session) -> None:
    assert session.run('echo "日本語 & é"')[0].decode() == '"日本語 & é"\r\n'


def test_an_exit_code_has_32_bits(session: Session) -> None:
    assert session.run("echo x& exit -2147012889")[2] == 0x80072EE7
    assert session.run("nosuchprogram")[2] == 9009


def test_a_silent_command_reports_success(session: Session) -> None:
    """WinRb/WinRM#154: so the exit code must be printed."""
    assert session.run("exit 5") == (b"", b"", 0)
    assert session.run("cmd /c exit 5& call echo %^errorlevel%")[0] == b"5\r\n"


def test_long_output_arrives_whole(session: Session, prefix: Prefix) -> None:
    (prefix.drive / "long.txt").write_bytes(CONTENT)
    stdout, stderr, code = session.run("type C:\\long.txt")
    assert stdout == CONTENT
    assert (stderr, code) == (b"", 0)


def test_input_arrives(session: Session, show_arguments: str) -> None:
    text = "".join(f"Zeile {number} 日本語\r\n" for number in range(20_000)).encode()
    assert session.run(show_arguments, stdin=text) == (text, b"", 0)


def test_many_commands_in_one_shell(session: Session) -> None:
    for number in range(10):
        assert session.run(f"echo {number}")[0] == b"%d\r\n" % number


def test_without_cmd_the_program_needs_its_path(session: Session, show_arguments: str) -> None:
    """Windows answers 2147942402 to a bare name (pypsrp's test_winrs_no_cmd_shell)."""
    shown = session.run(f'{show_arguments} "a & b" c|d', skip_cmd=True)[0]
    assert b"c " + b"a & b".hex().encode() + b"." in shown.splitlines()
    assert b"c " + b"c|d".hex().encode() + b"." in shown.splitlines()
    with pytest.raises(WSManFaultError) as refused:
        session.run("hostname", skip_cmd=True)
    assert refused.value.wsman_fault_code == 2147942402


def test_a_shell_has_a_directory_an_environment_and_a_code_page(server: Server) -> None:
    session = Session(server, "ntlm", codepage=437, working_directory="C:\\Windows", env_vars={"FROM_CLIENT": "a b"})
    assert session.run("cd& echo %FROM_CLIENT%& echo é")[0] == b"C:\\windows\r\na b\r\n\x82\r\n"
    session.close()


def test_terminate_ends_the_command_and_what_it_started(server: Server, prefix: Prefix) -> None:
    before = processes(prefix)
    session = Session(server, "ntlm")
    command = session.start("echo started& cmd /c more")
    output = b""
    while not output:
        output += session.protocol.get_command_output_raw(session.shell, command)[0]
    assert output == b"started\r\n"
    assert len(processes(prefix).keys() - before) >= 3
    session.protocol.cleanup_command(session.shell, command)
    assert_ended(prefix, before)
    assert session.run("echo the shell lives")[2] == 0
    session.close()


def test_closing_a_shell_ends_its_commands(server: Server, prefix: Prefix) -> None:
    others, before = server.shells(ADDRESS), processes(prefix)
    session = Session(server, "ntlm")
    for _unused in range(3):
        session.start("more")
    session.close()
    assert server.shells(ADDRESS) == others
    assert_ended(prefix, before)
