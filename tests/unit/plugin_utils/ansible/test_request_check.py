"""A request is refused before the first host is touched, and the message names the variable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.request_check import check_request, check_tags
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import Refused


@pytest.mark.parametrize(
    "value",
    [
        "",
        False,
        None,
        "false",
        "proxy.example:3128",
        {"http": "a.example:80", "https": ""},
        {"https": "a.example:80"},
        {},
    ],
)
@pytest.mark.parametrize("name", ["remediate_winhttp_proxy", "assess_candidate"])
def test_a_proxy_that_windows_can_hold_is_accepted(name: str, value: Any) -> None:
    check_request({name: value})


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ("http://proxy.example:3128", ""),
        ("proxy.example", ""),
        ("u:p@proxy.example:3128", ""),
        ({"https": "proxy.example:99999"}, ".https"),
        ({"ftp": "proxy.example:80"}, " may have http and https"),
    ],
)
@pytest.mark.parametrize("name", ["remediate_winhttp_proxy", "assess_candidate"])
def test_a_malformed_proxy_is_refused(name: str, value: Any, where: str) -> None:
    with pytest.raises(Refused, match=f"^{name}{where}"):
        check_request({name: value})


@pytest.mark.parametrize("name", ["maps_report_path", "report_path", "report_html", "report_junit", "report_history"])
def test_the_folder_of_a_file_must_exist(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check_request({name: "r.json"})
    check_request({name: str(tmp_path / "r.json")})
    check_request({name: ""})
    with pytest.raises(Refused, match=f"{name}: the directory .*nodir does not exist"):
        check_request({name: "nodir/r.json"})
    with pytest.raises(Refused, match=f"{name}: .* is a directory"):
        check_request({name: str(tmp_path)})


def test_a_report_has_a_known_ending_and_each_of_several_is_looked_at(tmp_path: Path) -> None:
    check_request({"maps_report_path": f"{tmp_path}/a.html, {tmp_path}/b.JSON"})
    check_request({"maps_report_path": [f"{tmp_path}/a,b.md", f"{tmp_path}/c.xml"]})
    for given in (f"{tmp_path}/a.html,{tmp_path}/b.txt", [f"{tmp_path}/b"]):
        with pytest.raises(Refused, match=r"maps_report_path: .*the ending of a report's name decides on its format"):
            check_request({"maps_report_path": given})


def test_the_home_folder_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    check_request({"maps_report_path": "~/r.json", "maps_journal": "~/journal"})
    with pytest.raises(Refused):
        check_request({"maps_report_path": "~/nodir/r.json"})


@pytest.mark.parametrize("name", ["maps_journal", "rollback_journal"])
def test_a_journal_is_an_absolute_folder(name: str, tmp_path: Path) -> None:
    check_request({name: str(tmp_path / "made later")})
    check_request({name: ""})
    with pytest.raises(Refused, match=f"{name}: journal is not an absolute path"):
        check_request({name: "journal"})
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match=f"{name}: .* is not a directory"):
        check_request({name: str(tmp_path / "file")})


def test_only_the_tags_of_the_playbooks_are_accepted() -> None:
    check_tags(("all",))
    check_tags(("always",))
    check_tags(())
    with pytest.raises(Refused, match="--tags firewall,x: "):
        check_tags(("all", "firewall", "x"))
