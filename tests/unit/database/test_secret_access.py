"""The resource policy of the database's secret."""

import json

import botocore.session
import pytest

from tests.unit.synthesis import ACCOUNT, Block, Synthesized, statements, synthesize
from tests.variables import EVERYTHING_ON

READER_ROLES = ("execution", "task")


def deny_statements(stack: Synthesized) -> dict[str, Block]:
    """The statements of the resource policy."""
    return statements(stack.one("aws_secretsmanager_secret_policy")["policy"])


def exceptions(stack: Synthesized, sid: str = "DenyEveryoneElse") -> list[str]:
    """The principals to which a deny statement does not apply."""
    principals: list[str] = deny_statements(stack)[sid]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    return principals


def may_change(stack: Synthesized) -> list[str]:
    """The principals that may change the secret."""
    return exceptions(stack, "DenyChangesByEveryoneElse")


def reader_role_arns(stack: Synthesized) -> list[str]:
    """References to the ARNs of the execution role and the task role."""
    return [stack.ref("aws_iam_role", "arn", name=stack.role_name(role)) for role in READER_ROLES]


def test_the_secret_policy_denies_reading_to_all_principals_but_the_exceptions(every: Synthesized) -> None:
    secret = every.ref("aws_secretsmanager_secret", "arn")
    assert every.one("aws_secretsmanager_secret_policy")["secret_arn"] == secret
    assert deny_statements(every)["DenyEveryoneElse"] == {
        "Sid": "DenyEveryoneElse",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"],
        "Resource": [secret],
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": exceptions(every)}},
    }


def test_the_secret_policy_denies_every_change_to_all_principals_but_the_exceptions(
    every: Synthesized,
) -> None:
    statement = deny_statements(every)["DenyChangesByEveryoneElse"]
    assert statement == {
        "Sid": "DenyChangesByEveryoneElse",
        "Effect": "Deny",
        "Principal": "*",
        "Action": statement["Action"],
        "Resource": [every.ref("aws_secretsmanager_secret", "arn")],
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": may_change(every)}},
    }
    assert set(statement["Action"]) == changing_actions()


def changing_actions() -> set[str]:
    """The operations of Secrets Manager on one secret that are not for reading it, as IAM actions."""
    service = botocore.session.get_session().get_service_model("secretsmanager")
    on_a_secret = {
        name
        for name in service.operation_names
        if "SecretId" in getattr(service.operation_model(name).input_shape, "members", ())
        # Operations that the service authorization reference does not list yet.
        and not name.endswith("CrossAccountReplica")
    }
    reading = {name for name in on_a_secret if name.startswith(("Get", "Describe", "List", "Validate"))}
    return {f"secretsmanager:{name}" for name in on_a_secret - reading}


def test_only_those_who_deploy_and_the_root_user_can_change_the_secret(every: Synthesized) -> None:
    """The root user can repair the policy if those who deploy no longer exist."""
    deployers = [each for each in exceptions(every) if each not in reader_role_arns(every)]
    assert deployers
    assert may_change(every) == [*deployers, f"arn:aws:iam::{ACCOUNT}:root"]


def test_by_default_the_tasks_roles_and_the_principal_that_runs_terraform_can_read_the_secret(
    each_profile: Synthesized,
) -> None:
    """Terraform reads the password from the secret to set it on the database."""
    (name,) = each_profile.document["data"]["aws_iam_session_context"]
    current = f"${{data.aws_iam_session_context.{name}.issuer_arn}}"
    assert exceptions(each_profile) == [*reader_role_arns(each_profile), current]


def test_the_principal_that_runs_terraform_is_the_role_of_its_session(each_profile: Synthesized) -> None:
    """The ARN of a session changes with each login, and `aws:PrincipalArn` never contains it."""
    (context,) = each_profile.document["data"]["aws_iam_session_context"].values()
    caller = context["arn"].removeprefix("${data.aws_caller_identity.").removesuffix(".arn}")
    assert caller in each_profile.document["data"]["aws_caller_identity"]


@pytest.mark.parametrize(
    ("suffix", "deployers"),
    [
        ("prod", ["arn:aws:iam::123456789012:role/deployer"]),
        (
            EVERYTHING_ON,
            ["arn:aws:iam::123456789012:role/deploy", "arn:aws:iam::123456789012:user/ops/drift"],
        ),
    ],
)
def test_secret_reader_arns_replace_the_principal_that_runs_terraform(
    suffix: str, deployers: list[str]
) -> None:
    stack = synthesize(suffix, PAYMENT_API_DATABASE__SECRET_READER_ARNS=json.dumps(deployers))
    assert exceptions(stack) == [*reader_role_arns(stack), *deployers]
    assert "aws_iam_session_context" not in stack.document["data"]


def test_the_deny_exempts_exactly_the_roles_whose_iam_policy_grants_reading_the_secret(
    every: Synthesized,
) -> None:
    readers = {
        policy["name"]
        for policy in every.all("aws_iam_policy").values()
        for statement in statements(policy["policy"]).values()
        if "secretsmanager:GetSecretValue" in statement["Action"]
    }
    assert readers == {every.role_name(role) for role in READER_ROLES}


def test_public_access_to_the_secret_is_blocked(every: Synthesized) -> None:
    assert every.one("aws_secretsmanager_secret_policy")["block_public_policy"] is True
