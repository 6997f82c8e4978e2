"""The repair of a host on which a setting is stored and not in force (B06, B07, B11, B21)."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.support.remediation import repair
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim import physics
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM
from ansible_collections.windefend.maps.winsim.scenarios import SCENARIOS


@pytest.mark.parametrize("probe", ["auto", "never"])
@pytest.mark.parametrize(
    "name", ["proxy_switched_off", "proxy_bypassed", "proxy_unusable", "smart_quotes", "disable_value_ignored"]
)
def test_a_repair_ends_as_the_scenario_expects(name: str, probe: str) -> None:
    """B06, B07, B11, B21: from what is stored to the step that helps, or to the person who can."""
    scenario = SCENARIOS[name]
    on = machine(name)
    result = repair(SimulatedHost(on), {**scenario.variables, "probe": probe})
    assert result["report"]["outcome"] == scenario.expect.outcome.value, result["report"]["reason"]
    assert result["report"]["cause"] == scenario.expect.cause.value
    assert physics.validate(on, SYSTEM).connected is (scenario.expect.outcome.value == "repaired")


def test_without_a_list_the_one_that_exempts_what_is_needed_is_not_kept_silently() -> None:
    """B07: the list of the host stays where none is given, so the step is refused and says what to give."""
    on = machine("proxy_bypassed")
    report = repair(SimulatedHost(on), {"probe": "auto"})["report"]
    assert report["outcome"] == "not_repairable"
    assert "the bypass list of the WinHTTP settings contains *" in report["reason"]
    assert "remediate_winhttp_proxy_bypass_list" in report["reason"]
