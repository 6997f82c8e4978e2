"""Debian's sshd on loopback, whose forced command plays Windows' side: the default shell, and winsim's cmd behind it.

The default shells are played as far as this project uses them. cmd runs the line that it is given. PowerShell is played
only for plain words, which start a program; for anything else it reports what it does not know, so that no test
passes on a line that was never a PowerShell line.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml
from ansible_collections.windefend.maps.winsim.host import SimulatedHost
from ansible_collections.windefend.maps.winsim.machine.model import LoggedCommand, Machine
from ansible_collections.windefend.maps.winsim.tools import cmd, session
from ansible_collections.windefend.maps.winsim.tools.process import Console, Input, Terminated
from ansible_collections.windefend.maps.winsim.tools.scheduler import run_due_tasks

from .fleet import SimulatedFleet

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PYTHON = shutil.which("python3", path="/usr/bin") or sys.executable
"""Preferably one that every account may run."""
CLIENT = """
import os, socket, struct, sys, threading
line = os.environ.get("SSH_ORIGINAL_COMMAND", "").encode()
address = os.environ["SSH_CONNECTION"].split()[2].encode()
server = socket.socket(socket.AF_UNIX)
server.connect(sys.argv[1])
server.sendall(struct.pack(">II", len(address), len(line)) + address + line)
def feed():
    while data := os.read(0, 65536):
        server.sendall(data)
    server.shutdown(socket.SHUT_WR)
threading.Thread(target=feed, daemon=True).start()
stream = server.makefile("rb")
while head := stream.read(5):
    kind, length = struct.unpack(">bI", head)
    if kind == 0:
        os._exit(length)
    data = stream.read(length)
    while data:
        data = data[os.write(kind, data):]
os.kill(os.getppid(), 9)  # the connection breaks
os._exit(255)
"""
"""The forced command: the address that was connected to, the line, and then both ways until the exit code."""
MOST_ADDRESSES = 16
"""On which an sshd listens (MAX_LISTEN_SOCKS in OpenSSH's sshd.c)."""
IPV6 = "::1"
_PLAIN = re.compile(r"[A-Za-z0-9/ ]+\Z")


@dataclass
class SshFleet:
    """The hosts of a fleet behind one sshd, told apart by their addresses."""

    fleet: SimulatedFleet
    folder: pathlib.Path
    port: int
    default_shells: dict[str, str] = field(default_factory=dict)
    """`cmd`, `powershell` or `sh` by host; cmd where nothing is said."""
    breaks: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By host: `before` or `after`, and at which of its sessions the connection breaks, from 1."""
    hangs: set[str] = field(default_factory=set)
    """Hosts whose sessions answer nothing."""
    floods: set[str] = field(default_factory=set)
    """Hosts whose sessions print for ever."""
    ipv6: str = ""
    """The host that is reached by `::1`."""
    sessions: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Host, remote command and standard input of each."""

    @property
    def variables(self) -> dict[str, str | int]:
        """What an inventory needs for a host of it."""
        options = "-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        return {
            "ansible_connection": "ssh",
            "ansible_port": self.port,
            "ansible_user": getpass.getuser(),
            "ansible_ssh_private_key_file": str(self.folder / "key"),
            "ansible_ssh_args": "-o ControlMaster=auto -o ControlPersist=5s",
            "ansible_ssh_common_args": options,
            "ansible_control_path_dir": str(self.folder),
        }

    def serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _unused = listener.accept()
                threading.Thread(target=self._session, args=(client,), daemon=True).start()

    def _session(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, struct.error), client, client.makefile("rb") as stream:
            lengths = struct.unpack(">II", stream.read(8))
            address, line = (stream.read(length).decode() for length in lengths)
            name = self.ipv6 if address == IPV6 else self._named(address)
            given = stream.read()
            self.sessions.append((name, line, given))
            number = sum(one == name for one, _line, _given in self.sessions)
            when, at = self.breaks.get(name, ("", 0))
            if name in self.hangs:
                stream.read()
                time.sleep(60)
                return
            while name in self.floods:
                client.sendall(struct.pack(">bI", 1, 65536) + b"x" * 65536)
            if (when, at) == ("before", number):
                return
            code = self._run(name, line, given, client)
            if (when, at) != ("after", number):
                client.sendall(struct.pack(">bI", 0, code & 0xFF))

    def _named(self, address: str) -> str:
        return next(host.name for host in self.fleet.fleet.hosts if host.address == address)

    def _run(self, name: str, line: str, given: bytes, client: socket.socket) -> int:
        def send(stream: int, data: bytes) -> None:
            client.sendall(struct.pack(">bI", stream, len(data)) + data)

        shell = self.default_shells.get(name, "cmd")
        if shell == "sh":
            send(2, b"sh: 1: cmd: not found\n")
            return 127
        if shell == "powershell" and not _PLAIN.match(line):
            send(2, b"At line:1 char:1\r\n+ CategoryInfo          : ParserError\r\n")
            return 1
        return self._cmd(self.fleet.machines[name], line, given, send)

    def _cmd(self, machine: Machine, line: str, given: bytes, send: object) -> int:
        token = machine.logon(self.fleet.fleet.find(machine.name.lower()).login.user)
        if token is None:
            raise AssertionError(machine.name)
        console = Console(machine.locale.oem_code_page)
        outputs = [lambda data, stream=stream: send(stream, data) for stream in (1, 2)]  # type: ignore[operator, misc]
        process = session.process(machine, token, console, Input(given), *outputs, run_due_tasks)
        run_due_tasks(machine)
        try:
            code = cmd.execute(process, line)
        except Terminated:
            code = 1
        machine.log.append(LoggedCommand(given.decode("ascii"), token.name, tuple(console.unknown), code))
        return code


@contextlib.contextmanager
def account_with_password() -> Iterator[tuple[str, str]]:
    """A user of this machine and its password, until the end; for root alone."""
    name, password = f"maps-test-{os.getpid()}", "Ssh-only-1"
    hashed = subprocess.run(["openssl", "passwd", "-6", password], capture_output=True, text=True, check=True)
    made = ["useradd", "--no-create-home", "--shell", "/bin/sh", "--password", hashed.stdout.strip(), name]
    subprocess.run(made, check=True)
    try:
        yield name, password
    finally:
        subprocess.run(["userdel", "--force", name], check=False, capture_output=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _keys(folder: pathlib.Path) -> None:
    for name in ("key", "host_key"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True, capture_output=True)
    shutil.copy(folder / "key.pub", folder / "authorized_keys")


@contextlib.contextmanager
def ssh_fleet(fleet: SimulatedFleet, hosts: Mapping[str, Mapping[str, object]], ipv6: str = "") -> Iterator[SshFleet]:
    """Serves these hosts of a fleet over ssh, one of them at an IPv6 address too, and gives them their variables in its
    inventory."""
    for host in fleet.fleet.hosts:
        SimulatedHost(fleet.machines[host.name])
    with tempfile.TemporaryDirectory(prefix="ssh-") as made:  # a short path: sockets lie there
        folder = pathlib.Path(made)
        _keys(folder)
        (folder / "client.py").write_text(CLIENT)
        folder.chmod(0o755)  # another user's session connects to the socket
        served = SshFleet(fleet, folder, _free_port(), ipv6=ipv6)
        config = {
            "Port": served.port,
            "HostKey": folder / "host_key",
            "AuthorizedKeysFile": folder / "authorized_keys",
            "PidFile": "none",
            "StrictModes": "no",
            "UsePAM": "no",
            "PermitRootLogin": "yes",
            "MaxStartups": 100,
            "ForceCommand": f"{PYTHON} -I -S {folder / 'client.py'} {folder / 'side'}",
        }
        (folder / "config").write_text("".join(f"{key} {value}\n" for key, value in config.items()))
        addresses = [fleet.address(name) for name in hosts] + ([IPV6] if ipv6 else [])
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "side"))
            (folder / "side").chmod(0o777)
            listener.listen(100)
            threading.Thread(target=served.serve, args=(listener,), daemon=True).start()
            if os.geteuid() == 0:
                pathlib.Path("/run/sshd").mkdir(exist_ok=True)
            with contextlib.ExitStack() as daemons:
                daemons.callback(listener.shutdown, socket.SHUT_RDWR)
                for first in range(0, len(addresses), MOST_ADDRESSES):
                    daemons.enter_context(_sshd(folder, addresses[first : first + MOST_ADDRESSES], served.port))
                _write(fleet, served, hosts)
                yield served


@contextlib.contextmanager
def _sshd(folder: pathlib.Path, addresses: list[str], port: int) -> Iterator[None]:
    """An sshd that listens on these addresses of loopback and no other."""
    listens = [word for address in addresses for word in ("-o", f"ListenAddress={address}")]
    with (folder / "log").open("ab") as log:
        daemon = subprocess.Popen([str(SSHD), "-D", "-e", "-f", str(folder / "config"), *listens], stderr=log)
        try:
            for address in addresses:
                _wait(address, port, daemon)
            yield
        finally:
            daemon.terminate()
            daemon.wait()


def _wait(address: str, port: int, daemon: subprocess.Popen[bytes]) -> None:
    for _unused in range(100):
        with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
            return
        assert daemon.poll() is None, "sshd did not start"
        time.sleep(0.1)
    raise AssertionError("sshd does not listen")


def _write(fleet: SimulatedFleet, served: SshFleet, hosts: Mapping[str, Mapping[str, object]]) -> None:
    (fleet.folder / "host_vars").mkdir(exist_ok=True)
    for name, own in hosts.items():
        path = fleet.folder / "host_vars" / f"{name}.yml"
        path.write_text(yaml.safe_dump({**served.variables, **own}, sort_keys=False))
