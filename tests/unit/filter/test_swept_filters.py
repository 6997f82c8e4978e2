"""The filters that read a sweep: its facts as a mapping or as JSON, and what is no sweep at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.windefend.maps.plugins.filter.swept import (
    hosts_needing_follow_up,
    settled_reports,
    swept_result,
)

DETAILS = {"host": {"proxy": {"winhttp": {"https": "プロキシ:8080 {{ x }}", "problem": None}}}, "run_as": "current"}
INLINE = {"changed": False, "connected": True, "probes": []}
RESULT = {**INLINE, **DETAILS}
AS_JSON = {**INLINE, "details": json.dumps(DETAILS)}
NOTHING_THERE = {"changed": False, "unreachable": True, "msg": "no"}


@pytest.mark.parametrize("given", [RESULT, AS_JSON], ids=["mapping", "json"])
def test_one_result_with_its_details(given: dict[str, Any]) -> None:
    before = dict(given)
    assert swept_result(given) == RESULT
    assert given == before


def test_a_host_that_was_not_read_stays_as_it_is() -> None:
    assert swept_result(NOTHING_THERE) == NOTHING_THERE


@pytest.mark.parametrize("result", ["pc", None, *({**INLINE, "details": one} for one in ("{", "[]", None, {}))])
def test_what_is_no_result_is_refused_by_name(result: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"swept_result.*windefend\.maps\.sweep"):
        swept_result(result)


@pytest.mark.parametrize("given", [RESULT, AS_JSON], ids=["mapping", "json"])
def test_who_wants_a_look_does_not_depend_on_how_details_are_given(given: dict[str, Any]) -> None:
    swept = {"pc": given, "asks": {**given, "probes": ["root_update"]}, "down": NOTHING_THERE}
    assert hosts_needing_follow_up(swept) == ["asks", "down"]
    assert hosts_needing_follow_up(swept, probe=False) == ["down"]


@pytest.mark.parametrize("swept", [None, [], {"pc": "text"}])
def test_what_is_no_sweep_is_refused(swept: Any) -> None:
    for one in (hosts_needing_follow_up, settled_reports):
        with pytest.raises(AnsibleFilterError, match=one.__name__):
            one(swept)
