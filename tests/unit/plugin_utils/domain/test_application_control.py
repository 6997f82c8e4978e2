"""Hosts on which application control refuses script files or programs, as winsim's override `applocker` makes them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.remediation import PromptHost, repair
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.tests.unit.plugin_utils.domain.test_output_limits import READING
from ansible_collections.windefend.maps.winsim.machine.application_control import SCRIPTS
from ansible_collections.windefend.maps.winsim.scenarios import SCENARIOS

FILES = [f"*{ending}" for ending in SCRIPTS]
BROKEN = "no_winhttp_proxy_72f8f"
NOW = dt.datetime.now(dt.UTC)


def host(scenario: str, *refused: str, services: bool = False) -> PromptHost:
    rules = {"refused": list(refused), "services_enforced": services}
    on = machine(scenario, overrides={"applocker": rules})
    on.true_time = lambda: NOW  # so that the answers of two hosts compare
    return PromptHost(on)


def validated(on: SimulatedHost, warnings: list[str] | None = None) -> dict[str, Any]:
    return dict(plain(run_operation(on, READING["maps_connection_info"](), warnings)))


@pytest.mark.parametrize(("name", "run_as"), [(BROKEN, "current"), ("outbound_block", "system")])
def test_script_rules_change_nothing(name: str, run_as: str) -> None:
    """No command line and no task as SYSTEM is a file."""
    variables = {**SCENARIOS[name].variables, "run_as": run_as}
    reports = [repair(on, variables)["report"] for on in (host(name, *FILES, services=True), host(name))]
    assert reports[0] == reports[1]
    assert reports[0]["outcome"] == SCENARIOS[name].expect.outcome


@pytest.mark.parametrize("name", sorted(READING))
def test_no_operation_that_reads_needs_a_script(name: str) -> None:
    with_rules, without = (host("healthy", *FILES, services=True), host("healthy"))
    answers = [plain(run_operation(on, READING[name]())) for on in (with_rules, without)]
    assert answers[0] == answers[1]


def test_what_is_refused_to_users_is_asked_as_system() -> None:
    """AppLocker leaves SYSTEM alone by default; it was 'could not be started', on a host that could be repaired."""
    on = host(BROKEN, "MpCmdRun.exe")
    report = repair(on)["report"]
    assert (report["outcome"], report["cause"]) == ("repaired", "winhttp_proxy_missing")
    assert report["before"]["run_as"] == report["after"]["run_as"] == "system"
    assert on.unknown == []
    tried = [line for line in on.lines if "-ValidateMapsConnection" in line]
    assert len(tried) == 2, "in each folder once: after the step SYSTEM is asked at once"


def test_who_is_asked_for_by_name_is_asked_alone() -> None:
    found = plain(run_operation(host(BROKEN, "MpCmdRun.exe"), READING["maps_connection_info"]()))
    assert (found["connected"], found["run_as"]) == (None, "current")


@pytest.mark.parametrize(
    ("refused", "services", "told"),
    [
        (["MpCmdRun.exe"], True, ""),
        (["MpCmdRun.exe", "schtasks.exe"], False, "SYSTEM could not be asked.*blocked by group policy"),
    ],
)
def test_where_system_cannot_start_it_either_nothing_is_concluded(
    refused: list[str], services: bool, told: str
) -> None:
    warnings: list[str] = []
    report = repair(host(BROKEN, *refused, services=services), warnings=warnings)["report"]
    assert (report["outcome"], report["cause"]) == ("not_repairable", "mpcmdrun_not_started")
    assert report["before"]["connected"] is None
    assert not told or re.search(told, " ".join(warnings))


@pytest.mark.parametrize(
    "tool", ["sc", "netsh", "findstr", "find", "curl", "certutil", "wevtutil", "schtasks", "icacls", "ping"]
)
@pytest.mark.parametrize("name", [BROKEN, "outbound_block"])
def test_a_tool_that_is_refused_makes_no_fact_wrong(name: str, tool: str) -> None:
    """What is still concluded is what the scenario is, or that it is not known."""
    found = validated(host(name, f"{tool}.exe"))
    right = SCENARIOS[name].expect.cause.value
    asserted = {one["id"] for one in found["causes"] if one["confidence"] != "possible"}
    assert found["connected"] is False
    assert asserted <= {right}, found["diagnosis"]


@pytest.mark.parametrize("scenario", ["healthy", BROKEN])
def test_without_reg_nothing_was_read(scenario: str) -> None:
    with pytest.raises(HostError, match=r"nothing was read of this host.*blocked by group policy.*application control"):
        validated(host(scenario, "reg.exe"))
