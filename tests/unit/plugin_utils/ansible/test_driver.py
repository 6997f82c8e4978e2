"""The driver of operations: what is sent, and what becomes of failures in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import (
    Ask,
    HostError,
    Operation,
    was_found,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import (
    Completed,
    LineBroken,
    Traffic,
    Unreachable,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import answers, registry
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.batch import LineTooLong
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import (
    LINE_LIMIT,
    Command,
    Outcome,
    Unread,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.outcome import WORTH_KEEPING
from ansible_collections.windefend.maps.tests.support.operations import run_operation

LOST = Unreachable("the connection broke")


class ScriptedHost:
    """Answers each line with the next of `answers`; an exception among them is raised. A line whose answer is None gets
    the echo of cmd.exe: every marker with exit code 0."""

    name = "pc"
    address = "192.0.2.1"

    def __init__(self, *answers: Completed | Exception | None) -> None:
        self._answers: Iterator[Completed | Exception | None] = iter(answers)
        self.lines: list[str] = []
        self.resets = 0

    def run(self, line: str, *, stdin: bytes | None, timeout: float, max_bytes: int) -> Completed:
        self.lines.append(line)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer or Completed(echoed(line), b"", 0)

    def reset(self) -> None:
        self.resets += 1

    def traffic(self) -> Traffic:
        return Traffic()

    def clock_skew(self) -> float | None:
        return None


def echoed(line: str) -> bytes:
    markers = [part.split("call echo ")[1] for part in line.split("& ") if "call echo " in part]
    token = line.split("& ", maxsplit=1)[0].removeprefix("echo ")
    return "".join(f"{marker}\r\n" for marker in (token, *markers)).replace("%^errorlevel%", "0").encode()


ONE = {"one": Command.of("ver")}
CLEAN = {"clean": Command.of("ver")}


def cleaning(seen: list[str], again: bool = True) -> Operation[str]:
    """Works, and cleans up in every path."""
    try:
        yield Ask(ONE)
        seen.append("worked")
    finally:
        yield Ask(CLEAN, retry_on_disconnect=again)
        seen.append("cleaned")
    return "done"


def test_a_lost_connection_lets_the_operation_clean_up_on_a_fresh_one() -> None:
    host, seen = ScriptedHost(LOST, None), list[str]()
    with pytest.raises(Unreachable, match="the connection broke"):
        run_operation(host, cleaning(seen))
    assert seen == ["cleaned"]
    assert host.resets == 1


def test_cleaning_is_tried_once_more_when_its_own_connection_breaks() -> None:
    host, seen = ScriptedHost(None, LOST, None), list[str]()
    assert run_operation(host, cleaning(seen)) == "done"
    assert seen == ["worked", "cleaned"]
    assert len(host.lines) == 3


def test_what_is_not_cleaning_is_never_sent_twice() -> None:
    host, seen = ScriptedHost(LOST, None), list[str]()
    with pytest.raises(Unreachable):
        run_operation(host, cleaning(seen, again=False))
    assert len(host.lines) == 2, "the work once, the cleaning once"


def test_an_error_while_cleaning_does_not_hide_the_first_one() -> None:
    host = ScriptedHost(LineBroken("first"), Unreachable("second"), Unreachable("third"))
    with pytest.raises(LineBroken, match="first"):
        run_operation(host, cleaning([]))


def test_a_failure_that_is_not_the_hosts_lets_the_operation_clean_up_too() -> None:
    def too_long() -> Operation[None]:
        try:
            yield Ask({"one": Command("x" * LINE_LIMIT)})
        finally:
            yield Ask(CLEAN)

    host = ScriptedHost(None)
    with pytest.raises(LineTooLong):
        run_operation(host, too_long())
    assert len(host.lines) == 1
    assert host.resets == 0, "the connection is as good as before"


@pytest.mark.parametrize(
    ("stdout", "step"),
    [
        (b"", "one"),
        (b"The command prompt has been disabled by your administrator.\r\n\r\nPress any key to continue . . . ", "one"),
        (b"#{token}\r\nx\r\n#{token}:0:0\r\nhalf of the sec", "two"),
        (b"#{token}\r\nx\r\n#{token}:0:0\r\n#{token}:1:1", "two"),
        (b"#{token}\r\n#{token}:1:0\r\n", "one"),
    ],
)
def test_a_line_that_ended_early_is_no_answer(stdout: bytes, step: str) -> None:
    """Otherwise a host whose cmd.exe is switched off would pass for one on which nothing is set."""

    class Cut(ScriptedHost):
        def run(self, line: str, **options: Any) -> Completed:
            token = line.split("&", maxsplit=1)[0].removeprefix("echo #").strip().encode()
            return Completed(stdout.replace(b"{token}", token), b"", 1)

    def two() -> Operation[None]:
        yield Ask({"one": Command.of("ver"), "two": Command.of("ver")})

    with pytest.raises(LineBroken, match=f"pc: .*step '{step}'.*DisableCMD"):
        run_operation(Cut(), two())


@pytest.mark.parametrize("code", [0, 1, 255])
def test_a_cmd_that_autorun_ends_is_named(code: int) -> None:
    """B35: microsoft/terminal#15658, conda/constructor#566: cmd.exe ends before the line, without a word."""

    def one() -> Operation[None]:
        yield Ask({"one": Command.of("ver")})

    with pytest.raises(LineBroken) as raised:
        run_operation(ScriptedHost(Completed(b"", b"", code)), one())
    message = str(raised.value)
    assert f"exit code {code}" in message
    assert r'reg query "HKLM\Software\Microsoft\Command Processor" /v AutoRun' in message
    assert "HKCU" in message
    assert "DisableCMD" in message


def test_a_capped_answer_is_handed_over_as_such() -> None:
    def reading() -> Operation[bool]:
        answer = yield Ask(ONE)
        assert answer["one"].exit_code is None
        return answer.truncated

    assert run_operation(ScriptedHost(Completed(b"half", b"", -1, truncated=True)), reading())


def test_what_does_not_fit_in_one_line_goes_in_several() -> None:
    def reading() -> Operation[int]:
        answer = yield Ask({str(n): Command.of("reg", "query", "x" * 900) for n in range(30)})
        return len(answer.outcomes)

    host = ScriptedHost(*[None] * 30)
    assert run_operation(host, reading()) == 30
    assert 3 < len(host.lines) < 8
    assert max(map(len, host.lines)) < LINE_LIMIT
    assert len({line.split("&")[0] for line in host.lines}) == 1


def test_lines_that_were_sent_before_keep_the_limits_of_their_own_commands() -> None:
    def reading(most: int) -> Operation[Outcome]:
        answer = yield Ask({"one": Command.of("ver").up_to(most)})
        return answer.outcomes["one"]

    class Printing(ScriptedHost):
        def run(self, line: str, *, stdin: bytes | None, timeout: float, max_bytes: int) -> Completed:
            begin, end = echoed(line).split(b"\r\n", 1)
            return Completed(begin + b"\r\n" + b"x" * 600 + end, b"", 0)

    assert isinstance(run_operation(Printing(), reading(500)), Unread)
    assert run_operation(Printing(), reading(700)).output == b"x" * 600
    assert isinstance(run_operation(Printing(), reading(500)), Unread)


def test_equal_answers_are_judged_once_unless_they_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    key = registry.query(r"HKLM\SOFTWARE\Example")
    judged: list[int] = []
    monkeypatch.setattr(answers, "_judge", lambda _reads, outcome, *_rest: judged.append(1) or outcome)
    for size, times in ((100, 1), (WORTH_KEEPING + 1, 2)):
        outcomes = {"one": Outcome(0, b"HKEY_LOCAL_MACHINE\\SOFTWARE\\Example\r\n    Name    REG_SZ    " + b"x" * size)}
        judged.clear()
        first, second = (answers.judged({"one": key}, outcomes) for _unused in range(2))
        assert first == second == outcomes
        assert first is not second
        assert len(judged) == times


@pytest.mark.parametrize("code", [2, 5, 255, 9009, -1073741502, None])
def test_a_reader_that_did_not_read_is_not_absence(code: int | None) -> None:
    """B34: reg, netsh, sc and findstr answer 9009 where PATH does not contain their folder."""
    assert was_found(Outcome(0))
    assert not was_found(Outcome(1))
    with pytest.raises(HostError, match=r"not known.*PATH contains %SystemRoot%\\System32"):
        was_found(Outcome(code, b"'reg' is not recognized as an internal or external command"))
