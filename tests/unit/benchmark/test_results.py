"""What results.json says of runs that were made up."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._report.closing import closing_block
from ansible_collections.windefend.maps.tests.benchmark import parts, results, scale, table
from ansible_collections.windefend.maps.tests.benchmark.connections import BASE
from ansible_collections.windefend.maps.tests.benchmark.runs import Run, ended

PLAN = parts.Plan(rounds=2, sweep=1000, host_by_host=100, peers=50, forks=10)
NOW = "2026-01-01 00:00 UTC"


def run(what: str, hosts: int, cpu: float, **other: Any) -> Run:
    given = {
        "forks": 10,
        "wall": cpu,
        "peak_process": 90.0,
        "peak_tree": 120.0,
        "connections": hosts,
        "requests": 8 * hosts,
    }
    return Run(**{**given, "what": what, "hosts": hosts, "cpu": cpu, "bytes": 1000 * hosts, "winsim_cpu": 1.0, **other})


def complete() -> list[Run]:
    """Starts of 2 s; a peer's host costs 800 ms, one of ours 80, swept 6, of the floor 4, hashed once 3.2."""
    found = [run("sweep", 1, 2.0), run("host_by_host", 1, 2.08), run("peers", 1, 2.8, bytes=50_000)]
    for _unused in range(2):
        found += [run("sweep", 1000, 8.0), run("floor", 1000, 4.0), run("floor_hashed_once", 1000, 3.2)]
        found += [run("host_by_host", 100, 10.0)]
        found += [run("peers", 50, 42.0, bytes=50 * 50_000), run("spynet", 100, 6.0), run("bare_spynet", 100, 5.0)]
    return found


def test_ratios() -> None:
    found = results.ratios(results.Figures(complete(), PLAN))
    assert found["assess_peer_over_sweep_cpu"].median == pytest.approx(802 / 8)
    assert found["assess_peer_over_host_by_host_cpu"].median == pytest.approx(802 / 82)
    assert found["task_over_bare_action_cpu"].median == pytest.approx(1.2)
    assert found["sweep_over_floor_cpu"].median == pytest.approx(2.0)
    assert found["sweep_over_floor_hashed_once_cpu"].median == pytest.approx(2.5)
    assert found["bytes_peer_over_ours"].median == pytest.approx(50)
    assert {one.count for one in found.values()} == {2}


def test_a_run_under_special_conditions_counts_for_no_ratio() -> None:
    far = run("sweep", 1000, 800.0, conditions={"round_trip_seconds": 0.15})
    assert results.ratios(results.Figures([far, *complete()], PLAN)) == results.ratios(
        results.Figures(complete(), PLAN)
    )


def test_a_way_to_reach_hosts_is_compared_by_what_a_further_host_costs() -> None:
    """The start is no part of it, and a goal that is missed is said."""
    runs = complete()
    for name, each in ((BASE, 0.005), ("winrm, ntlm over https", 0.009), ("winrm, kerberos over http", 0.0085)):
        runs += [run("sweep", hosts, 2 + each * hosts, conditions={"connection": name}) for hosts in (1, 300, 300)]
    found = results.connections(results.Figures(runs, PLAN))["sweep"]
    assert {name: round(one.median, 3) for name, one in found.items()} == {
        BASE: 1.0, "winrm, ntlm over https": 1.8, "winrm, kerberos over http": 1.7
    }  # fmt: skip
    assert {one.count for one in found.values()} == {2}
    goals = {goal: good for goal, good in met(runs).items() if BASE in goal}
    assert list(goals.values()) == [True, False]
    assert "| winrm, ntlm over https " in table.tables(results.collect("quick", runs, PLAN, None, NOW))


@pytest.mark.parametrize(
    "what", ["sweep", "floor", "floor_hashed_once", "host_by_host", "peers", "spynet", "bare_spynet"]
)
def test_nothing_is_said_where_runs_are_missing(what: str) -> None:
    with pytest.raises(ValueError, match=r"measured|one host"):
        results.ratios(results.Figures([one for one in complete() if one.what != what], PLAN))


def met(runs: list[Run], report: dict[str, Any] | None = None) -> dict[str, bool]:
    return {goal["goal"]: goal["met"] for goal in results.collect("quick", runs, PLAN, report, NOW)["goals"]}


def test_goals_that_are_reached() -> None:
    report = {"hosts": 10_000, "megabytes": 1.9, "runs": [{"wall": 9.0}]}
    more = [run("sweep", 100, 2.594), run("sweep", 5000, 2 + 4999 * 0.0065)]
    reached = met([*complete(), *more], report)
    assert len(reached) == 8
    assert all(reached.values())


@pytest.mark.parametrize(
    ("goal", "worse"),
    [
        ("ms of processor time a host", [run("sweep", 1000, 10.1)] * 3),
        ("MB of memory for the largest sweep", [run("sweep", 1000, 8.0, peak_tree=301.0)]),
        ("times the floor", [run("floor", 1000, 3.0)] * 3),
        ("times less than the peers", [run("peers", 50, 20.0)] * 3),
        ("times the cheapest action", [run("host_info", 100, 9.0), run("bare_host_info", 100, 5.0)] * 3),
        ("difference of the cost", [run("sweep", 100, 2.6), run("sweep", 5000, 8 + 4000 * 0.0075)]),
        ("s for a report", []),
    ],
)
def test_a_goal_that_is_missed_is_said_to_be(goal: str, worse: list[Run]) -> None:
    report = {"hosts": 10_000, "megabytes": 1.9, "runs": [{"wall": 11.0}]}
    # Before the others: of rounds of different length those that both sides have are compared.
    assert [reached for name, reached in met([*worse, *complete()], report).items() if goal in name] == [False]


def test_two_sizes_say_nothing_about_steadiness() -> None:
    assert not [name for name in met([*complete(), run("sweep", 100, 9.0)]) if "difference" in name]


def test_modules_are_compared_over_as_many_hosts() -> None:
    """The run over a hundred is there for another ratio."""
    runs = [run("spynet", 100, 8.0), run("spynet", 50, 4.0), run("peer_spynet", 50, 6.0), *complete()]
    found = results.collect("whole", runs, PLAN, None, NOW)["peer_over_task_cpu"]
    assert found == {"spynet": {"min": 1.5, "median": 1.5, "max": 1.5, "count": 1}}


def test_the_tables_hold_every_ratio_goal_and_run() -> None:
    found = results.collect("quick", complete(), PLAN, None, NOW)
    text = table.tables(found)
    for words in (*table.RATIOS.values(), *(goal["goal"] for goal in found["goals"]), "bare client (floor)"):
        assert f"| {words}" in text
    assert NOW in text
    assert "extrapolated" in text


def repaired() -> list[Run]:
    """Starts of 2 s; two tasks of others cost 150 ms a host, ten 900, our own task 300, a sweep 20 or 14."""
    found = [run("repair_peers_two", 1, 2.15), run("repair_peers_ten", 1, 2.9), run("repair_host_by_host", 1, 2.3)]
    for _unused in range(2):
        found += [run("repair_peers_two", 50, 9.5), run("repair_peers_ten", 50, 47.0)]
        found += [run("repair_host_by_host", 50, 17.0), run("repair_sweep", 1000, 22.0, requests=20_000)]
        found += [run("repair_sweep_blind", 1000, 16.0, requests=12_000)]
    return found


def test_repairs() -> None:
    found = results.collect("in parts", [*complete(), *repaired()], PLAN, None, NOW)
    assert found["ratios"]["repair_peer_two_over_sweep_cpu"]["median"] == pytest.approx(152 / 22, rel=1e-3)
    assert found["ratios"]["repair_peer_ten_over_sweep_cpu"]["median"] == pytest.approx(902 / 22, rel=1e-3)
    assert found["repairs"]["repair_host_by_host_cpu_ms"]["median"] == pytest.approx(302)
    assert found["repairs"]["repair_requests"]["median"] == 20
    assert all(goal["met"] for goal in found["goals"] if "repair" in goal["goal"])
    text = table.repairs(found)
    assert all(f"| {words}" in text for words in table.REPAIRS.values())


def test_a_part_alone_has_its_own_figures_and_no_others() -> None:
    found = results.collect("in parts", repaired(), PLAN, None, NOW)
    assert found["ratios"].keys() == results.REPAIR_RATIOS.keys()
    assert {goal["goal"] for goal in found["goals"]} == {
        goal["goal"] for goal in results.repair_goals(results.Figures(repaired(), PLAN))
    }
    assert found["milliseconds_a_host"] == {}
    assert all(f"| {words}" in table.repairs(found) for words in table.REPAIRS.values())
    assert "repair" in table.tables(found)
    assert scale.tables(found) == ""
    with pytest.raises(ValueError, match="nothing was measured"):
        results.collect("in parts", [], PLAN, None, NOW)


def test_a_benchmark_without_repairs_says_nothing_of_them() -> None:
    found = results.collect("quick", complete(), PLAN, None, NOW)
    assert found["repairs"] == {}
    assert table.repairs(found) == ""


def test_columns_stand_below_each_other() -> None:
    lines = table.markdown(("a", "long head"), [("longer cell", 1)]).splitlines()
    assert len({len(line) for line in lines}) == 1


def test_a_smaller_plan_goes_to_the_hosts_that_there_are() -> None:
    small = parts.sized(parts.Plan(), 20)
    assert (small.sizes, small.sweep, small.peers, small.delayed) == ((1, 10, 20), 20, 20, 20)
    assert parts.sized(parts.Plan(), 5000) == parts.Plan()


@pytest.mark.parametrize("hosts", [1, 999, 1000, 12345])
def test_a_run_counts_the_hosts_of_the_closing_block(hosts: int) -> None:
    reports = {f"pc{number}": {"outcome": "healthy", "cause": "none"} for number in range(hosts)}
    output = "\n".join(closing_block("assess", reports, changed=False))
    assert ended(output, "healthy") == hosts
    assert ended(output, "repaired") == 0
