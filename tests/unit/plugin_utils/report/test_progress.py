"""The progress of a run over a fleet: counts, causes, the estimate, the table. Nothing that fails may get lost."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language.display import visible
from ansible_collections.windefend.maps.plugins.plugin_utils._report.progress import FAILURES, FleetProgress
from hypothesis import given, strategies as st

FLEET = [f"pc-{number:02}" for number in range(20)]


def started(forks: int = 5, batch: list[str] | None = None) -> FleetProgress:
    progress = FleetProgress(forks)
    progress.start_batch("a play", FLEET, FLEET if batch is None else batch, 100.0)
    return progress


def test_an_assessment_is_done_with_the_diagnosis() -> None:
    progress = started()
    progress.diagnosed("pc-00", True, "none")
    progress.diagnosed("pc-01", False, "winhttp_proxy_missing")
    progress.unreachable("pc-02")
    line = progress.line(101.0, 200)
    assert line == "0:01  20 hosts: 3 done, 1 failing, 1 unreachable | winhttp_proxy_missing 1"


def test_a_remediation_is_done_with_the_outcome() -> None:
    progress = started()
    for name in FLEET:
        progress.repairing(name)
    progress.diagnosed("pc-00", False, "winhttp_proxy_missing")
    progress.diagnosed("pc-01", False, "perimeter")
    assert "2 diagnosed, 0 done, 2 failing" in progress.line(101.0, 200)
    progress.ended("pc-00", "repaired", "winhttp_proxy_missing")
    assert "2 diagnosed, 1 done, 1 failing" in progress.line(101.0, 200)


def test_a_host_that_was_repaired_keeps_the_cause_that_it_had() -> None:
    progress = started()
    progress.repairing("pc-00")
    progress.diagnosed("pc-00", False, "winhttp_proxy_missing")
    progress.diagnosed("pc-00", True, "none")
    progress.ended("pc-00", "repaired", "winhttp_proxy_missing")
    progress.finish(failed=[])
    assert progress.table() == [
        "cause                  hosts  repaired",
        "---------------------  -----  --------",
        "winhttp_proxy_missing  1      1",
        "20 hosts: 19 without a diagnosis, 1 repaired",
    ]


def test_the_cause_is_that_with_which_the_assessment_ended() -> None:
    progress = started()
    for name in FLEET[:2]:
        progress.diagnosed(name, False, "winhttp_proxy_dead")
        progress.diagnosed(name, False, "proxy_authentication")
    assert progress.line(101.0, 200).endswith("| proxy_authentication 2")
    progress.repairing("pc-00")
    progress.diagnosed("pc-00", False, "proxy_authentication")
    progress.diagnosed("pc-00", False, "perimeter")
    assert "perimeter" not in progress.line(101.0, 200), "what comes after a step is no cause of the host"
    assert "proxy_authentication 2" in progress.line(101.0, 200)


def test_a_host_with_a_plan_is_not_done_before_its_wave() -> None:
    progress = started()
    progress.diagnosed("pc-00", True, "none")
    for name in ("pc-01", "pc-02"):
        progress.diagnosed(name, False, "winhttp_proxy_dead")
        progress.chosen(name)
    assert "3 diagnosed, 1 done, 2 failing" in progress.line(101.0, 200)
    progress.start_batch("waves", ("pc-01", "pc-02"), ("pc-01",), 102.0)
    progress.ended("pc-01", "repaired", "winhttp_proxy_dead")
    assert "1 failing" in progress.line(103.0, 200)


def test_the_table_says_what_is_left_of_each_cause() -> None:
    progress = started()
    for name in FLEET[:6]:
        progress.diagnosed(name, False, "perimeter")
    progress.ended("pc-05", "repaired", "perimeter")
    progress.diagnosed("pc-06", False, "other_antivirus")
    progress.unreachable("pc-07")
    progress.diagnosed("pc-08", True, "none")
    progress.finish(failed=[])
    assert progress.table() == [
        "cause            hosts  repaired  not applicable  left  hosts left",
        "---------------  -----  --------  --------------  ----  ------------------------------",
        "perimeter        6      1         0               5     pc-00, pc-01, pc-02 and 2 more",
        "unreachable      1      0         0               1     pc-07",
        "other_antivirus  1      0         1               0",
        "20 hosts: 5 failing, 1 healthy, 1 not applicable, 11 without a diagnosis, 1 repaired, 1 unreachable",
    ]


def test_a_failed_task_without_a_cause_is_a_row_of_its_own_and_named() -> None:
    progress = started()
    progress.failed("pc-03", "Set the WinHTTP proxy")
    assert "1 failing | failed: Set the WinHTTP proxy 1" in progress.line(101.0, 200)
    progress.finish(failed=["pc-03"])
    assert "failed: pc-03: Set the WinHTTP proxy" in progress.table()
    assert progress.summary().startswith("20 hosts: 1 failed")


def test_a_failure_after_a_good_outcome_shows() -> None:
    progress = started()
    progress.ended("pc-03", "repaired", "perimeter")
    progress.failed("pc-03", "Write the ticket")
    progress.finish(failed=["pc-03"])
    assert "failed: pc-03: Write the ticket" in progress.table()
    assert "1 failed" in progress.summary()


def test_a_rescued_failure_is_none() -> None:
    progress = started()
    progress.failed("pc-03", "Try the first way")
    progress.finish(failed=[])
    assert progress.table() == []


def test_a_rescued_failure_of_a_remediation_is_part_of_its_outcome() -> None:
    progress = started()
    progress.repairing("pc-03")
    progress.failed("pc-03", "Set the WinHTTP proxy")
    progress.ended("pc-03", "failed", "winhttp_proxy_missing")
    assert "1 failing | winhttp_proxy_missing 1" in progress.line(101.0, 200)


def test_a_host_that_gets_worse_after_its_repair_is_not_called_repaired() -> None:
    progress = started()
    progress.ended("pc-03", "repaired", "winhttp_proxy_missing")
    progress.diagnosed("pc-03", True, "none")
    assert "1 repaired" in progress.summary()
    progress.diagnosed("pc-03", False, "perimeter")
    assert "1 failing" in progress.summary()
    progress.unreachable("pc-03")
    assert "1 unreachable" in progress.summary()
    progress.diagnosed("pc-03", True, "none")
    assert "1 healthy" in progress.summary()


def test_a_long_list_of_failed_hosts_says_that_it_is_cut() -> None:
    fleet = [f"pc-{number}" for number in range(FAILURES + 7)]
    progress = FleetProgress(5)
    progress.start_batch("a play", fleet, fleet, 0.0)
    for name in fleet:
        progress.failed(name, "it")
    progress.finish(failed=fleet)
    assert "failed: 7 more, see the play recap" in progress.table()


def test_hosts_of_a_sweep_that_a_later_play_takes_are_not_done_before_it() -> None:
    progress = started()
    for name in FLEET:
        progress.diagnosed(name, name < "pc-10", "perimeter")
    assert "20 done" in progress.line(101.0, 200)
    for name in FLEET[10:]:
        progress.chosen(name)
    assert "20 diagnosed, 10 done, 10 failing" in progress.line(101.0, 200)
    progress.start_batch("the next", FLEET[10:], FLEET[10:15], 200.0)
    assert "20 diagnosed, 10 done" in progress.line(201.0, 200)
    progress.ended("pc-10", "not_repairable", "perimeter")
    assert "11 done" in progress.line(202.0, 200)
    progress.start_batch("the next", FLEET[10:], FLEET[15:], 300.0)
    assert "20 diagnosed, 15 done" in progress.line(301.0, 200), "whose part of it is over"
    progress.start_batch("the sum", FLEET, FLEET, 400.0)
    assert "20 done" in progress.line(401.0, 200), "nothing more is to come"


def test_a_second_play_that_repairs_takes_hosts_up_again() -> None:
    progress = started()
    for name in FLEET:
        progress.diagnosed(name, False, "perimeter")
    progress.start_batch("the next", FLEET, FLEET, 200.0)
    assert "20 done" in progress.line(201.0, 200)
    progress.repairing("pc-00")
    assert "19 done" in progress.line(201.0, 200)


def test_hosts_of_a_play_that_validates_nothing_are_done_when_it_ends() -> None:
    progress = started(batch=FLEET[:5])
    assert " 0 done" in progress.line(101.0, 200)
    progress.start_batch("a play", FLEET, FLEET[5:], 110.0)
    assert " 5 done" in progress.line(111.0, 200)
    progress.finish(failed=[])
    assert progress.table() == []


def test_a_play_before_the_waves_does_not_make_their_hosts_done() -> None:
    progress = started()
    progress.start_batch("waves", FLEET, FLEET[:1], 110.0)
    assert " 0 done" in progress.line(111.0, 200)
    progress.start_batch("waves", FLEET, FLEET[1:], 120.0)
    assert " 1 done" in progress.line(121.0, 200)


# The estimate


def test_the_estimate_takes_the_speed_of_the_wave() -> None:
    progress = started()
    for name in FLEET[:5]:
        progress.diagnosed(name, True, "none")
    assert progress.seconds_left(110.0) == pytest.approx(30.0)
    assert progress.line(110.0, 200).endswith("about 0:30 left")


def test_the_estimate_counts_the_waves_to_come() -> None:
    progress = started(batch=FLEET[:10])
    for name in FLEET[:5]:
        progress.diagnosed(name, True, "none")
    assert progress.seconds_left(110.0) == pytest.approx(30.0)


def test_a_diagnosis_is_half_of_a_remediation() -> None:
    progress = started()
    for name in FLEET:
        progress.repairing(name)
        progress.diagnosed(name, False, "perimeter")
    assert progress.seconds_left(110.0) == pytest.approx(10.0)


def test_there_is_no_estimate_from_a_canary_or_from_nothing() -> None:
    canary = started(batch=FLEET[:1])
    canary.diagnosed("pc-00", True, "none")
    assert canary.seconds_left(110.0) is None
    assert started().seconds_left(110.0) is None
    early = started()
    early.diagnosed("pc-00", True, "none")
    assert early.seconds_left(100.5) is None


def test_nothing_is_left_at_the_end() -> None:
    progress = started()
    for name in FLEET:
        progress.diagnosed(name, True, "none")
    assert "left" not in progress.line(4000.0, 200)
    assert progress.line(4000.0, 200).startswith("1:05:00  20 hosts: 20 done")


# The line


def test_causes_give_way_to_the_width_and_say_so() -> None:
    progress = started()
    for name, cause in zip(FLEET, ["perimeter"] * 3 + ["name_resolution"] * 2 + ["clock_skew"], strict=False):
        progress.diagnosed(name, False, cause)
    full = progress.line(101.0, 200)
    assert full.endswith("| perimeter 3, name_resolution 2, clock_skew 1")
    assert progress.line(101.0, len(full) - 1).endswith("| perimeter 3, name_resolution 2, 1 more")
    assert progress.line(101.0, 45) == "0:01  20 hosts: 6 done, 6 failing"


names = st.sampled_from([*FLEET, "stranger"])
events = st.lists(
    st.one_of(
        st.tuples(
            st.just("diagnosed"), names, st.booleans(), st.sampled_from(["perimeter", "none", "other_antivirus"])
        ),
        st.tuples(
            st.just("ended"), names, st.sampled_from(["repaired", "failed", "unreachable"]), st.just("perimeter")
        ),
        st.tuples(st.just("failed"), names, st.just("a\x1b[2J task")),
        st.tuples(st.just("unreachable"), names),
        st.tuples(st.just("repairing"), names),
    ),
    max_size=60,
)


@given(events, st.integers(0, 120), st.floats(0, 1e6))
def test_what_is_counted_step_by_step_is_what_a_count_gives(
    happened: list[tuple[str, ...]], width: int, seconds: float
) -> None:
    progress = started()
    for event, *arguments in happened:
        getattr(progress, event)(*arguments)
    fresh = FleetProgress(5)
    fresh.start_batch("a play", progress._hosts, FLEET, 100.0)
    for name, host in progress._hosts.items():
        fresh._change(name, **vars(host))
    assert +progress._states == +fresh._states
    assert +progress._causes == +fresh._causes
    assert progress._work == pytest.approx(fresh._work)
    line = progress.line(100.0 + seconds, width)
    assert len(line) <= width
    assert visible(line) == line
    left = progress.seconds_left(100.0 + seconds)
    assert left is None or left >= 0
    bad = [name for name, host in progress._hosts.items() if host.state in ("failed", "failing", "unreachable")]
    progress.finish(failed=[*FLEET, "stranger"])
    table = "\n".join(progress.table())
    assert visible(table, lines=True) == table
    assert [name for name in bad if visible(progress._hosts[name].label or "nothing") not in table] == []
