"""The READMEs of thin roles say what their argument specs say."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.docs.site import role_readmes
from ansible_collections.windefend.maps.docs.site.pages import ROOT


@pytest.mark.parametrize("role", role_readmes.ROLES)
def test_a_readme_is_made_from_the_argument_spec(role: str) -> None:
    found = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    assert found == role_readmes.readme(role), "run python -m ansible_collections.windefend.maps.docs.site.role_readmes"


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("C(host:port) and V(absent)", "`host:port` and `absent`"),
        ("O(spynet_names) of M(windefend.maps.spynet)", "`spynet_names` of `windefend.maps.spynet`"),
        ("the role P(windefend.maps.report#role)", "the role [report](../report/README.md)"),
        ("C(netsh winhttp) (on newer builds) | none", "`netsh winhttp` (on newer builds) \\| none"),
    ],
)
def test_markup_becomes_markdown(text: str, markdown: str) -> None:
    assert role_readmes._markdown(text) == markdown


@pytest.mark.parametrize(
    ("option", "shown"),
    [
        ({}, ""),
        ({"default": ""}, ""),
        ({"default": False}, "`false`"),
        ({"default": ["a", "b"]}, '`["a", "b"]`'),
        ({"default": [{"name": "x" * 60}]}, "[defaults/main.yml](defaults/main.yml)"),
    ],
)
def test_a_default_is_shown_as_far_as_it_fits(option: dict[str, object], shown: str) -> None:
    assert role_readmes._default(option) == shown
