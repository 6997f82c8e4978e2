"""The benchmark on its smallest scale: what it compares sends what it should, and nothing stays behind."""

from __future__ import annotations

import json
import os
import pathlib
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from ansible_collections.windefend.maps.tests.benchmark import field, meter, parts, plays
from ansible_collections.windefend.maps.tests.benchmark.runs import Bench, Run

HOSTS = 3
HANDSHAKE = 1
"""Requests of NTLM that pywinrm needs more than the lean transport."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    document = field.fleet(HOSTS, overrides={"powershell": plays.ANSWERS})
    with field.serving(document, folder / "hosts", lifetime=600) as hosts:
        yield Bench(hosts, folder / "runs", limit=120)
        parts.checked(hosts)


def check_cost(run: Run) -> None:
    assert run.hosts == HOSTS
    assert run.cpu > 0
    assert 0 < run.peak_process < 1000
    assert run.connections == HOSTS


def test_the_floor_sends_what_the_sweep_sends(bench: Bench) -> None:
    sweep, floor = bench.sweep(HOSTS, 2), bench.floor(HOSTS, 2)
    check_cost(sweep)
    check_cost(floor)
    assert floor.requests == sweep.requests
    assert floor.bytes == pytest.approx(sweep.bytes, rel=0.03), "they differ in HTTP's headers alone"
    assert floor.cpu < sweep.cpu


@pytest.mark.parametrize("name", parts.TASKS)
def test_the_cheapest_action_sends_what_the_task_sends(bench: Bench, name: str) -> None:
    task, bare = (run(name, parts.TASKS[name], HOSTS, 2) for run in (bench.task, bench.bare))
    check_cost(task)
    check_cost(bare)
    assert bare.requests == task.requests
    assert bare.bytes == pytest.approx(task.bytes, rel=0.03)


def test_the_modules_of_others_are_answered(bench: Bench) -> None:
    """Each with Command, Send, Receive and Signal in a shell of its own."""
    assert bench.peers(1, 1).requests >= 8 * 4
    for _, task in plays.PAIRS.values():
        assert bench.task("peer", task, 1, 1).bytes > 100_000


def test_it_goes_together_with_what_is_far_away_and_slow(tmp_path: pathlib.Path) -> None:
    runs: list[Run] = []
    plan = parts.Plan(delays=(0.001,), delayed=2, host_by_host=1, peers=1, slow_seconds=0.1)
    parts.far_away(tmp_path, plan, runs.append)
    assert [run.what for run in runs] == ["sweep", "sweep", "host_by_host", "peers"]
    assert all(run.conditions == {"round_trip_seconds": 0.001, "slow": 1} for run in runs)


def test_the_report_and_the_remediation_are_measured(tmp_path: pathlib.Path) -> None:
    plan = parts.Plan(rounds=1, remediated=2, reported=20)
    found = parts.report(tmp_path / "report", plan)
    assert (found["hosts"], len(found["runs"])) == (20, 1)
    assert found["megabytes"] > 0
    runs: list[Run] = []
    parts.remediation(tmp_path / "remediation", plan, runs.append)
    first, again = runs
    assert first.requests > again.requests, "the second finds nothing to repair"


def test_a_run_that_hangs_is_ended_with_all_below_it(tmp_path: pathlib.Path) -> None:
    note = tmp_path / "process"
    own_session = "if not os.fork(): os.setsid()"
    noted = f"pathlib.Path({str(note)!r} + str(os.getpid())).touch()"
    script = f"import os, time, pathlib\n{own_session}\n{noted}\ntime.sleep(60)"
    with pytest.raises(meter.RunFailed, match="not done after"):
        meter.measure([sys.executable, "-c", script], limit=1.0, log=tmp_path / "log")
    processes = [int(path.name.removeprefix("process")) for path in tmp_path.glob("process*")]
    assert len(processes) == 2
    for process in processes:
        state = pathlib.Path(f"/proc/{process}/stat")
        assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_what_fails_is_no_measurement(tmp_path: pathlib.Path) -> None:
    with pytest.raises(meter.RunFailed, match="status 3"):
        meter.measure([sys.executable, "-c", "raise SystemExit(3)"], limit=30, log=tmp_path / "log")


def test_processor_time_is_that_of_the_whole_tree(tmp_path: pathlib.Path) -> None:
    busy = "import time\nwhile time.process_time() < 0.5: pass"
    tree = f"import subprocess, sys\nfor _ in range(2): subprocess.run([sys.executable, '-c', {busy!r}], check=True)"
    assert meter.measure([sys.executable, "-c", tree], limit=60, log=tmp_path / "log").cpu >= 1.0


def test_the_whole_program_on_three_hosts(tmp_path: pathlib.Path) -> None:
    command = [
        *(sys.executable, "-m", "ansible_collections.windefend.maps.tests.benchmark"),
        *("--hosts", "3", "--rounds", "1", "--parts", "ratios", "--output", str(tmp_path / "bench")),
    ]
    environment = {**os.environ, "PYTHONPATH": path()}
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "bench" / "results.json").read_text())
    assert set(found["ratios"]) == {
        "assess_peer_over_sweep_cpu",
        "assess_peer_over_host_by_host_cpu",
        "task_over_bare_action_cpu",
        "sweep_over_floor_cpu",
        "bytes_peer_over_ours",
    }
    assert all({"min", "median", "max"} <= one.keys() for one in found["ratios"].values())
    assert (tmp_path / "bench" / "table.md").read_text() in done.stdout
    again = [*command[:3], "--more", "--parts", "--hosts", "3", "--output", str(tmp_path / "bench")]
    subprocess.run(again, capture_output=True, timeout=60, check=True, env=environment)
    assert json.loads((tmp_path / "bench" / "results.json").read_text())["ratios"] == found["ratios"]
    text = (tmp_path / "bench" / "hosts" / "winsim.log").read_text()
    port = int(text.partition("port ")[2].split(":")[0].split(",")[0])
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.16.0.1", port), timeout=5):
        pass


def path() -> str:
    return os.pathsep.join(entry for entry in sys.path if entry)
