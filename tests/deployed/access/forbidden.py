"""The calls that the tasks' two roles must not be allowed, each denied by nothing but their own policies."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tests.deployed.access.callers import bucket_allows, full_access_for, role_arn
from tests.deployed.access.calls import (
    LOG_GROUPS,
    Call,
    account_id,
    client,
    data_key,
    decrypt_directly,
    decrypt_field,
    describe_secret,
    list_states,
    open_stream,
    read_log,
    read_state,
    secret_arn,
)
from tests.deployed.lookups import state_object
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment
from tests.emulator.policy_evaluation import policy


@contextmanager
def another_secret(
    deployed: Deployment, *, key_id: str | None = None, reader: str | None = None
) -> Iterator[str]:
    """The ARN of a secret whose name starts with that of the database's, and whose policy allows the
    reader."""
    manager = client(deployed.account, "secretsmanager")
    name = f"{deployed.name}-database-old"
    key = {"KmsKeyId": key_id} if key_id else {}
    arn = manager.create_secret(Name=name, SecretString="x", **key)["ARN"]
    try:
        if reader:
            manager.put_resource_policy(SecretId=arn, ResourcePolicy=full_access_for(reader))
        yield arn
    finally:
        manager.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def read_another_secret(caller: Account, deployed: Deployment) -> object:
    """The secret is encrypted with the AWS managed key, which decrypts for everyone who may read the
    secret."""
    with another_secret(deployed) as other:
        return client(caller, "secretsmanager").get_secret_value(SecretId=other)


def read_another_secret_under_the_key(caller: Account, deployed: Deployment) -> object:
    """The secret's policy allows the caller; only the data key denies its use for this secret."""
    with another_secret(deployed, key_id=data_key(deployed), reader=role_arn(caller)) as other:
        return client(caller, "secretsmanager").get_secret_value(SecretId=other)


def read_state_with_bucket_access(caller: Account, deployed: Deployment) -> object:
    """The bucket's policy allows the caller; only the state's key denies its use."""
    with bucket_allows(deployed, state_object(deployed).bucket, role_arn(caller)):
        return read_state(caller, deployed)


def assume_another_role(caller: Account, deployed: Deployment) -> object:
    """The role trusts the account, and so everyone whom the account's IAM policies allow."""
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


FORBIDDEN_CALLS: dict[str, Call] = {
    "another secret": read_another_secret,
    "another secret under the key": read_another_secret_under_the_key,
    "the secret's description": describe_secret,
    "a new value of the secret": lambda caller, deployed: client(caller, "secretsmanager").put_secret_value(
        SecretId=secret_arn(deployed), SecretString="mine"
    ),
    "the secret's policy": lambda caller, deployed: client(caller, "secretsmanager").delete_resource_policy(
        SecretId=secret_arn(deployed)
    ),
    "the key directly": decrypt_directly,
    "the field key without its context": partial(decrypt_field, context={}),
    "the field key for another deployment": partial(
        decrypt_field, context={"Deployment": "payment-api-other"}
    ),
    "another key": lambda caller, deployed: client(caller, "kms").encrypt(
        KeyId=f"alias/{deployed.name}-logs", Plaintext=b"x"
    ),
    "another log group": partial(open_stream, group=LOG_GROUPS["traffic"]),
    "a log group with the same name prefix": partial(open_stream, group=LOG_GROUPS["tasks"] + "-jobs"),
    "a new log group": lambda caller, deployed: client(caller, "logs").create_log_group(
        logGroupName=f"/ecs/{deployed.name}/mine"
    ),
    "the log events": read_log,
    "the log group": lambda caller, deployed: client(caller, "logs").delete_log_group(
        logGroupName=f"/ecs/{deployed.name}"
    ),
    "the state": read_state_with_bucket_access,
    "the names of the states": list_states,
    "the buckets": lambda caller, _: client(caller, "s3").list_buckets(),
    "a user": lambda caller, _: client(caller, "iam").create_user(UserName="mallory"),
    "more permissions": lambda caller, deployed: client(caller, "iam").attach_role_policy(
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
