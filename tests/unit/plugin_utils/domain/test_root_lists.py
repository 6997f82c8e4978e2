"""Root certificate lists on a simulated machine: what is written, proven, warned of and refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import root_lists
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError, Refused
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.root_lists import DEFAULT_STALE_AFTER
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM_SID
from ansible_collections.windefend.maps.winsim.machine.builder import filetime
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.snapshot import difference, snapshot

AUTO_UPDATE = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot"
URL = "http://ctl.corp.example/ctl"


@pytest.fixture
def host() -> SimulatedHost:
    return SimulatedHost(machine())


def configure(host: SimulatedHost, **options: Any) -> tuple[dict[str, Any], list[str]]:
    warnings: list[str] = []
    requested = {name: options.pop(name, None) for name in root_lists.VALUES}
    defaults = {"absent": (), "stale_after": 7, "now": host.machine.now().timestamp(), "check_mode": False}
    return run_operation(host, root_lists.configure(requested=requested, **{**defaults, **options}), warnings), warnings


def test_a_change_takes_two_lines_and_an_unchanged_host_one(host: SimulatedHost) -> None:
    requested = {"root_dir_url": URL, "disable_root_auto_update": True, "enable_disallowed_cert_auto_update": True}
    result, warnings = configure(host, **requested)
    assert (result["changed"], len(host.lines), warnings) == (True, 2, [])
    assert result["before"] == dict.fromkeys([*requested, "machine_disable_root_auto_update"])
    assert {name: result["after"][name] for name in requested} == requested
    registry = host.machine.registry
    assert registry.text(AUTO_UPDATE, "RootDirUrl") == URL
    assert (
        registry.data(POLICY, "DisableRootAutoUpdate"),
        registry.data(POLICY, "EnableDisallowedCertAutoUpdate"),
    ) == (1, 1)
    assert not configure(host, **requested)[0]["changed"]
    assert len(host.lines) == 3
    assert host.unknown == []


def test_false_is_a_value_and_not_nothing(host: SimulatedHost) -> None:
    result, _unused = configure(host, disable_root_auto_update=False)
    assert result["changed_values"] == ["DisableRootAutoUpdate"]
    assert host.machine.registry.data(POLICY, "DisableRootAutoUpdate") == 0
    assert not configure(host, disable_root_auto_update=False)[0]["changed"]


def test_without_a_request_it_only_reads(host: SimulatedHost) -> None:
    before = snapshot(host.machine)
    result, warnings = configure(host)
    assert not result["changed"]
    assert warnings == []
    assert result["lists"]["trusted"]["present"]
    assert result["lists"]["disallowed"]["stale"] is False
    assert result["lists"]["disallowed"]["last_sync"].endswith("Z")
    assert difference(before, snapshot(host.machine)) == []


def test_absent_deletes_what_was_named(host: SimulatedHost) -> None:
    configure(host, root_dir_url=URL, disable_root_auto_update=True)
    result, _unused = configure(host, absent=("root_dir_url", "enable_disallowed_cert_auto_update"))
    assert result["restored_to_default"] == ["RootDirUrl"]
    assert host.machine.registry.get(AUTO_UPDATE, "RootDirUrl") is None
    assert host.machine.registry.data(POLICY, "DisableRootAutoUpdate") == 1
    assert not configure(host, absent=("root_dir_url",))[0]["changed"]


def test_check_mode_foretells_and_writes_nothing(host: SimulatedHost) -> None:
    before = snapshot(host.machine)
    foretold, _unused = configure(host, check_mode=True, root_dir_url=URL, absent=("disable_root_auto_update",))
    assert difference(before, snapshot(host.machine)) == []
    done, _unused = configure(host, root_dir_url=URL)
    assert foretold["after"] == done["after"]


@pytest.mark.parametrize(("type_", "data"), [(ValueType.SZ, "1"), (ValueType.DWORD, 2)])
def test_a_value_that_windows_does_not_document_is_neither_absent_nor_right(
    host: SimulatedHost, type_: ValueType, data: Any
) -> None:
    host.machine.registry.set(POLICY, "DisableRootAutoUpdate", type_, data)
    result, warnings = configure(host, disable_root_auto_update=True, enable_disallowed_cert_auto_update=True)
    assert result["before"]["disable_root_auto_update"] is None
    assert host.machine.registry.data(POLICY, "DisableRootAutoUpdate") == 1
    assert any("undocumented" in warning for warning in warnings)
    host.machine.registry.set(POLICY, "DisableRootAutoUpdate", type_, data)
    assert configure(host, absent=("disable_root_auto_update",))[0]["restored_to_default"] == ["DisableRootAutoUpdate"]


def date(host: SimulatedHost, name: str, days: float) -> None:
    stamp = filetime(host.machine.now() - dt.timedelta(days=days))
    host.machine.registry.set(AUTO_UPDATE, name, ValueType.BINARY, stamp)


@pytest.mark.parametrize(
    ("days", "stale_after", "stale"),
    [(6.9, DEFAULT_STALE_AFTER, False), (7.1, DEFAULT_STALE_AFTER, True), (1.5, 1, True)],
)
def test_a_stale_list_is_warned_of_with_both_causes(
    host: SimulatedHost, days: float, stale_after: int, stale: bool
) -> None:
    """0x80092013 on a healthy network: CryptSvc may not write its key (a published case of a broken access list)."""
    host.machine.registry.protect(AUTO_UPDATE, frozenset({SYSTEM_SID}))
    date(host, "DisallowedCertLastSyncTime", days)
    date(host, "LastSyncTime", 0.1)
    result, warnings = configure(host, stale_after=stale_after)
    assert result["lists"]["disallowed"]["stale"] is stale
    assert result["lists"]["disallowed"]["age_days"] == pytest.approx(days, abs=0.01)
    assert len(warnings) == stale
    if stale:
        assert all(word in warnings[0] for word in ("untrusted", "cannot reach", "write permission", "0x80092013"))


def test_a_list_of_roots_that_was_switched_off_may_be_old(host: SimulatedHost) -> None:
    date(host, "LastSyncTime", 100)
    assert "trusted roots" in configure(host)[1][0]
    requested = {"disable_root_auto_update": True, "enable_disallowed_cert_auto_update": True}
    result, warnings = configure(host, **requested)
    assert result["lists"]["trusted"]["stale"] is True
    assert warnings == []


def test_the_hosts_own_clock_dates_its_lists(host: SimulatedHost) -> None:
    class Ahead(SimulatedHost):
        def clock_skew(self) -> float | None:
            return 30 * 86400.0

    true_time = host.machine.now().timestamp()
    host.machine.clock_offset = dt.timedelta(days=30)
    date(host, "DisallowedCertLastSyncTime", 1)
    date(host, "LastSyncTime", 1)
    result, warnings = configure(Ahead(host.machine), now=true_time)
    assert result["lists"]["disallowed"]["age_days"] == pytest.approx(1, abs=0.01)
    assert warnings == []


@pytest.mark.parametrize(
    ("data", "warning"),
    [
        (b"", "not a FILETIME"),
        (bytes(8), "not a FILETIME"),
        (b"\xff" * 8, "not a FILETIME"),
        (b"\x01" * 9, "not a FILETIME"),
        (filetime(dt.datetime(2200, 1, 1, tzinfo=dt.UTC)), "future"),
    ],
)
def test_a_time_that_is_none_is_unknown_and_not_fine(host: SimulatedHost, data: bytes, warning: str) -> None:
    host.machine.registry.set(AUTO_UPDATE, "DisallowedCertLastSyncTime", ValueType.BINARY, data)
    result, warnings = configure(host)
    assert any(warning in line for line in warnings)
    if warning != "future":
        assert result["lists"]["disallowed"]["stale"] is None


def test_lists_that_never_came_are_told(host: SimulatedHost) -> None:
    for name in ("EncodedCtl", "LastSyncTime"):
        host.machine.registry.delete_value(AUTO_UPDATE, name)
    result, warnings = configure(host)
    assert result["lists"]["trusted"] == {"present": False, "last_sync": None, "age_days": None, "stale": None}
    assert any("never synchronized" in warning for warning in warnings)


def test_what_goes_with_a_share_and_with_the_other_list_is_told(host: SimulatedHost) -> None:
    """A remote shell has no way to a second host, so the share is not tried."""
    _unused, warnings = configure(host, root_dir_url=r"file://\\files\ctl", disable_root_auto_update=True)
    assert any("second hop" in warning for warning in warnings)
    assert any("EnableDisallowedCertAutoUpdate is not 1" in warning for warning in warnings)
    assert not any("second hop" in warning for warning in configure(host)[1]), "told when it is set"


def test_a_value_beside_the_policy_is_told(host: SimulatedHost) -> None:
    host.machine.registry.set_dword(root_lists.MACHINE, "DisableRootAutoUpdate", 1)
    result, warnings = configure(host)
    assert result["after"]["machine_disable_root_auto_update"] is True
    assert "although the policy does not turn it off" in warnings[0]


def test_an_account_without_rights_is_told_and_nothing_is_claimed() -> None:
    host = SimulatedHost(machine("not_elevated"))
    before = snapshot(host.machine)
    with pytest.raises(HostError, match="elevated") as failed:
        configure(host, root_dir_url=URL)
    assert failed.value.details["before"] == failed.value.details["after"]
    assert difference(before, snapshot(host.machine)) == []


def test_a_key_that_may_not_be_written_is_named(host: SimulatedHost) -> None:
    host.machine.registry.protect(AUTO_UPDATE, frozenset({SYSTEM_SID}))
    with pytest.raises(HostError, match=r"administrators can write .*AutoUpdate"):
        configure(host, root_dir_url=URL)


def test_a_host_that_cannot_be_read_is_not_taken_for_one_with_nothing_set(host: SimulatedHost) -> None:
    host.machine.files.remove(r"C:\Windows\System32\reg.exe")
    with pytest.raises(HostError, match=r"could not be read.*9009"):
        configure(host)


@pytest.mark.parametrize(
    "url",
    ["http://a", "http://a.example:8080/b/c", "HTTP://[2001:db8::1]/x", r"file://\\s\share", r"file://\\s\a b\c$\d", "file://C:\\ctl\\"],
)  # fmt: skip
def test_urls_that_windows_takes(host: SimulatedHost, url: str) -> None:
    assert root_lists.parse_url(url) == url
    assert configure(host, root_dir_url=url)[0]["after"]["root_dir_url"] == url
    assert host.machine.registry.text(AUTO_UPDATE, "RootDirUrl") == url


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "ctl",
            "https://a.example/b",
            "ftp://a.example",
            "http://",
            "http://a:0/",
            "http://a:70000/",
            "http://u@a/",
        ),
        *("http://a/b c", "http://a/b?c", "http://a/%41", "http://a\\b", "http://a/\n", 'http://a/"x', "http://a&b/"),
        *(
            "file://server/share",
            r"\\server\share",
            r"file://\\server",
            "file://C:",
            r"file://\\s\a*",
            "file://relative",
        ),
    ],
)
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(Refused, match="root_dir_url"):
        root_lists.parse_url(url)
