"""Windows Firewall: the rules and defaults that decide for a program, and allow rules of our own.

Three stores: local, group policy, MDM ([MS-GPFAS]; MDM likely). Stores can hold hundreds of thousands of rules, so they
are filtered on the host. Rules that others wrote are reported and never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from ..._windows import environment, registry, services
from ..._windows.cmdline import LINE_LIMIT, Command, Outcome
from ..._windows.environment import STANDARD, UnknownVariable, expand
from ..._windows.firewall_rule import FirewallRule, RuleError
from ..._windows.firewall_verdict import (
    PROFILES,
    ProfileState,
    StoredRule,
    Verdict,
    blocks_by_default,
    ignores_local,
    verdict,
)
from ..._windows.reading import Reading
from ..._windows.text import tool_text, whole_number
from ..operation import (
    DEFAULT_MAX_BYTES,
    Ask,
    Fact,
    Operation,
    Refused,
    facts,
    is_lost,
    readable,
    understood,
    unknown,
    values,
    was_found,
)

LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
MDM = LOCAL + r"\Mdm"
STORES = {"local": LOCAL, "policy": POLICY, "mdm": MDM}
PROFILE_KEYS = {
    "domain": ("DomainProfile",),
    "private": ("PrivateProfile", "StandardProfile"),
    "public": ("PublicProfile",),
}
"""Profile -> its keys, asked in this order, value by value. The local store says StandardProfile for private; a policy
says either, and has DefaultOutboundAction below PrivateProfile only ([MS-GPFAS] 2.2.3.13: sure)."""

ROOTS = (r"HKLM\SOFTWARE\Policies\Microsoft", *STORES.values())
"""The keys that show which of the others exist."""
STOPPED: Final = "firewall.stopped"
RUNS: Final = "firewall.service"
SERVICE: Final = "mpssvc"
"""Windows Defender Firewall, which Microsoft does not support to be stopped (Microsoft Learn, Windows Firewall tools:
*sure*)."""
FINDSTR: Final = Command("findstr x <nul").reading(Reading("findstr", "the program findstr"))
"""Finds nothing and ends with 1. At the end of a pipe a findstr.exe that is refused or missing ends with 1 too, since
cmd.exe starts each side in a cmd.exe of its own (Wine's tests; the exit code recalled); alone it ends with 9009."""


_RULES: Final = tuple(f"{key}\\FirewallRules" for key in STORES.values())
_STORE_OF: Final = dict(zip(map(registry.long_path, _RULES), STORES, strict=True))
FILTERED: Final = "firewall.rules."
"""How the names of commands begin that show the rules of all stores, filtered."""
WHOLE: Final = "firewall.whole"
BLOCKS: Final = ".rules.block"
"""How the names of commands end that show what blocks, also where findstr does not carry it: so a long block rule is
seen. Where there are too many of them, nothing is lost, since `WHOLE` says whether anything is missing elsewhere."""
LONGEST_CERTAIN: Final = LINE_LIMIT - 256
"""Bytes of a rule that findstr carries for certain, with the name of its value before it."""


@dataclass(frozen=True)
class Subject:
    """Whom a verdict is for."""

    program: str
    """Full path of the executable."""
    service: str
    """Short service name, empty for a program that is no service."""
    port: int
    protocol: int = 6
    """IANA number: 6 TCP, 17 UDP."""

    def validated(self) -> Self:
        """The subject itself; raises Refused for what cannot be meant, in the words of the module's options."""
        if not 1 <= self.port <= 65535:
            raise Refused(f"remote_port: {self.port} is not between 1 and 65535")
        try:
            expand(self.program)
        except UnknownVariable as unknown:
            raise Refused(f"program: {unknown}; give the full path without variables") from unknown
        return self


@dataclass(frozen=True)
class State:
    """Profile states and the rules that may concern the subjects asked for."""

    profiles: Mapping[str, Mapping[str, ProfileState]]
    """Store -> profile -> state."""
    rules: tuple[StoredRule, ...]
    unreadable: tuple[str, ...]
    """Values that are no rule string; Windows ignores those that do not start with a version."""
    too_large: bool
    """The rules did not fit in the allowed size: the verdict is unknown."""
    incomplete: str = ""
    """Why there may be more rules than these, so that only what they block for certain is known; empty: there are none
    more."""
    service_running: bool | None = None
    """Whether the firewall's service runs: where it does not, nothing tells what the stored rules do."""

    @property
    def ignores_local(self) -> bool | None:
        """See `firewall_verdict.ignores_local`."""
        return ignores_local(self.profiles)

    @property
    def blocks_by_default(self) -> bool:
        """See `firewall_verdict.blocks_by_default`."""
        return blocks_by_default(self.profiles)


@dataclass(frozen=True)
class Decision:
    """What the firewall says of a subject."""

    program: str
    service: str
    port: int
    protocol: int
    verdict: str
    """`allowed`, `blocked`, `depends_on_profile` or `unknown`."""
    profiles: Mapping[str, Verdict]


def _filters(subjects: Sequence[Subject]) -> dict[str, list[tuple[tuple[str, ...], bool]]]:
    """findstr passes by name: rules of the programs and services asked for, and rules that name neither."""
    wanted: list[str] = []
    for subject in subjects:
        executable = subject.program.rpartition("\\")[2]
        if executable.lower() != "svchost.exe":
            wanted.append(f"{executable}|")
        if subject.service:
            wanted.append(f"|Svc={subject.service}|")
    if any(subject.service for subject in subjects):
        wanted.append("|Svc=*|")
    filters: dict[str, list[tuple[tuple[str, ...], bool]]] = {
        "any_service": [(("|Dir=Out|",), False), (("svchost.exe|",), False), (("|Svc=",), True)],
        "general": [(("|Dir=Out|",), False), (("|App=", "|Svc=", "|AppPkgId=", "|PFN="), True)],
    }
    if wanted:
        filters["named"] = [(("|Dir=Out|",), False), (tuple(dict.fromkeys(wanted)), False)]
    return filters


def lines_counted(keys: Sequence[str]) -> Command:
    """Whether findstr loses lines of these keys' values; read it with `lines_lost`.

    Two numbers: all lines that reg prints, and those that findstr carries and that have one of reg's shapes: a value, a
    head line, nothing. findstr drops a line of about 8,191 bytes and more on a pipe, maybe with an error message
    (published reports: likely; the number recalled), and a value may go on in lines of which a filter keeps the first
    only. find counts (The Old New Thing, 2011-08-25: sure).
    """
    printed = Command("& ".join(registry.query_alone(key).text for key in keys), compound=True)
    shaped = printed.matching(*registry.SHAPES)
    return Command("& ".join(command.text for command in (printed.counted(), shaped.counted())), compound=True)


def lines_lost(outcome: Outcome) -> str:
    """Why a filter may have lost rules; empty where it is proven that it lost nothing."""
    lines = [line.strip() for line in tool_text(outcome.output).split("\n") if line.strip()]
    printed, kept = map(whole_number, lines) if len(lines) == 2 else (None, None)
    if printed is None or kept is None:
        return "the lines of the firewall's rules could not be counted, so the filter may have lost some"
    if printed == kept:
        return ""
    return (
        f"findstr lost lines of the firewall's rules ({abs(printed - kept)}), which are too long for it on a pipe or "
        "have line ends in them, so it is unknown what these rules say"
    )


def rules_for(subjects: Sequence[Subject], most: int = DEFAULT_MAX_BYTES) -> Fact[State]:
    """Profile states and the rules that concern `subjects`; where one command cannot be read: `too_large`.

    Ask it last in a line: its output alone can pass the allowed size. `most`: bytes of rules, of which a store may hold
    hundreds of thousands.
    """
    keys = [f"{key}\\{name}" for key in STORES.values() for names in PROFILE_KEYS.values() for name in names]
    commands = {"firewall.profiles": registry.query_all([*ROOTS, *keys])}
    commands[RUNS] = services.query(SERVICE)
    commands["firewall.findstr"] = FINDSTR
    commands[WHOLE] = lines_counted(_RULES)
    for name, passes in _filters(subjects).items():
        commands[f"{FILTERED}{name}"] = registry.query_filtered(_RULES, passes, most)
    for store, key in (("local", LOCAL), ("policy", POLICY)):
        blocks = registry.query_alone(f"{key}\\FirewallRules").up_to(registry.LARGE)
        commands[f"firewall.{store}{BLOCKS}"] = blocks.with_text("|Action=Block|").with_text("|Dir=Out|")
    return Fact(commands, _parse)


def _parse(outcomes: Mapping[str, Outcome]) -> State:
    outcomes, unread = readable(outcomes)
    too_large = leaves_open(unread)
    asked = outcomes["firewall.profiles"]
    keys = {key.path.lower(): key for key in registry.parse(asked.output)}
    profiles = {
        store: {
            profile: _profile(
                asked, [keys[path] for name in names if (path := registry.long_path(f"{root}\\{name}")) in keys]
            )
            for profile, names in PROFILE_KEYS.items()
        }
        for store, root in STORES.items()
    }
    was_found(outcomes["firewall.findstr"])
    rules: dict[tuple[str, str], StoredRule] = {}
    unreadable = []
    lost = "" if WHOLE in unread else lines_lost(outcomes[WHOLE])
    incomplete = [lost] if lost else []
    for name, outcome in outcomes.items():
        by_find = name.endswith(BLOCKS)
        if not (by_find or name.startswith(FILTERED)):
            continue
        was_found(outcome)
        for key in registry.parse(outcome.output):
            store = name.split(".")[1] if by_find else _STORE_OF.get(key.path.lower(), "")
            if not store and not key.path.lower().startswith(tuple(f"{one}\\" for one in _STORE_OF)):
                incomplete.append(f"what was printed of the firewall's rules is not understood: {key.path[:80]!a}")
            for value in key.values.values():
                try:
                    rule = _rule(value, by_find=by_find)
                    rules[store, value.name] = StoredRule(store, value.name, rule)
                except RuleError as error:
                    if not error.position:
                        unreadable.append(value.name)
                        continue
                    incomplete.append(f"the rule {value.name} of the {store} store is not understood: {error}")
    return State(
        profiles,
        tuple(rules.values()),
        tuple(sorted(set(unreadable))),
        too_large,
        next(iter(incomplete), ""),
        _running(outcomes[RUNS]),
    )


def _running(outcome: Outcome) -> bool | None:
    """Whether the service runs; a service that does not exist does not."""
    if outcome.exit_code == services.NO_SUCH_SERVICE:
        return False
    state = services.parse_state(outcome.output) if outcome.ok else None
    return None if state is None else state.state == services.RUNNING


def stopped(state: State) -> dict[str, str]:
    """Why no verdict is known although everything was read, by a name of its own; empty where that is not so."""
    if state.service_running is not False:
        return {}
    return {
        STOPPED: f"the firewall's service ({SERVICE}) is not running, so it is not known what the stored rules do. "
        "Start it; netsh cannot change rules until it runs"
    }


def decisive(reasons: Mapping[str, str]) -> dict[str, str]:
    """Those of what is not known that leave something open."""
    return {name: why for name, why in reasons.items() if not name.endswith(BLOCKS)}


def leaves_open(reasons: Mapping[str, str]) -> bool:
    """Whether the verdicts are open with what is not known. Where an account may not ask for the service, as those
    without elevation may not, what is stored counts: Windows does not support that it is stopped."""
    return any(name.startswith("firewall.") and name != RUNS for name in decisive(reasons))


def _rule(value: registry.Value, by_find: bool) -> FirewallRule:
    """A rule as stored, which ends in a bar ([MS-GPFAS] 2.2.2.19: sure). Raises RuleError: at position 0 for what
    Windows ignores."""
    if value.problem or not isinstance(value.data, str):
        raise RuleError(1, value.problem or f"it is a {value.type}")
    rule = FirewallRule.parse(value.data)
    if not value.data.endswith("|"):
        raise RuleError(len(value.data), "it may go on in another line")
    if not by_find and len(value.data.encode("utf-8", "replace")) > LONGEST_CERTAIN:
        raise RuleError(LONGEST_CERTAIN, "it may be cut here")
    return rule


def _profile(outcome: Outcome, keys: Sequence[registry.Key]) -> ProfileState:
    def of(name: str) -> int | None:
        key = next((key for key in keys if key.get(name) is not None), None)
        stored = key.get(name) if key is not None else None
        if key is None or stored is None:
            return None
        if isinstance(stored.data, int) and not stored.problem and stored.data in (0, 1):
            return stored.data
        what = f"its number is {stored.data}" if isinstance(stored.data, int) else f"it is a {stored.type}"
        values.reject(outcome, name, stored.problem or what, key.path)
        return None

    return ProfileState(of("EnableFirewall"), of("DefaultOutboundAction"), of("AllowLocalPolicyMerge"))


def judge(state: State, subject: Subject, variables: Mapping[str, str] = STANDARD) -> dict[str, Verdict] | None:
    """The verdict in each profile; None where the rules did not fit in the allowed size, the path is not known, or the
    firewall's service does not run.

    `variables` of the host, by lower-case name (`environment.of`).
    """
    if state.too_large or state.service_running is False:
        return None
    try:
        found = verdict(
            state.rules,
            state.profiles,
            program=subject.program,
            service=subject.service,
            protocol=subject.protocol,
            port=subject.port,
            environment=variables,
        )
    except UnknownVariable:
        return None
    return {profile: _as_far_as_known(one, state) for profile, one in found.items()}


def _as_far_as_known(one: Verdict, state: State) -> Verdict:
    """A verdict where there may be more rules: an explicit block and a firewall that is off stand whatever they say."""
    blocked = one.decided_by == "rule" and one.allowed is False
    stands = not state.incomplete or one.decided_by == "firewall_off" or blocked
    return one if stands else replace(one, allowed=None, reason=state.incomplete)


def summary(verdicts: Mapping[str, Verdict] | None) -> str:
    """`allowed`, `blocked`, `depends_on_profile` or `unknown`."""
    if verdicts is None or any(one.allowed is None for one in verdicts.values()):
        return "unknown"
    answers = {one.allowed for one in verdicts.values()}
    if len(answers) > 1:
        return "depends_on_profile"
    return "allowed" if answers == {True} else "blocked"


def decide(state: State, subject: Subject, variables: Mapping[str, str] = STANDARD) -> Decision:
    """What the firewall says of a subject; `variables` as for `judge`."""
    verdicts = judge(state, subject, variables)
    return Decision(subject.program, subject.service, subject.port, subject.protocol, summary(verdicts), verdicts or {})


__all__ = ["PROFILES", "STORES", "Decision", "State", "Subject", "decide", "judge", "rules_for", "stopped", "summary"]


_ROOT: Final = Fact.of(
    "system.root",
    registry.query(environment.VERSION, "SystemRoot"),
    lambda outcome: values.folder(outcome, "SystemRoot"),
)
"""Where Windows lies; empty: not known."""


def firewall_info(subject: Subject, max_bytes: int) -> Operation[dict[str, Any]]:
    """Reads what decides for the subject and gives the verdict."""
    rules = rules_for([subject], most=max_bytes)
    fact = Fact({**_ROOT.commands, **rules.commands}, lambda outcomes: (_ROOT.parse(outcomes), rules.parse(outcomes)))
    answer = yield Ask(fact.commands, max_bytes=max_bytes, reads=True)
    (root, state), unread = understood(answer.outcomes, fact)
    unread = decisive(unread)
    state = replace(state, too_large=state.too_large or bool(unread.keys() - {RUNS}))
    decision = decide(state, subject, environment.of(root))
    if decision.verdict == unknown.UNKNOWN and state.incomplete:
        unread.setdefault(WHOLE, state.incomplete)
    return {
        "changed": False,
        **vars(decision),
        "rules_ignored": None if is_lost(unread, "firewall.profiles") else state.ignores_local,
        "service_running": state.service_running,
        "too_large": state.too_large,
        "unreadable": list(state.unreadable),
        "rules_considered": len(state.rules),
        "unknown": facts(
            unread | stopped(state),
            {**dict.fromkeys((*answer.outcomes, STOPPED), ("verdict",)), RUNS: ("service_running",)},
        ),
    }
