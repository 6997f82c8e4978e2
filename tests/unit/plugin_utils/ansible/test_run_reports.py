"""The file of a run's reports: whole lines count, whoever was killed, and what cannot be written is said."""

from __future__ import annotations

import os
import pathlib
import stat
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.action.sweep import ActionModule as Sweep
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import run_reports
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.host_action import Task
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.run_reports import RunReports
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import HostError


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "runs" / "monday.jsonl"


def reports(path: pathlib.Path) -> RunReports:
    return RunReports(str(path))


def test_it_is_for_its_owner_alone(path: pathlib.Path) -> None:
    old = os.umask(0)
    try:
        reports(path).append("pc", {"outcome": "healthy"})
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_where_there_is_no_file_there_is_nothing(path: pathlib.Path) -> None:
    file = reports(path)
    assert (file.read(), file.stopped(), file.hosts_to_repair()) == ({}, "", set())
    assert not path.exists()


def test_the_last_line_of_a_host_counts(path: pathlib.Path) -> None:
    file = reports(path)
    file.append("b", {"outcome": "planned"}, needs_work=True)
    file.append("a", {"outcome": "planned"}, needs_work=True)
    file.append("c", {"outcome": "healthy"})
    reports(path).append("b", {"outcome": "healthy"})
    assert reports(path).read() == {
        "b": {"outcome": "healthy"},
        "a": {"outcome": "planned"},
        "c": {"outcome": "healthy"},
    }
    assert reports(path).hosts_to_repair() == {"a"}


def test_a_line_that_was_not_written_to_its_end_takes_no_other_with_it(path: pathlib.Path) -> None:
    reports(path).append("a", {"outcome": "healthy"})
    with path.open("ab") as file:
        file.write(b'{"host": "b", "report": {"outc')
    assert reports(path).read() == {"a": {"outcome": "healthy"}}
    reports(path).append("c", {"outcome": "repaired"})
    assert reports(path).read() == {"a": {"outcome": "healthy"}, "c": {"outcome": "repaired"}}


@pytest.mark.parametrize("line", ["", "[]", "1", "null", '"x"', "{}", "{", '{"other": 1}', "\udcff", "[[1]]"])
def test_a_line_of_another_form_is_left_out(path: pathlib.Path, line: str) -> None:
    reports(path).append("a", {"outcome": "healthy"})
    with path.open("ab") as file:
        file.write(line.encode("utf-8", "surrogateescape") + b"\n")
    reports(path).append("b", {"outcome": "healthy"})
    assert sorted(reports(path).read()) == ["a", "b"]
    assert reports(path).stopped() == ""


def test_every_text_of_a_host_comes_back(path: pathlib.Path) -> None:
    report = {"reason": "\u202e\u0000\ud800 プロキシ\n\r\u2028"}
    reports(path).append("ホスト", report)
    assert reports(path).read() == {"ホスト": report}


def test_a_run_of_the_same_name_begins_anew(path: pathlib.Path) -> None:
    reports(path).begin()
    reports(path).append("a", {"outcome": "failed"}, needs_work=True)
    assert reports(path).is_first_wave()
    assert not reports(path).is_first_wave()
    reports(path).stop("the first reason")
    assert reports(path).stopped() == "the first reason"
    reports(path).begin()
    assert (reports(path).stopped(), reports(path).read(), reports(path).hosts_to_repair()) == ("", {}, set())
    reports(path).append("b", {"outcome": "planned"}, needs_work=True)
    assert reports(path).hosts_to_repair() == {"b"}, "a host of the earlier run may not be one of this one"
    assert reports(path).is_first_wave()
    reports(path).stop("the second reason")
    assert reports(path).stopped() == "the second reason"


def test_a_file_that_others_could_write_is_not_believed(path: pathlib.Path) -> None:
    reports(path).append("a", {"outcome": "healthy"})
    path.chmod(0o666)
    for work in (lambda file: file.read(), lambda file: file.append("b", {}), lambda file: file.stopped()):
        with pytest.raises(HostError, match="mode 0666"):
            work(reports(path))


def test_a_link_is_not_followed(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    path.parent.mkdir(mode=0o700)
    victim = tmp_path / "victim"
    victim.write_text("theirs")
    path.symlink_to(victim)
    for work in (lambda file: file.append("a", {}), lambda file: file.read()):
        with pytest.raises(HostError, match="is a link"):
            work(reports(path))
    assert victim.read_text() == "theirs"


def test_a_file_that_is_too_large_is_refused(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reports(path).append("a", {"outcome": "healthy"})
    monkeypatch.setattr(run_reports, "LARGEST", 10)
    with pytest.raises(HostError, match="more than 10 bytes; give the next run another file"):
        reports(path).read()


def test_what_cannot_be_written_is_an_error_that_names_the_file(path: pathlib.Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(HostError, match=r"monday\.jsonl cannot be written"):
        reports(path).append("a", {})


class FullDisk(RunReports):
    def append(self, host: str, report: Any, needs_work: bool = False) -> None:
        raise HostError("reports of the run: no space")


@pytest.mark.parametrize("action", ["plan", "remediate"])
def test_a_sweep_that_cannot_write_a_report_returns_it_and_fails(path: pathlib.Path, action: str) -> None:
    """Its hosts were repaired: their results must not be lost with the file."""
    sweep: Any = object.__new__(Sweep)
    sweep._file = FullDisk(str(path))
    arguments = {"action": action, "reports_file": str(path), "output": "full", "first_wave": False, "min_repaired": 1}
    task = Task(arguments, check_mode=False, diff=False)
    report = {"outcome": "repaired", "steps": [{"id": "winhttp_proxy", "conditional": False}]}
    kept = sweep.kept("pc", {"changed": True, "needs_work": True, "report": report}, task)
    assert (kept["changed"], kept["report"]) == (True, report)
    with pytest.raises(HostError, match="no space; the reports that are missing there are in the result of this task"):
        sweep.summary({"pc": kept}, task)


def test_the_file_of_a_sweep_has_what_may_be_shown(path: pathlib.Path) -> None:
    sweep: Any = object.__new__(Sweep)
    arguments = {"action": "plan", "reports_file": str(path), "output": "full"}
    report = {"outcome": "planned", "reason": "http://svc:Geheim-1@proxy:3128 \u202e", "steps": []}
    sweep.kept("pc", {"changed": False, "report": report}, Task(arguments, check_mode=False, diff=False))
    reason = RunReports(str(path)).read()["pc"]["reason"]
    assert "Geheim" not in reason
    assert "U+202E" in reason
