"""The stores of a setting: which one is in force, who can have written it, and what undoes a change."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.ownership.stores import (
    Management,
    Value,
    owned,
    root_update_owner,
    winhttp_proxy_owner,
)

FREE = Management(False)
MAYBE = Management(False, None)


@pytest.mark.parametrize(
    ("platform", "in_use", "controlled"),
    [
        ("4.18.26060.3004-0", True, None),
        ("4.18.26070.1-0", True, None),
        ("4.19.1.0", True, None),
        ("4.18.26060.3003-0", True, False),
        ("4.18.9999.9999-0", True, False),
        ("4.18.26060.3004-0", False, False),
        ("4.18.26060.3004-0", None, None),
        ("", True, None),
        ("strange", True, None),
        ("", False, False),
    ],
)
def test_controlled_configuration_is_possible_by_platform_and_manager(
    platform: str, in_use: bool | None, controlled: bool | None
) -> None:
    """A5: group policy and local changes are ignored from platform 4.18.26060.3004 on, where the cloud manages it."""
    found = Management.of(platform, in_use, tamper_protection=None)
    assert (found.controlled, found.may_ignore_policy) == (controlled, controlled is None)


@pytest.mark.parametrize(
    ("stores", "own_first", "management", "in_force", "value"),
    [
        ({}, False, FREE, "none", None),
        ({"policy": 0, "policy_manager": 1, "own": 2}, False, FREE, "policy", 0),
        ({"policy_manager": 1, "own": 0}, False, FREE, "policy_manager", 1),
        ({"own": 0}, False, FREE, "own", 0),
        ({"policy": 0, "own": 2}, True, FREE, "own", 2),
        ({"policy": 0}, True, FREE, "policy", 0),
        ({"policy": 0, "policy_manager": 1}, False, MAYBE, "unknown", None),
        ({"policy": 1, "policy_manager": 1}, False, MAYBE, "policy", 1),
        ({"policy": 2}, False, MAYBE, "unknown", None),
        ({"policy_manager": 1, "own": 0}, False, MAYBE, "policy_manager", 1),
    ],
)
def test_which_store_is_in_force(
    stores: dict[str, Value], own_first: bool, management: Management, in_force: str, value: Value
) -> None:
    found = owned("Example", stores, management, own_first)
    assert (found.in_force, found.value) == (in_force, value)
    assert list(found.stores) == ["policy", "policy_manager", "own"]


@pytest.mark.parametrize(
    ("stores", "writer", "policy_owner"),
    [
        ({"policy": 0}, "group_policy", "policy"),
        ({"policy_manager": 0}, "intune", "policy_manager"),
        ({"own": 0}, "administrator", ""),
        ({}, None, ""),
    ],
)
def test_writers_are_those_who_can_have(stores: dict[str, Value], writer: str | None, policy_owner: str) -> None:
    found = owned("Example", stores, FREE)
    assert (next(iter(found.writers), None), found.policy_owner) == (writer, policy_owner)


def test_a_policy_that_lets_the_own_value_go_first_holds_it() -> None:
    assert owned("Example", {"own": 0}, FREE, own_first=True).policy_owner == "policy"


def test_what_undoes_a_change() -> None:
    assert owned("Example", {"own": 1}, FREE).undone_by == ()
    assert owned("Example", {"policy": 1, "policy_manager": 0}, Management(True, None)).undone_by == (
        "group_policy", "intune", "tamper_protection", "controlled_configuration",
    )  # fmt: skip
    assert owned("Example", {"policy": 1, "policy_manager": 0}, FREE).conflict


@pytest.mark.parametrize(
    ("policy", "machine", "in_force", "undone_by"),
    [
        (1, None, "policy", ("group_policy",)),
        (None, 1, "own", ()),
        (1, 1, "policy", ("group_policy",)),
        (0, 1, "unknown", ("group_policy",)),
        (None, None, "none", ()),
    ],
)
def test_who_owns_the_update_of_root_certificates(
    policy: Value, machine: Value, in_force: str, undone_by: tuple[str, ...]
) -> None:
    found = root_update_owner(policy, machine)
    assert (found.in_force, found.undone_by, found.setting) == (in_force, undone_by, "DisableRootAutoUpdate")
    assert found.writers == {"policy": ("group_policy", "administrator"), "own": ("administrator",)}.get(in_force, ())


def test_who_owns_the_winhttp_proxy() -> None:
    """KB 4494447: an item of Group Policy Preferences writes the value, and nothing that is stored says so."""
    found = winhttp_proxy_owner("proxy.corp.example:3128")
    assert (found.value, found.in_force, found.policy_owner) == ("proxy.corp.example:3128", "own", "")
    assert found.undone_by == ("group_policy_preferences",)
    assert found.writers == ("administrator", "group_policy_preferences")
    direct = winhttp_proxy_owner("")
    assert (direct.in_force, direct.writers, direct.undone_by) == ("none", (), ())
