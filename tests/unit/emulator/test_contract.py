"""The emulator refuses what breaks AWS's own API models, in AWS's wire format."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session

from tests.emulator.calls import SERVICES
from tests.emulator.contract import compiled
from tests.emulator.server import Emulator


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(autouse=True)
def _nothing_broken_before(emulator: Emulator) -> None:
    emulator.contract.broken.clear()


def call(emulator: Emulator, service: str, operation: str, **arguments: object) -> Any:  # noqa: ANN401 - boto3's
    """Call the operation without botocore's own validation."""
    client = emulator.account.client(service)
    client.meta.events.unregister("before-parameter-build.s3.*")
    client._serializer = client._serializer._serializer  # without botocore's ParamValidationDecorator
    return getattr(client, operation)(**arguments)


@pytest.mark.parametrize(
    ("call_of", "arguments", "code", "problem"),
    [
        # Each kind of constraint.
        ("ecs create_service", {}, "ValidationException", "serviceName is required"),
        (
            "kms create_alias",
            {"AliasName": f"alias/{'x' * 251}", "TargetKeyId": "k"},
            "ValidationException",
            "AliasName must be at most 256 characters",
        ),
        (
            "secretsmanager create_secret",
            {"Name": ""},
            "ValidationException",
            "Name must be at least 1 characters",
        ),
        ("logs create_log_group", {"logGroupName": "a b"}, "ValidationException", "logGroupName must match "),
        (
            "wafv2 create_ip_set",
            {"Name": "x", "Scope": "ANYWHERE", "IPAddressVersion": "IPV4", "Addresses": []},
            "ValidationException",
            "Scope must be one of CLOUDFRONT, REGIONAL",
        ),
        (
            "application-autoscaling describe_scalable_targets",
            {"ServiceNamespace": "ecs", "ResourceIds": [""]},
            "ValidationException",
            "ResourceIds[0] must be at least 1 characters",
        ),
        # Each protocol.
        (
            "iam create_role",
            {"RoleName": "a b", "AssumeRolePolicyDocument": "{}"},
            "ValidationError",
            "RoleName must match ",
        ),
        (
            "ec2 create_vpc",
            {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "none"},
            "InvalidParameterValue",
            "InstanceTenancy must be one of ",
        ),
        (
            "s3 put_object",
            {"Bucket": "b-1", "Key": "k", "ServerSideEncryption": "rot13"},
            "InvalidArgument",
            "ServerSideEncryption must be one of ",
        ),
        (
            "route53 create_hosted_zone",
            {"Name": "example.com", "CallerReference": "x" * 129},
            "InvalidInput",
            "CallerReference must be at most 128 characters",
        ),
        (
            "backup create_backup_vault",
            {"BackupVaultName": "x"},
            "ValidationException",
            "BackupVaultName must match ",
        ),
        (
            "cloudwatch put_metric_alarm",
            {"AlarmName": "x" * 256, "EvaluationPeriods": 1},
            "ValidationError",
            "AlarmName must be at most 255 characters",
        ),
    ],
)
def test_a_request_that_breaks_the_model_is_refused(
    emulator: Emulator, call_of: str, arguments: dict[str, object], code: str, problem: str
) -> None:
    service, operation = call_of.split()
    with pytest.raises(ClientError) as refused:
        call(emulator, service, operation, **arguments)
    assert refused.value.response["Error"]["Code"] == code
    assert problem in refused.value.response["Error"]["Message"]
    (broken,) = emulator.contract.broken
    assert problem in broken


def test_a_refusal_does_not_repeat_the_value(emulator: Emulator) -> None:
    with pytest.raises(ClientError) as refused:
        call(emulator, "secretsmanager", "create_secret", Name="x", SecretString="hidden " * 10_000)
    assert "SecretString must be at most 65536 characters" in str(refused.value)
    assert "hidden" not in str(refused.value)
    assert "hidden" not in emulator.contract.broken[0]


def test_a_valid_request_is_answered_and_counted(emulator: Emulator) -> None:
    requests, constraints = emulator.contract.requests, emulator.contract.constraints
    call(emulator, "kms", "create_key", Description="x")
    assert emulator.contract.requests == requests + 1
    assert emulator.contract.constraints > constraints
    assert emulator.contract.broken == []


def test_the_body_of_a_checked_request_reaches_moto(emulator: Emulator) -> None:
    call(emulator, "s3", "create_bucket", Bucket="bucket-of-the-contract")
    call(emulator, "s3", "put_object", Bucket="bucket-of-the-contract", Key="k", Body=b"\0\xffbody")
    stored = emulator.account.client("s3").get_object(Bucket="bucket-of-the-contract", Key="k")
    assert stored["Body"].read() == b"\0\xffbody"


@pytest.mark.parametrize("service", SERVICES)
def test_every_pattern_of_the_service_can_be_compiled(service: str) -> None:
    model = get_session().get_service_model(service)
    for name in model.shape_names:
        if pattern := model.shape_for(name).metadata.get("pattern"):
            compiled(pattern)
