"""The list of public names is complete, and no name is gone that it promises."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.docs.site import public_names

COMMAND = "python -m ansible_collections.windefend.maps.docs.site.public_names"
TEXT = public_names.PAGE.read_text(encoding="utf-8")
CODE, LISTED = public_names.in_code(), public_names.on_page(TEXT)


def test_no_public_name_is_gone() -> None:
    gone = public_names.missing(LISTED, CODE)
    assert gone == [], "docs/public-names.md promises them: keep them, deprecated, until a major version"


def test_every_name_is_listed() -> None:
    assert public_names.missing(CODE, LISTED) == [], f"run {COMMAND}"
    assert public_names.written(TEXT) == TEXT, f"run {COMMAND}"


def test_every_table_has_names() -> None:
    assert LISTED.keys() == public_names.TABLES.keys()
    assert {"journal", "record", "winhttp_proxy"} <= LISTED["modules"]["maps_connection"][0]
    assert "outcome" in LISTED["modules"]["maps_connection"][1]
    assert "remediate_winhttp_proxy" in LISTED["roles"]["remediate"][0]


@pytest.mark.parametrize("name", ["`winhttp_proxy`, ", "| `spynet` |"])
def test_the_command_keeps_a_name_that_is_gone_from_the_code(name: str) -> None:
    """It is the page that has to be changed by hand."""
    assert name in TEXT
    renamed = TEXT.replace(name, name.replace("_proxy", "_old").replace("spynet", "old"), 1)
    kept = public_names.written(renamed)
    assert public_names.missing(public_names.on_page(kept), CODE)
    assert public_names.missing(CODE, public_names.on_page(kept)) == []
