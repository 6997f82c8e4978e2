"""A program in ssh's place that lets no one in and writes down which password each address was to get."""

from __future__ import annotations

import pathlib
import sys

_PROGRAM = """#!{python} -IS
import os, subprocess, sys
address = next(one for one in sys.argv[1:] if one.startswith("127."))
said = ""
if os.environ.get("SSH_ASKPASS"):
    asked = [os.environ["SSH_ASKPASS"], "password: "]
    said = subprocess.run(asked, capture_output=True, text=True).stdout.rstrip("\\n")
with open("{log}", "a") as log:
    log.write(address + " " + said + "\\n")
sys.stderr.write("Permission denied (password).\\n")
sys.exit(255)
"""


class SshRecorder:
    """Writes its program into a folder."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._program, self._log = folder / "recorder", folder / "recorded"
        self._program.write_text(_PROGRAM.format(python=sys.executable, log=self._log))
        self._program.chmod(0o755)
        self.clear()

    @property
    def variables(self) -> dict[str, str]:
        """What a host of it needs."""
        return {
            "ansible_connection": "ssh",
            "ansible_ssh_executable": str(self._program),
            "ansible_ssh_password_mechanism": "ssh_askpass",
            "ansible_ssh_args": "",
        }

    def clear(self) -> None:
        self._log.write_text("")

    def sent(self) -> set[tuple[str, str]]:
        """Address and password; an empty one where there was none."""
        parts = (line.partition(" ") for line in self._log.read_text().splitlines())
        return {(address, said) for address, _space, said in parts}
