"""A recording replays as a host: to the same results, and to others where an answer was altered."""

from __future__ import annotations

import contextlib
import json
import pathlib
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet, simulated_fleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
SWEEP = {"name": "it", "windefend.maps.sweep": {"action": "assess", "probe": "never"}, "run_once": True}
TASKS: list[dict[str, Any]] = [
    {"name": "read", "windefend.maps.host_info": {}, "register": "read"},
    {"name": "it", "windefend.maps.maps_connection_info": {"probe": "never"}},
]
KINDS = (
    "healthy",
    "no_winhttp_proxy_72efe",
    "outbound_block",
    "maps_off",
    "other_antivirus",
    "clock_off",
)
"""Hosts without a proxy of their own: its name would be a placeholder in texts of the second result, which are not
compared apart yet."""
FREE = {"traffic", "clock_skew", "ansible_facts"}
"""What two runs cannot have in common: what they cost, and the time on the way."""


def shape(value: Any) -> Any:
    """A result without what has a placeholder: texts keep what is no name, and everything else is compared as it is."""
    if isinstance(value, Mapping):
        return {key: shape(inner) for key, inner in value.items() if key not in FREE and not key.startswith("_")}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    if isinstance(value, str):
        return re.sub(r"\d{1,2}:\d\d:\d\d|S-1-5-21[\d-]+|\b127\.[\d.]+", "*", value)
    return value


def recorded(folder: pathlib.Path) -> pathlib.Path:
    (path,) = folder.glob("host-*.jsonl")
    return path


def of_host(run: Any, by_sweep: bool) -> dict[str, Any]:
    """The result of the one host."""
    found = run.of("it")
    return dict(found["hosts"]["pc"]) if by_sweep else dict(found)


def play(fleet: SimulatedFleet, by_sweep: bool, record: pathlib.Path | None = None) -> dict[str, Any]:
    defaults = {"group/windefend.maps.all": {"record": str(record)}} if record else {}
    run = fleet.play([SWEEP] if by_sweep else TASKS, module_defaults=defaults)
    return of_host(run, by_sweep)


@pytest.mark.parametrize("by_sweep", [False, True], ids=["task", "sweep"])
@pytest.mark.parametrize("scenario", KINDS)
def test_a_recording_replays_to_the_same_results(
    start_fleet: StartFleet, tmp_path: pathlib.Path, scenario: str, by_sweep: bool
) -> None:
    first = play(start_fleet({"hosts": [{"name": "pc", "scenario": scenario}]}), by_sweep, tmp_path / "rec")
    replayed = start_fleet(
        {"network": "127.42.0.0/24", "hosts": [{"name": "pc", "recording": str(recorded(tmp_path / "rec"))}]}
    )
    again = play(replayed, by_sweep)
    assert shape(again) == shape(first)
    assert replayed.unknown() == []
    assert "connected" in first


def altered(path: pathlib.Path, command: str, change: Callable[[dict[str, Any]], object]) -> int:
    """Changes the answers to the commands that contain a text; how many there are."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = [one for line in lines[1:] for one in line["answers"] if command in one["asked"]]
    for one in found:
        change(one)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return len(found)


def differences(first: Any, second: Any, where: str = "") -> set[str]:
    """The places in which two results differ."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return {
            place
            for key in first.keys() | second.keys()
            for place in differences(first.get(key), second.get(key), f"{where}.{key}")
        }
    return set() if first == second else {where}


def test_an_altered_answer_changes_exactly_what_rests_on_it(start_fleet: StartFleet, tmp_path: pathlib.Path) -> None:
    tasks = [{"name": "it", "windefend.maps.host_info": {"record": str(tmp_path / "rec")}}]
    first = start_fleet({"hosts": [{"name": "pc"}]}).play(tasks).of("it")
    path = recorded(tmp_path / "rec")
    whole = path.read_text(encoding="utf-8")
    for number, (command, old, new, rests) in enumerate(
        (
            ("CurrentVersion\" /reg:64", "ServerStandard", "ServerDatacenter", set()),
            ("CurrentVersion\" /reg:64", "InstallationType    REG_SZ    Server", "InstallationType    REG_SZ    Client",
             {".system.installation_type"}),
            ("Windows Defender\\Features", "Protection    REG_DWORD    0x0", "Protection    REG_DWORD    0x5",
             {".spynet.tamper_protection"}),
        )
    ):  # fmt: skip
        path.write_text(whole, encoding="utf-8")

        def change(one: dict[str, Any], old: str = old, new: str = new) -> None:
            assert old in one["text"], one
            one["text"] = one["text"].replace(old, new)

        assert altered(path, command, change) == 1
        fleet = start_fleet({"network": f"127.42.{number}.0/24", "hosts": [{"name": "pc", "recording": str(path)}]})
        again = fleet.module("host_info").of("it")
        assert differences(shape(first), shape(again)) == rests, command


def test_an_unknown_command_fails_loudly_and_is_listed(tmp_path: pathlib.Path, start_fleet: StartFleet) -> None:
    tasks = [{"name": "it", "windefend.maps.host_info": {"record": str(tmp_path / "rec")}}]
    start_fleet({"hosts": [{"name": "pc"}]}).play(tasks)
    document = {"network": "127.42.0.0/24", "hosts": [{"name": "pc", "recording": str(recorded(tmp_path / "rec"))}]}
    with contextlib.ExitStack() as stack:  # the fixture itself would fail on what is not known
        (tmp_path / "replay").mkdir()
        fleet = stack.enter_context(simulated_fleet(document, tmp_path / "replay"))
        run = fleet.module("root_update", root_dir_url="http://lists.example/")
        found = run.of("it")
        assert "not in this recording" in run.output, found
        assert all("not in the recording: " in one for command in fleet.unknown() for one in command.unknown)
        assert fleet.unknown()


def test_import_makes_a_host_that_reads_the_same(tmp_path: pathlib.Path, start_fleet: StartFleet) -> None:
    tasks = [{"name": "it", "windefend.maps.host_info": {"record": str(tmp_path / "rec")}}]
    policy = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
    overrides = {
        "registry": {policy: {"SSLOptions": 2, "SpynetReporting": 0}},
        "services": {"mpssvc": {"state": "stopped"}},
    }
    host = {"name": "pc", "os": "windows_11_23h2", "scenario": "no_winhttp_proxy_72efe", "overrides": overrides}
    first = start_fleet({"hosts": [host]}).play(tasks).of("it")
    winsim = [sys.executable, "-m", "ansible_collections.windefend.maps.winsim", "import"]
    path = recorded(tmp_path / "rec")
    made = subprocess.run([*winsim, str(path)], capture_output=True, text=True, check=True, timeout=60).stdout
    document = yaml.safe_load(made)
    document["hosts"][0]["name"] = "pc"
    again = start_fleet({"network": "127.42.0.0/24", **document}).module("host_info").of("it")
    assert differences(shape(first), shape(again)) == set()
    assert "# not imported: " in made
    refused = subprocess.run([*winsim, __file__], capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 1
    assert "is no recording" in refused.stderr
