"""Many commands in one line, and their outcomes told apart again."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.batch import Batch, LineTooLong
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import LINE_LIMIT, Command, Outcome
from ansible_collections.windefend.maps.tests.unit.plugin_utils.windows.cmd_model import runs
from hypothesis import given, strategies as st

TOKEN = "f00dcafe"
OUTPUTS = st.binary(max_size=30) | st.sampled_from(
    [
        b"",
        b"no line end",
        b"x\r\n",
        b"#\r\n",
        b"#f00dcafe",
        b"#beefcafe:0:0\r\n",
        "\u65e5\u672c\r\n".encode("utf-16-le"),
    ]
)
CODES = st.integers(-(1 << 31), (1 << 31) - 1)


def batch(count: int) -> Batch:
    return Batch({f"c{index}": Command.of("x", str(index)) for index in range(count)}, TOKEN)


def printed(results: list[tuple[bytes, int]]) -> bytes:
    """What cmd.exe prints for the line of a batch whose commands print and end so."""
    stream = f"#{TOKEN}\r\n".encode()
    for index, (output, code) in enumerate(results):
        stream += output + f"#{TOKEN}:{index}:{code}\r\n".encode()
    return stream


def test_the_line_begins_with_echo_and_resets_errorlevel() -> None:
    line = Batch({"a": Command.of("C:\\Program Files\\x.exe", "y"), "b": Command.of("z").filtered("q")}, TOKEN).line
    assert line == (
        'echo #f00dcafe& ver>nul& "C:\\Program Files\\x.exe" y & call echo #f00dcafe:0:%^errorlevel%'
        '& ver>nul& z | findstr /l /i /c:"q" & call echo #f00dcafe:1:%^errorlevel%'
    )


def test_errorlevel_is_not_expanded_when_the_line_is_read() -> None:
    found = runs(batch(3).line, {"errorlevel": "77", "ERRORLEVEL": "77"})
    markers = [run.text for run in found if run.text.startswith("call")]
    assert markers == [f"call echo #f00dcafe:{index}:%errorlevel%" for index in range(3)]


def test_each_command_of_a_chain_runs_before_its_marker() -> None:
    chain = Command.of("a").then_if_ok(Command.of("b").filtered("x"))
    found = [run.text.split()[0] for run in runs(Batch({"chain": chain, "next": Command.of("c")}, TOKEN).line)]
    assert found == ["echo", "ver", "a", "b", "findstr", "call", "ver", "c", "call"]


@pytest.mark.parametrize("made", [Command.of("a").then_if_ok(Command.of("b")), Command.of("a").filtered("x")])
def test_a_redirection_is_for_every_program_of_a_command(made: Command) -> None:
    assert [run.redirections for run in runs(made.with_errors().text)] == [["2>&1"], ["2>&1"]]
    assert [run.redirections for run in runs(made.quiet().text)] == [[">nul"]] * 2


def test_pipes_are_not_nested_but_chains_are_grouped_before_a_pipe() -> None:
    piped = Command.of("a").filtered("x").filtered("y")
    assert piped.text == 'a | findstr /l /i /c:"x" | findstr /l /i /c:"y"'
    chain = Command.of("a").then_if_ok(Command.of("b"))
    assert chain.filtered("x").text == '(a && b) | findstr /l /i /c:"x"'
    assert piped.with_errors().filtered("z").text == f'({piped.text}) 2>&1 | findstr /l /i /c:"z"'
    assert chain.then_if_ok(Command.of("c")).text == "(a && b) && c"


def test_alternatives_and_sequences_are_grouped() -> None:
    either = Command.of("a").otherwise(Command.of("b"))
    assert either.then(Command.of("c").then_if_ok(Command.of("d"))).text == "(a || b) & (c && d)"
    assert either.silent().text == "(a || b) >nul 2>&1"
    found = [run.text.split()[0] for run in runs(Batch({"it": either, "next": Command.of("c")}, TOKEN).line)]
    assert found == ["echo", "ver", "a", "b", "call", "ver", "c", "call"]


@given(results=st.lists(st.tuples(OUTPUTS, CODES), max_size=5))
def test_outcomes_come_back(results: list[tuple[bytes, int]]) -> None:
    outcomes = batch(len(results)).split(b"banner of an AutoRun\r\n" + printed(results))
    assert [(outcome.output, outcome.exit_code) for outcome in outcomes.values()] == results
    assert list(outcomes) == [f"c{index}" for index in range(len(results))]


@given(results=st.lists(st.tuples(OUTPUTS, CODES), min_size=1, max_size=4), data=st.data())
def test_a_cut_output_never_gives_a_wrong_code(results: list[tuple[bytes, int]], data: st.DataObject) -> None:
    whole = printed(results)
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    open_seen = False
    for outcome, (output, code) in zip(batch(len(results)).split(cut).values(), results, strict=True):
        if outcome.exit_code is None:
            assert (
                not outcome.output
                if open_seen
                else outcome.output.startswith(output) or output.startswith(outcome.output)
            )
            open_seen = True
        else:
            assert not open_seen
            assert (outcome.output, outcome.exit_code) == (output, code)


@pytest.mark.parametrize(
    "forged",
    [b"#f00dcafe:1:0\r\n", b"#deadbeef:0:0\r\n", b"#f00dcafe:0:\r\n", b"#f00dcafe:0:x\r\n", b"#F00DCAFE:0:0\r\n"],
)
def test_a_marker_out_of_turn_or_of_another_token_is_output(forged: bytes) -> None:
    outcomes = batch(2).split(printed([(forged, 5), (b"", 0)]))
    assert outcomes["c0"] == Outcome(5, forged)
    assert outcomes["c1"] == Outcome(0, b"")


def test_no_output_at_all_is_no_outcome() -> None:
    assert batch(2).split(b"The input line is too long.\r\n") == {"c0": Outcome(None), "c1": Outcome(None)}


def test_a_line_at_the_limit_passes_and_one_above_does_not() -> None:
    def of(size: int) -> Batch:
        return Batch({"a": Command.of("x", "y" * size)}, TOKEN)

    room = LINE_LIMIT - 64 - len(of(0).line) + 2  # the empty argument is printed as two quotes
    assert len(of(room).line) == LINE_LIMIT - 64
    with pytest.raises(LineTooLong) as caught:
        len(of(room + 1).line)
    assert (caught.value.length, caught.value.limit) == (LINE_LIMIT - 63, LINE_LIMIT - 64)


@pytest.mark.parametrize("token", ["", "short", "with space", "a&b12345", "x" * 65, "日本日本日本日本"])
def test_a_token_is_letters_and_digits(token: str) -> None:
    with pytest.raises(ValueError, match="token"):
        Batch({}, token)


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("プロキシ".encode(), "プロキシ"),
        (b"\xef\xbb\xbfx", "x"),
        ("プロキシ\r\n".encode("utf-16-le"), "プロキシ\r\n"),
        (b"\xff\xfeh\0i\0", "hi"),
        (b"h\0i\0\r", "hi"),
        ("直接".encode()[:-1], "直"),
        ("x=1 直接".encode("cp932"), "x=1 " + "直接".encode("cp932").decode("latin-1")),
        (b"", ""),
    ],
)
def test_text_is_decoded_defensively(output: bytes, text: str) -> None:
    assert Outcome(0, output).text == text


@pytest.mark.parametrize(("code", "ok"), [(0, True), (1, False), (-2147012721, False), (None, False)])
def test_only_zero_is_ok(code: int | None, ok: bool) -> None:
    assert Outcome(code).ok is ok
