"""What a host remembers of us, in our registry key: what it owes, and what was tried there in vain.

A loosening of SSLOptions is debt until it is taken back. It is read from the journal's copy on the host: a change of
ours took checks away that were made before it, and what is stored still lacks them. A step that did not help is kept
with a digest of what it depended on, so that it is tried again only after something of that changed.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .._windows import registry
from .._windows.cmdline import Outcome
from .._windows.text import from_json
from . import spynet
from .journal_choice import live
from .journal_places import RegistryValue
from .journal_record import KEY, STAMP, Kept, Record, parse_own, reading
from .operation import Ask, DomainError, Operation, found
from .unknown import erase, facts, understood

PREFIX: Final = "tried."
STEPS: Final = ("firewall", "ssl_options", "tighten")
"""Steps that are guesses. `tighten` takes a loosening back; the proxy is no guess, and stays."""
SCHEMA: Final = 1
SSL: Final = RegistryValue(spynet.POLICY, "SSLOptions")
CHECKS: Final = {spynet.REVOCATION_BIT: "revocation_check", spynet.PINNING_BIT: "certificate_pinning"}
NO_CHECK: Final = "0x80092012"


@dataclass(frozen=True)
class Tried:
    """A step that did not help."""

    step: str
    depends: str
    since: str
    """UTC, as ISO 8601."""


def digest(facts: Any) -> str:
    """What a step depends on, as 16 letters and digits."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def depends(step: str, validation: Mapping[str, Any], wish: Any) -> str:
    """The digest of what a step depends on, from a result of maps_connection_info and what is wished of the step.

    What the step itself changes stays out. Raises KeyError for a mapping that is no such result.
    """
    host = validation["host"]
    stores = {name: value for name, value in host["proxy"].items() if name != "winhttp"}
    winhttp = {name: host["proxy"]["winhttp"][name] for name in ("direct", "http", "https", "bypass_list", "problem")}
    product = {name: host["defender"][name] for name in ("proxy_server", "proxy_pac_url", "proxy_bypass")}
    facts: dict[str, Any] = {"step": step, "proxy": stores, "winhttp": winhttp, "defender": product, "wish": wish}
    if step != "tighten":
        facts["hresult"] = validation["hresult"]
    firewall = host["firewall"]
    facts["firewall"] = {name: firewall[name]["verdict"] for name in ("maps", "crl")}
    return digest(facts)


def refusal(endpoints: Mapping[str, Any]) -> str:
    """Why certificate pinning must not go, from a result of endpoint_info; empty where nothing shows an inspection."""
    if endpoints["inspected"]:
        issuers = sorted({str(one["issuer"]) for one in endpoints["endpoints"] if one["inspected"]})
        return (
            f"the certificate of {', '.join(endpoints['inspected'])} was issued by {'; '.join(issuers)} and not by "
            "Microsoft: TLS is inspected, and without certificate pinning that would look repaired"
        )
    if NO_CHECK in endpoints["revocation"]["codes"] or NO_CHECK in [one["code"] for one in endpoints["endpoints"]]:
        return (
            f"Windows says {NO_CHECK}: a certificate names no revocation list, as those of inspecting proxies do; "
            "without certificate pinning an inspection would look repaired"
        )
    return ""


def _options(state: Mapping[str, Any]) -> int:
    """SSLOptions of a state as it counts."""
    value = state["value"]
    data = value["data"] if value else None
    return data if isinstance(data, int) and not isinstance(data, bool) else spynet.SSL_DEFAULT


def debt(records: Iterable[Record], now: spynet.Spynet, moment: dt.datetime) -> list[dict[str, Any]]:
    """The loosening that is owed: one entry or none."""
    owed: tuple[Record, Any] | None = None
    for record in live(records):
        for undo in record.undo:
            if undo.place != SSL or "value" not in undo.intended:
                continue
            base = _options(owed[1] if owed else undo.before)
            lost = base & ~_options(undo.intended)
            owed = (owed or (record, undo.before)) if lost else None
    if owed is None:
        return []
    record, before = owed
    lost = _options(before) & ~now.effective_ssl_options
    if not lost:
        return []
    since = dt.datetime.strptime(record.at, STAMP).replace(tzinfo=dt.UTC)
    return [
        {
            "what": "ssl_options",
            "value": now.ssl_options,
            "before": None if before["value"] is None else _options(before),
            "lost": [name for bit, name in CHECKS.items() if lost & bit],
            "since": _iso(since),
            "age_days": round(max(0.0, (moment - since).total_seconds()) / 86400, 2),
            "run": record.run,
        }
    ]


def _iso(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _packed(one: Tried) -> str:
    data = json.dumps({"depends": one.depends, "since": one.since}, sort_keys=True).encode("ascii")
    return f"{SCHEMA}.{base64.urlsafe_b64encode(data).decode('ascii').rstrip('=')}"


def parse_tried(outcome: Outcome) -> list[Tried]:
    """The steps in an outcome of `reg query` of our key. One that cannot be read was never tried."""
    if not found(outcome):
        return []
    values = [value for key in registry.parse(outcome.output) for value in key.values.values()]
    steps = []
    for value in values:
        step, text = value.name.removeprefix(PREFIX), str(value.data)
        if not value.name.startswith(PREFIX) or step not in STEPS or not text.startswith(f"{SCHEMA}."):
            continue
        try:
            packed = text.removeprefix(f"{SCHEMA}.")
            data = from_json(base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True))
            steps.append(Tried(step, str(data["depends"]), str(data["since"])))
        except (ValueError, KeyError, TypeError):
            continue
    return sorted(steps, key=lambda one: one.step)


def remember(
    *, step: str | None, depends_on: str, present: bool, now: float, check_mode: bool, warnings: list[str]
) -> Operation[dict[str, Any]]:
    """Writes down that a step did not help, or forgets it; without a step it only reads. `now` is POSIX time.

    Returns changed, before, after (the steps), debt (None: not known). Raises DomainError.
    """
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    answer = yield Ask({"own": reading()["journal.own"], **spynet.reading()}, reads=True)
    (kept, before, state), unread = understood(answer.outcomes, _remembered)
    if unread and step is not None:
        raise DomainError(f"nothing was written down: {'; '.join(unread.values())}")
    if unread:
        warnings.append(f"what this host owes is not known: {'; '.join(unread.values())}")
    if kept.problems:
        warnings.append(f"what this host owes is not known: {'; '.join(kept.problems)}")
    owed = None if kept.problems or unread else debt(kept.records, state, moment)
    after = _wished(before, step, depends_on, present, _iso(moment))
    if after != before and step is not None and not check_mode:
        name = f"{PREFIX}{step}"
        if present:
            command = registry.add(KEY, name, "REG_SZ", _packed({one.step: one for one in after}[step]))
        elif len(kept.names) == 1:
            command = registry.delete_key(KEY)
        else:
            command = registry.delete_value(KEY, name)
        answer = yield Ask({"write": command.with_errors(), "own": reading()["journal.own"]})
        if parse_tried(answer["own"]) != after:
            raise DomainError(
                f"{KEY}\\{name} could not be {'written' if present else 'deleted'}; reg said: "
                f"{answer['write'].text.strip() or 'nothing'}. Is the account elevated?"
            )
    result: dict[str, Any] = {"changed": after != before, "before": before, "after": after, "debt": owed}
    result["unknown"] = facts(
        unread, {"own": ("before", "after", "debt"), **dict.fromkeys(spynet.reading(), ("debt",))}
    )
    erase(result, result["unknown"])
    return result


def _remembered(outcomes: Mapping[str, Outcome], _unread: Mapping[str, str]) -> tuple[Kept, list[Tried], spynet.Spynet]:
    return parse_own(outcomes["own"]), parse_tried(outcomes["own"]), spynet.read(outcomes)


def _wished(before: Sequence[Tried], step: str | None, depends_on: str, present: bool, since: str) -> list[Tried]:
    if step is None or (present and any((one.step, one.depends) == (step, depends_on) for one in before)):
        return list(before)
    others = [one for one in before if one.step != step]
    return sorted([*others, Tried(step, depends_on, since)] if present else others, key=lambda one: one.step)


def check_depends(text: str) -> str:
    """`text` when it is a digest; raises ValueError otherwise."""
    if not re.fullmatch(r"[0-9a-f]{16}", text):
        raise ValueError(f"{text!a} is no digest of windefend.maps.step_depends: 16 hexadecimal digits")
    return text
