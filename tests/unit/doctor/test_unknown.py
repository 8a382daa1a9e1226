"""What the doctor says where it cannot tell."""

from types import SimpleNamespace
from typing import Any

import pytest

from constructs_lib.doctor import account as checks
from constructs_lib.doctor.aws import Aws
from constructs_lib.doctor.examination import Examination
from constructs_lib.doctor.findings import Report
from tests.unit.doctor.accounts import Dns, Patient
from tests.unit.doctor.calls import refused
from tests.unit.doctor.defects import DEFECTS
from tests.unit.synthesis import synthesize


def test_a_missing_permission_is_a_line_and_stops_no_other_check(patient: Patient) -> None:
    DEFECTS["addresses"].plant(patient)
    with refused("UnauthorizedOperation", ["DescribeVpcs"]):
        report = patient.examine()
    assert report.unknown == ["could not be told: the quota of VPCs: ec2:DescribeVpcs is not allowed"]
    assert [each.problem for each in report.findings] == [DEFECTS["addresses"].problem]


def test_without_any_permission_every_check_names_one(patient: Patient) -> None:
    with refused("AccessDenied", ()):
        report = patient.examine()
    assert report.findings == []
    looked_at = {each.subject for each in checks.CHECKS}
    told = {line.removeprefix("could not be told: ").partition(":")[0] for line in report.unknown}
    # No secret is declared, and the rules are those of the JSON, against AWS's default.
    assert looked_at - told == {"the secrets of service.secrets", "the quota of security group rules"}
    assert [line for line in report.unknown if not line.endswith(" is not allowed")] == []


@pytest.mark.parametrize(
    ("operation", "permission"),
    [
        ("ListBuckets", "s3:ListAllMyBuckets"),
        ("DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers"),
        ("DescribeDBClusters", "rds:DescribeDBClusters"),
        ("SimulatePrincipalPolicy", "iam:SimulatePrincipalPolicy"),
    ],
)
def test_a_line_names_the_permission_and_not_the_operation(
    patient: Patient, operation: str, permission: str
) -> None:
    with refused("AccessDenied", [operation]):
        report = patient.examine()
    assert report.findings == []
    assert {line.rpartition(": ")[2] for line in report.unknown} == {f"{permission} is not allowed"}


def test_a_state_that_cannot_be_read_is_no_empty_state(patient: Patient) -> None:
    """Otherwise everything that is deployed would be a leftover."""
    DEFECTS["log group left"].plant(patient)
    with refused("AccessDenied", ["GetObject"]):
        report = patient.examine()
    assert report.findings == []
    reason = "the state cannot be read: s3:GetObject is not allowed"
    assert f"could not be told: log groups of an earlier deployment: {reason}" in report.unknown


def test_a_limit_that_is_not_shown_is_the_default_of_aws(patient: Patient) -> None:
    DEFECTS["addresses"].plant(patient)
    with refused("AccessDeniedException", ["GetServiceQuota"]):
        (line,) = patient.examine().lines
    assert line.startswith(
        "others use 3 of 5 Elastic IP addresses (AWS's default: servicequotas:GetServiceQuota is not allowed)"
    )


def test_a_service_that_cannot_be_reached_is_tried_once(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in patient.account.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
    report = examined_with(Aws("us-east-1"), Dns(patient.account))
    assert report.unknown == [
        "could not be told: the names of the database's secrets: "
        'Could not connect to the endpoint URL: "http://127.0.0.1:1/"'
    ]
    assert report.findings == []


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "Could not connect to the endpoint URL"),
        ({"AWS_PROFILE": "x"}, "The config profile (x) could not be found"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "Unable to locate credentials"),
    ],
)
def test_an_account_that_does_not_answer_is_one_line(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], reason: str
) -> None:
    for name, value in (patient.account.variables() | variables).items():
        monkeypatch.setenv(name, value)
    (line,) = examined_with(Aws("us-east-1"), Dns(patient.account)).lines
    assert line.startswith(f"could not be told: whether the account is ready: {reason}")


def examined_with(aws: Aws, dns: Dns) -> Report:
    stack = synthesize("prod")
    report = Report()
    checks.examine(
        Examination(settings=stack.settings, document=stack.document, aws=aws, ask_dns=dns), report
    )
    return report


class Ecs(SimpleNamespace):
    """The tasks of another cluster: two of them count, one is on Fargate Spot and one on EC2."""

    meta = SimpleNamespace()

    def can_paginate(self, _operation: str) -> bool:
        return False

    def list_clusters(self) -> dict[str, Any]:
        prefix = "arn:aws:ecs:us-east-1:123456789012:cluster/"
        return {"clusterArns": [f"{prefix}{name}" for name in ("payment-api-prod", "other")]}

    def list_tasks(self, cluster: str) -> dict[str, Any]:
        assert cluster.endswith("/other")
        return {"taskArns": [f"task/{number}" for number in range(102)]}

    def describe_tasks(self, cluster: str, tasks: list[str]) -> dict[str, Any]:
        assert cluster.endswith("/other")
        kinds = [
            {"cpu": "1024", "launchType": "FARGATE"},
            {"cpu": "256", "launchType": "FARGATE", "capacityProviderName": "FARGATE"},
            {"cpu": "4096", "launchType": "FARGATE", "capacityProviderName": "FARGATE_SPOT"},
            {"cpu": "4096", "launchType": "EC2"},
        ]
        return {"tasks": kinds if len(tasks) == 2 else []}


def test_running_tasks_of_others_count_against_the_quota_of_vcpus(patient: Patient) -> None:
    def client(service: str, _region: str) -> Any:  # noqa: ANN401 - as in Account
        return Ecs() if service == "ecs" else patient.account.client(service)

    (line,) = examined_with(Aws("us-east-1", make_client=client), Dns(patient.account)).lines
    assert line.startswith("others use 1.25 of 6 Fargate On-Demand vCPUs, and the deployment needs 5 for 20")
