"""Only what a module of this version can have changed is ever taken back, in the very spelling that it uses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall.allow_rule import RuleSpec
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import record as journal_record
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.record import Record, Undo
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.places import (
    File,
    OurRules,
    Place,
    RegistryValue,
    intent_from_json,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.tests.support.journals import (
    BLOB,
    EVIDENCE,
    RECORDS,
    WINHTTP,
    dword,
    record,
    sha256,
)

SSL = RegistryValue(spynet.POLICY, "SSLOptions")
STATE = {**dword(3), "missing": 0}


def read_again(one: Record) -> Record:
    return journal_record.from_json(journal_record.to_json(one, contents=True))


@pytest.mark.parametrize("name", RECORDS)
def test_what_modules_write_is_allowed(name: str) -> None:
    assert read_again(RECORDS[name]) == RECORDS[name]


@pytest.mark.parametrize("name", RECORDS)
def test_an_intent_is_the_same_json_again(name: str) -> None:
    """A record's code covers it, so that a member more would make old journals unproven."""
    for undo in RECORDS[name].undo:
        assert intent_from_json(undo.place, undo.intended).to_json() == undo.intended


@pytest.mark.parametrize(
    "desired",
    [
        RuleSpec("a", program=r"C:\Program Files\X.EXE", protocol="any"),
        RuleSpec(
            "b",
            remote_addresses=("LocalSubnet", "10.0.0.0/255.0.0.0", "10.0.0.1-10.0.0.9", "2001:DB8::1"),
        ),
        RuleSpec(
            "c", protocol="udp", remote_ports=("1-2", "443", "443"), profiles=("Domain", "private"), enabled=False
        ),
        RuleSpec("d", profiles=("domain", "private", "public"), description="Zeile, ;"),
        RuleSpec("規則 x", service="WinDefend", protocol="tcp", profiles=("any",)),
    ],
    ids=lambda desired: desired.name,
)
def test_every_rule_that_the_module_takes_is_allowed(desired: RuleSpec) -> None:
    made = {"rules": [allow_rule.spec_as_dict(desired.validated())]}
    one = record("firewall_rule", Undo(OurRules(desired.name), {"rules": [], "others": 0}, made))
    assert read_again(one) == one


TAIL = spynet.POLICY.removeprefix("HKLM\\")
SPELLINGS = [
    replace(SSL, key=spynet.POLICY.lower()),
    replace(SSL, key=f"HKEY_LOCAL_MACHINE\\{TAIL}"),
    replace(SSL, key=f"hklm\\{TAIL}"),
    replace(SSL, key=f"{spynet.POLICY}\\Below"),
    replace(SSL, key=f"{spynet.POLICY}\\"),
    replace(SSL, key=rf"{spynet.POLICY}\..\..\..\..\Windows\CurrentVersion\Run"),
    replace(SSL, key=spynet.POLICY.replace("\\", "/")),
    replace(SSL, key=rf"\\other\{spynet.POLICY}"),
    replace(SSL, key=f"HKLM\\SOFTWARE\\WOW6432Node\\{TAIL.partition(chr(92))[2]}"),
    replace(SSL, key=spynet.POLICY.replace("HKLM", "HKCU")),
    replace(SSL, key=spynet.POLICY + " "),
    replace(SSL, view=32),
    replace(SSL, name="ssloptions"),
    replace(SSL, name="SSLOptions "),
    replace(SSL, name="SSLOptions\x00x"),
    replace(SSL, name=""),
    RegistryValue(r"HKLM\SYSTEM\CurrentControlSet\Services\WinRM", "ImagePath"),
    RegistryValue(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run", "evil"),
    RegistryValue(r"HKLM\SOFTWARE\windefend.maps", "x"),
]


@pytest.mark.parametrize("place", SPELLINGS, ids=str)
def test_another_spelling_of_a_value_is_no_place_of_the_table(place: Place) -> None:
    with pytest.raises(ValueError, match="does not change"):
        read_again(record("spynet", Undo(place, STATE, dword(2))))


@pytest.mark.parametrize("module", ["", "root_update", "winhttp_proxy", "firewall_rule", "ctl_task", "x"])
def test_a_module_writes_its_own_places_only(module: str) -> None:
    for undo in (*RECORDS["firewall_rule"].undo, *RECORDS["publisher_evidence"].undo, *RECORDS["spynet"].undo):
        if module == "firewall_rule" and isinstance(undo.place, OurRules):
            continue
        with pytest.raises(ValueError, match="does not change"):
            read_again(record(module, undo))


STATES: dict[str, tuple[str, Undo]] = {
    "a range": ("spynet", Undo(SSL, STATE, dword(4))),
    "a negative number": ("spynet", Undo(SSL, STATE, dword(-1))),
    "a truth": ("spynet", Undo(SSL, STATE, dword(True))),
    "another type": ("spynet", Undo(SSL, STATE, {"value": {"type": "REG_QWORD", "data": 3}})),
    "follows, elsewhere": ("spynet", Undo(SSL, STATE, {"follows": 1})),
    "follows, in words": ("spynet", Undo(SSL, STATE, {"follows": "advanced_settings"})),
    "a type that reg cannot write": (
        "spynet", Undo(SSL, {"value": {"type": "REG_NONE", "data": {"hex": "00"}}, "missing": 0}, dword(2))),
    "data that is not of its type": (
        "spynet", Undo(SSL, {"value": {"type": "REG_DWORD", "data": "3"}, "missing": 0}, dword(2))),
    "a variable": (
        "spynet", Undo(SSL, {"value": {"type": "REG_SZ", "data": "%TEMP%"}, "missing": 0}, dword(2))),
    "more than a line carries": (
        "spynet", Undo(SSL, {"value": {"type": "REG_SZ", "data": "x" * 8150}, "missing": 0}, dword(2))),
    "many missing keys": ("spynet", Undo(SSL, {**dword(3), "missing": 3}, dword(2))),
    "a blob that is a text": (
        "winhttp_proxy",
        Undo(proxy_change.PLACES["winhttp"][0], {"value": {"type": "REG_SZ", "data": "x"}, "missing": 0}, WINHTTP),
    ),
    "a blob that follows": (
        "winhttp_proxy", Undo(proxy_change.PLACES["winhttp"][0], BLOB, {"follows": "advanced_settings"})),
    "a value of the advanced store that follows something": (
        "winhttp_proxy", Undo(proxy_change.PLACES["advanced"][1], {"value": None, "missing": 0}, {"follows": 1})),
    "a source of roots with a user": (
        "root_update",
        Undo(
            RECORDS["root_update"].undo[0].place,
            {"value": None, "missing": 0},
            {"value": {"type": "REG_SZ", "data": "http://user@evil.example/"}},
        ),
    ),
    "content of another file": (
        "publisher_evidence", Undo(EVIDENCE, sha256(b"a"), sha256(b"b"), b"c")),
    "no SHA-256": ("publisher_evidence", Undo(EVIDENCE, {"sha256": "0"}, sha256(b"b"))),
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_a_state_that_the_module_cannot_have_met_or_made_is_none(name: str) -> None:
    module, undo = STATES[name]
    with pytest.raises(ValueError, match=r"\w"):
        read_again(record(module, undo))


def rules(*texts: str, name: str = "evil") -> Undo:
    return Undo(OurRules(name), {"rules": list(texts), "others": 0}, {"rules": []})


RULES: dict[str, Undo] = {
    "no rule": rules("evil"),
    "a block rule": rules("v2.31|Action=Block|Active=TRUE|Dir=Out|Name=evil|"),
    "an inbound rule": rules("v2.31|Action=Allow|Active=TRUE|Dir=In|Name=evil|"),
    "another name": rules("v2.31|Action=Allow|Active=TRUE|Dir=Out|Name=good|"),
    "what netsh has no words for": rules("v2.31|Action=Allow|Active=TRUE|Dir=Out|IFType=Lan|Name=evil|"),
    "all rules": rules(name="all"),
    "a name with a quote": rules(name='a" dir=in'),
    "a resource": rules(name="@x.dll,-1"),
    "a made rule of another name": Undo(
        OurRules("evil"), {"rules": [], "others": 0}, RECORDS["firewall_rule"].undo[0].intended
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_that_the_module_does_not_make_is_none(name: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_again(record("firewall_rule", RULES[name]))


FOLDER = EVIDENCE.path.rpartition("\\")[0]
PATHS = [
    r"C:\Windows\System32\drivers\etc\hosts",
    rf"{FOLDER}\web.config",
    rf"{FOLDER}\machine.config:stream",
    rf"{FOLDER}\machine.config.",
    rf"{FOLDER}\machine.config ",
    rf"{FOLDER}\..\CONFIG\machine.config",
    FOLDER.replace("\\", "/") + "/machine.config",
    rf"\\?\{EVIDENCE.path}",
    rf"\\.\{EVIDENCE.path}",
    r"\\server\share\Microsoft.NET\Framework64\v4.0.30319\CONFIG\machine.config",
    EVIDENCE.path.replace(r"C:\Windows", "%SystemRoot%"),
    EVIDENCE.path.replace(r"C:\Windows", r"C:\WINDOW~1"),
    EVIDENCE.path.replace(r"C:\Windows", r"C:\Windows."),
    EVIDENCE.path.replace(r"C:\Windows", r"C:\Windows\.."),
    EVIDENCE.path.replace(r"C:\Windows", "C:"),
    EVIDENCE.path.replace("v4.0.30319", "v9.0"),
    EVIDENCE.path.upper(),
]


@pytest.mark.parametrize("path", PATHS)
def test_no_file_but_a_machine_config_is_replaced(path: str) -> None:
    folder = path.rpartition("\\")[0]
    beside = File(path, rf"{folder}\windefend-maps-1-2.new", rf"{folder}\machine.config.20261124-111400-0a1b2c.bak")
    for place in (replace(EVIDENCE, path=path), beside):
        with pytest.raises(ValueError, match=r"\w"):
            read_again(record("publisher_evidence", Undo(place, sha256(b"a"), sha256(b"b"))))


@pytest.mark.parametrize(
    "name",
    [
        *(
            r"..\windefend-maps-1-2.new",
            "evil.exe",
            "windefend-maps-1-2.new:x",
            "windefend-maps-1-2.new ",
            "machine.config",
        ),
        *("windefend-maps-G-2.new", "windefend-maps-1-2.NEW", "machine.config.20261124-111400-0a1b2c.bak\\x", "*.bak"),
    ],
)
def test_the_files_beside_it_have_names_of_the_collection(name: str) -> None:
    for place in (replace(EVIDENCE, new=rf"{FOLDER}\{name}"), replace(EVIDENCE, backup=rf"{FOLDER}\{name}")):
        with pytest.raises(ValueError, match="not a file that the module creates"):
            read_again(record("publisher_evidence", Undo(place, sha256(b"a"), sha256(b"b"))))
    elsewhere = replace(EVIDENCE, new=EVIDENCE.new.replace("v4.0.30319", "v2.0.50727"))
    with pytest.raises(ValueError, match="not a file that the module creates"):
        read_again(record("publisher_evidence", Undo(elsewhere, sha256(b"a"), sha256(b"b"))))


@pytest.mark.parametrize(
    "fields",
    [
        {"at": "20261399T000000.000000Z"}, {"at": "99991231T235959.999999Z"}, {"at": "x"}, {"run": "../x"},
        {"kind": "other"}, {"kind": "undone"}, {"since": "20261124T111400.123456Z"}, {"machine": "\x1b[31m"},
        {"mac": "x"}, {"host": "x" * 600},
    ],
)  # fmt: skip
def test_fields_of_a_wrong_form_make_no_record(fields: dict[str, Any]) -> None:
    data = {**journal_record.to_json(RECORDS["spynet"], contents=False), **fields}
    with pytest.raises(ValueError, match=r"\w"):
        journal_record.from_json(data)
