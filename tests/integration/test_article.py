"""The tables of Microsoft's article, row by row: each test is named after its row, and docs/coverage.md lists them.

"Configure and validate Microsoft Defender Antivirus network connections". The rows are restated here, not taken
from the collection's catalogue, so that a row that got lost there is missed.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from ansible_collections.windefend.maps.tests.integration.test_remediate import PROXY, remediate
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet
from ansible_collections.windefend.maps.winsim.snapshot import difference

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
STORAGE = (
    "ussus1eastprod",
    "ussus2eastprod",
    "ussus3eastprod",
    "ussus4eastprod",
    "wsus1eastprod",
    "wsus2eastprod",
    "ussus1westprod",
    "ussus2westprod",
    "ussus3westprod",
    "ussus4westprod",
    "wsus1westprod",
    "wsus2westprod",
    "usseu1northprod",
    "wseu1northprod",
    "usseu1westprod",
    "wseu1westprod",
    "ussuk1southprod",
    "wsuk1southprod",
    "ussuk1westprod",
    "wsuk1westprod",
)
SERVICES: dict[str, tuple[str, ...]] = {
    "maps": ("*.wdcp.microsoft.com:443", "*.wdcpalt.microsoft.com:443", "*.wd.microsoft.com:443"),
    "update": (
        "*.update.microsoft.com:443",
        "*.delivery.mp.microsoft.com:443",
        "*.windowsupdate.com:443",
        "ctldl.windowsupdate.com:443",
    ),
    "adl": (
        "*.download.microsoft.com:443",
        "*.download.windowsupdate.com:443",
        "*.download.windowsupdate.com:80",
        "go.microsoft.com:443",
        "go.microsoft.com:80",
        "www.microsoft.com:443",
        "definitionupdates.microsoft.com:443",
        "fe3cr.delivery.mp.microsoft.com:443",
    ),
    "storage": tuple(f"{name}.blob.core.windows.net:443" for name in STORAGE),
    "crl": ("www.microsoft.com:80", "crl.microsoft.com:80"),
    "gdpr": ("vortex-win.data.microsoft.com:443", "settings-win.data.microsoft.com:443"),
}
LISTS = (
    "http://www.microsoft.com/pkiops/crl/",
    "http://www.microsoft.com/pkiops/certs",
    "http://crl.microsoft.com/pki/crl/products",
    "http://www.microsoft.com/pki/certs",
)
EVERYTHING = "{{ query('windefend.maps.endpoints', edition='2023-06', result='probes') | map(attribute='url') }}"


def falls_under(url: str, row: str) -> bool:
    """Whether a URL goes to a row's host and port; a wildcard stands for the bare name too."""
    address = urlsplit(url)
    pattern, _unused, port = row.rpartition(":")
    host = address.hostname or ""
    at = address.port or (443 if address.scheme == "https" else 80)
    return at == int(port) and (fnmatch.fnmatch(host, pattern) or host == pattern.removeprefix("*."))


@pytest.mark.parametrize("service", SERVICES)
def test_row_of_services(start_fleet: StartFleet, service: str) -> None:
    """Where a perimeter drops one row of the service, exactly the addresses of that row are told as out of reach."""
    rows = SERVICES[service]

    def blocked(row: str) -> dict[str, str]:
        pattern, _unused, port = row.rpartition(":")
        return {f"{pattern}:{port}": "drop", f"{pattern.removeprefix('*.')}:{port}": "drop"}

    hosts = [
        {
            "name": f"row{number}",
            "scenario": "healthy",
            "overrides": {"network": {"direct": {"blocked": blocked(row)}}},
        }
        for number, row in enumerate(rows)
    ]
    fleet = start_fleet({"hosts": hosts})
    run = fleet.module("endpoint_info", urls=EVERYTHING, crl_urls=[], revocation=False)
    assert run.status == 0, run.output
    for number, row in enumerate(rows):
        result = run.of("it", f"row{number}")
        asked = [one["url"] for one in result["endpoints"]]
        of_row = [url for url in asked if falls_under(url, row)]
        assert of_row, f"the catalogue asks nothing of {row}"
        if service == "crl":  # then no certificate can be checked, so every https address is out of reach: the article
            assert set(of_row) <= set(result["not_reached"]), row
            failures = {one["failure"] for one in result["endpoints"] if one["url"].startswith("https:")}
            assert failures == {"revocation_offline"}, row
        else:
            assert result["not_reached"] == of_row, row
        assert result["not_known"] == []
    if service == "crl":
        assert set(LISTS) <= set(asked), "the article's four folders by their names"


def test_row_storage_wildcard_keeps_its_inspection(start_fleet: StartFleet) -> None:
    """No allow rule for *.blob.core.windows.net, and never an exemption from inspection; the twenty by name."""
    fleet = start_fleet({"hosts": [{"name": "pc"}]})
    path = fleet.folder / "list.txt"
    task = {"name": "it", "windefend.maps.endpoint_export": {"dest": str(path), "format": "palo_alto"}}
    run = fleet.play([{**task, "delegate_to": "localhost"}])
    assert run.status == 0, run.output
    lines = path.read_text().splitlines()
    assert not any(line.startswith("*.blob.core.windows.net") for line in lines)
    for name in STORAGE:
        assert any(line.startswith(f"{name}.blob.core.windows.net") for line in lines), name


@pytest.mark.parametrize("locale", ["en", "ja"])
@pytest.mark.parametrize("code", ["0x80070006", "0x80072F8F", "0x80072EFE"])
def test_row_of_error_messages(start_fleet: StartFleet, code: str, locale: str) -> None:
    """The three messages, their root cause, and the preferred solution, which cures them."""
    scenario = f"no_winhttp_proxy_{code.removeprefix('0x800').lower()}"
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": scenario, "locale": locale}]})
    _run, report = remediate(fleet)
    ended = report["pc"]
    assert (ended["before"]["hresult"], ended["before"]["httpcore"]) == (code, 451)
    assert ended["cause"] == "winhttp_proxy_missing"
    assert [step["id"] for step in ended["steps"]] == ["winhttp_proxy"]
    assert (ended["outcome"], ended["after"]["connected"]) == ("repaired", True)


@pytest.mark.parametrize(
    ("scenario", "cause"), [("remote_user_with_shell", "not_elevated"), ("old_build", "windows_too_old")]
)
def test_row_command_needs_an_administrator_and_1703(start_fleet: StartFleet, scenario: str, cause: str) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": scenario}]})
    assert fleet.module("maps_connection_info").of("it")["cause"] == cause
    fleet.machines["pc"].log.clear()  # the old one knows no such command, as it should be


def test_row_solution_preferred(start_fleet: StartFleet) -> None:
    """The system-wide WinHTTP proxy lets Windows fetch its revocation lists: before proven missing, then arriving."""
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "no_winhttp_proxy_72f8f"}]})
    assert fleet.module("endpoint_info").of("it")["revocation"]["crl_out_of_reach"] == "proven"
    run = fleet.module("winhttp_proxy", proxy=PROXY)
    assert run.of("it")["changed"]
    assert fleet.module("endpoint_info").of("it")["revocation"]["crl_out_of_reach"] == "excluded"
    assert fleet.module("maps_connection_info").of("it")["connected"] is True


def test_row_reference_turn_off_automatic_root_updates(start_fleet: StartFleet) -> None:
    """The policy "Automatically update certificates in the Microsoft Root Certificate Program", unticked."""
    fleet = start_fleet({"hosts": [{"name": "pc"}]})
    result = fleet.module("root_update", disable_root_auto_update=True).of("it")
    assert result["after"]["disable_root_auto_update"] is True
    assert any("DisableRootAutoUpdate" in line for line in difference({}, fleet.state("pc")))


@pytest.mark.parametrize(
    ("value", "revocation", "pinning"), [(0, False, False), (1, True, False), (2, False, True), (3, True, True)]
)
def test_row_workaround_ssl_options(start_fleet: StartFleet, value: int, revocation: bool, pinning: bool) -> None:
    """0 switches off both checks, 1 pinning, 2 revocation, 3 neither; the key and the type are the article's."""
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "crl_blocked", "variables": {}}]})
    fleet.module("spynet", ssl_options=3 - value)
    assert fleet.module("spynet", ssl_options=value).of("it")["changed"]
    run = fleet.module("spynet", "--check", revocation_check=revocation, certificate_pinning=pinning)
    assert not run.of("it")["changed"]
    stored = fleet.machines["pc"].registry.number(SPYNET, "SSLOptions", 99)
    assert stored == value
    connected = fleet.module("maps_connection_info").of("it")["connected"]
    assert connected is not revocation, "without the check, MAPS answers although the lists are out of reach"
