"""What the block that ends a playbook adds where more is asked for: a line a host, their steps, and differences."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from . import closing_words as words
from .closing_rows import Rows, kept_steps
from .columns import cut
from .requests import entries, text_of

LABEL = 60


def host_lines(rows: Rows, steps: bool) -> list[str]:
    """Each host in one line with its outcome and reason, and with `steps` each of its steps in a line below."""
    return [line for name, one in rows.reports.items() for line in _host(rows, name, one, steps)]


def _host(rows: Rows, name: str, one: Mapping[str, Any], steps: bool) -> Iterator[str]:
    outcome = cut(words.outcome(text_of(one, "outcome") or "unknown", rows.language), LABEL)
    reason = text_of(one, "reason").removeprefix(f"{name}: ")
    yield cut(f"  {cut(name, LABEL)}: {outcome}{': ' if reason else ''}{reason}", rows.width)
    for step in entries(one, "steps") if steps else ():
        label = cut(words.step(text_of(step, "id") or "unknown", rows.language), LABEL)
        yield cut(f"      {label}: {', '.join(_state(rows, step))}: {text_of(step, 'reason')}", rows.width)


def _state(rows: Rows, step: Mapping[str, Any]) -> Iterator[str]:
    if not step.get("changed"):
        yield rows.say(words.NOT_CHANGED)
    else:
        yield rows.say(words.WOULD_CHANGE_HEAD if rows.check_mode else words.CHANGED_HEAD).lower()
    if isinstance(step.get("helped"), bool):
        yield rows.say(words.HELPED if step["helped"] else words.NOT_HELPED)
    if step.get("taken_back"):
        yield rows.say(words.UNDONE)


def diff_lines(rows: Rows) -> list[str]:
    """What the steps that stay changed: equal differences once, with their hosts."""
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for name, one in rows.reports.items():
        for step in kept_steps(one):
            lines = tuple(_differences(step.get("before"), step.get("after")))
            if lines:
                found.setdefault((text_of(step, "id") or "unknown", lines), []).append(name)
    shown: list[str] = []
    for (step_id, lines), names in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        label = cut(words.step(step_id, rows.language), LABEL)
        shown.append(cut(f"  {label} ({rows.named(names, 90)})", rows.width))
        shown += [cut(f"    {line}", rows.width) for line in lines]
    return shown


def _differences(before: Any, after: Any) -> Iterator[str]:
    old, new = dict(_flat(before)), dict(_flat(after))
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) != new.get(key):
            for sign, values in (("-", old), ("+", new)):
                if key in values:
                    yield f"{sign} {key}: {values[key]}" if key else f"{sign} {values[key]}"


def _flat(value: Any, path: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, json.dumps(value, ensure_ascii=False, default=str)
