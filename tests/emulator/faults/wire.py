"""AWS's calls and errors as they go over the wire."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

_SERVICE = re.compile(r"Credential=[^,]+/([^/]+)/aws4_request")


@dataclass(frozen=True)
class Call:
    """One request. `service` is the name that it is signed for (`rds`, `monitoring`, …); `operation`
    the API's name for it, or method and path where the protocol does not name it (S3, Route 53, Backup)."""

    service: str
    operation: str
    protocol: str

    @property
    def writes(self) -> bool:
        """Whether it may bring something into being, by its name."""
        return self.operation.startswith(("Create", "Put", "Allocate", "Run", "Register", "Request"))


class Refusal(NamedTuple):
    """What AWS answers instead of doing as it was asked."""

    code: str
    message: str
    status: HTTPStatus = HTTPStatus.BAD_REQUEST


def read(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Call:
    """The call that a request makes."""
    signed = _SERVICE.search(headers.get("Authorization", ""))
    service = signed[1] if signed else "?"
    if target := headers.get("X-Amz-Target"):
        return Call(service, target.rpartition(".")[2], "json")
    if headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        (action,) = parse_qs(body.decode())["Action"]
        return Call(service, action, "ec2" if service == "ec2" else "query")
    protocol = {"s3": "s3", "route53": "query"}.get(service, "rest-json")
    return Call(service, f"{method} {path}", protocol)


def throttled(call: Call) -> Refusal:
    """How the service says that it is asked too often.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, and each API's common errors.
    """
    unavailable = HTTPStatus.SERVICE_UNAVAILABLE
    if call.protocol == "s3":
        return Refusal("SlowDown", "Please reduce your request rate.", unavailable)
    if call.protocol == "ec2":
        return Refusal("RequestLimitExceeded", "Request limit exceeded.", unavailable)
    code = "Throttling" if call.protocol == "query" else "ThrottlingException"
    return Refusal(code, "Rate exceeded")


def written(call: Call, refusal: Refusal, request_id: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of the refusal in the call's protocol.

    https://smithy.io/2.0/aws/protocols/index.html has the protocols and their errors.
    """
    headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}
    xml = f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
    match call.protocol:
        case "s3":
            text = f"<Error>{xml}<RequestId>{request_id}</RequestId></Error>"
        case "ec2":
            errors = f"<Errors><Error>{xml}</Error></Errors>"
            text = f"<Response>{errors}<RequestID>{request_id}</RequestID></Response>"
        case "query":
            error = f"<Error><Type>Sender</Type>{xml}</Error>"
            text = f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
        case _:
            headers |= {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": refusal.code}
            text = json.dumps({"__type": refusal.code, "message": refusal.message})
    return headers, text.encode()
