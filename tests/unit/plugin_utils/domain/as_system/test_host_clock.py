"""What another controller runs on the same host: the host's clock says how old it is, whatever the controllers' say."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import publisher_evidence
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.as_system import task as as_system_task
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.ctl import lists as ctl_lists, task as ctl_task
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.detection import run as detection_run
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity, temp_folder
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Operation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import probe
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import files
from ansible_collections.windefend.maps.tests.support.operations import run_operation, validation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine

NOW = 1_700_000_000.0
"""By the host's clock."""
ROOT = r"C:\Windows"
TEMP = r"C:\Program Files"
CONFIG = rf"{ROOT}\Microsoft.NET\Framework64\v4.0.30319\Config"
RUNNING, LEFT = temp_folder.unique_name(NOW - 60, "a1"), temp_folder.unique_name(NOW - 9999, "b2")
FOREIGN = "windefend-maps-backup"

Make = Callable[[str, float], Operation[Any]]


class Clocked(SimulatedHost):
    """A host of which the clock is ahead by `skew`; None: not known."""

    skew: float | None = 0.0

    def clock_skew(self) -> float | None:
        return self.skew


@pytest.fixture(autouse=True)
def _pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: real(min(seconds, 0.1)))


def run(name: str, now: float) -> Operation[Any]:
    return as_system_task.run(files.list_names(TEMP), system_root=ROOT, identity=RunIdentity(name, now), timeout=5)


def sweep(_name: str, now: float) -> Operation[Any]:
    return as_system_task.remove_leftovers(ROOT, now, check_mode=False)


def validate(name: str, now: float) -> Operation[Any]:
    return validation(run_as="system", timeout=5, identity=RunIdentity(name, now))


def detect(name: str, now: float) -> Operation[Any]:
    return detection_run.run(detection_run.DetectionRequest(RunIdentity(name, now), form="file", timeout=1))


def ask(name: str, now: float) -> Operation[Any]:
    return probe.probe(probe.ProbeRequest(RunIdentity(name, now)))


def ask_as_system(name: str, now: float) -> Operation[Any]:
    return probe.probe(probe.ProbeRequest(RunIdentity(name, now), run_as="system", revocation=False))


def daily(name: str, now: float) -> Operation[Any]:
    request = ctl_task.TaskSpec(ctl_lists.Place(r"C:\ctl"), RunIdentity(name, now))
    return ctl_task.configure(request, present=True, check_mode=False)


def evidence(name: str, now: float) -> Operation[Any]:
    wanted = publisher_evidence.places(("v4.0.30319",), (64,))
    return publisher_evidence.configure(
        enabled=False, wanted=wanted, identity=RunIdentity(name, now), check_mode=False
    )  # fmt: skip


def names_on(host: SimulatedHost) -> set[str]:
    return {found for path in host.machine.files.nodes for found in re.findall(r"windefend-maps-[0-9a-z-]+", path)}


def with_others(make: Make) -> Clocked:
    """A host on which another controller works, and one has left something."""
    host = Clocked(machine())
    for name in (RUNNING, LEFT, FOREIGN):
        host.machine.files.make_directory(rf"{TEMP}\{name}")
    if make is evidence:
        for name in (RUNNING, LEFT):
            host.machine.files.remove_tree(rf"{TEMP}\{name}")
            host.machine.files.write(rf"{CONFIG}\{name}.new", b"x")
    return host


OPERATIONS = (run, sweep, validate, detect, ask, ask_as_system, daily, evidence)


@pytest.mark.parametrize("ahead", [0.0, 7200.0, -7200.0, 86_400.0 * 2000])
@pytest.mark.parametrize("make", OPERATIONS)
def test_it_is_the_hosts_clock_that_counts(make: Make, ahead: float) -> None:
    """`ahead` is how far this controller's clock is before the host's."""
    host = with_others(make)
    host.skew = -ahead
    now = NOW + ahead
    run_operation(host, make(temp_folder.unique_name(now, "0123456789ab"), now))
    assert names_on(host) == {RUNNING, FOREIGN}
    if make not in (run, sweep):  # their callers have asked the host before, and so know its clock
        assert_named(host)


def assert_named(host: SimulatedHost) -> None:
    made = {int(one, 16) for one in re.findall(r"windefend-maps-([0-9a-f]+)-0123456789ab", " ".join(host.lines))}
    assert made == {int(NOW)}, "what this run made carries the host's time"


@pytest.mark.parametrize("make", OPERATIONS)
def test_where_its_clock_is_not_known_nothing_of_others_is_removed(make: Make) -> None:
    host = with_others(make)
    host.skew = None
    later = NOW + 100_000
    run_operation(host, make(temp_folder.unique_name(later, "0123456789ab"), later))
    assert names_on(host) == {RUNNING, LEFT, FOREIGN}


@pytest.mark.parametrize("name", ["", "x", FOREIGN, "windefend-maps-zz-1", "windefend-maps-1-2-3"])
def test_another_name_stays_what_it_is(name: str) -> None:
    assert RunIdentity(name, NOW).by_host_clock(5.0) == RunIdentity(name, NOW)


def test_a_clock_before_1970_makes_a_name_all_the_same() -> None:
    identity = RunIdentity(temp_folder.unique_name(5, "aa"), NOW)
    assert identity.by_host_clock(-100.0).name == temp_folder.unique_name(0, "aa")
