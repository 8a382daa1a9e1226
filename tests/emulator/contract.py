"""Holds every request against AWS's own API model before moto answers it.

moto checks little of what a request contains. AWS rejects a request that breaks the model of its API, which
botocore carries for every service: required members, lengths, ranges, patterns and enumerations.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import regex
from botocore.model import ListShape, MapShape, Shape, StructureShape

from tests.emulator.calls import Application, Call, Environ, StartResponse, error_response, read_call

# The code of a validation error, by the service or by the protocol: "Common Errors" of each API reference.
_ERROR_CODES = {
    "ec2": "InvalidParameterValue",
    "query": "ValidationError",
    "route53": "InvalidInput",
    "s3": "InvalidArgument",
}

# Java's names of character classes, in which AWS writes its patterns, and those of `regex`.
_JAVA_CLASSES = {r"\p{ASCII}": r"\x00-\x7f", r"\p{Print}": r"\x20-\x7e"}


@dataclass
class Contract:
    """A WSGI application around moto's that answers a request which breaks its API model as AWS does.

    `requests` and `constraints` count what was checked, `broken` has a line for each request refused.
    """

    application: Application
    requests: int = 0
    constraints: int = 0
    broken: list[str] = field(default_factory=list)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        call = read_call(environ)
        if call is None:
            return self.application(environ, start_response)
        shape = call.operation.input_shape
        findings = list(check(shape, call.parameters)) if shape else []
        problems = [problem for problem in findings if problem is not None]
        self.requests += 1
        self.constraints += len(findings)
        if not problems:
            return self.application(environ, start_response)
        self.broken.append(f"{call.service} {call.operation.name}: {'; '.join(problems)}")
        return error_response(call, _code(call), _message(problems), start_response)


def _code(call: Call) -> str:
    return _ERROR_CODES.get(call.service) or _ERROR_CODES.get(call.protocol, "ValidationException")


def _message(problems: list[str]) -> str:
    """The members that break the model, never their values."""
    return f"{len(problems)} validation error(s) detected: {'; '.join(problems)}"


def check(shape: Shape, value: object, path: str = "") -> Iterator[str | None]:
    """Yield once for each constraint of the shape that applies to the value: None, or what breaks it."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        for name in shape.required_members:
            yield None if name in value else f"{_member(path, name)} is required"
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from check(member, value[name], _member(path, name))
    elif isinstance(shape, ListShape) and isinstance(value, list):
        yield from _within(shape, len(value), path, "members")
        for position, each in enumerate(value):
            yield from check(shape.member, each, f"{path}[{position}]")
    elif isinstance(shape, MapShape) and isinstance(value, Mapping):
        yield from _within(shape, len(value), path, "entries")
        for key, each in value.items():
            yield from check(shape.key, key, f"{path} key")
            yield from check(shape.value, each, f"{path}[{key}]")
    elif isinstance(value, str):
        yield from _text(shape, value, path)
    elif isinstance(value, bytes):
        yield from _within(shape, len(value), path, "bytes")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _within(shape, value, path, "")


def _text(shape: Shape, value: str, path: str) -> Iterator[str | None]:
    yield from _within(shape, len(value), path, "characters")
    if enumeration := getattr(shape, "enum", None):
        yield None if value in enumeration else f"{path} must be one of {', '.join(enumeration)}"
    if pattern := shape.metadata.get("pattern"):
        yield None if compiled(pattern).fullmatch(value) else f"{path} must match {pattern}"


def _within(shape: Shape, size: float, path: str, unit: str) -> Iterator[str | None]:
    lowest, highest = shape.metadata.get("min"), shape.metadata.get("max")
    if lowest is not None:
        yield None if size >= lowest else f"{path} must be at least {lowest} {unit}".rstrip()
    if highest is not None:
        yield None if size <= highest else f"{path} must be at most {highest} {unit}".rstrip()


def _member(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


@cache
def compiled(pattern: str) -> regex.Pattern[str]:
    """An AWS pattern, which is Java's, as Python has it."""
    for java, python in _JAVA_CLASSES.items():
        pattern = re.sub(rf"(?<!\[){re.escape(java)}", f"[{python}]".replace("\\", "\\\\"), pattern)
    # Surrogate pairs: Java's way of writing the characters beyond the basic plane.
    pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", "\U00010000-\U0010ffff")
    return regex.compile(pattern.replace(r"[\w-_]", r"[\w_-]"))
