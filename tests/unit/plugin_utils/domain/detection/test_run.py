"""The detection test on simulated machines, without wire: what proves something, what does not, what stays."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.detection import (
    events as detection_events,
    run as detection_run,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity, temp_folder
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError, Refused
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import Unreachable
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.eventlog import Event
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.defender import POLICY_KEY, STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.files import FileError, FileSystem, Node
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.tools import realtime

PLACES = (
    (STATE_KEY + r"\Real-Time Protection", "DisableRealtimeMonitoring", 1),
    (POLICY_KEY + r"\Real-Time Protection", "DisableRealtimeMonitoring", 1),
    (POLICY_KEY + r"\Policy Manager", "AllowRealtimeMonitoring", 0),
)


def request(**options: Any) -> detection_run.DetectionRequest:
    now = time.time()
    return detection_run.DetectionRequest(
        RunIdentity(temp_folder.unique_name(now, "0123456789ab"), now), **{"timeout": 1, **options}
    )


def leftovers(host: SimulatedHost) -> list[str]:
    return [path for path in host.machine.files.nodes if temp_folder.PREFIX in path]


@pytest.mark.parametrize("locale", ["en", "ja"])
@pytest.mark.parametrize("form", ["file", "zip"])
def test_detected(locale: str, form: str) -> None:
    host = SimulatedHost(machine("healthy_behind_proxy", locale=locale))
    result = run_operation(host, detection_run.run(request(form=form)))
    assert (result["outcome"], result["proven"], result["changed"], result["form"]) == ("detected", True, True, form)
    assert result["threat"]["name"] == realtime.THREAT[0]
    assert result["threat"]["severity_id"] == 5
    assert result["action"]["action"] == "quarantine"
    assert result["quarantined"] is True
    assert temp_folder.PREFIX in result["detection"]["path"]
    assert (result["proxy"], result["proxy_source"]) == ("proxy.corp.example:3128", "winhttp")
    assert len(host.lines) == 3
    assert host.unknown == []
    assert leftovers(host) == []


def test_an_older_event_proves_nothing() -> None:
    """Same file, same threat, a minute ago, in a folder of an earlier test: not this test's event."""
    host = SimulatedHost(machine("maps_off"))
    now = host.machine.now()
    name = temp_folder.unique_name(time.time() - 60, "0123456789ab")
    for number in (1116, 1117):
        path = rf"C:\Program Files\{name}\payload\test-file.exe"
        host.machine.events.append(realtime.record(host.machine, number, "{A}", now, now, path, "x"))
    result = run_operation(host, detection_run.run(request()))
    assert (result["outcome"], result["proven"], result["changed"]) == ("not_detected", False, False)
    assert result["threat"] is None
    assert leftovers(host) == []


@pytest.mark.parametrize(("key", "name", "value"), PLACES)
def test_real_time_protection_off_brings_no_file(key: str, name: str, value: int) -> None:
    host = SimulatedHost(machine())
    host.machine.registry.set_dword(key, name, value)
    result = run_operation(host, detection_run.run(request()))
    assert (result["outcome"], result["proven"]) == ("real_time_protection_off", None)
    assert not any("curl" in line for line in host.lines)


@pytest.mark.parametrize(
    ("scenario", "outcome"), [("service_disabled", "real_time_protection_off"), ("other_antivirus", "not_applicable")]
)
def test_nothing_that_could_look(scenario: str, outcome: str) -> None:
    host = SimulatedHost(machine(scenario))
    result = run_operation(host, detection_run.run(request()))
    assert (result["outcome"], result["proven"], result["changed"]) == (outcome, None, False)
    assert not any("curl" in line for line in host.lines)


@pytest.mark.parametrize(
    ("barrier", "url", "said"),
    [
        (Barrier.DROP, detection_run.URL, "response 504"),
        (Barrier.REFUSE, detection_run.URL, "rejected by the proxy"),
        (Barrier.CUT, detection_run.URL, "TLS"),
        (Barrier.PAGE, detection_run.URL, "something else was returned"),
        (Barrier.REFUSE, "http://aka.ms/ioavtest", "HTTP error"),
    ],
)
@pytest.mark.parametrize("form", ["file", "zip"])
def test_blocked_upstream_is_no_proof(barrier: Barrier, url: str, said: str, form: str) -> None:
    host = SimulatedHost(machine("healthy_behind_proxy"))
    for proxy in host.machine.network.proxies.values():
        proxy.blocked = {"aka.ms:*": barrier}
    result = run_operation(host, detection_run.run(request(form=form, url=url, archive_url=url)))
    assert (result["outcome"], result["proven"], result["changed"]) == ("blocked_upstream", None, False)
    assert said in result["message"]
    assert leftovers(host) == []
    assert host.unknown == []


@pytest.mark.parametrize(
    ("blocked", "form", "url"),
    [("aka.ms:*", "zip", detection_run.ARCHIVE_URL), ("go.microsoft.com:*", "file", detection_run.URL)],
)
def test_auto_tries_the_archive_and_then_the_file(blocked: str, form: str, url: str) -> None:
    """Expert M8: aka.ms/ioavtest answered 403 for months (microsoft-365-docs#8402)."""
    host = SimulatedHost(machine())
    host.machine.network.direct.blocked = {blocked: Barrier.PAGE}
    result = run_operation(host, detection_run.run(request()))
    assert (result["outcome"], result["form"], result["url"]) == ("detected", form, url)


def test_auto_takes_the_file_where_there_is_no_tar() -> None:
    host = SimulatedHost(machine())
    host.machine.files.remove(r"C:\Windows\System32\tar.exe")
    result = run_operation(host, detection_run.run(request()))
    assert (result["outcome"], result["form"]) == ("detected", "file")
    assert leftovers(host) == []


SPYNET = r"\Spynet"
HINDRANCES = (
    (STATE_KEY + SPYNET, "SubmitSamplesConsent", 2, "SubmitSamplesConsent is 2"),
    (POLICY_KEY + SPYNET, "SubmitSamplesConsent", 2, "SubmitSamplesConsent is 2"),
    (POLICY_KEY + r"\Policy Manager", "SubmitSamplesConsent", 2, "SubmitSamplesConsent is 2"),
    (STATE_KEY + SPYNET, "SubmitSamplesConsent", 0, "SubmitSamplesConsent is 0"),
    (STATE_KEY + SPYNET, "DisableBlockAtFirstSeen", 1, "DisableBlockAtFirstSeen"),
    (POLICY_KEY + SPYNET, "DisableBlockAtFirstSeen", 1, "DisableBlockAtFirstSeen"),
)


@pytest.mark.parametrize("form", ["file", "zip"])
def test_the_file_comes_with_the_mark_of_the_web(form: str) -> None:
    """Expert E7: Defender asks its cloud about files from the Internet zone; a file without a mark proved nothing."""
    host = SimulatedHost(machine("maps_off"))
    result = run_operation(host, detection_run.run(request(form=form)))
    assert (result["outcome"], result["proven"]) == ("not_detected", False)
    assert (result["download"]["marked"], result["download"]["scanned"]) == (True, True)


@pytest.mark.parametrize(("key", "name", "value", "said"), HINDRANCES)
def test_a_file_that_stays_proves_nothing_where_the_cloud_is_not_asked(
    key: str, name: str, value: int, said: str
) -> None:
    host = SimulatedHost(machine("maps_off"))
    host.machine.registry.set_dword(key, name, value)
    result = run_operation(host, detection_run.run(request()))
    assert (result["outcome"], result["proven"], result["changed"]) == ("not_detected", None, False)
    assert said in result["message"]
    assert leftovers(host) == []


@pytest.mark.parametrize(("key", "name", "value", "said"), [one for one in HINDRANCES if "is 0" not in one[3]])
def test_a_scan_is_the_second_try(key: str, name: str, value: int, said: str) -> None:
    host = SimulatedHost(machine())
    host.machine.registry.set_dword(key, name, value)
    result = run_operation(host, detection_run.run(request()))
    assert (result["outcome"], result["proven"]) == ("detected", True)
    assert said


def test_an_excluded_folder_proves_nothing() -> None:
    host = SimulatedHost(machine())
    host.machine.registry.set_dword(STATE_KEY + r"\Exclusions\Paths", "C:\\", 0)
    result = run_operation(host, detection_run.run(request()))
    assert (result["outcome"], result["proven"]) == ("not_detected", None)
    assert "excluded from scans" in result["message"]


class _WithoutStreams(FileSystem):
    """A file system that keeps no streams."""

    def write_stream(self, path: str, stream: str, content: bytes) -> Node:
        raise FileError(123, path)


def test_a_mark_that_could_not_be_written_proves_nothing() -> None:
    host = SimulatedHost(machine("maps_off"))
    host.machine.files = _WithoutStreams(host.machine.files.nodes)
    result = run_operation(host, detection_run.run(request()))
    assert (result["outcome"], result["proven"], result["download"]["marked"]) == ("not_detected", None, False)
    assert "the mark of the web could not be written" in result["message"]


def test_without_a_scan_nothing_is_proven() -> None:
    host = SimulatedHost(machine("maps_off"))
    for path in [path for path in host.machine.files.nodes if path.endswith("mpcmdrun.exe")]:
        host.machine.files.remove(path)
    result = run_operation(host, detection_run.run(request()))
    assert (result["outcome"], result["proven"], result["download"]["scanned"]) == ("not_detected", None, False)


def test_the_code_of_tls_is_told() -> None:
    host = SimulatedHost(machine("tls_inspection", locale="ja"))
    result = run_operation(host, detection_run.run(request(form="file")))
    assert result["download"]["hresult"] == "0x80092012"
    assert result["outcome"] == "blocked_upstream"


def test_an_event_that_comes_late_is_waited_for() -> None:
    host = SimulatedHost(machine())
    host.machine.defender.event_seconds = 0.6
    host.machine.defender.action_seconds = 0.6
    result = run_operation(host, detection_run.run(request(timeout=10)))
    assert result["outcome"] == "detected"
    assert result["action"] is not None


def test_an_action_that_never_comes_is_not_invented() -> None:
    host = SimulatedHost(machine())
    host.machine.defender.action_seconds = 3600
    result = run_operation(host, detection_run.run(request()))
    assert (result["outcome"], result["proven"]) == ("detected", True)
    assert (result["action"], result["quarantined"]) == (None, None)


def test_a_file_that_vanishes_without_an_event_is_unexplained() -> None:
    host = SimulatedHost(machine())
    host.machine.defender.event_seconds = 3600
    result = run_operation(host, detection_run.run(request()))
    assert (result["outcome"], result["proven"]) == ("unexplained", None)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("scenario", ["healthy", "maps_off"])
@pytest.mark.parametrize("line", [1, 2, 3])
def test_nothing_stays_when_the_connection_breaks(line: int, scenario: str, after: bool) -> None:
    broken = Unreachable("cut")
    host = SimulatedHost(machine(scenario), {line: (broken,) if after else broken})
    with pytest.raises(Unreachable):
        run_operation(host, detection_run.run(request()))
    assert leftovers(host) == []


def test_the_line_that_brings_the_file_removes_it_even_if_nobody_comes_back() -> None:
    cut: dict[int, Exception | tuple[Exception]] = {number: Unreachable("gone") for number in range(3, 20)}
    host = SimulatedHost(machine("maps_off"), {2: (Unreachable("cut"),), **cut})
    with pytest.raises(Unreachable):
        run_operation(host, detection_run.run(request()))
    assert any("curl" in text for text in host.lines)
    assert leftovers(host) == []


def test_what_an_earlier_run_left_is_swept_and_what_still_runs_is_not() -> None:
    host = SimulatedHost(machine())
    old, young = (temp_folder.unique_name(time.time() - age, "ba9876543210") for age in (7200, 60))
    for name in (old, young):
        host.machine.files.make_directory(rf"C:\Program Files\{name}")
        host.machine.files.write(rf"C:\Program Files\{name}\test-file.exe", b"MZ")
    run_operation(host, detection_run.run(request()))
    assert not any(old in path for path in host.machine.files.nodes)
    assert any(young in path for path in host.machine.files.nodes)


class _Held(FileSystem):
    """A file system whose test file somebody holds open."""

    def remove_tree(self, path: str) -> None:
        if temp_folder.PREFIX not in path:
            super().remove_tree(path)


def test_a_file_that_cannot_be_removed_is_told() -> None:
    host = SimulatedHost(machine("maps_off"))
    host.machine.files = _Held(host.machine.files.nodes)
    with pytest.raises(HostError, match=r"^Not confirmed to be removed.*The test file is in it"):
        run_operation(host, detection_run.run(request()))


@pytest.mark.parametrize(("program", "form", "said"), [("curl", "auto", "no curl.exe"), ("tar", "zip", "no tar.exe")])
def test_a_missing_program_is_told(program: str, form: str, said: str) -> None:
    host = SimulatedHost(machine())
    host.machine.files.remove(rf"C:\Windows\System32\{program}.exe")
    with pytest.raises(HostError, match=said):
        run_operation(host, detection_run.run(request(form=form)))
    assert leftovers(host) == []


def test_who_may_not_read_the_events_brings_no_file() -> None:
    host = SimulatedHost(machine("not_elevated"))
    with pytest.raises(HostError, match="not elevated"):
        run_operation(host, detection_run.run(request()))
    assert not any("curl" in line for line in host.lines)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("url", "ftp://a.example/x"),
        ("url", "https://a.example"),
        ("archive_url", "https://a.example/%41"),
        ("url", "https://a.example/{1,2}"),
        ("url", 'https://a.example/"'),
        ("proxy", "http://p.example:1"),
        ("proxy", "p.example"),
        ("timeout", 0),
        ("timeout", 601),
    ],
)
@pytest.mark.parametrize("run", [detection_run.run, detection_run.check_mode_result])
def test_nonsense_is_refused_before_anything_is_sent(option: str, value: Any, run: Any) -> None:
    host = SimulatedHost(machine())
    with pytest.raises(Refused, match=option):
        run_operation(host, run(request(**{option: value})))
    assert host.lines == []


def event(number: int, path: str = "file:_C:\\ours\\x", detection_id: str = "{A}", **data: str) -> Event:
    return Event(number, "2026-01-01T00:00:00Z", 1, "", {"Path": path, "Detection ID": detection_id, **data})


@pytest.mark.parametrize(("found", "acted"), [(1116, 1117), (1160, 1117), (1116, 1118), (1116, 1119), (1160, 1119)])
def test_unwanted_applications_and_actions_that_failed_are_found(found: int, acted: int) -> None:
    """1160 stands for 1116 where the file is an unwanted application, 1119 for an action that failed."""
    detection, action = event(found), event(acted, **{"Action ID": "2", "Error Code": "0x80508023"})
    seen = detection_events.find([action, detection], "ours")
    assert (seen.detection, seen.action, seen.quarantined()) == (detection, action, False)
    assert {found, acted} <= set(detection_events.ALL)


def test_actions_belong_to_the_detection() -> None:
    other = event(1117, "file:_C:\\other", "{B}")
    ours = event(1117, "file:_C:\\elsewhere", "{a}", **{"Action ID": "3", "Error Code": "0x00000000"})
    failed = event(1118, **{"Action ID": "2", "Error Code": "0x80508023"})
    found = detection_events.find([other, failed, ours, event(1116)], "OURS")
    assert found.action is ours
    done = found.done()
    assert done is not None
    assert (done["event_id"], done["action"], done["succeeded"]) == (1117, "remove", True)
    assert found.quarantined() is False
    only = detection_events.find([failed, event(1116)], "ours")
    assert (only.action, only.quarantined()) == (failed, False)
    assert detection_events.find([event(1117)], "ours").detection is None
    assert detection_events.find([other, event(1116, detection_id="")], "ours").action is None
