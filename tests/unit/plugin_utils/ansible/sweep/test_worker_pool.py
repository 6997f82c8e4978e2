"""Many jobs in threads: bounds, groups, threads that hang, and breaking off. Events, not clocks, say what ran when."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.sweep.worker_pool import Job, WorkerPool

LONG = 30.0


def job(name: str, work: Callable[[], Any], stop: Callable[[], None] = lambda: None, seconds: float = LONG) -> Job:
    return Job(name, work, stop, seconds)


class Together:
    """Counts how many jobs are under way, and lets them end once as many are as ever will be."""

    def __init__(self, enough: int) -> None:
        self.now = self.most = 0
        self._enough = enough
        self._changed = threading.Condition()

    def __call__(self) -> int:
        with self._changed:
            self.now += 1
            self.most = max(self.most, self.now)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.most >= self._enough, timeout=LONG)
            self.now -= 1
        return self.most


def names(count: int, prefix: str = "pc") -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]


def test_all_jobs_are_done_and_never_more_at_once_than_allowed() -> None:
    together = Together(3)
    results = list(WorkerPool(3).run_all(names(20), lambda name: job(name, together)))
    assert sorted(one[0] for one in results if one is not None) == sorted(names(20))
    assert together.most == 3


def test_a_job_is_prepared_in_the_main_thread_and_only_when_a_thread_is_free() -> None:
    prepared: list[str] = []
    release = threading.Event()

    def prepare(name: str) -> Job:
        assert threading.current_thread() is threading.main_thread()
        prepared.append(name)
        return job(name, release.wait)

    ended = WorkerPool(2).run_all(names(5), prepare)
    with contextlib.closing(ended):
        assert next(ended) is None
        assert prepared == names(2)
        release.set()
        assert {one[0] for one in ended if one} == set(names(5))


def test_a_full_group_is_passed_over() -> None:
    thin, thick = Together(2), Together(3)
    order = [*names(6, "thin"), *names(6, "thick")]
    pool = WorkerPool(5, {"thin": 2})
    done = pool.run_all(
        order, lambda name: job(name, thin if "thin" in name else thick), lambda name: (name.split("-")[0], "all")
    )
    assert sorted(one[0] for one in done if one) == sorted(order)
    assert thin.most == 2
    assert thick.most >= 3


def test_a_host_in_two_groups_needs_room_in_both() -> None:
    together = Together(1)
    limits = {"site": 3, "class": 1}
    done = WorkerPool(9, limits).run_all(names(4), lambda name: job(name, together), lambda _name: ("class", "site"))
    assert len([one for one in done if one]) == 4
    assert together.most == 1


def test_a_name_without_a_job_is_left_out() -> None:
    done = WorkerPool(2).run_all(names(4), lambda name: job(name, lambda: 1) if name != "pc-2" else None)
    assert sorted(one[0] for one in done if one) == ["pc-0", "pc-1", "pc-3"]


def test_a_thread_that_hangs_is_given_up_and_told_to_stop() -> None:
    stopped, never = threading.Event(), threading.Event()

    def prepare(name: str) -> Job:
        return job(name, never.wait, stopped.set, seconds=0.05) if name == "pc-0" else job(name, lambda: name)

    pool = WorkerPool(1)
    done = dict(one for one in pool.run_all(names(3), prepare) if one)
    assert done == {"pc-0": None, "pc-1": "pc-1", "pc-2": "pc-2"}
    assert stopped.wait(LONG)
    assert pool.lost == 1
    never.set()


@pytest.mark.parametrize("leave", [False, True], ids=["stop", "close"])
def test_breaking_off_stops_what_runs_and_starts_nothing(leave: bool) -> None:
    events = {name: threading.Event() for name in names(4)}
    cleaned: list[str] = []
    pool = WorkerPool(2)

    def prepare(name: str) -> Job:
        def work() -> None:
            events[name].wait(LONG)
            cleaned.append(name)

        return job(name, work, events[name].set)

    ended = pool.run_all(names(4), prepare, grace=LONG)
    assert next(ended) is None
    if leave:
        ended.close()
    else:
        pool.stop()
        assert list(ended) == []
    assert sorted(cleaned) == ["pc-0", "pc-1"], "both were waited for; the others never began"
    assert pool.stopped is not leave


def test_an_error_of_the_caller_breaks_off_too() -> None:
    release = threading.Event()
    pool = WorkerPool(1)

    def leave() -> None:
        jobs = pool.run_all(names(2), lambda name: job(name, release.wait, release.set), grace=LONG)
        with contextlib.closing(jobs) as ended:
            next(ended)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        leave()
    assert release.is_set()
    assert pool.running == 0
