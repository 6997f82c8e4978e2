"""The self-check on the Wine host shows where Wine differs from Windows."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.integration.test_self_check import states
from ansible_collections.windefend.maps.tests.wine.test_modules import Ansible, ansible

__all__ = ["ansible"]

pytestmark = [pytest.mark.wine, pytest.mark.usefixtures("clean")]

DIFFERENT = {"errorlevel_reset", "chain_stops"}
"""`ver>nul` does not reset errorlevel, and `&&` runs what follows in any case (docs/wine.md)."""


def test_the_differences_of_wine_are_found(ansible: Ansible) -> None:
    found = states(ansible.play({"it": {"windefend.maps.self_check": {}}}).of("it"))
    assert {"registry_format", "registry_absent", "errorlevel_later"} <= {one for one in found if found[one] == "held"}
    assert {one for one, state in found.items() if state == "not_held"} >= DIFFERENT
