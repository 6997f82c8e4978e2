"""Who is believed: what the key proves, on the machine that it was written for; everything else only ever tightens."""

from __future__ import annotations

import contextlib
import json
import pathlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import publisher_evidence
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import (
    choice as journal_choice,
    writer as journal_writer,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.copy import KEY
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.record import JournalContents
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.seal import Seal, secrets
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import history as remediation_history
from ansible_collections.windefend.maps.tests.support import forged
from ansible_collections.windefend.maps.tests.support.journals import EVIDENCE, RECORDS
from ansible_collections.windefend.maps.tests.support.operations import conclude, run_operation
from ansible_collections.windefend.maps.tests.support.remediation import (
    NOW,
    SEAL,
    Journal,
    MortalHost,
    changed,
    spynet_operation,
    state,
)
from ansible_collections.windefend.maps.tests.support.simulated_host import machine

GUID_KEY = r"HKLM\SOFTWARE\Microsoft\Cryptography"
OTHER = Seal(["another secret of thirty-two letters".replace(" ", "-")])
REQUEST = proxy_change.ProxySettings("p.example:3128", "p.example:3128", ("<local>",))


def guid(host: MortalHost) -> str:
    return str(host.machine.registry.data(GUID_KEY, "MachineGuid"))


def ssl(host: MortalHost) -> Any:
    return host.machine.registry.data(spynet.POLICY, "SSLOptions")


def set_ssl(host: MortalHost, value: int) -> None:
    host.machine.registry.set_dword(spynet.POLICY, "SSLOptions", value)


def put_on_host(host: MortalHost, values: Mapping[str, str]) -> None:
    for name, text in values.items():
        host.machine.registry.set_text(KEY, name, text)


def put_on_controller(one: Journal, *lines: str) -> None:
    one.store.path.parent.mkdir(mode=0o700, exist_ok=True)
    one.store.path.write_text("".join(lines))


def debt(host: MortalHost, seal: Seal | None = SEAL, warnings: list[str] | None = None) -> list[dict[str, Any]]:
    keys = remediation_history.Keys(lambda: seal, lambda: SEAL)
    operation = remediation_history.remember(
        step=None, depends_on="", present=True, now=NOW, check_mode=True, keys=keys
    )
    return list(plain(run_operation(host, operation, warnings))["debt"])


@pytest.mark.parametrize("schema", [1, 2])
@pytest.mark.parametrize("number", range(len(forged.ATTACK)))
@pytest.mark.parametrize("where", ["controller", "host"])
@pytest.mark.parametrize("consent", [False, True])
def test_a_forged_record_takes_nothing_back(
    host: MortalHost, journal_of: Journal, schema: int, number: int, where: str, consent: bool
) -> None:
    data = forged.record([forged.ATTACK[number]], guid(host), schema)
    if where == "host":
        put_on_host(host, forged.host_values(data))
    else:
        put_on_controller(journal_of, forged.line(data))
    set_ssl(host, 3)
    before = state(host.machine)
    for options in ({}, {"run": forged.RUN}, {"force": True, "skip_damaged": True}):
        with contextlib.suppress(HostError):
            journal_of.rollback(host, allow_unverified=consent, **options)
        left = [line for line in changed(before, host.machine) if "windefend.maps" not in line]
        assert left == []


def test_what_is_damaged_is_named_with_its_place(host: MortalHost, journal_of: Journal) -> None:
    data = forged.record([forged.ATTACK[0]], guid(host))
    put_on_controller(journal_of, forged.line(data))
    with pytest.raises(HostError, match=r"line 1 .*does not change .*Services\\\\WinRM\\\\ImagePath"):
        journal_of.rollback(host)


def test_a_signature_of_another_key_proves_nothing(host: MortalHost, tmp_path: pathlib.Path) -> None:
    theirs = Journal(tmp_path / "journal", seal=OTHER)
    theirs.drive(host, proxy_change.configure(REQUEST, "winhttp", False))
    theirs.drive(host, spynet_operation(ssl_options=2))
    before = state(host.machine)
    mine = Journal(tmp_path / "journal")
    for seal in (SEAL, None):
        with pytest.raises(HostError, match=r"cannot be verified.*journal_key.*allow_unverified") as refused:
            mine.rollback(host, seal=seal)
        assert [one["what"] for one in refused.value.details["unverified"]]
        assert changed(before, host.machine) == []


@pytest.mark.parametrize("field", ["at", "run", "host", "address", "module", "machine", "before", "intended", "since"])
def test_no_part_of_a_record_can_be_altered(field: str, host: MortalHost, journal_of: Journal) -> None:
    set_ssl(host, 3)
    journal_of.drive(host, spynet_operation(ssl_options=2))
    (record,) = journal_of.store.read().records
    data = json.loads(journal_of.store.path.read_text())
    del data["sum"]
    new = {"at": "20270115T080000.000001Z", "run": "other", "machine": ""}
    if field in ("before", "intended"):
        data["undo"][0][field]["value"]["data"] = 1
    else:
        data[field] = new.get(field, "x" if field != "module" else "spynet ")
    assert SEAL.verifies(record)
    host.machine.registry.delete_key(KEY)
    put_on_controller(journal_of, forged.line(data))
    with pytest.raises(HostError, match=r"cannot be verified|damaged"):
        journal_of.rollback(host, run=data["run"])
    assert ssl(host) == 2


def test_a_record_of_another_machine_is_not_gone_by(tmp_path: pathlib.Path) -> None:
    """Copied to another host's key, or to another host's file, with its true signature."""
    source, target = MortalHost(machine()), MortalHost(machine())
    target.machine.registry.set_text(GUID_KEY, "MachineGuid", "ffffffff-0000-1111-2222-333333333333")
    one = Journal(tmp_path)
    set_ssl(source, 3)
    one.drive(source, spynet_operation(ssl_options=2))
    for name, value in ((value.name, str(value.data)) for value in source.machine.registry.key(KEY).values.values()):
        target.machine.registry.set_text(KEY, name, value)
    set_ssl(target, 2)
    before = state(target.machine)
    for options in ({"source": "host"}, {"source": "auto"}, {"source": "controller"}):
        told = ""
        try:
            told = " ".join(one.rollback(target, allow_unverified=True, **options)["warnings"])
        except HostError as error:
            told = str(error)
        assert "another machine" in told
    assert changed(before, target.machine) == []
    assert debt(target) == []


def test_a_host_without_a_machine_guid_keeps_no_journal(host: MortalHost, journal_of: Journal) -> None:
    host.machine.registry.delete_value(GUID_KEY, "MachineGuid")
    before = state(host.machine)
    with pytest.raises(HostError, match="no MachineGuid"):
        journal_of.drive(host, spynet_operation(ssl_options=2))
    assert changed(before, host.machine) == []


def test_a_record_that_was_taken_back_is_not_replayed(host: MortalHost, journal_of: Journal) -> None:
    set_ssl(host, 3)
    journal_of.drive(host, spynet_operation(ssl_options=2))
    copies = {value.name: str(value.data) for value in host.machine.registry.key(KEY).values.values()}
    journal_of.rollback(host)
    set_ssl(host, 2)  # others did that, on purpose
    put_on_host(host, copies)
    for options in ({}, {"run": "run-1"}):
        result = journal_of.rollback(host, **options)
        assert "already undone" in result["reason"]
    assert ssl(host) == 2


def test_a_forged_mark_does_not_hide_a_run(host: MortalHost, journal_of: Journal) -> None:
    set_ssl(host, 3)
    journal_of.drive(host, spynet_operation(ssl_options=2))
    at = "20290101T000000.000000Z"
    mark = forged.record([], guid(host), at=at, kind="undone", module="", since="20200101T000000.000000Z")
    put_on_host(host, forged.host_values(mark))
    put_on_controller(journal_of, journal_of.store.path.read_text(), forged.line(mark))
    assert debt(host)[0]["verified"]
    assert journal_of.rollback(host)["run"] == "run-1"
    assert ssl(host) == 3


def test_an_altered_copy_is_left_out_where_the_file_is_whole(host: MortalHost, journal_of: Journal) -> None:
    set_ssl(host, 3)
    journal_of.drive(host, spynet_operation(ssl_options=2))
    data = json.loads(journal_of.store.path.read_text())
    del data["sum"]
    data["undo"][0]["before"]["value"]["data"] = 0
    put_on_host(host, forged.packed(json.dumps(data).encode(), data["at"], data["run"]))
    result = journal_of.rollback(host)
    assert any("were altered" in warning for warning in result["warnings"])
    assert ssl(host) == 3


def test_older_keys_are_still_believed(host: MortalHost, tmp_path: pathlib.Path) -> None:
    old, new = "0123456789abcdef" * 4, "f" * 64
    clean = state(host.machine)
    Journal(tmp_path, "a", seal=Seal(secrets(old))).drive(host, spynet_operation(ssl_options=2))
    rotated = Seal(secrets(f"{new}\n{old}\n"))
    Journal(tmp_path, "b", seal=rotated).drive(host, proxy_change.configure(REQUEST, "winhttp", False))
    with pytest.raises(HostError, match="cannot be verified"):
        Journal(tmp_path, seal=Seal(secrets(new))).rollback(host, run="a")
    assert Journal(tmp_path, seal=rotated).rollback(host, run="a")["changed"]
    assert changed(clean, host.machine) == []


@pytest.mark.parametrize(
    "text", ["", " ", "short", "x" * 1025, "ä" * 40, "x" * 40 + " " + "y", " ".join(["x" * 40] * 5)]
)
def test_a_key_that_is_none_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match=r"1 to 4 keys|has 32 to") as refused:
        secrets(text)
    assert not text.strip() or text not in str(refused.value)


def unproven(host: MortalHost, *undo: dict[str, Any], module: str = "spynet") -> None:
    put_on_host(host, forged.host_values(forged.record(undo, guid(host), module=module)))


DEFAULT_RULE = {
    "place": {"kind": "our_rules", "name": "windefend.maps MAPS"},
    "before": {"rules": [], "others": 0},
    "intended": {
        "rules": [
            allow_rule.spec_as_dict(
                allow_rule.RuleSpec("windefend.maps MAPS", service="WinDefend", protocol="tcp", remote_ports=("443",))
            )
        ]
    },
}


def test_what_nothing_proves_only_tightens(host: MortalHost, journal_of: Journal) -> None:
    """SSLOptions gets its checks back, an allow rule of the roles goes; a proxy and a rule of a user's stay."""
    request = allow_rule.RuleSpec("windefend.maps MAPS", service="WinDefend", protocol="tcp", remote_ports=("443",))
    Journal(journal_of.store.path.parent, seal=OTHER).drive(host, allow_rule.configure(request, True, False))
    theirs = Journal(journal_of.store.path.parent, seal=OTHER)
    theirs.drive(host, allow_rule.configure(allow_rule.RuleSpec("users", protocol="any"), True, False))
    theirs.drive(host, proxy_change.configure(REQUEST, "winhttp", False))
    set_ssl(host, 3)
    theirs.drive(host, spynet_operation(ssl_options=0, reporting=2))
    before = state(host.machine)
    foretold = journal_of.rollback(host, allow_unverified=True, check_mode=True)
    assert changed(before, host.machine) == []
    listed = {one["what"]: one["taken_back"] for one in foretold["unverified"]}
    assert listed[rf"{spynet.POLICY}\SSLOptions"]
    assert listed["firewall rule windefend.maps MAPS"]
    assert sorted(what for what, back in listed.items() if not back) == sorted(
        [
            *(place.label for place in proxy_change.PLACES["winhttp"]),
            "firewall rule users",
            rf"{spynet.POLICY}\SpynetReporting",
        ]
    )
    announced: list[str] = []
    seen_at: list[int] = []

    def announce(line: str) -> None:
        announced.append(line)
        seen_at.append(host.changing)

    writes = host.changing
    result = journal_of.rollback(host, announce=announce, allow_unverified=True)
    assert set(seen_at) == {writes}, "everything is listed before the first write"
    assert any("SSLOptions" in line for line in announced)
    assert any("only restore security" in warning for warning in result["warnings"])
    assert ssl(host) == 3
    rest = changed(before, host.machine)
    assert not any("WinHttpSettings" in line or "SpynetReporting" in line for line in rest)
    again = journal_of.rollback(host, allow_unverified=True)
    assert not again["changed"], "the copies stay, and there is nothing left to tighten"
    assert host.machine.registry.exists(KEY)


@pytest.mark.parametrize(
    ("now", "target", "tightened"),
    [(0, 3, True), (2, 3, True), (0, 1, True), (3, 0, False), (3, 2, False), (2, 1, False), (1, 2, False)],
)
def test_which_way_ssl_options_leads_is_judged_by_its_bits(
    host: MortalHost, journal_of: Journal, now: int, target: int, tightened: bool
) -> None:
    set_ssl(host, now)
    unproven(host, forged.value(forged.SPYNET, "SSLOptions", target, "REG_DWORD", forged.made(now)))
    result = journal_of.rollback(host, allow_unverified=True)
    assert ssl(host) == (target if tightened else now)
    assert result["loosens"] == []


@pytest.mark.parametrize("module", ["winhttp_proxy", "root_update", "publisher_evidence"])
def test_a_source_that_somebody_made_up_is_not_written(host: MortalHost, journal_of: Journal, module: str) -> None:
    undo = {
        "winhttp_proxy": forged.value(
            registry_key := r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections",
            "WinHttpSettings",
            {"hex": "18000000000000000300000006000000657669" + "6c3a3100000000"},
            "REG_BINARY",
            {"winhttp": {"http": "", "https": "", "bypass": None}},
        ),
        "root_update": forged.value(
            r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate",
            "RootDirUrl",
            "http://evil.example/",
            "REG_SZ",
            {"value": None},
        ),
        "publisher_evidence": {
            **forged.file(EVIDENCE.path, b"evil\r\n"),
            "place": {"kind": "file", "path": EVIDENCE.path, "new": EVIDENCE.new, "backup": EVIDENCE.backup},
        },
    }[module]
    assert registry_key
    put_on_controller(journal_of, forged.line(forged.record([undo], guid(host), module=module)))
    before = state(host.machine)
    result = journal_of.rollback(host, allow_unverified=True, force=True)
    assert not result["changed"]
    assert len(result["unverified"]) == 1
    assert changed(before, host.machine) == []


def test_a_windows_that_the_registry_spells_otherwise_is_the_same(host: MortalHost, journal_of: Journal) -> None:
    windows = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
    host.machine.registry.set_text(windows, "SystemRoot", r"C:\WINDOWS")
    clean = state(host.machine)
    places = publisher_evidence.places(("v4.0.30319",), (64,))
    journal_of.drive(
        host,
        publisher_evidence.configure(
            enabled=False,
            wanted=places,
            identity=RunIdentity("windefend-maps-1-ab", NOW),
            check_mode=False,
        ),
    )
    assert journal_of.rollback(host)["changed"]
    assert changed(clean, host.machine) == []


def test_a_file_outside_this_windows_is_not_replaced(host: MortalHost, journal_of: Journal) -> None:
    place = {
        "kind": "file",
        **{name: getattr(EVIDENCE, name).replace("C:\\Windows", "D:\\Old") for name in ("path", "new", "backup")},
    }
    data = forged.record([{**forged.file("x", b"x\r\n"), "place": place}], guid(host), module="publisher_evidence")
    record = SEAL.signed(journal_writer.from_json(data))
    journal_of.store.append(record)
    with pytest.raises(HostError, match="not in the Windows directory"):
        journal_of.rollback(host)


# What follows from records that nothing proves, elsewhere


def test_debt_that_nothing_proves_says_so_and_never_lacks_a_check(host: MortalHost) -> None:
    set_ssl(host, 1)
    unproven(host, forged.value(forged.SPYNET, "SSLOptions", 2, "REG_DWORD", forged.made(1)))
    warnings: list[str] = []
    (owed,) = debt(host, warnings=warnings)
    assert (owed["before"], owed["verified"]) == (3, False), "to go back to 2 would switch the revocation check off"
    assert any("cannot be verified" in warning for warning in warnings)


def test_a_forged_memory_does_not_keep_checks_off(host: MortalHost) -> None:
    def memory(step: str | None, seal: Seal) -> list[str]:
        keys = remediation_history.Keys(lambda: seal, lambda: seal)
        operation = remediation_history.remember(
            step=step, depends_on="0" * 16, present=True, now=NOW, check_mode=False, keys=keys
        )
        return [one.step for one in run_operation(host, operation)["after"]]

    memory("tighten", OTHER)
    memory("ssl_options", OTHER)
    assert memory(None, SEAL) == ["ssl_options"], "not to loosen needs no proof, not to tighten does"
    memory("tighten", SEAL)
    assert memory(None, SEAL) == ["ssl_options", "tighten"]
    host.machine.registry.set_text(GUID_KEY, "MachineGuid", "ffffffff-0000-1111-2222-333333333333")
    assert memory(None, SEAL) == ["ssl_options"], "that was another machine's"


def test_what_was_noticed_before_a_refusal_is_warned_of() -> None:
    record = RECORDS["spynet"]
    kept = JournalContents((record, replace(record, machine="another")), problems=("line 3 is cut off",))
    warnings: list[str] = []
    with pytest.raises(HostError, match="line 3 is cut off"):
        conclude(journal_choice.merge(journal_choice.Trust("host", record.machine, SEAL), None, kept), warnings)
    (warning,) = warnings
    assert "changes of another machine" in warning
