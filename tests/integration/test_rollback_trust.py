"""Undo obeys only what this collection wrote: forged journals, keys, loosening, through real ansible-playbook runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.windefend.maps.tests.integration.test_remediate import remediate
from ansible_collections.windefend.maps.tests.support import forged
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, Run, SimulatedFleet
from ansible_collections.windefend.maps.tests.support.remediation import changed, state

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
OWN = r"HKLM\SOFTWARE\windefend.maps"
PROXY = "proxy.corp.example:3128"
KEY = "0123456789abcdef" * 4
VARIABLE = "WINDEFEND_MAPS_JOURNAL_KEY"
TAKE_BACK = "Take back what the run changed"


def rollback(fleet: SimulatedFleet, *options: str, **variables: Any) -> Run:
    return fleet.playbook(ROOT / "playbooks" / "rollback.yml", *options, variables=variables)


def guid(fleet: SimulatedFleet, name: str) -> str:
    return str(fleet.machines[name].registry.data(r"HKLM\SOFTWARE\Microsoft\Cryptography", "MachineGuid"))


def ssl(fleet: SimulatedFleet, name: str = "pc") -> Any:
    return fleet.machines[name].registry.data(SPYNET, "SSLOptions")


def lay_in_file(fleet: SimulatedFleet, name: str, *undo: Mapping[str, Any], schema: int = 2) -> None:
    folder = fleet.folder / "journal"
    folder.mkdir(mode=0o700, exist_ok=True)
    data = forged.record(undo, guid(fleet, name), schema)
    (folder / f"{fleet.address(name)}.jsonl").write_text(forged.line(data))


def lay_on_host(fleet: SimulatedFleet, name: str, *undo: Mapping[str, Any], schema: int = 2) -> None:
    for value, text in forged.host_values(forged.record(undo, guid(fleet, name), schema)).items():
        fleet.machines[name].registry.set_text(OWN, value, text)


def test_a_forged_journal_writes_nothing(start_fleet: StartFleet) -> None:
    """As the attack did it: with schema 1, which an earlier version obeyed, and with the one of now."""
    names = ["file-1", "file-2", "host-1", "host-2"]
    fleet = start_fleet({"hosts": [{"name": name} for name in [*names, "loosened"]]})
    for name in names:
        lay = lay_in_file if name.startswith("file") else lay_on_host
        lay(fleet, name, *forged.ATTACK, schema=int(name[-1]))
    fleet.machines["loosened"].registry.set_dword(SPYNET, "SSLOptions", 0)
    stronger = forged.value(SPYNET, "SSLOptions", 3, "REG_DWORD", forged.made(0))
    lay_on_host(fleet, "loosened", stronger)
    before = {name: state(machine) for name, machine in fleet.machines.items()}

    run = rollback(fleet)
    assert run.status == 2
    for name, machine in fleet.machines.items():
        result = run.of(TAKE_BACK, name)
        assert "Nothing was changed" in result["msg"] or "nothing was changed" in result["msg"]
        assert not result["changed"]
        assert changed(before[name], machine) == []
    assert "ImagePath" in run.of(TAKE_BACK, "file-1")["msg"], "what is damaged is named"
    (unverified,) = run.of(TAKE_BACK, "loosened")["unverified"]
    assert (unverified["what"], unverified["taken_back"]) == (rf"{SPYNET}\SSLOptions", False)

    consent = {"rollback_allow_unverified": True, "rollback_skip_damaged": True}
    foretold = rollback(fleet, "--check", "--limit", "loosened", **consent)
    assert foretold.of(TAKE_BACK, "loosened")["unverified"][0]["taken_back"]
    assert ssl(fleet, "loosened") == 0
    run = rollback(fleet, **consent)
    for name in names:
        left = [line for line in changed(before[name], fleet.machines[name]) if "windefend.maps" not in line]
        assert left == [], name
    assert ssl(fleet, "loosened") == 3
    # A warning would be printed with the result, which comes after the write.
    assert re.search(r"(?m)^loosened: not verified: run monday", run.output)


def test_a_rollback_that_loosens(host: SimulatedFleet) -> None:
    host.machines["pc"].registry.set_dword(SPYNET, "SSLOptions", 0)
    journal = {"journal": str(host.folder / "journal")}
    run = host.play(
        [
            {"windefend.maps.spynet": {"ssl_options": 3, **journal, "journal_run": "tight"}},
            {"name": "refused", "windefend.maps.rollback": journal, "ignore_errors": True},
            {"name": "before", "windefend.maps.spynet": {"ssl_options": 3}},
            {"name": "done", "windefend.maps.rollback": {**journal, "allow_loosening": True}},
            {"name": "memory", "windefend.maps.remediation_history": {}},
        ]
    )
    assert run.status == 0, run.output
    refused = run.of("refused")
    assert "undoing this would make" in refused["msg"]
    assert refused["loosens"] == ["revocation_check", "certificate_pinning"]
    assert not refused["changed"]
    assert not run.of("before")["changed"], "it was still 3"
    assert any("turns off the revocation check and certificate pinning" in one for one in run.of("done")["warnings"])
    (debt,) = run.of("memory")["debt"]
    assert (debt["before"], debt["value"], debt["run"]) == (3, 0, "tight")


def test_the_key_comes_from_outside(host: SimulatedFleet) -> None:
    """An execution environment forgets its files: the variable proves the copy on the host, and shows nowhere."""
    folder = host.folder / "journal"
    before = state(host.machines["pc"])
    host.environment[VARIABLE] = KEY
    run = host.module("winhttp_proxy", "-vvvv", proxy=PROXY, journal=str(folder))
    assert run.status == 0, run.output
    assert KEY not in run.output
    assert not (host.folder / "home" / ".windefend.maps" / "journal.key").exists()
    host.environment[VARIABLE] = "f" * 64
    tasks: list[dict[str, Any]] = [
        {"name": "other key", "windefend.maps.rollback": {"source": "host"}, "ignore_errors": True},
        {"name": "short", "windefend.maps.rollback": {"journal_key": "hunter2"}, "ignore_errors": True},
    ]
    folder.chmod(0o770)
    shared = {"ssl_options": 2, "journal": str(folder)}
    tasks += [
        {"name": "right key", "windefend.maps.rollback": {"source": "host", "journal_key": KEY}},
        {"name": "group", "windefend.maps.spynet": shared, "environment": {}, "check_mode": True},
    ]
    run = host.play(tasks)
    assert "cannot be verified" in run.of("other key")["msg"]
    assert "journal_key: a key has 32" in run.of("short")["msg"]
    assert run.of("right key")["changed"]
    assert changed(before, host.machines["pc"]) == []


def test_a_folder_that_the_group_may_write_needs_a_key_from_outside(host: SimulatedFleet) -> None:
    folder = host.folder / "journal"
    folder.mkdir(mode=0o700)
    folder.chmod(0o770)
    before = state(host.machines["pc"])
    shared = {"ssl_options": 2, "journal": str(folder)}
    run = host.play(
        [
            {"name": "refused", "windefend.maps.spynet": shared, "ignore_errors": True},
            {"name": "accepted", "windefend.maps.spynet": {**shared, "journal_key": KEY}},
            {"windefend.maps.rollback": {"journal": str(folder), "journal_key": KEY}},
        ]
    )
    assert run.status == 0, run.output
    assert f"{folder} has mode 0770" in run.of("refused")["msg"]
    assert "chmod g-w" in run.of("refused")["msg"]
    assert run.of("accepted")["changed"]
    assert changed(before, host.machines["pc"]) == []


def test_no_variable_loosens_more_than_the_consent(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "crl_blocked", "variables": {}}]})
    names = {"spynet_ssl_options": 0, "spynet_state": "present", "spynet_certificate_pinning": False}
    _run, report = remediate(fleet, remediate_ssl_options_workaround="no_revocation", **names)
    assert ssl(fleet) == 2
    assert report["pc"]["outcome"] == "repaired"


def test_a_loosening_that_nothing_proves_is_taken_back_and_never_renewed(start_fleet: StartFleet) -> None:
    """Without curl nobody knows whether the lists come, so the way back is tried; with a proof it would be undone."""
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "crl_blocked", "variables": {}}]})
    fleet.machines["pc"].registry.set_dword(SPYNET, "SSLOptions", 2)
    lay_on_host(fleet, "pc", forged.value(SPYNET, "SSLOptions", 3, "REG_DWORD", forged.made(2)))
    fleet.machines["pc"].files.remove(r"C:\Windows\System32\curl.exe")
    _run, report = remediate(fleet)
    assert ssl(fleet) == 3
    (step,) = report["pc"]["steps"]
    assert (step["id"], step["changed"], step["taken_back"]) == ("tighten", True, False)
    assert "cannot be verified" in report["pc"]["reason"]
    fleet.machines["pc"].log.clear()  # winsim notes the missing curl
