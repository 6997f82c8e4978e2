"""winsim's curl and tar for the test file, what real-time protection does with it, and signatures that are offered."""

from __future__ import annotations

import datetime as dt

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import ADMIN, USER, Prompt
from ansible_collections.windefend.maps.winsim.machine.builder import LOCALES, build
from ansible_collections.windefend.maps.winsim.machine.defender import STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier, Proxy
from ansible_collections.windefend.maps.winsim.tools import (
    curl as curl_tool,
    mpcmdrun,
    programs,
    realtime,
    tar,
    wevtutil,
)
from ansible_collections.windefend.maps.winsim.tools.curl import body
from ansible_collections.windefend.maps.winsim.tools.wevtutil import xpath

PATH = r"C:\Windows\Temp\f.exe"
FILE = "https://aka.ms/ioavtest"
ZIP = "https://go.microsoft.com/fwlink/?linkid=2298135"
PROXY = "p.example:3128"


@pytest.fixture
def machine() -> Machine:
    return build("PC", seed=3)


def curl(machine: Machine, url: str = FILE, *options: str) -> tuple[int, str]:
    prompt = Prompt(curl_tool.run, machine)
    code, _unused = prompt.run(" ".join(("-s -S -L --fail", *options, f'-o {PATH} "{url}"')))
    assert prompt.unknown == []
    return code, prompt.error


def mark(machine: Machine) -> None:
    """As a browser does."""
    machine.files.write_stream(PATH, "Zone.Identifier", b"[ZoneTransfer]\r\nZoneId=3\r\n")
    realtime.written(machine, PATH, "x")


def asleep(machine: Machine) -> None:
    machine.registry.set_dword(STATE_KEY + r"\Real-Time Protection", "DisableRealtimeMonitoring", 1)


def test_both_programs_are_there(machine: Machine) -> None:
    for name, tool in (("curl", curl_tool.run), ("tar", tar.run)):
        node = machine.files.find(rf"C:\Windows\System32\{name}.exe")
        assert node is not None
        assert programs.tool(node.program) is tool


def test_the_file_stays_where_nobody_looks(machine: Machine) -> None:
    asleep(machine)
    assert curl(machine) == (0, "")
    assert machine.files.read(PATH) == realtime.TEST_FILE
    assert machine.coming_events == []


@pytest.mark.parametrize("value", ["SubmitSamplesConsent", "DisableBlockAtFirstSeen"])
def test_only_a_file_from_the_internet_is_asked_about(machine: Machine, value: str) -> None:
    """Microsoft Learn, configure-block-at-first-sight: the Internet zone, and neither `Never send` nor switched off."""
    assert curl(machine) == (0, "")
    assert machine.files.is_file(PATH), "curl writes no mark of the web"
    machine.registry.set_dword(STATE_KEY + r"\Spynet", value, {"SubmitSamplesConsent": 2}.get(value, 1))
    mark(machine)
    assert machine.files.is_file(PATH)
    code, out = Prompt(mpcmdrun.run, machine).run(f"-Scan -ScanType 3 -File {PATH}")
    assert (code, machine.files.is_file(PATH)) == (0, False)
    assert "found 1 threats." in out


def test_an_excluded_folder_is_not_scanned(machine: Machine) -> None:
    machine.registry.set_dword(STATE_KEY + r"\Exclusions\Paths", r"C:\Windows\Temp", 0)
    curl(machine)
    code, out = Prompt(mpcmdrun.run, machine).run(r"-Scan -ScanType 3 -File C:\Windows\Temp")
    assert (code, out.splitlines()[-1]) == (0, r"Scanning C:\Windows\Temp found no threats.")
    excluded = Prompt(mpcmdrun.run, machine).run(f"-CheckExclusion -Path {PATH}")
    assert excluded == (0, rf"{PATH} [\Device\HarddiskVolume1{PATH[2:]}] is excluded. Exit code is 0." + "\r\n")
    assert Prompt(mpcmdrun.run, machine).run(r"-CheckExclusion -Path C:\Other")[0] == 1


def test_the_file_goes_and_two_events_come(machine: Machine) -> None:
    assert curl(machine) == (0, "")
    mark(machine)
    assert not machine.files.is_file(PATH)
    code, out = Prompt(wevtutil.run, machine).run(f'qe "{realtime.CHANNEL}" /f:xml /rd:true')
    events = [xpath.Event.parse(line) for line in out.splitlines()]
    assert code == 0
    assert [event.system["EventID"] for event in events] == ["1117", "1116"]
    for event in events:
        data = {one.get("Name"): one.text for one in event.root.findall("EventData/Data")}
        assert len(event.root.findall("EventData/Data")) == 42, "as many as the provider's template has"
        assert data["Path"] == f"file:_{PATH}"
    assert out.startswith(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='"
    )


def test_an_event_comes_when_its_time_is_there(machine: Machine) -> None:
    now = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    machine.true_time = lambda: now
    machine.defender.action_seconds = 9
    curl(machine)
    mark(machine)
    machine.write_due_events()
    assert len(machine.events) == 1
    now += dt.timedelta(seconds=9)
    machine.write_due_events()
    assert len(machine.events) == 2
    assert machine.coming_events == []


def test_values_are_japanese_and_names_are_not() -> None:
    made = build("PC", locale=LOCALES["ja"], seed=3)
    curl(made)
    mark(made)
    made.write_due_events()
    assert "<Data Name='Severity Name'>重大</Data>" in made.events[0]
    assert "<Data Name='Action Name'>検疫</Data>" in made.events[1]


def test_without_the_cloud_it_is_not_detected(machine: Machine) -> None:
    machine.network.direct.blocked["*.wdcp.microsoft.com:*"] = Barrier.DROP
    assert curl(machine)[0] == 0
    mark(machine)
    assert machine.files.is_file(PATH)


@pytest.mark.parametrize(
    ("barrier", "proxy", "url", "code", "text"),
    [
        (Barrier.DROP, False, FILE, 28, "timed out"),
        (Barrier.REFUSE, False, FILE, 7, "Failed to connect to aka.ms port 443"),
        (Barrier.CUT, False, FILE, 35, "reset"),
        (Barrier.REFUSE, True, FILE, 56, "response 403"),
        (Barrier.REFUSE, True, "http://aka.ms/ioavtest", 22, "403"),
    ],
)
def test_what_stops_it(machine: Machine, barrier: Barrier, proxy: bool, url: str, code: int, text: str) -> None:
    path = machine.network.direct
    if proxy:
        machine.network.proxies[PROXY] = path = Proxy()
    path.blocked["aka.ms:*"] = barrier
    ended, error = curl(machine, url, *([f"-x http://{PROXY}"] if proxy else []))
    assert ended == code
    assert error.startswith(f"curl: ({code}) ")
    assert text in error
    assert not machine.files.is_file(PATH)


def test_a_proxy_that_is_not_there_or_wants_a_password(machine: Machine) -> None:
    assert curl(machine, FILE, f"-x {PROXY}")[0] == 28
    machine.network.proxies[PROXY] = Proxy(requires_password=True)
    assert "CONNECT tunnel failed, response 407" in curl(machine, FILE, f"-x {PROXY}")[1]
    assert curl(machine, FILE, f"-x {PROXY}", '--noproxy "*"')[0] == 0


def test_inspection_and_a_revocation_list_out_of_reach(machine: Machine) -> None:
    machine.network.direct.blocked["*:80"] = Barrier.DROP
    assert "0x80092013" in curl(machine)[1]
    machine.network.direct.inspects_tls = True
    assert "0x80092012" in curl(machine)[1]


def test_a_page_in_the_place_of_the_file(machine: Machine) -> None:
    machine.network.direct.blocked["aka.ms:*"] = Barrier.PAGE
    assert curl(machine)[0] == 0
    assert machine.files.read(PATH).startswith(b"<!DOCTYPE html>")


def test_nothing_behind_another_address_and_no_right_to_write(machine: Machine) -> None:
    assert curl(machine, "https://aka.ms/other")[0] == 22
    prompt = Prompt(curl_tool.run, machine, token=USER)
    assert prompt.run(rf"-f -o C:\Windows\f.exe {FILE}")[0] == 23


@pytest.mark.parametrize("arguments", [f"{FILE}", f"-f -o x --http2 {FILE}", "-f -o x"])
def test_what_winsim_does_not_know_of_curl_is_noted(machine: Machine, arguments: str) -> None:
    prompt = Prompt(curl_tool.run, machine)
    assert prompt.run(arguments)[0] == 2
    assert prompt.unknown


def test_tar(machine: Machine) -> None:
    asleep(machine)
    prompt = Prompt(tar.run, machine, token=ADMIN)
    assert curl(machine, ZIP)[0] == 0
    line = rf"-xf {PATH} -C C:\Windows\Temp --passphrase "
    assert prompt.run(line + "wrong")[0] == 1
    assert "Incorrect passphrase" in prompt.error
    assert prompt.run(line + "infected")[0] == 0
    assert machine.files.read(rf"C:\Windows\Temp\{tar.MEMBER}") == realtime.TEST_FILE
    assert prompt.run(r"-xf C:\none -C C:\ --passphrase x")[0] == 1
    machine.files.write(PATH, body.PAGE)
    assert prompt.run(line + "infected")[0] == 1
    assert "Unrecognized archive format" in prompt.error
    assert prompt.unknown == []
    assert prompt.run("-tf x")[0] == 1
    assert prompt.unknown == ["tar -tf x"]


def test_the_archive_itself_is_not_detected(machine: Machine) -> None:
    assert curl(machine, ZIP)[0] == 0
    assert machine.files.is_file(PATH)


def test_offered_signatures_are_taken_once(machine: Machine) -> None:
    machine.defender.offered_signatures = "1.450.10.0"
    prompt = Prompt(mpcmdrun.run, machine)
    assert (
        "AntiVirus Signature Version: 1.450.10.0\r\nSignature update finished.\r\n" in prompt.run("-SignatureUpdate")[1]
    )
    assert prompt.run("-SignatureUpdate -MMPC")[1].endswith("No updates needed\r\n")
    machine.defender.offered_signatures = "1.449.9999.0"
    assert prompt.run("-SignatureUpdate")[1].endswith("No updates needed\r\n")
    assert prompt.unknown == []
    prompt.run("-SignatureUpdate -Path x")
    assert prompt.unknown == ["MpCmdRun -SignatureUpdate -Path x"]


def test_microsofts_page_is_asked_after_another_source_where_the_signatures_are_old(machine: Machine) -> None:
    """Microsoft Learn, where Defender receives updates: as a fallback, MMPC serves only what is out of date."""
    machine.defender.offered_signatures = "1.450.10.0"
    machine.network.direct.blocked["*.delivery.mp.microsoft.com:*"] = Barrier.DROP
    prompt = Prompt(mpcmdrun.run, machine)
    assert prompt.run("-SignatureUpdate")[0] == mpcmdrun.UPDATE_FAILED
    machine.clock_offset += dt.timedelta(days=8)
    assert prompt.run("-SignatureUpdate")[0] == 0


def test_the_order_and_the_shares_of_the_machine_count(machine: Machine) -> None:
    updates = STATE_KEY + r"\Signature Updates"
    machine.registry.set_text(updates, "FallbackOrder", "FileShares|MMPC")
    machine.network.direct.blocked["definitionupdates.microsoft.com:*"] = Barrier.DROP
    prompt = Prompt(mpcmdrun.run, machine)
    assert prompt.run("-SignatureUpdate -UNC")[0] == mpcmdrun.UPDATE_FAILED, "no share is named"
    assert prompt.run("-SignatureUpdate -MMPC")[0] == mpcmdrun.UPDATE_FAILED
    machine.registry.set_text(updates, "DefinitionUpdateFileSharesSources", r"\\srv\updates")
    assert "80070035" in prompt.run("-SignatureUpdate")[1], "no such server"
    assert prompt.unknown == []
