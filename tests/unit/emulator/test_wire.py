"""botocore parses the error responses of the fault-injecting proxy like those of AWS."""

from collections.abc import Callable

import pytest
from botocore.awsrequest import HeadersDict
from botocore.model import StructureShape
from botocore.parsers import ResponseParserFactory

from tests.deployed.faults import wire
from tests.deployed.faults.wire import Call, Refusal

_JSON = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.CreateKey"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
# Protocol → a request: service of the signature, method, path, further headers and body.
REQUESTS: dict[str, tuple[str, str, str, dict[str, str], bytes]] = {
    "ec2": ("ec2", "POST", "/", _FORM, b"Action=CreateVpc&Version=2016-11-15"),
    "json": ("kms", "POST", "/", _JSON, b"{}"),
    "query": ("rds", "POST", "/", _FORM, b"Action=CreateDBCluster&Version=2014-10-31"),
    "rest-json": ("backup", "PUT", "/backup-vaults/daily", {"Content-Type": "application/json"}, b"{}"),
    "rest-xml": ("route53", "GET", "/2013-04-01/hostedzone", {}, b""),
    "s3": ("s3", "PUT", "/state/terraform.tfstate", {"Content-Type": "application/json"}, b"{}"),
}
THROTTLED = {
    "ec2": ("RequestLimitExceeded", 503),
    "json": ("ThrottlingException", 400),
    "query": ("Throttling", 400),
    "rest-json": ("ThrottlingException", 400),
    "rest-xml": ("Throttling", 400),
    "s3": ("SlowDown", 503),
}
DENIED = {
    "ec2": ("UnauthorizedOperation", 403),
    "json": ("AccessDeniedException", 400),
    "query": ("AccessDenied", 403),
    "rest-json": ("AccessDeniedException", 403),
    "rest-xml": ("AccessDenied", 403),
    "s3": ("AccessDenied", 403),
}


def call_in(protocol: str) -> Call:
    """The call that the proxy reads from the request."""
    service, method, path, headers, body = REQUESTS[protocol]
    signature = f"AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/{service}/aws4_request, Signature=0"
    return wire.parse_call(method, path, {**headers, "Authorization": signature}, body)


@pytest.mark.parametrize("protocol", REQUESTS)
def test_the_protocol_of_a_request_is_recognized(protocol: str) -> None:
    call = call_in(protocol)
    assert (call.protocol, call.service) == (protocol, REQUESTS[protocol][0])


@pytest.mark.parametrize(
    ("protocol", "operation"),
    [
        ("ec2", "CreateVpc"),
        ("json", "CreateKey"),
        ("query", "CreateDBCluster"),
        ("rest-json", "PUT /backup-vaults/daily"),
    ],
)
def test_the_operation_of_a_request_is_recognized(protocol: str, operation: str) -> None:
    assert call_in(protocol).operation == operation


@pytest.mark.parametrize("protocol", REQUESTS)
@pytest.mark.parametrize(("refuse", "expected"), [(wire.throttled, THROTTLED), (wire.denied, DENIED)])
def test_botocore_parses_an_error_response(
    protocol: str, refuse: Callable[[Call], Refusal], expected: dict[str, tuple[str, int]]
) -> None:
    call = call_in(protocol)
    refusal = refuse(call)
    headers, body = wire.error_response(call, refusal, "the-id")
    answer = {"headers": HeadersDict(headers), "body": body, "status_code": refusal.status.value}
    parser = ResponseParserFactory().create_parser("rest-xml" if protocol == "s3" else protocol)
    parsed = parser.parse(answer, StructureShape("Unmodelled", {"type": "structure", "members": {}}))

    assert (parsed["Error"]["Code"], parsed["ResponseMetadata"]["HTTPStatusCode"]) == expected[protocol]
    assert parsed["Error"]["Message"] == refusal.message
    assert parsed["ResponseMetadata"]["RequestId"] == "the-id"


def test_lambda_throttles_with_a_code_of_its_own() -> None:
    signature = {"Authorization": "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/lambda/aws4_request"}
    call = wire.parse_call("POST", "/2015-03-31/functions/name/invocations", signature, b"{}")
    refusal = wire.throttled(call)
    headers, _ = wire.error_response(call, refusal, "the-id")
    assert (headers["x-amzn-ErrorType"], refusal.status) == ("TooManyRequestsException", 429)


def test_a_json_response_has_the_version_of_the_request() -> None:
    call = call_in("json")
    headers, _ = wire.error_response(call, wire.throttled(call), "the-id")
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
