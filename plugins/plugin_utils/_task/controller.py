"""The base of actions that work on the controller alone: no host is asked and no connection is opened."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from .._domain.operation import DomainError, Refused
from .action import Spec, Task, validated
from .plain import plain


@dataclass(frozen=True)
class Wanted:
    """A text file to have on the controller, and what the task returns of it."""

    dest: str
    content: str
    result: dict[str, Any]


class ControllerFileAction(ActionBase):  # type: ignore[misc]
    """An action that writes one text file on the controller."""

    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False

    SPEC: Spec

    def wanted(self, task: Task) -> Wanted:
        """The file as it should be. Raises Refused."""
        raise NotImplementedError

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ansible's entry point."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        if self._task.become or getattr(self._connection, "become", None) is not None:
            raise AnsibleActionFail(
                f"{self._task.action} does not support become: it writes on the controller, as the user who "
                "runs Ansible"
            )
        task = Task(validated(self, self.SPEC), bool(self._task.check_mode), bool(self._task.diff))
        try:
            wanted = self.wanted(task)
            before = read(wanted.dest)
            changed = before != wanted.content.encode()
            if changed and not task.check_mode:
                write(wanted.dest, wanted.content.encode())
        except DomainError as error:
            return {**result, "failed": True, "changed": False, "msg": str(error)}
        except OSError as error:
            return {**result, "failed": True, "changed": False, "msg": f"dest: {error}"}
        result.update({"changed": changed, **plain(wanted.result)})
        if task.diff and changed:
            result["diff"] = {
                "before": (before or b"").decode(errors="replace"),
                "after": wanted.content,
                "before_header": wanted.dest if before is not None else f"{wanted.dest} (absent)",
                "after_header": wanted.dest,
            }
        return result


def read(dest: str) -> bytes | None:
    """What stands there, None where nothing does. Raises Refused where no file can be, OSError."""
    path = Path(dest)
    if not path.is_absolute():
        raise Refused(f"dest: {dest} is no absolute path; begin for example with '{{{{ playbook_dir }}}}/'")
    if path.is_dir():
        raise Refused(f"dest: {dest} is a directory; name the file")
    if not path.parent.is_dir():
        raise Refused(f"dest: the directory {path.parent} does not exist on the controller")
    return path.read_bytes() if path.exists() else None


def write(dest: str, content: bytes) -> None:
    """Puts a file in place at once: nobody reads half of it. A file that was there keeps its mode; a link stays."""
    path = Path(dest).resolve()
    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o644
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
