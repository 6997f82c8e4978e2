"""The filter diagnose: what it takes and what it keeps."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.windefend.maps.plugins.filter.diagnose import diagnose
from ansible_collections.windefend.maps.tests.support.broken_hosts import StateOf
from ansible_collections.windefend.maps.tests.support.collected_evidence import Collected


@pytest.fixture(scope="module")
def seen() -> tuple[dict[str, Any], dict[str, Any]]:
    """An assessment of a host whose proxy wants a password, and what endpoint_info returned there."""
    found = Collected().seen(StateOf("proxy_password"))
    return {**found.validation, "host": found.host}, dict(found.endpoints or {})


def test_probes_make_the_cause_sure(seen: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assessment, endpoints = seen
    before = diagnose(assessment)
    assert "endpoint_info" in before["probes"]
    assert before["confidence"] == "possible"
    after = diagnose(assessment, endpoints=endpoints)
    assert (after["cause"], after["confidence"]) == ("proxy_authentication", "likely")
    assert "endpoint_info" not in after["probes"]
    assert after["hresult"] == assessment["hresult"]


def test_what_was_given_once_is_kept(seen: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assessment, endpoints = seen
    once = diagnose(assessment, endpoints=endpoints)
    again = diagnose(once, language="ja")
    assert again["cause"] == "proxy_authentication"
    assert again["title"] == "プロキシが認証を要求する"


def test_a_message_gives_titles_and_no_ids(seen: tuple[dict[str, Any], dict[str, Any]]) -> None:
    found = diagnose(seen[0])
    assert found["also_possible"]
    assert "Also possible: " in found["diagnosis"]
    for cause in found["alternatives"]:
        assert cause not in found["diagnosis"]


@pytest.mark.parametrize("lost", [{"unreachable": True, "msg": "gone"}, {"failed": True, "msg": "no curl"}])
def test_a_result_without_a_host_comes_back_as_it_is(lost: dict[str, Any]) -> None:
    assert diagnose(lost, language="ja") == lost


@pytest.mark.parametrize("wrong", [None, "text", [], {}, {"host": {}}, {"host": None}])
def test_what_is_no_assessment_is_refused(wrong: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="maps_connection_info"):
        diagnose(wrong)


@pytest.mark.parametrize("language", ["", "de", None, 1])
def test_an_unknown_language_is_refused_by_name(language: Any, seen: tuple[dict[str, Any], dict[str, Any]]) -> None:
    with pytest.raises(AnsibleFilterError, match="language must be one of en, ja"):
        diagnose(seen[0], language=language)
