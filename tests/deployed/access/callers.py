"""The callers: sessions of roles, and policies of the stack replaced so that they allow a caller."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from botocore.exceptions import ClientError

from tests.deployed.access.calls import Call, account_id, bucket_policy, client, key_policy, secret_arn
from tests.deployed.access.enforcement import enforced, session
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment
from tests.emulator.policy_evaluation import policy

ACCESS_DENIED_CODES = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
FULL_ACCESS = {"Effect": "Allow", "Action": "*", "Resource": "*"}

_session = cache(session)


def role_arn(caller: Account) -> str:
    """The ARN of the role behind the caller's session, as policies name it."""
    name = client(caller, "sts").get_caller_identity()["Arn"].split("/")[1]
    return f"arn:aws:iam::{account_id(caller)}:role/{name}"


@contextmanager
def role(account: Account, name: str, *actions: str, service: str = "lambda") -> Iterator[Account]:
    """A session of a new role that trusts the service, and whose IAM policy allows the actions on all
    resources."""
    iam = client(account, "iam")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
    try:
        caller = session(account, name)
        with permissions(account, name, *actions), enforced(caller):
            yield caller
    finally:
        iam.delete_role(RoleName=name)


@contextmanager
def permissions(account: Account, name: str, *actions: str) -> Iterator[None]:
    """Inside, an inline policy allows the role these actions on all resources."""
    if not actions:
        yield
        return
    iam = client(account, "iam")
    document = policy({**FULL_ACCESS, "Action": list(actions)})
    iam.put_role_policy(RoleName=name, PolicyName="permissions", PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=name, PolicyName="permissions")


@contextmanager
def role_of_the_tasks(deployed: Deployment, purpose: str) -> Iterator[Account]:
    """A session of the execution or the task role."""
    caller = _session(deployed.account, f"{deployed.name}-{purpose}")
    with enforced(caller):
        yield caller


def assert_denied(call: Call, caller: Account, deployed: Deployment) -> None:
    """Assert that IAM denies the call."""
    with pytest.raises(ClientError) as error:
        call(caller, deployed)
    assert error.value.response["Error"]["Code"] in ACCESS_DENIED_CODES


def full_access_for(principal: str) -> str:
    """A resource policy that allows the principal everything; an account as principal delegates to its IAM
    policies."""
    return policy({**FULL_ACCESS, "Principal": {"AWS": principal}})


@contextmanager
def replaced_policy(put: Callable[[str], object], original: str, replacement: str) -> Iterator[None]:
    """Inside, the resource has another policy."""
    put(replacement)
    try:
        yield
    finally:
        put(original)


@contextmanager
def key_allows(deployed: Deployment, key_id: str, principal: str) -> Iterator[None]:
    """Inside, the key's policy allows the principal; for the account, it is the default policy of a KMS
    key."""
    kms = client(deployed.account, "kms")
    with replaced_policy(
        lambda document: kms.put_key_policy(
            KeyId=key_id, PolicyName="default", Policy=document, BypassPolicyLockoutSafetyCheck=True
        ),
        key_policy(deployed, key_id),
        full_access_for(principal),
    ):
        yield


@contextmanager
def secret_allows(deployed: Deployment, principal: str) -> Iterator[None]:
    """Inside, the secret's policy allows the principal, and denies nobody."""
    manager, secret = client(deployed.account, "secretsmanager"), secret_arn(deployed)
    with replaced_policy(
        lambda document: manager.put_resource_policy(SecretId=secret, ResourcePolicy=document),
        manager.get_resource_policy(SecretId=secret)["ResourcePolicy"],
        full_access_for(principal),
    ):
        yield


@contextmanager
def bucket_allows(deployed: Deployment, bucket: str, principal: str) -> Iterator[None]:
    """Inside, the bucket's policy allows the principal."""
    s3 = client(deployed.account, "s3")
    with replaced_policy(
        lambda document: s3.put_bucket_policy(Bucket=bucket, Policy=document),
        bucket_policy(deployed, bucket),
        full_access_for(principal),
    ):
        yield
