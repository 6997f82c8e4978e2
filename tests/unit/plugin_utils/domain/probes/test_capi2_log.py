"""The CAPI2 log: switched on only where somebody asks for it, undone by the journal, and what its events say."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import record
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError, Refused
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import capi2_log
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes.capi2_log import Fetch, LogRequest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import eventlog
from ansible_collections.windefend.maps.tests.support.operations import run_operation, validation
from ansible_collections.windefend.maps.tests.support.remediation import Journal, PromptHost
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.snapshot import difference, snapshot
from ansible_collections.windefend.maps.winsim.tools import capi2

CHANNEL = rf"{capi2.CHANNELS_KEY}\{capi2.CHANNEL}"
PUBLISHED = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>53</EventID>"
    "<TimeCreated SystemTime='2020-08-10T12:40:27.774475300Z'/><EventRecordID>108</EventRecordID>"
    "<Channel>Microsoft-Windows-CAPI2/Operational</Channel></System><UserData><CryptRetrieveObjectByUrlWire>"
    "<URL scheme='http'>http://crl3.digicert.com/DigiCertGlobalRootCA.crl</URL>"
    "<Object type='CONTEXT_OID_CRL' constant='2'/><Timeout>PT15S</Timeout>"
    "<Flags value='202005' CRYPT_PROXY_CACHE_RETRIEVAL='true'/><AdditionalInfo><Action name='Call_WinHttpSendRequest'>"
    "<Error value='2EE7'>The server name or address could not be resolved</Error></Action></AdditionalInfo>"
    "<EventAuxInfo ProcessName='Microsoft.IdentityServer.ServiceHost.exe'/><Result value='2EE7'/>"
    "</CryptRetrieveObjectByUrlWire></UserData></Event>"
)
"""The fields of the event that Microsoft Q&A 63671 has."""


def read(host: SimulatedHost, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    return run_operation(host, capi2_log.configure(LogRequest(**options), check_mode))


def validate(host: SimulatedHost) -> None:
    run_operation(host, validation(run_as="current", timeout=5, identity=RunIdentity("x", 0.0)))


def test_a_published_event() -> None:
    (event,) = eventlog.parse(PUBLISHED.encode()).events
    found = Fetch.of(event)
    assert (found.url, found.code) == ("http://crl3.digicert.com/DigiCertGlobalRootCA.crl", "0x80072EE7")
    assert (found.process, found.proxy_cache) == ("Microsoft.IdentityServer.ServiceHost.exe", True)
    assert "name" in found.meaning


@pytest.mark.parametrize(("digits", "code"), [("80092013", 0x80092013), ("0", 0), ("", 0), ("x", 0), ("5", 0x80070005)])
def test_a_number_of_the_log(digits: str, code: int) -> None:
    assert capi2_log._code(digits) == code


EVENT = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>{id}</EventID>"
    "<TimeCreated SystemTime='2026-03-13T20:00:05.356343Z'/></System>"
    "<UserData><{name}><EventAuxInfo ProcessName='MsSense.exe'/><Result value='{result}'>words</Result></{name}>"
    "</UserData></Event>"
)


@pytest.mark.parametrize(
    ("number", "name", "result", "code"),
    [
        (41, "CertVerifyRevocation", "80092010", "0x80092010"),  # Microsoft Learn, Always On VPN
        (41, "CertVerifyRevocation", "80092013", "0x80092013"),
        (11, "CertGetCertificateChain", "800B0109", "0x800B0109"),
        (11, "CertGetCertificateChain", "0", ""),
    ],
)
def test_checks_of_revocation_and_chains(number: int, name: str, result: str, code: str) -> None:
    (event,) = eventlog.parse(EVENT.format(id=number, name=name, result=result).encode()).events
    found = Fetch.of(event)
    assert (found.event_id, found.process, found.code) == (number, "MsSense.exe", code)
    assert (found.url, found.proxy_cache) == ("", None), "only a fetch has these"
    assert number in capi2_log.EVENTS


def test_a_channel_without_the_value_is_off() -> None:
    host = SimulatedHost(machine())
    host.machine.registry.delete_value(CHANNEL, "Enabled")
    assert read(host, within=0)["before"] == {"enabled": False}
    assert read(host, within=0, enabled=True)["after"] == {"enabled": True}


def test_as_many_events_as_are_asked_for_fit_an_answer() -> None:
    """An event has some thousand bytes (captures)."""
    event = 5000
    assert capi2_log.MOST_COUNT * event <= capi2_log.MOST_BYTES
    assert record.MOST * event <= record.MOST_BYTES


def test_nothing_is_switched_on_unless_it_is_asked_for() -> None:
    host = SimulatedHost(machine())
    before = snapshot(host.machine)
    result = read(host)
    assert (result["changed"], result["before"], result["after"]) == (False, {"enabled": False}, {"enabled": False})
    assert (result["fetches"], result["unread"]) == ([], "")
    assert not any("wevtutil sl" in line for line in host.lines)
    assert difference(before, snapshot(host.machine)) == []
    assert host.unknown == []


def test_check_mode_says_what_would_change() -> None:
    host = SimulatedHost(machine())
    result = read(host, check_mode=True, enabled=True)
    assert (result["changed"], result["after"]) == (True, {"enabled": True})
    assert not capi2.is_on(host.machine)


def test_who_fetched_which_list(tmp_path: pathlib.Path) -> None:
    """Expert fact 10: on for one validation, and off again by the journal."""
    host = PromptHost(machine("healthy_behind_proxy"))
    journal = Journal(tmp_path)
    before = snapshot(host.machine)
    assert journal.drive(host, capi2_log.configure(LogRequest(True, 0), False))["changed"]
    assert capi2.is_on(host.machine)
    assert not journal.drive(host, capi2_log.configure(LogRequest(True, 0), False))["changed"]
    validate(host)
    result = read(host)
    assert result["processes"] == ["svchost.exe"]
    assert {one["url"] for one in result["fetches"]} == set(host.machine.network.server_lists)
    assert (result["failed_urls"], {one["code"] for one in result["fetches"]}) == ([], {""})
    assert journal.rollback(host)["changed"]
    assert not capi2.is_on(host.machine)
    host.machine.events.clear()
    assert difference(before, snapshot(host.machine)) == []


def test_a_list_that_is_out_of_reach_is_named_with_its_error() -> None:
    host = SimulatedHost(machine())
    host.machine.network.direct.blocked["crl.microsoft.com:80"] = Barrier.DROP
    read(host, enabled=True)
    validate(host)
    failed = [one for one in read(host)["fetches"] if one["code"]]
    assert {(one["code"], one["process"]) for one in failed} == {("0x80072EE2", "svchost.exe")}
    assert all("crl.microsoft.com" in one["url"] for one in failed)
    off = read(host, enabled=False, within=0)
    assert (off["changed"], off["fetches"]) == (True, [])
    validate(host)
    assert len(read(host)["fetches"]) == len(host.machine.network.server_lists), "off: nothing more is written"


def test_who_may_not_change_it_is_told() -> None:
    host = SimulatedHost(machine("not_elevated"))
    assert read(host)["unread"]
    with pytest.raises(HostError, match=r"should be on but is off.*elevated"):
        read(host, enabled=True)


@pytest.mark.parametrize("options", [{"within": -1}, {"within": 10081}, {"count": 0}, {"count": 201}])
def test_bounds(options: dict[str, int]) -> None:
    host = SimulatedHost(machine())
    with pytest.raises(Refused):
        read(host, **options)
    assert host.lines == []
