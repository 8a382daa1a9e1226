"""Holds every request against AWS's own API model before moto answers it.

moto checks little of what a request contains. AWS rejects a request that breaks the model of its API, which
botocore carries for every service: required members, lengths, ranges, patterns and enumerations.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any

import regex
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.session import get_session
from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from werkzeug.exceptions import HTTPException

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# The services that the stacks use.
SERVICES = (
    *("acm", "application-autoscaling", "backup", "cloudwatch", "ec2", "ecs", "elbv2", "iam", "kms", "logs"),
    *("rds", "resourcegroupstaggingapi", "route53", "s3", "secretsmanager", "sns", "sts", "wafv2"),
)

# The code of a validation error, by the service or by the protocol: "Common Errors" of each API reference.
_ERROR_CODES = {
    "ec2": "InvalidParameterValue",
    "query": "ValidationError",
    "route53": "InvalidInput",
    "s3": "InvalidArgument",
}

# Java's names of character classes, in which AWS writes its patterns, and those of `regex`.
_JAVA_CLASSES = {r"\p{ASCII}": r"\x00-\x7f", r"\p{Print}": r"\x20-\x7e"}


class _BrokenContract(ServiceException):
    """A class of our own: moto looks for the errors of the service that a class's module is named after."""


@dataclass
class Contract:
    """A WSGI application around moto's that answers a request which breaks its API model as AWS does.

    `requests` and `constraints` count what was checked, `broken` has a line for each request refused.
    """

    application: Application
    requests: int = 0
    constraints: int = 0
    broken: list[str] = field(default_factory=list)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        service = _service(environ)
        if service is None:
            return self.application(environ, start_response)
        request = _buffered(environ)
        try:
            operation, members = get_service_router(service).match(request)
        except (HTTPException, NotImplementedError):
            return self.application(environ, start_response)
        protocol = determine_request_protocol(operation.service_model, request.content_type)
        parsed = PROTOCOL_PARSERS[protocol](operation).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.get_data(),
                "url_path": request.path,
                "url_params": members,
            }
        )
        environ["wsgi.input"].seek(0)
        findings = list(check(operation.input_shape, parsed)) if operation.input_shape else []
        problems = [problem for problem in findings if problem is not None]
        self.requests += 1
        self.constraints += len(findings)
        if not problems:
            return self.application(environ, start_response)
        self.broken.append(f"{service} {operation.name}: {'; '.join(problems)}")
        return _refusal(operation, protocol, problems, start_response)


def _refusal(
    operation: OperationModel, protocol: str, problems: list[str], start_response: Callable[..., Any]
) -> list[bytes]:
    """AWS's answer in the wire format of the request; it names the members, never their values."""
    service = str(operation.service_model.service_name)
    code = _ERROR_CODES.get(service) or _ERROR_CODES.get(protocol, "ValidationException")
    error = _BrokenContract(code, f"{len(problems)} validation error(s) detected: {'; '.join(problems)}")
    answer = get_serializer_class(service, protocol)(operation_model=operation).serialize(error)
    headers = [(name, str(value)) for name, value in answer["headers"].items()]
    start_response(f"{HTTPStatus.BAD_REQUEST.value} {HTTPStatus.BAD_REQUEST.phrase}", headers)
    body = answer["body"]
    return [body if isinstance(body, bytes) else body.encode()]


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


@cache
def _signing_names() -> Mapping[str, str]:
    session = get_session()
    return {session.get_service_model(name).signing_name: name for name in SERVICES}


def _service(environ: Environ) -> str | None:
    """The service that the request is signed for."""
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0].split("/")
    return _signing_names().get(scope[-2]) if len(scope) > 1 else None


def _buffered(environ: Environ) -> Request:
    """The request, whose body can be read again afterwards."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return Request({**environ, "wsgi.input": io.BytesIO(body)})
