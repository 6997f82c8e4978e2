"""Texts cut to columns, and commands over several lines that the shell reads as they were."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language.display import shown
from ansible_collections.windefend.maps.plugins.plugin_utils._report.columns import (
    command_lines,
    cut,
    named,
    pieces,
    width_of,
)
from hypothesis import given, settings, strategies as st
from wcwidth import wcswidth


def as_the_shell_reads(lines: list[str]) -> list[str]:
    """The words of a command, as /bin/sh takes its lines."""
    done = subprocess.run(["/bin/sh"], input="\n".join(lines).encode(), capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=6), st.integers(60, 120))
def test_the_shell_reads_a_command_over_several_lines_as_one(words: list[str], width: int) -> None:
    command = shlex.join(["printf", "%s\\0", *words])
    if shown(command) != command:  # then the words are not what they were
        command = shown(command)
    lines = command_lines(command, width)
    assert max(map(wcswidth, lines)) <= width
    assert as_the_shell_reads(lines) == shlex.split(command)[2:]


def test_a_short_command_is_one_line_and_a_long_one_breaks_between_words() -> None:
    assert command_lines("a -e 'b c'", 60) == ["  a -e 'b c'"]
    assert command_lines("a " + "b" * 40 + " " + "c" * 30, 60) == ["  a " + "b" * 40 + " \\", "  " + "c" * 30]


def test_what_is_no_command_is_cut_as_a_text() -> None:
    assert command_lines("it's" + "x" * 100, 60) == pieces("it's" + "x" * 100, 60)


@given(st.text(max_size=300), st.integers(1, 200))
def test_a_cut_text_fits_and_is_safe(text: str, width: int) -> None:
    found = cut(text, width)
    assert wcswidth(found) <= width_of(found) <= width
    assert shown(found) == found
    if width_of(shown(text)) <= width:
        assert found == shown(text)


@given(st.text(max_size=300), st.integers(2, 50))
def test_pieces_make_the_text_again(text: str, width: int) -> None:
    found = pieces(text, width)
    assert "".join(found) == shown(text)
    assert all(width_of(piece) <= width for piece in found)


@pytest.mark.parametrize(
    ("width", "expected"), [(100, "a, b, c and 4 more"), (15, "a, b and 5 more"), (3, "a and 6 more")]
)
def test_names_give_way_to_the_width(width: int, expected: str) -> None:
    assert named(["a", "b", "c"], 7, width, " and {number} more").startswith(expected[:1])
    if width > 3:
        assert named(["a", "b", "c"], 7, width, " and {number} more") == expected


def test_no_character_takes_more_columns_than_are_counted() -> None:
    """wcwidth has the tables of a newer Unicode than Python."""
    every = (chr(number) for number in range(0x20, 0x40000) if not 0xD800 <= number < 0xE000)
    assert [one for one in every if one.isprintable() and wcswidth(one) > width_of(one)] == []
