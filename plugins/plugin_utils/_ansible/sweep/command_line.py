"""What the command line gives to every host of a play, before the variables of any host.

An action gets the play context of its own host: Ansible's task_executor has written that host's variables into it, its
password too, so nothing of it may go to another host. The one that it was made from stays with the worker process
(ansible-core 2.19 to 2.21: `WorkerProcess._play_context`, of which the executor only makes copies).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible import context
from ansible.executor.process import worker
from ansible.playbook.play_context import PlayContext

PASSWORD_OPTIONS = ("ask_pass", "connection_password_file")
PASSWORDS = ("remote_password", "password")
"""What connection plugins call the option that holds the password."""


@dataclass(frozen=True)
class CommandLine:
    """The play context that belongs to no host yet."""

    play_context: PlayContext
    password_unknown: bool
    """A password was given, but this process has only what the first host's variables made of it."""

    @classmethod
    def of(cls, play: Any) -> CommandLine:
        """That of the worker that this process is; without one nothing but what the options of the command line say."""
        given = getattr(worker.current_worker, "_play_context", None)
        if isinstance(given, PlayContext) and given.remote_addr is None:  # the executor gives each host's an address
            return cls(given, password_unknown=False)
        asked = any(context.CLIARGS.get(option) for option in PASSWORD_OPTIONS)
        return cls(PlayContext(play), password_unknown=asked)

    def demand_password(self, connection: Any) -> None:
        """Raises LookupError for a host that needs the password of the command line where that is not known."""
        if not self.password_unknown:
            return
        if not any(connection.get_option(name) for name in PASSWORDS if name in connection.option_definitions):
            raise LookupError(
                "this host has no password of its own, and the sweep cannot read the password of the command line "
                "(--ask-pass, --connection-password-file): Ansible passes on only the password of the first host of "
                "the play. Set ansible_password for this host, or run the playbook with -e maps_use_sweep=false"
            )
