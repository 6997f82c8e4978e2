"""windefend.maps.report as an inventory: real ansible-inventory and ansible-playbook, beside connection variables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support import report_fleet
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
JINJA = "{{ lookup('pipe', 'touch ' ~ marker) }}{% for x in y %}"
FINISHED = "2026-10-05T09:00:00Z"


def one(**more: Any) -> dict[str, Any]:
    return {"outcome": "not_repairable", "cause": "perimeter", "finished": FINISHED, **more}


def source(folder: Path, hosts: Any, name: str = "report", **options: Any) -> Path:
    """An inventory source beside its report."""
    report = folder / f"{name}.json"
    report.write_text(hosts if isinstance(hosts, str) else json.dumps({"schema": 2, "hosts": hosts}))
    path = folder / f"{name}.maps.yml"
    path.write_text(yaml.safe_dump({"plugin": "windefend.maps.report", "sources": [report.name], **options}))
    return path


def listed(*sources: Path, status: int = 0) -> tuple[dict[str, Any], str]:
    """What ansible-inventory lists, as data, and what it warns of."""
    command = [str(Path(sys.executable).parent / "ansible-inventory"), "--list"]
    command += [option for path in sources for option in ("-i", str(path))]
    surroundings = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_HOME": str(ROOT / "build" / "ansible"),
    }
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False, cwd=sources[0].parent)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout or "{}"), " ".join(done.stderr.split())


def plain(value: Any) -> Any:
    """A value of --list, whose texts are marked where they are no templates."""
    if isinstance(value, dict):
        return (
            value["__ansible_unsafe"] if set(value) == {"__ansible_unsafe"} else {k: plain(v) for k, v in value.items()}
        )
    return [plain(one) for one in value] if isinstance(value, list) else value


def unmarked(value: Any) -> list[str]:
    """The texts of a value that would be evaluated."""
    if isinstance(value, dict):
        return (
            [] if set(value) == {"__ansible_unsafe"} else [text for item in value.values() for text in unmarked(item)]
        )
    if isinstance(value, list):
        return [text for item in value for text in unmarked(item)]
    return [value] if isinstance(value, str) else []


def test_groups_and_findings_join_the_connections_of_another_inventory(tmp_path: Path) -> None:
    way = {"who": "the proxy team", "text": JINJA, "module": ""}
    report = source(
        tmp_path,
        {
            "pc": one(reason=JINJA, site=JINJA, cause="tls_inspection", next=[way], debt=[{"what": JINJA}]),
            "new.corp.example": one(outcome="repaired", finished="2026-10-06T09:00:00Z"),
        },
    )
    other = tmp_path / "inventory.yml"
    other.write_text(
        "all: {hosts: {pc: {ansible_host: 192.0.2.1, ansible_connection: winrm}}, vars: {ansible_port: 5986}}"
    )
    found, warnings = listed(other, report)
    assert warnings == ""
    hosts = found["_meta"]["hostvars"]
    assert {name: sorted(members["hosts"]) for name, members in found.items() if name.startswith("maps_")} == {
        "maps_report": ["new.corp.example", "pc"],
        "maps_outcome_not_repairable": ["pc"],
        "maps_outcome_repaired": ["new.corp.example"],
        "maps_cause_tls_inspection": ["pc"],
        "maps_needs_proxy_team": ["pc"],
        "maps_loosened": ["pc"],
        "maps_age_older": ["new.corp.example", "pc"],
    }
    pc = hosts["pc"]
    assert (pc["ansible_host"], pc["ansible_port"], pc["maps_finding"]["reachable"]) == ("192.0.2.1", 5986, None)
    ours = {name: value for name, value in pc.items() if name.startswith("maps_")}
    assert set(pc) - set(ours) == {"ansible_host", "ansible_connection", "ansible_port"}
    assert plain(pc["maps_finding"])["reason"] == plain(pc["maps_finding"])["next"][0]["text"] == JINJA
    assert unmarked(ours) == []
    assert plain(pc["maps_report_finished"]) == "2026-10-06T09:00:00Z"
    ages = [hosts[name]["maps_finding"]["age_hours"] for name in ("new.corp.example", "pc")]
    assert pc["maps_report_age_hours"] == ages[0]
    assert ages[1] == ages[0] + 24
    assert set(hosts["new.corp.example"]) == {"ansible_port", *ours}


@pytest.mark.parametrize("first", ["", '[servers.hosts.pc]\nansible_host = "192.0.2.1"\n'], ids=["alone", "after TOML"])
def test_no_text_of_a_report_is_a_template(first: str, tmp_path: Path) -> None:
    """ansible-core applies the trust in the first source that sets a variable to all sources; it trusts TOML."""
    report = source(tmp_path, {"pc": one(reason=JINJA, site=JINJA, debt=[{JINJA: [JINJA]}])})
    other = tmp_path / "inventory.toml"
    other.write_text(first)
    found, _warnings = listed(*([other] if first else []), report)
    pc = found["_meta"]["hostvars"]["pc"]
    ours = {name: value for name, value in pc.items() if name.startswith("maps_")}
    assert plain(ours["maps_finding"])["reason"] == JINJA
    assert unmarked(ours) == []


def test_a_report_cannot_name_patterns_groups_or_the_controller(tmp_path: Path) -> None:
    names = ["a,!b", "all", "localhost", "servers", "maps_report", "maps_cause_perimeter", "*", JINJA, "@x", "10.0.0.1"]
    report = source(tmp_path, {name: one() for name in names})
    other = tmp_path / "inventory.yml"
    other.write_text("servers: {hosts: {pc: {}}}")
    found, warnings = listed(other, report)
    assert found["maps_report"]["hosts"] == found["maps_cause_perimeter"]["hosts"] == ["10.0.0.1"]
    assert set(found["_meta"]["hostvars"]) == {"10.0.0.1"}
    assert "9 hosts of the report are left out because they have names that are patterns" in warnings
    assert found["servers"]["hosts"] == ["pc"]


def test_only_hosts_that_are_known_where_others_may_write_the_report(tmp_path: Path) -> None:
    report = source(tmp_path, {"pc": one(), "attacker.example": one()}, known_hosts_only=True)
    other = tmp_path / "inventory.yml"
    other.write_text("all: {hosts: {pc: {}}}")
    found, warnings = listed(other, report)
    assert found["maps_report"]["hosts"] == ["pc"]
    assert "1 hosts of the report are left out" in warnings
    assert "attacker.example" in warnings
    assert listed(report)[0]["_meta"]["hostvars"] == {}


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ({"pc": one(), "other": {"outcome": 1}}, "hosts.other.outcome is not a text"),
        ({"pc": one(steps="x")}, "hosts.pc.steps is not a list"),
        ("[]", "is not a report"),
        ('{"schema": 99, "hosts": {}}', "has the schema 99"),
        ("not JSON", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_what_is_no_report_adds_nothing_and_says_why(hosts: Any, said: str, tmp_path: Path) -> None:
    found, warnings = listed(source(tmp_path, hosts))
    assert said in warnings
    assert found["_meta"]["hostvars"] == {}
    assert [name for name in found if name.startswith("maps_")] == []


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    report = source(tmp_path, {"pc": one()})
    with (tmp_path / "report.json").open("r+b") as stream:
        stream.truncate(257 * 1024 * 1024)  # takes no room on the disk
    found, warnings = listed(report)
    assert "a report has at most 268435456" in warnings
    assert found["_meta"]["hostvars"] == {}


def test_a_hostile_report_becomes_an_inventory_of_plain_names(tmp_path: Path) -> None:
    report = source(tmp_path, json.dumps(report_fleet.hostile()))
    found, _warnings = listed(report)
    groups = {name for name in found if name.startswith("maps_")}
    assert all(name.replace("_", "").isalnum() and name.isascii() for name in groups)
    assert unmarked({name: value for each in found["_meta"]["hostvars"].values() for name, value in each.items()}) == []


def test_hosts_are_repaired_by_what_was_found_on_them(start_fleet: StartFleet, tmp_path: Path) -> None:
    """The look writes the report, the inventory plugin reads it, and --limit takes one of its groups."""
    fleet = start_fleet(
        {
            "hosts": [
                {"name": "fine"},
                {"name": "broken", "scenario": "no_winhttp_proxy_72f8f"},
                {"name": "inspected", "scenario": "tls_inspection"},
            ]
        }
    )
    look = fleet.playbook(ROOT / "playbooks" / "assess.yml", variables={"maps_report_path": "report.json"})
    assert look.status == 0, look.output
    path = tmp_path / "report.maps.yml"
    path.write_text(yaml.safe_dump({"plugin": "windefend.maps.report", "sources": ["report.json"]}))
    options = ("-i", str(path), "--limit", "maps_cause_winhttp_proxy_missing")
    before = fleet.states()
    run = fleet.playbook(
        ROOT / "playbooks" / "remediate.yml", *options, variables={"remediate_winhttp_proxy": "proxy.corp.example:3128"}
    )
    assert run.status == 0, run.output
    after = fleet.states()
    assert {name for name in after if after[name] != before[name]} == {"broken"}, run.output


def test_a_template_in_a_finding_stays_a_text(host: SimulatedFleet, tmp_path: Path) -> None:
    report = source(tmp_path, {"pc": one(reason=JINJA, site=JINJA)})
    marker = tmp_path / "marker"
    tasks = [
        {"name": "it", "ansible.builtin.debug": {"msg": "{{ maps_finding.reason }}"}},
        {"name": "again", "ansible.builtin.set_fact": {"copied": "{{ maps_finding }}"}},
        {"name": "copied", "ansible.builtin.debug": {"msg": "{{ copied.site }}"}},
    ]
    run = host.play(tasks, "-i", str(report), vars={"marker": str(marker)})
    assert (run.of("it")["msg"], run.of("copied")["msg"]) == (JINJA, JINJA)
    assert not marker.exists()
