"""Settings of Defender as they count, whoever stored them."""

from __future__ import annotations

from .defender import MANAGER_KEY, POLICY_KEY, STATE_KEY
from .model import Machine

SPYNET_POLICY = POLICY_KEY + r"\Spynet"
NEVER_SEND = 2
UPDATES = r"\Signature Updates"
DEFAULT_ORDER = "MicrosoftUpdateServer|MMPC"
EXCLUSIONS = r"\Exclusions\Paths"
SSL_DEFAULT = 3
"""Both checks (the article: sure)."""


def ssl_options(machine: Machine) -> int:
    """SSLOptions; with controlled configuration the default, since no policy of the cloud has it (guess)."""
    if machine.defender.controlled_configuration:
        return SSL_DEFAULT
    return machine.registry.number(SPYNET_POLICY, "SSLOptions", SSL_DEFAULT)


def signature_sources(machine: Machine) -> tuple[list[str], list[str]]:
    """The order of the sources of signatures and the file shares: policy, Policy Manager, own (Microsoft's general
    order: sure), else the order that Get-MpPreference shows (likely)."""
    places = (
        (POLICY_KEY + UPDATES, "FallbackOrder", "DefinitionUpdateFileSharesSources"),
        (MANAGER_KEY, "SignatureUpdateFallbackOrder", "SignatureUpdateFileSharesSources"),
        (STATE_KEY + UPDATES, "FallbackOrder", "DefinitionUpdateFileSharesSources"),
    )
    order, shares = (
        next((text for key, *names in places if (text := machine.registry.text(key, names[which]))), "")
        for which in (0, 1)
    )
    return [part.strip(" {}") for part in (order or DEFAULT_ORDER).split("|")], [
        part.strip(" {}") for part in shares.split("|") if part.strip(" {}")
    ]


def asks_at_first_sight(machine: Machine) -> bool:
    """Whether a new file from the Internet zone is asked about: not where samples are never sent, nor where
    DisableBlockAtFirstSeen is 1 (Microsoft Learn, configure-block-at-first-sight, 2026-09-02: sure)."""
    registry, own_key = machine.registry, STATE_KEY + r"\Spynet"
    behind = registry.number(MANAGER_KEY, "SubmitSamplesConsent", registry.number(own_key, "SubmitSamplesConsent", 1))
    off = registry.number(SPYNET_POLICY, "DisableBlockAtFirstSeen", registry.number(own_key, "DisableBlockAtFirstSeen"))
    return registry.number(SPYNET_POLICY, "SubmitSamplesConsent", behind) != NEVER_SEND and off != 1


def is_excluded(machine: Machine, path: str) -> bool:
    """Whether a path lies in a folder that is excluded from scans: a value's name below `Exclusions\\Paths` of the
    product's or the policy's key (published scripts: likely)."""
    excluded = [
        value.name.rstrip("\\").lower()
        for key in (STATE_KEY + EXCLUSIONS, POLICY_KEY + EXCLUSIONS)
        if machine.registry.exists(key)
        for value in machine.registry.key(key).values.values()
    ]
    return any(f"{path.lower()}\\".startswith(f"{one}\\") for one in excluded)


def maps_membership(machine: Machine) -> int:
    """0 off, 1 basic, 2 advanced. The policy counts before Policy Manager, and that before the machine's own setting
    (Microsoft's general order: sure), unless the policy's override is 1 (its text: sure) and there is an own setting
    (guess). With controlled configuration Policy Manager alone counts, and on is what is not configured (sure)."""
    registry, own_key = machine.registry, STATE_KEY + r"\Spynet"
    cloud, own = registry.number(MANAGER_KEY, "AllowCloudProtection", -1), registry.number(own_key, "SpyNetReporting")
    if machine.defender.controlled_configuration:
        return 2 if cloud else 0
    if registry.number(SPYNET_POLICY, "LocalSettingOverrideSpynetReporting") == 1 and registry.get(
        own_key, "SpyNetReporting"
    ):
        return own
    behind = own if cloud < 0 else cloud and (own or 2)
    return registry.number(SPYNET_POLICY, "SpynetReporting", behind)
