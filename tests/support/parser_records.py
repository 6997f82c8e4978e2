"""Readers of what a recording, a self-check and Defender's own settings are made of, with texts that are costly."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.windefend.maps.plugins.plugin_utils._domain import self_check
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import own_proxy, standing
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.self_check import run as self_check_run
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import recording

from .parser_reads import Everything, Read, after, of_answer
from .parser_texts import VALUES, Make, many

LINE = "echo #feedbeef& ver>nul& reg query HKLM\\A & call echo #feedbeef:0:%^errorlevel%"
WORDS = recording.Vocabulary.parse(["reg query hklm echo ver nul .microsoft.com"])


def of_recording(given: str) -> object:
    hide = recording.Placeholders(b"secret", WORDS, ("pc.corp.example", "192.0.2.7"))
    return recording.answers(LINE, given.encode("utf-8", "surrogatepass"), hide), hide.name(given)


def of_checks(given: str) -> object:
    held = {one.needs: {"state": self_check.HELD} for one in self_check.CHECKS.values()}
    return [self_check_run._judged(one, after(0)(given), held) for one in self_check.CHECKS.values()]


RECORD_PARSERS: Mapping[str, tuple[Read, tuple[Make, ...]]] = {
    "own_proxy.parse": (lambda given: own_proxy.STATE.parse(Everything(given)), VALUES),
    "recording.answers": (
        of_recording,
        (
            *(many("#feedbeef:0:0\r\n"), many("#feedbeef:1:"), many("a.b-"), many("1-2 "), many("0"), many("00 ")),
            *(many("S-1-5-"), many(":"), many("a@"), many("//"), many("0105000000000005150000"), many("pc.")),
        ),
    ),
    "self_check.judged": (of_checks, VALUES),
    "standing.interpret": (lambda given: standing.interpret(of_answer(given), 0.0), VALUES),
}
