"""AWS API calls and error responses in their wire formats.

https://smithy.io/2.0/aws/protocols/index.html specifies the protocols and their error formats. The error
codes and status codes are from https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html for S3,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html for EC2 (that it throttles with
503 is what its clients report), and the page CommonErrors of each other API's reference.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

_SERVICE = re.compile(r"Credential=[^,]+/([^/]+)/aws4_request")
_ROUTE53 = "https://route53.amazonaws.com/doc/2013-04-01/"


@dataclass(frozen=True)
class Call:
    """One request.

    `service` is the signing name (`rds`, `monitoring`, …); `operation` is the API's name of the operation, or
    method and path where the request does not contain the name (S3, Route 53, Backup); `media_type` is that
    of the body; `invocation` is the SDK's id of the call, the same in each attempt.
    """

    service: str
    operation: str
    protocol: str
    media_type: str = ""
    invocation: str = ""

    @property
    def writes(self) -> bool:
        """Whether the operation creates or replaces something, by its name."""
        return self.operation.startswith(("Create", "Put", "Allocate", "Run", "Register", "Request"))

    @property
    def reads(self) -> bool:
        """Whether the operation only reads, by its name."""
        return self.operation.startswith(("Describe", "Get", "List", "GET ", "HEAD "))


class Refusal(NamedTuple):
    """An error response of AWS."""

    code: str
    message: str
    status: HTTPStatus = HTTPStatus.BAD_REQUEST


def parse_call(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Call:
    """The call in an HTTP request."""
    signed = _SERVICE.search(headers.get("Authorization", ""))
    service = signed[1] if signed else "?"
    media_type = headers.get("Content-Type", "")
    operation = f"{method} {path}"
    protocol = {"s3": "s3", "route53": "rest-xml"}.get(service, "rest-json")
    if target := headers.get("X-Amz-Target"):
        operation, protocol = target.rpartition(".")[2], "json"
    elif media_type.startswith("application/x-www-form-urlencoded"):
        (operation,) = parse_qs(body.decode())["Action"]
        protocol = "ec2" if service == "ec2" else "query"
    return Call(service, operation, protocol, media_type, headers.get("Amz-Sdk-Invocation-Id", ""))


def throttled(call: Call) -> Refusal:
    """The throttling error of the call's service."""
    if call.service == "lambda":
        return Refusal("TooManyRequestsException", "Rate exceeded", HTTPStatus.TOO_MANY_REQUESTS)
    match call.protocol:
        case "s3":
            code, message = "SlowDown", "Please reduce your request rate."
            return Refusal(code, message, HTTPStatus.SERVICE_UNAVAILABLE)
        case "ec2":
            code, message = "RequestLimitExceeded", "Request limit exceeded."
            return Refusal(code, message, HTTPStatus.SERVICE_UNAVAILABLE)
        case "query" | "rest-xml":
            return Refusal("Throttling", "Rate exceeded")
        case _:
            return Refusal("ThrottlingException", "Rate exceeded")


def denied(call: Call) -> Refusal:
    """The access-denied error of the call's service, which no SDK retries."""
    message = f"User is not authorized to perform: {call.service}:{call.operation}"
    match call.protocol:
        case "ec2":
            return Refusal("UnauthorizedOperation", message, HTTPStatus.FORBIDDEN)
        case "s3" | "query" | "rest-xml":
            return Refusal("AccessDenied", message, HTTPStatus.FORBIDDEN)
        case "rest-json":
            return Refusal("AccessDeniedException", message, HTTPStatus.FORBIDDEN)
        case _:
            return Refusal("AccessDeniedException", message)


def error_response(call: Call, refusal: Refusal, request_id: str) -> tuple[dict[str, str], bytes]:
    """The headers and body of the error in the call's protocol."""
    headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}
    xml = f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
    typed = f"<Error><Type>Sender</Type>{xml}</Error><RequestId>{request_id}</RequestId>"
    match call.protocol:
        case "s3":
            headers = {"Content-Type": "application/xml", "x-amz-request-id": request_id}
            text = f"<Error>{xml}<RequestId>{request_id}</RequestId></Error>"
        case "ec2":
            errors = f"<Errors><Error>{xml}</Error></Errors>"
            text = f"<Response>{errors}<RequestID>{request_id}</RequestID></Response>"
        case "query":
            text = f"<ErrorResponse>{typed}</ErrorResponse>"
        case "rest-xml":
            text = f'<ErrorResponse xmlns="{_ROUTE53}">{typed}</ErrorResponse>'
        case "rest-json":
            headers |= {"Content-Type": "application/json", "x-amzn-ErrorType": refusal.code}
            text = json.dumps({"message": refusal.message})
        case _:
            # The response has the JSON version of the request, 1.0 or 1.1.
            headers["Content-Type"] = call.media_type
            text = json.dumps({"__type": refusal.code, "message": refusal.message})
    return headers, text.encode()
