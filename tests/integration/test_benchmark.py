"""The benchmark on its smallest scale: what it compares sends what it should, and nothing stays behind."""

from __future__ import annotations

import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from ansible_collections.windefend.maps.tests.benchmark import connections, field, meter, parts, plays
from ansible_collections.windefend.maps.tests.benchmark.runs import Bench, Run

HOSTS = 3
FEWEST = {"sweep": 8, "floor": 8, "floor_hashed_once": 8}
"""Requests to a host; a busy machine needs another Receive now and then. A task needs six, the cheapest action
one more: pywinrm asks which logon is offered."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    document = field.fleet(HOSTS, overrides={"powershell": plays.ANSWERS})
    with field.serving(document, folder / "hosts", lifetime=600) as hosts:
        yield Bench(hosts, folder / "runs", limit=120)
        parts.checked(hosts)


def lines_of(bench: Bench, start: Callable[[], Run]) -> list[str]:
    """The lines that a run sends to the last host, without their tokens; it must cost what a run costs."""
    name = bench.field.names(HOSTS)[-1]
    before = len(bench.field.lines(name))
    run = start()
    assert run.hosts == HOSTS
    assert run.cpu > 0
    assert 0 < run.peak_process < 1000
    assert run.connections == HOSTS
    fewest = FEWEST.get(run.what, 6) * HOSTS
    assert fewest <= run.requests < 2 * fewest
    return [re.sub(r"#[0-9a-f]{8}", "#", line) for line in bench.field.lines(name)[before:]]


def test_the_floor_sends_what_the_sweep_sends(bench: Bench) -> None:
    sweep = lines_of(bench, lambda: bench.sweep(HOSTS, 2))
    assert len(sweep) == 2
    for hash_once in (False, True):
        assert lines_of(bench, lambda: bench.floor(HOSTS, 2, hash_once=hash_once)) == sweep  # noqa: B023


@pytest.mark.parametrize("name", parts.TASKS)
def test_the_cheapest_action_sends_what_the_task_sends(bench: Bench, name: str) -> None:
    task = lines_of(bench, lambda: bench.task(name, parts.TASKS[name], HOSTS, 2))
    assert len(task) == 1
    assert lines_of(bench, lambda: bench.bare(name, parts.TASKS[name], HOSTS, 2)) == task


def test_the_modules_of_others_are_answered(bench: Bench) -> None:
    """Each with Command, Send, Receive and Signal in a shell of its own."""
    assert bench.peers(1, 1).requests >= 8 * 4
    for _unused, task in plays.PAIRS.values():
        assert bench.task("peer", task, 1, 1).bytes > 100_000


def test_it_goes_together_with_what_is_far_away_and_slow(tmp_path: pathlib.Path) -> None:
    runs: list[Run] = []
    plan = parts.Plan(delays=(0.001,), delayed=2, host_by_host=1, modules=1, slow_seconds=0.1)
    parts.far_away(tmp_path, plan, runs.append)
    assert [run.what for run in runs] == ["sweep", "sweep", "host_by_host", "peers"]
    assert all(run.conditions == {"round_trip_seconds": 0.001, "slow": 1} for run in runs)


@pytest.mark.extended
def test_every_way_to_reach_a_host_is_measured(tmp_path: pathlib.Path) -> None:
    """Those of which the programs are here; a run in which a host does not end well is an error."""
    runs: list[Run] = []
    connections.measured(tmp_path, 2, 2, 1, 2, runs.append)
    without = {
        *([] if connections.SSHD else [connections.SSH]),
        *(name for name in connections.WAYS if connections.kdc.MISSING and "kerberos" in name),
    }
    sweeps, alone = (
        {run.conditions["connection"] for run in runs if (run.what, run.hosts) == (what, 2)}
        for what in ("sweep", "host_by_host")
    )
    assert sweeps == connections.WAYS.keys() - {connections.SSH} - without
    assert alone == {*connections.HOST_BY_HOST, connections.SSH} - without


def test_the_report_and_the_remediation_are_measured(tmp_path: pathlib.Path) -> None:
    plan = parts.Plan(rounds=1, remediated=2, reported=20)
    found = parts.report(tmp_path / "report", plan)
    assert (found["hosts"], len(found["runs"])) == (20, 1)
    assert found["megabytes"] > 0
    runs: list[Run] = []
    parts.remediation(tmp_path / "remediation", plan, runs.append)
    first, again = runs
    assert first.bytes > again.bytes, "the second finds nothing to repair"


def test_a_run_that_hangs_is_ended_with_all_below_it(tmp_path: pathlib.Path) -> None:
    note = tmp_path / "process"
    own_session = "if not os.fork(): os.setsid()"
    noted = f"pathlib.Path({str(note)!r} + str(os.getpid())).touch()"
    script = f"import os, time, pathlib\n{own_session}\n{noted}\ntime.sleep(60)"
    with pytest.raises(meter.RunFailed, match="not done after"):
        meter.measure([sys.executable, "-c", script], limit=10.0, log=tmp_path / "log")
    processes = [int(path.name.removeprefix("process")) for path in tmp_path.glob("process*")]
    assert len(processes) == 2
    until = time.monotonic() + 30
    while any(runs(process) for process in processes):
        assert time.monotonic() < until, "a process is still there"
        time.sleep(0.05)


def runs(process: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


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
        "sweep_over_floor_hashed_once_cpu",
        "bytes_peer_over_ours",
    }
    assert all({"min", "median", "max"} <= one.keys() for one in found["ratios"].values())
    assert (tmp_path / "bench" / "table.md").read_text() in done.stdout
    again = [*command[:3], "--more", "--parts", "--hosts", "3", "--output", str(tmp_path / "bench")]
    subprocess.run(again, capture_output=True, timeout=60, check=True, env=environment)
    anew = json.loads((tmp_path / "bench" / "results.json").read_text())
    assert anew["kind"] == found["kind"]
    assert {name: one["median"] for name, one in anew["ratios"].items()} == pytest.approx(
        {name: one["median"] for name, one in found["ratios"].items()}, rel=0.01
    )
    text = (tmp_path / "bench" / "hosts" / "winsim.log").read_text()
    port = int(text.partition("port ")[2].split(":")[0].split(",")[0])
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.16.0.1", port), timeout=5):
        pass


def path() -> str:
    return os.pathsep.join(entry for entry in sys.path if entry)
