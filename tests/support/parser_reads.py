"""How a reader of a host's bytes is given one text, wherever in an answer it may be."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import driver
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host, update_sources
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import (
    settings as defender_settings,
    signature_sources,
    signatures,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.detection import events as detection_events
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import (
    allow_rule,
    other_filters,
    verdict as firewall,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.host import subjects
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import (
    allowed as journal_allowed,
    states as journal_states,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import (
    places as operation_places,
    protocol as operation_protocol,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import capi2_log
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import stores as proxy_stores
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import (
    answered,
    bounded,
    http_answer,
    sealing,
    winrm,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import (
    answers,
    batch,
    cmdline,
    descriptors,
    eventlog,
    files,
    firewall_rule as rule_codec,
    firewall_verdict,
    mpcmdrun,
    netsh,
    registry,
    services,
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
    state = subjects.RULES.parse({name: Everything(given)[name] for name in subjects.RULES.commands})
    return [firewall.decide(state, subject) for subject in subjects.SUBJECTS]


def of_updates(given: str) -> object:
    """As the answer to each command, as a value of each name, and as what curl said."""
    head, names = "HKEY_LOCAL_MACHINE\\a\r\n    ", ("WUServer", "DOCacheHost", "Domain")
    texts = (given, *(f"{head}{name}    REG_SZ    {given}\r\n" for name in names))
    found = [update_sources.UPDATE_SOURCES.parse(Everything(text)) for text in texts]
    one = update_sources.UpdateSources("http://a", use_wu_server=True)
    fact = update_sources.asked(one, proxy_stores.STORES.parse(Everything("", 1)))
    return found, fact.parse({name: Everything(given)[name] for name in fact.commands})


def of_other_filters(given: str) -> object:
    fact = other_filters.other_filters_for(subjects.SUBJECTS[0])
    return fact.parse({name: Everything(given)[name] for name in fact.commands})


def of_sddl(given: str) -> object:
    access = descriptors.parse_shown(given.encode())
    return access.sids_with_access(descriptors.WRITING), access.granted("S-1-1-0", below=True)


def of_descriptor(given: str) -> object:
    data = (
        bytes.fromhex("0100048000000000000000000000000014000000")
        + b"\2\0\0\0\xff\xff\0\0"
        + given.encode("latin-1", "replace")
    )
    return descriptors.parse_binary(data).sids_with_access(1)


def of_split(given: str) -> object:
    """After the first mark of a line, and as the output of a command whose marks are in their turn."""
    commands = {str(number): cmdline.Command.of("ver") for number in range(20)}
    begun = b"#abcdefgh\r\n" + given.encode("utf-8", "surrogatepass")
    whole = batch.Batch({"0": commands["0"]}, "abcdefgh").split(begun + b"#abcdefgh:0:0\r\n")
    return whole, batch.Batch(commands, "abcdefgh").split(begun)


def of_lines(given: str) -> object:
    """A host's names become commands: as many lines as they need, and no more time than that."""
    commands = {name: cmdline.Command(f"rd {name[:60]}") for name in given.splitlines()[:4000]}
    return [batch.line for batch in driver._lines(operation_protocol.Ask(commands), commands)]


def of_head(given: str) -> object:
    return http_answer.read(io.BufferedReader(io.BytesIO(given.encode("latin-1", "replace"))))


def of_headers(given: str) -> object:
    """What libraries are given of an answer's headers."""
    head = f"HTTP/1.1 401 No\r\nWWW-Authenticate: {given}\r\nContent-Length: 0\r\n\r\n"
    answer = http_answer.read(io.BytesIO(head.encode("latin-1", "replace")))
    answered: Any = SimpleNamespace(_schemes=("negotiate", "kerberos"))
    return bounded._Answered._headers(answered, answer)


def undo(place: operation_places.Place, module: str, state: Callable[[str], Any], meant: Callable[[str], Any]) -> Read:
    return lambda given: journal_allowed.check(module, place, state(given), meant(given))


def of_place(place: operation_places.Place) -> Read:
    return lambda given: journal_states.handler_for(place).read(place, Everything(given))


def after(exit_code: int) -> Callable[[str], cmdline.Outcome]:
    return lambda given: Everything(given, exit_code).given


_PLACES = (r"HKLM\SOFTWARE\a", r"HKLM\SOFTWARE\a\b")
_ASKED = {
    "control": registry.query(answers.CONTROL),
    "reg": registry.query(_PLACES[1], "v1"),
    "service": registry.query(r"HKLM\SYSTEM\CurrentControlSet\Services\a"),
    "keys": registry.query_all(_PLACES),
    "filter": registry.query_filtered(_PLACES, [(("a",), False)], 1 << 20),
    "sc": services.query("a"),
    "dir": files.look_for("C:\\a\\b"),
    "netsh": netsh.show_advproxy(),
}


def of_answers(given: str) -> object:
    """Each command that reads, for which the host says the same, as an answer, a refusal and an error."""
    said = []
    for code in (0, 1, 5):
        outcomes = dict.fromkeys(_ASKED, after(code)(given))
        found = answers.judged(_ASKED, outcomes, given.encode("utf-8", "surrogatepass"))
        said.append(answers.why_nothing_was_read(_ASKED, outcomes, found))
    return said


def of_page(given: str) -> object:
    fields = (("content-type", "text/html"), ("server", given), ("www-authenticate", given))
    page = http_answer.Answer(401, fields, given.encode("utf-8", "surrogatepass"), False)
    return answered.is_wsman(page), answered.who_answered(page)


def of_events(given: str) -> object:
    events = eventlog.parse(given.encode("utf-8", "surrogatepass")).events
    found = detection_events.find(events, "a")
    everything = Everything(given)
    log = capi2_log.ENABLED.parse(everything), capi2_log._events(everything.given)
    return found.threat(), found.seen(), found.done(), log


def of_sources(given: str) -> object:
    """As the answer to each command, and as the text of the order and of the shares."""
    head, names = "HKEY_LOCAL_MACHINE\\a\r\n    ", ("FallbackOrder", "DefinitionUpdateFileSharesSources")
    texts = (given, *(f"{head}{name}    REG_SZ    {given}\r\n" for name in names))
    return [signature_sources.SOURCES.parse(Everything(text)).shown(1.0) for text in texts]


def of_update(outcome: cmdline.Outcome) -> operation_protocol.Operation[object]:
    versions = defender_settings.SIGNATURES.parse(Everything("", 1))
    return signatures._judged(
        versions, versions, signatures._Request("configured", "", {"would_use": ""}, 0.0), "a", outcome
    )


def of_mpcmdrun(given: str) -> object:
    """As what an update, a scan and a question for an exclusion print."""
    output = given.encode("utf-8", "surrogatepass")
    return mpcmdrun.parse_update(output), mpcmdrun.found_nothing(output), mpcmdrun.is_excluded(output)


def of_verdict(given: str) -> object:
    rule = rule_codec.FirewallRule.parse(given)
    stored = [firewall_verdict.StoredRule("local", "r", rule)]
    return firewall_verdict.verdict(
        stored, {}, program=r"C:\a.exe", service="WinDefend", port=443
    ), allow_rule.rule_as_dict(rule)


def of_sealing(given: str) -> object:
    context = SimpleNamespace(unwrap_winrm=lambda signature, data: data)
    seals = [sealing.Seal(context, protocol) for protocol in (sealing.PROTOCOL, sealing.CREDSSP)]
    return [seal.unwrap(given.encode("latin-1", "replace")) for seal in seals]


def refused(run: Callable[[], object]) -> object:
    """What ends in an error that says what was printed."""
    try:
        return run()
    except operation_protocol.HostError as error:
        return str(error)
