"""The run of ansible-playbook that this process belongs to: the commands after it, and what it prints itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible import constants as C, context  # noqa: N812 - as Ansible calls them
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from .._domain.language import shown
from .next_commands import next_command


def command_after(loader: Any, playbook: str, **more: Any) -> str:
    """The command for another playbook of this collection after this run; `more` as `next_command` takes it."""
    listed = C.DEFAULT_HOST_LIST
    inventory = listed if isinstance(listed, list) else [listed]
    return next_command(playbook, context.CLIARGS, load_extra_vars(loader), default_inventory=inventory, **more)


def print_lines(lines: Sequence[str]) -> None:
    """Prints lines as one message: those of others cannot come between. With JSON, standard output is for programs."""
    callback = str(C.DEFAULT_STDOUT_CALLBACK).rpartition(".")[2]
    Display().display(shown("\n".join(lines), lines=True), stderr=callback.startswith("json"))
