"""The model that judges command lines finds what is wrong with wrong ones."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.plugin_utils.windows.cmd_model import (
    Misread,
    arguments,
    expand,
    runs,
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x a b", ["x a b"]),
        ("x a&y b", ["x a", "y b"]),
        ('x "a&y b"', ['x "a&y b"']),
        ("x a^&y b", ["x a&y b"]),
        ("x a && y || z", ["x a", "y", "z"]),
        ("x a | y b", ["x a", "y b"]),
        ("x a^&b | y", ["x a", "b", "y"]),
        ("(x a & y b) & z", ["x a", "y b", "z"]),
        ('(x "a)" & y) & z', ['x "a)"', "y", "z"]),
        ("x (a) b", ["x (a) b"]),
    ],
)
def test_commands_are_told_apart(line: str, expected: list[str]) -> None:
    assert [run.text for run in runs(line)] == expected


def test_redirections_leave_the_command() -> None:
    (run,) = runs("x a 2>&1 >nul")
    assert (run.text.split(), run.redirections) == (["x", "a"], ["2>&1", ">nul"])


@pytest.mark.parametrize("line", ['x "a', "x a ^", "(x a", "x a & & y", "x a\ny"])
def test_broken_lines_are_noticed(line: str) -> None:
    with pytest.raises(Misread):
        runs(line)


def test_a_known_variable_is_replaced_inside_quotes_too() -> None:
    assert expand('"%A%" %B% %^A%', {"a": "1"}) == '"1" %B% %^A%'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'x "a b" c', ["a b", "c"]),
        (r'x "a\\" b', ["a\\", "b"]),
        (r'x "a\" b"', ['a" b']),
        (r"x a\\b\ c", [r"a\\b" + "\\", "c"]),
        (r'x ""', [""]),
        (r'x k="v w"', ["k=v w"]),
        (r"x {\"k\":\"v\"}", ['{"k":"v"}']),
    ],
)
@pytest.mark.parametrize("c_runtime", [True, False])
def test_arguments_are_split_by_microsofts_rules(text: str, expected: list[str], c_runtime: bool) -> None:
    assert arguments(text, c_runtime)[1:] == expected
