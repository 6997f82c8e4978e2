"""ping.exe, as far as scripts use it to wait: `ping -n COUNT 127.0.0.1`."""

from __future__ import annotations

from . import arguments as command_line
from .process import Process

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def run(process: Process, arguments: str) -> int:
    """Answers for the machine itself, a second between two requests; every other host is not simulated."""
    words = command_line.split(arguments)
    count, host = 4, ""
    while words:
        word = words.pop(0)
        if word.lower() in ("-n", "/n") and words and words[0].isdigit():
            count = int(words.pop(0))
        elif not word.startswith(("-", "/")) and not host:
            host = word
        else:
            process.unknown(f"ping {arguments}")
            return 1
    if host.lower() not in LOOPBACK:
        process.unknown(f"ping {host}")
        process.write(process.message("ping.no_host", host=host))
        return 1
    address = "::1" if host == "::1" else "127.0.0.1"
    process.write(process.message("ping.head", host=host))
    for number in range(count):
        if number:
            process.sleep(1.0)
        process.write(process.message("ping.reply", address=address))
    process.write(process.message("ping.statistics", address=address, count=count))
    return 0
