"""windefend.maps.report, the role and the playbook through real ansible-playbook runs."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible_collections.windefend.maps.tests.support import report_fleet
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
FORMATS = ("html", "json", "csv", "markdown", "junit")
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A report file of forty hosts."""
    path = tmp_path / "run.json"
    path.write_text(json.dumps(report_fleet.generated(40)), encoding="utf-8")
    return path


def asked(folder: Path, **more: Any) -> dict[str, Any]:
    return {**{form: str(folder / f"report.{form}") for form in FORMATS}, **more}


def test_every_format_is_written_once_and_asks_no_host(host: SimulatedFleet, source: Path, tmp_path: Path) -> None:
    task = asked(tmp_path, sources=[str(source)])
    first = host.module("report", **task).of("it")
    again = host.module("report", "--diff", **task).of("it")
    assert (first["changed"], again["changed"]) == (True, False)
    assert "diff" not in again
    assert [(one["format"], one["changed"]) for one in first["files"]] == [(form, True) for form in FORMATS]
    assert first["numbers"]["hosts"] == 40
    assert first["summary"].startswith("MAPS is reachable from ")
    for form in FORMATS:
        path = tmp_path / f"report.{form}"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, form
        assert path.read_text(encoding="utf-8").endswith("\n")
    jsonschema.validate(json.loads((tmp_path / "report.json").read_text(encoding="utf-8")), SCHEMA)
    assert host.machines["pc"].log == []


def test_check_mode_and_diff_foretell_and_write_nothing(host: SimulatedFleet, source: Path, tmp_path: Path) -> None:
    task = asked(tmp_path, sources=[str(source)])
    foretold = host.module("report", "--check", "--diff", **task).of("it")
    assert foretold["changed"]
    assert list(tmp_path.glob("report.*")) == []
    page, _data, table, *_rest = foretold["diff"]
    assert page["prepared"].startswith(f"{tmp_path}/report.html: 0 bytes before, ")
    assert table["after"].count("\n") == 41
    assert host.module("report", **task).of("it")["changed"]
    (tmp_path / "report.csv").write_text("old\n")
    one = host.module("report", "--check", "--diff", **task).of("it")
    assert [each["format"] for each in one["files"] if each["changed"]] == ["csv"]
    assert one["diff"]["before"] == "old\n"


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"sources": ["{run}"]}, "one of the following is required: dest, html, json, csv, markdown, junit"),
    ({"html": "{here}/x"}, "one of the following is required: sources, report, results"),
    ({"html": "{here}/x", "sources": ["{run}"], "report": {}}, "mutually exclusive: sources|report|results"),
    ({"html": "{here}/x", "results": {"pc": 1}}, "results must be results of maps_connection_info"),
    ({"dest": ["{here}/x.txt"], "sources": ["{run}"]}, "{here}/x.txt: the ending of a report's name decides"),
    ({"dest": ["{here}/x.md", "{here}/x.md"], "sources": ["{run}"]}, "dest: each file needs a separate path"),
    ({"dest": ["{here}/no/x.md"], "sources": ["{run}"]}, "dest: the directory {here}/no does not exist"),
    ({"html": "{here}/x", "sources": ["{run}"], "goal": 101}, "goal must be 0 to 100 percent"),
    ({"html": "x.html", "sources": ["{run}"]}, "html: x.html is not an absolute path"),
    ({"csv": "{here}", "sources": ["{run}"]}, "csv: {here} is a directory"),
    ({"junit": "{here}/no/x", "sources": ["{run}"]}, "junit: the directory {here}/no does not exist"),
    ({"html": "{here}/x", "json": "{here}/x", "sources": ["{run}"]}, "each file needs a separate path"),
    ({"html": "{here}/x", "sources": ["{here}/none"]}, "sources: there is no file {here}/none"),
    ({"html": "{here}/x", "sources": ["run.json"]}, "sources: run.json is not an absolute path"),
    ({"html": "{here}/x", "sources": ["{here}/text"]}, "sources: {here}/text is not JSON"),
    (
        {"html": "{here}/x", "sources": ["{here}/newer"]},
        "sources: {here}/newer has the schema 3; this version reads 1 and 2",
    ),
    ({"html": "{here}/x", "report": {"schema": 1, "hosts": {"pc": 1}}}, "report: hosts.pc is not a mapping"),
    (
        {"html": "{here}/x", "sources": ["{run}"], "site_groups": ["mars"]},
        "site_groups: the inventory has no group mars",
    ),
)


def test_wrong_input_is_refused_by_its_option_and_nothing_is_written(
    host: SimulatedFleet, source: Path, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("no: json")
    (tmp_path / "newer").write_text('{"schema": 3, "hosts": {}}')

    def filled(value: Any) -> Any:
        return json.loads(json.dumps(value).replace("{run}", str(source)).replace("{here}", str(tmp_path)))

    tasks = [
        {"name": str(number), "windefend.maps.report": filled(task), "ignore_errors": True}
        for number, (task, _said) in enumerate(WRONG)
    ]
    run = host.play(tasks)
    for number, (_task, said) in enumerate(WRONG):
        assert run.kind(str(number)) == "failed", run.output
        assert filled(said) in run.of(str(number))["msg"]
    assert not (tmp_path / "x").exists()


def test_a_vaulted_source_is_read(host: SimulatedFleet, source: Path, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse")
    vault = str(Path(sys.executable).parent / "ansible-vault")
    subprocess.run(
        [vault, "encrypt", "--vault-password-file", str(password), str(source)], check=True, capture_output=True
    )
    assert source.read_text().startswith("$ANSIBLE_VAULT")
    task = {"sources": [str(source)], "json": str(tmp_path / "x")}
    assert "sources: " in host.module("report", **task).of("it")["msg"]
    assert host.module("report", "--vault-password-file", str(password), **task).of("it")["numbers"]["hosts"] == 40


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a link to another user")
def test_a_link_of_another_user_is_not_followed(host: SimulatedFleet, source: Path, tmp_path: Path) -> None:
    """By the module, by the role, and by the playbooks that write what they found."""
    victim, shared = tmp_path / "victim", tmp_path / "shared"
    victim.write_text("precious")
    shared.mkdir()
    shared.chmod(0o1777)
    link = shared / "report.json"
    link.symlink_to(victim)
    os.chown(link, 65534, 65534, follow_symlinks=False)
    refused = host.module("report", sources=[str(source)], json=str(link)).of("it")
    assert f"json: {link} is a symbolic link of the user 65534 in {shared}" in refused["msg"]
    by_role = host.playbook(
        ROOT / "playbooks" / "report.yml",
        variables={"report_sources": [source.name], "maps_report_path": "shared/report.json"},
    )
    written = {"maps_report_path": "shared/report.json"}
    by_playbooks = [
        host.playbook(ROOT / "playbooks" / f"{name}.yml", variables=written)
        for name in ("remediate", "assess", "sweep")
    ]
    for run in (by_role, *by_playbooks):
        assert run.status != 0, run.output
        assert "is a symbolic link of the user 65534" in run.output
    assert victim.read_text() == "precious"
    assert link.is_symlink()


def test_become_is_refused(host: SimulatedFleet, source: Path, tmp_path: Path) -> None:
    task = {"sources": [str(source)], "html": str(tmp_path / "x")}
    refused = host.play([{"name": "it", "windefend.maps.report": task, "become": True}])
    assert "does not support become" in refused.of("it")["msg"]
    assert not (tmp_path / "x").exists()


FLEET = {
    "hosts": [
        {"name": "fine"},
        {"name": "broken", "scenario": "no_winhttp_proxy_72f8f"},
        {"name": "gone", "scenario": "unreachable"},
    ]
}


LOOKED = {"fine": ("healthy", True), "broken": ("open", False), "gone": ("unreachable", None)}


@pytest.mark.parametrize(("name", "by_sweep"), [("assess", True), ("assess", False), ("sweep", True)])
def test_a_look_writes_a_report_that_report_reads(
    start_fleet: StartFleet, tmp_path: Path, name: str, by_sweep: bool
) -> None:
    """All formats by their endings, with the run, the hosts that it left out, and no step and no change anywhere."""
    fleet = start_fleet(FLEET)
    inventory = yaml.safe_load(fleet.inventory.read_text(encoding="utf-8"))
    inventory["laptops"] = {"hosts": {"nb-1": {}, "nb-2": {}}}
    fleet.inventory.write_text(yaml.safe_dump(inventory), encoding="utf-8")
    names = [f"look.{ending}" for ending in ("html", "json", "csv", "md", "xml")]
    run = fleet.playbook(
        ROOT / "playbooks" / f"{name}.yml",
        "--limit",
        "!laptops",
        variables={
            "maps_report_path": [names[0], *names[1:]] if by_sweep else ",".join(names),
            "maps_use_sweep": by_sweep,
            "maps_run": "friday",
            "report_goal": 30,
        },
    )
    assert run.status == 0, run.output
    assert f"Report: {','.join(names)}" in run.output.replace(", ", ",")
    data = json.loads((tmp_path / "look.json").read_text(encoding="utf-8"))
    jsonschema.validate(data, SCHEMA)
    assert {host: (one["outcome"], one["after"].get("connected")) for host, one in data["hosts"].items()} == LOOKED
    assert all(one["kind"] == "assess" and not one["steps"] and not one["changes"] for one in data["hosts"].values())
    assert [(one["name"], one["kind"], one["undo"]) for one in data["runs"]] == [("friday", "assess", "")]
    assert data["excluded"] == ["nb-1", "nb-2"]
    assert data["numbers"]["goal"] == {
        "percent": 30.0, "in_scope": 3, "not_in_scope": 2, "excluded": 2, "reached_percent": 33.3, "met": True,
    }  # fmt: skip
    assert all((tmp_path / one).stat().st_size > 0 for one in names)
    assert re.search(r"changed=[1-9]", run.output) is None, "a report of a look is no change"

    again = fleet.playbook(
        ROOT / "playbooks" / "report.yml",
        variables={"report_sources": "look.json", "maps_report_path": "again.json", "report_goal": 30},
    )
    assert again.status == 0, again.output
    assert json.loads((tmp_path / "again.json").read_text(encoding="utf-8")) == data


def test_the_old_variables_still_work_and_warn(
    host: SimulatedFleet, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_DEPRECATION_WARNINGS", "1")  # which the demo's settings turn off
    run = host.playbook(
        ROOT / "playbooks" / "report.yml", variables={"report_sources": source.name, "report_csv": "old.csv"}
    )
    assert run.status == 0, run.output
    assert "report_csv is deprecated; use maps_report_path" in " ".join(run.output.split())
    assert (tmp_path / "old.csv").exists()


def test_from_the_run_itself_with_sites_and_numbers_for_a_workflow(
    start_fleet: StartFleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = start_fleet(FLEET)
    monkeypatch.setenv("ANSIBLE_SHOW_CUSTOM_STATS", "1")
    inventory = yaml.safe_load(fleet.inventory.read_text(encoding="utf-8"))
    inventory["berlin"] = {"hosts": {"fine": {}, "broken": {}}}
    inventory["place_leeds"] = {"hosts": {"gone": {}, "fine": {}}}
    inventory["everything"] = {"hosts": {"fine": {}, "broken": {}, "gone": {"location": "kyoto"}}}
    fleet.inventory.write_text(yaml.safe_dump(inventory), encoding="utf-8")
    both = tmp_path / "both.yml"
    names = ("remediate", "report")
    plays = [{"import_playbook": str(ROOT / "playbooks" / f"{name}.yml")} for name in names]
    both.write_text(yaml.safe_dump([{"name": f"Play {number}", **play} for number, play in enumerate(plays)]))
    variables = {
        "remediate_winhttp_proxy": "proxy.corp.example:3128",
        "maps_report_path": "page.html,data.json",
        "report_site_variable": "location",
        "report_site_groups": ["berlin", "everything"],
    }
    run = fleet.playbook(both, variables=variables)
    assert run.status == 0, run.output
    data = json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))
    jsonschema.validate(data, SCHEMA)
    assert {name: (host["outcome"], host["site"]) for name, host in data["hosts"].items()} == {
        "fine": ("healthy", "berlin"),
        "broken": ("repaired", "berlin"),
        "gone": ("unreachable", "kyoto"),
    }
    assert "MAPS is reachable from 2 of 3 hosts in scope (66.6%). Before the run: 1." in run.output
    assert "maps_report_numbers" in run.output.split("CUSTOM STATS")[1]
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")

    # The same from the file that the run left, with other sites.
    again = fleet.playbook(
        ROOT / "playbooks" / "report.yml",
        "--limit",
        "fine",
        variables={
            "report_sources": "data.json",
            "maps_report_path": "again.json",
            "report_site_groups": ["berlin"],
            "report_site_group_prefix": "place_",
        },
    )
    assert again.status == 0, again.output
    hosts = json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))["hosts"]
    assert {name: host["site"] for name, host in hosts.items()} == {
        "fine": "berlin",
        "broken": "berlin",
        "gone": "leeds",
    }
