"""Defender's own proxy as a step of a repair: only where it is asked for, and not where Windows would refuse it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import Refused
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.request import requested_own_proxy
from ansible_collections.windefend.maps.tests.support.remediation import PROXY, PromptHost, repair
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.machine.defender import POLICY_KEY, STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier, Proxy

SERVER = f"http://{PROXY}"
GIVEN = {"winhttp_proxy": False, "defender_proxy": SERVER}


@pytest.fixture
def host() -> PromptHost:
    """MAPS is reached through a proxy alone, the revocation lists are reached directly."""
    on = machine()
    on.network.direct.blocked["*:443"] = Barrier.DROP
    on.network.proxies[PROXY] = Proxy()
    return PromptHost(on)


def stored(on: Machine) -> Any:
    return on.registry.data(POLICY_KEY, "ProxyServer")


def test_it_repairs_a_host_whose_lists_are_reached_directly(host: PromptHost) -> None:
    report = repair(host, GIVEN)["report"]
    assert (report["outcome"], [step["id"] for step in report["steps"]]) == ("repaired", ["defender_proxy"])
    assert report["steps"][0]["after"]["policy"]["server"] == SERVER
    assert stored(host.machine) == SERVER
    again = repair(host, GIVEN)["report"]
    assert (again["outcome"], again["steps"]) == ("healthy", [])


def test_it_is_no_step_where_it_is_not_asked_for_or_there_already(host: PromptHost) -> None:
    report = repair(host, {"winhttp_proxy": False})["report"]
    assert (report["steps"], stored(host.machine)) == ([], None)
    host.machine.registry.set_text(POLICY_KEY, "ProxyServer", SERVER)
    host.machine.network.proxies[PROXY].reachable = False
    assert repair(host, GIVEN)["report"]["steps"] == []


def test_check_mode_plans_it(host: PromptHost) -> None:
    report = repair(host, GIVEN, check_mode=True)["report"]
    assert (report["outcome"], [step["id"] for step in report["steps"]]) == ("planned", ["defender_proxy"])
    assert stored(host.machine) is None


def test_tamper_protection_leaves_it_out_and_the_report_says_why(host: PromptHost) -> None:
    host.machine.registry.set_dword(STATE_KEY + r"\Features", "TamperProtection", 5)
    report = repair(host, GIVEN)["report"]
    assert (report["outcome"], report["steps"], stored(host.machine)) == ("not_repairable", [], None)
    assert "Defender's own proxy was not set, because tamper protection is on" in report["reason"]


def test_a_proxy_of_defender_that_is_no_more_is_replaced(host: PromptHost) -> None:
    host.machine.registry.set_text(POLICY_KEY, "ProxyServer", "http://old.corp.example:8080")
    report = repair(host, GIVEN)["report"]
    assert (report["outcome"], stored(host.machine)) == ("repaired", SERVER)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (False, None),
        (None, None),
        ("", None),
        ("no", None),
        (SERVER, {"server": SERVER}),
        ({"server": SERVER, "bypass": ["a.example"]}, {"server": SERVER, "bypass": "a.example"}),
        ({"pac_url": "http://a.example/p.pac"}, {"pac_url": "http://a.example/p.pac"}),
        ({"server": ""}, {"server": ""}),
    ],
)
def test_what_can_be_given(given: Any, wanted: Any) -> None:
    assert requested_own_proxy(given) == wanted


@pytest.mark.parametrize("given", ["proxy:3128", {"http": SERVER}, {}, 7, [SERVER]])
def test_what_cannot_be_given(given: Any) -> None:
    with pytest.raises(Refused):
        requested_own_proxy(given)
