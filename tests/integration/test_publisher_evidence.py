"""windefend.maps.publisher_evidence through real ansible-playbook runs, the connection cut at every request too."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet, simulated_fleet
from ansible_collections.windefend.maps.winsim.machine.clean import dotnet
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.snapshot import difference

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
PATH = r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\Config\machine.config"
CLEAN = dotnet.machine_config("v4.0.30319")
ELEMENT = b'<runtime>\r\n    <generatePublisherEvidence enabled="false"/>\r\n  </runtime>'
EDITED = CLEAN.replace(b"<runtime />", ELEMENT)


def content(machine: Machine) -> bytes:
    return machine.files.read(PATH)


def backups(machine: Machine) -> list[bytes]:
    return [node.content or b"" for path, node in machine.files.nodes.items() if path.endswith(".bak")]


@pytest.mark.parametrize("locale", ["en", "ja", "ja_english_under_utf8"])
def test_both_frameworks_once(start_fleet: StartFleet, locale: str) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "locale": locale}]})
    machine = fleet.machines["pc"]
    dotnet.install(machine.files, "v2.0.50727")
    before = fleet.state("pc")
    foretold = fleet.module("publisher_evidence", "--check", "--diff").of("it")
    assert len(foretold["changed_files"]) == 4
    assert foretold["diff"]["after"]["items"][0]["enabled"] is False
    assert fleet.state("pc") == before

    done = fleet.module("publisher_evidence", "--diff").of("it")
    assert done["changed"]
    assert done["after"] == foretold["after"]
    assert content(machine) == EDITED
    assert len(done["backups"]) == 4
    assert sorted(backups(machine)) == sorted([CLEAN] * 2 + [dotnet.machine_config("v2.0.50727")] * 2)
    state = fleet.state("pc")
    again = fleet.module("publisher_evidence").of("it")
    assert not again["changed"]
    assert again["traffic"]["requests"] <= 6
    assert difference(state, fleet.state("pc")) == []


def test_marks_foreign_letters_and_a_last_line_without_end(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "locale": "ja"}]})
    machine = fleet.machines["pc"]
    text = '<configuration>\r\n  <!-- 日本語 & é 100% "x" ^ ! -->\r\n  <runtime />\r\n</configuration>'
    before = b"\xef\xbb\xbf" + text.encode()
    machine.files.write(PATH, before)
    fleet.module("publisher_evidence", frameworks=["v4.0.30319"], bits=[64])
    assert content(machine) == before.replace(b"<runtime />", ELEMENT)
    assert backups(machine) == [before]
    fleet.module("publisher_evidence", state="absent", frameworks=["v4.0.30319"], bits=[64])
    assert content(machine) == before.replace(b"<runtime />", b"<runtime>\r\n  </runtime>")


def test_what_cannot_travel_fails_with_its_reason(host: SimulatedFleet) -> None:
    host.machines["pc"].files.write(PATH, b"<configuration><a b='" + b"x" * 9000 + b"'/></configuration>\r\n")
    before = host.state("pc")
    run = host.module("publisher_evidence")
    assert run.kind("it") == "failed"
    assert "findstr supports at most 8190" in run.of("it")["msg"]
    assert not run.of("it")["changed"]
    assert difference(before, host.state("pc")) == []


def test_a_list_without_anything_is_refused_before_anything_is_sent(host: SimulatedFleet) -> None:
    for option in ("frameworks", "bits"):
        run = host.module("publisher_evidence", **{option: []})
        assert run.kind("it") == "failed"
        assert option in run.of("it")["msg"]
    assert host.module("publisher_evidence", bits=[16]).kind("it") == "failed"
    assert host.machines["pc"].log == []


LAST = 13
"""NTLM's two, Create, four lines of Command and Receive, one of them with Send, Delete."""


def test_cut_at_each_request(tmp_path: pathlib.Path) -> None:
    """In the middle of the file too: the original stays until the new one is whole, and no trace is left."""
    numbers = {
        f"cut{n}-{'after' if done else 'before'}": (n, done) for n in range(1, LAST + 1) for done in (False, True)
    }
    arguments: dict[str, Any] = {"frameworks": ["v4.0.30319"], "bits": [64]}
    with simulated_fleet({"hosts": [{"name": "plain"}, *({"name": name} for name in numbers)]}, tmp_path) as fleet:
        for name, (number, done) in numbers.items():
            fleet.server.cut_after(fleet.address(name), number, carried_out=done)
        first = fleet.module("publisher_evidence", **arguments)
        assert "Traceback" not in first.output
        assert first.of("it", "plain")["changed"]
        assert first.of("it", "plain")["traffic"]["requests"] == LAST - 1, "all requests but the farewell were cut once"
        seen = {name: content(machine) for name, machine in fleet.machines.items()}
        assert set(seen.values()) == {CLEAN, EDITED}, "the old file or the new one, never a part"
        written = {name for name, data in seen.items() if data == EDITED}
        for name in numbers:
            if first.kind("it", name) == "unreachable":
                assert name not in written or first.of("it", name)["changed"]
            else:
                assert name in written
                assert numbers[name][0] == LAST, "only the farewell was cut"
            assert all(data == CLEAN for data in backups(fleet.machines[name]))
        assert fleet.leftovers() == []

        second = fleet.module("publisher_evidence", **arguments)
        assert second.status == 0, second.output
        assert {content(machine) for machine in fleet.machines.values()} == {EDITED}
        assert {row["host"] for row in second.results if not row["result"]["changed"]} == written
        assert fleet.leftovers() == []
        assert fleet.unknown() == []
