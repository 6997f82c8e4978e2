"""The article's "preferred 2", end to end: a server with internet, clients without, the lists between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.integration.test_remediate import remediate
from ansible_collections.windefend.maps.tests.support.fleet import ROOT as CHECKOUT, Run, SimulatedFleet
from ansible_collections.windefend.maps.winsim import physics, routing
from ansible_collections.windefend.maps.winsim.machine import neighbours
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.machine.trust_lists import AUTO_UPDATE_KEY, ROOT_KEY
from ansible_collections.windefend.maps.winsim.snapshot import difference

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
SHARE = r"file://\\srv.corp.example\ctl"
WEB = "http://srv.corp.example/ctl"
LISTS = r"C:\ctl\lists"
CLIENTS = ("pc", "pc-ja")


@pytest.fixture
def fleet(start_fleet: StartFleet) -> SimulatedFleet:
    """A server with internet, and two clients that do not know Microsoft's root and reach no Windows Update."""
    started = start_fleet({"hosts": [{"name": "srv"}, {"name": "pc"}, {"name": "pc-ja", "locale": "ja"}]})
    for name in CLIENTS:
        machine = started.machines[name]
        machine.registry.delete_key(ROOT_KEY)
        machine.network.direct.blocked["ctldl.windowsupdate.com:80"] = Barrier.DROP
    return started


def deploy(fleet: SimulatedFleet, *options: str, url: str = SHARE, **variables: Any) -> Run:
    return fleet.playbook(
        CHECKOUT / "playbooks" / "ctl_distribution_point.yml",
        *options,
        variables={
            "ctl_server": "srv",
            "ctl_clients": "all:!srv",
            "ctl_distribution_point_url": url,
            **{f"ctl_distribution_point_{name}": value for name, value in variables.items()},
        },
    )


def url_of(fleet: SimulatedFleet, name: str) -> str:
    return fleet.machines[name].registry.text(AUTO_UPDATE_KEY, "RootDirUrl")


def broken(fleet: SimulatedFleet, name: str) -> tuple[routing.Condition, ...]:
    return physics.validate(fleet.machines[name], SYSTEM).broken


def test_row_preferred_2_a_share_for_clients_without_internet(fleet: SimulatedFleet) -> None:
    """Both points of "preferred 2": a server with internet retrieves the CTL files, clients are redirected to it."""
    clean = fleet.states()
    foretold = deploy(fleet, "--check", "--diff")
    assert foretold.status == 0, foretold.output
    assert fleet.states() == clean
    assert foretold.of("Tell in check mode that it cannot", "pc")["msg"].startswith("pc: authrootstl.cab at file:")

    assert broken(fleet, "pc") == (routing.Condition.ROOT_UNKNOWN,)
    run = deploy(fleet)
    assert run.status == 0, run.output
    for name in CLIENTS:
        proof = run.of("Prove that the computer can read the lists", name)
        assert proof["readable"] is True
        assert [one["as_expected"] for one in proof["files"]] == [True, True]
        assert url_of(fleet, name) == SHARE
        assert broken(fleet, name) == (), "the root is fetched now"

    settled = fleet.states()
    again = deploy(fleet)
    assert again.status == 0, again.output
    assert {name: stats["changed"] for name, stats in again.stats.items()} == {"srv": 0, "pc": 0, "pc-ja": 0}
    assert [line for name, state in fleet.states().items() for line in difference(settled[name], state)] == []

    taken_back = fleet.playbook(CHECKOUT / "playbooks" / "rollback.yml", variables={"maps_hosts": "all:!srv"})
    assert taken_back.status == 0, taken_back.output
    for name in CLIENTS:
        assert difference(clean[name], fleet.state(name)) == []
    back = deploy(fleet, state="absent", remove_files=True)
    assert back.status == 0, back.output
    assert neighbours.share(fleet.machines["srv"], "ctl") is None
    for name in CLIENTS:
        assert difference(clean[name], fleet.state(name)) == []
    left = [line for line in difference(clean["srv"], fleet.state("srv")) if "LanmanServer" not in line]
    assert left == []


def test_row_preferred_2_a_web_server_in_the_place_of_a_share(fleet: SimulatedFleet) -> None:
    fleet.machines["srv"].network.virtual_directories["ctl"] = LISTS
    run = deploy(fleet, url=WEB, share="")
    assert run.status == 0, run.output
    proof = run.of("Prove that the computer can read the lists", "pc")
    assert [one["http_status"] for one in proof["files"]] == [200, 200]
    assert [one["as_expected"] for one in proof["files"]] == [True, True]
    assert broken(fleet, "pc") == ()
    assert neighbours.share(fleet.machines["srv"], "ctl") is None

    fleet.machines["srv"].files.remove(rf"{LISTS}\disallowedcertstl.cab")
    proof = fleet.module("ctl_source_info").of("it", "pc")
    assert (proof["url"], proof["url_source"]) == (WEB, "stored")
    assert proof["readable"] is False
    assert [one["http_status"] for one in proof["files"]] == [200, 404]
    assert "no such file" in proof["message"]


def test_without_internet_on_the_server_no_client_is_touched(fleet: SimulatedFleet) -> None:
    fleet.machines["srv"].network.resolves_external_names = False
    before = {name: fleet.state(name) for name in CLIENTS}
    run = deploy(fleet)
    assert run.status != 0
    assert "0x80072EE7" in run.of("Bring the lists from Windows Update", "srv")["msg"]
    assert r"\windefend.maps.ctl_sync" not in fleet.machines["srv"].tasks
    assert {name: fleet.state(name) for name in CLIENTS} == before


def hide_from_computers(fleet: SimulatedFleet) -> None:
    node = fleet.machines["srv"].files.find(LISTS)
    assert node is not None
    assert node.access is not None
    del node.access["S-1-5-11"]


def lose_a_list(fleet: SimulatedFleet) -> None:
    fleet.machines["srv"].files.remove(rf"{LISTS}\disallowedcertstl.cab")


def restrict_the_share(fleet: SimulatedFleet) -> None:
    neighbours.add_share(fleet.machines["srv"], neighbours.Share("ctl", LISTS, (("S-1-5-32-544", "F"),)))


def change_a_list(fleet: SimulatedFleet) -> None:
    fleet.machines["srv"].files.write(rf"{LISTS}\authrootstl.cab", b"MSCF another")


BREAKS: dict[str, tuple[Callable[[SimulatedFleet], None], str, str, str]] = {
    "hidden": (hide_from_computers, SHARE, "denied", "computer account is not allowed to read"),
    "restricted": (restrict_the_share, SHARE, "denied", "computer account is not allowed to read"),
    "missing": (lose_a_list, SHARE, "missing", "does not exist"),
    "no share": (lambda fleet: None, r"file://\\srv\lists", "no_share", "no share with that name"),
    "no server": (lambda fleet: None, r"file://\\nobody\ctl", "no_server", "no server with that name answers"),
    "no web server": (lambda fleet: None, WEB, "no_answer", "no connection was established"),
    "not found": (
        lambda fleet: fleet.machines["srv"].network.virtual_directories.update({"other": LISTS}),
        WEB,
        "missing",
        "no such file",
    ),
    "other": (change_a_list, SHARE, "", "differs from the file on the server"),
}


def test_what_a_client_cannot_read_it_is_not_pointed_at(start_fleet: StartFleet) -> None:
    """Every break in one run: each client has a server of its own."""
    hosts = [{"name": name} for number in range(len(BREAKS)) for name in (f"srv{number}", f"pc{number}")]
    fleet = start_fleet({"hosts": hosts})
    main = {"ansible.builtin.include_role": {"name": "windefend.maps.ctl_distribution_point"}}
    made = fleet.play([main], hosts="all:!~pc.*")
    assert made.status == 0, made.output
    made_lists = made.of("Bring the lists from Windows Update", "srv0")["after"]["files"]
    for number, (change, _url, _reason, _text) in enumerate(BREAKS.values()):
        change(SimulatedFleet(fleet.fleet, {"srv": fleet.machines[f"srv{number}"]}, fleet.server, fleet.folder))
        urls = {
            f"pc{number}": url.replace("srv", f"srv{number}")
            for number, (_c, url, _r, _t) in enumerate(BREAKS.values())
        }
    before = {name: fleet.state(name) for name in urls}
    role = {"name": "windefend.maps.ctl_distribution_point", "tasks_from": "clients"}
    expected = {
        one["name"]: one["sha256"] for one in made_lists if one["name"].endswith("stl.cab") and "pin" not in one["name"]
    }
    variables = {
        "ctl_distribution_point_url": "{{ urls[inventory_hostname] }}",
        "ctl_distribution_point_expected": expected,
        "urls": urls,
    }
    run = fleet.play([{"ansible.builtin.include_role": role, "vars": variables}], hosts="~pc.*")
    for number, (name, (_change, _url, reason, text)) in enumerate(BREAKS.items()):
        proof = run.of("Prove that the computer can read the lists", f"pc{number}")
        assert proof["readable"] is False, name
        assert reason in [one["reason"] for one in proof["files"]], name
        assert text in proof["message"], name
        told = run.of("Stop where it cannot", f"pc{number}")["msg"]
        assert told.startswith(f"pc{number}: ")
        assert "RootDirUrl is left as it is" in told
    assert {name: fleet.state(name) for name in urls} == before


def test_what_cannot_be_told_is_unknown(start_fleet: StartFleet) -> None:
    """Server 2016 has no curl.exe; a host without RootDirUrl asks Windows Update; a plain user makes no task."""
    fleet = start_fleet(
        {
            "hosts": [
                {"name": "old", "os": "windows_server_2016"},
                {"name": "plain"},
                {"name": "user", "scenario": "remote_user_with_shell"},
            ]
        }
    )
    for name in ("old", "user"):
        fleet.machines[name].registry.set_text(AUTO_UPDATE_KEY, "RootDirUrl", WEB)
    run = fleet.module("ctl_source_info")
    old, plain = run.of("it", "old"), run.of("it", "plain")
    assert old["readable"] is None
    assert {one["reason"] for one in old["files"]} == {"no_curl"}
    assert plain["readable"] is None
    assert (plain["url_source"], plain["files"]) == ("none", [])
    assert run.kind("it", "user") == "failed"
    assert "elevated" in run.of("it", "user")["msg"]
    fleet.machines["old"].log.clear()  # curl.exe is unknown there, as it should be


def test_a_remediation_takes_the_second_solution(fleet: SimulatedFleet) -> None:
    """The role remediate, where a source of root certificates is given and the root is missing."""
    assert deploy(fleet, "--limit", "srv").status == 0
    run, report = remediate(fleet, remediate_root_dir_url=SHARE, maps_hosts=",".join(CLIENTS))
    assert run.status == 0, run.output
    for name in CLIENTS:
        ended = report[name]
        assert ended["cause"] == "root_missing", ended
        assert ended["outcome"] == "repaired", ended
        last = ended["steps"][-1]
        assert (last["id"], last["helped"], last["taken_back"]) == ("root_update", True, False)
        assert url_of(fleet, name) == SHARE
    settled = fleet.states()
    _run, again = remediate(fleet, remediate_root_dir_url=SHARE, maps_hosts=",".join(CLIENTS))
    assert {again[name]["outcome"] for name in CLIENTS} == {"healthy"}
    assert fleet.states() == settled


def test_a_remediation_leaves_the_source_of_roots_alone_unless_told(fleet: SimulatedFleet) -> None:
    _run, report = remediate(fleet, maps_hosts=",".join(CLIENTS))
    assert {report[name]["outcome"] for name in CLIENTS} == {"not_repairable"}
    assert [url_of(fleet, name) for name in CLIENTS] == ["", ""]
