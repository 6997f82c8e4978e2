"""Asks URLs from a host: as the account that logged on in a line for each step, as SYSTEM in one or two tasks.

As SYSTEM the first task asks all URLs. What an https URL came to is kept in a file of the task's folder. Where findstr
finds in it one of the two codes of a revocation check that failed, the host asks again without checking. That rests on
these facts
- findstr ends with 0 where it finds one of its strings, else with 1, and `&&` goes on after 0 (sure, their help);
- curl's text holds the code of Schannel as hexadecimal digits in every language (captures: likely);
- cmd.exe puts both streams of a program into a file with `>FILE 2>&1` (sure).
The controller reads the same text. Where it finds a code and the host did not ask again, it does so in the second task,
or for a certificate that is seen only then in a third. So where one of these facts does not hold, a probe takes longer
and its result is the same.

What goes to certutil needs an answer that only the controller can read: which certificate of a chain is the server's
own, since Schannel may give the chain in either order (curl/curl#9706). It is brought along with the second task. So
are the revocation lists that the chain names: those that are built in are asked for at first, and count only where no
chain is seen or it names none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from ..._windows import certutil, curl_probe, files
from ..._windows.certificates import Named
from ..._windows.cmdline import CannotCarry, Command, Outcome, OutputTooLarge, Unread, Url
from ..as_system import batch as as_system_batch, task as as_system_task
from ..operation import NOTHING_FOUND, Ask, HostError, Operation, reason, temp_folder
from ..proxy import Client, Route, Stores, in_force
from . import known as probes_known, verdict as probes_verdict
from .known import Known, Rest
from .request import ProbeRequest
from .result import Answers
from .verdict import Probe

CERTUTIL_TIMEOUT = 120.0
FAILED_IN_REVOCATION: Final = ("revocation_offline", "no_revocation_check", "revocation_unknown")
CODES: Final = tuple(f"0x{code:08X}" for code in (probes_verdict.NO_CHECK, probes_verdict.OFFLINE))
"""Those of FAILED_IN_REVOCATION that have one, as they stand in curl's text."""
CERTIFICATE: Final = "server.cer"
Targets = Sequence[tuple[str, Route]]


@dataclass(frozen=True)
class Plan:
    """What to ask by which ways."""

    request: ProbeRequest
    targets: Targets
    lists: Targets
    name: str = ""
    """Before the numbers of its commands."""
    unread: dict[str, str] = field(default_factory=dict)
    """Command or address -> why what it is to tell is not known; steps add to it."""

    @classmethod
    def of(cls, request: ProbeRequest, known: Known, name: str = "") -> Plan:
        """By the ways that the stores say."""
        stores = known.stores_known()
        account = "system" if request.run_as == "system" else "caller"
        return cls(
            request,
            [(url, _way(request, known, stores, url)) for url in request.urls or ()],
            [(url, in_force(stores, url, Client.CRYPTOAPI, account)) for url in request.crl_urls],
            name,
            dict(known.unread),
        )

    def of_lists(self, known: Known, urls: Sequence[str]) -> Plan:
        """Asks for other lists by the same ways."""
        name = f"{self.name}named."
        if self.name:
            way = Route(self.request.proxy, "option")
            return Plan(self.request, [(url, way) for url in urls], (), name, self.unread)
        return replace(self.of(replace(self.request, urls=(), crl_urls=tuple(urls)), known, name), unread=self.unread)

    @property
    def all(self) -> Targets:
        return (*self.targets, *self.lists)

    def command(
        self, target: tuple[str, Route], curl: curl_probe.Version | None, revocation: bool = True, into: str = ""
    ) -> Command:
        """Asks for one; `curl` None: not known, then it is asked for certificates too, which an old one says that it
        does not know, and does the rest (curl's source, tool_writeout.c: sure)."""
        url, way = target
        return curl_probe.probe(
            url, proxy=way.proxy, connect_timeout=self.request.connect_timeout, timeout=self.request.timeout,
            revocation=revocation, certs=url.startswith("https:") and (curl is None or curl.knows_certs),
            into=into,
        )  # fmt: skip

    def commands(self, curl: curl_probe.Version | None) -> dict[str, Command]:
        """Asks for all, by their numbers."""
        return {f"{self.name}{number}": self.command(target, curl) for number, target in enumerate(self.all)}

    def groups(self, curl: curl_probe.Version | None) -> list[as_system_batch.Group]:
        """The same as SYSTEM, where the host asks again what failed in revocation checking."""
        return [partial(self._group, number, curl) for number in range(len(self.all))]

    def _group(self, number: int, curl: curl_probe.Version | None, folder: str) -> Mapping[str, Command]:
        target, name = self.all[number], f"{self.name}{number}"
        alone = {name: self.command(target, curl)}
        if not self.request.revocation or number >= len(self.targets) or not target[0].startswith("https:"):
            return alone
        kept = f"{folder}\\{name}.txt"
        both = {
            name: self.command(target, curl, into=kept),
            f"{name}.said": files.read(kept),
            f"{name}.again": files.holds(kept, *CODES).quiet().then_if_ok(self.command(target, curl, False)),
        }
        return both if as_system_batch.length(both) <= as_system_batch.MAX_BATCH_CHARACTERS else alone


Chain = tuple[curl_probe.Certificate, ...]


@dataclass(frozen=True)
class _Judged:
    """Probes, and a chain in which the server's own certificate was seen, where there was one."""

    probes: tuple[Probe, ...]
    chain: Chain = ()


@dataclass(frozen=True)
class _Later:
    """What needed an answer of the first step."""

    chain: Chain
    plans: Sequence[Plan] = ()
    """For lists that the chain names."""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    verified: certutil.Verification | None = None


def ask(known: Known, plan: Plan, tried: Plan | None) -> Operation[tuple[Rest, Answers, Answers | None]]:
    """Asks a plan, and in the same line or task `tried`, of which nothing is concluded on revocation."""
    plans = [plan] if tried is None else [plan, tried]
    rest, outcomes = yield from _first(known, plans)
    asked = _judged_all(plan, rest, outcomes)
    wanted = {
        number: plan.targets[number]
        for number, one in enumerate(asked.probes[: len(plan.targets)])
        if plan.request.revocation and one.failure in FAILED_IN_REVOCATION
    }
    again = {
        number: outcome
        for number in wanted
        if curl_probe.answered(outcome := outcomes.get(f"{plan.name}{number}.again", NOTHING_FOUND))
    }
    missing = {number: target for number, target in wanted.items() if number not in again}
    step = _later_as_system if plan.request.run_as == "system" else _later
    later = yield from step(known, plans, rest, again, missing, asked.chain)
    lenient = _judged(plan, [wanted[number] for number in sorted(again)], [again[number] for number in sorted(again)])
    count = len(plan.targets)
    named = Named.by(one.pem for one in later.chain)
    more = [_judged(one, one.all, [later.outcomes[f"{one.name}{n}"] for n in range(len(one.all))]).probes
            for one in later.plans]  # fmt: skip
    lists = _counted(plan, named, later.chain, (*asked.probes[count:], *(more[0] if more else ())))
    answers = Answers(asked.probes[:count], lenient.probes, lists, later.verified, named)
    other = None
    if tried is not None:
        seen = _judged_all(tried, rest, outcomes)
        through = _counted(plan, named, later.chain, (*seen.probes[count:], *(more[1] if more else ())))
        other = Answers((*seen.probes[:count], *through), (), (), None, Named.by(one.pem for one in seen.chain))
    return rest, answers, other


def _wanted(plan: Plan, named: Named, chain: Chain) -> tuple[str, ...]:
    """The lists of the chain that are to count; none where the user gave others, or where the chain is not Microsoft's:
    lists of a device that inspects TLS say nothing of Microsoft's."""
    leaf = curl_probe.leaf(chain)
    foreign = leaf is not None and probes_verdict.is_foreign(leaf)
    return () if foreign or not plan.request.has_built_in_lists else named.lists


def _counted(plan: Plan, named: Named, chain: Chain, lists: Sequence[Probe]) -> tuple[Probe, ...]:
    """Of all lists that were asked for, those that the chain names; the built-in ones where none of these was."""
    asked = {one.url: one for one in lists}
    found = tuple(asked[url] for url in _wanted(plan, named, chain) if url in asked)
    return found or tuple(one for one in lists if one.url in plan.request.crl_urls)


def _plans_for_lists(known: Known, plans: Sequence[Plan], chain: Chain) -> list[Plan]:
    """What is still to be asked for of the lists that a chain names."""
    urls = []
    for url in _wanted(plans[0], Named.by(one.pem for one in chain), chain):
        try:
            Url(url)
        except CannotCarry:
            continue
        urls.append(url)
    new = [url for url in urls if url not in plans[0].request.crl_urls]
    return [plan.of_lists(known, new) for plan in plans] if new else []


def _first(known: Known, plans: Sequence[Plan]) -> Operation[tuple[Rest, dict[str, Outcome]]]:
    """Asks all URLs, and what is not known of the host; nothing where it has no curl."""
    request, rest = plans[0].request, known.rest
    if rest is not None and rest.curl is None:
        return rest, {}
    curl = None if rest is None else rest.curl
    first = {} if rest is not None else dict(probes_known.REST)
    if request.run_as == "system":
        groups: list[as_system_batch.Group] = [
            as_system_batch.without_files({name: one}) for name, one in first.items()
        ]
        for plan in plans:
            groups += plan.groups(curl)
        outcomes = yield from _as_system(known, request, "a", groups, float(request.timeout))
    else:
        for plan in plans:
            first |= plan.commands(curl)
        outcomes = yield from as_system_batch.run(
            first, run_as=request.run_as, system_root=known.system.system_root, identity=request.identity,
            timeout=float(request.timeout),
        )  # fmt: skip
    if rest is None:
        rest, unread = probes_known.rest(outcomes)
        for plan in plans:
            plan.unread.update(unread)
    return rest, outcomes


def _as_system(
    known: Known,
    request: ProbeRequest,
    step: str,
    groups: Sequence[as_system_batch.Group],
    timeout: float,
    file: as_system_task.File | None = None,
) -> Operation[dict[str, Outcome]]:
    return as_system_batch.run_groups(
        groups, system_root=known.system.system_root, identity=request.identity.part(step), timeout=timeout, file=file
    )


def _judged_all(plan: Plan, rest: Rest, outcomes: Mapping[str, Outcome]) -> _Judged:
    """What came of a whole plan; nothing where there is no curl."""
    if rest.curl is None:
        return _Judged(tuple(probes_verdict.not_probed(url, way) for url, way in plan.all))
    return _judged(plan, plan.all, [_answer(f"{plan.name}{number}", outcomes) for number in range(len(plan.all))])


def _answer(name: str, outcomes: Mapping[str, Outcome]) -> Outcome:
    """The outcome of a command; what it printed may have gone into a file."""
    outcome, said = outcomes[name], outcomes.get(f"{name}.said")
    if said is None or reason(outcome):
        return outcome
    return said if reason(said) else Outcome(outcome.exit_code, said.output)


def _judged(plan: Plan, targets: Targets, outcomes: Sequence[Outcome]) -> _Judged:
    """The probes in the order of the targets."""
    probes: list[Probe] = []
    chain: Chain = ()
    for (url, way), outcome in zip(targets, outcomes, strict=True):
        why = reason(outcome)
        if why:
            plan.unread[f"endpoints: {url}"] = why
            probes.append(probes_verdict.not_probed(url, way))
            continue
        seen = curl_probe.parse(outcome.output, outcome.exit_code)
        probes.append(probes_verdict.judge(url, way, seen))
        chain = chain or (seen.chain if seen.leaf else ())
    return _Judged(tuple(probes), chain)


def _chain(plan: Plan, again: Mapping[int, Outcome]) -> Chain:
    """A chain that was seen only when revocation was not checked."""
    numbers = sorted(again)
    return _judged(plan, [plan.targets[number] for number in numbers], [again[number] for number in numbers]).chain


def _pem(chain: Chain) -> str:
    leaf = curl_probe.leaf(chain)
    return leaf.pem if leaf else ""


def _later_as_system(
    known: Known,
    plans: Sequence[Plan],
    rest: Rest,
    again: dict[int, Outcome],
    missing: Mapping[int, tuple[str, Route]],
    chain: Chain,
) -> Operation[_Later]:
    """What needs an answer: certutil, the lists that the chain names, and in the same task what the host did not ask
    again; that is added to `again`.

    A chain that is seen only there makes a task of its own.
    """
    plan = plans[0]
    request = plan.request
    chain = chain or _chain(plan, again)
    pem = _pem(chain)
    verifies = request.revocation and bool(request.certificate or pem)
    lists = _plans_for_lists(known, plans, chain) if verifies else []
    groups: list[as_system_batch.Group] = [partial(_verify_beside, request.certificate)] if verifies else []
    commands = {str(number): plan.command(target, rest.curl, revocation=False) for number, target in missing.items()}
    for one in lists:
        commands |= one.commands(rest.curl)
    groups += [as_system_batch.without_files({name: command}) for name, command in commands.items()]
    file = as_system_task.File(CERTIFICATE, pem) if verifies and not request.certificate else None
    timeout = CERTUTIL_TIMEOUT if verifies else float(request.timeout)
    outcomes = yield from _as_system(known, request, "b", groups, timeout, file)
    again.update({number: outcomes[str(number)] for number in missing})
    if verifies:
        return _Later(chain, lists, outcomes, _verified(plan, outcomes["verify"]))
    if missing and (later := _chain(plan, again)):
        return (yield from _later_as_system(known, plans, rest, again, {}, later))
    return _Later(chain)


def _verify_beside(given: str, folder: str) -> Mapping[str, Command]:
    return {"verify": certutil.verify(given or f"{folder}\\{CERTIFICATE}")}


def _later(
    known: Known,
    plans: Sequence[Plan],
    rest: Rest,
    again: dict[int, Outcome],
    missing: Mapping[int, tuple[str, Route]],
    chain: Chain,
) -> Operation[_Later]:
    """The same as the account that logged on, a line for each of both; certutil is not asked, nor are lists, where that
    account may not put a certificate anywhere safe."""
    plan = plans[0]
    request, root = plan.request, known.system.system_root
    commands = {str(number): plan.command(target, rest.curl, revocation=False) for number, target in missing.items()}
    outcomes = yield from as_system_batch.run(
        commands, run_as=request.run_as, system_root=root, identity=request.identity, timeout=float(request.timeout)
    )
    again.update({number: outcomes[str(number)] for number in missing})
    chain = chain or _chain(plan, again)
    pem = _pem(chain)
    if not request.revocation or not (request.certificate or (pem and known.may_be_elevated())):
        return _Later(chain)
    lists = _plans_for_lists(known, plans, chain)
    commands = {}
    for one in lists:
        commands |= one.commands(rest.curl)
    if request.certificate:
        outcomes = yield from as_system_batch.run(
            {"verify": certutil.verify(request.certificate), **commands}, run_as=request.run_as, system_root=root,
            identity=request.identity, timeout=CERTUTIL_TIMEOUT,
        )  # fmt: skip
        return _Later(chain, lists, outcomes, _verified(plan, outcomes["verify"]))
    temp, own = temp_folder.Temp(root), request.identity.part("c")
    verified, others = yield from temp_folder.with_temp_folder(
        temp, own, _verify_seen(plan, temp, pem, own.name, commands)
    )
    return _Later(chain, lists, others, verified)


def _verify_seen(
    plan: Plan, temp: temp_folder.Temp, pem: str, name: str, others: Mapping[str, Command]
) -> Operation[tuple[certutil.Verification, Mapping[str, Outcome]]]:
    """Puts the certificate in a folder of this name, and certutil looks at it in the same line, with other commands."""
    folder = temp.folder(name)
    commands = {
        **temp.listing(),
        "begin": temp_folder.filled(folder, CERTIFICATE),
        "verify": certutil.verify(f"{folder}\\{CERTIFICATE}"),
        **others,
        **temp_folder.removed_at_once(folder),
    }
    limit = 60.0 + CERTUTIL_TIMEOUT + float(plan.request.timeout) * len(others)
    try:
        answer = yield Ask(commands, stdin=pem.encode("ascii"), timeout=limit)
        if temp_folder.DONE not in answer["begin"].text:
            said = " ".join(answer["begin"].text.split())
            raise HostError(f"the certificate could not be copied to the host for certutil. Output: {said or 'none'}")
        return _verified(plan, answer["verify"]), {one: answer[one] for one in others}
    except OutputTooLarge as error:
        plan.unread["revocation.certutil"] = str(error)
        return certutil.parse_verify(b""), dict.fromkeys(others, Unread(str(error)))


def _verified(plan: Plan, outcome: Outcome) -> certutil.Verification:
    why = reason(outcome)
    if why:
        plan.unread["revocation.certutil"] = why
    return certutil.parse_verify(b"" if why else outcome.output)


def _way(request: ProbeRequest, known: Known, stores: Stores, url: str) -> Route:
    if request.proxy in (Client.WINHTTP.value, Client.DEFENDER.value):
        return in_force(stores, url, Client(request.proxy), own=known.defender.own_proxy)
    return Route("", "option") if request.proxy == "none" else Route(request.proxy, "option")
