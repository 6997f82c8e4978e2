"""What a scenario is, and the words that scenarios are described with."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field

from ..machine.model import Machine


class Outcome(enum.StrEnum):
    """How a remediation of a host should end."""

    HEALTHY = "healthy"
    REPAIRED = "repaired"
    NOT_REPAIRABLE = "not_repairable"
    NOT_APPLICABLE = "not_applicable"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    """It was reached, and nothing could be read of it."""


class Cause(enum.StrEnum):
    """What is really wrong with a host. The list is complete: every scenario names one of these."""

    NONE = "none"
    WINHTTP_PROXY_MISSING = "winhttp_proxy_missing"
    WINHTTP_PROXY_UNUSABLE = "winhttp_proxy_unusable"
    PROXY_BYPASSED = "proxy_bypassed"
    WINHTTP_PROXY_DEAD = "winhttp_proxy_dead"
    PROXY_AUTHENTICATION = "proxy_authentication"
    CRL_UNREACHABLE = "crl_unreachable"
    FIREWALL_DEFAULT_BLOCK = "firewall_default_block"
    FIREWALL_BLOCK_RULE = "firewall_block_rule"
    FIREWALL_SERVICE_STOPPED = "firewall_service_stopped"
    TLS_INSPECTION = "tls_inspection"
    NAME_RESOLUTION = "name_resolution"
    PERIMETER = "perimeter"
    SERVICE_STOPPED = "service_stopped"
    OTHER_ANTIVIRUS = "other_antivirus"
    MAPS_OFF = "maps_off"
    WINDOWS_TOO_OLD = "windows_too_old"
    NOT_ELEVATED = "not_elevated"
    PROXY_SERVICE_OFF = "proxy_service_off"
    CLOCK_SKEW = "clock_skew"
    SHELL_REFUSED = "shell_refused"
    """The account is a local administrator with a filtered token."""
    REMOTE_SHELL_DISABLED = "remote_shell_disabled"
    WRONG_PASSWORD = "wrong_password"
    HOST_DOWN = "host_down"
    REGISTRY_TOOLS_DISABLED = "registry_tools_disabled"
    AUTORUN = "autorun"
    """A command in AutoRun ends cmd.exe before any line."""


@dataclass(frozen=True)
class Expectation:
    """What a remediation with the company's proxy at hand should come to."""

    outcome: Outcome
    cause: Cause


@dataclass(frozen=True)
class Scenario:
    """A way in which a clean machine is changed. It changes state and nothing else."""

    name: str
    description: str
    expect: Expectation
    change: Callable[[Machine], None]
    os: str = ""
    """The operating system that it needs, a key of `builder.SYSTEMS`; empty: any."""
    listens: bool = True
    """False: nothing answers at the host's address."""
    variables: dict[str, str] = field(default_factory=dict)
    """Ansible variables without which the expected outcome cannot be reached (a consent, say)."""


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    outcome: Outcome,
    cause: Cause = Cause.NONE,
    *,
    os: str = "",
    listens: bool = True,
    variables: dict[str, str] | None = None,
) -> Callable[[Callable[[Machine], None]], Callable[[Machine], None]]:
    """Makes a function a scenario of its name; its docstring is the description."""

    def register(change: Callable[[Machine], None]) -> Callable[[Machine], None]:
        name = change.__name__
        description = " ".join((change.__doc__ or "").split())
        SCENARIOS[name] = Scenario(name, description, Expectation(outcome, cause), change, os, listens, variables or {})
        return change

    return register
