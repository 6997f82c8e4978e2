"""Lines run in Wine's cmd.exe as WinRS would run them, without the wire around it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ansible_collections.windefend.maps.winsim.wine.backend import WineHost
from ansible_collections.windefend.maps.winsim.wire.backend import ShellOptions

UTF8 = 65001
LONGEST = 60.0
"""Seconds after which a line is taken for hung and the test fails."""


@dataclass(frozen=True)
class Ran:
    """What a line did."""

    code: int
    out: bytes
    err: bytes


class Runner:
    """A shell with code page 65001 and English texts."""

    def __init__(self, host: WineHost) -> None:
        self.drive = host.prefix.drive
        self._shell = host.open_shell("Administrator", ShellOptions(UTF8, no_profile=False, working_directory="C:\\"))

    def run(self, line: str, stdin: bytes = b"") -> Ran:
        """Runs a line to its end."""
        streams = {"stdout": bytearray(), "stderr": bytearray()}
        codes: list[int] = []
        ended = threading.Event()

        def done(code: int) -> None:
            codes.append(code)
            ended.set()

        command = self._shell.start(line, False, lambda name, data: streams[name].extend(data), done)
        command.send(stdin, end=True)
        if not ended.wait(LONGEST):
            command.terminate()
            raise TimeoutError(line)
        return Ran(codes[0], bytes(streams["stdout"]), bytes(streams["stderr"]))

    def close(self) -> None:
        """Closes the shell."""
        self._shell.close()


def arguments(shown: bytes, reading: str) -> list[str]:
    """What show_arguments printed, in one of its readings: `c` the C runtime's, `w` CommandLineToArgvW's."""
    return [
        bytes.fromhex(line[2:].rstrip(".")).decode("utf-8")
        for line in shown.decode("ascii").splitlines()
        if line.startswith(f"{reading} ")
    ]
