"""Where a report's data comes from: files of runs on the controller, or the hosts' facts; sites from the inventory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ansible.errors import AnsibleError

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


def from_files(loader: Loader, paths: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The hosts of several documents, merged. Raises Refused."""
    return report_documents.merge([report_documents.parse(_load(loader, path), f"sources: {path}") for path in paths])


def from_data(document: Any) -> dict[str, dict[str, Any]]:
    """The hosts of a document that the task gave itself. Raises Refused."""
    return report_documents.merge([report_documents.parse(document, "report")])


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
        site = said or next((title for title, hosts in within.items() if name in hosts), "")
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
        begun = sorted(group for group in members if group.startswith(prefix) and group != prefix)
        if not begun:
            raise Refused(f"site_group_prefix: the inventory has no group that begins with {prefix}")
        titles |= {group: group.removeprefix(prefix) for group in begun if group not in titles}
    return {title: set(members[group]) for group, title in titles.items()}
