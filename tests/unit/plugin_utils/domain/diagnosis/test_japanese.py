"""In Japanese every sentence of a result is Japanese: diagnosis, plan, outcome, and why a route takes which proxy."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import Validation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language import proxies
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import AssessmentRequest, assess
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.remediation import PromptHost, repair
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.scenarios import SCENARIOS, Cause, Outcome

ENGLISH = re.compile(r"\b[A-Za-z][a-z]*(?:[,;:]? [a-z]+){3,}\b")
"""Four words and more in a row, all but the first in small letters."""
NAMED = re.compile(r"'[^']*'|netsh wfp show netevents")
"""Names that somebody else gave, and a command."""
NOT_SAID = frozenset(
    {
        *("output", "sources", "controls", "hresult_meaning"),  # what others said and wrote
        *(
            "host",
            "probed",
            "standing",
            "unknown",
            "state",
            "before",
            "after",
            "detail",
        ),  # facts, of which routes are taken out
    }
)
"""Data that is not in the language of the result."""
REACHED = [
    name
    for name, one in SCENARIOS.items()
    if one.expect.outcome is not Outcome.UNREACHABLE
    and one.expect.cause not in (Cause.REGISTRY_TOOLS_DISABLED, Cause.AUTORUN)
]


def english(value: Any, path: str = "") -> Iterator[str]:
    """Every text with an English sentence in it, with its place."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name not in NOT_SAID:
                yield from english(one, f"{path}.{name}")
    elif isinstance(value, (list, tuple)):
        for number, one in enumerate(value):
            yield from english(one, f"{path}[{number}]")
    elif isinstance(value, str) and ENGLISH.search(NAMED.sub("", value)):
        yield f"{path}: {value}"


def assessed(name: str, language: str, passive: bool = False) -> dict[str, Any]:
    how = Validation("auto", 60.0, RunIdentity("run", time.time()))
    found = run_operation(
        SimulatedHost(machine(name)), assess(AssessmentRequest(how, language=language, passive=passive))
    )
    return {**found, "routes": found["host"]["proxy"]["routes"]}


def test_english_is_found_where_it_is() -> None:
    """Else the other tests could not fail."""
    found = list(english(assessed("crl_blocked", "en")))
    assert {re.split(r"[\[:]", one)[0] for one in found} >= {".explanation", ".solutions", ".causes", ".routes"}
    assert list(english({"text": "MAPS に接続できます。 reg delete HKLM /v X"})) == []


@pytest.mark.parametrize("name", REACHED)
@pytest.mark.parametrize("passive", [False, True], ids=["asked", "passive"])
def test_no_sentence_of_an_assessment_is_english(name: str, passive: bool) -> None:
    found = assessed(name, "ja", passive)
    assert list(english(found)) == []
    assert [row["route"] for row in found["routes"]] == ["maps", "revocation_lists", "windows_update", "sensor"]
    assert all(re.search(r"[\u3041-\u30ff\u4e00-\u9fff]", row["reason"]) for row in found["routes"])


ALL_WORDS = sorted(name for name in proxies.PROXIES if name.startswith("route_"))


@pytest.mark.parametrize("name", ALL_WORDS)
def test_every_sentence_of_the_table_of_routes_is_translated(name: str) -> None:
    text = proxies.PROXIES[name]
    assert not ENGLISH.search(text.ja), text.ja
    assert text.en != text.ja


@pytest.mark.parametrize("name", REACHED)
def test_no_sentence_of_a_repair_is_english(name: str) -> None:
    variables = {"language": "ja", **SCENARIOS[name].variables}
    found = repair(PromptHost(machine(name)), variables)
    assert list(english(found["report"])) == []
    for when in ("before", "after"):
        assert list(english(found["report"][when])) == []
