"""Who may come in, and whether anybody is there."""

from __future__ import annotations

import dataclasses

from ..machine.accounts import Role
from ..machine.clean.registry import ACCOUNT_POLICIES, COMMAND_PROCESSOR, WINRM_POLICY_KEY
from ..machine.model import Machine
from .scenario import Cause, Outcome, scenario


def give_role(machine: Machine, role: Role) -> None:
    """Gives the machine's first account, the one that the inventory names, another role."""
    machine.accounts[0] = dataclasses.replace(machine.accounts[0], role=role)


@scenario(Outcome.UNREACHABLE, Cause.SHELL_REFUSED)
def filtered_administrator(machine: Machine) -> None:
    """A local administrator whose remote token is filtered: WinRM refuses to create a shell."""
    give_role(machine, Role.FILTERED_ADMINISTRATOR)
    key = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System"
    machine.registry.set_dword(key, "LocalAccountTokenFilterPolicy", 0)


@scenario(Outcome.UNREACHABLE, Cause.SHELL_REFUSED)
def not_elevated(machine: Machine) -> None:
    """The account that Ansible uses is a Remote Management user, no administrator: WinRM gives it no cmd shell."""
    give_role(machine, Role.REMOTE_USER)


@scenario(Outcome.NOT_REPAIRABLE, Cause.NOT_ELEVATED)
def remote_user_with_shell(machine: Machine) -> None:
    """As not_elevated, but WinRM's descriptor was changed so that such users get a shell."""
    not_elevated(machine)
    machine.winrm.remote_users_get_shells = True


@scenario(Outcome.UNREACHABLE, Cause.REMOTE_SHELL_DISABLED)
def remote_shell_disabled(machine: Machine) -> None:
    """A hardening baseline switched remote shells off (AllowRemoteShellAccess = 0)."""
    machine.registry.set_dword(WINRM_POLICY_KEY, "AllowRemoteShellAccess", 0)


@scenario(Outcome.FAILED, Cause.REGISTRY_TOOLS_DISABLED)
def registry_tools_disabled(machine: Machine) -> None:
    """A policy turns reg.exe off for every account, so nothing of the host's settings can be read."""
    for account in machine.accounts:
        machine.registry.set_dword(f"HKU\\{account.sid}\\{ACCOUNT_POLICIES}", "DisableRegistryTools", 1)


@scenario(Outcome.FAILED, Cause.AUTORUN)
def autorun(machine: Machine) -> None:
    """A command in AutoRun ends cmd.exe before each line, so no line can be run."""
    machine.registry.set_text(f"HKLM\\{COMMAND_PROCESSOR}", "AutoRun", "exit 1")


@scenario(Outcome.UNREACHABLE, Cause.WRONG_PASSWORD)
def wrong_password(machine: Machine) -> None:
    """The account's password was changed; the inventory still has the old one."""
    machine.accounts[0] = dataclasses.replace(machine.accounts[0], password="Changed-in-the-meantime-1")


@scenario(Outcome.UNREACHABLE, Cause.HOST_DOWN, listens=False)
def unreachable(machine: Machine) -> None:
    """Nothing listens at the host's address."""
