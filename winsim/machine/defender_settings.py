"""Settings of Defender as they count, whoever stored them."""

from __future__ import annotations

from .defender import MANAGER_KEY, POLICY_KEY, STATE_KEY
from .model import Machine

SPYNET_POLICY = POLICY_KEY + r"\Spynet"
SSL_DEFAULT = 3
"""Both checks (the article: sure)."""


def ssl_options(machine: Machine) -> int:
    """SSLOptions; with controlled configuration the default, since no policy of the cloud has it (guess)."""
    if machine.defender.controlled_configuration:
        return SSL_DEFAULT
    return machine.registry.number(SPYNET_POLICY, "SSLOptions", SSL_DEFAULT)


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
