"""NTLM's challenge names the machine, its domain and its clock, and nothing of the controller. Read by hand: [MS-NLMP]
2.2.1.2 and 2.2.2.1."""

from __future__ import annotations

import base64
import concurrent.futures
import datetime as dt
import socket
import struct
from dataclasses import dataclass

import pytest
import spnego
from ansible_collections.windefend.maps.tests.unit.winsim.wire.fake import FakeHost
from ansible_collections.windefend.maps.winsim.host import TCPIP_KEY, SimulatedHost
from ansible_collections.windefend.maps.winsim.machine import builder
from ansible_collections.windefend.maps.winsim.machine.accounts import Account, Role
from ansible_collections.windefend.maps.winsim.wire.auth import Authenticator
from ansible_collections.windefend.maps.winsim.wire.backend import Credential, Domain, Host, Limits

COMPUTER, DOMAIN, DNS_COMPUTER, DNS_DOMAIN, TIMESTAMP = 1, 2, 3, 4, 7
TYPE_DOMAIN, TYPE_SERVER = 0x00010000, 0x00020000
EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Challenge:
    raw: bytes
    flags: int
    target: str
    pairs: list[tuple[int, bytes]]
    version: tuple[int, int, int]

    def names(self) -> dict[int, str]:
        return {key: value.decode("utf-16-le") for key, value in self.pairs if key != TIMESTAMP}

    def time(self) -> dt.datetime:
        (ticks,) = struct.unpack("<Q", dict(self.pairs)[TIMESTAMP])
        return EPOCH + dt.timedelta(microseconds=ticks // 10)


def challenge(host: Host, protocol: str = "ntlm") -> Challenge:
    """What a host answers to the first message of a client."""
    option = spnego.NegotiateOptions.use_ntlm if protocol == "ntlm" else spnego.NegotiateOptions.use_negotiate
    client = spnego.client("anybody", "secret", protocol=protocol, options=option)
    token = base64.b64encode(client.step() or b"").decode()
    ((_unused, value),) = Authenticator(host).check(f"Negotiate {token}", Limits()).fields
    answer = base64.b64decode(value.partition(" ")[2])
    raw = answer[answer.index(b"NTLMSSP\0\2\0\0\0") :]
    size, _unused, start, flags = struct.unpack_from("<HHII", raw, 12)
    info_size, _unused, info_start = struct.unpack_from("<HHI", raw, 40)
    pairs, position = [], info_start
    while position < info_start + info_size:
        key, length = struct.unpack_from("<HH", raw, position)
        pairs.append((key, raw[position + 4 : position + 4 + length]))
        position += 4 + length
    assert pairs.pop() == (0, b"")
    target = raw[start : start + size].decode("utf-16-le")
    return Challenge(raw, flags, target, pairs, struct.unpack_from("<BBH", raw, 48))


@pytest.mark.parametrize("protocol", ["ntlm", "negotiate"])
def test_a_machine_of_a_workgroup_stands_for_its_domain_too(protocol: str) -> None:
    found = challenge(FakeHost(name="Pc-7", version="10.0.17763"), protocol)
    assert found.target == "PC-7"
    assert found.names() == {DOMAIN: "PC-7", COMPUTER: "PC-7", DNS_DOMAIN: "Pc-7", DNS_COMPUTER: "Pc-7"}
    assert [key for key, _unused in found.pairs] == [DOMAIN, COMPUTER, DNS_DOMAIN, DNS_COMPUTER, TIMESTAMP]
    assert found.flags & (TYPE_DOMAIN | TYPE_SERVER) == TYPE_SERVER
    assert found.version == (10, 0, 17763)


def test_a_member_of_a_domain_names_it() -> None:
    found = challenge(FakeHost(name="PC-7", member_of=Domain("CORP", "corp.example")))
    assert found.target == "CORP"
    assert found.names() == {
        DOMAIN: "CORP", COMPUTER: "PC-7", DNS_DOMAIN: "corp.example", DNS_COMPUTER: "PC-7.corp.example"
    }  # fmt: skip
    assert found.flags & (TYPE_DOMAIN | TYPE_SERVER) == TYPE_DOMAIN


def test_the_time_is_the_machines() -> None:
    wrong = dt.datetime(2020, 2, 29, 1, 2, 3, tzinfo=dt.UTC)
    assert challenge(FakeHost(clock=wrong)).time() == wrong


def test_nothing_of_the_controller_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gethostname", "getfqdn"):
        monkeypatch.setattr(socket, name, lambda *_unused: "controller.home.example")
    raw = challenge(FakeHost()).raw.lower()
    assert "controller".encode("utf-16-le") not in raw
    assert "workstation".encode("utf-16-le") not in raw


def test_each_host_of_a_process_answers_for_itself() -> None:
    hosts = [FakeHost(name=f"PC-{n}", users=[Credential("u", "p")]) for n in range(40)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert [found.target for found in pool.map(challenge, hosts)] == [host.name for host in hosts]


def test_a_simulated_machine() -> None:
    account = Account("ansible", "secret", Role.ADMINISTRATOR, "S-1-5-21-1-2-3-1001", "CORP")
    machine = builder.build("PC-9", accounts=[account])
    machine.clock_offset = -dt.timedelta(days=2000)
    found = challenge(SimulatedHost(machine))
    assert found.names() == {DOMAIN: "CORP", COMPUTER: "PC-9", DNS_DOMAIN: "corp", DNS_COMPUTER: "PC-9.corp"}
    assert abs(found.time() - machine.now()) < dt.timedelta(days=1)
    machine.registry.set_text(TCPIP_KEY, "Domain", "ad.corp.example")
    assert challenge(SimulatedHost(machine)).names()[DNS_COMPUTER] == "PC-9.ad.corp.example"
