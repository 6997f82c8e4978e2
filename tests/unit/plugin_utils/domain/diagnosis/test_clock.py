"""A clock that is not known, as over ssh, stays a cause."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.appraisal import appraise
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.explain import diagnose
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.from_results import observe
from ansible_collections.windefend.maps.tests.support.broken_hosts import StateOf
from ansible_collections.windefend.maps.tests.support.collected_evidence import Collected


def test_a_certificate_that_is_not_valid_yet_points_to_the_clock() -> None:
    seen = Collected().seen(StateOf(clock=False))
    dated = observe(seen.host, seen.validation, seen.endpoints, seen.root_update)
    assert diagnose(dated).cause == "clock_skew"
    found = diagnose(replace(dated, clock_skew=None))
    assert (found.cause, found.confidence) == ("clock_skew", "likely")
    assert "its clock could not be read" in " ".join(found.evidence)


def test_the_code_alone_leaves_the_clock_open() -> None:
    seen = Collected().seen(StateOf(inspection="untrusted"))
    dated = observe(seen.host, seen.validation, seen.endpoints, seen.root_update)
    assert appraise(dated)["clock_skew"].verdict == "excluded"
    undated = replace(dated, clock_skew=None, hresult=0x80072F8F)
    assert appraise(undated)["clock_skew"].verdict != "excluded"
    assert diagnose(undated).cause == diagnose(dated).cause == "tls_inspection"
