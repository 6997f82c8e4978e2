"""A clean machine holds what commands and people look for, and the same arguments give the same machine."""

from __future__ import annotations

import datetime as dt

import pytest
from ansible_collections.windefend.maps.winsim.machine.accounts import ADMINISTRATORS_SID, SYSTEM, Token
from ansible_collections.windefend.maps.winsim.machine.builder import (
    LOCALES,
    PLATFORMS,
    SYSTEMS,
    build,
    filetime,
    version_parts,
)
from ansible_collections.windefend.maps.winsim.machine.firewall import rules, verdict
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.snapshot import dump
from ansible_collections.windefend.maps.winsim.tools.programs import PROGRAMS

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
WINDEFEND = r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend"


def test_platform_folders_sort_by_numbers_not_as_text() -> None:
    shuffled = ["4.18.25050.5-0", "4.18.2606.5-0", "4.18.1906.3-0"]
    assert sorted(shuffled, key=version_parts) == ["4.18.1906.3-0", "4.18.2606.5-0", "4.18.25050.5-0"]
    assert sorted(shuffled) != sorted(shuffled, key=version_parts)


def test_the_service_runs_from_the_newest_platform() -> None:
    machine = build("PC", platforms=["4.18.25050.5-0", "4.18.2606.5-0"])
    folder = r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.25050.5-0"
    assert machine.registry.text(WINDEFEND, "ImagePath") == f'"{folder}\\MsMpEng.exe"'
    assert machine.files.is_file(folder + r"\MpCmdRun.exe")
    assert machine.files.is_file(r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.2606.5-0\MpCmdRun.exe")
    assert machine.files.is_file(r"C:\Program Files\Windows Defender\MpCmdRun.exe")


def test_an_old_system_without_platform_updates_has_no_platform_folder() -> None:
    assert build("PC", os=SYSTEMS["windows_server_2016"]).files.is_directory(
        r"C:\ProgramData\Microsoft\Windows Defender\Platform"
    )
    machine = build("PC", os=SYSTEMS["windows_10_1607"])
    assert machine.registry.text(WINDEFEND, "ImagePath") == r'"C:\Program Files\Windows Defender\MsMpEng.exe"'
    assert not machine.files.is_directory(r"C:\ProgramData\Microsoft\Windows Defender\Platform")


@pytest.mark.parametrize(("os", "there"), [("windows_10_1607", False), ("windows_server_2019", True)])
def test_curl_came_with_build_17063(os: str, there: bool) -> None:
    assert build("PC", os=SYSTEMS[os]).files.is_file(r"C:\Windows\System32\curl.exe") is there


def test_every_tool_of_winsim_has_its_program_and_every_program_its_tool() -> None:
    installed = {node.program for node in build("PC").files.nodes.values() if node.program}
    assert installed == set(PROGRAMS)


@pytest.mark.parametrize("os", SYSTEMS)
def test_version_values(os: str) -> None:
    machine = build("PC", os=SYSTEMS[os])
    key = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
    assert machine.registry.text(key, "CurrentBuildNumber") == str(SYSTEMS[os].build)
    assert machine.registry.number(key, "UBR") == SYSTEMS[os].revision
    assert machine.registry.text(key, "ProductName") == SYSTEMS[os].product_name


def test_firewall_rules_can_be_read_and_let_everybody_out() -> None:
    machine = build("PC")
    assert 30 <= len(list(rules(machine))) <= 60
    for service in ("WinDefend", "CryptSvc", "wuauserv"):
        assert verdict(machine, r"C:\Windows\System32\svchost.exe", service, 6, 443).allowed


def test_default_user_is_the_hive_of_system() -> None:
    machine = build("PC")
    machine.registry.set_text(r"HKU\S-1-5-18\Software\Test", "a", "1")
    assert machine.registry.text(r"HKU\.DEFAULT\Software\Test", "a") == "1"


def test_defenders_own_keys_are_closed_to_administrators() -> None:
    registry = build("PC").registry
    administrator = Token("PC\\admin", "S-1-5-21-1-2-3-500", (ADMINISTRATORS_SID,), elevated=True)
    for key in (WINDEFEND, r"HKLM\SOFTWARE\Microsoft\Windows Defender\Features"):
        assert not administrator.may_write(registry.writers(key))
        assert SYSTEM.may_write(registry.writers(key))
    assert administrator.may_write(registry.writers(r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"))


def test_the_same_arguments_give_the_same_machine() -> None:
    assert dump(build("PC", seed=7, now=NOW)) == dump(build("PC", seed=7, now=NOW))
    assert dump(build("PC", seed=7, now=NOW)) != dump(build("PC", seed=8, now=NOW))


def test_machines_share_nothing_that_one_can_change() -> None:
    other = build("OTHER", now=NOW)
    before = dump(other)
    machine = build("PC", now=NOW)
    machine.registry.set_text(r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender", "ProxyServer", "x:1")
    machine.registry.delete_key(r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess")
    machine.files.write(r"C:\Windows\System32\cmd.exe", b"other")
    machine.services.running["windefend"].stoppable = True
    machine.network.direct.blocked["*:*"] = Barrier.DROP
    machine.registry.protect(r"HKLM\SOFTWARE", frozenset())
    assert dump(other) == before
    assert dump(build("OTHER", now=NOW)) == before


def test_filetime_counts_from_1601() -> None:
    # The Unix epoch as a FILETIME: Microsoft, "Converting a time_t value to a FILETIME".
    assert int.from_bytes(filetime(dt.datetime(1970, 1, 1, tzinfo=dt.UTC)), "little") == 116444736000000000


@pytest.mark.parametrize(("locale", "code_page"), [("en", "437"), ("ja", "932")])
def test_code_pages(locale: str, code_page: str) -> None:
    machine = build("PC", locale=LOCALES[locale])
    assert machine.registry.text(r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage", "OEMCP") == code_page


def test_platforms_stand_in_the_order_of_their_numbers() -> None:
    assert list(PLATFORMS) == sorted(PLATFORMS, key=version_parts)
