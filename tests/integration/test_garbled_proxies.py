"""Hosts whose stored proxy is garbage: an assessment says so, and ends."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"
PROXIES = {
    "port": "ÿþ\x01garbage:99999".encode(),
    "bytes": b"\xff\xfe\x01garbage:99999",
    "long": b"a" * 5000 + b":80",
    "quotes": b'a"b\r\nc:80',
    "nul": b"a\0b:80",
}


def _blob(proxy: bytes) -> bytes:
    return struct.pack("<IIII", 0x28, 0, 3, len(proxy)) + proxy + struct.pack("<I", 0)


def test_an_assessment_of_garbled_proxies_ends(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": name, "scenario": "no_winhttp_proxy_72f8f"} for name in PROXIES]})
    for name, proxy in PROXIES.items():
        fleet.machines[name].registry.set(KEY, "WinHttpSettings", ValueType.BINARY, _blob(proxy))
    run = fleet.playbook(ROOT / "playbooks" / "assess.yml", variables={"assess_run_as": "system"})
    assert run.status == 0, run.output
    assert run.output.count("failed=0") == len(PROXIES)
    told = sum(
        run.output.count(text) for text in ("WinHTTP proxy does not answer", "a proxy is set but cannot be used")
    )
    assert told >= len(PROXIES) - 1, "one has bytes that no terminal shows"
