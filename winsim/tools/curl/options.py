"""The options of curl that probes and downloads use (curl's manual: sure)."""

from __future__ import annotations

from dataclasses import dataclass, field

FLAGS = {
    "-s": "silent", "--silent": "silent", "-S": "shows_errors", "--show-error": "shows_errors",
    "-I": "head", "--head": "head", "--ssl-no-revoke": "ssl_no_revoke",
    "-f": "fails", "--fail": "fails", "-L": "follows", "--location": "follows",
}  # fmt: skip
VALUES = {
    "-o": "output", "--output": "output", "-w": "write_out", "--write-out": "write_out", "-x": "proxy",
    "--proxy": "proxy", "--noproxy": "noproxy", "--connect-timeout": "connect_timeout", "-m": "max_time",
    "--max-time": "max_time",
}  # fmt: skip
TOGETHER = "sSIfL"
"""Letters that may share a dash."""


@dataclass
class Request:
    """A parsed command line."""

    url: str = ""
    silent: bool = False
    shows_errors: bool = False
    head: bool = False
    ssl_no_revoke: bool = False
    fails: bool = False
    """An answer from 400 on is a failure."""
    follows: bool = False
    """Redirections are followed; that there are any is not simulated."""
    output: str = ""
    write_out: str = ""
    proxy: str = ""
    noproxy: str = ""
    connect_timeout: str = "300"
    max_time: str = "0"
    unknown: list[str] = field(default_factory=list)
    """What winsim does not know, or what probes must not do."""

    @property
    def way_out(self) -> str:
        """The proxy as `host:port`, empty: directly. `--noproxy` with an asterisk overrules (curl's manual: sure)."""
        return "" if self.noproxy == "*" else self.proxy.rpartition("//")[2].rstrip("/").lower()


def parse(words: list[str]) -> Request:
    """A command line of one URL: its head to nul, or its body to a file."""
    request = Request()
    rest = list(words)
    if rest[:1] == ["-q"]:  # no configuration file of the user's; counts in the first place only (curl's manual: sure)
        rest.pop(0)
    while rest:
        word = rest.pop(0)
        if len(word) > 2 and word[0] == "-" and set(word[1:]) <= set(TOGETHER):
            rest[:0] = [f"-{letter}" for letter in word[1:]]
        elif word in FLAGS:
            setattr(request, FLAGS[word], True)
        elif word in VALUES and rest:
            setattr(request, VALUES[word], rest.pop(0))
        elif not word.startswith("-") and not request.url:
            request.url = word
        else:
            request.unknown.append(word)
    if not request.url.startswith(("http://", "https://")):
        request.unknown.append(request.url or "without URL")
    is_probe = request.head and request.output.lower() == "nul"
    is_download = request.fails and not request.head and request.output.lower() not in ("", "nul")
    if not is_probe and not is_download:
        request.unknown.append("without -I -o nul, or -f -o FILE")
    return request
