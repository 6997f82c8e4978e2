"""What a host sends costs time in proportion to its length: all patterns and readers, found in the source and measured.

The one place of timed assertions in these tests. Processor time counts, in children that are ended where one thing
takes longer than ENOUGH.
"""

from __future__ import annotations

import ast
import functools
import importlib
import json
import re
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support import costs, parser_runs, parsers
from ansible_collections.windefend.maps.tests.support.parser_reads import PLUGINS
from ansible_collections.windefend.maps.tests.support.parser_texts import many

PACKAGE = "ansible_collections.windefend.maps"
ENOUGH = 20.0
"""Seconds of processor time that one pattern or reader may take before its child is ended."""
WALL = 5
"""The same by the clock, times that: a machine may have other things to do."""
CHILDREN = 2
METHODS = ("match", "fullmatch", "search", "findall", "finditer", "sub", "split")
LAYERS = ("filter", "plugin_utils/_windows", "plugin_utils/_domain", "plugin_utils/_report", "plugin_utils/_remote")
TEXTS = frozenset({"text", "output", "content", "data", "line", "proxy", "bypass", "image_path", "rights", "address"})
"""How parameters are called that hold what a host said, where a text may as well be an option of the user's."""
IN_LOOPS = {
    "plugin_utils/_remote/hints.py": "[*_PATTERNS]",
    "plugin_utils/_remote/ssh_hints.py": "[*_PATTERNS]",
    "plugin_utils/_windows/recording/placeholders.py": "['|'.join(_TOKENS)]",
}
"""Where the pattern of a call is the variable of a loop, or made of what a user gives too: what it may be."""
NOT_OF_A_HOST = {
    # They hand the outcomes on, to what is measured.
    "plugin_utils/_domain/as_system/task.py": {"_wait"},
    "plugin_utils/_domain/operation/protocol.py": {"prefetched"},
    "plugin_utils/_domain/probes/asking.py": {"_answer", "_chain", "_judged_all", "_later", "_later_as_system", "_pem"},
    "plugin_utils/_domain/ctl/folder.py": {"_said"},
    "plugin_utils/_domain/journal/writer.py": {"_note", "_demand_copied"},
    "plugin_utils/_domain/journal/restore.py": {"_empty"},
    "plugin_utils/_domain/journal/rollback.py": {"_system_root"},
    "plugin_utils/_domain/diagnosis/validate.py": {"_validated"},
    "plugin_utils/_remote/conversation.py": {"_read", "send_command_input"},
    "plugin_utils/_remote/envelopes.py": {"send"},
    "plugin_utils/_remote/fast_transport.py": {
        "_accepted", "_challenge", "_exchange", "_handshake", "_log_on", "_offer", "opened", "send_message"
    },
    "plugin_utils/_remote/host.py": {"run"},
    "plugin_utils/_remote/sealing.py": {"step", "unwrap", "wrap", "_part"},
    "plugin_utils/_remote/bounded.py": {"send_message"},
    "plugin_utils/_remote/protocol.py": {"send_command_input"},
    "plugin_utils/_remote/psrp.py": {"_post", "send_message"},
    "plugin_utils/_remote/ssh.py": {"run", "_session", "_written", "scripts"},
    "plugin_utils/_remote/sweep_host.py": {"run"},
    "plugin_utils/_remote/winrm.py": {"run", "_run", "_note_answer"},
    "plugin_utils/_remote/wire.py": {"send"},
    # They compare what was read.
    "plugin_utils/_domain/ctl/sync.py": {"_demand_published", "_result"},
    "plugin_utils/_domain/root_lists.py": {"_prove"},
    "plugin_utils/_domain/defender/spynet.py": {"_prove"},
    "plugin_utils/_domain/defender/own_proxy.py": {"_prove"},
    # They read or write what the controller holds.
    "plugin_utils/_report/request_texts.py": {"is_ours"},
    "plugin_utils/_domain/operation/file_transfer.py": {
        "restore", "_write", "commands", "split_last_line", "demand_carried"
    },
    "plugin_utils/_domain/journal/seal.py": {"_code"},
    "plugin_utils/_domain/publisher_evidence.py": {"sha256", "_write", "_demand_hash"},
    "plugin_utils/_windows/machine_config.py": {"_without", "_last_line"},
    "plugin_utils/_windows/schtasks.py": {"escaped"},
}  # fmt: skip
"""Functions that write, compare or hand on; what they hand it to is measured."""


@functools.cache
def _sources() -> dict[str, ast.Module]:
    return {str(path.relative_to(PLUGINS)): ast.parse(path.read_text("utf-8")) for path in PLUGINS.rglob("*.py")}


def _module(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.plugins.{name.removesuffix('.py').replace('/', '.')}")


def _uses(tree: ast.Module) -> dict[str, set[str]]:
    """Name of a compiled pattern -> what it is used for in its module."""
    found: dict[str, set[str]] = defaultdict(set)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in METHODS:
            found[node.value.id].add(node.attr)
    return found


def patterns() -> Iterator[tuple[str, str | bytes, int, str]]:
    """Name, pattern, flags and use of every regular expression below `plugins`, as found in the source."""
    for name, tree in sorted(_sources().items()):
        calls = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in (*METHODS, "compile", "subn")
        ]
        given = {
            id(node.value): node.targets[0].id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        uses, module = _uses(tree), _module(name) if calls else None
        for call in calls:
            method = call.func.attr  # type: ignore[attr-defined]
            flags = [
                argument
                for argument in (*call.args[1:], *(keyword.value for keyword in call.keywords))
                if "re." in ast.unparse(argument)
            ]
            flag = functools.reduce(
                lambda one, other: one | int(other), (_eval(each, vars(module)) for each in flags), 0
            )
            wanted = uses.get(given.get(id(call), ""), set()) or {"search"} if method == "compile" else {method}
            for pattern in _values(name, call.args[0], vars(module)):
                for use in sorted(wanted):
                    yield f"{name}:{call.lineno} {use} {pattern!r}", pattern, flag, use


def _values(name: str, argument: ast.expr, scope: dict[str, Any]) -> list[str | bytes]:
    if isinstance(argument, ast.Name) and argument.id not in scope:
        return list(_eval(ast.parse(IN_LOOPS[name], mode="eval").body, scope))
    return [_eval(argument, scope)]


def _eval(expression: ast.expr, scope: dict[str, Any]) -> Any:
    """What an expression of the source is worth in its own module."""
    return eval(compile(ast.Expression(expression), "<source>", "eval"), scope)  # noqa: S307 - our own source


def readers() -> set[tuple[str, str]]:
    """File and name of every function that is given what a host said, by the types and names of its parameters."""
    found = set()
    for name, tree in _sources().items():
        if not name.startswith(LAYERS):
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("__"):
                continue
            if node.returns is not None and ast.unparse(node.returns) == "Command":
                continue
            for one in (*node.args.args, *node.args.kwonlyargs):
                kind = ast.unparse(one.annotation) if one.annotation else ""
                said = "_windows" in name and one.arg in TEXTS and kind.startswith("str")
                if said or (re.search(r"\b(bytes|Outcome|Answer)\b", kind) and "Callable" not in kind):
                    found.add((name, node.name))
    return found


def measure(jobs: Iterable[list[Any]], enough: float = ENOUGH) -> dict[str, str]:
    """What is wrong with each of the jobs that is not linear, by its name."""
    waiting, wrong, lock = list(jobs), dict[str, str](), threading.Lock()
    share = max(1, -(-len(waiting) // CHILDREN))

    def work(part: list[list[Any]]) -> None:
        while part:
            ended = _child(part, wrong, enough)
            with lock:
                part = part[ended:]

    threads = [threading.Thread(target=work, args=(waiting[at : at + share],)) for at in range(0, len(waiting), share)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def _child(part: list[list[Any]], wrong: dict[str, str], enough: float) -> int:
    """Lets a child measure; returns how many of the jobs are done with, whatever came of them."""
    child = subprocess.Popen(
        [sys.executable, "-m", costs.__name__, str(enough)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdin.write(json.dumps(part))
    child.stdin.close()
    done, begun, line = 0, "", ""
    while True:
        late = threading.Timer(WALL * enough, child.kill)
        late.start()
        line = child.stdout.readline()
        late.cancel()
        if not line:
            break
        event, name, *found = json.loads(line)
        if event == "begin":
            begun = name
        else:
            done, begun = done + 1, ""
            if found[0]:
                wrong[name] = f"{found[0][0]:.0f} times for ten times the text, such as {found[0][1]!r}"
    said = child.stderr.read()
    child.stdout.close()
    child.stderr.close()
    if child.wait() != 0:
        wrong[begun or "the child"] = f"not done within {enough:g} seconds" if child.returncode < 0 else said[-1500:]
        done += 1
    return done


def job(name: str, pattern: str | bytes, flags: int, method: str) -> list[Any]:
    binary = isinstance(pattern, bytes)
    return [name, pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern, flags, method, binary]


def test_every_pattern_and_reader_is_linear() -> None:
    # Those that take longest first, in turns, so that both children end at about the same time.
    jobs = [*([name] for name in parsers.PARSERS), *(job(*one) for one in patterns())]
    wrong = measure([*jobs[::2], *jobs[1::2]])
    assert measure([one for one in jobs if one[0] in wrong]) == {}, "what a busy machine made slow is not slow twice"


def test_the_source_holds_the_patterns_that_are_known() -> None:
    """A discovery that finds nothing would be content with everything."""
    found = [(name.partition(":")[0], use) for name, _pattern, _flags, use in patterns()]
    assert len(found) > 100
    assert ("plugin_utils/_windows/credentials.py", "sub") in found
    assert ("plugin_utils/_windows/certutil.py", "findall") in found
    assert ("plugin_utils/_remote/faults.py", "search") in found


def test_every_reader_of_a_hosts_bytes_is_in_the_catalogue() -> None:
    """One that is new belongs into tests/support/parsers.py, with texts that are costly for it."""
    measured = set(parser_runs.reached())
    exempt = {(name, function) for name, functions in NOT_OF_A_HOST.items() for function in functions}
    assert sorted(readers() - measured - exempt) == []


@pytest.mark.parametrize(
    ("pattern", "flags", "method"),
    [
        (rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*\r?\n\Z", 0, "match"),
        (r"\bMAPS\b[^\[\n]*:[ \t]*\[([^\]\n]*)\]", 0, "search"),
        (r"\b(?:MpCmdRun|CmdTool)[ \t]*:[^=\n]*?\bhr[ \t]*=[ \t]*([0-9A-F]{8,9})(?![0-9A-F])", re.IGNORECASE, "search"),
        (r"<Event[ >].*?</Event>", re.DOTALL, "findall"),
        (r"[ \t]+[^:]*:[ \t]*([0-9A-Fa-f]+)(?=[ \t\r]|\Z)", 0, "match"),
        (r"^Subject:([^\n]*)\nIssuer:([^\n]*)$(.*?)(^-----BEGIN-----\n[A-Z]+-----END-----)", re.M | re.S, "finditer"),
        (r'"[^"\n]*?D:([A-Z]*)((?:\([^()"]*\))*)(?:S:[^"]*)?"', 0, "search"),
        (r"(?:a+)+\Z", 0, "match"),
        (r"\s+\Z", 0, "search"),
        (r"--\s*x\r\n.*?;\s*y", re.DOTALL, "search"),
    ],
)
def test_a_pattern_that_grows_faster_is_found(pattern: str | bytes, flags: int, method: str) -> None:
    wrong = measure([job("bad", pattern, flags, method)], enough=3.0)
    assert list(wrong) == ["bad"], "the first seven are those that once froze a sweep"


def test_a_reader_that_grows_faster_is_found() -> None:
    def cubic(given: str) -> object:
        """How command lines were once put together: every longer one first."""
        names, lines = given.split(), []
        while names:
            for count in range(len(names), 0, -1):
                if len(" ".join(names[:count])) < 400:
                    break
            lines.append(names[:count])
            names = names[count:]
        return lines

    assert costs.growth(cubic, [many("a{} ")]) is not None
    assert costs.growth(lambda given: [len(given[at:]) for at in range(len(given))], [many("a")]) is not None
    assert costs.growth(str.split, [many("a{} ")]) is None
