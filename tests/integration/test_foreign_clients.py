"""More clients that nobody here wrote: the tests that pypsrp's authors run against a Windows host, awinrm, and Go's."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from ansible_collections.windefend.maps.tests.integration.test_recordings import (
    PRINTED,
    RECORDINGS,
    conversation,
    printed_by_set,
)
from ansible_collections.windefend.maps.tests.support.client_environment import CLIENTS, environment_of
from ansible_collections.windefend.maps.tests.unit.winsim.wire.fake import FakeHost
from ansible_collections.windefend.maps.winsim.host import SimulatedHost
from ansible_collections.windefend.maps.winsim.machine import builder
from ansible_collections.windefend.maps.winsim.machine.accounts import Account, Role
from ansible_collections.windefend.maps.winsim.machine.model import WinrmSettings
from ansible_collections.windefend.maps.winsim.wire.backend import Credential, Host
from ansible_collections.windefend.maps.winsim.wire.server import Server, serve_in_thread

pytestmark = pytest.mark.extended

ROOT = pathlib.Path(__file__).parents[2]
MANY = 30
"""Fewer requests than pypsrp's tests of shells send."""
USER, PASSWORD = "vagrant", "vagrant"
PLAIN_PORT = 5985
"""The only port that pypsrp's tests use without TLS."""
NEED_POWERSHELL = ("test_winrs_send", "test_winrs_extra_opts", "test_winrs_unicode")


def recorded() -> FakeHost:
    """Prints what the recorded machines printed, PowerShell's output too."""
    printed = {**PRINTED, "set": printed_by_set(conversation("environment"))}
    return FakeHost(users=[Credential(USER, PASSWORD)], recorded=printed)


def simulated() -> SimulatedHost:
    """A simulated machine as it comes, with sealed NTLM only."""
    account = Account(USER, PASSWORD, Role.ADMINISTRATOR, "S-1-5-21-1-2-3-1001")
    return SimulatedHost(builder.build("SERVER2022", accounts=[account]))


@pytest.fixture(params=[recorded, simulated], ids=["recorded", "simulated"])
def host(request: pytest.FixtureRequest) -> Host:
    made: Host = request.param()
    return made


def test_pypsrps_own_tests(host: Host) -> None:
    """Those of shells and of WSMan. Only a host that prints what was recorded has PowerShell's output."""
    address = "127.0.72.11"
    sources = next(RECORDINGS.glob("pypsrp-*")) / "tests" / "tests_pypsrp"
    environment = {
        "PATH": os.environ["PATH"], "PYPSRP_SERVER": address, "PYPSRP_PORT": str(PLAIN_PORT),
        "PYPSRP_USERNAME": USER, "PYPSRP_PASSWORD": PASSWORD, "PYPSRP_AUTH": "ntlm",
    }  # fmt: skip
    without = () if isinstance(host, FakeHost) else NEED_POWERSHELL
    command = [
        *(environment_of("pypsrp"), "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rfE", "-c", os.devnull),
        *("-k", " and ".join(["not credssp", *(f"not {name}" for name in without)])),
        *(sources / "test_shell.py", sources / "test_wsman.py"),
    ]
    with serve_in_thread({address: host}, PLAIN_PORT) as server:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=300, env=environment, cwd=sources
        )
        assert server.shells(address) == []
        assert server.traffic(address).requests > MANY, "its tests spoke to a host of their own imagination"
    assert done.returncode == 0, done.stdout


@pytest.fixture
def served() -> Iterator[tuple[str, Server]]:
    address = "127.0.72.12"
    with serve_in_thread({address: simulated()}) as server:
        yield address, server
        assert server.shells(address) == []


def test_awinrm(served: tuple[str, Server]) -> None:
    """An asynchronous client with an NTLM of its own (asyauth), sealed, eight at once."""
    address, server = served
    url = f"http+ntlm-password://{USER}:{PASSWORD}@{address}:{server.port}/"
    lines = ["hostname", "echo out& echo err>&2& exit 5", *(f"echo {number}" for number in range(6))]
    done = subprocess.run(
        [environment_of("awinrm"), CLIENTS / "awinrm_client.py", url, *lines],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    first, second, *rest = json.loads(done.stdout)
    assert first == ["SERVER2022\r\n", "", 0]
    assert second == ["out\r\n", "err\r\n", 5]
    assert rest == [[f"{number}\r\n", "", 0] for number in range(6)]


@pytest.fixture(scope="module")
def masterzen() -> pathlib.Path:
    """A program with Go's masterzen/winrm in Debian's version."""
    go, library = shutil.which("go"), pathlib.Path("/usr/share/gocode")
    if go is None or not (library / "src" / "github.com" / "masterzen" / "winrm").is_dir():
        pytest.skip("Go or its client of WinRM is not installed: tests/clients/install installs them on Debian")
    program, source = ROOT / "build" / "clients" / "masterzen", CLIENTS / "masterzen.go"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        environment = {
            **os.environ, "GO111MODULE": "off", "GOPATH": str(library), "GOCACHE": str(program.with_name("go"))
        }  # fmt: skip
        subprocess.run([go, "build", "-o", program, source], check=True, env=environment, timeout=900)
    return program


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
@pytest.mark.parametrize("domain", ["", "CORP"])
def test_masterzen(masterzen: pathlib.Path, transport: str, domain: str) -> None:
    """It takes its domain from NTLM's challenge, which named the controller."""
    account = Account(USER, PASSWORD, Role.ADMINISTRATOR, "S-1-5-21-1-2-3-1001", domain)
    machine = builder.build("SERVER2022", accounts=[account])
    machine.winrm = WinrmSettings(allow_basic=True, allow_unencrypted=True)  # it cannot seal
    address = "127.0.72.13"
    with serve_in_thread({address: SimulatedHost(machine)}) as server:
        line = "echo out& echo err>&2& exit 5"
        arguments = [masterzen, address, str(server.port), transport, USER, PASSWORD, line]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=120)
        assert server.shells(address) == []
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["out\r\n", "err\r\n", 5]
