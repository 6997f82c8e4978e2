"""An assessment that runs nothing on the host: what it sends, what it says, and how sure that is."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.filter.diagnose import diagnose
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import Validation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import AssessmentRequest, assess
from ansible_collections.windefend.maps.plugins.plugin_utils._report import validation_report
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.accounts import Role
from ansible_collections.windefend.maps.winsim.machine.builder import filetime
from ansible_collections.windefend.maps.winsim.machine.defender import STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.tools import maps_record

SPYNET = STATE_KEY + r"\Spynet"


def passively(host: SimulatedHost, language: str = "en") -> dict[str, Any]:
    identity = RunIdentity("run", time.time())
    request = AssessmentRequest(Validation("auto", 60.0, identity), language=language, passive=True)
    return run_operation(host, assess(request))


def reached(host: SimulatedHost, ago: dt.timedelta) -> None:
    moment = filetime(host.machine.now() - ago)
    host.machine.registry.set(SPYNET, "LastMAPSSuccessTime", ValueType.BINARY, moment)


@pytest.mark.parametrize("scenario", ["healthy", "no_winhttp_proxy_72f8f", "maps_off", "service_disabled"])
def test_nothing_is_run(scenario: str) -> None:
    host = SimulatedHost(machine(scenario))
    before = len(host.machine.tasks)
    found = passively(host)
    sent = "\n".join(host.lines).lower()
    # curl.exe stands in the filter of the firewall rules, so the first option of each probe is looked for.
    assert not [one for one in ("mpcmdrun", " -q ", "schtasks", "certutil", "netsh wfp") if one in sent]
    assert len(host.machine.tasks) == before
    assert host.unknown == []
    assert len(host.lines) == 2
    assert (found["passive"], found["connected"], found["hresult"], found["changed"]) == (True, None, "", False)


def test_a_recent_connection_is_likely_and_never_certain() -> None:
    host = SimulatedHost(machine())
    reached(host, dt.timedelta(hours=2))
    found = passively(host)
    assert found["assumed"]["connected"] is True
    assert found["assumed"]["confidence"] == "likely"
    assert (found["cause"], found["confidence"], found["solutions"]) == ("none", "likely", [])
    assert "Nothing was run" in found["diagnosis"]
    assert "Only a validation proves it" in found["diagnosis"]
    report = validation_report(found)
    assert report["outcome"] == "healthy"
    assert report["before"]["connected"] is None


def test_a_recent_failure_says_since_when_and_how_often() -> None:
    host = SimulatedHost(machine("no_winhttp_proxy_72f8f"))
    reached(host, dt.timedelta(days=2))
    for hours in (30, 20, 1):
        maps_record.write_failure(host.machine, host.machine.now() - dt.timedelta(hours=hours), 0x80072F8F)
    found = passively(host)
    assert (found["assumed"]["connected"], found["assumed"]["confidence"]) == (False, "likely")
    assert "it recorded 3 failures of MAPS" in found["recorded"]
    assert found["recorded"] in found["diagnosis"]
    assert found["maps_record"]["failing"] is True
    assert validation_report(found)["outcome"] == "open"


@pytest.mark.parametrize("ago", [dt.timedelta(days=3), dt.timedelta(days=-3)])
def test_what_is_old_or_in_the_future_says_nothing(ago: dt.timedelta) -> None:
    host = SimulatedHost(machine())
    reached(host, ago)
    found = passively(host)
    assert (found["assumed"]["connected"], found["assumed"]["confidence"]) == (None, "none")
    assert found["cause"] != "none"


def test_a_host_that_has_written_nothing_is_not_known() -> None:
    found = passively(SimulatedHost(machine()))
    assert (found["assumed"]["connected"], found["assumed"]["confidence"]) == (None, "none")
    assert "neither a connection nor a failure" in found["assumed"]["because"]
    assert validation_report(found)["outcome"] == "open"


def test_a_service_that_is_stopped_is_certain_whatever_was_written() -> None:
    host = SimulatedHost(machine("service_disabled"))
    reached(host, dt.timedelta(hours=1))
    found = passively(host)
    assert (found["assumed"]["connected"], found["assumed"]["confidence"]) == (False, "certain")
    assert found["cause"] == "service_stopped"


def test_state_and_record_that_contradict_each_other_decide_nothing() -> None:
    host = SimulatedHost(machine("local_block_rule"))
    reached(host, dt.timedelta(hours=1))
    found = passively(host)
    assert (found["assumed"]["connected"], found["assumed"]["confidence"]) == (None, "none")
    assert "recorded a recent connection, but" in found["assumed"]["because"]


def test_where_there_is_nothing_to_reach() -> None:
    found = passively(SimulatedHost(machine("maps_off")))
    assert (found["assumed"]["connected"], found["assumed"]["confidence"]) == (None, "certain")
    assert validation_report(found)["outcome"] == "not_applicable"


def test_an_account_that_is_not_elevated_is_no_cause_where_nothing_is_validated() -> None:
    host = SimulatedHost(machine())
    host.machine.accounts[0] = replace(host.machine.accounts[0], role=Role.REMOTE_USER)
    reached(host, dt.timedelta(hours=1))
    found = passively(host)
    assert found["cause"] != "not_elevated"
    assert found["assumed"]["connected"] is True
    assert found["maps_record"]["events"]["unknown"]


def test_the_same_in_japanese_from_the_result() -> None:
    host = SimulatedHost(machine("no_winhttp_proxy_72f8f"))
    reached(host, dt.timedelta(days=2))
    maps_record.write_failure(host.machine, host.machine.now() - dt.timedelta(hours=1), 0x80072F8F)
    found = passively(host)
    again = diagnose(found)
    assert {name: again[name] for name in ("assumed", "recorded", "diagnosis", "cause")} == {
        name: found[name] for name in ("assumed", "recorded", "diagnosis", "cause")
    }
    japanese = diagnose(found, language="ja")
    assert japanese["diagnosis"] == passively(host, "ja")["diagnosis"]
    assert "デバイスでは何も実行していません" in japanese["diagnosis"]


def test_a_failure_that_was_validated_has_its_record_too() -> None:
    host = SimulatedHost(machine("no_winhttp_proxy_72f8f"))
    reached(host, dt.timedelta(days=2))
    maps_record.write_failure(host.machine, host.machine.now() - dt.timedelta(hours=1), 0x80072F8F)
    identity = RunIdentity("run", time.time())
    request = AssessmentRequest(Validation("current", 60.0, identity), probe=False)
    found = run_operation(host, assess(request))
    assert (found["connected"], found["passive"], found["assumed"]) == (False, False, None)
    assert "Windows recorded the last connection to MAPS at" in found["diagnosis"]
