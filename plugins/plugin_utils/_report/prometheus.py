"""A fleet's report in Prometheus' text format, as node_exporter's textfile collector reads it.

Rules that hold in this file
- No sample has a timestamp: the collector refuses the whole file then (node_exporter's collector/textfile.go: sure).
  Times are values.
- What is not known is no sample, never a value that looks fine.
- Outcomes and states that no host has are 0, so that an expression finds them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from .._domain.diagnosis import OLD_SIGNATURES
from .._domain.language import visible
from . import labels as words
from .formats import Presentation
from .moments import epoch
from .numbers import STATES, reach

PREFIX = "windefend_maps_"
Labels = tuple[tuple[str, str], ...]
Samples = dict[Labels, int]
Metric = tuple[str, str, Samples]
"""Name below PREFIX, what it is, and its samples."""


def prometheus(fleet: Mapping[str, Any], presentation: Presentation) -> str:
    """The numbers of the fleet, and where it is asked for, what is known of each host."""
    of_hosts = _of_hosts(fleet["hosts"]) if presentation.metrics_of_hosts else ()
    return "".join(_family(*metric) for metric in (*_of_fleet(fleet), *of_hosts) if metric[2])


def _family(name: str, text: str, samples: Samples) -> str:
    lines = [f"# HELP {PREFIX}{name} {text}", f"# TYPE {PREFIX}{name} gauge"]
    for labels, value in samples.items():
        inside = ",".join(f'{label}="{_escaped(value_of)}"' for label, value_of in labels)
        lines.append(f"{PREFIX}{name}{{{inside}}} {value}" if inside else f"{PREFIX}{name} {value}")
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    """A label's value: backslashes, quotes and line feeds have escapes, everything else stands for itself."""
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _labels(**values: Any) -> Labels:
    """Labels as they are written, so that two that look the same are one sample: the collector refuses two."""
    return tuple((label, visible(str(value), lines=True)) for label, value in values.items())


def _of_fleet(fleet: Mapping[str, Any]) -> Iterable[Metric]:
    every, numbers = list(fleet["hosts"].values()), fleet["numbers"]
    outcomes = dict.fromkeys(words.OUTCOMES, 0) | dict(fleet["outcomes"])
    yield "hosts", "Hosts of the report by outcome.", _by("outcome", outcomes)
    states = {state: numbers["after"][state] for state in STATES}
    yield "reachability_hosts", "Hosts by whether MAPS answered them after the run.", _by("state", states)
    causes = {
        _labels(cause=cause, state=state): count
        for cause, counts in numbers["by_cause"].items()
        for state, count in counts.items()
    }
    yield "cause_hosts", "Hosts by cause: repaired, still open, or without a need for MAPS.", causes
    cautions = _by("caution", numbers["latent"])
    yield "caution_hosts", "Hosts by a fault that may break their connection later.", cautions
    loosened = dict.fromkeys(("open", "none", "unknown"), 0) | Counter(_loosening(host) for host in every)
    yield "loosening_hosts", "Hosts by whether a check of certificates is relaxed.", _by("state", loosened)
    since = _one(min, (loosened_since(host) for host in every))
    yield "oldest_loosening_timestamp_seconds", "When the oldest check was relaxed that is still relaxed.", since
    ages = [signatures_age(host) for host in every]
    signatures = dict.fromkeys(("current", "old", "unknown"), 0) | Counter(_freshness(age) for age in ages)
    text = f"Hosts by the age of their signatures when they were read: old is more than {OLD_SIGNATURES / 24:.0f} days."
    yield "signatures_hosts", text, _by("age", signatures)
    text = "The age of the oldest signatures of a host when they were read."
    yield "oldest_signatures_age_seconds", text, _one(max, ages)
    yield "check_mode_hosts", "Hosts that ran in check mode only.", {(): numbers["check_mode"]}
    ended = [epoch(host.get("finished")) for host in every]
    yield "run_finished_timestamp_seconds", "When the last host of the run finished.", _one(max, ended)
    yield "oldest_result_timestamp_seconds", "When the host finished whose result is the oldest.", _one(min, ended)


def _of_hosts(hosts: Mapping[str, Mapping[str, Any]]) -> Iterable[Metric]:
    def each(value: Any) -> Samples:
        found = ((name, value(host)) for name, host in hosts.items())
        return {_labels(host=name): known for name, known in found if known is not None}

    info = {
        _labels(host=name, site=host.get("site") or "", outcome=host["outcome"], cause=host["cause"]): 1
        for name, host in hosts.items()
    }
    yield "host_info", "A host of the report, its outcome and its cause.", info
    yield (
        "host_reachable",
        "Whether MAPS answered the host: 1 or 0; not there if unknown or not in use.",
        each(_reachable),
    )
    yield "host_signatures_age_seconds", "The age of the host's signatures when they were read.", each(signatures_age)
    yield "host_loosened_timestamp_seconds", "Since when a check is relaxed on the host.", each(loosened_since)
    text = "When the host's result was made."
    yield "host_finished_timestamp_seconds", text, each(lambda host: epoch(host.get("finished")))


def _by(label: str, counts: Mapping[str, int]) -> Samples:
    return {_labels(**{label: name}): count for name, count in counts.items()}


def _one(choose: Any, values: Iterable[int | None]) -> Samples:
    known = [value for value in values if value is not None]
    return {(): choose(known)} if known else {}


def _reachable(host: Mapping[str, Any]) -> int | None:
    return {"connected": 1, "not_connected": 0}.get(reach(host, "after"))


def _loosening(host: Mapping[str, Any]) -> str:
    return "unknown" if host.get("debt") is None else "open" if host["debt"] else "none"


def loosened_since(host: Mapping[str, Any]) -> int | None:
    """Seconds since 1970 at which the oldest check was relaxed that is still relaxed on a host."""
    debt = host.get("debt")
    given = debt if isinstance(debt, list) else [debt]
    times = (epoch(one.get("since")) for one in given if isinstance(one, Mapping))
    return min((time for time in times if time is not None), default=None)


def signatures_age(host: Mapping[str, Any]) -> int | None:
    """Seconds, when the host was read last; None where that is not known."""
    for when in ("after", "before"):
        state = host[when].get("state")
        hours = state.get("signatures_age_hours") if isinstance(state, Mapping) else None
        if isinstance(hours, (int, float)) and not isinstance(hours, bool):
            return round(hours * 3600)
    return None


def _freshness(age: int | None) -> str:
    return "unknown" if age is None else "old" if age > OLD_SIGNATURES * 3600 else "current"
