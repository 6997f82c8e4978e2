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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ..._windows import filetime, registry
from ..._windows.cmdline import Outcome
from ..defender import SPYNET, Spynet
from ..journal import (
    ALL,
    CHECKS,
    KEY,
    MACHINE_GUID,
    OWN_KEY,
    SSL,
    STAMP,
    JournalContents,
    Merged,
    Record,
    Seal,
    Trust,
    active,
    loads,
    merge,
    options,
)
from ..operation import Ask, Fact, Fields, HostError, Operation, Warn, erase, facts, json_forms, understood

PREFIX: Final = "tried."
HELPED: Final = "loosening_helped"
STEPS: Final = ("firewall", "ssl_options", "tighten", HELPED)
"""Steps that are guesses. `tighten` takes a loosening back; the proxy is no guess, and stays. HELPED is the opposite of
a failure: a validation succeeded with the loosening."""
KEEPS_CHECKS_OFF: Final = ("tighten", HELPED)
"""What would keep checks switched off: it counts only where the key proves it."""
SCHEMA: Final = 2
PRODUCT_PROXIES: Final = ("proxy_server", "proxy_pac_url", "proxy_bypass", "cached_proxy", "last_known_good_proxy")
"""Of Defender itself: what a step depends on."""
LARGEST_STEP: Final = 1024
"""Bytes of the JSON of a step."""
NO_CHECK: Final = "0x80092012"


@dataclass(frozen=True)
class RememberedStep:
    """A step that did not help, or HELPED."""

    step: str
    depends: str
    since: str
    """UTC, as ISO 8601."""


def digest(facts: Any) -> str:
    """What a step depends on, as 16 letters and digits."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def fingerprint(step: str, validation: Mapping[str, Any], request: Any) -> str:
    """The digest of what a step depends on, from a result of maps_connection_info and what is desired of the step.

    What the step itself changes stays out. Raises KeyError for a mapping that is no such result.
    """
    host = validation["host"]
    stores = {name: value for name, value in host["proxy"].items() if name != "winhttp"}
    winhttp = {name: host["proxy"]["winhttp"][name] for name in ("direct", "http", "https", "bypass_list", "problem")}
    product = {name: host["defender"][name] for name in PRODUCT_PROXIES}
    facts: dict[str, Any] = {"step": step, "proxy": stores, "winhttp": winhttp, "defender": product, "request": request}
    if step != "tighten":
        facts["hresult"] = validation["hresult"]
    firewall = host["firewall"]
    facts["firewall"] = {name: firewall[name]["verdict"] for name in ("maps", "crl")}
    return digest(facts)


def pinning_blocker(endpoints: Mapping[str, Any]) -> str:
    """Why certificate pinning must not go, from a result of endpoint_info; empty where nothing shows an inspection."""
    if endpoints["inspected"]:
        issuers = sorted({str(one["issuer"]) for one in endpoints["endpoints"] if one["inspected"]})
        return (
            f"the certificate of {', '.join(endpoints['inspected'])} was issued by {'; '.join(issuers)} and not by "
            "Microsoft: TLS is inspected, and without certificate pinning it would only seem repaired"
        )
    if NO_CHECK in endpoints["revocation"]["codes"] or NO_CHECK in [one["code"] for one in endpoints["endpoints"]]:
        return (
            f"Windows returns {NO_CHECK}: a certificate names no revocation list, which is typical of TLS "
            "inspection; without certificate pinning it would only seem repaired"
        )
    return ""


def open_loosening(merged: Merged, now: Spynet, moment: dt.datetime) -> list[dict[str, Any]]:
    """The loosening that is owed: one entry or none. One that nothing proves counts where no other is known."""
    for records, verified in ((merged.proven, True), (merged.unproven, False)):
        found_debt = _debt(records, now, moment)
        if found_debt is not None:
            return [{**found_debt, "verified": verified}]
    return []


def _debt(records: Iterable[Record], now: Spynet, moment: dt.datetime) -> dict[str, Any] | None:
    known = list(records)
    standing = {record.id for record in active(known)}
    owed: list[tuple[Record, Any]] = []
    made = ALL
    for record in known:
        if record.id not in standing and record.kind != "loosened":
            continue
        for undo in record.undo:
            if undo.place != SSL:
                continue
            base = options(owed[0][1] if owed else undo.before)
            owed = (owed or [(record, undo.before)]) if base & ~options(undo.intended) else []
            made = options(undo.intended)
    if not owed:
        return None
    record, before = owed[0]
    lost = options(before) & ~now.effective_ssl_options
    if not lost:
        return None
    since = dt.datetime.strptime(record.at, STAMP).replace(tzinfo=dt.UTC)
    # Whoever takes the loosening back writes `before`, whoever needs it again `loosened_to`: neither lacks a check that
    # is on now, and the second takes no check away that the record did not.
    return {
        "what": "ssl_options",
        "value": now.ssl_options,
        "loosened_to": (made | now.effective_ssl_options) & ALL,
        "before": None if before["value"] is None else (options(before) | now.effective_ssl_options) & ALL,
        "lost": [name for bit, name in CHECKS.items() if lost & bit],
        "since": filetime.iso(since),
        "age_days": round(max(0.0, (moment - since).total_seconds()) / 86400, 2),
        "run": record.run,
    }


def helped(debt: Mapping[str, Any]) -> str:
    """What HELPED depends on: this loosening."""
    return digest({"run": debt["run"], "loosened_to": debt["loosened_to"]})


def is_proven(debt: Mapping[str, Any], steps: Iterable[RememberedStep]) -> bool:
    """Whether a validation succeeded with this loosening."""
    return any((one.step, one.depends) == (HELPED, helped(debt)) for one in steps)


def _sealed(seal: Seal, machine: str, one: RememberedStep) -> dict[str, str]:
    facts = {"depends": one.depends, "since": one.since}
    return {**facts, "mac": seal.code("tried", {**facts, "step": one.step, "machine": machine})}


def _packed(seal: Seal, machine: str, one: RememberedStep) -> str:
    data = json.dumps(_sealed(seal, machine, one), sort_keys=True).encode("ascii")
    return f"{SCHEMA}.{base64.urlsafe_b64encode(data).decode('ascii').rstrip('=')}"


def parse_remembered(values: Iterable[registry.Value], machine: str, seal: Seal | None) -> list[RememberedStep]:
    """The steps among the values of our key. One that cannot be read was never tried.

    One that nothing proves counts only where that keeps checks on: not one of KEEPS_CHECKS_OFF.
    """
    steps = []
    for value in values:
        step = value.name.removeprefix(PREFIX)
        if not value.name.startswith(PREFIX) or step not in STEPS or not isinstance(value.data, str):
            continue
        try:
            one, mac = _unpacked(step, value.data)
        except ValueError:
            continue
        facts = {"depends": one.depends, "since": one.since, "step": step, "machine": machine}
        if step not in KEEPS_CHECKS_OFF or (seal is not None and machine and seal.fits("tried", facts, mac)):
            steps.append(one)
    return sorted(steps, key=lambda one: one.step)


def _unpacked(step: str, text: str) -> tuple[RememberedStep, str]:
    version, _dot, packed = text.partition(".")
    if version != str(SCHEMA):
        raise ValueError("another schema")
    data = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
    found_facts = json_forms.mapping(loads(data, LARGEST_STEP), "depends", "since", "mac")
    since = json_forms.text(found_facts["since"], 20)
    dt.datetime.strptime(since, "%Y-%m-%dT%H:%M:%SZ")
    return RememberedStep(step, check_depends(json_forms.text(found_facts["depends"], 16)), since), json_forms.text(
        found_facts["mac"], 43
    )


@dataclass(frozen=True)
class Keys:
    """What proves who wrote a memory: `known` to read with, `made` where something is to be written."""

    known: Callable[[], Seal | None]
    made: Callable[[], Seal]
    """Raises HostError where there is no key and none can be made."""


def remember(
    *, step: str | None, depends_on: str, present: bool, now: float, check_mode: bool, keys: Keys
) -> Operation[dict[str, Any]]:
    """Writes down that a step did not help, or forgets it; without a step it only reads. `now` is POSIX time.

    Returns changed, before, after (the steps), debt (None: not known). Raises HostError.
    """
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    answer = yield Ask(_REMEMBERED.commands, reads=True)
    (machine, kept, state), unread = understood(answer.outcomes, _REMEMBERED)
    unread = {name: why for name, why in unread.items() if facts({name: why}, _DECIDES)}
    if unread and step is not None:
        raise HostError(f"nothing was recorded: {'; '.join(unread.values())}")
    merged = yield from merge(Trust("auto", machine, keys.known(), skip_damaged=True), None, replace(kept, problems=()))
    owed: list[dict[str, Any]] | None = open_loosening(merged, state, moment)
    if unread:
        yield Warn(f"the relaxed checks of this host are unknown: {'; '.join(unread.values())}")
    if kept.problems:
        yield Warn(
            f"some records about relaxed checks of this host cannot be read: {'; '.join(kept.problems)}. Inspect "
            "them with reg query; windefend.maps.rollback with skip_damaged deletes them after it has undone the "
            "readable records"
        )
        owed = owed or None
    if owed and not owed[0]["verified"]:
        yield Warn(
            "the records about relaxed checks of this host cannot be verified with the key, so they can only lead to "
            "checks being turned on again"
        )
    before = parse_remembered(kept.values, machine, keys.known())
    after = _desired(before, step, depends_on, present, filetime.iso(moment))
    if after != before and step is not None and not check_mode:
        seal = keys.known()
        name = f"{PREFIX}{step}"
        if present:
            seal = keys.made()
            command = registry.add(KEY, name, "REG_SZ", _packed(seal, machine, {one.step: one for one in after}[step]))
        elif len(kept.values) == 1 and not kept.partial:
            command = registry.delete_key(KEY)
        else:
            command = registry.delete_value(KEY, name)
        answer = yield Ask({"write": command.with_errors(), **OWN_KEY.commands})
        if parse_remembered(answer[OWN_KEY].values, machine, seal) != after:
            raise HostError(
                f"{KEY}\\{name} could not be {'written' if present else 'deleted'}; output of reg: "
                f"{answer['write'].text.strip() or 'none'}. Check that the account is elevated"
            )
    result: dict[str, Any] = {"changed": after != before, "before": before, "after": after, "debt": owed}
    result["unknown"] = facts(unread, _DECIDES)
    erase(result, result["unknown"])
    return result


def _remembered(outcomes: Mapping[str, Outcome]) -> tuple[str, JournalContents, Spynet]:
    return MACHINE_GUID.parse(outcomes), OWN_KEY.parse(outcomes), SPYNET.parse(outcomes)


_REMEMBERED: Final = Fact({**MACHINE_GUID.commands, **SPYNET.commands, **OWN_KEY.commands}, _remembered)
_DECIDES: Fields = {
    **dict.fromkeys(OWN_KEY.commands, ("before", "after", "debt")),
    **dict.fromkeys((*MACHINE_GUID.commands, *SPYNET.commands), ("debt",)),
    **dict.fromkeys(("spynet.policy/SpynetReporting", "spynet.policy/SubmitSamplesConsent"), ()),
}
"""What of the result each command decides."""


def _desired(
    before: Sequence[RememberedStep], step: str | None, depends_on: str, present: bool, since: str
) -> list[RememberedStep]:
    if step is None or (present and any((one.step, one.depends) == (step, depends_on) for one in before)):
        return list(before)
    others = [one for one in before if one.step != step]
    return sorted([*others, RememberedStep(step, depends_on, since)] if present else others, key=lambda one: one.step)


def check_depends(text: str) -> str:
    """`text` when it is a digest; raises ValueError otherwise."""
    if not re.fullmatch(r"[0-9a-f]{16}", text):
        raise ValueError(f"{text!a} is not a digest (16 hexadecimal digits)")
    return text
