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

# The groups that the stack's logs lie in, by what is logged.
LOG_GROUPS = {
    "tasks": "/ecs/{name}",
    "database": "/aws/rds/cluster/{name}/postgresql",
    "firewall": "aws-waf-logs-{name}",
    "traffic": "/vpc/{name}/flow-logs",
}


@cache
def account_id(caller: Account) -> str:
    """The account that the caller is in."""
    return str(client(caller, "sts").get_caller_identity()["Account"])


def secret_arn(deployed: Deployment) -> str:
    """The database's secret."""
    manager = client(deployed.account, "secretsmanager")
    return str(manager.describe_secret(SecretId=f"{deployed.name}-database")["ARN"])


def read_secret(caller: Account, deployed: Deployment) -> object:
    return client(caller, "secretsmanager").get_secret_value(SecretId=secret_arn(deployed))


def read_secret_in_a_batch(caller: Account, deployed: Deployment) -> object:
    """AWS answers, and names the refusal beside the secret; here the whole call is refused."""
    return client(caller, "secretsmanager").batch_get_secret_value(SecretIdList=[secret_arn(deployed)])


def describe_secret(caller: Account, deployed: Deployment) -> object:
    return client(caller, "secretsmanager").describe_secret(SecretId=secret_arn(deployed))


def open_stream(caller: Account, deployed: Deployment, *, group: str = LOG_GROUPS["tasks"]) -> dict[str, str]:
    """The first half of writing a log: a new stream, and where it is."""
    stream = f"payment-api/{time.monotonic_ns()}"
    where = {"logGroupName": group.format(name=deployed.name), "logStreamName": stream}
    client(caller, "logs").create_log_stream(**where)
    return where


def write_log(caller: Account, deployed: Deployment) -> object:
    event = {"timestamp": int(time.time() * 1000), "message": "started"}
    where = open_stream(caller, deployed)
    return client(caller, "logs").put_log_events(**where, logEvents=[event])


def read_log(caller: Account, deployed: Deployment, *, group: str = LOG_GROUPS["tasks"]) -> object:
    """From another account by ARN, as groups are shared: by name AWS looks in the caller's own account."""
    name = group.format(name=deployed.name)
    (found,) = client(deployed.account, "logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    logs = client(caller, "logs")
    if account_id(caller) == account_id(deployed.account):
        return logs.filter_log_events(logGroupName=name)
    return logs.filter_log_events(logGroupIdentifier=found["arn"].removesuffix(":*"))


def state_of(deployed: Deployment) -> dict[str, str]:
    """Where the system's state lies."""
    document = json.loads((deployed.stacks[deployed.name] / "cdk.tf.json").read_text(encoding="utf-8"))
    backend = document["terraform"]["backend"]["s3"]
    return {"Bucket": backend["bucket"], "Key": backend["key"]}


def read_state(caller: Account, deployed: Deployment) -> object:
    return client(caller, "s3").get_object(**state_of(deployed))


def read_first_state(caller: Account, deployed: Deployment) -> object:
    """Its oldest version: what was in it may still be true."""
    place = state_of(deployed)
    listed = client(deployed.account, "s3").list_object_versions(Bucket=place["Bucket"], Prefix=place["Key"])
    *_, first = (each["VersionId"] for each in listed["Versions"] if each["Key"] == place["Key"])
    return client(caller, "s3").get_object(**place, VersionId=first)


def list_states(caller: Account, deployed: Deployment) -> object:
    return client(caller, "s3").list_objects_v2(Bucket=state_of(deployed)["Bucket"])


def log_bucket(deployed: Deployment) -> str:
    """The bucket of the load balancer's logs."""
    balancing = client(deployed.account, "elbv2")
    (balancer,) = balancing.describe_load_balancers(Names=[deployed.name])["LoadBalancers"]
    found = balancing.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])
    attributes = {each["Key"]: each["Value"] for each in found["Attributes"]}
    return str(attributes["access_logs.s3.bucket"])


def access_log_bucket(deployed: Deployment) -> str:
    """The bucket of the logs of who read or wrote the state."""
    return f"{state_of(deployed)['Bucket']}-access"


def read_object(caller: Account, deployed: Deployment, bucket: str) -> object:
    """A log that was delivered to the bucket."""
    s3 = client(deployed.account, "s3")
    version = s3.put_object(Bucket=bucket, Key="delivered.log", Body=b"GET /")["VersionId"]
    try:
        return client(caller, "s3").get_object(Bucket=bucket, Key="delivered.log")
    finally:
        s3.delete_object(Bucket=bucket, Key="delivered.log", VersionId=version)


def key_of(deployed: Deployment, alias: str) -> str:
    """The ARN of the key of that alias."""
    return str(client(deployed.account, "kms").describe_key(KeyId=f"alias/{alias}")["KeyMetadata"]["Arn"])


def data_key(deployed: Deployment) -> str:
    """The key that encrypts database and secret."""
    return key_of(deployed, f"{deployed.name}-data")


def state_key(deployed: Deployment) -> str:
    """The key that encrypts the state."""
    return key_of(deployed, "payment-api-state")


def key_policy(deployed: Deployment, key_id: str) -> str:
    """The one policy of a key."""
    kms = client(deployed.account, "kms")
    return str(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])


def bucket_policy(deployed: Deployment, bucket: str) -> str:
    """The policy of a bucket."""
    return str(client(deployed.account, "s3").get_bucket_policy(Bucket=bucket)["Policy"])


def decrypt_by_itself(caller: Account, deployed: Deployment, *, key_id: str | None = None) -> object:
    """What the key sealed for the secret, without going through the secret."""
    sealed = {"KeyId": key_id or data_key(deployed), "EncryptionContext": {"SecretARN": secret_arn(deployed)}}
    blob = client(deployed.account, "kms").encrypt(**sealed, Plaintext=b"card")["CiphertextBlob"]
    return client(caller, "kms").decrypt(**sealed, CiphertextBlob=blob)
