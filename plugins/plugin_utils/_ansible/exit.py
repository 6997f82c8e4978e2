"""The one exit of every action: what it returns, and what it fails with, is shown safely.

A host decides much of what a task prints: values, names, messages of tools, its HTTP answers. All of it passes here, so
no action, and no code below one, has to remember it.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

from .._domain.language import shown, shown_all

if TYPE_CHECKING:
    from .._remote import Host
    from .host_action import Spec


class ShownAction(ActionBase):  # type: ignore[misc]
    """The base of all actions. They override `outcome`, never `run`."""

    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False

    SPEC: Spec

    SHOWN_BEFORE: frozenset[str] = frozenset()
    """Keys of the outcome whose values passed `shown_all` already."""

    def outcome(self, tmp: str | None, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """What the task comes to, as the host said it."""
        raise NotImplementedError

    def show_transport(self, host: Host) -> None:
        """Says with -v why a host was not reached over the lean transport."""
        if host.fallback_reason:
            text = f"through the client library's own transport: {host.fallback_reason}"
            self._display.v(shown(text), host=host.name)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ansible's entry point."""
        try:
            found = self.outcome(tmp, task_vars)
        # Without the first error: Ansible would add its text, which is not yet safe to show.
        except AnsibleError as error:
            raise type(error)(shown(str(error))) from None  # Ansible knows a lost connection by the class
        except Exception as error:
            self._display.vvv(shown(traceback.format_exc(), lines=True))
            raise AnsibleActionFail(shown(f"{self._task.action}: unexpected: {error!r}")) from None
        before = {key: found[key] for key in self.SHOWN_BEFORE & found.keys()}
        return {**shown_all({key: value for key, value in found.items() if key not in before}), **before}
