"""The command line of winsim: `python -m ansible_collections.windefend.maps.winsim --help`."""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
from collections.abc import Sequence

from . import background, control, fleet, importing, inventory, listeners, new_scenario, pidfile, serving
from .overrides import Invalid
from .recording import Recording
from .scenarios import SCENARIOS


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status.

    0 done, 1 refused with one line on stderr, 2 wrong usage, 130 interrupted.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(_COMMANDS[options.command](options))
    except _REFUSALS as error:
        sys.stderr.write(f"winsim: {error}\n")
        return 1
    except BrokenPipeError:
        return 1
    except OSError as error:
        sys.stderr.write(f"winsim: {error.filename or 'a file'}: {error.strerror}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="winsim", description="Windows endpoints, simulated, on loopback.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve a fleet until SIGINT or SIGTERM")
    inventory_ = commands.add_parser("inventory", help="print a fleet's Ansible inventory")
    start = commands.add_parser("start", help="serve a fleet in the background; ends when every host listens")
    stop = commands.add_parser("stop", help="end the winsim that was started in the background")
    for command in (start, stop):
        command.add_argument(
            "--directory", type=pathlib.Path, required=True, metavar="DIR", help="where all lies that belongs to it"
        )
    for command in (serve, start, inventory_):
        command.add_argument("--fleet", type=pathlib.Path, required=True, metavar="FILE", help="the fleet file")
        command.add_argument("--port", type=_port, metavar="N", help="instead of the port in the fleet file; 0: any")
        command.add_argument(
            "--certificates", type=pathlib.Path, metavar="DIR", help="the folder of the certificates of hosts with tls"
        )
    for command in (serve, start):
        command.add_argument("--inventory", type=pathlib.Path, metavar="FILE", help="write the Ansible inventory there")
        command.add_argument("--control", type=pathlib.Path, metavar="SOCKET", help="open the control channel there")
        command.add_argument("--lifetime", type=_seconds, metavar="SECONDS", help="end by itself after that time")
    serve.add_argument("--log", type=pathlib.Path, metavar="FILE", help="write each command there, a JSON line each")
    serve.add_argument("--pid-file", type=pathlib.Path, metavar="FILE", help="write the process id there")

    scenarios = commands.add_parser("scenarios", help="list the scenarios that a fleet file may name")
    scenarios.add_argument("--json", action="store_true", help="as JSON")

    init = commands.add_parser("init", help="write a Molecule scenario into a role that has none")
    init.add_argument("role", type=pathlib.Path, nargs="?", default=pathlib.Path(), help="the role's folder")

    import_ = commands.add_parser("import", help="make a fleet file of a recording, as far as overrides can say it")
    import_.add_argument("recording", type=pathlib.Path, metavar="RECORDING", help="a file that `record` has written")

    for name, text in (
        ("hosts", "name, address and scenario of every host"),
        ("state", "everything of a machine's state"),
        ("commands", "the commands that hosts were sent"),
        ("shells", "the shells that are open"),
        ("counters", "connections, requests, bytes and wrong passwords"),
        ("change", "change a running machine"),
        ("cut", "cut a host's connections"),
    ):
        command = commands.add_parser(name, help=f"ask a running winsim: {text}")
        command.add_argument("--control", type=pathlib.Path, required=True, metavar="SOCKET")
        if name != "hosts":
            needed = name in ("state", "change", "cut")
            command.add_argument("host", nargs=None if needed else "?", metavar="HOST")
        if name == "commands":
            command.add_argument("--unknown", action="store_true", help="only those that winsim did not fully know")
        if name == "change":
            command.add_argument("--scenario", metavar="NAME")
            command.add_argument("--overrides", type=json.loads, metavar="JSON", help="as in a fleet file, as JSON")
        if name == "cut":
            command.add_argument("--requests", type=int, default=1, metavar="N", help="at the Nth request from now")
            command.add_argument("--carried-out", action="store_true", help="the host still does what it asks")
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > 65535:
        raise argparse.ArgumentTypeError("must be a number from 0 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError("must be above 0")
    return seconds


def _absolute(path: pathlib.Path | None) -> pathlib.Path | None:
    return path.absolute() if path else None


def _serve(options: argparse.Namespace) -> int:
    loaded = fleet.load(options.fleet)
    port = loaded.port if options.port is None else options.port
    serving.serve(
        loaded,
        serving.Files(
            options.inventory, options.log, options.control, options.pid_file, _absolute(options.certificates)
        ),
        port,
        options.lifetime,
    )
    return 0


def _start(options: argparse.Namespace) -> int:
    wanted = background.Start(
        options.fleet, options.directory, options.port, options.lifetime, options.inventory, options.control,
        _absolute(options.certificates),
    )  # fmt: skip
    sys.stdout.write(background.start(wanted) + "\n")
    return 0


def _stop(options: argparse.Namespace) -> int:
    sys.stdout.write(background.stop(options.directory) + "\n")
    return 0


def _inventory(options: argparse.Namespace) -> int:
    loaded = fleet.load(options.fleet)
    port = loaded.port if options.port is None else options.port
    certificates = _absolute(options.certificates) or listeners.beside(pathlib.Path("inventory.yml"))
    sys.stdout.write(inventory.render(loaded, port, serving.build(loaded), certificates))
    return 0


def _init(options: argparse.Namespace) -> int:
    sys.stdout.write(new_scenario.init(options.role) + "\n")
    return 0


def _import(options: argparse.Namespace) -> int:
    sys.stdout.write(importing.imported(Recording.load(options.recording)))
    return 0


def _scenarios(options: argparse.Namespace) -> int:
    if options.json:
        rows = {
            name: {"description": s.description, "outcome": s.expect.outcome.value, "cause": s.expect.cause.value}
            for name, s in sorted(SCENARIOS.items())
        }
        _print(rows)
        return 0
    for name, one in sorted(SCENARIOS.items()):
        sys.stdout.write(f"{name}  ({one.expect.outcome.value}, {one.expect.cause.value})\n    {one.description}\n")
    return 0


def _ask(options: argparse.Namespace) -> int:
    given = {
        name: value
        for name, value in vars(options).items()
        if name not in ("command", "control") and value is not None and value is not False
    }
    result = control.ask(options.control, options.command, **given)
    if result is not None:
        _print(result)
    return 0


def _print(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


_REFUSALS = (
    *(fleet.FleetError, control.ControlError, serving.CannotServe, Invalid),
    *(background.CannotStart, pidfile.Running, new_scenario.CannotInit),
)

_COMMANDS = {
    "serve": _serve,
    "start": _start,
    "stop": _stop,
    "inventory": _inventory,
    "scenarios": _scenarios,
    "import": _import,
    "init": _init,
    **dict.fromkeys(("hosts", "state", "commands", "shells", "counters", "change", "cut"), _ask),
}

if __name__ == "__main__":
    sys.exit(main())
