"""What a run is asked for, checked on the controller before the first host is touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .._domain.operation import Refused
from .._domain.proxy import check_proxy
from .._domain.remediation import request as remediation_request
from .._report import formats as report_formats
from .journal_store import demand_absolute

PROXIES = ("remediate_winhttp_proxy", "assess_candidate")
REPORTS = ("maps_report_path", "report_path")
HISTORY = "report_history"
FILES = ("report_html", "report_json", "report_csv", "report_markdown", "report_junit")
JOURNALS = ("maps_journal", "rollback_journal")
CHECKED = (*PROXIES, *REPORTS, *FILES, HISTORY, *JOURNALS)
"""The variables of which `check_request` looks at the value."""
TAGS = ("all", "always")
"""Tags that a run may have: the playbooks have no other."""


def check_request(variables: Mapping[str, Any]) -> None:
    """Raises Refused, naming the variable, for a value with which a run would fail only after it had changed hosts.

    Proxies must be `host:port`, files must have a folder that exists, reports an ending that is known, a journal must
    be an absolute path of a folder.
    Relative paths are relative to the current directory, as in the playbooks. What is no text, where one is expected,
    is left to the argument specs of the roles.
    """
    for name in PROXIES:
        for option, proxy in _proxies(name, variables.get(name)):
            check_proxy(option, proxy)
    for name in REPORTS:
        value = variables.get(name)
        for path in report_formats.paths_of(value) if isinstance(value, (str, list)) else ():
            _check_file(name, Path(path).expanduser())
            try:
                report_formats.format_of(path)
            except Refused as error:
                raise Refused(f"{name}: {error}") from None
    for name in (*FILES, HISTORY):
        value = variables.get(name)
        if isinstance(value, str) and value:
            _check_file(name, Path(value).expanduser())
    for name in JOURNALS:
        value = variables.get(name)
        if isinstance(value, str) and value:
            _check_journal(name, Path(value).expanduser())


def _proxies(name: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, str) and value.strip().lower() not in remediation_request.NO_WORDS:
        yield name, value
    elif isinstance(value, Mapping):
        for scheme, proxy in value.items():
            if scheme not in ("http", "https"):
                raise Refused(f"{name} may have http and https, not {scheme!r}")
            if proxy:
                yield f"{name}.{scheme}", str(proxy)


def _check_file(name: str, path: Path) -> None:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise Refused(f"{name}: the directory {folder} does not exist on the controller")
    if path.is_dir():
        raise Refused(f"{name}: {path} is a directory; name a file in it")


def _check_journal(name: str, path: Path) -> None:
    demand_absolute(name, path)
    if path.exists() and not path.is_dir():
        raise Refused(f"{name}: {path} is not a directory")


def check_tags(tags: Iterable[str], skipped: Iterable[str] = ()) -> None:
    """Raises Refused for tags with which nothing would be done, although the run would succeed."""
    wrong = [str(tag) for tag in tags if tag not in TAGS]
    option = "--tags"
    if not wrong:
        wrong, option = [str(tag) for tag in skipped if tag in TAGS], "--skip-tags"
    if wrong:
        raise Refused(
            f"{option} {','.join(wrong)}: the playbooks of windefend.maps have no tags but always, so nothing would be "
            f"done. Remove {option}, and select hosts with --limit"
        )
