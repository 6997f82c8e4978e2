"""Metrics for Prometheus and events for SIEMs: what they say, also of hosts that nobody knows anything about."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import Refused
from ansible_collections.windefend.maps.plugins.plugin_utils._report import ocsf
from ansible_collections.windefend.maps.plugins.plugin_utils._report.formats import FORMATS, Presentation
from ansible_collections.windefend.maps.tests.support import report_fleet
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema, get_packaged_versions
from packaging.version import Version

FINISHED = "2026-10-05T09:00:41Z"
AT = 1791190841


def host(**more: Any) -> dict[str, Any]:
    return {"outcome": "healthy", "cause": "none", "finished": FINISHED, "after": {"connected": True}, **more}


def fleet(**hosts: dict[str, Any]) -> dict[str, Any]:
    return report_fleet.read(report_fleet.document(hosts))


def metrics(found: dict[str, Any]) -> str:
    return FORMATS["prometheus"](found, Presentation(""))


def metrics_of_hosts(found: dict[str, Any]) -> str:
    return FORMATS["prometheus"](found, Presentation("", metrics_of_hosts=True))


def siem(found: dict[str, Any]) -> str:
    return FORMATS["jsonl"](found, Presentation(""))


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_metrics_count_hosts_and_leave_out_what_is_not_known() -> None:
    text = metrics(
        fleet(
            well=host(after={"connected": True, "state": {"signatures_age_hours": 2.5}}, debt=[]),
            broken=host(
                outcome="not_repairable",
                cause="perimeter",
                finished="2026-10-05T08:00:41Z",
                after={"connected": False, "state": {"signatures_age_hours": 200}, "latent": [{"id": "roots_frozen"}]},
                debt=[{"since": "2026-10-01T00:00:00Z"}, {"since": "2026-09-01T00:00:00Z"}],
            ),
            gone=host(outcome="unreachable", cause="unreachable", finished=None, after={}, debt=None),
        )
    )
    found = lines(text)
    for wanted in (
        'windefend_maps_hosts{outcome="healthy"} 1',
        'windefend_maps_hosts{outcome="repaired"} 0',
        'windefend_maps_reachability_hosts{state="connected"} 1',
        'windefend_maps_reachability_hosts{state="not_connected"} 1',
        'windefend_maps_reachability_hosts{state="not_known"} 1',
        'windefend_maps_cause_hosts{cause="perimeter",state="open"} 1',
        'windefend_maps_caution_hosts{caution="roots_frozen"} 1',
        'windefend_maps_loosening_hosts{state="open"} 1',
        'windefend_maps_loosening_hosts{state="none"} 1',
        'windefend_maps_loosening_hosts{state="unknown"} 1',
        "windefend_maps_oldest_loosening_timestamp_seconds 1788220800",
        'windefend_maps_signatures_hosts{age="current"} 1',
        'windefend_maps_signatures_hosts{age="old"} 1',
        'windefend_maps_signatures_hosts{age="unknown"} 1',
        "windefend_maps_oldest_signatures_age_seconds 720000",
        f"windefend_maps_run_finished_timestamp_seconds {AT}",
        f"windefend_maps_oldest_result_timestamp_seconds {AT - 3600}",
    ):
        assert wanted in found
    assert "windefend_maps_host_" not in text


def test_metrics_of_hosts_are_asked_for() -> None:
    text = metrics_of_hosts(
        fleet(
            well=host(site="Berlin"),
            broken=host(outcome="failed", cause="perimeter", after={"connected": False}, debt=[{"since": FINISHED}]),
            gone=host(outcome="unreachable", cause="unreachable", after={}),
            other=host(outcome="not_applicable", cause="other_antivirus", after={"connected": False}),
        )
    )
    found = lines(text)
    assert 'windefend_maps_host_info{host="well",site="Berlin",outcome="healthy",cause="none"} 1' in found
    assert [line for line in found if line.startswith("windefend_maps_host_reachable")] == [
        'windefend_maps_host_reachable{host="broken"} 0',
        'windefend_maps_host_reachable{host="well"} 1',
    ]
    assert f'windefend_maps_host_loosened_timestamp_seconds{{host="broken"}} {AT}' in found
    assert len([line for line in found if line.startswith("windefend_maps_host_info")]) == 4


def test_a_label_holds_any_name_and_ends_where_it_ends() -> None:
    text = metrics_of_hosts(fleet(**{'a"b\\c\nd\u202e': host()}))
    assert r'windefend_maps_host_reachable{host="a\"b\\c\nd⟨U+202E⟩"} 1' in lines(text)


def test_names_that_look_the_same_are_one_sample() -> None:
    text = metrics_of_hosts(fleet(**{"a\u202e": host(), "a⟨U+202E⟩": host()}))
    assert len([line for line in lines(text) if line.startswith("windefend_maps_host_reachable")]) == 1


def test_metrics_of_an_empty_report_and_of_wrong_times() -> None:
    assert "windefend_maps_run_finished" not in metrics_of_hosts(fleet())
    odd = host(finished="yesterday", debt=[{"since": "x"}, "y"], after={"state": {"signatures_age_hours": True}})
    text = metrics_of_hosts(fleet(pc=odd))
    assert "_timestamp_seconds" not in text
    assert 'windefend_maps_signatures_hosts{age="unknown"} 1' in lines(text)
    assert 'windefend_maps_loosening_hosts{state="open"} 1' in lines(text)


VERSIONS = sorted(filter(Version(ocsf.VERSION).__le__, map(Version, get_packaged_versions())))


@pytest.fixture(scope="module", params=VERSIONS, ids=str)
def schema(request: pytest.FixtureRequest) -> jsonschema.Draft202012Validator:
    """Of the class, in the version that an event names and in those after it; it allows no other attribute."""
    found = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=str(request.param)))
    return jsonschema.Draft202012Validator(found.get_class_schema("compliance_finding"))


def events(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in siem(found).splitlines()]


def test_events_have_the_shape_of_the_published_schema(schema: jsonschema.Draft202012Validator) -> None:
    hostile = report_fleet.hostile()
    for one in hostile["hosts"].values():
        one["finished"] = FINISHED
    for document in (report_fleet.generated(200), report_fleet.japanese(), hostile):
        found = events(report_fleet.read(document))
        assert len(found) == len(document["hosts"])
        for event in found:
            schema.validate(event)
    with pytest.raises(jsonschema.ValidationError):
        schema.validate({**found[0], "outcome": "healthy"})


@pytest.mark.parametrize(
    ("one", "status", "severity", "finding", "activity"),
    [
        (host(), "Pass", 1, 4, 1),
        (host(outcome="repaired", cause="perimeter"), "Pass", 1, 4, 3),
        (host(outcome="not_repairable", cause="perimeter", after={"connected": False}), "Fail", 3, 1, 1),
        (host(outcome="failed", cause="perimeter", after={"connected": False}), "Fail", 4, 1, 1),
        (host(outcome="unreachable", cause="unreachable", after={}), "Warning", 2, 1, 1),
        (host(outcome="not_applicable", cause="other_antivirus", after={}), "Not applicable", 1, 0, 1),
    ],
)
def test_an_event_says_what_became_of_the_host(
    one: dict[str, Any], status: str, severity: int, finding: int, activity: int
) -> None:
    (event,) = events(fleet(pc=one))
    assert event["compliance"]["status"] == status
    assert (event["severity_id"], event["status_id"], event["activity_id"]) == (severity, finding, activity)
    assert event["type_uid"] == 200300 + activity
    assert (event["device"]["name"], event["time"]) == ("pc", AT * 1000)
    assert event["unmapped"]["windefend_maps"]["outcome"] == one["outcome"]


def test_an_event_has_the_next_step_and_who_takes_it() -> None:
    ways = [
        {"who": "the proxy team", "text": "exempt it", "module": ""},
        {"who": "", "text": "set it", "module": "windefend.maps.x"},
    ]
    (event,) = events(
        fleet(pc=host(outcome="not_repairable", after={"connected": False, "hresult": "0x80072F8F"}, next=ways))
    )
    assert event["remediation"]["desc"] == "the proxy team: exempt it; you, with x: set it"
    assert event["compliance"]["status_code"] == "0x80072F8F"


def test_a_host_without_a_time_is_no_event() -> None:
    with pytest.raises(Refused, match="does not say when it checked 1 of 2 hosts, for example gone"):
        siem(fleet(pc=host(), gone=host(finished=None)))
