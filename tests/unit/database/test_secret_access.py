"""Who may read the database's secret, whatever their own policies say."""

from tests.unit.synthesis import Block, Synthesized, statements, synthesize

READERS = ("execution", "task")


def refusal(stack: Synthesized) -> Block:
    """The one statement of the secret's policy."""
    (statement,) = statements(stack.one("aws_secretsmanager_secret_policy")["policy"]).values()
    return statement


def exempt(stack: Synthesized) -> list[str]:
    """The principals that the refusal leaves out."""
    principals: list[str] = refusal(stack)["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    return principals


def roles(stack: Synthesized) -> list[str]:
    """The ARNs of the roles that the tasks run with."""
    prefix = stack.one("aws_ecs_cluster")["name"]
    return [stack.ref("aws_iam_role", "arn", name=f"{prefix}-{purpose}") for purpose in READERS]


def test_everyone_is_refused_but_the_named_readers(every: Synthesized) -> None:
    secret = every.ref("aws_secretsmanager_secret", "arn")
    assert every.one("aws_secretsmanager_secret_policy")["secret_arn"] == secret
    assert refusal(every) == {
        "Sid": "DenyEveryoneElse",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"],
        "Resource": [secret],
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": exempt(every)}},
    }


def test_the_readers_are_the_tasks_roles_and_whoever_applies(every: Synthesized) -> None:
    """The database is given what the secret holds, so who deploys must read it."""
    (name,) = every.document["data"]["aws_iam_session_context"]
    applies = f"${{data.aws_iam_session_context.{name}.issuer_arn}}"
    assert exempt(every) == [*roles(every), applies]


def test_whoever_applies_is_the_role_behind_the_session(every: Synthesized) -> None:
    """A session's own ARN changes with each login, and `aws:PrincipalArn` never holds it."""
    (context,) = every.document["data"]["aws_iam_session_context"].values()
    caller = context["arn"].removeprefix("${data.aws_caller_identity.").removesuffix(".arn}")
    assert caller in every.document["data"]["aws_caller_identity"]


def test_named_deployers_take_the_place_of_whoever_applies() -> None:
    deployer = "arn:aws:iam::123456789012:role/deployer"
    stack = synthesize("prod", PAYMENT_API_DATABASE__SECRET_READER_ARNS=f'["{deployer}"]')
    assert exempt(stack) == [*roles(stack), deployer]
    assert "aws_iam_session_context" not in stack.document["data"]


def test_the_roles_let_in_are_those_whose_own_policy_says_so(every: Synthesized) -> None:
    """Parity 14."""
    prefix = every.one("aws_ecs_cluster")["name"]
    readers = {
        policy["name"].removeprefix(f"{prefix}-")
        for policy in every.all("aws_iam_policy").values()
        for statement in statements(policy["policy"]).values()
        if "secretsmanager:GetSecretValue" in statement["Action"]
    }
    assert readers == set(READERS)


def test_a_policy_that_opens_the_secret_to_the_public_is_refused(every: Synthesized) -> None:
    assert every.one("aws_secretsmanager_secret_policy")["block_public_policy"] is True
