"""Windows Firewall in the way. The network behind it is open, so nothing else is wrong."""

from __future__ import annotations

from ..machine.clean.registry import FIREWALL_KEY, FIREWALL_POLICY_KEY
from ..machine.firewall import write_long_rule
from ..machine.model import Machine
from ..machine.services import SERVICES_KEY, Start, State
from .scenario import Cause, Outcome, scenario

BLOCK_DEFENDER = "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=443|Svc=WinDefend|Name={name}|Desc={desc}|"
PROFILES = ("DomainProfile", "StandardProfile", "PublicProfile")


@scenario(Outcome.REPAIRED, Cause.FIREWALL_DEFAULT_BLOCK)
def outbound_block(machine: Machine) -> None:
    """Every profile blocks outbound connections by default and no rule allows Defender or CryptSvc out."""
    for profile in PROFILES:
        machine.registry.set_dword(f"{FIREWALL_KEY}\\{profile}", "DefaultOutboundAction", 1)


@scenario(Outcome.NOT_REPAIRABLE, Cause.FIREWALL_SERVICE_STOPPED)
def firewall_service_stopped(machine: Machine) -> None:
    """As outbound_block, and the service of Windows Firewall is disabled, so no rule can be added."""
    outbound_block(machine)
    machine.services.running["mpssvc"].state = State.STOPPED
    machine.registry.set_dword(f"{SERVICES_KEY}\\mpssvc", "Start", Start.DISABLED)


@scenario(Outcome.NOT_REPAIRABLE, Cause.FIREWALL_BLOCK_RULE)
def local_block_rule(machine: Machine) -> None:
    """A local rule blocks Defender's connections; nobody knows who wrote it."""
    rule = BLOCK_DEFENDER.format(name="Windows Update Helper", desc="")
    name = "{4B1D5C3E-60F7-4E0B-A7C9-93D5E1F0A2B8}"
    machine.registry.set_text(f"{FIREWALL_KEY}\\FirewallRules", name, rule)


@scenario(Outcome.NOT_REPAIRABLE, Cause.FIREWALL_BLOCK_RULE)
def long_rules(machine: Machine) -> None:
    """A local rule of 11,054 characters blocks Defender: too long for findstr on a pipe."""
    write_long_rule(machine)


@scenario(Outcome.NOT_REPAIRABLE, Cause.FIREWALL_BLOCK_RULE)
def gpo_block_rule(machine: Machine) -> None:
    """A rule that a Group Policy brings blocks Defender's connections."""
    rule = BLOCK_DEFENDER.format(name="Baseline: no cloud protection", desc="Security baseline 2021")
    name = "{C0A4F6D2-8E31-4B57-9F1A-2D7B6E0C9354}"
    machine.registry.set_text(f"{FIREWALL_POLICY_KEY}\\FirewallRules", name, rule)
