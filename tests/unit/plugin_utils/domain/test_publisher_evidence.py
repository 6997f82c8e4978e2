"""machine.config on a simulated machine: the original stays until the new one is proven whole."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import publisher_evidence
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity, temp_folder
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import Completed, RemoteError, Unreachable
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import machine_config
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.clean import dotnet
from ansible_collections.windefend.maps.winsim.snapshot import difference, snapshot

NOW = 1_764_000_000.0
NAME = temp_folder.unique_name(NOW, "0123456789ab")
FOLDERS = [rf"C:\Windows\Microsoft.NET\{folder}\v4.0.30319\Config" for folder in ("Framework", "Framework64")]
PATHS = [rf"{folder}\machine.config" for folder in FOLDERS]
LOST = Unreachable("lost")
ONE = publisher_evidence.places(("v4.0.30319",), (64,))
ALL = publisher_evidence.places(publisher_evidence.FRAMEWORKS, publisher_evidence.FOLDERS)


@pytest.fixture
def host() -> SimulatedHost:
    return SimulatedHost(machine())


def run(host: SimulatedHost, name: str = NAME, now: float = NOW, **options: Any) -> tuple[dict[str, Any], list[str]]:
    warnings: list[str] = []
    given = {"enabled": False, "wanted": ALL, "check_mode": False, **options}
    operation = publisher_evidence.configure(identity=RunIdentity(name, now), **given)
    return run_operation(host, operation, warnings), warnings


def content(host: SimulatedHost, path: str = PATHS[1]) -> bytes:
    return host.machine.files.read(path)


def put(host: SimulatedHost, data: bytes) -> None:
    host.machine.files.write(PATHS[1], data)


def left(host: SimulatedHost) -> list[str]:
    return [path for path in host.machine.files.nodes if "windefend-maps" in path]


def test_both_files_change_and_nothing_in_them_but_the_element(host: SimulatedHost) -> None:
    before = content(host)
    assert 20_000 < len(before) < 30_000, "as large as Windows' own"
    result, warnings = run(host)
    assert result["changed"]
    assert [path.lower() for path in result["changed_files"]] == [path.lower() for path in PATHS]
    assert [(one["bits"], one["installed"], one["enabled"]) for one in result["before"]] == [
        *((32, False, None), (64, False, None)),
        *((32, True, None), (64, True, None)),
    ]
    assert [one["enabled"] for one in result["after"]] == [None, None, False, False]
    after = content(host)
    element = b'<runtime>\r\n    <generatePublisherEvidence enabled="false"/>\r\n  </runtime>'
    assert after == before.replace(b"<runtime />", element)
    assert result["after"][3]["sha256"] == hashlib.sha256(after).hexdigest()
    assert [host.machine.files.read(path) for path in result["backups"]] == [before, before]
    assert (left(host), warnings, host.unknown) == ([], [], [])


def test_an_unchanged_host_costs_one_line_and_no_write(host: SimulatedHost) -> None:
    run(host)
    state, lines = snapshot(host.machine), len(host.lines)
    result, _unused = run(host)
    assert not result["changed"]
    assert result["backups"] == []
    assert len(host.lines) == lines + 1
    assert difference(state, snapshot(host.machine)) == []


def test_check_mode_changes_no_byte(host: SimulatedHost) -> None:
    before = snapshot(host.machine)
    foretold, _unused = run(host, check_mode=True)
    assert difference(before, snapshot(host.machine)) == []
    done, _unused = run(host)
    assert (foretold["after"], foretold["changed_files"]) == (done["after"], done["changed_files"])


def test_it_is_taken_out_again(host: SimulatedHost) -> None:
    run(host)
    result, _unused = run(host, enabled=None, now=NOW + 60)
    assert [one["enabled"] for one in result["after"][2:]] == [None, None]
    assert b"generatePublisherEvidence" not in content(host)
    assert not run(host, enabled=None, now=NOW + 120)[0]["changed"]
    assert run(host, enabled=True, now=NOW + 180)[0]["after"][3]["enabled"] is True


def test_both_frameworks_and_windows_elsewhere(host: SimulatedHost) -> None:
    dotnet.install(host.machine.files, "v2.0.50727")
    assert len(run(host)[0]["changed_files"]) == 4
    host.machine.registry.set_text(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", "SystemRoot", "D:\\WinNT\\")
    host.machine.files.make_directory(r"D:\WinNT\Microsoft.NET\Framework\v4.0.30319\CONFIG")
    host.machine.files.write(
        r"D:\WinNT\Microsoft.NET\Framework\v4.0.30319\CONFIG\machine.config", b"<configuration/>\r\n"
    )
    assert run(host)[0]["changed_files"] == [r"D:\WinNT\Microsoft.NET\Framework\v4.0.30319\CONFIG\machine.config"]


def test_no_framework_is_no_failure(host: SimulatedHost) -> None:
    for path in PATHS:
        host.machine.files.remove(path)
    result, warnings = run(host)
    assert not result["changed"]
    assert "none of these frameworks" in warnings[0]


@pytest.mark.parametrize(
    "last", [b"</configuration>", b"</configuration>\n", b"</configuration>\r\n\r\n", b"</configuration>  "]
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_marks_and_line_ends_travel(host: SimulatedHost, last: bytes, mark: bytes, end: bytes) -> None:
    before = mark + end.join([b"<configuration>", '  <!-- é 日本 & % " ^ -->'.encode(), b"  <runtime/>", last])
    put(host, before)
    run(host, wanted=ONE)
    assert content(host) == machine_config.edited(before, False)
    assert host.unknown == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<configuration><a b='" + b"x" * 8200 + b"'/>\r\n</configuration>\r\n", "findstr supports at most 8190"),
        (b"<configuration>\r\n  <a/></configuration>".replace(b"\r\n", b" "), "last line"),
        (b"<configuration>\r\n<a/>\r\n\t</configuration>", "control characters"),
        ("<configuration>\r\n<a/></configuration><!-- é -->".encode(), "ASCII"),
        (b"<configuration>\r\n</configuration><!-- 100% -->", "expands"),
        (b"<configuration>\r\n" + b"<a/>\r\n" * 50_000 + b"</configuration>\r\n", "300110 bytes"),
        (b"<configuration>\r\n<oops>\r\n</configuration>\r\n", "well-formed"),
        ("\ufeff<configuration/>".encode("utf-16-le"), "differs from what was read"),
    ],
    ids=["long", "one line", "tab", "accent", "percent", "large", "broken", "utf-16"],
)
def test_what_cannot_travel_is_refused_and_nothing_is_touched(host: SimulatedHost, data: bytes, reason: str) -> None:
    put(host, data)
    before = snapshot(host.machine)
    with pytest.raises(HostError, match=reason) as failed:
        run(host)
    assert "machine.config" in str(failed.value)
    assert [line for line in difference(before, snapshot(host.machine)) if PATHS[1] in line] == []
    assert left(host) == []


def test_all_files_are_understood_before_the_first_is_touched(host: SimulatedHost) -> None:
    put(host, b"<configuration>")
    before = snapshot(host.machine)
    with pytest.raises(HostError, match="nothing was changed"):
        run(host)
    assert difference(before, snapshot(host.machine)) == []


def test_an_account_without_rights_is_told() -> None:
    host = SimulatedHost(machine("not_elevated"))
    before = snapshot(host.machine)
    with pytest.raises(HostError, match="elevated") as failed:
        run(host)
    assert failed.value.details["before"] == failed.value.details["after"]
    assert difference(before, snapshot(host.machine)) == []


@pytest.mark.parametrize("program", ["certutil.exe", "findstr.exe", "reg.exe"])
def test_a_tool_that_is_missing_changes_nothing(host: SimulatedHost, program: str) -> None:
    host.machine.files.remove(rf"C:\Windows\System32\{program}")
    before = snapshot(host.machine)
    with pytest.raises(HostError):
        run(host)
    assert difference(before, snapshot(host.machine)) == []


class Tampering(SimulatedHost):
    """Another hand changes a file on the host right before the line of a number."""

    def __init__(self, line: int, path: str) -> None:
        super().__init__(machine())
        self._at = (line, path)

    def run(self, line: str, **options: Any) -> Completed:
        number, path = self._at
        if len(self.lines) + 1 == number:
            self.machine.files.write(path, b"<configuration/>\r\n")
        return super().run(line, **options)


def test_a_file_that_changed_since_it_was_read_is_left_alone() -> None:
    host = Tampering(2, PATHS[1])
    with pytest.raises(HostError, match="differs from what was read"):
        run(host, wanted=ONE)
    assert content(host) == b"<configuration/>\r\n"
    assert left(host) == []
    host = Tampering(3, PATHS[1])
    with pytest.raises(HostError, match=r"the backup .* is not complete"):
        run(host, wanted=ONE)
    assert content(host) == b"<configuration/>\r\n"
    assert [path for path in host.machine.files.nodes if path.endswith(".bak")] == []


def test_a_text_that_did_not_arrive_whole_never_takes_the_place(host: SimulatedHost) -> None:
    class Losing(SimulatedHost):
        def run(self, line: str, *, stdin: bytes | None = None, **options: Any) -> Completed:
            return super().run(line, stdin=stdin[:-100] if stdin else None, **options)

    losing = Losing(host.machine)
    before = snapshot(host.machine)
    with pytest.raises(HostError, match="was not transferred completely"):
        run(losing)
    assert difference(before, snapshot(host.machine)) == []


def test_a_file_that_cannot_be_replaced_is_as_it_was(host: SimulatedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_evidence.files, "replace", lambda _new, old: publisher_evidence.files.read(old))
    before = snapshot(host.machine)
    with pytest.raises(HostError, match="is unchanged"):
        run(host)
    assert difference(before, snapshot(host.machine)) == []


def test_a_second_file_that_fails_leaves_the_first_changed_and_says_so(host: SimulatedHost) -> None:
    host.machine.files.nodes[PATHS[1].lower()].access = {"S-1-5-18": "F", "S-1-5-32-544": "R"}
    first = content(host, PATHS[0])
    with pytest.raises(HostError, match="could not be replaced") as failed:
        run(host)
    details: Any = failed.value.details
    assert [one["enabled"] for one in details["after"]] == [None, None, False, None]
    assert len(details["backups"]) == 1
    assert host.machine.files.read(details["backups"][0]) == first
    assert left(host) == []


def test_two_runs_within_a_second_have_a_backup_each(host: SimulatedHost) -> None:
    first = run(host, wanted=ONE)[0]["backups"]
    second = run(host, wanted=ONE, enabled=None, name=temp_folder.unique_name(NOW, "ba9876543210"))[0]["backups"]
    assert first != second
    assert len({host.machine.files.read(path) for path in first + second}) == 2


def test_a_backup_that_is_there_is_not_written_over(host: SimulatedHost) -> None:
    backup = run(host, wanted=ONE)[0]["backups"][0]
    kept = host.machine.files.read(backup)
    with pytest.raises(HostError, match="already exists"):
        run(host, wanted=ONE, enabled=None)
    assert host.machine.files.read(backup) == kept


BREAKS = list(itertools.product(range(1, 5), (False, True)))


@pytest.mark.parametrize(("number", "done"), BREAKS)
def test_a_connection_that_breaks_leaves_a_whole_file_and_no_trace(number: int, done: bool) -> None:
    host = SimulatedHost(machine(), {number: (LOST,) if done else LOST})
    before = content(host)
    new = machine_config.edited(before, False)
    with pytest.raises(RemoteError):
        run(host, wanted=ONE)
    assert content(host) == (new if (number, done) == (4, True) else before), "whole, the old or the new one"
    assert left(host) == []
    backups = [path for path in host.machine.files.nodes if path.endswith(".bak")]
    assert len(backups) == (number == 4), "kept only where it may be all that is left"
    assert all(host.machine.files.read(path) == before for path in backups)
    again, _unused = run(SimulatedHost(host.machine), wanted=ONE, now=NOW + 60)
    assert again["changed"] is ((number, done) != (4, True))
    assert content(host) == new


def test_what_a_host_that_vanished_kept_is_swept_an_hour_later(host: SimulatedHost) -> None:
    gone = SimulatedHost(host.machine, {number: (LOST,) if number == 2 else LOST for number in range(2, 9)})
    with pytest.raises(Unreachable):
        run(gone, wanted=ONE)
    assert len(left(host)) == 1
    soon = temp_folder.unique_name(NOW + 60, "aa")
    run(host, wanted=publisher_evidence.places(("v4.0.30319",), (32,)), name=soon)
    assert len(left(host)) == 1, "another run may still be at work"
    later = NOW + temp_folder.STALE_AFTER + 1
    run(host, wanted=ONE, name=temp_folder.unique_name(later, "bb"), now=later)
    assert left(host) == []
