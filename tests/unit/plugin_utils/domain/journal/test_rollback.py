"""Taking runs back: which, from where, and when nothing may be touched."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import root_lists
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.registry import OWN_KEY
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.remediation import (
    NOW,
    Journal,
    MortalHost,
    changed,
    spynet_operation,
    state,
)
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.machine import firewall as store, proxy_stores
from ansible_collections.windefend.maps.winsim.machine.builder import SYSTEMS
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType

VERSION = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
SSL = rf"{spynet.POLICY}\SSLOptions"
RULES = rf"{store.LOCAL_KEY}\FirewallRules"
RULE = allow_rule.RuleSpec("ours", service="WinDefend", protocol="tcp", remote_ports=("443",))
REQUEST = proxy_change.ProxySettings("p.example:3128", "p.example:3128", ("<local>",))


@pytest.fixture
def host() -> MortalHost:
    return MortalHost(machine())


def ssl(host: MortalHost) -> Any:
    return host.machine.registry.data(spynet.POLICY, "SSLOptions")


def test_a_change_costs_no_round_trip_more(host: MortalHost, tmp_path: pathlib.Path) -> None:
    """The copy travels in the line of the change, in front of it."""
    for operation in (spynet_operation(ssl_options=2), proxy_change.configure(REQUEST, "winhttp", False),
                      allow_rule.configure(RULE, True, False)):  # fmt: skip
        host.lines.clear()
        assert run_operation(host, Journal(tmp_path).journaled(operation))["changed"]
        assert len(host.lines) == 2
        line = host.lines[1]
        change = max(line.find("netsh winhttp set"), line.find("firewall add"), line.find("/v SSLOptions /t"))
        assert 0 < line.find(f"reg add {OWN_KEY}") < change
    host.lines.clear()
    assert not run_operation(host, Journal(tmp_path).journaled(spynet_operation(ssl_options=2)))["changed"]
    assert len(host.lines) == 1


def test_without_the_copy_on_the_host_nothing_is_changed(tmp_path: pathlib.Path) -> None:
    host = MortalHost(machine())
    host.machine.registry.protect(OWN_KEY, frozenset({"S-1-5-18"}))
    before = state(host.machine)
    with pytest.raises(HostError, match="nothing was changed"):
        Journal(tmp_path).drive(host, spynet_operation(ssl_options=2))
    assert changed(before, host.machine) == []


def test_without_the_journal_on_the_controller_nothing_is_sent(host: MortalHost, tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    before = state(host.machine)
    with pytest.raises(HostError, match=r"journal: .*nothing was changed"):
        Journal(tmp_path / "file" / "folder").drive(host, spynet_operation(ssl_options=2))
    assert changed(before, host.machine) == []


def test_only_administrators_may_write_the_copy() -> None:
    host = MortalHost(machine("not_elevated"))
    assert b"denied" in host.run(f"reg add {OWN_KEY} /v x /d y /f 2>&1").stdout
    assert not host.machine.registry.exists(OWN_KEY)


def test_what_could_not_be_brought_back_is_not_changed(host: MortalHost, tmp_path: pathlib.Path) -> None:
    registry = host.machine.registry
    cases: list[tuple[Any, Any]] = [
        (lambda: registry.set(spynet.POLICY, "SSLOptions", ValueType.EXPAND_SZ, "%x%"),
         lambda: spynet_operation(ssl_options=2)),
        (lambda: registry.set(spynet.POLICY, "SSLOptions", ValueType.NONE, b"\0"),
         lambda: spynet_operation(ssl_options=2)),
        (lambda: registry.set_text(RULES, "{x}", "v2.31|Action=Allow|Active=TRUE|Dir=Out|IFType=Lan|Name=ours|"),
         lambda: allow_rule.configure(RULE, True, False)),
    ]  # fmt: skip
    for prepare, operation in cases:
        prepare()
        before = state(host.machine)
        with pytest.raises(HostError, match="could not be restored exactly"):
            Journal(tmp_path).drive(host, operation())
        assert changed(before, host.machine) == []


def test_the_last_run_then_nothing_then_the_one_before_by_name(host: MortalHost, tmp_path: pathlib.Path) -> None:
    first, second = Journal(tmp_path, "first"), Journal(tmp_path, "second")
    clean = state(host.machine)
    first.drive(host, spynet_operation(ssl_options=2))
    between = state(host.machine)
    second.drive(host, spynet_operation(ssl_options=0))
    second.drive(host, proxy_change.configure(REQUEST, "winhttp", False))
    for source in ("auto", "controller", "host"):
        foretold = first.rollback(host, source=source, check_mode=True)
        assert (foretold["run"], foretold["changed"]) == ("second", True)
    done = first.rollback(host)
    assert done["run"] == "second"
    assert [run["undone"] for run in done["runs"]] == [False, False]
    assert ssl(host) == 2
    assert [line for line in changed(between, host.machine) if "windefend.maps" not in line] == []
    for source in ("auto", "controller", "host"):
        again = first.rollback(host, source=source)
        assert (again["changed"], again["run"]) == (False, None), source
        assert "already undone" in again["reason"]
        named = first.rollback(host, source=source, run="second")
        assert not named["changed"]
        unknown = first.rollback(host, source=source, run="third")
        assert not unknown["changed"]
        assert "not in this host's journal" in unknown["reason"]
    assert first.rollback(host, run="first")["changed"]
    assert changed(clean, host.machine) == []


def test_a_chosen_run_takes_the_later_ones_with_it(host: MortalHost, tmp_path: pathlib.Path) -> None:
    clean = state(host.machine)
    for number, options in enumerate((2, 0, 1)):
        Journal(tmp_path, f"run-{number}").drive(host, spynet_operation(ssl_options=options))
    result = Journal(tmp_path).rollback(host, run="run-1")
    assert result["run"] == "run-1"
    assert ssl(host) == 2
    Journal(tmp_path, "run-3").drive(host, spynet_operation(ssl_options=3))
    assert Journal(tmp_path).rollback(host)["run"] == "run-3"
    assert ssl(host) == 2
    Journal(tmp_path).rollback(host, run="run-0")
    assert changed(clean, host.machine) == []


def test_check_mode_foretells_and_touches_nothing(host: MortalHost, tmp_path: pathlib.Path) -> None:
    journal = Journal(tmp_path)
    journal.drive(host, spynet_operation(ssl_options=2))
    done, file = state(host.machine), journal.store.path.read_bytes()
    foretold = journal.rollback(host, check_mode=True)
    assert changed(done, host.machine) == []
    assert journal.store.path.read_bytes() == file
    real = journal.rollback(host)
    assert {**foretold, "x": 0} == {**real, "x": 0}
    assert foretold["before"] == [{"what": SSL, "state": {"value": {"type": "REG_DWORD", "data": 2}}}]
    assert foretold["after"] == [{"what": SSL, "state": {"value": None}}]
    assert foretold["removed"] == [spynet.POLICY, OWN_KEY]


def others(host: MortalHost) -> None:
    host.machine.registry.set_dword(spynet.POLICY, "SSLOptions", 1)


def others_proxy(host: MortalHost) -> None:
    proxy_stores.write_winhttp(host.machine, "theirs.example:1", "")


def others_rule(host: MortalHost) -> None:
    run_operation(host, allow_rule.configure(allow_rule.RuleSpec("ours", protocol="udp"), True, False))


def others_advanced(host: MortalHost) -> None:
    run_operation(
        host,
        proxy_change.configure(proxy_change.ProxySettings("theirs.example:1", "theirs.example:1"), "advanced", False),
    )


@pytest.mark.parametrize("meddle", [others, others_proxy, others_rule, others_advanced])
def test_what_somebody_else_changed_since_is_not_touched(meddle: Any, tmp_path: pathlib.Path) -> None:
    host, journal = MortalHost(machine()), Journal(tmp_path)
    clean = state(host.machine)
    for operation in (
        spynet_operation(ssl_options=2),
        proxy_change.configure(REQUEST, "winhttp", False),
        proxy_change.configure(REQUEST, "advanced", False),
        allow_rule.configure(RULE, True, False),
    ):
        journal.drive(host, operation)
    meddle(host)
    meddled = state(host.machine)
    for check_mode in (True, False):
        with pytest.raises(HostError, match="others have since changed") as refused:
            journal.rollback(host, check_mode=check_mode)
        assert refused.value.details["conflicts"]
    assert changed(meddled, host.machine) == []
    result = journal.rollback(host, force=True)
    assert result["conflicts"]
    assert any("overwrote changes of others" in warning for warning in result["warnings"])
    assert changed(clean, host.machine) == []


def test_somebody_who_took_it_back_by_hand_is_no_stranger(host: MortalHost, tmp_path: pathlib.Path) -> None:
    journal = Journal(tmp_path)
    journal.drive(host, spynet_operation(ssl_options=2))
    host.machine.registry.delete_value(spynet.POLICY, "SSLOptions")
    result = journal.rollback(host)
    assert result["conflicts"] == []
    assert result["removed"] == [spynet.POLICY, OWN_KEY]


def test_a_key_of_ours_that_others_use_now_stays(host: MortalHost, tmp_path: pathlib.Path) -> None:
    journal = Journal(tmp_path)
    journal.drive(host, spynet_operation(ssl_options=2))
    host.machine.registry.set_dword(spynet.POLICY, "DisableBlockAtFirstSeen", 1)
    result = journal.rollback(host)
    assert result["removed"] == [OWN_KEY]
    assert ssl(host) is None
    assert host.machine.registry.data(spynet.POLICY, "DisableBlockAtFirstSeen") == 1


def test_a_block_rule_of_the_same_name_stops_the_rollback(host: MortalHost, tmp_path: pathlib.Path) -> None:
    journal = Journal(tmp_path)
    journal.drive(host, allow_rule.configure(RULE, True, False))
    host.machine.registry.set_text(RULES, "{b}", "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|Name=OURS|")
    before = state(host.machine)
    with pytest.raises(HostError, match="delete it too"):
        journal.rollback(host, force=True)
    assert changed(before, host.machine) == []


def test_the_host_was_renamed_or_got_another_address(host: MortalHost, tmp_path: pathlib.Path) -> None:
    clean = state(host.machine)
    Journal(tmp_path, address="192.0.2.7").drive(host, spynet_operation(ssl_options=2))
    moved = Journal(tmp_path, address="192.0.2.99")
    assert not moved.rollback(host, source="controller")["run"]
    assert moved.rollback(host)["changed"], "the copy on the host went along"
    assert changed(clean, host.machine) == []


def test_an_upgrade_of_windows_in_between_changes_nothing(host: MortalHost, tmp_path: pathlib.Path) -> None:
    """It keeps MachineGuid (recalled); whose journal it is, nothing else of Windows says."""
    journal = Journal(tmp_path)
    journal.drive(host, spynet_operation(ssl_options=2))
    host.machine.os = SYSTEMS["windows_11_23h2"]
    host.machine.registry.set_text(VERSION, "CurrentBuildNumber", "22631")
    host.machine.registry.set_text(VERSION, "ProductName", "Windows 10 Pro")
    assert journal.rollback(host)["changed"]
    assert ssl(host) is None


def test_a_blob_that_was_there_is_obeyed_again(host: MortalHost, tmp_path: pathlib.Path) -> None:
    """It comes back by `reg add`, byte by byte, and counts like one that netsh wrote (Microsoft KB 4494447)."""
    proxy_stores.write_winhttp(host.machine, "before.example:8080", "*.corp.example")
    stored = host.machine.registry.data(proxy_stores.CONNECTIONS_KEY, proxy_stores.WINHTTP_VALUE)
    journal = Journal(tmp_path)
    journal.drive(host, proxy_change.configure(REQUEST, "winhttp", False))
    assert proxy_stores.winhttp_proxy(host.machine, "a.example") == "p.example:3128"
    assert journal.rollback(host)["changed"]
    assert any("reg add" in line and "WinHttpSettings" in line for line in host.lines)
    assert host.machine.registry.data(proxy_stores.CONNECTIONS_KEY, proxy_stores.WINHTTP_VALUE) == stored
    assert proxy_stores.winhttp_proxy(host.machine, "a.example") == "before.example:8080"


def test_another_machine_at_the_same_address_is_not_touched(host: MortalHost, tmp_path: pathlib.Path) -> None:
    journal = Journal(tmp_path)
    journal.drive(host, spynet_operation(ssl_options=2))
    other = MortalHost(machine())
    other.machine.registry.set_text(r"HKLM\SOFTWARE\Microsoft\Cryptography", "MachineGuid", "another")
    other.machine.registry.set_dword(spynet.POLICY, "SSLOptions", 2)
    before = state(other.machine)
    with pytest.raises(HostError, match="another machine"):
        journal.rollback(other, source="controller")
    result = journal.rollback(other)
    assert not result["changed"]
    assert any("another machine" in warning for warning in result["warnings"])
    assert changed(before, other.machine) == []


def damage(journal: Journal) -> None:
    path = journal.store.path
    path.write_bytes(path.read_bytes()[:-20])


def test_a_damaged_file_leaves_the_copy_on_the_host(host: MortalHost, tmp_path: pathlib.Path) -> None:
    clean, journal = state(host.machine), Journal(tmp_path)
    journal.drive(host, spynet_operation(ssl_options=2))
    damage(journal)
    with pytest.raises(HostError, match=r"controller is damaged: line 1.*Nothing was changed"):
        journal.rollback(host, source="controller")
    result = journal.rollback(host)
    assert any("line 1 is cut off" in warning for warning in result["warnings"])
    assert changed(clean, host.machine) == []


def test_a_damaged_copy_leaves_the_file(host: MortalHost, tmp_path: pathlib.Path) -> None:
    clean, journal = state(host.machine), Journal(tmp_path)
    journal.drive(host, spynet_operation(ssl_options=2))
    values = host.machine.registry.key(OWN_KEY).values
    for value in values.values():
        value.data = str(value.data)[:-9]
    with pytest.raises(HostError, match=r"host is damaged.*Nothing was changed"):
        journal.rollback(host, source="host")
    result = journal.rollback(host)
    assert result["changed"]
    assert any("host is damaged" in warning for warning in result["warnings"])
    assert changed(clean, host.machine) == []


def test_with_both_damaged_nothing_is_touched(host: MortalHost, tmp_path: pathlib.Path) -> None:
    journal = Journal(tmp_path)
    journal.drive(host, spynet_operation(ssl_options=2))
    damage(journal)
    for value in host.machine.registry.key(OWN_KEY).values.values():
        value.data = "1.x"
    before = state(host.machine)
    with pytest.raises(HostError, match="damaged"):
        journal.rollback(host)
    assert changed(before, host.machine) == []


def test_two_journals_that_disagree_are_not_believed(host: MortalHost, tmp_path: pathlib.Path) -> None:
    mine, elsewhere = Journal(tmp_path / "a"), Journal(tmp_path / "b")
    mine.drive(host, spynet_operation(ssl_options=2))
    other = MortalHost(machine())
    other.machine.registry.set_dword(spynet.POLICY, "SSLOptions", 0)
    elsewhere.drive(other, spynet_operation(ssl_options=2))
    with pytest.raises(HostError, match="disagree"):
        elsewhere.rollback(host)
    assert ssl(host) == 2
    assert mine.rollback(host)["changed"]


def test_a_newer_journal_is_not_guessed_at(host: MortalHost, tmp_path: pathlib.Path) -> None:
    journal = Journal(tmp_path)
    journal.drive(host, spynet_operation(ssl_options=2))
    path = journal.store.path
    path.write_text(path.read_text().replace('"schema":2', '"schema":3'))
    before = state(host.machine)
    with pytest.raises(HostError, match="Update the collection"):
        journal.rollback(host, source="controller")
    assert changed(before, host.machine) == []
    assert journal.rollback(host, source="host")["changed"]


def test_a_change_from_elsewhere_is_taken_back_too(host: MortalHost, tmp_path: pathlib.Path) -> None:
    """An execution environment forgot its files; only the host knows of its run."""
    clean = state(host.machine)
    Journal(tmp_path / "kept", "kept").drive(host, spynet_operation(ssl_options=2))
    Journal(tmp_path / "forgotten", "forgotten").drive(host, proxy_change.configure(REQUEST, "winhttp", False))
    result = Journal(tmp_path / "kept").rollback(host, run="kept")
    assert {run["run"] for run in result["runs"]} == {"kept", "forgotten"}
    assert changed(clean, host.machine) == []


def test_a_clock_that_went_back_does_not_turn_the_order_round(host: MortalHost, tmp_path: pathlib.Path) -> None:
    journal = Journal(tmp_path)
    for options in (2, 0, 1):
        journal.drive(host, spynet_operation(ssl_options=options))  # the test's clock stands still
    moments = [record.at for record in journal.store.read().records]
    assert moments == sorted(set(moments))


def test_tamper_protection_that_refuses_is_told_and_nothing_is_forgotten(tmp_path: pathlib.Path) -> None:
    host = MortalHost(machine())
    journal = Journal(tmp_path)
    host.machine.registry.set_dword(spynet.POLICY, "SpynetReporting", 1)
    clean = state(host.machine)
    journal.drive(host, spynet_operation(reporting=2))
    host.machine.defender.tamper_protection = True
    with pytest.raises(HostError, match=r"could be restored.*denied.*try again"):
        journal.rollback(host)
    assert host.machine.registry.exists(OWN_KEY)
    host.machine.defender.tamper_protection = False
    assert journal.rollback(host)["changed"]
    assert changed(clean, host.machine) == []


def test_what_runs_left_behind_is_swept(host: MortalHost, tmp_path: pathlib.Path) -> None:
    clean = state(host.machine)
    host.machine.files.make_directory(rf"C:\Program Files\windefend-maps-{int(NOW):x}-ab")
    result = Journal(tmp_path).rollback(host)
    assert result["removed"] == [f"windefend-maps-{int(NOW):x}-ab"]
    assert changed(clean, host.machine) == []


def test_a_text_with_a_percent_sign_is_left_alone(host: MortalHost, tmp_path: pathlib.Path) -> None:
    host.machine.registry.set_text(root_lists.AUTO_UPDATE, "RootDirUrl", "http://a.example/b%20c")
    options: dict[str, Any] = {"stale_after": 7, "now": NOW, "check_mode": False, "absent": ()}
    operation = root_lists.configure(requested={"root_dir_url": "http://b.example/c"}, **options)
    with pytest.raises(HostError, match=r"RootDirUrl.*could not be restored exactly"):
        Journal(tmp_path).drive(host, operation)
