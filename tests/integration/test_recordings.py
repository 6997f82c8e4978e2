"""Conversations recorded on real Windows, replayed against winsim's wire.

The recordings are test data of pypsrp's source distribution, unpacked under `build/recordings`. Every answer must be
the recorded one, element by element; free are identifiers, names of machines and users, times, and how output is cut.
"""

# ruff: noqa: S314  # what is parsed is our own server's
from __future__ import annotations

import base64
import http.client
import pathlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.unit.winsim.wire.fake import FakeHost
from ansible_collections.windefend.maps.winsim.host import SimulatedHost
from ansible_collections.windefend.maps.winsim.machine import builder
from ansible_collections.windefend.maps.winsim.machine.accounts import Account, Role
from ansible_collections.windefend.maps.winsim.machine.model import WinrmSettings
from ansible_collections.windefend.maps.winsim.wire.backend import Credential, Limits
from ansible_collections.windefend.maps.winsim.wire.server import Server, serve_in_thread

RECORDINGS = pathlib.Path(__file__).parents[2] / "build" / "recordings"
ADDRESS = "127.0.71.1"
USER, PASSWORD = "vagrant", "vagrant"

# What the recorded machines printed; the commands are PowerShell's, which winsim has not, and of `set` it is the
# machine's own. These conversations judge the wire alone.
PRINTED: dict[str, list[bytes | str]] = {
    "powershell.exe (pwd).Path": [b"C:\\Windows", b"\r\n"],
    "powershell.exe Write-Host こんにちは": ["こんにちは".encode(), b"\n"],
    "powershell.exe -": ["input", b"output 1", b"\n", b"output 2\n"],
    "powershell.exe Write-Host hi; Start-Sleep 30; Write-Host hi again": [b"hi", b"\n", "go", b"hi", b" again\n"],
    "C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\powershell.exe Write-Host hi": [b"hi", b"\n"],
}
CONVERSATIONS = [
    "standard",
    "stderr_rc",
    "bad_cmd_id",
    "fail_poll_process",
    "open_already_opened",
    "environment",
    "noprofile",
    "extra_opts",
    "no_cmd_shell",
    "send",
    "unicode",
]

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_FREE_TEXT = {"MessageID", "RelatesTo", "To", "Address", "ShellId", "CommandId", "Owner", "ClientIP", "Selector"}
_FREE_ATTRIBUTES = {"CommandId", "Machine"}
_OPTIONAL = {"ActivityId"}  # Windows Server 2008 R2 and 2012 do not send it


def conversation(name: str) -> list[dict[str, Any]]:
    """The messages of a recording."""
    found = sorted(RECORDINGS.glob(f"pypsrp-*/tests/tests_pypsrp/responses/test_winrs_{name}.yml"))
    assert found, f"no test_winrs_{name}.yml under {RECORDINGS}: unpack pypsrp's source distribution there"
    messages: list[dict[str, Any]] = yaml.safe_load(found[-1].read_text(encoding="utf-8"))["messages"]
    return messages


@dataclass
class Live:
    """A server, its host, and one connection to it."""

    server: Server
    host: Any
    connection: http.client.HTTPConnection

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.server.port}/wsman"

    def send(self, request: str) -> tuple[int, ET.Element]:
        """Status and envelope."""
        headers = {
            "Authorization": "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(),
            "Content-Type": "application/soap+xml;charset=UTF-8",
        }
        self.connection.request("POST", "/wsman", request.encode(), headers)
        answer = self.connection.getresponse()
        assert answer.getheader("Content-Type") == "application/soap+xml;charset=UTF-8"
        return answer.status, ET.fromstring(answer.read())


@pytest.fixture
def live() -> Iterator[Live]:
    host = FakeHost(
        users=[Credential(USER, PASSWORD)],
        allowed=Limits(allow_basic=True, allow_unencrypted=True),
        recorded=dict(PRINTED),
    )
    with serve_in_thread({ADDRESS: host}) as server:
        connection = http.client.HTTPConnection(ADDRESS, server.port, timeout=30)
        yield Live(server, host, connection)
        connection.close()


@pytest.fixture
def simulated() -> Iterator[Live]:
    """A simulated machine: its own cmd.exe answers."""
    account = Account(USER, PASSWORD, Role.ADMINISTRATOR, "S-1-5-21-1-2-3-1001")
    machine = builder.build("SERVER2016", os=builder.SYSTEMS["windows_server_2016"], accounts=[account])
    machine.winrm = WinrmSettings(allow_basic=True, allow_unencrypted=True)
    host = SimulatedHost(machine)
    with serve_in_thread({ADDRESS: host}) as server:
        connection = http.client.HTTPConnection(ADDRESS, server.port, timeout=30)
        yield Live(server, host, connection)
        connection.close()


def local(name: str) -> str:
    return name.rpartition("}")[2]


def shape(element: ET.Element) -> list[Any]:
    """An element as nested lists, without what is free."""
    children: list[Any] = []
    output: dict[str, bytes] = {}
    for child in element:
        if local(child.tag) == "Stream" and not child.get("End"):
            name = child.get("Name", "")
            output[name] = output.get(name, b"") + base64.b64decode(child.text or "")
        elif local(child.tag) not in _OPTIONAL:
            children.append(shape(child))
    attributes = sorted((k, "" if local(k) in _FREE_ATTRIBUTES else v) for k, v in element.attrib.items())
    text = "" if local(element.tag) in _FREE_TEXT else (element.text or "").strip()
    return [element.tag, attributes, text, output, children]


def identifiers(envelope: ET.Element) -> list[str]:
    return [e.text or "" for e in envelope.iter() if local(e.tag) in ("ShellId", "CommandId")]


def replay(live: Live, messages: list[dict[str, Any]]) -> Iterator[int]:
    """Sends each request with this conversation's identifiers and compares; gives the number of messages done."""
    current: dict[str, str] = {}
    for number, message in enumerate(messages):
        request = str(message["request"])
        for recorded, mine in current.items():
            request = request.replace(recorded, mine)
        sent = re.search(r"MessageID>(uuid:" + _UUID.pattern + ")", request)
        assert sent
        status, got = live.send(re.sub(r"(<wsa:To>)[^<]*", rf"\g<1>{live.url}", request))
        want = ET.fromstring(message["response"])
        assert status == message.get("transport_error", {}).get("code", 200)
        assert shape(got) == shape(want), f"message {number}"
        assert got.findtext(".//{http://schemas.xmlsoap.org/ws/2004/08/addressing}RelatesTo") == sent[1]
        current.update(zip(identifiers(want), identifiers(got), strict=True))
        yield number + 1


def printed_by_set(messages: list[dict[str, Any]]) -> list[bytes | str]:
    streams = ET.fromstring(messages[2]["response"]).iter(
        "{http://schemas.microsoft.com/wbem/wsman/1/windows/shell}Stream"
    )
    return [base64.b64decode(stream.text) for stream in streams if stream.text]


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_answers_are_the_recorded_ones(live: Live, name: str) -> None:
    messages = conversation(name)
    if name in ("environment", "noprofile"):
        live.host.recorded["set"] = printed_by_set(messages)
    assert list(replay(live, messages))[-1] == len(messages)
    assert live.server.shells(ADDRESS) == []
    assert all(shell.closed for shell in live.host.shells)


@pytest.mark.parametrize("name", ["standard", "stderr_rc", "bad_cmd_id", "fail_poll_process", "open_already_opened"])
def test_a_simulated_machine_answers_as_recorded(simulated: Live, name: str) -> None:
    """Those conversations whose commands need no PowerShell, output included."""
    messages = conversation(name)
    assert list(replay(simulated, messages))[-1] == len(messages)
    assert simulated.server.shells(ADDRESS) == []


def test_what_create_asked_for_reaches_the_host(live: Live) -> None:
    list(replay(live, conversation("environment")[:1]))
    list(replay(live, conversation("extra_opts")[:1]))
    list(replay(live, conversation("unicode")[:1]))
    list(replay(live, conversation("noprofile")[:1]))
    environment, extra, unicode, no_profile = (shell.options for shell in live.host.shells)
    strange = '_-(){}[]<>*+-/\\?"!@#$^&|;:i,.`~0'
    assert environment.environment == {"env1": "var1", "1234": "5678", strange: strange}
    assert extra.working_directory == "C:\\Windows"
    assert unicode.code_page == 65001
    assert no_profile.no_profile
    assert not environment.no_profile


def test_a_silent_command_times_out_until_it_speaks(live: Live) -> None:
    messages = conversation("operation_timeout")
    for message in messages:
        message["request"] = message["request"].replace("PT10S", "PT0.3S")
    last_timeout = max(n for n, message in enumerate(messages) if "transport_error" in message)
    for done in replay(live, messages):
        if done == last_timeout + 1:
            live.host.go.set()
    assert done == len(messages)


def test_input_arrives_whole_and_in_order(live: Live) -> None:
    messages = conversation("send")
    list(replay(live, messages[:4]))
    (command,) = live.host.shells[0].commands
    assert bytes(command.stdin) == b'Write-Host "output 1";Write-Host "output 2";'
    assert command.ended.is_set()
