"""`netsh advfirewall firewall`: add, delete, set and show rules of the machine's own store.

Names compare without regard to case, several rules may have one name, and `name=all` means every rule (sure: the tool's
own help, published captures). Rules of Group Policy and MDM are out of its reach ([MS-GPFAS]).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...machine import firewall
from ...machine.firewall_rule import Rule
from ..process import Process
from . import rule_options as options_
from .show_rules import block
from .words import BadArgument, needs_elevation, not_found, pairs, pick, refuse

Found = list[tuple[str, Rule]]


def run(process: Process, words: Sequence[str]) -> int:
    """Runs `netsh advfirewall firewall WORDS`; returns the exit code."""
    verb = pick(words[0], COMMANDS) if words else None
    if verb is None or len(words) < 2 or pick(words[1], ("rule",)) is None:
        process.unknown("netsh advfirewall firewall " + " ".join(words))
        return not_found(process, ("advfirewall", "firewall", *words))
    try:
        return COMMANDS[verb](process, words[2:])
    except BadArgument as refusal:
        return refuse(process, refusal, "usage_add_rule" if verb == "add" else "")


def _tagged(process: Process, words: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """`name=value` pairs; a word without `=` is refused."""
    for word in words:
        if "=" not in word:
            raise BadArgument("bad_argument", word=word)
    found = pairs(words, names)
    for name, simulated in options_.UNSIMULATED.items():
        if name in found and found[name].lower() not in simulated:
            process.unknown(f"netsh advfirewall firewall {name}={found[name]}")
    return found


def _add(process: Process, words: Sequence[str]) -> int:
    given = _tagged(process, words, options_.OPTIONS)
    if not {"name", "dir", "action"} <= set(given):
        raise BadArgument("missing")
    fields = options_.fields({"enable": "yes", **given})
    protocol = dict(fields).get("Protocol", "")
    options_.check(given, protocol, outbound=given["dir"].lower() == "out")
    if not process.token.elevated:
        return needs_elevation(process)
    version = firewall.rule_version(process.machine.os.build)
    if version >= "v2.33":
        # Rules that netsh wrote there carry both, even empty (likely: one published export).
        fields += [(key, "") for key in ("Desc", "EmbedCtxt") if key not in dict(fields)]
    firewall.add_rule(process.machine, Rule.build(version, options_.ordered(fields)))
    process.write(process.message("netsh.ok"))
    return 0


def _delete(process: Process, words: Sequence[str]) -> int:
    found = _select(process, _tagged(process, words, options_.SELECTORS))
    if not process.token.elevated:
        return needs_elevation(process)
    if not found:
        return _no_match(process)
    for value, _unused in found:
        process.machine.registry.delete_value(f"{firewall.LOCAL_KEY}\\FirewallRules", value)
    process.write(process.message("netsh.deleted", count=len(found)))
    process.write(process.message("netsh.ok"))
    return 0


def _set(process: Process, words: Sequence[str]) -> int:
    at = next((number for number, word in enumerate(words) if word.lower() == "new"), None)
    if at is None:
        raise BadArgument("missing")
    changes = _tagged(process, words[at + 1 :], options_.OPTIONS)
    found = _select(process, _tagged(process, words[:at], ("group", *options_.SELECTORS)))
    if not changes:
        raise BadArgument("missing")
    fields = options_.fields(changes)
    if not process.token.elevated:
        return needs_elevation(process)
    if not found:
        return _no_match(process)
    changed = [(value, _changed(rule, changes, fields)) for value, rule in found]
    for value, rule in changed:
        process.machine.registry.set_text(f"{firewall.LOCAL_KEY}\\FirewallRules", value, rule.text)
    process.write(process.message("netsh.updated", count=len(changed)))
    process.write(process.message("netsh.ok"))
    return 0


def _changed(rule: Rule, changes: Mapping[str, str], fields: options_.Fields) -> Rule:
    """The rule with new fields in place of those that the same options stood for."""
    protocol = dict(fields).get("Protocol", "") if "protocol" in changes else rule.first("Protocol")
    outbound = changes.get("dir", rule.first("Dir")).lower() == "out"
    options_.check(changes, protocol, outbound)
    gone = {key.lower() for option in changes for key in options_.KEYS.get(option, ())}
    old = [part.partition("=") for part in rule.parts if part]
    kept = [(key, value) for key, equals, value in old if equals and key.lower() not in gone]
    tail = tuple(key for key, equals, _unused in old if not equals)
    built = Rule.build(rule.version, options_.ordered([*kept, *fields]))
    return Rule(built.version, (*built.parts[:-1], *tail, ""))


def _show(process: Process, words: Sequence[str]) -> int:
    verbose = any(word.lower() == "verbose" for word in words)
    plain = [word for word in words if word.lower() != "verbose"]
    names = (*options_.SELECTORS, "type", "status")
    given = _tagged(process, plain, names)
    for name in ("type", "status"):
        if name in given:
            process.unknown(f"netsh advfirewall firewall show rule {name}=")
    found = _select(process, {name: value for name, value in given.items() if name in options_.SELECTORS})
    if not found:
        return _no_match(process)
    process.write("".join(block(process, rule, verbose) for _unused, rule in found))
    process.write(process.message("netsh.ok"))
    return 0


def _no_match(process: Process) -> int:
    process.write(process.message("netsh.no_match"))
    return 1


def _select(process: Process, given: Mapping[str, str]) -> Found:
    """The rules that all given options describe. Raises BadArgument where neither name nor group is given."""
    if not given.get("name") and not given.get("group"):
        raise BadArgument("missing")
    name = given.get("name", "all").lower()
    narrowing = {option: value for option, value in given.items() if option != "name"}
    wanted = options_.fields(narrowing)
    return [
        (value, rule)
        for value, rule in firewall.rules(process.machine)
        if name in ("all", rule.name.lower()) and _is_described(rule, narrowing, wanted)
    ]


def _is_described(rule: Rule, given: Mapping[str, str], wanted: options_.Fields) -> bool:
    for option in given:
        keys = options_.KEYS[option]
        mine = sorted(value.lower() for value in rule.every(*keys))
        theirs = sorted(value.lower() for key, value in wanted if key in keys)
        if option == "profile":
            mine, theirs = (sorted({profile.lower() for profile in values or ("domain", "private", "public")})
                            for values in (mine, theirs))  # fmt: skip
        if mine != theirs:
            return False
    return True


COMMANDS: dict[str, Callable[[Process, Sequence[str]], int]] = {
    "add": _add, "delete": _delete, "set": _set, "show": _show,
}  # fmt: skip
