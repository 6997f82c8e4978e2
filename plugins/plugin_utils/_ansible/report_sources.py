"""Where a report's data comes from: files of runs on the controller, or a run itself; sites from the inventory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ansible.errors import AnsibleError

from .._domain import remediation
from .._domain.operation import Refused
from .._report import documents as report_documents

LARGEST = 256 * 1024 * 1024
"""Bytes of a report: tens of thousands of hosts."""


class Loader(Protocol):
    """What Ansible's loader does for a file that may be vaulted."""

    def get_real_file(self, file_path: str, decrypt: bool = True) -> str:
        """The path of a file with its plain text, which may be a copy."""

    def cleanup_tmp_file(self, file_path: str) -> None:
        """Removes such a copy."""


def from_files(loader: Loader, paths: Sequence[str]) -> report_documents.Document:
    """Several documents, merged. Raises Refused."""
    return report_documents.merge([report_documents.parse(_load(loader, path), f"sources: {path}") for path in paths])


def from_data(document: Any) -> report_documents.Document:
    """A document that the task gave itself. Raises Refused."""
    return report_documents.merge([report_documents.parse(document, "report")])


def from_run(
    reports: Mapping[str, Mapping[str, Any]], run: Mapping[str, str], task_vars: Mapping[str, Any]
) -> report_documents.Document:
    """A run's reports of its hosts as a document; `run` is one of its `runs`. Empty: nothing but the hosts is known.

    Hosts of the play without a report were not started, and the other hosts of the inventory are those that the run
    leaves out. Raises Refused.
    """
    hosts = {name: dict(one) for name, one in reports.items()}
    runs, excluded = [], []
    if run:
        for name in task_vars.get("ansible_play_hosts_all") or ():
            if name not in hosts:
                hosts[name] = remediation.outcome.not_started_report()
        for one in hosts.values():
            one.setdefault("finished", run["finished"])
        excluded = [name for name in (task_vars.get("groups") or {}).get("all") or () if name not in hosts]
        undo = run["undo"] if any(one.get("changes") and not one.get("check_mode") for one in hosts.values()) else ""
        runs = [{**run, "undo": undo}]
    return from_data({"schema": report_documents.SCHEMA, "hosts": hosts, "runs": runs, "excluded": excluded})


def _load(loader: Loader, path: str) -> Any:
    """Read as JSON and not with Ansible's own parser, which marks every text of a large file with its origin."""
    if not Path(path).is_absolute():
        raise Refused(f"sources: {path} is not an absolute path; start it for example with '{{{{ playbook_dir }}}}/'")
    if not Path(path).is_file():
        raise Refused(f"sources: there is no file {path} on the controller")
    try:
        real = loader.get_real_file(path)
        try:
            if (size := Path(real).stat().st_size) > LARGEST:
                raise Refused(
                    f"sources: {path} has {size} bytes; a report has at most {LARGEST}; split the run into several"
                )
            return json.loads(Path(real).read_text(encoding="utf-8-sig"))
        finally:
            loader.cleanup_tmp_file(real)
    except (ValueError, RecursionError) as error:
        raise Refused(f"sources: {path} is not JSON: {error}") from None
    except (OSError, AnsibleError) as error:
        raise Refused(f"sources: {path} cannot be read: {error}") from None


def sites(
    names: Iterable[str],
    task_vars: Mapping[str, Any],
    variable: str | None,
    groups: Sequence[str],
    prefix: str | None,
) -> dict[str, str]:
    """Host -> site: what its variable says, else the first of `groups` that it is in, else of those that begin so.

    Hosts without one are left out. Raises Refused for a group that the inventory does not have: a wrong name would
    silently be no site.
    """
    within = _site_groups(task_vars.get("groups") or {}, groups, prefix)
    hostvars = task_vars.get("hostvars") or {}
    found = {}
    for name in names:
        value = hostvars[name].get(variable) if variable and name in hostvars else None
        said = "" if value is None else str(value)
        site = said or _first_with(name, within)
        if site:
            found[name] = site
    return found


def _site_groups(
    members: Mapping[str, Sequence[str]], groups: Sequence[str], prefix: str | None
) -> dict[str, set[str]]:
    """Site -> its hosts, in the order in which groups count. Raises Refused."""
    missing = [group for group in groups if group not in members]
    if missing:
        raise Refused(f"site_groups: the inventory has no group {', '.join(missing)}")
    titles = {group: group for group in groups}
    if prefix:
        begun = _begun({*members} - {prefix}, prefix, "site_group_prefix")
        titles |= {group: group.removeprefix(prefix) for group in begun if group not in titles}
    return {title: set(members[group]) for group, title in titles.items()}


def group(hosts: Mapping[str, dict[str, Any]], task_vars: Mapping[str, Any], group_by: Sequence[str]) -> None:
    """Gives each host its values of what it is grouped by: a group, groups that begin so (`PREFIX*`), or a variable.

    Raises Refused for what the inventory does not have.
    """
    members = task_vars.get("groups") or {}
    hostvars = task_vars.get("hostvars") or {}
    for entry in group_by:
        if entry.endswith("*") or entry in members:
            within = _groups(members, entry)
            values = {name: _first_with(name, within) for name in hosts}
        else:
            found = {name: hostvars[name].get(entry) for name in hosts if name in hostvars}
            values = {name: str(value) for name, value in found.items() if value is not None}
            if hosts and not values:
                raise Refused(f"group_by: the inventory has no group {entry}, and no host has a variable {entry}")
        for name, host in hosts.items():
            host["groups"] = {**host.get("groups", {}), entry: values.get(name, "")}


def _groups(members: Mapping[str, Sequence[str]], entry: str) -> dict[str, set[str]]:
    if not entry.endswith("*"):
        return {entry: set(members[entry])}
    prefix = entry.removesuffix("*")
    return {name.removeprefix(prefix): set(members[name]) for name in _begun(members, prefix, "group_by")}


def _begun(groups: Iterable[str], prefix: str, option: str) -> list[str]:
    """The groups whose names begin so, in order. Raises Refused where there is none."""
    found = sorted(name for name in groups if name.startswith(prefix))
    if not found:
        raise Refused(f"{option}: the inventory has no group that begins with {prefix}")
    return found


def _first_with(host: str, within: Mapping[str, set[str]]) -> str:
    """The first title whose hosts this one is among; empty: none."""
    return next((title for title, hosts in within.items() if host in hosts), "")
