"""reg.exe's command lines, and its output in every published shape."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import registry
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import CannotCarry
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.registry import Key, ParseError, Value
from ansible_collections.windefend.maps.tests.unit.plugin_utils.windows.cmd_model import arguments, runs
from hypothesis import given, strategies as st

SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (registry.query_alone(SPYNET), f'reg query "{SPYNET}"'),
        (registry.query_alone(SPYNET, "SSLOptions"), f'reg query "{SPYNET}" /v SSLOptions'),
        (
            registry.query(r"HKLM\SOFTWARE\Microsoft\a\b", "c", view=32),
            r"reg query HKLM\SOFTWARE\Microsoft\a\b /v c /reg:32"
            r"||(echo ?&reg query HKLM\SOFTWARE\Microsoft\a\b /reg:32)"
            r"||(echo ?&reg query HKLM\SOFTWARE\Microsoft\a /reg:32)"
            r"||(echo ?&reg query HKLM\SOFTWARE\Microsoft /reg:32)",
        ),
        (registry.query_alone(r"HKLM\SOFTWARE\x", "", view=32), r"reg query HKLM\SOFTWARE\x /ve /reg:32"),
        (registry.query(r"hkey_users\S-1-5-18\x", recursive=True), r"reg query HKU\S-1-5-18\x /s /reg:64"),
        (
            registry.add(SPYNET, "SSLOptions", "REG_DWORD", 2),
            f'reg add "{SPYNET}" /v SSLOptions /t REG_DWORD /d 2 /f /reg:64',
        ),
        (
            registry.add(r"HKLM\A", "b", "REG_BINARY", b"\x18\xff"),
            r"reg add HKLM\A /v b /t REG_BINARY /d 18FF /f /reg:64",
        ),
        (registry.add(r"HKLM\A", "", "REG_SZ", ""), r'reg add HKLM\A /ve /t REG_SZ /d "" /f /reg:64'),
        (
            registry.add(r"HKLM\A", "m", "REG_MULTI_SZ", ("a|b", "c")),
            r'reg add HKLM\A /v m /t REG_MULTI_SZ /s ";" /d "a|b;c" /f /reg:64',
        ),
        (registry.delete_value(SPYNET, "SSLOptions"), f'reg delete "{SPYNET}" /v SSLOptions /f /reg:64'),
        (registry.delete_key(r"HKLM\SOFTWARE\Policies\x"), r"reg delete HKLM\SOFTWARE\Policies\x /f /reg:64"),
    ],
    ids=str,
)
def test_commands(command: object, text: str) -> None:
    assert getattr(command, "text", None) == text


@given(data=st.text(st.sampled_from(" \\&|<>^()=;,/vab\u65e5")))
def test_data_is_one_argument(data: str) -> None:
    (run,) = runs(registry.add(SPYNET, "name", "REG_SZ", data).text)
    assert arguments(run.text)[2:] == [SPYNET, "/v", "name", "/t", "REG_SZ", "/d", data, "/f", "/reg:64"]


@pytest.mark.parametrize(
    "key", ["HKLM", "HKLM\\", r"\\server\HKLM\x", r"HKXX\x", r"HKLM\\x", "SOFTWARE\\x", "", r"HKLM\x\\"]
)
def test_a_key_is_a_local_path(key: str) -> None:
    with pytest.raises(CannotCarry):
        registry.query(key)


@pytest.mark.parametrize("key", [r"HKLM\SOFTWARE", r"HKLM\SOFTWARE\Policies", r"HKLM\SYSTEM\x"])
def test_no_great_part_of_the_registry_is_deleted(key: str) -> None:
    with pytest.raises(CannotCarry):
        registry.delete_key(key)


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("REG_DWORD", -1),
        ("REG_DWORD", 1 << 32),
        ("REG_DWORD", True),
        ("REG_DWORD", "1"),
        ("REG_QWORD", 1 << 64),
        ("REG_SZ", b""),
        ("REG_BINARY", ""),
        ("REG_MULTI_SZ", ("a", "")),
        ("REG_MULTI_SZ", ("|;,#~",)),
        ("REG_NONE", b""),
        ("REG_EXPAND_SZ", "%SystemRoot%"),
        ("REG_SZ /d x", "y"),
    ],
)
def test_data_fits_its_type(type_: str, data: registry.Data) -> None:
    with pytest.raises(ValueError, match=r"."):
        registry.add(SPYNET, "x", type_, data)


SETTINGS = (
    b"\r\nHKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\r\n"
    b"    CodeBaseSearchPath    REG_SZ    CODEBASE\r\n"
    b"    User Agent    REG_SZ    Mozilla/4.0 (compatible; MSIE 8.0; Win32)\r\n"
    b"    ZonesSecurityUpgrade    REG_BINARY    2BFC14B35BF7D701\r\n"
    b"    LockDatabase    REG_QWORD    0x1d7a580448f2847\r\n"
    b"    EnablePunycode    REG_DWORD    0x1\r\n"
    b"    LegalNoticeCaption    REG_SZ    \r\n"
    b"    EditionSubString    REG_SZ\r\n"
    b"    Applications\\notepad.exe    REG_NONE\r\n"
    b"    Depends    REG_MULTI_SZ    RpcSs\\0Tcp Ip\\0\r\n"
    b"    Expanded    REG_EXPAND_SZ    %SystemRoot%\\system32\\zipfldr.dll\r\n"
    b"    Wide    name    REG_SZ    a    REG_SZ    b  \r\n"
    b"    Odd    REG_FULL_RESOURCE_DESCRIPTOR    0102\r\n"
    b"\r\n"
    b"HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\5.0\r\n"
)


def test_every_shape_of_a_value_is_read() -> None:
    key, below = registry.parse(SETTINGS)
    assert key.path == "HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"
    assert [(value.name, value.type, value.data) for value in key.values.values()] == [
        ("CodeBaseSearchPath", "REG_SZ", "CODEBASE"),
        ("User Agent", "REG_SZ", "Mozilla/4.0 (compatible; MSIE 8.0; Win32)"),
        ("ZonesSecurityUpgrade", "REG_BINARY", bytes.fromhex("2BFC14B35BF7D701")),
        ("LockDatabase", "REG_QWORD", 0x1D7A580448F2847),
        ("EnablePunycode", "REG_DWORD", 1),
        ("LegalNoticeCaption", "REG_SZ", ""),
        ("EditionSubString", "REG_SZ", ""),
        ("Applications\\notepad.exe", "REG_NONE", b""),
        ("Depends", "REG_MULTI_SZ", ("RpcSs", "Tcp Ip")),
        ("Expanded", "REG_EXPAND_SZ", "%SystemRoot%\\system32\\zipfldr.dll"),
        # The first type word counts: a name may hold wide gaps, but no type between them.
        ("Wide    name", "REG_SZ", "a    REG_SZ    b  "),
        ("Odd", "REG_FULL_RESOURCE_DESCRIPTOR", "0102"),
    ]
    assert key.get("USER agent") == key.values["user agent"]
    assert key.get("nothing") is None
    assert below == Key(key.path + "\\5.0", {})


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "cp932"])
@pytest.mark.parametrize("name", ["(Default)", "(既定)"])
def test_the_default_values_translated_name_does_not_matter(codec: str, name: str) -> None:
    output = f"\r\nHKEY_CLASSES_ROOT\\x\r\n    {name}    REG_SZ    C:\\a b\\c.exe\r\n\r\n".encode(codec)
    found = registry.value(output)
    assert found is not None
    assert (found.type, found.data) == ("REG_SZ", "C:\\a b\\c.exe")


@pytest.mark.parametrize("name", ["(Standard)", "(Predeterminado)", "(par défaut)", "(默认)"])
def test_default_names_with_blanks_and_accents_are_names(name: str) -> None:
    (key,) = registry.parse(f"HKEY_CLASSES_ROOT\\x\r\n    {name}    REG_SZ    d\r\n".encode())
    assert list(key.values) == [name.lower()]


def test_a_key_without_values_prints_no_head_line() -> None:
    output = b"\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\HP\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\r\n"
    assert [(key.path[-9:], dict(key.values)) for key in registry.parse(output)] == [
        ("licies\\HP", {}),
        ("Microsoft", {}),
    ]


def test_a_filter_takes_the_head_line_away() -> None:
    output = b"    {A}    REG_SZ    v2.10|Action=Block|\r\n    {B}    REG_SZ    v2.10|Action=Allow|\r\n"
    (key,) = registry.parse(output)
    assert (key.path, list(key.values)) == ("", ["{a}", "{b}"])
    assert registry.parse(output, headless="HKLM\\x")[0].path == "HKLM\\x"


def test_nothing_printed_is_no_key() -> None:
    assert registry.parse(b"") == ()
    assert registry.value(b"", "x") is None


@pytest.mark.parametrize(
    ("lines", "position"),
    [
        ("ERROR: The system was unable to find the specified registry key or value.", 1),
        ("エラー: 指定されたレジストリ キーまたは値が見つかりませんでした", 1),
        ("HKEY_NOWHERE\\x", 1),
        ("\r\n  a  REG_SZ  two blanks", 2),
    ],
)
def test_what_holds_no_key_and_no_value_is_not_guessed(lines: str, position: int) -> None:
    with pytest.raises(ParseError) as caught:
        registry.parse(lines.encode())
    assert caught.value.position == position
    assert caught.value.reason


@pytest.mark.parametrize(
    ("printed", "data"),
    [
        ("a    REG_DWORD    12", "12"),
        ("a    REG_DWORD    0x", "0x"),
        ("a    REG_BINARY    123", "123"),
        ("a    REG_BINARY    0G", "0G"),
        ("a    REG_SZ    first\r\nsecond line of it", "first\nsecond line of it"),
        ("a    REG_SZ    first\r\n\r\n third", "first\n\n third"),
        ("a    REG_EXPAND_SZ    first\r\n", "first\n"),
        ("a    REG_SZ    \r\n  a  REG_SZ  two blanks", "\n  a  REG_SZ  two blanks"),
        ("a    REG_MULTI_SZ    x\\0y\r\nz", "x\\0y\nz"),
        ("a    REG_SZ    x\r\nHKEY_NOWHERE\\x", "x\nHKEY_NOWHERE\\x"),
        ("a    REG_SZ    x\r\n    a    SZ    b", "x\n    a    SZ    b"),
        ("a    REG_DWORD    0x1\r\n    A    REG_DWORD    0x2", 2),
    ],
)
def test_a_value_that_is_not_understood_costs_itself_only(printed: str, data: registry.Data) -> None:
    """B05: a line that continues a value belongs to it, and the values around it are read."""
    output = f"\r\nHKEY_LOCAL_MACHINE\\x\r\n    b    REG_SZ    c\r\n    {printed}\r\n    d    REG_DWORD    0x7\r\n\r\n"
    (key,) = registry.parse(output.encode())
    assert (key.values["b"], key.values["d"]) == (Value("b", "REG_SZ", "c"), Value("d", "REG_DWORD", 7))
    assert key.values["a"].data == data
    assert key.values["a"].problem


def test_a_name_with_a_line_end_costs_itself_only() -> None:
    """A sibling of B05: airbus-cert/regrippy pull request 16 has a key with a line end in its name."""
    output = (
        "\r\nHKEY_LOCAL_MACHINE\\x\r\n    a    REG_DWORD    0x1\r\n    br\r\noken    REG_SZ    c\r\n"
        "    b    REG_DWORD    0x2\r\n\r\nHKEY_LOCAL_MACHINE\\x\\sub\r\nkey\r\nHKEY_LOCAL_MACHINE\\x\\other\r\n"
    )
    key, broken, other = registry.parse(output.encode())
    assert {name: value.data for name, value in key.values.items()} == {"a": 1, "b": 2}
    assert not any(value.problem for value in key.values.values())
    assert key.rest == ("    br", "oken    REG_SZ    c")
    assert (broken.path, other.path) == ("HKEY_LOCAL_MACHINE\\x\\sub\nkey", "HKEY_LOCAL_MACHINE\\x\\other")


def test_a_value_that_is_there_twice_is_not_certain() -> None:
    output = b"    a    REG_SZ    b\r\n    A    REG_SZ    c\r\n"
    found = registry.value(output, "a")
    assert found is not None
    assert found.problem == "it is there more than once"


def test_one_character_that_is_none_costs_its_line_only() -> None:
    """A value in another code page, or with NUL in it, does not change how the others are read."""
    for odd in (b"caf\xe9", b"a\0b", "表示".encode("cp932")):
        output = (
            b"\r\nHKEY_USERS\\x\r\n    a    REG_SZ    " + odd + b"\r\n    b    REG_SZ    " + "日本".encode() + b"\r\n"
        )
        found = registry.value(output, "b")
        assert found is not None
        assert found.data == "日本"


def test_one_value_of_several_is_asked_by_name() -> None:
    assert registry.value(SETTINGS, "enablepunycode") == Value("EnablePunycode", "REG_DWORD", 1)
    with pytest.raises(ParseError):
        registry.value(SETTINGS)


def test_keys_are_found_below_a_path_in_either_spelling_of_the_root() -> None:
    keys = registry.parse(SETTINGS)
    path = r"hklm\SOFTWARE\microsoft\windows\currentversion\internet settings"
    assert list(registry.keys_below(keys, path)) == ["", "5.0"]
    assert registry.keys_below(keys, path + " 2") == {}


NAMES = st.text(st.sampled_from("abc \\(){}.é日-_"), min_size=1).filter(lambda name: not name.startswith(" "))
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]))
DATA = st.one_of(
    st.tuples(st.sampled_from(["REG_SZ", "REG_EXPAND_SZ", "REG_LINK"]), TEXTS),
    st.tuples(st.just("REG_DWORD"), st.integers(0, (1 << 32) - 1)),
    st.tuples(st.just("REG_QWORD"), st.integers(0, (1 << 64) - 1)),
    st.tuples(st.sampled_from(["REG_BINARY", "REG_NONE"]), st.binary()),
    st.tuples(st.just("REG_MULTI_SZ"), st.lists(st.text(st.sampled_from("ab c日"), min_size=1)).map(tuple)),
)


def printed(type_: str, data: registry.Data) -> str:
    """The data column as reg.exe writes it."""
    if isinstance(data, int):
        return f"{data:#x}"
    if isinstance(data, bytes):
        return data.hex().upper()
    return "\\0".join(data) if isinstance(data, tuple) else data


@given(values=st.dictionaries(NAMES, DATA), codec=st.sampled_from(["utf-8", "utf-16-le"]))
def test_what_reg_prints_is_read_back(values: dict[str, tuple[str, registry.Data]], codec: str) -> None:
    rows = [f"    {name}    {type_}    {printed(type_, data)}\r\n" for name, (type_, data) in values.items()]
    (key,) = registry.parse(("\r\nHKEY_USERS\\S-1-5-18\\x\r\n" + "".join(rows) + "\r\n").encode(codec))
    assert key == Key(
        "HKEY_USERS\\S-1-5-18\\x",
        {name.lower(): Value(name, type_, data) for name, (type_, data) in values.items()},
    )
