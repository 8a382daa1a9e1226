"""What no policy document of either stack may say, whoever it is for."""

import json
from collections.abc import Iterator

import pytest

from tests.unit.synthesis import ACCOUNT, Block, Synthesized, statements

# Whoever may do this may do it to "*": a token is for the whole registry, AWS knows no narrower resource.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
WITHOUT_RESOURCE = {"ecr:GetAuthorizationToken"}

# Where a role's resource ends in a wildcard, and why it cannot be narrower; `{…}` stands for a reference.
PARTLY_KNOWN = {
    ("flow-logs", "{log group}:log-stream:*"): "the service names its streams by network interface",
    ("flow-logs", "log-group:*"): "DescribeLogGroups lists groups, and knows no single one",
    ("database-monitoring", "log-group:RDSOSMetrics:*"): "the form in which IAM sees a group to be created",
    ("database-monitoring", "log-group:RDSOSMetrics:log-stream:*"): "RDS names its streams by instance id",
    ("execution", "{log group}:log-stream:*"): "ECS names its streams by task id",
    ("backup", "cluster-snapshot:awsbackup:*"): "AWS Backup names its snapshots by job",
}

GUARDS = ("aws:SourceAccount", "aws:SourceArn", "kms:EncryptionContext:aws:logs:arn")


def every_statement(stack: Synthesized) -> Iterator[tuple[str, Block]]:
    """Each statement of each policy document of a stack, with the type of the resource that holds it."""
    for type_, resources in stack.document["resource"].items():
        for resource in resources.values():
            for argument in ("policy", "assume_role_policy"):
                for statement in statements(resource.get(argument, '{"Statement": []}')).values():
                    yield type_, statement


@pytest.fixture(params=["dev", "staging", "prod", "state"])
def stack(request: pytest.FixtureRequest) -> Synthesized:
    """Each profile, and the state stack."""
    found: Synthesized = request.getfixturevalue(request.param)
    return found


def allowing(stack: Synthesized) -> list[tuple[str, Block]]:
    """The statements that let somebody do something."""
    found = [(type_, each) for type_, each in every_statement(stack) if each["Effect"] == "Allow"]
    assert found
    return found


def test_no_action_is_a_wildcard(stack: Synthesized) -> None:
    actions = [action for _, statement in allowing(stack) for action in statement["Action"]]
    assert not [action for action in actions if "*" in action]


def test_only_what_aws_gives_no_resource_is_allowed_on_everything(stack: Synthesized) -> None:
    """But in a key's own policy, where "*" is that key."""
    on_everything = {
        action
        for type_, statement in allowing(stack)
        if type_ != "aws_kms_key" and "*" in statement.get("Resource", [])
        for action in statement["Action"]
    }
    assert on_everything <= WITHOUT_RESOURCE


def test_a_roles_resource_ends_in_a_wildcard_only_where_its_name_is_not_known(prod: Synthesized) -> None:
    open_ended = set()
    for policy in prod.all("aws_iam_policy").values():
        for statement in statements(policy["policy"]).values():
            for resource in set(statement["Resource"]) - {"*"}:
                if "*" in resource:
                    short = resource.split(f"{ACCOUNT}:")[-1]
                    if short.startswith("${aws_cloudwatch_log_group."):
                        short = "{log group}" + short.partition("}")[2]
                    open_ended.add((policy["name"].removeprefix("payment-api-prod-"), short))
    assert open_ended == set(PARTLY_KNOWN)


def test_no_statement_means_all_but_something(stack: Synthesized) -> None:
    keys = {key for _, statement in every_statement(stack) for key in statement}
    assert not {"NotAction", "NotResource", "NotPrincipal"} & keys


def test_every_principal_let_in_is_named_but_at_the_endpoints(stack: Synthesized) -> None:
    """An endpoint's policy only narrows what the caller's own policies allow."""
    anyone = {
        type_ for type_, statement in allowing(stack) if "*" in json.dumps(statement.get("Principal", ""))
    }
    assert anyone <= {"aws_vpc_endpoint"}


def test_no_service_acts_without_saying_for_whom(stack: Synthesized) -> None:
    """The confused deputy: another account's resource must not make the service use ours."""
    for type_, statement in allowing(stack):
        if "Service" in statement.get("Principal", {}):
            assert any(guard in json.dumps(statement["Condition"]) for guard in GUARDS), type_


def test_whoever_comes_without_tls_is_refused_at_every_bucket(stack: Synthesized) -> None:
    for bucket_policy in stack.all("aws_s3_bucket_policy").values():
        assert statements(bucket_policy["policy"])["DenyInsecureTransport"]["Effect"] == "Deny"
    assert len(stack.all("aws_s3_bucket_policy")) == len(stack.all("aws_s3_bucket")) > 0
