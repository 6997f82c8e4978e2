"""How a reader of a host's bytes is given one text, wherever in an answer it may be."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import driver
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import settings as defender_settings
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.detection import events as detection_events
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule, verdict as firewall
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import (
    allowed as journal_allowed,
    states as journal_states,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import (
    places as operation_places,
    protocol as operation_protocol,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import (
    bounded,
    http_answer,
    sealing,
    winrm,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import (
    cmdline,
    descriptors,
    eventlog,
    firewall_rule as rule_codec,
    firewall_verdict,
)

Read = Callable[[str], object]
PLUGINS = Path(winrm.__file__).parents[2]


class Everything(dict[str, cmdline.Outcome]):
    """Whatever is asked for, the same was answered."""

    def __init__(self, given: str, exit_code: int = 0) -> None:
        super().__init__()
        self.given = cmdline.Outcome(exit_code, given.encode("utf-8", "surrogatepass"))

    def __missing__(self, name: str) -> cmdline.Outcome:
        return self.given


def of_bytes(read: Callable[[bytes], object]) -> Read:
    return lambda given: read(given.encode("utf-8", "surrogatepass"))


def of_answer(given: str) -> operation_protocol.Answer:
    return operation_protocol.Answer(Everything(given), False, 0.0)


def of_host(given: str) -> object:
    outcomes = {name: Everything(given)[name] for name in host.HOST.commands}
    return host.interpret(operation_protocol.Answer(outcomes, False, 0.0)).shown


def of_defender(given: str) -> object:
    outcomes = {name: Everything(given)[name] for name in defender_settings.STATE.commands}
    return defender_settings.interpret(operation_protocol.Answer(outcomes, False, 0.0), 0.0)


def of_rules(given: str) -> object:
    state = host.RULES.parse({name: Everything(given)[name] for name in host.RULES.commands})
    return [firewall.decide(state, subject) for subject in host.SUBJECTS]


def of_sddl(given: str) -> object:
    access = descriptors.parse_shown(given.encode())
    return access.holding(descriptors.WRITING), access.granted("S-1-1-0", below=True)


def of_descriptor(given: str) -> object:
    data = (
        bytes.fromhex("0100048000000000000000000000000014000000")
        + b"\2\0\0\0\xff\xff\0\0"
        + given.encode("latin-1", "replace")
    )
    return descriptors.parse_binary(data).holding(1)


def of_split(given: str) -> object:
    commands = {str(number): cmdline.Command.of("ver") for number in range(20)}
    return cmdline.Batch(commands, "abcdefgh").split(b"#abcdefgh\r\n" + given.encode("utf-8", "surrogatepass"))


def of_lines(given: str) -> object:
    """A host's names become commands: as many lines as they need, and no more time than that."""
    commands = {name: cmdline.Command(f"rd {name[:60]}") for name in given.splitlines()[:4000]}
    return [batch.line for batch in driver._lines(operation_protocol.Ask(commands), commands)]


def of_head(given: str) -> object:
    return http_answer.read(io.BytesIO(given.encode("latin-1", "replace")))


def of_headers(given: str) -> object:
    """What libraries are given of an answer's headers."""
    head = f"HTTP/1.1 401 No\r\nWWW-Authenticate: {given}\r\nContent-Length: 0\r\n\r\n"
    answer = http_answer.read(io.BytesIO(head.encode("latin-1", "replace")))
    answered: Any = SimpleNamespace(_schemes=("negotiate", "kerberos"))
    return bounded._Answered._headers(answered, answer)


def undo(place: operation_places.Place, module: str, state: Callable[[str], Any], meant: Callable[[str], Any]) -> Read:
    return lambda given: journal_allowed.check(module, place, state(given), meant(given))


def of_place(place: operation_places.Place) -> Read:
    return lambda given: journal_states.handler(place).read(place, Everything(given))


def after(exit_code: int) -> Callable[[str], cmdline.Outcome]:
    return lambda given: Everything(given, exit_code).given


def of_events(given: str) -> object:
    found = detection_events.find(eventlog.parse(given.encode("utf-8", "surrogatepass")).events, "a")
    return found.threat(), found.seen(), found.done()


def of_verdict(given: str) -> object:
    rule = rule_codec.FirewallRule.parse(given)
    stored = [firewall_verdict.StoredRule("local", "r", rule)]
    return firewall_verdict.verdict(stored, {}, program=r"C:\a.exe", service="WinDefend", port=443), allow_rule.shown(
        rule
    )


def of_sealing(given: str) -> object:
    seal = object.__new__(sealing.Seal)
    seal._context = SimpleNamespace(unwrap=lambda data: SimpleNamespace(data=data))
    return seal.unwrap(given.encode("latin-1", "replace"))


def refused(run: Callable[[], object]) -> object:
    """What ends in an error that says what was printed."""
    try:
        return run()
    except operation_protocol.DomainError as error:
        return str(error)
