"""Command lines for reg.exe and the reading of its output, against the reg.exe of Wine."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import stores as proxy_stores
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import registry, winhttp_settings
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.answers import judged
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.batch import Batch
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Command, Outcome, check
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.winhttp_settings import PROXY, WinHttpSettings
from ansible_collections.windefend.maps.tests.wine.support import Runner
from hypothesis import HealthCheck, given, settings, strategies as st

pytestmark = pytest.mark.wine

KEY = "HKCU\\Software\\winsim\\a key with (blanks) & more"

VALUES: list[tuple[str, str, registry.Data]] = [
    ("plain", "REG_SZ", "text"),
    ("with blanks", "REG_SZ", "two words"),
    ("four    blanks", "REG_SZ", "a    REG_DWORD    0x1"),
    ("blanks at the ends", "REG_SZ", "  x  "),
    ("empty", "REG_SZ", ""),
    ("syntax", "REG_SZ", "a & b | c > d < e ^ f (g) ! ;,="),
    ("backslash at the end", "REG_SZ", "C:\\Program Files\\"),
    ("日本語 の 名前", "REG_SZ", "プロキシ サーバー"),
    ("back\\slash", "REG_SZ", "v2.31|Action=Allow|Active=TRUE|Dir=Out|"),
    ("looks like a switch", "REG_SZ", "/f"),
    ("number", "REG_DWORD", 0),
    ("largest number", "REG_DWORD", 0xFFFFFFFF),
    ("bytes", "REG_BINARY", bytes(range(256))),
    ("no bytes", "REG_BINARY", b""),
    ("expands", "REG_EXPAND_SZ", "C:\\Windows\\x y"),
    ("several", "REG_MULTI_SZ", ("one", "two words", "三")),
    ("several with a bar", "REG_MULTI_SZ", ("a|b", "c;d")),
    ("one of several", "REG_MULTI_SZ", ("one",)),
    ("none of several", "REG_MULTI_SZ", ()),
    ("", "REG_SZ", "the default value"),
]


def run(runner: Runner, **commands: Command) -> dict[str, Outcome]:
    """Commands in one line."""
    batch = Batch(commands, token="feedbeef")
    return batch.split(runner.run(batch.line).out)


def proven(runner: Runner, **commands: Command) -> dict[str, Outcome]:
    """Commands in one line, and what their answers prove."""
    return judged(commands, run(runner, **commands))


@pytest.mark.parametrize("view", [64, 32])
@pytest.mark.parametrize(
    ("name", "type_", "data"), VALUES, ids=[name or "default" for name, _unused, _unused in VALUES]
)
def test_a_value_comes_back(runner: Runner, name: str, type_: str, data: registry.Data, view: int) -> None:
    outcomes = proven(
        runner,
        add=registry.add(KEY, name, type_, data, view=view),
        again=registry.add(KEY, name, type_, data, view=view),
        one=registry.query(KEY, name, view=view),
        key=registry.query(KEY, view=view),
        delete=registry.delete_value(KEY, name, view=view),
        gone=registry.query(KEY, name, view=view),
        delete_again=registry.delete_value(KEY, name, view=view),
    )
    expected = {"add": 0, "again": 0, "one": 0, "key": 0, "delete": 0, "delete_again": 1}
    assert {what: outcomes[what].exit_code for what in expected} == expected
    one = registry.value(outcomes["one"].output)
    assert one is not None
    assert (one.type, one.data) == (type_, data)
    if name:
        assert one.name == name
        assert outcomes["gone"].exit_code == 1
        assert registry.value(outcomes["key"].output, name) == one
    [key] = registry.parse(outcomes["key"].output)
    assert key.path == KEY.replace("HKCU", "HKEY_CURRENT_USER")


@pytest.mark.usefixtures("clean")
def test_the_views_are_two(runner: Runner) -> None:
    key = "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\winsim views"
    outcomes = run(
        runner,
        add64=registry.add(key, "x", "REG_SZ", "64"),
        add32=registry.add(key, "x", "REG_SZ", "32", view=32),
        query64=registry.query(key, "x"),
        query32=registry.query(key, "x", view=32),
        twin=registry.query(key.replace("SOFTWARE", "SOFTWARE\\Wow6432Node"), "x"),
    )
    read = [registry.value(outcomes[name].output, "x") for name in ("query64", "query32", "twin")]
    assert [value and value.data for value in read] == ["64", "32", "32"]


def test_a_key_with_everything_is_read(runner: Runner) -> None:
    for start in range(0, len(VALUES), 8):
        part = VALUES[start : start + 8]
        added = run(runner, **{str(n): registry.add(KEY, *value) for n, value in enumerate(part)})
        assert {outcome.exit_code for outcome in added.values()} == {0}
    outcomes = run(
        runner,
        below=registry.add(KEY + "\\below", "x", "REG_SZ", "y"),
        key=registry.query(KEY),
        all=registry.query(KEY, recursive=True),
        delete=registry.delete_key(KEY),
        gone=registry.query_alone(KEY),
    )
    keys = registry.keys_below(registry.parse(outcomes["all"].output), KEY)
    for answer in (keys[""], registry.parse(outcomes["key"].output)[0]):
        for name, type_, data in VALUES[:-1]:
            value = answer.get(name)
            assert value is not None
            assert (value.type, value.data) == (type_, data)
    assert keys["below"].get("X") == registry.Value("x", "REG_SZ", "y")
    assert (outcomes["delete"].exit_code, outcomes["gone"].exit_code) == (0, 1)


def carried(value: str) -> bool:
    try:
        check(value)
    except ValueError:
        return False
    return True


TEXT = st.text(
    st.one_of(
        st.sampled_from(" &|<>()^!;,=\\/'"),
        st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn", "Co"], exclude_characters='"%'),
    ),
    max_size=40,
).filter(carried)


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(TEXT, min_size=1, max_size=12))
def test_any_text_comes_back(runner: Runner, texts: list[str]) -> None:
    names = [f"value {number}" for number in range(len(texts))]
    commands = {name: registry.add(KEY, name, "REG_SZ", text) for name, text in zip(names, texts, strict=True)}
    outcomes = run(runner, **commands, read=registry.query(KEY))
    [key] = registry.parse(outcomes.pop("read").output)
    assert {outcome.exit_code for outcome in outcomes.values()} == {0}
    read = [key.get(name) for name in names]
    assert [value and value.data for value in read] == texts


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("bypass", ["", "<local>;*.corp.example"])
def test_a_blob_of_winhttp_settings_is_read(runner: Runner, bypass: str) -> None:
    blob = WinHttpSettings(flags=1 | PROXY, proxy="proxy.corp.example:3128", bypass=bypass).encode()
    written = run(runner, add=registry.add(winhttp_settings.KEY, winhttp_settings.NAME, "REG_BINARY", blob))
    assert written["add"].ok
    outcomes = proven(runner, **proxy_stores.STORES.commands)
    for name, command in proxy_stores.STORES.commands.items():
        if command.reads is not None and command.reads.tool == "netsh":
            outcomes[name] = Outcome(0)  # Wine's prints nothing
    stores = proxy_stores.STORES.parse(outcomes)
    assert (stores.winhttp.http, stores.winhttp.present, stores.winhttp.raw) == (
        "proxy.corp.example:3128",
        True,
        blob.hex(),
    )
    assert stores.winhttp.bypass_list == tuple(entry for entry in bypass.split(";") if entry)
    assert stores.winhttp.raw_32 == ""
