"""The hardening controls: the numbers of each edition restated, and what a finding makes of them."""

from __future__ import annotations

import re

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language import LANGUAGES
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.ownership.controls import (
    CONTROLS,
    Condition,
    speaking_of,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.ownership.hardening import described, names_of
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import faults

RESTATED = {
    # build, server: MAPS off, remote shells off
    (26100, False): ("CIS 18.10.43.5.2", "CIS 18.10.90.1"),
    (22631, False): ("CIS 18.10.42.5.2", "CIS 18.10.89.1"),
    (22621, False): ("CIS 18.10.43.5.2", "CIS 18.10.90.1"),
    (19045, False): ("CIS 18.10.42.5.2", "CIS 18.10.89.1"),
    (26100, True): ("CIS 18.10.43.5.2", "CIS 18.10.90.1"),
    (20348, True): ("CIS 18.10.43.5.2", "CIS 18.10.90.1"),
    (17763, True): ("CIS 18.10.42.5.2", "CIS 18.10.89.1"),
    (14393, True): ("CIS 18.10.42.3.2", "CIS 18.10.89.1"),
}


@pytest.mark.parametrize(("host", "numbers"), RESTATED.items())
def test_the_controls_are_those_of_their_editions(host: tuple[int, bool], numbers: tuple[str, str]) -> None:
    for condition, number in zip((Condition.MAPS_OFF, Condition.NO_REMOTE_SHELL), numbers, strict=True):
        found = [one for one in speaking_of(condition, *host) if one.id.startswith("CIS")]
        assert [one.id for one in found] == [number]
        assert found[0].demands
        assert found[0].level == "L2"


def test_each_line_has_its_source_and_what_it_asks_for() -> None:
    for one in CONTROLS:
        assert one.source
        assert one.edition
        assert one.setting
        assert one.confidence in ("sure", "likely", "recalled")
        assert re.match(r"(CIS \d+(\.\d+)+|STIG V-\d{6}|BSI SiSyPHuS \d+|Automatic Root)", one.id), one.id
    assert {one.condition for one in CONTROLS} == set(Condition)


def test_a_host_that_no_edition_is_for_gets_all_of_them() -> None:
    assert len(speaking_of(Condition.MAPS_OFF, 12345, None)) == len(speaking_of(Condition.MAPS_OFF))
    assert "CIS 18.10.43.5.2 (L2)" in names_of(Condition.MAPS_OFF, 0, None)


def test_a_stig_asks_for_maps_and_speaks_for_the_exception() -> None:
    text = described(Condition.MAPS_OFF, 20348, server=True).exception_request
    asked, _unused, contrary = text.partition("In favor of the exception:")
    assert "CIS 18.10.43.5.2 (L2) of CIS Microsoft Windows Server 2022, v4.0.0" in asked
    assert "V-213434" not in asked
    assert "V-213434" in contrary
    assert "SpynetReporting = 0" in asked
    assert "SpynetReporting 2" in asked


def test_nobody_asks_for_outbound_block() -> None:
    found = described(Condition.OUTBOUND_BLOCK, 20348, server=True)
    assert names_of(Condition.OUTBOUND_BLOCK, 20348, True) == ""
    assert not any(one["demands"] for one in found.controls)
    assert found.exception_request.startswith("Change requested: no CIS, STIG or BSI control")
    assert "V-241993" in found.exception_request


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("condition", Condition)
def test_each_condition_has_a_text_to_paste(condition: Condition, language: str) -> None:
    found = described(condition, 0, None, language)
    assert found.breaks in found.exception_request
    assert "{" not in found.exception_request.replace("{GUID}", "")
    assert (re.search(r"[\u3041-\u30ff]", found.exception_request) is not None) is (language == "ja")
    assert "\\\\" not in found.exception_request


def test_the_message_on_remote_shells_names_the_controls_of_the_table() -> None:
    """A7: no host can be read that allows no shells, so the message of the connection names the control."""
    text = faults.FAULTS[faults.SHELLS_SWITCHED_OFF].text
    for one in speaking_of(Condition.NO_REMOTE_SHELL):
        assert one.id.rpartition(" ")[2] in text
