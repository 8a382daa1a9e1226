"""Who asks: sessions of roles, and what policies of ours they are let past."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from botocore.exceptions import ClientError

from tests.deployed.access.calls import Call, account_id, bucket_policy, client, key_policy, secret_arn
from tests.deployed.access.enforcement import enforced, session
from tests.deployed.access.policies import policy
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment

REFUSED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}

_session = cache(session)


def arn(caller: Account) -> str:
    """What a policy names the role of the caller's session by."""
    name = client(caller, "sts").get_caller_identity()["Arn"].split("/")[1]
    return f"arn:aws:iam::{account_id(caller)}:role/{name}"


@contextmanager
def role(account: Account, name: str, *actions: str, service: str = "lambda") -> Iterator[Account]:
    """A session of a role of a service's, that may do the actions to everything as far as IAM policies go."""
    iam = client(account, "iam")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
    try:
        made = session(account, name)
        with granted(account, name, *actions), enforced(made):
            yield made
    finally:
        iam.delete_role(RoleName=name)


@contextmanager
def granted(account: Account, name: str, *actions: str) -> Iterator[None]:
    """The role may do these actions to everything, too."""
    if not actions:
        yield
        return
    iam = client(account, "iam")
    document = policy({**EVERYTHING, "Action": list(actions)})
    iam.put_role_policy(RoleName=name, PolicyName="granted", PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=name, PolicyName="granted")


@contextmanager
def payment_role(deployed: Deployment, purpose: str) -> Iterator[Account]:
    """A session of the execution or the task role."""
    made = _session(deployed.account, f"{deployed.name}-{purpose}")
    with enforced(made):
        yield made


def refused(call: Call, caller: Account, deployed: Deployment) -> None:
    """The call must end in a refusal by IAM, and in nothing else."""
    with pytest.raises(ClientError) as refusal:
        call(caller, deployed)
    assert refusal.value.response["Error"]["Code"] in REFUSED


def open_to(principal: str) -> str:
    """A resource's policy that lets the principal do everything; an account stands for whoever its IAM
    policies let."""
    return policy({**EVERYTHING, "Principal": {"AWS": principal}})


@contextmanager
def instead(put: Callable[[str], object], ours: str, theirs: str) -> Iterator[None]:
    """Another policy in the place of ours."""
    put(theirs)
    try:
        yield
    finally:
        put(ours)


@contextmanager
def key_open(deployed: Deployment, key_id: str, principal: str) -> Iterator[None]:
    """The key lets the principal; with the account for one, it has the policy that AWS gives a key."""
    kms = client(deployed.account, "kms")
    with instead(
        lambda document: kms.put_key_policy(KeyId=key_id, PolicyName="default", Policy=document),
        key_policy(deployed, key_id),
        open_to(principal),
    ):
        yield


@contextmanager
def secret_open(deployed: Deployment, principal: str) -> Iterator[None]:
    """The secret lets the principal, and refuses nobody."""
    manager, secret = client(deployed.account, "secretsmanager"), secret_arn(deployed)
    with instead(
        lambda document: manager.put_resource_policy(SecretId=secret, ResourcePolicy=document),
        manager.get_resource_policy(SecretId=secret)["ResourcePolicy"],
        open_to(principal),
    ):
        yield


@contextmanager
def bucket_open(deployed: Deployment, bucket: str, principal: str) -> Iterator[None]:
    """The bucket lets the principal."""
    s3 = client(deployed.account, "s3")
    with instead(
        lambda document: s3.put_bucket_policy(Bucket=bucket, Policy=document),
        bucket_policy(deployed, bucket),
        open_to(principal),
    ):
        yield
