"""winsim's reg: output shapes, what it stores, who may write, tamper protection."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import ADMIN, USER, Prompt
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM, TRUSTED_INSTALLER_SID
from ansible_collections.windefend.maps.winsim.machine.locale import Locale
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.tools import reg

KEY = r"HKLM\SOFTWARE\Demo"
ERROR_MISSING = "ERROR: The system was unable to find the specified registry key or value.\r\n"
DENIED = "ERROR: Access is denied.\r\n"
DONE = "The operation completed successfully.\r\n"


@pytest.fixture
def prompt() -> Prompt:
    return Prompt(reg.run)


def test_query_prints_every_type_as_windows_does(prompt: Prompt) -> None:
    registry = prompt.machine.registry
    registry.set(KEY, "", ValueType.SZ, "C:\\Program Files\\x.exe")
    registry.set(KEY, "User Agent", ValueType.SZ, "Mozilla/4.0 (a; b)")
    registry.set(KEY, "Empty", ValueType.SZ, "")
    registry.set(KEY, "Path", ValueType.EXPAND_SZ, "%windir%")
    registry.set(KEY, "Zones", ValueType.BINARY, bytes.fromhex("2bfc14b3"))
    registry.set(KEY, "Secure", ValueType.DWORD, 0xA80)
    registry.set(KEY, "Lock", ValueType.QWORD, 0x1D7A580448F2847)
    registry.set(KEY, "Many", ValueType.MULTI_SZ, ("a b", "c"))
    registry.set(KEY, "None", ValueType.NONE, b"")
    registry.create(KEY + "\\Sub One")
    code, text = prompt.run(r"query hklm\Software\DEMO")
    assert code == 0
    assert text == (
        "\r\nHKEY_LOCAL_MACHINE\\Software\\DEMO\r\n"
        "    (Default)    REG_SZ    C:\\Program Files\\x.exe\r\n"
        "    User Agent    REG_SZ    Mozilla/4.0 (a; b)\r\n"
        "    Empty    REG_SZ    \r\n"
        "    Path    REG_EXPAND_SZ    %windir%\r\n"
        "    Zones    REG_BINARY    2BFC14B3\r\n"
        "    Secure    REG_DWORD    0xa80\r\n"
        "    Lock    REG_QWORD    0x1d7a580448f2847\r\n"
        "    Many    REG_MULTI_SZ    a b\\0c\r\n"
        "    None    REG_NONE    \r\n"
        "\r\n"
        "HKEY_LOCAL_MACHINE\\Software\\DEMO\\Sub One\r\n"
    )


def test_a_key_without_values_has_no_header_line_trap_18(prompt: Prompt) -> None:
    prompt.machine.registry.create(KEY + "\\One")
    prompt.machine.registry.create(KEY + "\\Two")
    assert prompt.run(f"query {KEY}")[1] == (
        "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Demo\\One\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Demo\\Two\r\n"
    )
    assert prompt.run(f"query {KEY} /s")[1] == (
        "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Demo\\One\r\n\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Demo\\Two\r\n\r\n"
    )


def test_a_default_value_never_set_succeeds_trap_18(prompt: Prompt) -> None:
    prompt.machine.registry.create(KEY)
    expected = "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Demo\r\n    (Default)    REG_SZ    (value not set)\r\n\r\n"
    assert prompt.run(f"query {KEY} /ve") == (0, expected)
    assert prompt.run(f'query {KEY} /v ""') == (0, expected)


@pytest.mark.parametrize("english_under_utf8", [False, True])
def test_the_default_values_name_is_translated_under_utf8_too_trap_8(english_under_utf8: bool) -> None:
    machine = Machine("HOST", locale=Locale("ja", 932, 932, english_under_utf8))
    machine.registry.set_text(KEY, "", "x")
    assert "    (既定)    REG_SZ    x\r\n" in Prompt(reg.run, machine).run(f"query {KEY}")[1]
    prompt = Prompt(reg.run, machine)
    assert prompt.run(f"query {KEY}zzz") == (1, "")
    expected = (
        ERROR_MISSING if english_under_utf8 else "エラー: 指定されたレジストリ キーまたは値が見つかりませんでした\r\n"
    )
    assert prompt.error == expected


def test_japanese_texts_come_in_the_code_page() -> None:
    machine = Machine("HOST", locale=Locale("ja", 932, 932))
    prompt = Prompt(reg.run, machine, code_page=932)
    assert prompt.run(f"add {KEY} /v A /d 1") == (0, "この操作を正しく終了しました。\r\n")
    code, text = prompt.run(f"add {KEY} /v A /d 2", b"y\r\n")
    assert (code, text) == (0, "値 A は存在します。上書きしますか? (Yes/No) この操作を正しく終了しました。\r\n")


@pytest.mark.parametrize(
    ("type_", "data", "stored"),
    [
        ("REG_SZ", "a\\0b", "a\\0b"),
        ("REG_EXPAND_SZ", "%x%", "%x%"),
        ("REG_DWORD", "0123", 123),
        ("REG_DWORD", "0xffffffff", 0xFFFFFFFF),
        ("reg_dword", "0X10", 16),
        ("REG_QWORD", "0x123456789abcdef", 0x123456789ABCDEF),
        ("REG_BINARY", "DeAdBeEf0DD", bytes.fromhex("0deadbeef0dd")),
        ("REG_NONE", "ab", b"a\0b\0\0\0"),
        ("REG_MULTI_SZ", "a\\0b", ("a", "b")),
        ("REG_MULTI_SZ", "a\\0", ("a",)),
    ],
)
def test_add_stores(prompt: Prompt, type_: str, data: str, stored: object) -> None:
    assert prompt.run(f"add {KEY} /v N /t {type_} /d {data} /f") == (0, DONE)
    assert prompt.machine.registry.data(KEY, "N") == stored


def test_add_with_other_separator_and_empty_defaults(prompt: Prompt) -> None:
    assert prompt.run(f'add {KEY} /v N /t REG_MULTI_SZ /s "#" /d "two\\0#strings" /f')[0] == 0
    assert prompt.machine.registry.data(KEY, "N") == ("two\\0", "strings")
    assert prompt.run(f"add {KEY} /f")[0] == 0
    assert prompt.machine.registry.data(KEY, "") == ""
    assert prompt.run(f"add {KEY} /v Q /t REG_QWORD /f")[0] == 0
    assert prompt.machine.registry.data(KEY, "Q") == 0


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "frobnicate",
        "query",
        f"query {KEY} /v",
        f"query {KEY} /v A /v B",
        f"query {KEY} /v A /ve",
        f"query {KEY} /s /s",
        f"query {KEY} /reg:32 /reg:64",
        f"query {KEY} nonsense",
        f"add {KEY} /v A /t REG_DWORD /f",
        f"add {KEY} /v A /t REG_DWORD /d zzz /f",
        f"add {KEY} /v A /t REG_DWORD /d deadbeef /f",
        f"add {KEY} /v A /t REG_DWORD /d -1 /f",
        f"add {KEY} /v A /t REG_DWORD /d 4294967296 /f",
        f"add {KEY} /v A /t REG_BINARY /d 0xab /f",
        f'add {KEY} /v A /t "" /d a /f',
        f"add {KEY} /v A /t REG_FLOAT /d 1 /f",
        f'add {KEY} /v A /t REG_MULTI_SZ /s "##" /d a /f',
        f'add {KEY} /v A /t REG_MULTI_SZ /s "#" /d "a##b" /f',
        f"add {KEY} /f /f",
        f"add {KEY} /v A /ve",
        f"delete {KEY} /v A /va /f",
        f"add \\{KEY} /f",
        f"add {KEY}\\x\\\\ /f",
        "add HKCU\\ /v A /d x /f",
        "query HKXX\\a",
    ],
)
def test_wrong_command_lines_fail_with_1_and_change_nothing(prompt: Prompt, arguments: str) -> None:
    prompt.machine.registry.set_text(KEY, "A", "before")
    before = list(prompt.machine.registry.walk())
    code, text = prompt.run(arguments)
    assert (code, text) == (1, "")
    assert prompt.error.startswith("ERROR: Invalid ")
    assert prompt.error.endswith('/?" for usage.\r\n')
    assert list(prompt.machine.registry.walk()) == before
    assert prompt.unknown == []


@pytest.mark.parametrize(
    "arguments", ["query /?", f"query {KEY} /z", f"export {KEY} x.reg", "import x.reg", "query \\\\other\\HKLM"]
)
def test_what_windows_has_and_winsim_has_not_is_noted(prompt: Prompt, arguments: str) -> None:
    prompt.machine.registry.create(KEY)
    assert prompt.run(arguments)[0] == 1
    assert len(prompt.unknown) == 1


def test_an_existing_value_is_asked_for_without_f(prompt: Prompt) -> None:
    prompt.machine.registry.set_text(KEY, "A", "old")
    code, text = prompt.run(f"add {KEY} /v A /d new", b"maybe\r\nNo\r\n")
    assert code == 1
    assert text.count("Value A exists, overwrite(Yes/No)? ") == 2
    assert prompt.machine.registry.data(KEY, "A") == "old"
    assert prompt.unknown == []
    assert prompt.run(f"add {KEY} /v A /d new")[0] == 1, "nobody answers"
    assert prompt.machine.registry.data(KEY, "A") == "old"
    assert len(prompt.unknown) == 1
    assert prompt.run(f"add {KEY} /v a /d new", b"Yes\n")[0] == 0
    assert prompt.machine.registry.data(KEY, "A") == "new"


def test_delete_value_all_values_and_key(prompt: Prompt) -> None:
    registry = prompt.machine.registry
    for name in ("", "a", "b", "c/d"):
        registry.set_text(KEY, name, "x")
    registry.create(KEY + "\\Sub")
    assert prompt.run(f"delete {KEY} /v c/d /f") == (0, DONE)
    assert prompt.run(f"delete {KEY} /v c/d /f")[0] == 1
    assert prompt.error == ERROR_MISSING
    assert prompt.run(f"delete {KEY} /ve /f")[0] == 0
    assert set(registry.key(KEY).values) == {"a", "b"}
    assert prompt.run(f"delete {KEY} /va", b"n\n")[0] == 1
    assert set(registry.key(KEY).values) == {"a", "b"}
    assert prompt.run(f"delete {KEY} /va /f")[0] == 0
    assert registry.key(KEY).values == {}
    assert registry.exists(KEY + "\\Sub")
    assert prompt.run(f"delete {KEY} /f")[0] == 0
    assert not registry.exists(KEY)
    assert prompt.run(f"delete {KEY} /f")[0] == 1


def test_views(prompt: Prompt) -> None:
    assert prompt.run(f"add {KEY} /v A /d narrow /f /reg:32")[0] == 0
    assert prompt.run(f"query {KEY} /v A")[0] == 1
    assert prompt.run(f"query {KEY} /v A /reg:32")[0] == 0
    assert prompt.run(r"query HKLM\SOFTWARE\WOW6432Node\Demo /v A /reg:64")[0] == 0


def test_search_prints_matches_and_their_number(prompt: Prompt) -> None:
    registry = prompt.machine.registry
    registry.set_text(KEY, "Proxy", "none")
    registry.set_text(KEY + "\\Sub", "Other", "a proxy host")
    registry.set_text(KEY + "\\Sub", "Wine", "second")
    registry.set_dword(KEY, "Wine", 1)
    code, text = prompt.run(f"query {KEY} /s /f PROXY")
    assert code == 0
    assert text == (
        "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Demo\r\n    Proxy    REG_SZ    none\r\n"
        "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Demo\\Sub\r\n    Other    REG_SZ    a proxy host\r\n"
        "\r\nEnd of search: 2 match(es) found.\r\n"
    )
    assert prompt.run(f"query {KEY} /s /f proxy /d")[1].count("REG_SZ") == 1
    assert prompt.run(f"query {KEY} /s /f proxy /c")[1].endswith("1 match(es) found.\r\n")
    assert prompt.run(f"query {KEY} /s /f proxy /e")[1].endswith("1 match(es) found.\r\n")
    assert prompt.run(f"query {KEY} /s /f sub /k")[1] == (
        "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Demo\\Sub\r\n\r\nEnd of search: 1 match(es) found.\r\n"
    )
    assert prompt.run(f"query {KEY} /v Wine /s")[1].endswith("\r\n\r\nEnd of search: 2 match(es) found.\r\n")
    assert prompt.run(f"query {KEY} /t REG_DWORD")[1].count("REG_") == 1
    assert prompt.run(f"query {KEY} /s /f nothing")[0] == 1


def test_hkcu_is_the_callers_own_hive(prompt: Prompt) -> None:
    assert prompt.run(r"add HKCU\Software\Demo /v A /d x /f")[0] == 0
    assert prompt.machine.registry.data(f"HKU\\{ADMIN.sid}\\Software\\Demo", "A") == "x"
    assert "\r\nHKEY_CURRENT_USER\\Software\\Demo\r\n" in prompt.run(r"query HKCU\Software\Demo")[1]
    prompt.machine.registry.set_text(r"HKU\S-1-5-18\Software\Demo", "A", "system")
    assert "system" in prompt.run(r"query HKU\.DEFAULT\Software\Demo /v A")[1]
    assert "system" in Prompt(reg.run, prompt.machine, SYSTEM).run(r"query HKCU\Software\Demo /v A")[1]


def test_the_usual_test_of_elevation() -> None:
    machine = Machine("HOST")
    machine.registry.create(r"HKU\S-1-5-19\Software")
    assert Prompt(reg.run, machine, ADMIN).run(r"query HKU\S-1-5-19")[0] == 0
    prompt = Prompt(reg.run, machine, USER)
    assert prompt.run(r"query HKU\S-1-5-19") == (1, "")
    assert prompt.error == DENIED


def test_who_may_write() -> None:
    machine = Machine("HOST")
    machine.registry.set_text(KEY, "A", "x")
    machine.registry.protect(KEY + "\\Guarded", frozenset({TRUSTED_INSTALLER_SID}))
    machine.registry.create(KEY + "\\Guarded\\Deep")
    user, admin = Prompt(reg.run, machine, USER), Prompt(reg.run, machine)
    assert user.run(f"query {KEY} /v A")[0] == 0
    for arguments in (f"add {KEY} /v A /d y /f", f"delete {KEY} /f", r"add HKCU\Software\Policies\X /v A /d y /f"):
        assert user.run(arguments) == (1, "")
        assert user.error == DENIED
    assert user.run(r"add HKCU\Software\X /v A /d y /f")[0] == 0
    assert admin.run(f"add {KEY}\\Guarded\\Deep /v A /d y /f")[0] == 1
    assert admin.run(f"delete {KEY} /f")[0] == 1
    assert admin.error == DENIED
    assert machine.registry.data(KEY, "A") == "x"


POLICY = r'"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender'


def test_tamper_protection_refuses_some_writes_to_everybody() -> None:
    machine = Machine("HOST")
    state = r'"HKLM\Software\Microsoft\Windows Defender\Features"'
    for token in (ADMIN, SYSTEM):
        prompt = Prompt(reg.run, machine, token)
        machine.defender.tamper_protection = False
        assert prompt.run(f"add {state} /v TamperProtection /t REG_DWORD /d 5 /f")[0] == 0
        machine.defender.tamper_protection = True
        assert prompt.run(f"add {state} /v TamperProtection /t REG_DWORD /d 4 /f")[0] == 1
        assert prompt.error == DENIED
        assert prompt.run(f'add {POLICY}" /v disableantispyware /t REG_DWORD /d 1 /f')[0] == 1
        assert prompt.run(f'add {POLICY}\\SpyNet" /v SpynetReporting /t REG_DWORD /d 0 /f')[0] == 1
        assert prompt.run(f'add {POLICY}\\Spynet" /v SSLOptions /t REG_DWORD /d 2 /f')[0] == 0
    assert machine.registry.data(r"HKLM\SOFTWARE\Microsoft\Windows Defender\Features", "TamperProtection") == 5
