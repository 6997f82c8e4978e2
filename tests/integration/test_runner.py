"""A fleet in slices over ansible-runner's transmit, worker and process, by the very script of docs/large-fleets.md."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, RUN_LIMIT, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
BIN = pathlib.Path(sys.executable).parent
HOSTS = {
    "hosts": [
        {"name": "pc-1"},
        {"name": "pc-2", "scenario": "no_winhttp_proxy_72f8f"},
        {"name": "pc-3", "scenario": "local_block_rule"},
        {"name": "pc-4", "scenario": "unreachable"},
    ]
}
OUTCOMES = {"pc-1": "healthy", "pc-2": "repaired", "pc-3": "not_repairable", "pc-4": "unreachable"}


def script() -> str:
    page = (ROOT / "docs" / "large-fleets.md").read_text()
    found = re.findall(r"<!-- executed by tests/integration/test_runner.py -->\n```bash\n(.*?)```", page, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def run_script(text: str, folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Runs it in bash, with ansible's programs on the path and the terminal's callback as in everyday life."""
    environment = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_HOME": str(ROOT / "build" / "ansible"),
        "ANSIBLE_CALLBACKS_ENABLED": "windefend.maps.fleet_progress",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "WINDEFEND_MAPS_FLEET_PROGRESS_INTERVAL": "0",
        "TERM": "xterm",
        # Where the key of the journals lies: at the home of the runs of this test's fleet.
        "HOME": str(folder.parent / "home"),
    }
    (folder / "script.sh").write_text(text)
    return subprocess.run(
        ["bash", "script.sh"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """Where the script lies, as its page says."""
    path = tmp_path / "fleet"
    path.mkdir()
    (path / "variables.yml").write_text(yaml.safe_dump({"remediate_winhttp_proxy": "proxy.corp.example:3128"}))
    return path


def test_three_workers_and_one_report(start_fleet: StartFleet, folder: pathlib.Path) -> None:
    fleet = start_fleet(HOSTS)
    shutil.copy(fleet.inventory, folder)
    before = fleet.state("pc-2")
    done = run_script(script(), folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"slice \d: \w+", done.stdout) == ["slice 1: 0", "slice 2: 0", "slice 3: 0"]
    # Each host in one slice, three workers with something to do.
    slices = [path.read_text().split() for path in sorted(folder.glob("runs/*/project/slice.txt"))]
    assert sorted(host for hosts in slices for host in hosts) == list(OUTCOMES)
    assert [len(hosts) for hosts in slices] == [2, 1, 1]
    parts = [json.loads(path.read_text())["hosts"] for path in folder.glob("runs/*/artifacts/remediate/report.json")]
    assert sorted(len(part) for part in parts) == [1, 1, 2]
    # One report of all of them.
    whole = json.loads((folder / "report.json").read_text())
    assert {name: host["outcome"] for name, host in whole["hosts"].items()} == OUTCOMES
    assert (folder / "report.html").read_text().lower().startswith("<!doctype html>")
    tests = ElementTree.parse(folder / "report.xml").getroot()  # noqa: S314
    assert len(list(tests.iter("testcase"))) == len(OUTCOMES)
    # The terminal that ansible-runner gives to Ansible gets no status row, and its log no progress; the causes it does.
    logs = "".join(path.read_text() for path in folder.glob("runs/*/artifacts/remediate/stdout"))
    assert "\x1b7" not in logs
    assert "progress:" not in logs
    assert re.search(r"winhttp_proxy_missing +1 +1", logs)
    # The workers' files are gone; what they wrote down came back, and stands on the host too, by which it is undone.
    assert len(list(folder.glob("runs/*/artifacts/remediate/journal/*"))) == 1
    assert fleet.state("pc-2") != before
    (run,) = re.findall(r"^run: (\S+)", done.stdout, re.MULTILINE)
    taken_back = {"rollback_source": "host", "rollback_run": run, "maps_journal": str(folder / "none")}
    undone = fleet.playbook(ROOT / "playbooks" / "rollback.yml", "--limit", "pc-2", variables=taken_back)
    assert undone.status == 0, undone.output
    assert fleet.state("pc-2") == before


def test_a_slice_that_failed_and_a_worker_that_died_are_told_apart(
    start_fleet: StartFleet, folder: pathlib.Path
) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc-1", "scenario": "local_block_rule"}, {"name": "pc-2"}]})
    shutil.copy(fleet.inventory, folder)
    with (folder / "variables.yml").open("a") as file:
        file.write("remediate_fail_on: [not_repairable]\n")
    dying = 'worker() { if [ "$1" = 2 ]; then cat > /dev/null; else ansible-runner worker; fi; }'
    text = script().replace("worker() { ansible-runner worker; }", dying)
    assert dying in text
    done = run_script(text, folder)
    assert done.returncode == 1
    assert re.findall(r"slice \d: \w+", done.stdout) == ["slice 1: 2", "slice 2: none"]
    hosts = json.loads((folder / "report.json").read_text())["hosts"]
    assert {name: host["outcome"] for name, host in hosts.items()} == {"pc-1": "not_repairable"}


def test_the_numbers_of_a_report_are_artifacts_of_the_run(folder: pathlib.Path) -> None:
    report = {"schema": 1, "outcomes": {"unreachable": 1}, "causes": {}, "hosts": {}}
    unreachable = {"outcome": "unreachable", "cause": "unreachable", "reason": "gone", "before": {}, "steps": []}
    report["hosts"] = {"pc": {**unreachable, "after": {}, "changes": 0, "check_mode": False}}
    (folder / "source.json").write_text(json.dumps(report))
    data = folder / "run"
    for name, text in {
        "inventory/hosts.yml": "all: {hosts: {pc: {}}}\n",
        "env/extravars": json.dumps(
            {"report_sources": [str(folder / "source.json")], "report_csv": str(folder / "report.csv")}
        ),
    }.items():
        (data / name).parent.mkdir(parents=True)
        (data / name).write_text(text)
    (data / "project").mkdir()
    done = run_script("ansible-runner run run -p windefend.maps.report --ident report --quiet", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    events = [json.loads(path.read_text()) for path in (data / "artifacts" / "report" / "job_events").glob("*.json")]
    (last,) = [event for event in events if event["event"] == "playbook_on_stats"]
    assert last["event_data"]["artifact_data"]["maps_report_outcomes"] == {"unreachable": 1}
