"""The modules of a distribution point for lists of root certificates, through real ansible-playbook runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import Run, SimulatedFleet
from ansible_collections.windefend.maps.winsim.machine import neighbours, trust_lists
from ansible_collections.windefend.maps.winsim.machine.network import Barrier, Network
from ansible_collections.windefend.maps.winsim.snapshot import difference

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
ROOT = r"C:\ctl"
LISTS = rf"{ROOT}\lists"
TASK = r"\windefend.maps.ctl_sync"
CTLDL = "ctldl.windowsupdate.com:80"


@pytest.fixture
def server(start_fleet: StartFleet) -> SimulatedFleet:
    return start_fleet({"hosts": [{"name": "srv"}]})


def on(fleet: SimulatedFleet, module: str, *options: str, host: str = "srv", **arguments: Any) -> Run:
    return fleet.play([{"name": "it", f"windefend.maps.{module}": arguments}], *options, hosts=host)


def sha256(fleet: SimulatedFleet, path: str) -> str:
    return hashlib.sha256(fleet.machines["srv"].files.read(path)).hexdigest()


BOTH = {"hosts": [{"name": "srv"}, {"name": "srv-ja", "locale": "ja"}]}


def on_both(fleet: SimulatedFleet, module: str, *options: str, **arguments: Any) -> dict[str, Any]:
    """The result of an English host, once a Japanese one gave the same but for what the connection cost."""
    run = on(fleet, module, *options, host="all", **arguments)
    english, japanese = ({**run.of("it", host), "traffic": None} for host in ("srv", "srv-ja"))
    assert english == japanese
    return english


def test_a_folder_is_made_shared_kept_and_taken_back(start_fleet: StartFleet) -> None:
    fleet = start_fleet(BOTH)
    before = fleet.states()
    foretold = on_both(fleet, "ctl_folder", "--check", "--diff", path=ROOT, share="ctl")
    assert foretold["changed"]
    assert fleet.states() == before
    done = on_both(fleet, "ctl_folder", "--diff", path=ROOT, share="ctl")
    assert done["changed"]
    assert done["after"] == {
        "present": True,
        "protected": True,
        "readers": ["S-1-5-11"],
        "share": "ctl",
        "share_readers": ["S-1-1-0"],
    }
    assert done["after"] == foretold["after"]
    assert done["lists_path"] == LISTS
    for machine in fleet.machines.values():
        lists = machine.files.find(LISTS)
        assert lists is not None
        assert lists.access == {"S-1-5-32-544": "F", "S-1-5-18": "F", "S-1-5-11": "RX"}
    again = on_both(fleet, "ctl_folder", path=ROOT, share="ctl")
    assert not again["changed"]
    assert not again.get("warnings")

    kept = on_both(fleet, "ctl_folder", path=ROOT, share="ctl", state="absent")
    assert kept["changed"]
    assert [neighbours.share(machine, "ctl") for machine in fleet.machines.values()] == [None, None]
    assert any("remove_files" in warning for warning in kept["warnings"])
    assert on_both(fleet, "ctl_folder", path=ROOT, share="ctl", state="absent", remove_files=True)["changed"]
    assert not on_both(fleet, "ctl_folder", path=ROOT, share="ctl", state="absent", remove_files=True)["changed"]
    left = [line for name, state in fleet.states().items() for line in difference(before[name], state)]
    assert [line for line in left if "LanmanServer" not in line] == []


def test_a_broken_access_list_is_set_right(server: SimulatedFleet) -> None:
    on(server, "ctl_folder", path=ROOT)
    node = server.machines["srv"].files.find(LISTS)
    assert node is not None
    assert node.access is not None
    del node.access["S-1-5-11"]
    node.access["S-1-5-32-545"] = "M"
    done = on(server, "ctl_folder", path=ROOT).of("it")
    assert done["changed"]
    assert done["before"]["readers"] == ["S-1-5-32-545"]
    assert "S-1-5-11" in done["after"]["readers"]
    assert any("S-1-5-32-545" in warning and "can change" in warning for warning in done["warnings"])


def test_what_others_made_is_left_alone(server: SimulatedFleet) -> None:
    machine = server.machines["srv"]
    machine.files.make_directory(r"C:\data")
    machine.files.write(r"C:\data\payroll.xlsx", b"x")
    neighbours.add_share(machine, neighbours.Share("ctl", r"C:\data", (("S-1-1-0", "R"),)))
    before = server.state("srv")
    for arguments, text in (
        ({"path": r"C:\data"}, "payroll.xlsx"),
        ({"path": ROOT, "share": "CTL"}, r"shares C:\data"),
        ({"path": ROOT, "share": "ctl", "state": "absent"}, r"shares C:\data"),
        ({"path": r"C:\data", "state": "absent", "remove_files": True}, "payroll.xlsx"),
    ):
        run = on(server, "ctl_folder", **arguments)
        assert run.kind("it") == "failed"
        assert text in run.of("it")["msg"]
    assert server.state("srv") == before


def test_lists_are_brought_kept_and_dropped(server: SimulatedFleet) -> None:
    machine = server.machines["srv"]
    on(server, "ctl_folder", path=ROOT)
    before = server.state("srv")
    foretold = on(server, "ctl_sync", "--check", path=ROOT).of("it")
    assert foretold["changed"], "there is nothing yet"
    assert server.state("srv") == before

    first = on(server, "ctl_sync", "--diff", path=ROOT, keep=2).of("it")
    assert first["changed"]
    assert first["before"]["certificates"] == 0
    assert first["after"]["certificates"] == trust_lists.ROOTS
    hashes = {one["name"]: one["sha256"] for one in first["after"]["files"]}
    assert hashes["authrootstl.cab"] == sha256(server, rf"{LISTS}\authrootstl.cab")
    assert all(hashes.values())
    assert (first["dropped"], first["kept"]) == ([], [])
    again = on(server, "ctl_sync", path=ROOT, keep=2).of("it")
    assert not again["changed"]
    assert again["kept"] == [], "what did not change is not kept"
    assert not on(server, "ctl_sync", "--check", path=ROOT, keep=2).of("it")["changed"]

    editions = [first["after"]]
    for edition in (2, 3, 4):
        machine.network.trust_list_edition = edition
        done = on(server, "ctl_sync", path=ROOT, keep=2).of("it")
        assert done["changed"]
        assert done["before"] == editions[-1]
        editions.append(done["after"])
    assert done["kept"] == ["previous-1", "previous-2"]
    assert sha256(server, rf"{ROOT}\previous-1\authrootstl.cab") == editions[2]["files"][0]["sha256"]
    assert sha256(server, rf"{ROOT}\previous-2\authrootstl.cab") == editions[1]["files"][0]["sha256"]
    assert len(done["dropped"]) == 3, "roots that are no longer trusted stay until somebody says so"
    assert done["after"]["certificates"] == trust_lists.ROOTS + 3
    less = on(server, "ctl_sync", path=ROOT, keep=2, remove_dropped=True).of("it")
    assert less["changed"]
    assert less["after"]["certificates"] == trust_lists.ROOTS
    assert not on(server, "ctl_sync", path=ROOT, keep=2, remove_dropped=True).of("it")["changed"]


NO_INTERNET: dict[str, tuple[Callable[[Network], None], str, str]] = {
    "names": (
        lambda network: setattr(network, "resolves_external_names", False),
        "0x80072EE7",
        "cannot resolve internet names",
    ),
    "refused": (lambda network: network.direct.blocked.update({CTLDL: Barrier.REFUSE}), "0x80072EFD", "WinHTTP proxy"),
    "dropped": (
        lambda network: network.direct.blocked.update({CTLDL: Barrier.DROP}),
        "0x80072EE2",
        "drops the packets",
    ),
    "page": (lambda network: network.direct.blocked.update({CTLDL: Barrier.PAGE}), "0x8007000D", "a filter"),
}


def test_a_server_without_internet_says_so_and_keeps_its_lists(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": name, "locale": "ja"} for name in NO_INTERNET]})
    on(fleet, "ctl_folder", host="all", path=ROOT)
    good = on(fleet, "ctl_sync", host="all", path=ROOT)
    for name, (change, _code, _text) in NO_INTERNET.items():
        fleet.machines[name].network.trust_list_edition = 2
        change(fleet.machines[name].network)
    run = on(fleet, "ctl_sync", host="all", path=ROOT)
    for name, (_change, code, text) in NO_INTERNET.items():
        assert run.kind("it", name) == "failed"
        failed = run.of("it", name)
        assert failed["hresult"] == code
        assert code in failed["msg"]
        assert text in failed["msg"]
        assert not failed["changed"]
        assert failed["after"] == good.of("it", name)["after"]
        lists = trust_lists.published(1)
        assert fleet.machines[name].files.read(rf"{LISTS}\authrootstl.cab") == lists["authrootstl.cab"]


def test_what_is_missing_on_the_server_is_told(server: SimulatedFleet) -> None:
    missing = on(server, "ctl_sync", path=ROOT)
    assert missing.kind("it") == "failed"
    assert "ctl_folder first" in missing.of("it")["msg"]
    server.machines["srv"].registry.set_text(
        trust_lists.AUTO_UPDATE_KEY, "SyncFromDirUrl", "http://ctldl.windowsupdate.com/test"
    )
    on(server, "ctl_folder", path=ROOT)
    done = on(server, "ctl_sync", path=ROOT).of("it")
    assert done["source"] == "http://ctldl.windowsupdate.com/test"
    assert any("SyncFromDirUrl" in warning for warning in done["warnings"])


def test_the_task_of_the_day(start_fleet: StartFleet) -> None:
    fleet = start_fleet(BOTH)
    before = fleet.states()
    foretold = on_both(fleet, "ctl_task", "--check", "--diff", path=ROOT, start="02:15")
    assert foretold["changed"]
    assert fleet.states() == before
    done = on_both(fleet, "ctl_task", "--diff", path=ROOT, start="02:15")
    assert done["changed"]
    assert done["after"]["start"] == "02:15"
    assert done["after"]["run_as"] == "S-1-5-18"
    assert done["after"]["command"] == foretold["after"]["command"]
    assert done["after"]["last_result"] == 267011, "it has not run yet"
    assert "certutil -syncWithWU" in done["after"]["command"]
    assert not on_both(fleet, "ctl_task", path=ROOT, start="02:15")["changed"]
    assert on_both(fleet, "ctl_task", path=ROOT, start="02:30")["changed"]
    for machine in fleet.machines.values():
        machine.tasks[TASK].xml = machine.tasks[TASK].xml.replace("<Enabled>true</Enabled>", "<Enabled>false</Enabled>")
    mended = on_both(fleet, "ctl_task", path=ROOT, start="02:30")
    assert mended["changed"]
    assert mended["before"]["enabled"] is False
    assert on_both(fleet, "ctl_task", state="absent")["changed"]
    assert not on_both(fleet, "ctl_task", state="absent")["changed"]
    assert [line for name, state in fleet.states().items() for line in difference(before[name], state)] == []


def test_the_task_does_what_ctl_sync_does(server: SimulatedFleet) -> None:
    machine = server.machines["srv"]
    on(server, "ctl_folder", path=ROOT)
    on(server, "ctl_task", path=ROOT)
    assert machine.task_runner is not None
    assert machine.task_runner(machine, machine.tasks[TASK]) == 0
    assert not on(server, "ctl_sync", path=ROOT).of("it")["changed"], "the task has brought the lists"
    machine.network.direct.blocked[CTLDL] = Barrier.REFUSE
    machine.tasks[TASK].last_result = machine.task_runner(machine, machine.tasks[TASK])
    again = on(server, "ctl_task", path=ROOT).of("it")
    assert again["after"]["last_result"] == 0x80072EFD
    assert any("0x80072EFD" in warning for warning in again["warnings"])


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("ctl_folder", {"path": r"\\srv\ctl"}, "second hop"),
    ("ctl_folder", {"path": "ctl"}, "full path"),
    ("ctl_folder", {"path": r"C:\Windows\ctl"}, "dedicated folder"),
    ("ctl_folder", {"path": r"C:\a!b"}, "letters"),
    ("ctl_folder", {"path": ROOT, "share": "a b"}, "share"),
    ("ctl_folder", {"path": ROOT, "readers": ["Domain Computers"]}, "is not a SID"),
    ("ctl_folder", {"path": ROOT, "readers": []}, "no client could read"),
    ("ctl_folder", {"path": ROOT, "remove_files": True}, "state=absent"),
    ("ctl_folder", {}, "path"),
    ("ctl_sync", {"path": r"\\srv\ctl"}, "second hop"),
    ("ctl_sync", {"path": ROOT, "keep": 15}, "keep"),
    ("ctl_sync", {"path": ROOT, "timeout": 0}, "timeout"),
    ("ctl_task", {}, "path"),
    ("ctl_task", {"path": ROOT, "start": "3:30"}, "start"),
    ("ctl_task", {"path": ROOT, "start": "24:00"}, "start"),
    ("ctl_source_info", {"url": "https://srv/ctl"}, "url"),
    ("ctl_source_info", {"url": "http://srv/c!tl"}, "exclamation"),
    ("ctl_source_info", {"expected": {"x.cab": "0" * 64}}, "expected"),
    ("ctl_source_info", {"expected": {"authrootstl.cab": "12"}}, "SHA-256"),
    ("ctl_source_info", {"timeout": 301}, "timeout"),
]


def test_refused_before_anything_is_sent(server: SimulatedFleet) -> None:
    run = server.play(
        [
            {"name": str(number), f"windefend.maps.{module}": arguments, "ignore_errors": True}
            for number, (module, arguments, _text) in enumerate(REFUSED)
        ]
    )
    for number, (module, arguments, text) in enumerate(REFUSED):
        assert run.kind(str(number)) == "failed", (module, arguments)
        assert text in run.of(str(number))["msg"], (module, arguments)
    assert "Traceback" not in run.output
    assert server.machines["srv"].log == []
