"""Rules for every policy document of all stacks."""

import json
import re
from collections.abc import Iterator

import pytest

from constructs_lib.settings import quotas
from constructs_lib.settings.regions import ZONE_LETTERS
from tests.unit.synthesis import (
    ACCOUNT,
    Block,
    Synthesized,
    statements,
    synthesize,
    synthesize_images,
    synthesize_state,
)
from tests.variables import DEPLOYMENTS, EVERYTHING_ON

# Actions that support no resource but "*": an authorization token is valid for the whole registry, and the
# tagging API searches all resources.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
WITHOUT_RESOURCE = {"ecr:GetAuthorizationToken", "tag:GetResources"}

# The resources of roles that end in a wildcard, and why; `{log group}` replaces a reference.
WILDCARD_RESOURCES = {
    ("flow-logs", "{log group}:log-stream:*"): "the service names its streams by network interface",
    ("flow-logs", "log-group:*"): "DescribeLogGroups supports no narrower resource",
    ("database-monitoring", "log-group:RDSOSMetrics:*"): "the resource of CreateLogGroup ends in :*",
    ("database-monitoring", "log-group:RDSOSMetrics:log-stream:*"): "RDS names its streams by instance id",
    ("execution", "{log group}:log-stream:*"): "ECS names its streams by task id",
    ("backup", "*"): "AWS Backup lists clusters and snapshots without naming one",
    ("backup", "cluster-snapshot:awsbackup:*"): "AWS Backup names its snapshots by job",
}

# The same, of EVERYTHING_ON only.
WILDCARD_RESOURCES_OF_SETTINGS = {
    ("execution", "key/*"): "the ARN of a secret does not contain that of its key",
    ("task", "arn:aws:s3:::example-net-receipts/2026/*"): "objects have no ARN before they exist",
}

SOURCE_CONDITIONS = (
    *("aws:SourceAccount", "aws:SourceArn"),
    *("kms:EncryptionContext:aws:logs:arn", "kms:EncryptionContext:aws:sns:topicArn"),
)


def every_statement(stack: Synthesized) -> Iterator[tuple[str, Block]]:
    """Yield each statement of each policy document of a stack, with the type of its resource."""
    for type_, resources in stack.document["resource"].items():
        if type_ == "aws_ecr_lifecycle_policy":
            continue  # rules for images, not permissions
        for resource in resources.values():
            for argument in ("policy", "assume_role_policy"):
                for statement in statements(resource.get(argument, '{"Statement": []}')).values():
                    yield type_, statement


@pytest.fixture(params=[*DEPLOYMENTS, "state", "images"])
def stack(request: pytest.FixtureRequest) -> Synthesized:
    """The stack of each deployment, the state stack and the stack of the images."""
    match request.param:
        case "state":
            return synthesize_state()
        case "images":
            return synthesize_images(EVERYTHING_ON)
        case suffix:
            return synthesize(suffix)


def allow_statements(stack: Synthesized) -> list[tuple[str, Block]]:
    """Return the statements with the effect Allow, and the types of their resources."""
    found = [(type_, each) for type_, each in every_statement(stack) if each["Effect"] == "Allow"]
    assert found
    return found


def test_no_action_is_a_wildcard(stack: Synthesized) -> None:
    actions = [action for _, statement in allow_statements(stack) for action in statement["Action"]]
    assert not [action for action in actions if "*" in action]


def test_only_actions_without_resource_level_permissions_are_allowed_on_all(stack: Synthesized) -> None:
    """Key policies are an exception, because their resource `*` means the key itself."""
    on_all = {
        action
        for type_, statement in allow_statements(stack)
        if type_ != "aws_kms_key" and "*" in statement.get("Resource", [])
        for action in statement["Action"]
    }
    assert on_all <= WITHOUT_RESOURCE


def test_the_resources_of_roles_have_no_other_wildcards(every: Synthesized) -> None:
    wildcards = set()
    expected = {**WILDCARD_RESOURCES}
    if every.settings.suffix == EVERYTHING_ON:
        expected |= WILDCARD_RESOURCES_OF_SETTINGS
    purposes = {every.role_name(purpose): purpose for purpose, _ in expected}
    for policy in every.all("aws_iam_policy").values():
        for statement in statements(policy["policy"]).values():
            for resource in set(statement["Resource"]) - {"*"}:
                if "*" in resource:
                    short = resource.split(f"{ACCOUNT}:")[-1]
                    if short.startswith("${aws_cloudwatch_log_group."):
                        short = "{log group}" + short.partition("}")[2]
                    wildcards.add((purposes[policy["name"]], short))
    assert wildcards == set(expected)


def size(policy: str) -> int:
    """The length of a policy on AWS, where references have become ARNs of these lengths, without spaces."""
    lengths = {"aws_secretsmanager_secret": 110, "aws_kms_key": 80, "aws_cloudwatch_log_group": 100}

    def resolved(match: re.Match[str]) -> str:
        return "x" * (12 if match[1] == "data" else lengths[match[1]])

    return len(re.sub(r"\s", "", re.sub(r"\$\{(\w+)\.[^}]*\}", resolved, policy)))


@pytest.mark.parametrize("region", ["ca-central-1", max(ZONE_LETTERS, key=len)])
def test_the_policies_of_the_tasks_are_within_the_limits_with_the_most_that_settings_accept(
    region: str,
) -> None:
    """A managed policy has at most 6,144 characters, the policy of an endpoint at most 20,480.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    arn = f"arn:aws:secretsmanager:{region}:123456789012:secret:"
    secrets: dict[str, str] = {}
    while len(json.dumps([*secrets.values(), f"{arn}xxxx-000000"])) <= quotas.MAX_SECRET_ARNS_LENGTH:
        secrets[f"SECRET_{len(secrets)}"] = f"{arn}x{len(secrets):03}-000000"
    queue = {"actions": ["sqs:X"], "resources": ["arn:aws:sqs:::q"]}
    one = len('{"Sid":"Permission10","Effect":"Allow","Action":["sqs:X"],"Resource":["arn:aws:sqs:::q"]},')
    permissions = [queue] * (quotas.MAX_PERMISSIONS_LENGTH // one)
    longest = f"123456789012.dkr.ecr.{region}.amazonaws.com/".ljust(255, "r")
    stack = synthesize(
        EVERYTHING_ON,
        AWS_REGION=region,
        PAYMENT_API_NETWORK__ZONES=json.dumps(ZONE_LETTERS[region]),
        PAYMENT_API_SERVICE__IMAGE=f"{longest}@sha256:{'a' * 64}",
        PAYMENT_API_SERVICE__SECRETS=json.dumps(secrets),
        PAYMENT_API_SERVICE__PERMISSIONS=json.dumps(permissions),
    )
    for purpose in ("execution", "task"):
        document = stack.one("aws_iam_policy", name=stack.role_name(purpose))["policy"]
        assert 4_500 < size(document) <= 6_144, purpose
    for endpoint in stack.all("aws_vpc_endpoint").values():
        assert size(endpoint["policy"]) <= 20_480


def test_no_statement_has_not_action_not_resource_or_not_principal(stack: Synthesized) -> None:
    keys = {key for _, statement in every_statement(stack) for key in statement}
    assert not {"NotAction", "NotResource", "NotPrincipal"} & keys


def test_only_endpoint_policies_allow_any_principal(stack: Synthesized) -> None:
    """An endpoint policy grants nothing: it limits what the caller's own policies allow."""
    any_principal = {
        type_
        for type_, statement in allow_statements(stack)
        if "*" in json.dumps(statement.get("Principal", ""))
    }
    assert any_principal <= {"aws_vpc_endpoint"}


def test_every_service_principal_has_a_condition_on_the_source(stack: Synthesized) -> None:
    """This prevents the confused deputy problem."""
    for type_, statement in allow_statements(stack):
        if "Service" in statement.get("Principal", {}):
            assert any(key in json.dumps(statement["Condition"]) for key in SOURCE_CONDITIONS), type_


def test_every_bucket_denies_requests_without_tls(stack: Synthesized) -> None:
    for bucket_policy in stack.all("aws_s3_bucket_policy").values():
        assert statements(bucket_policy["policy"])["DenyInsecureTransport"]["Effect"] == "Deny"
    assert len(stack.all("aws_s3_bucket_policy")) == len(stack.all("aws_s3_bucket"))
