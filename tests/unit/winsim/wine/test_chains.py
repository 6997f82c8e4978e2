"""`||` without `||`, judged by winsim's own cmd, which knows both."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import CommandLine
from ansible_collections.windefend.maps.winsim.wine.chains import without_or
from hypothesis import given, settings, strategies as st

PROGRAMS = ("cmd /c echo a", "cmd /c echo b", "cmd /c exit 1", "cmd /c exit 3", 'cmd /c echo "||"', "cmd /c echo ^|^|b")


def _joined(parts: tuple[str, str, str]) -> str:
    return "".join(parts)


LINES = st.recursive(
    st.sampled_from(PROGRAMS),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(("&", "&&", "||", "|| ", " & ")), inner).map(_joined),
        inner.map(lambda line: f"({line})"),
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(LINES)
def test_a_line_does_the_same(line: str) -> None:
    said = without_or(line)
    assert "||" not in said.replace('"||"', "")
    expected, other = CommandLine(), CommandLine()
    assert other.run(said).split() == expected.run(line).split()
    assert other.code == expected.code


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a||b", "a&(if errorlevel 1 b)"),
        ("a||(b&c)||d & e", "a&(if errorlevel 1 (b&c))&(if errorlevel 1 d )& e"),
        ("(a||b)&c", "(a&(if errorlevel 1 b))&c"),
        ('a "x||y" ^|^| z', 'a "x||y" ^|^| z'),
        ("a||echo b) c", "a&(if errorlevel 1 echo b^) c)"),
        ("echo (x||b", "echo (x&(if errorlevel 1 b)"),
        ("a||if exist x b& c", "a&(if errorlevel 1 if exist x b& c)"),
        ("a|b||c", "a|b&(if errorlevel 1 c)"),
    ],
)
def test_how_a_line_is_said(line: str, said: str) -> None:
    assert without_or(line) == said
