"""Reads report documents: what other programs and other versions wrote, so nothing in them is taken for granted.

Several documents become one: each wave, and each run, may have left a file of its own.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._domain.language import shown
from .._domain.operation import Refused
from .numbers import WHOLE, WITHOUT_CAUSE, numbers

SCHEMA = 2
READ = (1, SCHEMA)
"""The schemas that are read. A report of the first says neither of which runs it is, nor which hosts they left out."""
MISSING: Mapping[str, Any] = {
    "outcome": "unknown",
    "cause": "unknown",
    "reason": "",
    "before": {},
    "steps": [],
    "after": {},
    "changes": 0,
    "check_mode": False,
    "time": None,
    "requests": None,
    "bytes": None,
}
"""What a host has that says nothing of it. Not known is never fine."""
TYPES: Mapping[str, tuple[type, ...]] = {
    "outcome": (str,),
    "cause": (str,),
    "reason": (str,),
    "before": (dict,),
    "steps": (list,),
    "after": (dict,),
    "changes": (int,),
    "check_mode": (bool,),
    "kind": (str,),
    "time": (int, float),
    "requests": (int,),
    "bytes": (int,),
    "site": (str,),
    "groups": (dict,),
    "earlier": (list,),
    "started": (str,),
    "finished": (str,),
}
NAMES = {dict: "a mapping", list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false"}
SURROGATE = re.compile("[\ud800-\udfff]")  # in a host's name, which is the user's own
AS_THEY_ARE = frozenset((int, bool, type(None)))
DEEPEST = 40
"""Levels of nesting; our own documents have ten."""


@dataclass
class Document:
    """What is known of a fleet: hosts by name, the runs that they are from, and hosts that these runs left out."""

    hosts: dict[str, dict[str, Any]]
    runs: list[dict[str, Any]] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)


def parse(document: Any, where: str) -> Document:
    """A document, each host with everything in `MISSING`. Raises Refused, naming what is wrong."""
    if not isinstance(document, Mapping) or not isinstance(document.get("hosts"), Mapping):
        raise Refused(
            f"{where} is not a report: it must have schema and hosts, as the playbooks assess and remediate write them"
        )
    if document.get("schema") not in READ:
        known = " and ".join(map(str, READ))
        raise Refused(f"{where} has the schema {document.get('schema')!r}; this version reads {known}")
    runs, excluded = document.get("runs") or [], document.get("excluded") or []
    if not isinstance(runs, list) or not all(isinstance(one, Mapping) for one in runs):
        raise Refused(f"{where}: runs is not a list of mappings")
    if not isinstance(excluded, list) or not all(isinstance(one, str) for one in excluded):
        raise Refused(f"{where}: excluded is not a list of names")
    return Document(
        {_text(str(name)): _host(host, f"{where}: hosts.{name}") for name, host in document["hosts"].items()},
        [_run(one, f"{where}: runs[{number}]") for number, one in enumerate(runs)],
        [_text(one) for one in excluded],
    )


def merge(parsed: Iterable[Document]) -> Document:
    """One document. Of a host in several the later run counts, and those before it are kept in `earlier`.

    Later is what finished later; where that is not known, what came later. Files of waves repeat the hosts of the waves
    before: the same run is kept once. A host that only some of the runs left out is not left out.
    """
    documents = list(parsed)
    runs: dict[str, list[dict[str, Any]]] = {}
    for document in documents:
        for name, host in document.hosts.items():
            known = runs.setdefault(name, [])
            for run in (*host.get("earlier", ()), {key: host[key] for key in host if key != "earlier"}):
                if run not in known:
                    known.append(run)
    found = {}
    for name, known in runs.items():
        if all(run.get("finished") for run in known):
            known.sort(key=lambda run: str(run["finished"]))
        found[name] = {**known[-1], **({"earlier": known[:-1]} if len(known) > 1 else {})}
    every: list[dict[str, Any]] = []
    for document in documents:
        every += [run for run in document.runs if run not in every]
    excluded = dict.fromkeys(name for document in documents for name in document.excluded if name not in found)
    return Document(found, sorted(every, key=lambda run: run["finished"]), list(excluded))


def fleet(document: Document, goal: float = WHOLE) -> dict[str, Any]:
    """The whole report of a merged document, numbers included; `goal` is the percentage of hosts to reach MAPS."""
    hosts = document.hosts
    return {
        "schema": SCHEMA,
        "runs": document.runs,
        "excluded": sorted(document.excluded),
        "outcomes": dict(Counter(host["outcome"] for host in hosts.values())),
        "causes": dict(Counter(host["cause"] for host in hosts.values() if host["outcome"] not in WITHOUT_CAUSE)),
        "numbers": numbers(hosts, len(document.excluded), goal),
        "hosts": {name: hosts[name] for name in sorted(hosts)},
    }


RUN: Mapping[str, type] = {"name": str, "kind": str, "version": str, "undo": str, "stopped": str, "finished": str}


def _run(run: Mapping[str, Any], where: str) -> dict[str, Any]:
    found = {**dict.fromkeys(RUN, ""), **_clean(run, where)}
    for key in RUN:
        if not isinstance(found[key], str):
            raise Refused(f"{where}.{key} is not a text")
    return found


def _host(host: Any, where: str) -> dict[str, Any]:
    if not isinstance(host, Mapping):
        raise Refused(f"{where} is not a mapping")
    found = {**MISSING, **_clean(host, where)}
    for key, types in TYPES.items():
        value = found.get(key)
        if value is None:
            if key in MISSING:
                found[key] = MISSING[key]
            else:
                found.pop(key, None)
        elif not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise Refused(f"{where}.{key} is not {NAMES[types[0]]}")
    for number, step in enumerate(found["steps"]):
        if not isinstance(step, dict):
            raise Refused(f"{where}.steps[{number}] is not a mapping")
    if "earlier" in found:
        found["earlier"] = [_host(run, f"{where}.earlier[{number}]") for number, run in enumerate(found["earlier"])]
    return found


def _clean(value: Any, where: str, depth: int = 0) -> Any:
    """Plain data that every JSON reader takes, without numbers that are none, its texts as they may be shown.

    An older version, or another program, may have written them as a host said them.
    """
    if depth > DEEPEST:
        raise Refused(f"{where} is nested more than {DEEPEST} levels deep")
    kind = type(value)
    if kind is str or isinstance(value, str):
        return shown(value, lines=True)
    if kind in AS_THEY_ARE:  # before abstract classes are asked, which takes most of the time of a large report
        return value
    if isinstance(value, Mapping):
        return {shown(str(key)): _clean(item, where, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item, where, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _text(value: str) -> str:
    return SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
