"""The page on connections leaves no way out that the client libraries know."""

from __future__ import annotations

import re

import pytest
import winrm
from ansible_collections.windefend.maps.docs.site import connections
from ansible_collections.windefend.maps.tests.support.connection_table import MATRIX, Refused, variants
from pypsrp.wsman import SUPPORTED_AUTHS

BY_SCHEME = {"plaintext": {"http"}, "ssl": {"https"}}
"""Names that are for one scheme."""


@pytest.mark.parametrize(
    ("connection", "known"),
    [("winrm", {*winrm.FEATURE_SUPPORTED_AUTHTYPES, "negotiate"}), ("psrp", set(SUPPORTED_AUTHS))],
)
def test_every_authentication_is_in_the_table(connection: str, known: set[str]) -> None:
    shown = {(authentication, scheme) for of, authentication, scheme in MATRIX if of == connection}
    assert shown == {(one, scheme) for one in known for scheme in BY_SCHEME.get(one, {"http", "https"})}


def test_every_refusal_says_what_to_do() -> None:
    """Its letter in a table leads to a line below it."""
    assert all(one.result.said for one in variants() if isinstance(one.result, Refused))
    for part in connections.PARTS.values():
        lines = list(part())
        letters = set(re.findall(r"refused (\(.\))", "\n".join(lines)))
        assert letters == {line[2:5] for line in lines if line.startswith("- (")}


def test_variants_are_told_apart_by_their_names() -> None:
    names = [one.name for one in variants()]
    assert len(set(names)) == len(names) > 100
