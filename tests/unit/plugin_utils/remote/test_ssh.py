"""What goes to cmd's standard input, and what may come of one ssh process."""

from __future__ import annotations

import contextlib
import string
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import ssh, time_limit
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import (
    CommandTimedOut,
    LineBroken,
    Unreachable,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.ssh import (
    NotCarried,
    SshHost,
    SshSweepHost,
    Watch,
    scripts,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.ssh_hints import ssh_hint
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.tools.command_line import run_line

PRINTABLE = "".join(map(chr, range(32, 127)))
TEXTS = [
    PRINTABLE,
    PRINTABLE[::-1],
    *(f"{one}{two}" for one in string.punctuation for two in '%^"&|<>()/?: a'),
    *("%PATH%", "%%PATH%%", "%", "100%", "%^PATH%", "!PATH!", "%PATH:~0,3%", "%~f0", "%0 %*", "%a%b%c%"),
    *("", " ", "  two blanks  ", "/?", "on", "off", ".", "=a", ";a", ",a", "\t", "^", "^^", '"', '^"', "a^", "REM a"),
    '<a b="c">&amp;&quot;%SystemRoot%\\System32\\cmd.exe&quot; 2&gt;&amp;1</a>',
]


def run(*sessions: bytes) -> tuple[bytes, Any]:
    """What winsim's cmd makes of them."""
    on = machine()
    for lines in sessions:
        unknown: list[str] = []
        code, out, err = run_line(on, on.accounts[0].token(on.name), ssh.SHELL, stdin=lines, unknown=unknown)
        assert (code, err, unknown) == (0, b"", [])
    return out, on


def test_an_input_arrives_as_it_is() -> None:
    text = "".join(f"{one}\r\n" for one in TEXTS).encode()
    sessions = scripts('findstr "^" >C:\\copy.txt& echo done', text * 3, "input")
    assert len(sessions) > 3
    out, on = run(*sessions)
    assert b"done" in out
    assert on.files.find("C:\\Users\\ansible\\AppData\\Local\\Temp\\input").content == text * 3
    assert on.files.find("C:\\copy.txt").content == text * 3


@pytest.mark.parametrize(("given", "arrives"), [(b"", b""), (b"a", b"a\r\n"), (b"a\n\nb\n", b"a\r\n\r\nb\r\n")])
def test_ends_of_lines_are_those_of_windows(given: bytes, arrives: bytes) -> None:
    _out, on = run(*scripts('findstr "^" >C:\\copy.txt', given, "input"))
    assert on.files.find("C:\\copy.txt").content == arrives


def test_a_line_alone_ends_cmd_itself() -> None:
    assert scripts("ver", None, "x") == [b"chcp 65001>nul& ver& exit 0\r\n"]
    out, _on = run(scripts("echo a& cmd /c exit 300", None, "x")[0] + b"echo never\r\n")
    assert out.count(b"a\r\n") == 1
    assert b"never" not in out


@pytest.mark.parametrize(
    ("line", "given", "said"),
    [
        ("echo \u00fc", None, r"U\+00FC"),
        ("ver", b"\x00", r"U\+0000"),
        ("ver", b"\xff\n", r"U\+00FF"),
        ("echo a\x07", None, r"U\+0007"),
        ("a" * 8190, None, "too long for cmd"),
        ("ver", b"&" * 5000, "too long for cmd"),
    ],
)
def test_what_cannot_arrive_is_not_sent(line: str, given: bytes | None, said: str) -> None:
    link = Link("")
    with pytest.raises(NotCarried, match=f"^pc .*{said}"):
        SshHost(link, "pc", (LookupError,)).run(line, stdin=given, timeout=5, max_bytes=1000)
    assert link.scripts == []


def read_all(stream: Any) -> None:
    while stream.read(65536):
        pass


class Link:
    """Ansible's connection to a program of Python's in the place of ssh."""

    def __init__(self, program: str, failure: Exception | None = None, breaks: Exception | None = None) -> None:
        """`failure` comes before the program starts, `breaks` while the line is sent to it."""
        self._program, self._failure, self._breaks = program, failure, breaks
        self.scripts: list[bytes] = []

    def get_option(self, name: str) -> Any:
        return {"remote_addr": "192.0.2.1", "remote_user": "svc", "remote_password": "Secret"}.get(name)

    def run(self, command: str, data: bytes) -> int:
        self.scripts.append(data)
        if self._failure:
            raise self._failure
        process: Any = subprocess.Popen(
            [sys.executable, "-c", self._program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        watch = ssh.current_watch()
        assert watch is not None
        watch.started(process)
        if self._breaks:
            raise self._breaks
        with contextlib.closing(process.stdout), contextlib.closing(process.stderr):
            errors = threading.Thread(target=read_all, args=(process.stderr,))
            errors.start()
            read_all(process.stdout)
            errors.join()
        return int(process.wait())


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh, "GRACE", 0.0)
    monkeypatch.setattr(time_limit, "SLACK", 0.0)


def test_what_it_printed_and_what_it_cost() -> None:
    host = SshHost(Link("import sys; print('out'); print('err', file=sys.stderr)"), "pc", (LookupError,))
    done = host.run("ver", timeout=20, max_bytes=1000)
    assert (done.stdout, done.stderr, done.exit_code, done.truncated) == (b"out\n", b"err\n", 0, False)
    assert host.traffic().requests == 1
    assert host.clock_skew() is None
    assert host.own_values() == ("pc", "192.0.2.1", "svc", "Secret")


@pytest.mark.parametrize(
    ("code", "said"), [(127, r"did not start 'cmd' \(exit code 127\)"), (255, "cannot connect"), (5, "cannot connect")]
)
def test_an_end_while_the_line_is_sent_is_judged_by_its_code(code: int, said: str) -> None:
    """Ansible calls it a failed connection where the client has not been reaped within a millisecond."""
    link = Link(f"import time; time.sleep(0.1); raise SystemExit({code})", breaks=LookupError("could not be sent"))
    with pytest.raises(Unreachable, match=said):
        SshHost(link, "pc", (LookupError,)).run("ver", timeout=20, max_bytes=1000)


def test_it_is_ended_at_its_deadline() -> None:
    began = time.monotonic()
    with pytest.raises(CommandTimedOut, match=r"did not finish within 0\.5 seconds.*whether it still runs.*begun"):
        SshHost(Link("import time; print('begun', flush=True); time.sleep(60)"), "pc", (LookupError,)).run(
            "ver", timeout=0.5, max_bytes=1000
        )
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_it_is_ended_where_it_prints_too_much(stream: str) -> None:
    program = f"import sys\nwhile True: sys.{stream}.write('x' * 65536)"
    done = SshHost(Link(program), "pc", (LookupError,)).run("ver", timeout=20, max_bytes=100_000)
    assert done.truncated
    assert len(done.stdout) <= 100_000
    assert len(done.stderr) <= ssh.MOST_ERRORS


def test_an_exit_code_is_never_one_of_the_host() -> None:
    with pytest.raises(LineBroken, match="cmd ended with 5 before the end"):
        SshHost(Link("print('Microsoft Windows'); exit(5)"), "pc", ()).run("ver", timeout=20, max_bytes=1000)
    with pytest.raises(Unreachable, match="did not start 'cmd'"):
        SshHost(Link("exit(127)"), "pc", ()).run("ver", timeout=20, max_bytes=1000)


def test_a_connection_that_fails_is_told_with_what_to_do_and_its_file_is_removed() -> None:
    link = Link("", LookupError("Permission denied (publickey)."))
    host = SshHost(link, "pc", (LookupError,))
    with pytest.raises(Unreachable, match=r"pc \(192.0.2.1\), port 22, as svc: .*Check ansible_user") as raised:
        host.run("ver", stdin=b"a", timeout=5, max_bytes=1000)
    assert "Secret" not in str(raised.value)
    host.reset()
    host.reset()
    assert len(link.scripts) == 2
    assert b'cd /d "%TEMP%"& del windefend-maps-' in link.scripts[1]


def test_a_host_of_a_sweep_has_a_time_of_its_own() -> None:
    host = SshSweepHost(Link("import time; time.sleep(60)"), "pc", (LookupError,), 0.5)
    assert host.time_left() == 0.5
    began = time.monotonic()
    with pytest.raises(CommandTimedOut):
        host.run("ver", timeout=60, max_bytes=1000)
    with pytest.raises(CommandTimedOut, match=r"not finished within the time limit of 0\.5 seconds"):
        host.run("ver", timeout=60, max_bytes=1000)
    assert time.monotonic() - began < 10
    host.close()


def test_it_is_broken_off_from_another_thread() -> None:
    host = SshSweepHost(Link("import time; time.sleep(60)"), "pc", (LookupError,), 60)
    threading.Timer(0.5, host.stop).start()
    began = time.monotonic()
    with pytest.raises(Unreachable, match="interrupted"):
        host.run("ver", timeout=60, max_bytes=1000)
    with pytest.raises(Unreachable, match="interrupted"):
        host.run("ver", timeout=60, max_bytes=1000)
    assert host.time_left() == 0
    assert time.monotonic() - began < 10


def test_a_process_that_starts_too_late_is_ended() -> None:
    with Watch(60, 10) as watch:
        watch.end("late")
        process: Any = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdout=subprocess.PIPE)
        process.stderr = process.stdout
        watch.started(process)
        process.wait(timeout=10)
        process.stdout.close()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Host key verification failed.", "known_hosts"),
        ("Using a SSH password instead of a key is not possible because Host Key checking is enabled", "known_hosts"),
        ("you must install the sshpass program", "needs the program sshpass"),
        ("Invalid/incorrect password: Permission denied, please try again.", "Check ansible_user"),
        ("user@192.0.2.1: Permission denied (publickey).", r"C:\ProgramData\ssh\administrators_authorized_keys"),
        ("WARNING: UNPROTECTED PRIVATE KEY FILE!", "chmod 600"),
        ("ssh: Could not resolve hostname pc: Name or service not known", "Correct ansible_host"),
        ("ssh: connect to host 192.0.2.1 port 22: Connection refused", "sc query sshd"),
        ("ssh: connect to host 192.0.2.1 port 22: No route to host", "Check the route"),
        ("ssh: connect to host 192.0.2.1 port 22: Connection timed out", "the host is down"),
        ("Unable to negotiate with 192.0.2.1 port 22: no matching host key type found.", "no algorithm in common"),
        ("kex_exchange_identification: Connection closed by remote host", "MaxStartups"),
        ("Connection to 192.0.2.1 closed by remote host.", "was cut"),
        ("something new", ""),
    ],
)
def test_what_the_programs_say(text: str, hint: str) -> None:
    assert hint in ssh_hint(text)
    assert bool(ssh_hint(text)) is bool(hint)
