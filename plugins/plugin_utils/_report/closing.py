"""The block that ends every playbook: how the hosts ended and why, who must do what, what was changed, what comes next.

A pure function of the hosts' reports. It is short whatever the size of the fleet: where there is no room for a row,
rows are put together, so that no host, no outcome and no team gets lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._domain.language import DEFAULT_LANGUAGE, LANGUAGES
from . import closing_words as words
from .closing_details import diff_lines, host_lines
from .closing_rows import Rows, kept_steps
from .columns import command_lines, cut, pieces

WIDEST, LONGEST = 160, 40
LEAST_WIDTH, LEAST_LINES = 60, 26
MOST_OF_A_COMMAND, MOST_OF_A_PATH = 4, 3
"""Lines."""
CHANGING = ("remediate", "rollback")
"""Kinds of runs that can change a host."""
NO_LIMIT = 1_000_000
Section = tuple[str, Callable[[int], list[str]], int]
"""A heading, its rows within a number of lines, and the most that it takes where there is room."""


def closing_block(
    kind: str,
    reports: Mapping[str, Mapping[str, Any]],
    *,
    run: str = "",
    changed: bool,
    report_path: str = "",
    undo_command: str = "",
    inspect_command: str = "",
    verbosity: int = 0,
    language: str = DEFAULT_LANGUAGE,
    width: int = WIDEST,
    most_lines: int = LONGEST,
    diffs: bool = False,
) -> list[str]:
    """The lines of the block, each of at most `width` columns.

    `kind` is one of `closing_words.KINDS`, `reports` has the hosts' reports in the shape of
    `remediation.outcome.host_report`. There are at most `most_lines`, unless more is asked for: with a `verbosity` of
    1 come all requests and a line a host, with 2 the hosts' steps; with `diffs` come differences, equal ones once.
    `undo_command` is shown only where something was `changed`. Raises ValueError for values out of range.
    """
    if kind not in words.KINDS or language not in LANGUAGES:
        raise ValueError(f"no such kind or language: {kind!r}, {language!r}")
    if width < LEAST_WIDTH or most_lines < LEAST_LINES:
        raise ValueError(f"width must be {LEAST_WIDTH} or more, and most_lines {LEAST_LINES} or more")
    rows = Rows(kind, reports, language, width)
    tail = _tail(rows, report_path, undo_command if changed else "", inspect_command)
    room = NO_LIMIT if verbosity > 0 else most_lines - 1 - len(tail)
    body = _fitted(_sections(rows, NO_LIMIT if verbosity > 0 else 0), room)
    more = []
    if verbosity > 0 and reports:
        more.append([rows.say(words.HOST_HEAD), *host_lines(rows, verbosity > 1)])
    if diffs and (found := diff_lines(rows)):
        more.append([rows.say(words.DIFF_HEAD), *found])
    blank = verbosity > 0 or 1 + sum(map(len, body)) + len(tail) + len(body) + bool(tail) <= most_lines
    lines = [_title(rows, run)]
    for part in (*more, *body, tail):
        if part:
            lines += [*([""] if blank else []), *part]
    return lines


def _title(rows: Rows, run: str) -> str:
    text = words.TITLE_RUN if run else words.TITLE
    title = rows.say(text, kind=rows.say(words.KINDS[rows.kind]), hosts=rows.hosts(len(rows.reports)), run=cut(run, 60))
    # Runs of other kinds change nothing anyway, so their reports may be those of check mode.
    unchanged = rows.check_mode and rows.kind in CHANGING
    return cut(title + (rows.say(words.CHECK_MODE) if unchanged else ""), rows.width)


def _sections(rows: Rows, unlimited: int) -> list[Section]:
    head = words.WOULD_CHANGE_HEAD if rows.check_mode else words.CHANGED_HEAD
    return [
        (rows.say(words.OUTCOME_HEAD), rows.outcomes, 10),
        (rows.say(words.CAUSE_HEAD), rows.causes, unlimited or 9),
        (rows.say(words.TODO_HEAD), rows.todo_rows, unlimited or 14),
        (rows.say(head), rows.changes, 6),
    ]


def _fitted(sections: Sequence[Section], room: int) -> list[list[str]]:
    """The sections that have something to say, within `room` lines: the longest gives way first."""
    limits = [most for _head, _rows, most in sections]
    found = [rows(limit) for (_head, rows, _most), limit in zip(sections, limits, strict=True)]
    while sum(len(lines) + 1 for lines in found if lines) > room:
        longest = max(range(len(found)), key=lambda number: len(found[number]))
        if len(found[longest]) < 2:
            break
        found[longest] = sections[longest][1](len(found[longest]) - 1)
    return [[head, *lines] for (head, _rows, _most), lines in zip(sections, found, strict=True) if lines]


def _tail(rows: Rows, report_path: str, undo_command: str, inspect_command: str) -> list[str]:
    """Where the report is, and the commands."""
    lines: list[str] = []
    if rows.kind in CHANGING and not any(map(kept_steps, rows.reports.values())):
        lines.append(f"{rows.say(words.CHANGED_HEAD)}: {rows.say(words.NOTHING)}")
    if report_path:
        head = rows.say(words.REPORT_HEAD)
        whole = f"{head}: {report_path}"
        path = pieces(report_path, rows.width)
        fits = cut(whole, rows.width) == whole
        lines += [whole] if fits else [f"{head}:", *path[:MOST_OF_A_PATH]]
    for text, command in ((words.UNDO_HEAD, undo_command), (words.INSPECT_HEAD, inspect_command)):
        if command:
            shown = command_lines(command, rows.width)
            too_long = [f"  {rows.say(words.TOO_LONG)}"]
            lines += [f"{rows.say(text)}:", *(shown if len(shown) <= MOST_OF_A_COMMAND else too_long)]
    return lines
