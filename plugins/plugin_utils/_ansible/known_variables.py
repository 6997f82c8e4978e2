"""The variables that the playbooks understand, and names that are meant to be one of them but are not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

PREFIXES = ("assess_", "maps_", "remediate_", "report_", "rollback_")
"""A name given on the command line that begins so is meant for this collection."""
ROLES = ("assess", "remediate", "report", "rollback")
"""Roles whose options begin so."""
MAPS_VARIABLES = frozenset(
    {
        "maps_allow_no_hosts",
        "maps_concurrency",
        "maps_group_concurrency",
        "maps_host_timeout",
        "maps_hosts",
        "maps_journal",
        "maps_known_variables",
        "maps_min_repaired",
        "maps_record",
        "maps_report_path",
        "maps_run",
        "maps_use_sweep",
        "maps_waves",
        # Variables of the documented set-ups, from which others are made.
        "maps_artifacts",
        "maps_shared",
        # What the playbook report hands to the next job of a workflow, which gets it as extra variables.
        "maps_report_causes",
        "maps_report_numbers",
        "maps_report_outcomes",
        "maps_report_summary",
    }
)
"""The variables of the playbooks themselves that a user may give."""
TYPOS = 2
"""Edits within which a variable of the inventory counts as a typo; other names there may be anybody's."""


class Loader(Protocol):
    """What Ansible's loader does for a YAML file."""

    def load_from_file(self, file_name: str, *, unsafe: bool) -> Any:
        """The content of a file; `unsafe`: as it was read, and no copy that may be changed."""


def known_variables(loader: Loader) -> frozenset[str]:
    """Every variable that a user may give: the options of the roles, from their argument specs, and the playbooks'."""
    roles = Path(__file__).resolve().parents[3] / "roles"
    found = set(MAPS_VARIABLES)
    for role in ROLES:
        path = roles / role / "meta" / "argument_specs.yml"
        specs = loader.load_from_file(str(path), unsafe=True)["argument_specs"]
        found |= {str(name) for spec in specs.values() for name in spec.get("options") or ()}
    return frozenset(found)


def unknown(names: Iterable[str], known: Iterable[str], exempt: Iterable[str] = ()) -> dict[str, str]:
    """Names with a prefix of this collection that nothing here understands, each with the name that was likely meant.

    The value is empty where no known name is near.
    """
    accepted = sorted({*known})
    found = {}
    for name in names:
        if name.startswith(PREFIXES) and name not in accepted and name not in set(exempt):
            near = difflib.get_close_matches(name, accepted, n=1, cutoff=0.7)
            found[name] = near[0] if near else ""
    return found


def typos(names: Iterable[str], known: Iterable[str], exempt: Iterable[str] = ()) -> dict[str, str]:
    """Names of the inventory that are at most TYPOS edits from a known name, with that name."""
    accepted = sorted({*known})
    ignored = {*known, *exempt}
    found = {}
    for name in names:
        if name not in ignored:
            near = next((one for one in accepted if _edits(name, one, TYPOS) <= TYPOS), "")
            if near:
                found[name] = near
    return found


def _edits(one: str, other: str, most: int) -> int:
    """The characters to insert, delete or replace to make one text from the other (Levenshtein); more than `most`
    counts as `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        above, row = row, [number]
        for column, theirs in enumerate(other, 1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (letter != theirs)))
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def inventory_names(hostvars: Any, loader: Any) -> set[str]:
    """The names of the variables that the inventory itself has: of its hosts and groups, and of files beside it.

    No value is evaluated, so a large inventory costs little. `hostvars` is Ansible's; what it keeps is no public
    interface, so where it is not as expected, nothing is found.
    """
    from ansible.vars.plugins import get_vars_from_inventory_sources  # noqa: PLC0415 - only where something is read

    inventory = getattr(hostvars, "_inventory", None)
    if inventory is None:
        return set()
    groups, hosts = list(inventory.groups.values()), list(inventory.hosts.values())
    found: set[str] = set()
    for entity in (*groups, *hosts):
        found |= set(entity.vars)
    sources = getattr(inventory, "_sources", None) or []
    found |= set(get_vars_from_inventory_sources(loader, sources, [*groups, *hosts], "task"))
    return {str(name) for name in found}


def unknown_message(found: Mapping[str, str]) -> str:
    """What to say of unknown extra variables."""
    parts = [f"{name}{f' (did you mean {near}?)' if near else ''}" for name, near in found.items()]
    return (
        f"unknown extra variable{'s' if len(parts) > 1 else ''}: {', '.join(parts)}. If a name is meant for your own "
        "playbooks, list it in maps_known_variables"
    )
