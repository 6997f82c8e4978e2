"""What `quote` writes arrives in a Windows program unchanged, through the cmd.exe that Wine's authors wrote."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.batch import Batch
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import (
    LINE_LIMIT,
    OVERHEAD,
    Assign,
    CannotCarry,
    Command,
    Format,
    Json,
    check,
    quote,
    quote_path,
)
from ansible_collections.windefend.maps.tests.wine.support import Runner, arguments
from hypothesis import HealthCheck, given, settings, strategies as st

pytestmark = pytest.mark.wine

TABLE = [
    "",
    " ",
    "plain",
    "two words",
    " blank before and after ",
    "a&b",
    "a && b || c",
    "a|b",
    "a>b<c",
    "(a) (b",
    "a) & echo hit",
    "^",
    "a^b^^c",
    "^^^&",
    "tab-less, comma; semicolon=equals",
    "/c:x",
    "-x",
    "@echo",
    "!name! !",
    "'single' `back`",
    "~#$*?[]{}+",
    "back\\slash",
    "ends in one \\",
    "ends in two \\\\",
    "\\",
    "\\\\server\\share name\\",
    "C:\\Program Files (x86)\\x",
    "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Spynet",
    "REM :label",
    "nul",
    "日本語 プロキシ",
    "Ünïcödé",
    "\U0001f600",
    "é" * 300,
    "x" * 2000,
]


def carried(value: str) -> bool:
    """Whether the value may go through at all."""
    try:
        check(value)
    except CannotCarry:
        return False
    return True


CARRIED = st.text(
    alphabet=st.one_of(
        st.sampled_from(" &|<>()^@!,;=+-'`~\\/:.*?[]{}$#abc012"),
        st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]),
    ),
    max_size=30,
).filter(carried)


WAYS = {
    "as it stands": "{0}",
    "with errors": "{0} 2>&1",
    "in parentheses": "({0})",
    "after another": "ver>nul& {0}",
    "before another": "{0} & ver>nul",
    "after success": "cmd /c exit 0 && {0}",
    "through a pipe": "{0} | C:\\show.exe",
    "into a file": "{0} >C:\\shown.txt& type C:\\shown.txt",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_value_of_the_table_arrives(runner: Runner, show_arguments: str, way: str) -> None:
    text = f"{show_arguments} {' '.join(quote(value) for value in TABLE)}"
    shown = runner.run(way.format(text))
    assert shown.err == b""
    for reading in "cw":
        assert arguments(shown.out, reading) == TABLE


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(values=st.lists(CARRIED, min_size=1, max_size=40))
def test_any_value_arrives(runner: Runner, show_arguments: str, values: list[str]) -> None:
    text = f"{show_arguments} {' '.join(quote(value) for value in values)}"
    shown = runner.run(text)
    assert (shown.code, shown.err) == (0, b"")
    for reading in "cw":
        assert arguments(shown.out, reading) == values


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(values=st.lists(CARRIED, min_size=1, max_size=10))
def test_any_value_arrives_in_a_batch(runner: Runner, show_arguments: str, values: list[str]) -> None:
    command = Command.of(show_arguments, *values)
    batch = Batch({"one": command, "two": command.with_errors()}, token="a1b2c3d4")
    outcomes = batch.split(runner.run(batch.line).out)
    for outcome in outcomes.values():
        assert outcome.exit_code == 0
        assert arguments(outcome.output, "w") == values


def test_a_named_argument_arrives_as_one(runner: Runner, show_arguments: str) -> None:
    command = Command.of(
        show_arguments,
        Assign("name", "MAPS (windefend.maps) & co"),
        Assign("bypass-list", "<local>;*.corp.example;10.*"),
        Assign("empty", ""),
        Assign("program", "C:\\Program Files\\x\\"),
        Assign("/c", "|Dir=Out|", ":"),
    )
    assert arguments(runner.run(command.text).out, "w") == [
        "name=MAPS (windefend.maps) & co",
        "bypass-list=<local>;*.corp.example;10.*",
        "empty=",
        "program=C:\\Program Files\\x\\",
        "/c:|Dir=Out|",
    ]


@pytest.mark.parametrize("way", ["{0}", "({0}) 2>&1", "{0} | C:\\show.exe"])
def test_json_arrives_with_its_quotes(runner: Runner, show_arguments: str, way: str) -> None:
    settings_ = Json(
        "settings",
        {
            "Proxy": "http=proxy.corp.example:3128;https=p:1",
            "ProxyBypass": "<local>;*.corp.example",
            "AutoconfigUrl": "http://wpad/a?b=c&d=(e)",
            "AutoDetect": False,
        },
    )
    command = Command.of(show_arguments, settings_)
    assert arguments(runner.run(way.format(command.text)).out, "w") == [
        'settings={"Proxy":"http=proxy.corp.example:3128;https=p:1","ProxyBypass":"<local>;*.corp.example",'
        '"AutoconfigUrl":"http://wpad/a?b=c&d=(e)","AutoDetect":false}'
    ]


@pytest.mark.parametrize("name", ["plain.txt", "with blanks.txt", "a & b (c)^.txt", "日本語.txt"])
def test_a_path_is_written_and_read(runner: Runner, name: str) -> None:
    path = "C:\\quoting " + name
    command = Command.of("echo", "x").into(path)
    assert runner.run(command.text).out == b""
    assert runner.run(f"type {quote_path(path)}& if exist {quote_path(path)} del {quote_path(path)}").out == b"x \r\n"
    assert runner.run(f"if exist {quote_path(path)} echo still there").out == b""


def test_a_line_of_full_length_arrives(runner: Runner, show_arguments: str) -> None:
    value = "x" * (LINE_LIMIT - OVERHEAD - len(show_arguments) - 1)
    assert arguments(runner.run(f"{show_arguments} {value}").out, "w") == [value]


@pytest.mark.parametrize(
    ("value", "arrived"),
    [
        ("%OS%", "Windows_NT"),
        ('a" & echo hit & "', None),
    ],
)
def test_what_is_refused_would_not_arrive(runner: Runner, show_arguments: str, value: str, arrived: str | None) -> None:
    """The refusals have a reason: written all the same, these become something else."""
    with pytest.raises(CannotCarry):
        quote(value)
    shown = runner.run(f'{show_arguments} "{value}"').out
    if arrived is None:
        assert b"hit" in shown
    else:
        assert arguments(shown, "w") == [arrived]


FORMATS = [Format(r"\n#probe %{http_code} %{http_connect}\n%{certs}"), Format("%{a}"), Format("%{a}%{b} %{c}")]
SYSTEMS = {
    **WAYS,
    "as a task does": "cmd /d /v:on /c (ver>nul& {0} & echo !errorlevel!)",
}


@pytest.mark.parametrize("way", SYSTEMS.values(), ids=SYSTEMS)
def test_the_percent_signs_of_a_format_arrive(runner: Runner, show_arguments: str, way: str) -> None:
    """The one place where percent signs are let through: no variable's name begins with a brace."""
    shown = runner.run(way.format(f"{show_arguments} {' '.join(FORMATS)}"))
    assert shown.err == b""
    for reading in "cw":
        assert arguments(shown.out, reading) == [text.strip('"') for text in FORMATS]
