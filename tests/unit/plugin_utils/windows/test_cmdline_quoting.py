"""What `quote` lets through arrives unchanged, whatever stands around it; what cannot arrive is refused."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.batch import Batch
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import (
    Assign,
    CannotCarry,
    Command,
    Json,
    Literal,
    quote,
    quote_path,
)
from ansible_collections.windefend.maps.tests.unit.plugin_utils.windows.cmd_model import arguments, runs
from hypothesis import assume, example, given, strategies as st

ENVIRONMENT = {"a": "hit", "PATH": "C:\\Windows & calc", "errorlevel": "0", "": "hit", " ": "hit", "a&b": "hit"}

TEXTS = st.text(st.one_of(st.sampled_from(" \"%^&|<>()!\\/=,;ab:'`~"), st.characters()), max_size=40)
SAFE = st.text(st.sampled_from(" ^&|<>()!\\/=,;ab:'`~@é日*?"), max_size=40)

WAYS: dict[str, Callable[[Command], Command]] = {
    "plain": lambda command: command,
    "filtered": lambda command: command.filtered("a|b", "c\\d", invert=True),
    "filtered twice": lambda command: command.filtered("x").filtered("y", ignore_case=False),
    "with errors": lambda command: command.with_errors(),
    "into a file": lambda command: command.into("C:\\Program Files\\x (1).txt"),
    "silent": lambda command: command.silent(),
    "with others": lambda command: Command.of("a").otherwise(command).then(Command.of("b")).silent(),
    "all of it": lambda command: command.with_errors().filtered("x").quiet().then_if_ok(Command.of("y")).with_errors(),
}


def seen(command: Command, batched: bool, c_runtime: bool) -> list[str]:
    """The arguments of the program `show` in a command, alone or in a batch."""
    line = Batch({"before": Command.of("x"), "it": command, "after": Command.of("y")}, "token123").line
    found = runs(line if batched else command.text, ENVIRONMENT)
    shown = [run for run in found if run.text.startswith("show")]
    assert len(shown) == 1
    return arguments(shown[0].text, c_runtime)[1:]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("batched", [False, True])
@given(values=st.lists(SAFE, max_size=4))
@example(values=["", "a b", "\\", "C:\\x y\\", "a^b & calc | x > y", "(a) & (b", "a\\\\", "é ^"])
def test_values_arrive(way: str, batched: bool, values: list[str]) -> None:
    command = WAYS[way](Command.of("show", *values))
    assert seen(command, batched, c_runtime=True) == values
    assert seen(command, batched, c_runtime=False) == values


@given(value=TEXTS)
def test_any_text_arrives_or_is_refused(value: str) -> None:
    try:
        command = Command.of("show", value, Assign("name", value)).filtered("x")
    except CannotCarry:
        assert any(c in '"%' or not c.isprintable() or not c.isascii() for c in value)
        return
    assert seen(command, True, True) == [value, f"name={value}"]


@pytest.mark.parametrize(
    "value",
    [
        "a\0b",
        "a\rb",
        "a\nb",
        "a\tb",
        "\x1b",
        "\x7f",
        "\x85",
        "100%",
        "%PATH%",
        'a"b',
        '"',
        "\ud800",
        "x\udfff",
        "\u2028",
        "\ufffe",
        "\ufdd0",
        "a\uff02b",
        "a\u2033b",
        "C:\\x\uff3c",
        "yen\u00a5",
        "a\u301db",
        "a\u301eb",
        "a\u00a5\\",
        "\u20a9\\\\",
        "\\\u2216\\",
        "a\uff3c\uff3c\\",
    ],
)
def test_what_cannot_be_carried_is_refused_and_named(value: str) -> None:
    with pytest.raises(CannotCarry, match=r"U\+[0-9A-F]{4} at position \d+ of "):
        quote(value)
    with pytest.raises(CannotCarry):
        Command.of("show", Assign("name", value))
    with pytest.raises(CannotCarry):
        quote_path(f"C:\\{value}")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("", '""'),
        ("a b", '"a b"'),
        ("a b\\", '"a b\\\\"'),
        ("C:\\dir\\", "C:\\dir\\"),
        ("a&b", '"a&b"'),
        ("x=y", '"x=y"'),
        ("a;b", '"a;b"'),
        ("hi!", '"hi!"'),
        ("日本", '"日本"'),
    ],
)
def test_quotes_stand_only_where_needed(value: str, text: str) -> None:
    assert quote(value) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("C:\\a b\\", '"C:\\a b"'),
        ("C:\\x\\\\", "C:\\x"),
        ("C:\\", "C:\\."),
        ("C:\\Program Files\\x", '"C:\\Program Files\\x"'),
        ("C:\\Temp\\x-*", '"C:\\Temp\\x-*"'),
    ],
)
def test_paths_for_cmd_itself_hold_no_doubled_backslash(path: str, text: str) -> None:
    assert quote_path(path) == text


def test_an_empty_path_is_refused() -> None:
    with pytest.raises(CannotCarry):
        quote_path("\\")


@pytest.mark.parametrize("value", ["a b", "a&b", 'a"', "%x%", "a^b", "(x)", ">", "", "a!b"])
def test_a_literal_takes_nothing_that_cmd_reads(value: str) -> None:
    with pytest.raises(ValueError, match="not fit"):
        Literal(value)


@pytest.mark.parametrize("name", ["a b", "", "a&b", 'a"'])
def test_an_argument_needs_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of an argument"):
        Command.of("show", Assign(name, "x"))


JSON_TEXT = st.text(st.sampled_from("^&|<>()!/=,;ab:'é日*.?-"), max_size=20)


@pytest.mark.parametrize("way", WAYS)
@given(members=st.dictionaries(st.sampled_from(["Proxy", "ProxyBypass", "Auto-Detect"]), JSON_TEXT | st.booleans()))
def test_json_arrives(way: str, members: dict[str, str | bool]) -> None:
    command = WAYS[way](Command.of("show", "set", Json("settings", members)))
    for batched in (False, True):
        values = seen(command, batched, c_runtime=True)
        assert values[0] == "set"
        assert len(values) == 2
        assert json.loads(values[1].removeprefix("settings=")) == members


@given(text=TEXTS)
def test_any_json_text_arrives_or_is_refused(text: str) -> None:
    try:
        command = Command.of("show", Json("settings", {"Proxy": text, "AutoDetect": True}))
    except CannotCarry:
        assume(False)
    (value,) = seen(command, True, True)
    assert json.loads(value.removeprefix("settings=")) == {"Proxy": text, "AutoDetect": True}


@pytest.mark.parametrize("text", ["a b", "a\\b", 'a"b', "a%b", "a\nb", "\u3000", "\u00a0"])
def test_json_refuses_what_would_end_the_argument(text: str) -> None:
    with pytest.raises(CannotCarry):
        Command.of("show", Json("settings", {"Proxy": text}))


def test_json_looks_as_microsofts_page_writes_it() -> None:
    written = Json("settings", {"Proxy": "h:3128", "ProxyBypass": "", "AutoDetect": False}).text
    assert written == r"settings={\"Proxy\":\"h:3128\",\"ProxyBypass\":\"\",\"AutoDetect\":false}"


@pytest.mark.parametrize(
    ("strings", "ignore_case"),
    [
        ([""], True),
        (["日"], True),
        (["x" * 255], True),
        (["x\\"], True),
        (["a", "b"], False),
        ([], True),
        (['a"'], True),
    ],
)
def test_findstr_is_given_nothing_that_it_gets_wrong(strings: list[str], ignore_case: bool) -> None:
    with pytest.raises(ValueError, match=r"."):
        Command.of("x").filtered(*strings, ignore_case=ignore_case)


def test_findstr_gets_its_backslashes_twice_and_its_switches() -> None:
    command = Command.of("x").filtered("|App=C:\\x|", "Dir=Out", invert=True)
    assert command.text == r'x | findstr /l /i /v /c:"|App=C:\\x|" /c:"Dir=Out"'
