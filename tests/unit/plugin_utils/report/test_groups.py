"""A report as an inventory: the groups of a host, its finding, and the names that Ansible takes for one host."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import CAUSES
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language import solutions
from ansible_collections.windefend.maps.plugins.plugin_utils._report import groups
from ansible_collections.windefend.maps.tests.support import report_fleet

FINISHED = "2026-10-05T09:00:00Z"
NOW = 1791190800.0
HOUR = 3600.0


def read(**more: Any) -> dict[str, Any]:
    one = {"outcome": "not_repairable", "cause": "perimeter", "finished": FINISHED, **more}
    found: dict[str, Any] = report_fleet.read(report_fleet.document({"pc": one}))["hosts"]["pc"]
    return found


def of(**more: Any) -> set[str]:
    found = {name.removeprefix(groups.PREFIX) for name in groups.groups(read(**more), NOW)}
    assert "report" in found
    return found - {"report", "age_day"}


PROXY_TEAM = {"who": "the proxy team", "text": "", "module": ""}


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ({}, {"outcome_not_repairable", "cause_perimeter"}),
        ({"outcome": "repaired"}, {"outcome_repaired"}),
        ({"outcome": "healthy", "cause": "none"}, {"outcome_healthy"}),
        ({"outcome": "unreachable", "cause": "unreachable"}, {"outcome_unreachable"}),
        ({"outcome": "not_applicable", "cause": "maps_off"}, {"outcome_not_applicable", "cause_maps_off"}),
        ({"next": [PROXY_TEAM, {"who": "x"}]}, {"outcome_not_repairable", "cause_perimeter", "needs_proxy_team"}),
        ({"outcome": "repaired", "next": [PROXY_TEAM]}, {"outcome_repaired"}),
        (
            {"next": [{"module": "windefend.maps.spynet"}]},
            {"outcome_not_repairable", "cause_perimeter", "needs_remediate"},
        ),
        ({"next": [{"who": "Bob {{ x }}"}]}, {"outcome_not_repairable", "cause_perimeter", "needs_unknown"}),
        ({"debt": [{"what": "ssl_options"}]}, {"outcome_not_repairable", "cause_perimeter", "loosened"}),
        ({"debt": None}, {"outcome_not_repairable", "cause_perimeter"}),
        (
            {"after": {"latent": [{"id": "roots_frozen"}, {"id": "{{ x }}"}]}},
            {"outcome_not_repairable", "cause_perimeter", "caution_roots_frozen", "caution_unknown"},
        ),
        ({"cause": "all,!x", "outcome": "A:b"}, {"outcome_unknown", "cause_unknown"}),
    ],
)
def test_the_groups_of_a_host(host: dict[str, Any], wanted: set[str]) -> None:
    assert of(**host) == wanted


@pytest.mark.parametrize(
    ("later", "group", "age"),
    [
        (0.0, "day", 0.0),
        (24.0, "day", 24.0),
        (25.0, "week", 25.0),
        (169.0, "older", 169.0),
        (-0.5, "day", 0.0),
        (-2.0, "unknown", None),
    ],
)
def test_the_age_of_a_result(later: float, group: str, age: float | None) -> None:
    now = NOW + later * HOUR
    assert f"maps_age_{group}" in groups.groups(read(), now)
    assert groups.finding(read(), now)["age_hours"] == age


@pytest.mark.parametrize("finished", [None, "yesterday"])
def test_a_result_without_a_time_has_no_age(finished: str | None) -> None:
    assert "maps_age_unknown" in groups.groups(read(finished=finished), NOW)


def test_the_latest_time_is_one() -> None:
    times = ["2026-10-05T09:00:00Z", "zzz", None, "2026-10-06T09:00:00Z"]
    assert groups.latest([read(finished=time) for time in times]) == "2026-10-06T09:00:00Z"
    assert groups.latest([]) is None


def test_every_cause_and_every_owner_has_a_group_in_every_language() -> None:
    for name in CAUSES:
        assert f"cause_{name}" in of(cause=name)
    owners = {text.who for text in solutions.SOLUTIONS.values() if text.who.en}
    assert owners
    for who in owners:
        (english,), (japanese,) = (
            [name for name in of(next=[{"who": said}]) if name.startswith("needs_")] for said in (who.en, who.ja)
        )
        assert english == japanese != "needs_unknown"
        assert english.replace("_", "").isalpha()


@pytest.mark.parametrize("name", ["pc", "PC-01.corp.example", "端末-01", "10.0.0.1", "fe80::1", "__proto__", "1"])
def test_a_name_can_be_a_host(name: str) -> None:
    assert groups.can_be_host(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "a,b", "a,!b", "!b", "&b", "a:b", "a[0:3]", "*", "a*", "~a.*", "@file", "all", "ALL", "ungrouped",
        "localhost", "127.0.0.1", "::1", "a b", "{{ 7*7 }}", "-i", "a/b", "x" * 300, "a\nb", "../x",
    ],
)  # fmt: skip
def test_a_name_that_is_a_pattern_or_the_controller_is_no_host(name: str) -> None:
    assert not groups.can_be_host(name)


def test_the_finding_says_what_is_known() -> None:
    found = groups.finding(
        read(
            reason="because",
            after={
                "connected": False,
                "hresult": "0x80072EE2",
                "confidence": "likely",
                "latent": [{"id": "roots_frozen"}],
            },
            next=[PROXY_TEAM],
            site="Berlin",
        ),
        NOW,
    )
    assert found["reachable"] is False
    assert (found["cause"], found["hresult"], found["confidence"], found["site"]) == (
        "perimeter",
        "0x80072EE2",
        "likely",
        "Berlin",
    )
    assert (found["reason"], found["next"], found["cautions"]) == ("because", [PROXY_TEAM], ["roots_frozen"])
    assert groups.finding(read(), NOW)["reachable"] is None
