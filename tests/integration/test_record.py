"""`record`: what hosts are sent and answer, written down without what is the fleet's own."""

from __future__ import annotations

import base64
import json
import pathlib
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import recording
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]

RULES = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"
INTERNET = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
SERIAL = "3d5f0a8b77c1e2943d5f0a8b77c1e294"
FREE = "Blocked for Payroll, call Ms. Tanaka +81 3-1234-5678 (ticket 7734512)"
FLEET: dict[str, Any] = {
    "seed": 41,
    "network": "127.41.0.0/24",
    "defaults": {"account": {"user": "svc-maps-joe", "password": "Tr0ub4dor-und-3", "domain": "NORDWIND"}},
    "hosts": [
        {
            "name": "nb-kyoto-0417",
            "scenario": "no_winhttp_proxy_72efe",
            "groups": ["finance_desks"],
            "site": "kyoto_plant",
        },
        {"name": "healthy-17", "scenario": "healthy", "locale": "ja"},
        {
            "name": "odd-9000",
            "scenario": "proxy_dead",
            "overrides": {
                "network": {"internal_servers": {"wsus.nordwind.example:8530": 200}},
                "registry": {
                    r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion": {
                        "RegisteredOwner": "Sakura Mustermann",
                        "ProductName": "Windows Server of Nordwind GmbH",
                    },
                    RULES: {
                        "{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}": "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|"
                        rf"App=%ProgramFiles%\Windows Defender\MsMpEng.exe|RA4=10.77.13.201|Name={FREE}|Desc=日本橋|",
                    },
                    r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender": {
                        "ProxyServer": "http://joe:Hunter2!@px7.nordwind.example:3128",
                        "ProxyBypass": "intra.nordwind.example;10.77.0.0/16;[fd00:77::ab12]",
                    },
                    rf"HKU\S-1-5-18\{INTERNET}": {
                        "ProxyServer": "px8.nordwind.example:8080",
                        "AutoConfigURL": "http://wpad.nordwind.example/px.pac?token=9f86d081884c7d65",
                    },
                    r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate": {
                        "WUServer": "http://wsus.nordwind.example:8530"
                    },
                    r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet": {"Serial": SERIAL},
                },
            },
        },
    ],
}
SECRETS = (
    *("svc-maps-joe", "Tr0ub4dor-und-3", "NORDWIND", "nb-kyoto-0417", "healthy-17", "odd-9000", "finance_desks"),
    *("kyoto_plant", "wsus.nordwind.example", "Sakura", "Mustermann", "Payroll", "Tanaka", "1234-5678", "7734512"),
    *("0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9", "10.77.13.201", "10.77.0.0", "日本橋", "joe", "Hunter2", "px7", "px8"),
    *("fd00:77::ab12", "intra.nordwind.example", "9f86d081884c7d65", "proxy.corp.example", SERIAL, "wpad.nordwind"),
)
"""What a fleet file contains, and what its hosts are given beside; no test of the vocabulary lies in between."""


def texts(value: Any) -> Iterator[str]:
    """Every key and text of a document."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def disguises(text: str) -> Iterator[str]:
    """A text as it may lie in a recording: as it is, as hexadecimal digits, as base64, in two encodings."""
    yield text.lower()
    for encoding in ("utf-8", "utf-16-le"):
        data = text.encode(encoding)
        yield data.hex()
        if len(data) > 6:
            yield base64.b64encode(data).decode().rstrip("=")[:-1].lower()


def machine_secrets(fleet: SimulatedFleet) -> set[str]:
    """What nobody wrote into the fleet file and yet is the fleet's own: SIDs, identifiers, addresses."""
    state = json.dumps(fleet.states())
    found = set(re.findall(r"S-1-5-21(?:-\d+){3,4}", state))
    guid = re.findall(r'"MachineGuid"[^}]*?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})', state)
    return found | set(guid) | {host.address for host in fleet.fleet.hosts}


def recordings(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(folder.glob("host-*.jsonl"))


def entries(path: pathlib.Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def recorded(start_fleet: StartFleet, tmp_path: pathlib.Path) -> tuple[SimulatedFleet, list[pathlib.Path]]:
    """A repair of the fleet by tasks, and an assessment of it by a sweep: two recordings of each host."""
    fleet = start_fleet(FLEET)
    remediate, sweep = "ansible-playbook windefend.maps.remediate", "ansible-playbook windefend.maps.sweep"
    for folder, command, variables in (
        ("one", remediate, {"maps_use_sweep": False, "remediate_winhttp_proxy": "proxy.corp.example:3128"}),
        ("two", sweep, {}),
    ):
        run = fleet.playbook(
            pathlib.Path(command.split()[1]), variables={**variables, "maps_record": str(tmp_path / folder)}
        )
        assert "recorded in" in run.output, run.output
        assert len(recordings(tmp_path / folder)) == len(FLEET["hosts"]), run.output
    return fleet, recordings(tmp_path / "one") + recordings(tmp_path / "two")


def test_nothing_of_the_fleet_is_in_a_recording(
    recorded: tuple[SimulatedFleet, list[pathlib.Path]], record_property: Callable[[str, object], None]
) -> None:
    fleet, paths = recorded
    words = recording.Vocabulary.parse(
        pathlib.Path(recording.__file__).with_name(recording.VOCABULARY).read_text(encoding="utf-8").splitlines()
    ).words
    in_file = {one for one in texts(FLEET["defaults"]) if one not in FLEET["defaults"]["account"]}
    in_file |= {one for host in FLEET["hosts"] for one in texts([host["name"], host.get("site", "")]) if one}
    wanted = {*SECRETS, *machine_secrets(fleet), *in_file} - {"account"}
    everything = "\n".join(path.name + "\n" + json.dumps(entries(path), ensure_ascii=False).lower() for path in paths)
    searched = 0
    for secret in wanted:
        assert secret.lower() not in words, secret
        for form in disguises(secret):
            searched += 1
            # Placeholders are letters by chance, so a short name may stand inside one.
            found = (
                re.search(rf"(?<![a-z0-9]){re.escape(form)}(?![a-z0-9])", everything)
                if len(form) < 5
                else form in everything
            )
            assert not found, (secret, form)
    assert searched >= 100
    counts = {"searched": searched, "in_characters": len(everything), "files": len(paths), "secrets": len(wanted)}
    for name, count in counts.items():
        record_property(name, count)
    print("privacy:", counts)


def test_two_recordings_of_one_host_share_no_placeholder(
    recorded: tuple[SimulatedFleet, list[pathlib.Path]],
) -> None:
    _fleet, paths = recorded
    sids = [set(re.findall(r"S-1-5-21-\d+-\d+-\d+", path.read_text(encoding="utf-8"))) for path in paths]
    assert all(sids), "each host answers with the SID of the account"
    assert all(len(one) == 1 for one in sids), "the same everywhere in a recording"
    assert len(set.union(*sids)) == len(paths), "and in no other one"
    assert len({path.name for path in paths}) == len(paths)


def test_files_are_the_users_own_and_whole(recorded: tuple[SimulatedFleet, list[pathlib.Path]]) -> None:
    _fleet, paths = recorded
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        head, *lines = entries(path)
        assert head["format"] == recording.FORMAT
        assert lines
        assert all({"at", "took", "skew", "answers"} <= line.keys() for line in lines)
        assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
        assert all(answer["code"] is not None for line in lines for answer in line["answers"])


def test_the_environment_asks_for_it_too_and_modules_of_the_controller_ignore_it(
    start_fleet: StartFleet, tmp_path: pathlib.Path
) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "healthy"}]})
    fleet.environment["WINDEFEND_MAPS_RECORD"] = str(tmp_path / "rec")
    tasks: list[dict[str, Any]] = [
        {"name": "read", "windefend.maps.host_info": {}},
        {
            "name": "export",
            "windefend.maps.endpoint_export": {
                "format": "squid", "dest": str(tmp_path / "acl"), "record": str(tmp_path / "no")
            },
            "delegate_to": "localhost",
        },
    ]  # fmt: skip
    run = fleet.play(tasks)
    assert run.status == 0, run.output
    assert len(recordings(tmp_path / "rec")) == 1
    assert not (tmp_path / "no").exists()


def test_a_directory_that_cannot_be_written_ends_the_task_before_anything_is_sent(
    start_fleet: StartFleet, tmp_path: pathlib.Path
) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "healthy"}]})
    (tmp_path / "taken").write_text("a file")
    run = fleet.module("host_info", record=str(tmp_path / "taken"))
    assert "record: " in run.of("it")["msg"]
    assert fleet.machines["pc"].log == []
