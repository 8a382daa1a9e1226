"""What somebody may try on a deployment: each a call of AWS's API that moto answers."""

import json
import time
from collections.abc import Callable
from functools import cache

from tests.emulator.account import Account
from tests.emulator.deployment import Deployment

Call = Callable[[Account, Deployment], object]

# boto3 takes its time to make a client.
client = cache(Account.client)


def secret_arn(dev: Deployment) -> str:
    """The database's secret."""
    (secret,) = client(dev.account, "secretsmanager").list_secrets(
        Filters=[{"Key": "name", "Values": [f"{dev.name}-database"]}]
    )["SecretList"]
    return str(secret["ARN"])


def read_secret(caller: Account, dev: Deployment) -> object:
    return client(caller, "secretsmanager").get_secret_value(SecretId=secret_arn(dev))


def read_secret_in_a_batch(caller: Account, dev: Deployment) -> object:
    return client(caller, "secretsmanager").batch_get_secret_value(SecretIdList=[secret_arn(dev)])


def describe_secret(caller: Account, dev: Deployment) -> object:
    return client(caller, "secretsmanager").describe_secret(SecretId=secret_arn(dev))


def write_log(caller: Account, dev: Deployment, *, group: str | None = None) -> object:
    where = {"logGroupName": group or f"/ecs/{dev.name}", "logStreamName": f"access/{time.monotonic_ns()}"}
    client(caller, "logs").create_log_stream(**where)
    event = {"timestamp": int(time.time() * 1000), "message": "started"}
    return client(caller, "logs").put_log_events(**where, logEvents=[event])


def read_log(caller: Account, dev: Deployment) -> object:
    (group,) = client(dev.account, "logs").describe_log_groups(logGroupNamePrefix=f"/ecs/{dev.name}")[
        "logGroups"
    ]
    return client(caller, "logs").filter_log_events(logGroupIdentifier=group["arn"].removesuffix(":*"))


def state_of(dev: Deployment) -> dict[str, str]:
    """Where the system's state lies."""
    document = json.loads((dev.stacks[dev.name] / "cdk.tf.json").read_text(encoding="utf-8"))
    backend = document["terraform"]["backend"]["s3"]
    return {"Bucket": backend["bucket"], "Key": backend["key"]}


def read_state(caller: Account, dev: Deployment) -> object:
    return client(caller, "s3").get_object(**state_of(dev))


def data_key(dev: Deployment) -> str:
    """The ARN of the key that encrypts database and secret."""
    key = client(dev.account, "kms").describe_key(KeyId=f"alias/{dev.name}-data")
    return str(key["KeyMetadata"]["Arn"])


def decrypt_by_itself(caller: Account, dev: Deployment) -> object:
    sealed = client(dev.account, "kms").encrypt(KeyId=data_key(dev), Plaintext=b"card")["CiphertextBlob"]
    return client(caller, "kms").decrypt(KeyId=data_key(dev), CiphertextBlob=sealed)


def read_another_secret(caller: Account, dev: Deployment) -> object:
    manager = client(dev.account, "secretsmanager")
    other = manager.create_secret(Name="another", SecretString="x", KmsKeyId=data_key(dev))["ARN"]
    try:
        return client(caller, "secretsmanager").get_secret_value(SecretId=other)
    finally:
        manager.delete_secret(SecretId=other, ForceDeleteWithoutRecovery=True)


NOT_FOR_TASKS: dict[str, Call] = {
    "another secret": read_another_secret,
    "the secret's description": describe_secret,
    "a new value of the secret": lambda caller, dev: client(caller, "secretsmanager").put_secret_value(
        SecretId=secret_arn(dev), SecretString="mine"
    ),
    "the secret's policy": lambda caller, dev: client(caller, "secretsmanager").delete_resource_policy(
        SecretId=secret_arn(dev)
    ),
    "the key by itself": decrypt_by_itself,
    "another key": lambda caller, dev: client(caller, "kms").encrypt(
        KeyId=f"alias/{dev.name}-logs", Plaintext=b"x"
    ),
    "another log group": lambda caller, dev: write_log(caller, dev, group=f"/vpc/{dev.name}/flow-logs"),
    "what was logged": read_log,
    "the log group": lambda caller, dev: client(caller, "logs").delete_log_group(
        logGroupName=f"/ecs/{dev.name}"
    ),
    "the state": read_state,
    "the buckets": lambda caller, _: client(caller, "s3").list_buckets(),
    "a user": lambda caller, _: client(caller, "iam").create_user(UserName="mallory"),
    "more rights": lambda caller, dev: client(caller, "iam").attach_role_policy(
        RoleName=f"{dev.name}-task", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    ),
    "another role": lambda caller, _: client(caller, "sts").assume_role(
        RoleArn="arn:aws:iam::111111111111:role/emulator", RoleSessionName="mallory"
    ),
    "the database": lambda caller, dev: client(caller, "rds").modify_db_cluster(
        DBClusterIdentifier=dev.name, MasterUserPassword="mallory-mallory"
    ),
    "the service": lambda caller, dev: client(caller, "ecs").update_service(
        cluster=dev.name, service=dev.name, desiredCount=0
    ),
    "the network": lambda caller, _: client(caller, "ec2").describe_vpcs(),
}
