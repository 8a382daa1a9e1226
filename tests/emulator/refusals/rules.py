"""Rules for calls that AWS refuses and moto accepts, and the middleware that applies them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

from tests.emulator.calls import Application, Call, Environ, StartResponse, error_response, read_call

Kind = Literal["in use", "protected", "not there yet", "wrong version", "taken", "too many", "malformed"]
"""Why AWS refuses a call."""

KINDS: tuple[Kind, ...] = get_args(Kind)

Rule = Callable[[Call], None]


class RefusedError(Exception):
    """AWS refuses the call with this error code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


_RULES: dict[tuple[str, str], list[tuple[Kind, Rule]]] = defaultdict(list)
_OF_MOTO: dict[tuple[str, str], list[tuple[Kind, str]]] = defaultdict(list)
_FAILS_LATER: set[tuple[str, str]] = set()


def refuses(service: str, *operations: str, kind: Kind) -> Callable[[Rule], Rule]:
    """Register a rule: a function that raises RefusedError for the calls that AWS refuses.

    It runs before moto handles the call. It ignores resources that do not exist: moto answers for them.
    """

    def register(rule: Rule) -> Rule:
        for operation in operations:
            _RULES[service, operation].append((kind, rule))
        return rule

    return register


def moto_refuses(
    service: str, operation: str, *, code: str, kind: Kind, answered_with_success: bool = False
) -> None:
    """Register an error code with which moto itself refuses calls as AWS does, so that they are counted.

    `answered_with_success`: the call succeeds, and the resource that it returns has failed with the code.
    """
    _OF_MOTO[service, operation].append((kind, code))
    if answered_with_success:
        _FAILS_LATER.add((service, operation))


def registered() -> set[tuple[Kind, frozenset[str]]]:
    """The kind of each rule, with the calls that it refuses, as `service Operation`."""
    calls: dict[tuple[Kind, object], set[str]] = defaultdict(set)
    for (service, operation), rules in _RULES.items():
        for kind, rule in rules:
            calls[kind, rule].add(f"{service} {operation}")
    for (service, operation), codes in _OF_MOTO.items():
        for kind, code in codes:
            calls[kind, (service, operation, code)].add(f"{service} {operation}")
    return {(kind, frozenset(each)) for (kind, _), each in calls.items()}


@dataclass
class Refusals:
    """A WSGI application around moto's that refuses the calls that AWS refuses.

    `refused` counts them by kind, service, operation and error code.
    """

    application: Application
    refused: Counter[tuple[Kind, str, str, str]] = field(default_factory=Counter)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        call = read_call(environ)
        if call is None:
            return self.application(environ, start_response)
        for kind, rule in _RULES.get((call.service, call.operation.name), ()):
            try:
                rule(call)
            except RefusedError as refused:
                self._count(kind, call, refused.code)
                return error_response(call, refused.code, refused.message, start_response)
        return self._answered_by_moto(call, environ, start_response)

    def _answered_by_moto(
        self, call: Call, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        codes = _OF_MOTO.get((call.service, call.operation.name))
        if codes is None:
            return self.application(environ, start_response)
        status = ""

        def record_status(line: str, headers: list[tuple[str, str]], *rest: object) -> object:
            nonlocal status
            status = f"{line} {headers}"
            return start_response(line, headers, *rest)

        body = b"".join(self.application(environ, record_status))
        if status.startswith("4") or (call.service, call.operation.name) in _FAILS_LATER:
            for kind, code in codes:
                if code in status or code.encode() in body:
                    self._count(kind, call, code)
                    break
        return [body]

    def _count(self, kind: Kind, call: Call, code: str) -> None:
        self.refused[kind, call.service, call.operation.name, code] += 1

    def summary(self) -> str:
        """The number of refused calls, of their kinds, and of the operations that were refused."""
        kinds = Counter[Kind]()
        for (kind, *_), count in self.refused.items():
            kinds[kind] += count
        operations = {(service, operation) for _, service, operation, _ in self.refused}
        by_kind = ", ".join(f"{kind} {kinds[kind]}" for kind in KINDS if kinds[kind])
        return (
            f"{kinds.total()} calls of {len(operations)} operations refused as AWS refuses them"
            f"{f' ({by_kind})' if by_kind else ''}"
        )
