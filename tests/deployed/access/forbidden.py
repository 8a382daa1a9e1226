"""What the tasks' two roles must not get at, each a call that nothing but their own policies refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tests.deployed.access.callers import arn, bucket_open, open_to
from tests.deployed.access.calls import (
    LOG_GROUPS,
    Call,
    account_id,
    client,
    data_key,
    decrypt_by_itself,
    describe_secret,
    list_states,
    open_stream,
    read_log,
    read_state,
    secret_arn,
    state_of,
)
from tests.deployed.access.policies import policy
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment


@contextmanager
def another_secret(
    deployed: Deployment, *, key_id: str | None = None, reader: str | None = None
) -> Iterator[str]:
    """The ARN of a secret whose name begins like the database's, and whose policy names the reader."""
    manager = client(deployed.account, "secretsmanager")
    name = f"{deployed.name}-database-old"
    made = manager.create_secret(Name=name, SecretString="x", **({"KmsKeyId": key_id} if key_id else {}))[
        "ARN"
    ]
    try:
        if reader:
            manager.put_resource_policy(SecretId=made, ResourcePolicy=open_to(reader))
        yield made
    finally:
        manager.delete_secret(SecretId=made, ForceDeleteWithoutRecovery=True)


def read_another_secret(caller: Account, deployed: Deployment) -> object:
    """Under AWS's own key, which decrypts for all who may read a secret."""
    with another_secret(deployed) as other:
        return client(caller, "secretsmanager").get_secret_value(SecretId=other)


def read_another_secret_under_the_key(caller: Account, deployed: Deployment) -> object:
    """One that lets the caller: only the key is not for it."""
    with another_secret(deployed, key_id=data_key(deployed), reader=arn(caller)) as other:
        return client(caller, "secretsmanager").get_secret_value(SecretId=other)


def read_state_that_is_shared(caller: Account, deployed: Deployment) -> object:
    """Its bucket lets the caller: only the key is not for it."""
    with bucket_open(deployed, state_of(deployed)["Bucket"], arn(caller)):
        return read_state(caller, deployed)


def assume_another_role(caller: Account, deployed: Deployment) -> object:
    """One that trusts whoever the account's IAM policies let."""
    iam, name = client(deployed.account, "iam"), f"{deployed.name}-support"
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account_id(deployed.account)}:root"},
        "Action": "sts:AssumeRole",
    }
    other = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    try:
        return client(caller, "sts").assume_role(RoleArn=other, RoleSessionName="mallory")
    finally:
        iam.delete_role(RoleName=name)


FOR_NO_TASK: dict[str, Call] = {
    "another secret": read_another_secret,
    "another secret under the key": read_another_secret_under_the_key,
    "the secret's description": describe_secret,
    "a new value of the secret": lambda caller, deployed: client(caller, "secretsmanager").put_secret_value(
        SecretId=secret_arn(deployed), SecretString="mine"
    ),
    "the secret's policy": lambda caller, deployed: client(caller, "secretsmanager").delete_resource_policy(
        SecretId=secret_arn(deployed)
    ),
    "the key by itself": decrypt_by_itself,
    "another key": lambda caller, deployed: client(caller, "kms").encrypt(
        KeyId=f"alias/{deployed.name}-logs", Plaintext=b"x"
    ),
    "another log group": partial(open_stream, group=LOG_GROUPS["traffic"]),
    "a log group whose name begins like its own": partial(open_stream, group=LOG_GROUPS["tasks"] + "-jobs"),
    "a log group of its making": lambda caller, deployed: client(caller, "logs").create_log_group(
        logGroupName=f"/ecs/{deployed.name}/mine"
    ),
    "what was logged": read_log,
    "the log group": lambda caller, deployed: client(caller, "logs").delete_log_group(
        logGroupName=f"/ecs/{deployed.name}"
    ),
    "the state": read_state_that_is_shared,
    "the names of the states": list_states,
    "the buckets": lambda caller, _: client(caller, "s3").list_buckets(),
    "a user": lambda caller, _: client(caller, "iam").create_user(UserName="mallory"),
    "more rights": lambda caller, deployed: client(caller, "iam").attach_role_policy(
        RoleName=f"{deployed.name}-task", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    ),
    "another role": assume_another_role,
    "another image": lambda caller, _: client(caller, "ecr").batch_get_image(
        repositoryName="payment-api-old", imageIds=[{"imageTag": "1.0.0"}]
    ),
    "the database": lambda caller, deployed: client(caller, "rds").modify_db_cluster(
        DBClusterIdentifier=deployed.name, MasterUserPassword="mallory-mallory"
    ),
    "the service": lambda caller, deployed: client(caller, "ecs").update_service(
        cluster=deployed.name, service=deployed.name, desiredCount=0
    ),
    "the network": lambda caller, _: client(caller, "ec2").describe_vpcs(),
}
