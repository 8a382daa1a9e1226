"""A call of an AWS API, as it reaches the emulator, and the error response to it."""

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from botocore.session import get_session
from moto import backends
from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.iam.models import get_account_id_from
from werkzeug.exceptions import HTTPException

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# The services that the stacks use.
SERVICES = (
    *("acm", "application-autoscaling", "backup", "cloudwatch", "ec2", "ecr", "ecs", "elbv2", "iam", "kms"),
    *("logs", "rds", "resourcegroupstaggingapi", "route53", "s3", "secretsmanager", "sns", "sts", "wafv2"),
)

# moto stores the resources of these services under the partition, not under a region.
_GLOBAL_SERVICES = {"iam", "route53", "s3", "sts"}

# The key under which a request carries its call, once it is parsed.
_PARSED = "emulator.call"


class _AwsError(ServiceException):
    """A class of our own: moto looks for the errors of the service that a class's module is named after."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call: its operation, its parameters under the names of the API, and who makes it where."""

    service: str
    operation: OperationModel
    parameters: Mapping[str, Any]
    account_id: str
    access_key_id: str
    region: str
    protocol: str

    def backend(self, service: str) -> Any:  # noqa: ANN401 - each service has another class
        """moto's resources of a service, under its name in boto3, in the account and region of the call."""
        find: Any = backends.get_backend  # typed for literal names only
        name = {"application-autoscaling": "applicationautoscaling"}.get(service, service)
        return find(name)[self.account_id]["aws" if service in _GLOBAL_SERVICES else self.region]


def read_call(environ: Environ) -> Call | None:
    """Return the call that a request makes; None if it is no call of these services.

    The body can be read again afterwards. A second look at the same request costs nothing.
    """
    if _PARSED not in environ:
        environ[_PARSED] = _parsed(environ)
    call: Call | None = environ[_PARSED]
    return call


def _parsed(environ: Environ) -> Call | None:
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0].split("/")
    if len(scope) < 4 or (service := _signing_names().get(scope[-2])) is None:
        return None
    request = _buffered(environ)
    try:
        operation, members = get_service_router(service).match(request)
    except (HTTPException, NotImplementedError):
        return None
    protocol = determine_request_protocol(operation.service_model, request.content_type)
    parameters = PROTOCOL_PARSERS[protocol](operation).parse(
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
    return Call(
        service=service,
        operation=operation,
        parameters=parameters,
        account_id=get_account_id_from(scope[0]),
        access_key_id=scope[0],
        region=scope[-3],
        protocol=protocol,
    )


def error_response(call: Call, code: str, message: str, start_response: StartResponse) -> list[bytes]:
    """Start and return AWS's error response in the wire format of the call."""
    serializer = get_serializer_class(call.service, call.protocol)(operation_model=call.operation)
    answer = serializer.serialize(_AwsError(code, message))
    status = HTTPStatus(int(answer["status_code"] or HTTPStatus.BAD_REQUEST))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        status = HTTPStatus.BAD_REQUEST
    headers = [(name, str(value)) for name, value in answer["headers"].items()]
    start_response(f"{status.value} {status.phrase}", headers)
    body = answer["body"]
    return [body if isinstance(body, bytes) else body.encode()]


@cache
def _signing_names() -> Mapping[str, str]:
    session = get_session()
    return {session.get_service_model(name).signing_name: name for name in SERVICES}


def _buffered(environ: Environ) -> Request:
    """The request, whose body can be read again afterwards."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return Request({**environ, "wsgi.input": io.BytesIO(body)})
