"""The base of actions that work on the controller alone: no host is asked and no connection is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible import constants as C  # noqa: N812 - as Ansible calls them
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from .._domain.operation import HostError, Refused, plain
from . import atomic_file
from .exit import ShownAction
from .host_action import Task, validated


@dataclass(frozen=True)
class WantedFile:
    """A text file to have on the controller, and what the task returns of it."""

    dest: str
    content: str
    result: dict[str, Any]
    option: str = "dest"
    """The option that named the file, for errors."""
    readable: bool = True
    """Whether a person would want to read its diff."""
    make_folder: bool = False
    """Whether its folder is made where it is missing; the folder above must be there."""
    mode: int | None = None
    """Of a file that was not there; None: the action's own."""


class ControllerFilesAction(ShownAction):
    """An action that writes text files on the controller; every path is looked at before the first is written."""

    MODE = 0o644
    """Of a file that was not there."""

    def files(self, task: Task, task_vars: dict[str, Any]) -> tuple[list[WantedFile], dict[str, Any]]:
        """The files as they should be, and what the task returns beside their own results. Raises Refused."""
        raise NotImplementedError

    def outcome(self, tmp: str | None, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """See ShownAction.outcome."""
        result: dict[str, Any] = ActionBase.run(self, tmp, task_vars)
        if self._task.become or getattr(self._connection, "become", None) is not None:
            raise AnsibleActionFail(
                f"{self._task.action} does not support become: it writes on the controller, as the user who "
                "runs Ansible"
            )
        task = Task(validated(self, self.SPEC), bool(self._task.check_mode), bool(self._task.diff))
        option = ""
        try:
            files, more = self.files(task, task_vars or {})
            before = []
            for wanted in files:
                option = wanted.option
                missing = wanted.make_folder and not Path(wanted.dest).parent.exists()
                before.append(None if missing else read(wanted.dest, option))
            changed = [old != wanted.content.encode() for wanted, old in zip(files, before, strict=True)]
            for wanted, change in zip(files, changed, strict=True):
                option = wanted.option
                if change and not task.check_mode:
                    if wanted.make_folder:
                        Path(wanted.dest).parent.mkdir(mode=0o700, exist_ok=True)
                    mode = self.MODE if wanted.mode is None else wanted.mode
                    atomic_file.write(wanted.dest, wanted.content.encode(), mode, keep_mode=True)
        except HostError as error:
            return {**result, "failed": True, "changed": False, "msg": str(error)}
        except OSError as error:
            return {**result, "failed": True, "changed": False, "msg": f"{option}: {error}"}
        result.update({"changed": any(changed), **plain(self.result(files, changed, more))})
        if task.diff and any(changed):
            found = [
                _diff(*one) for one, change in zip(zip(files, before, strict=True), changed, strict=True) if change
            ]
            result["diff"] = found[0] if len(found) == 1 else found
        if task.warnings:
            result["warnings"] = [*result.get("warnings", []), *task.warnings]
        return result

    def result(self, files: list[WantedFile], changed: list[bool], more: dict[str, Any]) -> dict[str, Any]:
        """What the task returns."""
        return {
            **more,
            "files": [{**one.result, "changed": change} for one, change in zip(files, changed, strict=True)],
        }


class ControllerFileAction(ControllerFilesAction):
    """An action that writes one text file on the controller."""

    def wanted(self, task: Task) -> WantedFile:
        """The file as it should be. Raises Refused."""
        raise NotImplementedError

    def files(self, task: Task, task_vars: dict[str, Any]) -> tuple[list[WantedFile], dict[str, Any]]:
        wanted = self.wanted(task)
        return [wanted], wanted.result

    def result(self, files: list[WantedFile], changed: list[bool], more: dict[str, Any]) -> dict[str, Any]:
        return more


def _diff(wanted: WantedFile, before: bytes | None) -> dict[str, str]:
    sizes = (len(before or b""), len(wanted.content.encode()))
    if not wanted.readable or max(sizes) > C.MAX_FILE_SIZE_FOR_DIFF:
        return {"prepared": f"{wanted.dest}: {sizes[0]} bytes before, {sizes[1]} bytes after\n"}
    return {
        "before": (before or b"").decode(errors="replace"),
        "after": wanted.content,
        "before_header": wanted.dest if before is not None else f"{wanted.dest} (absent)",
        "after_header": wanted.dest,
    }


def read(dest: str, option: str = "dest") -> bytes | None:
    """What the file holds, None where there is none. Raises Refused where no file can be, OSError."""
    path = Path(dest)
    if not path.is_absolute():
        raise Refused(f"{option}: {dest} is not an absolute path; start it for example with '{{{{ playbook_dir }}}}/'")
    if path.is_dir():
        raise Refused(f"{option}: {dest} is a directory; give the path of a file")
    if not path.parent.is_dir():
        raise Refused(f"{option}: the directory {path.parent} does not exist on the controller")
    return atomic_file.read(dest)
