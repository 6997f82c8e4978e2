"""Outbound allow rules of our own: added, corrected, freed of duplicates, deleted.

A rule is ours when it lies in the local store, goes out, allows, and carries the name that the user gave. netsh writes
a rule anew under another GUID, so rules are compared without it (recalled).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._windows import netsh, registry
from ..._windows.cmdline import Command, Outcome, why_unread
from ..._windows.firewall_rule import FirewallRule, RuleError
from ..operation import (
    DEFAULT_MAX_BYTES,
    Answer,
    Ask,
    Change,
    Fact,
    HostError,
    Operation,
    OurRules,
    RulesIntent,
    was_found,
)
from .rule_spec import RuleSpec, as_sent, rule_as_dict, spec_as_dict
from .verdict import FINDSTR, LOCAL, MDM, POLICY, ROOTS, lines_counted, lines_lost

RULES = {"local": f"{LOCAL}\\FirewallRules", "policy": f"{POLICY}\\FirewallRules", "mdm": f"{MDM}\\FirewallRules"}
WHOLE = "rule.whole"
"""Whether the filter lost rules of the local store."""


def rules_named(name: str) -> Fact[dict[str, list[FirewallRule]]]:
    """Store -> the rules of that name, whose case does not matter to netsh."""
    needle = f"|Name={name}|" if name.isascii() else "|Dir=Out|"
    commands = {
        "findstr": FINDSTR,
        "rule.stores": registry.query_all(ROOTS),
        **{
            # Without a needle, all that goes out.
            f"rule.{store}": registry.query_filtered([key], [((needle,), False)], DEFAULT_MAX_BYTES)
            for store, key in RULES.items()
        },
        WHOLE: lines_counted([RULES["local"]]),
    }
    return Fact(commands, lambda outcomes: _parse(outcomes, name))


def _parse(outcomes: Mapping[str, Outcome], name: str) -> dict[str, list[FirewallRule]]:
    found: dict[str, list[FirewallRule]] = {}
    was_found(outcomes["findstr"])
    for store in RULES:
        found[store] = []
        was_found(outcomes[f"rule.{store}"])
        for parsed in registry.parse(outcomes[f"rule.{store}"].output):
            for value in parsed.values.values():
                try:
                    rule = FirewallRule.parse(str(value.data))
                except RuleError:
                    continue
                if rule.name.lower() == name.lower():
                    found[store].append(rule)
    return found


def _read_all(answer: Answer, name: str) -> dict[str, list[FirewallRule]]:
    if answer.truncated:
        raise HostError(
            f"the stores contain too many rules to search for {name!r}, because findstr cannot search for these "
            "characters on the host; use a name of ASCII letters"
        )
    return answer[rules_named(name)]


def is_managed(rule: FirewallRule) -> bool:
    """An outbound allow rule: the only kind this collection makes."""
    return rule.direction == "Out" and rule.action == "Allow"


@dataclass(frozen=True)
class _Plan:
    """What is there of a name, and what shall be there."""

    desired: RuleSpec
    before: list[dict[str, Any]]
    wanted: list[dict[str, Any]]
    result: dict[str, Any]
    others: list[dict[str, Any]]
    """Outbound rules of the name in the local store that do not allow."""
    raw_before: list[str]


def configure(desired: RuleSpec, present: bool, check_mode: bool) -> Operation[dict[str, Any]]:
    """Makes exactly one rule as requested, or none, and reads again. Raises Refused, HostError."""
    desired.validated()
    answer = yield Ask(rules_named(desired.name).commands, may_change=(OurRules(desired.name),), reads=True)
    plan = _plan(desired, present, _read_all(answer, desired.name))
    if plan.before != plan.wanted:
        _demand_no_other(plan, may_be_lost(answer[WHOLE]))
        if not check_mode:
            yield from _apply(plan)
    return plan.result


def may_be_lost(counted: Outcome) -> str:
    """Why the local store may hold rules of the name that were not seen; empty where it is proven that it does not."""
    return why_unread(counted) or lines_lost(counted)


def _plan(desired: RuleSpec, present: bool, found: Mapping[str, list[FirewallRule]]) -> _Plan:
    ours = [rule for rule in found["local"] if is_managed(rule)]
    before, wanted = [rule_as_dict(rule) for rule in ours], [spec_as_dict(desired)] if present else []
    raw_before = [str(rule) for rule in ours]
    result = {
        "changed": before != wanted,
        "before": before,
        "after": wanted,
        "rules_in_policy": {
            store: [rule_as_dict(rule) for rule in found[store]] for store in ("policy", "mdm") if found[store]
        },
        "raw_before": raw_before,
    }
    others = [rule_as_dict(rule) for rule in found["local"] if rule.direction == "Out" and not is_managed(rule)]
    return _Plan(desired, before, wanted, result, others, raw_before)


def _demand_no_other(plan: _Plan, lost: str) -> None:
    """Raises HostError where deleting our rules by their name would delete somebody else's too, or may (`lost`)."""
    if plan.before and lost:
        raise HostError(
            f"{lost}. One of them may have the name {plan.desired.name!r} too; netsh deletes by name and would "
            "take it along, so nothing was changed. Give the rule of yours another name, or change the rule by other "
            "means"
        )
    if plan.before and plan.others:
        raise HostError(
            f"the local store also holds an outbound rule named {plan.desired.name!r} that does not allow, so somebody "
            "else wrote it; netsh deletes by name and would take it along. Give the rule of yours another name",
            rules=plan.others,
        )


def _apply(plan: _Plan) -> Operation[None]:
    """Writes, and reads again in the same line. Raises HostError."""
    commands: dict[str, Command] = {}
    if plan.before:
        commands["delete"] = netsh.delete_rule(plan.desired.name, "out").with_errors()
    if plan.wanted:
        commands["add"] = add_command(plan.desired).with_errors()
    change = Change(OurRules(plan.desired.name), RulesIntent(tuple(plan.wanted)))
    answer = yield Ask(
        {**commands, **rules_named(plan.desired.name).commands},
        changes=dict.fromkeys(commands, (change,)),
        before=plan.before,
    )
    after = [rule_as_dict(rule) for rule in _read_all(answer, plan.desired.name)["local"] if is_managed(rule)]
    if after != plan.wanted:
        raise _unproven(plan, after, "; ".join(filter(None, (answer[name].text.strip() for name in commands))))


def _unproven(plan: _Plan, after: list[dict[str, Any]], said: str) -> HostError:
    return HostError(
        f"netsh ran to {'write' if plan.wanted else 'delete'} the rule, but the store does not show it"
        + (f"; output: {said}" if said else "")
        + ". Check that the account is elevated and the service mpssvc is running",
        before=plan.before,
        after=after,
        wanted=plan.wanted,
        raw_before=plan.raw_before,
    )


def add_command(desired: RuleSpec) -> Command:
    """The command that adds a rule as requested."""
    return netsh.add_rule(
        name=desired.name,
        direction="out",
        action="allow",
        program=desired.program or None,
        service=desired.service or None,
        description=desired.description or None,
        enabled=desired.enabled,
        profiles=desired.profiles or ("any",),
        protocol=desired.protocol,
        remote_ports=desired.remote_ports,
        remote_addresses=[as_sent(address) for address in desired.remote_addresses],
    )
