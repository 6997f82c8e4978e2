"""What stops a program beside the rules of the firewall's three stores."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import other_filters
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall.verdict import LOCAL, Subject
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import netsh
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine

MSMPENG = Subject(r"C:\Program Files\Windows Defender\MsMpEng.exe", "WinDefend", 443)
STATIC, CONFIGURABLE = (rf"{LOCAL}\RestrictedServices\{one}\System" for one in ("Static", "Configurable"))
ALLOW = r"V2.0|Action=Allow|Dir=Out|RPort=443|App=%ProgramFiles%\Windows Defender\MsMpEng.exe|Svc=WinDefend|Name=Out|"
SAMPLE = (
    b"<netEvents>\n<netEvent>\n<header>\n<timeStamp>2019-08-07T01:02:03.456Z</timeStamp>\n<ipProtocol>17</ipProtocol>\n"
    b"<remoteAddrV4>10.195.33.252</remoteAddrV4>\n<localPort>21</localPort>\n<remotePort>61706</remotePort>\n</header>\n"
    b"<type>FWPM_NET_EVENT_TYPE_CLASSIFY_DROP</type>\n<classifyDrop>\n<filterId>66241</filterId>\n"
    b"<msFwpDirection>MS_FWP_DIRECTION_OUT</msFwpDirection>\n</classifyDrop>\n<internalFields>\n"
    b'<terminatingFiltersInfo numItems="3">\n<item>\n    <filterId>66241</filterId>\n'
    b"    <subLayer>FWPP_SUBLAYER_INTERNAL_FIREWALL_QUARANTINE</subLayer>\n<actionType>FWP_ACTION_BLOCK</actionType>\n"
    b"</item>\n</terminatingFiltersInfo>\n</internalFields>\n</netEvent>\n</netEvents>\n"
)


def read(host: SimulatedHost, others: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = plain(run_operation(host, other_filters.read(MSMPENG, 1 << 22, others)))
    assert host.unknown == []
    return found


def test_nothing_more_is_asked_unless_it_is_wanted() -> None:
    host = SimulatedHost(machine())
    assert read(host, others=False)["other_filters"] is None
    assert (len(host.lines), any("wfp" in line for line in host.lines)) == (1, False)


def test_what_a_filter_dropped() -> None:
    """Expert fact 9: EDRSilencer and its like stand in no store of the firewall."""
    host = SimulatedHost(machine())
    assert read(host)["other_filters"] == {"hardening_rules": [], "drops": []}
    host.machine.network.filtered_programs.append("MsMpEng.exe")
    result = read(host)
    (drop,) = result["other_filters"]["drops"]
    assert (drop["remote_port"], drop["protocol"]) == ("443", "6")
    assert not drop["sub_layer"].startswith("FWPP_SUBLAYER_INTERNAL_FIREWALL_")
    assert result["verdict"] == "allowed", "the firewall itself says nothing of it"


def test_a_published_sample() -> None:
    (drop,) = netsh.parse_drops(SAMPLE)
    assert (drop.time, drop.protocol, drop.remote_address) == ("2019-08-07T01:02:03.456Z", "17", "10.195.33.252")
    assert (drop.remote_port, drop.filter_id) == ("61706", "66241")
    assert drop.sub_layer == "FWPP_SUBLAYER_INTERNAL_FIREWALL_QUARANTINE"
    assert netsh.parse_drops(SAMPLE.replace(b"_OUT<", b"_IN<")) == ()
    assert netsh.parse_drops(SAMPLE.replace(b"</header>", b"")) == ()
    assert netsh.parse_drops(b"") == ()


@pytest.mark.parametrize(("key", "store"), [(STATIC, "static"), (CONFIGURABLE, "configurable")])
def test_rules_of_service_hardening(key: str, store: str) -> None:
    """Expert fact 8: shown, and not weighed."""
    host = SimulatedHost(machine())
    host.machine.registry.set_text(key, "WinDefend-1", ALLOW)
    host.machine.registry.set_text(key, "Other-1", ALLOW.replace("WinDefend", "Other").replace("MsMpEng", "other"))
    host.machine.registry.set_text(key, "WinDefend-2", ALLOW.replace("Dir=Out", "Dir=In"))
    result = read(host)
    assert result["other_filters"]["hardening_rules"] == [{"store": store, "name": "WinDefend-1", "rule": ALLOW}]
    assert result["unknown"] == []


def test_who_may_not_ask_does_not_know() -> None:
    found = read(SimulatedHost(machine("not_elevated")))
    assert found["other_filters"]["drops"] is None
    assert any(one["fact"] == "other_filters.drops" for one in found["unknown"])
