"""The calls that callers make on a deployment, each an AWS API call that moto implements."""

import time
from collections.abc import Callable
from functools import cache

from tests.deployed.lookups import state_object
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment

Call = Callable[[Account, Deployment], object]

# Cached, because boto3 takes long to create a client.
client = cache(Account.client)

# The names of the stack's log groups, by what is logged.
LOG_GROUPS = {
    "tasks": "/ecs/{name}",
    "database": "/aws/rds/cluster/{name}/postgresql",
    "firewall": "aws-waf-logs-{name}",
    "traffic": "/vpc/{name}/flow-logs",
}


@cache
def account_id(caller: Account) -> str:
    """The id of the caller's account."""
    return str(client(caller, "sts").get_caller_identity()["Account"])


def secret_arn(deployed: Deployment, name: str | None = None) -> str:
    """The ARN of a secret, by default the database's."""
    manager = client(deployed.account, "secretsmanager")
    return str(manager.describe_secret(SecretId=name or f"{deployed.name}-database")["ARN"])


def read_secret(caller: Account, deployed: Deployment) -> object:
    return client(caller, "secretsmanager").get_secret_value(SecretId=secret_arn(deployed))


def read_secret_in_a_batch(caller: Account, deployed: Deployment) -> object:
    """AWS responds with an error for each denied secret; the emulator denies the whole call."""
    return client(caller, "secretsmanager").batch_get_secret_value(SecretIdList=[secret_arn(deployed)])


def describe_secret(caller: Account, deployed: Deployment) -> object:
    return client(caller, "secretsmanager").describe_secret(SecretId=secret_arn(deployed))


def policy_of_the_secret(deployed: Deployment) -> str:
    """The resource policy of the database's secret."""
    manager = client(deployed.account, "secretsmanager")
    return str(manager.get_resource_policy(SecretId=secret_arn(deployed))["ResourcePolicy"])


def set_the_same_secret_policy(caller: Account, deployed: Deployment) -> object:
    """A change that leaves the secret as it is."""
    return client(caller, "secretsmanager").put_resource_policy(
        SecretId=secret_arn(deployed), ResourcePolicy=policy_of_the_secret(deployed)
    )


CHANGES_OF_THE_SECRET: dict[str, Call] = {
    "a new version": lambda caller, deployed: client(caller, "secretsmanager").put_secret_value(
        SecretId=secret_arn(deployed), SecretString="mine"
    ),
    "another key": lambda caller, deployed: client(caller, "secretsmanager").update_secret(
        SecretId=secret_arn(deployed), KmsKeyId="alias/aws/secretsmanager"
    ),
    "deletion": lambda caller, deployed: client(caller, "secretsmanager").delete_secret(
        SecretId=secret_arn(deployed), RecoveryWindowInDays=7
    ),
    "no policy": lambda caller, deployed: client(caller, "secretsmanager").delete_resource_policy(
        SecretId=secret_arn(deployed)
    ),
    "a policy": set_the_same_secret_policy,
}


def open_stream(caller: Account, deployed: Deployment, *, group: str = LOG_GROUPS["tasks"]) -> dict[str, str]:
    """Create a log stream, which comes before writing events, and return its group and name."""
    stream = f"payment-api/{time.monotonic_ns()}"
    target = {"logGroupName": group.format(name=deployed.name), "logStreamName": stream}
    client(caller, "logs").create_log_stream(**target)
    return target


def write_log(caller: Account, deployed: Deployment) -> object:
    event = {"timestamp": int(time.time() * 1000), "message": "started"}
    target = open_stream(caller, deployed)
    return client(caller, "logs").put_log_events(**target, logEvents=[event])


def read_log(caller: Account, deployed: Deployment, *, group: str = LOG_GROUPS["tasks"]) -> object:
    """From another account the group is identified by its ARN, because a name refers to the caller's
    account."""
    name = group.format(name=deployed.name)
    (found,) = client(deployed.account, "logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    logs = client(caller, "logs")
    if account_id(caller) == account_id(deployed.account):
        return logs.filter_log_events(logGroupName=name)
    return logs.filter_log_events(logGroupIdentifier=found["arn"].removesuffix(":*"))


def read_state(caller: Account, deployed: Deployment) -> object:
    bucket, key = state_object(deployed)
    return client(caller, "s3").get_object(Bucket=bucket, Key=key)


def read_first_state(caller: Account, deployed: Deployment) -> object:
    """The oldest version of the state may still contain valid data."""
    bucket, key = state_object(deployed)
    listed = client(deployed.account, "s3").list_object_versions(Bucket=bucket, Prefix=key)
    *_, first = (each["VersionId"] for each in listed["Versions"] if each["Key"] == key)
    return client(caller, "s3").get_object(Bucket=bucket, Key=key, VersionId=first)


def list_states(caller: Account, deployed: Deployment) -> object:
    return client(caller, "s3").list_objects_v2(Bucket=state_object(deployed).bucket)


def log_bucket(deployed: Deployment) -> str:
    """The name of the bucket with the load balancer's access logs."""
    balancing = client(deployed.account, "elbv2")
    (balancer,) = balancing.describe_load_balancers(Names=[deployed.name])["LoadBalancers"]
    found = balancing.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])
    attributes = {each["Key"]: each["Value"] for each in found["Attributes"]}
    return str(attributes["access_logs.s3.bucket"])


def access_log_bucket(deployed: Deployment) -> str:
    """The name of the bucket with the access logs of the state bucket."""
    return f"{state_object(deployed).bucket}-access"


def read_object(caller: Account, deployed: Deployment, bucket: str) -> object:
    """Read an object that was delivered to the bucket."""
    s3 = client(deployed.account, "s3")
    version = s3.put_object(Bucket=bucket, Key="delivered.log", Body=b"GET /")["VersionId"]
    try:
        return client(caller, "s3").get_object(Bucket=bucket, Key="delivered.log")
    finally:
        s3.delete_object(Bucket=bucket, Key="delivered.log", VersionId=version)


def key_of(deployed: Deployment, alias: str) -> str:
    """The ARN of the key with the alias."""
    return str(client(deployed.account, "kms").describe_key(KeyId=f"alias/{alias}")["KeyMetadata"]["Arn"])


def data_key(deployed: Deployment) -> str:
    """The ARN of the key that encrypts database and secret."""
    return key_of(deployed, f"{deployed.name}-data")


def field_key(deployed: Deployment) -> str:
    """The ARN of the key with which the application encrypts fields."""
    return key_of(deployed, f"{deployed.name}-fields")


def field_context(deployed: Deployment) -> dict[str, str]:
    """The encryption context that names the deployment."""
    return {"Deployment": deployed.name}


def use_field_key(
    caller: Account, deployed: Deployment, *, context: dict[str, str] | None = None
) -> dict[str, object]:
    """Encrypt, decrypt and generate a data key with the context, by default the deployment's."""
    given = field_context(deployed) if context is None else context
    arguments = {"KeyId": field_key(deployed), "EncryptionContext": given}
    kms = client(caller, "kms")
    encrypted = kms.encrypt(**arguments, Plaintext=b"4111")["CiphertextBlob"]
    kms.generate_data_key(**arguments, KeySpec="AES_256")
    kms.generate_data_key_without_plaintext(**arguments, KeySpec="AES_256")
    decrypted: dict[str, object] = kms.decrypt(**arguments, CiphertextBlob=encrypted)
    return decrypted


def decrypt_field(caller: Account, deployed: Deployment, *, context: dict[str, str] | None = None) -> object:
    """Decrypt what was encrypted with the context, by default the deployment's."""
    given = field_context(deployed) if context is None else context
    arguments = {"KeyId": field_key(deployed), "EncryptionContext": given}
    blob = client(deployed.account, "kms").encrypt(**arguments, Plaintext=b"4111")["CiphertextBlob"]
    return client(caller, "kms").decrypt(**arguments, CiphertextBlob=blob)


def state_key(deployed: Deployment) -> str:
    """The ARN of the key that encrypts the state."""
    return key_of(deployed, "payment-api-state")


def key_policy(deployed: Deployment, key_id: str) -> str:
    """The key policy."""
    kms = client(deployed.account, "kms")
    return str(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])


def bucket_policy(deployed: Deployment, bucket: str) -> str:
    """The bucket policy."""
    return str(client(deployed.account, "s3").get_bucket_policy(Bucket=bucket)["Policy"])


def decrypt_directly(caller: Account, deployed: Deployment, *, key_id: str | None = None) -> object:
    """Decrypt with KMS itself, not through Secrets Manager, what was encrypted with the secret's context."""
    context = {"SecretARN": secret_arn(deployed)}
    arguments = {"KeyId": key_id or data_key(deployed), "EncryptionContext": context}
    blob = client(deployed.account, "kms").encrypt(**arguments, Plaintext=b"card")["CiphertextBlob"]
    return client(caller, "kms").decrypt(**arguments, CiphertextBlob=blob)
