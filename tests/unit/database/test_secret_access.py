"""The resource policies of the database's secrets."""

import json

import botocore.session
import pytest

from tests.unit.synthesis import ACCOUNT, Block, Synthesized, statements, synthesize
from tests.variables import EVERYTHING_ON

# The secrets of the database, without the prefix of their names.
NAMES = ("database", "database-owner", "database-app-a", "database-app-b")

every_secret = pytest.mark.parametrize("name", NAMES)


def readers(stack: Synthesized, name: str) -> list[str]:
    """The names of the roles that read a secret, besides the principals that deploy."""
    of_tasks: dict[str, list[str]] = {
        "database": [],
        # A deployment without a migration has no task that logs in as the owner.
        "database-owner": ["migration-execution"] if stack.settings.service.migration_command else [],
        "database-app-a": ["execution"],
        "database-app-b": ["execution"],
    }
    return [stack.role_name(purpose) for purpose in ("database-roles", *of_tasks[name])]


def secret_arn(stack: Synthesized, name: str) -> str:
    """The reference to the ARN of a secret."""
    return stack.ref("aws_secretsmanager_secret", "arn", name=f"{stack.prefix}-{name}")


def deny_statements(stack: Synthesized, name: str) -> dict[str, Block]:
    """The statements of the resource policy of a secret."""
    resource = stack.one("aws_secretsmanager_secret_policy", secret_arn=secret_arn(stack, name))
    return statements(resource["policy"])


def exceptions(stack: Synthesized, name: str, sid: str = "DenyEveryoneElse") -> list[str]:
    """The principals to which a deny statement does not apply."""
    found: list[str] = deny_statements(stack, name)[sid]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    return found


def may_change(stack: Synthesized, name: str) -> list[str]:
    """The principals that may change a secret."""
    return exceptions(stack, name, "DenyChangesByEveryoneElse")


def reader_role_arns(stack: Synthesized, name: str) -> list[str]:
    """References to the ARNs of the roles that read a secret."""
    return [stack.ref("aws_iam_role", "arn", name=role) for role in readers(stack, name)]


def test_every_secret_has_a_policy(every: Synthesized) -> None:
    assert {each["name"] for each in every.all("aws_secretsmanager_secret").values()} == {
        f"{every.prefix}-{name}" for name in NAMES
    }
    assert len(every.all("aws_secretsmanager_secret_policy")) == len(NAMES)


@every_secret
def test_the_secret_policy_denies_reading_to_all_principals_but_the_exceptions(
    every: Synthesized, name: str
) -> None:
    assert deny_statements(every, name)["DenyEveryoneElse"] == {
        "Sid": "DenyEveryoneElse",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"],
        "Resource": [secret_arn(every, name)],
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": exceptions(every, name)}},
    }


@every_secret
def test_the_secret_policy_denies_every_change_to_all_principals_but_the_exceptions(
    every: Synthesized, name: str
) -> None:
    statement = deny_statements(every, name)["DenyChangesByEveryoneElse"]
    assert statement == {
        "Sid": "DenyChangesByEveryoneElse",
        "Effect": "Deny",
        "Principal": "*",
        "Action": statement["Action"],
        "Resource": [secret_arn(every, name)],
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": may_change(every, name)}},
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


@every_secret
def test_only_those_who_deploy_and_the_root_user_can_change_the_secret(every: Synthesized, name: str) -> None:
    """The root user can repair the policy if those who deploy no longer exist."""
    reader_arns = reader_role_arns(every, name)
    deployers = [each for each in exceptions(every, name) if each not in reader_arns]
    assert deployers
    assert may_change(every, name) == [*deployers, f"arn:aws:iam::{ACCOUNT}:root"]


@every_secret
def test_by_default_its_readers_and_the_principal_that_runs_terraform_can_read_the_secret(
    each_profile: Synthesized, name: str
) -> None:
    """Terraform reads the master's password to set it on the database, and each version in every plan."""
    (context,) = each_profile.document["data"]["aws_iam_session_context"]
    current = f"${{data.aws_iam_session_context.{context}.issuer_arn}}"
    assert exceptions(each_profile, name) == [*reader_role_arns(each_profile, name), current]


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
    for name in NAMES:
        assert exceptions(stack, name) == [*reader_role_arns(stack, name), *deployers]
    assert "aws_iam_session_context" not in stack.document["data"]


@every_secret
def test_the_deny_exempts_exactly_the_roles_whose_iam_policy_grants_reading_the_secret(
    every: Synthesized, name: str
) -> None:
    granted = {
        policy["name"]
        for policy in every.all("aws_iam_policy").values()
        for statement in statements(policy["policy"]).values()
        if "secretsmanager:GetSecretValue" in statement["Action"]
        and secret_arn(every, name) in statement["Resource"]
    }
    assert granted == set(readers(every, name))


def test_the_task_role_reads_no_database_secret(every: Synthesized) -> None:
    policy = every.one("aws_iam_policy", name=every.role_name("task"))["policy"]
    assert not [name for name in NAMES if secret_arn(every, name) in policy]


def test_public_access_to_the_secret_is_blocked(every: Synthesized) -> None:
    for policy in every.all("aws_secretsmanager_secret_policy").values():
        assert policy["block_public_policy"] is True
