"""The demo as a whole is run by `make demo`; here: that it stops what it started when it is interrupted."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from ansible_collections.windefend.maps.demo import table
from ansible_collections.windefend.maps.demo.run import changes
from ansible_collections.windefend.maps.winsim.scenarios import Cause, Expectation, Outcome

LIMIT = 60.0


def processes_naming(text: str) -> list[str]:
    """Command lines of living processes that name a text."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if text in line:
                found.append(line)
    return found


def wait_for(condition: object, what: str) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, f"waited {LIMIT:g} s for {what}"
        time.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_in_the_middle(tmp_path: pathlib.Path, number: signal.Signals) -> None:
    output = tmp_path / "demo"
    command = [sys.executable, "-m", "ansible_collections.windefend.maps.demo.run", "--output", str(output)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    demo = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        wait_for(
            lambda: any("ansible-playbook" in line for line in processes_naming(str(output))), "the first playbook"
        )
        os.killpg(demo.pid, number)
        _out, error = demo.communicate(timeout=LIMIT)
    finally:
        demo.kill()
    assert demo.returncode == 130
    assert b"Interrupted" in error
    assert b"Traceback" not in error
    wait_for(lambda: processes_naming(str(output)) == [], "what the demo started to end")


def test_a_host_that_ends_otherwise_is_wrong() -> None:
    validation = {"connected": False, "hresult": "0x80072F8F", "alternatives": []}
    host = {
        "before": validation, "after": validation, "cause": "winhttp_proxy_missing", "outcome": "not_repairable",
        "steps": [], "time": 0.1, "requests": 8, "bytes": 1000, "reason": "because",
    }  # fmt: skip
    desired = Expectation(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING)
    _lines, wrong = table.compare({"pc": host}, {"pc": desired, "gone": desired})
    assert len(wrong) == 2
    assert "because" in wrong[0]
    assert "gone" in wrong[1]
    _lines, wrong = table.compare({"pc": {**host, "outcome": "repaired", "cause": "clock_skew"}}, {"pc": desired})
    assert "clock_skew" in wrong[0]


def test_changes_are_found_in_the_recap() -> None:
    recap = "pc-1  : ok=9    changed=0    unreachable=0\n\x1b[0;33mpc-2\x1b[0m : ok=9    changed=2    unreachable=0\n"
    assert changes(recap) == ["pc-2"]
