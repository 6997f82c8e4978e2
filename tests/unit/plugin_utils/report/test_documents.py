"""Report documents are read as what strangers wrote; what is written has the published shape."""

from __future__ import annotations

import copy
import json
import math
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.causes import CAUSES
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Refused
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import outcome as remediation_outcome
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.steps import KINDS
from ansible_collections.windefend.maps.plugins.plugin_utils._report import (
    labels as report_labels,
    numbers as report_numbers,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._report.documents import Document, fleet, merge, parse
from ansible_collections.windefend.maps.tests.support import report_fleet
from hypothesis import HealthCheck, given, settings, strategies as st

ROOT = Path(__file__).resolve().parents[4]
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))


def valid(document: Any) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(document)


def one(outcome: str = "repaired", **more: Any) -> dict[str, Any]:
    made = report_fleet.host(outcome, "winhttp_proxy_missing", "0x80072F8F", "winhttp_proxy", random.Random(1))  # noqa: S311
    return {**made, **more}


def document(**hosts: Any) -> dict[str, Any]:
    return {"schema": 2, "runs": [], "excluded": [], "outcomes": {}, "causes": {}, "hosts": hosts}


def merged(*documents: dict[str, Any]) -> Document:
    return merge([parse(each, "it") for each in documents])


def read(*documents: dict[str, Any]) -> dict[str, Any]:
    return merged(*documents).hosts


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_what_is_written_has_the_published_shape_and_reads_back() -> None:
    written = fleet(merged(report_fleet.generated(300)))
    valid(written)
    assert fleet(merged(written)) == written


def test_the_schema_knows_every_outcome() -> None:
    known = SCHEMA["$defs"]["host"]["properties"]["outcome"]["enum"]
    assert (
        sorted(known)
        == sorted([*remediation_outcome.OUTCOMES, "planned", "open", "not_started"])
        == sorted(report_labels.OUTCOMES)
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), 1),
        (("excluded",), [1]),
        (("runs",), [{"name": "monday"}]),
        (("hosts", "pc", "outcome"), "fine"),
        (("hosts", "pc", "after", "connected"), "yes"),
        (("hosts", "pc", "steps", 0, "changed"), 1),
        (("hosts", "pc", "finished"), "yesterday"),
        (("outcomes", "repaired"), -1),
    ],
)
def test_the_schema_refuses(path: tuple[Any, ...], value: Any) -> None:
    wrong = copy.deepcopy(document(pc=one()))
    valid(wrong)
    place: Any = wrong
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        valid(wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([], "is not a report"),
        ({"schema": 1}, "is not a report"),
        ({"schema": 1, "hosts": []}, "is not a report"),
        ({"schema": 3, "hosts": {}}, "has the schema 3; this version reads 1 and 2"),
        ({"schema": 2, "hosts": {}, "runs": ["x"]}, "runs is not a list of mappings"),
        ({"schema": 2, "hosts": {}, "runs": [{"undo": 1}]}, "runs[0].undo is not a text"),
        ({"schema": 2, "hosts": {}, "excluded": [1]}, "excluded is not a list of names"),
        ({"hosts": {}}, "has the schema None"),
        (document(pc="x"), "hosts.pc is not a mapping"),
        (document(pc={"outcome": 1}), "hosts.pc.outcome is not a text"),
        (document(pc={"steps": {}}), "hosts.pc.steps is not a list"),
        (document(pc={"steps": ["x"]}), "hosts.pc.steps[0] is not a mapping"),
        (document(pc={"before": "x"}), "hosts.pc.before is not a mapping"),
        (document(pc={"changes": True}), "hosts.pc.changes is not a number"),
        (document(pc={"earlier": [1]}), "hosts.pc.earlier[0] is not a mapping"),
    ],
)
def test_what_is_no_report_is_refused_with_its_place(wrong: Any, said: str) -> None:
    with pytest.raises(Refused, match="it") as refused:
        read(wrong)
    assert said in str(refused.value)


def test_what_is_missing_is_not_known_and_never_fine() -> None:
    hosts = read(document(pc={}, laptop={"before": None, "steps": None, "time": None}))
    numbers = fleet(Document(hosts))["numbers"]
    assert numbers["after"] == {"connected": 0, "not_connected": 0, "not_applicable": 0, "not_known": 2}
    assert hosts["pc"]["outcome"] == "unknown"


def test_nesting_has_an_end() -> None:
    deep: Any = {}
    for _unused in range(100):
        deep = {"more": deep}
    with pytest.raises(Refused, match="levels deep"):
        read(document(pc={"detection": deep}))


def test_numbers_and_texts_that_json_does_not_have_are_made_harmless() -> None:
    hosts = read(document(**{"half \ud800": {"time": math.nan, "reason": "\udfff", "debt": [math.inf]}}))
    name = next(iter(hosts))
    assert len(hosts) == 1
    assert name == "half \N{REPLACEMENT CHARACTER}"
    assert hosts[name]["time"] is None
    assert hosts[name]["debt"] == [None]
    json.dumps(fleet(Document(hosts)), allow_nan=False).encode()


def test_files_of_waves_repeat_hosts_without_repeating_runs() -> None:
    first, second = one(), one("not_repairable", finished="2026-10-05T09:59:59Z")
    hosts = read(document(pc=first), document(pc=first, laptop=second))
    assert sorted(hosts) == ["laptop", "pc"]
    assert all("earlier" not in host for host in hosts.values())


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_run_that_finished_last_counts_whatever_the_order(order: tuple[int, int]) -> None:
    runs = [
        document(pc=one("not_repairable", finished="2026-10-05T09:00:00Z")),
        document(pc=one("repaired", finished="2026-10-06T09:00:00Z")),
    ]
    host = read(*(runs[number] for number in order))["pc"]
    assert host["outcome"] == "repaired"
    assert [run["outcome"] for run in host["earlier"]] == ["not_repairable"]
    valid(fleet(Document({"pc": host})))


def test_where_no_time_is_known_the_later_file_counts() -> None:
    runs = [
        {key: value for key, value in one(outcome).items() if key != "finished"} for outcome in ("failed", "healthy")
    ]
    host = read(*(document(pc=run) for run in runs))["pc"]
    assert host["outcome"] == "healthy"
    # A report that was merged before is merged again with its past.
    again = read(document(pc=host), document(pc=one("repaired", finished="2026-10-06T09:00:00Z")))["pc"]
    assert [run["outcome"] for run in again["earlier"]] == ["failed", "healthy"]


RUN = {
    "name": "monday",
    "kind": "remediate",
    "version": "1.0.0",
    "undo": "x",
    "stopped": "",
    "finished": "2026-10-05T09:00:00Z",
}


def test_a_report_of_the_first_schema_is_read() -> None:
    old = {key: value for key, value in document(pc=one()).items() if key not in ("runs", "excluded")}
    written = fleet(merged({**old, "schema": 1}))
    valid(written)
    assert written["schema"] == 2
    assert (written["runs"], written["excluded"]) == ([], [])


def test_several_runs_are_kept_once_and_who_was_in_one_was_not_left_out() -> None:
    earlier = {**RUN, "name": "friday", "finished": "2026-10-02T09:00:00Z"}
    first = {**document(pc=one()), "runs": [RUN], "excluded": ["laptop", "server"]}
    second = {**document(laptop=one()), "runs": [earlier, RUN], "excluded": ["pc", "server"]}
    written = fleet(merged(first, second))
    valid(written)
    assert [run["name"] for run in written["runs"]] == ["friday", "monday"]
    assert written["excluded"] == ["server"]
    assert written["numbers"]["goal"]["excluded"] == 1


@pytest.mark.parametrize(
    ("outcomes", "excluded", "percent", "said"),
    [
        (["healthy"] * 2, 0, 100, (2, 0, 100, True)),
        (["healthy"] * 2 + ["unreachable"], 1, 100, (3, 1, 66.6, False)),
        (["healthy"] * 2 + ["unreachable"], 0, 66.7, (3, 0, 66.6, False)),
        (["healthy"] * 2 + ["not_repairable", "not_applicable"], 0, 66.6, (3, 1, 66.6, True)),
        (["not_applicable"], 2, 100, (0, 3, None, None)),
    ],
)
def test_the_goal_counts_hosts_in_scope_and_what_is_not_known_misses_it(
    outcomes: list[str], excluded: int, percent: float, said: tuple[Any, ...]
) -> None:
    hosts = {str(number): one(outcome) for number, outcome in enumerate(outcomes)}
    hosts |= {
        name: {**host, "before": {}, "after": {}} for name, host in hosts.items() if host["outcome"] == "unreachable"
    }
    goal = report_numbers.numbers(hosts, excluded, percent)["goal"]
    assert (goal["in_scope"], goal["not_in_scope"], goal["reached_percent"], goal["met"]) == said


def test_numbers_count_each_host_once() -> None:
    hosts = read(report_fleet.generated(500))
    numbers = report_numbers.numbers(hosts)
    for when in ("before", "after"):
        assert sum(numbers[when].values()) == 500
    assert sum(site["hosts"] for site in numbers["by_site"].values()) == 500
    assert numbers["open"] == sum(host["outcome"] in ("failed", "not_repairable") for host in hosts.values())
    assert [sum(count.values()) for count in numbers["by_cause"].values()] == sorted(
        (sum(count.values()) for count in numbers["by_cause"].values()), reverse=True
    )


def test_check_mode_claims_no_repair() -> None:
    foretold = one("planned", check_mode=True, after=one("not_repairable")["before"])
    numbers = fleet(merged(document(pc=foretold)))["numbers"]
    assert (numbers["after"]["connected"], numbers["open"], numbers["changed"], numbers["check_mode"]) == (0, 1, 0, 1)


def test_every_cause_and_step_has_words() -> None:
    assert set(CAUSES) <= set(report_labels.CAUSES)
    steps = {*KINDS, "tighten"}
    assert steps == set(report_labels.STEPS)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*one(), "debt", "site", "earlier", "x"]), PLAIN, max_size=6))
def test_whatever_a_host_holds_it_is_read_or_refused(host: dict[str, Any]) -> None:
    try:
        hosts = read(document(pc=host))
    except Refused:
        return
    json.dumps(fleet(Document(hosts)), allow_nan=False).encode()
