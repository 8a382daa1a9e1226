"""The resources that a request to moto accesses, with their owners and their policies."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from moto.core.responses import BaseResponse
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends

from tests.emulator.policy_evaluation import policy, statements_of


@dataclass(frozen=True)
class Target:
    """One permission that the request needs. `policy_decides` is `resource_decides` of `policies.allowed`."""

    action: str
    resource: str
    owner: str
    policy: str | None = None
    policy_decides: bool = False
    context: Mapping[str, str] = field(default_factory=dict)


def targets(response: BaseResponse, action: str, resource: str) -> list[Target]:
    """The permissions that AWS requires for the action, by the Service Authorization Reference.

    For a service that this module does not distinguish the resource is "*", which no policy with an exact ARN
    allows.
    """
    account, region = str(response.current_account), str(response.region)
    parameters = _parameters(response)
    match action.partition(":")[0], parameters:
        case "secretsmanager", {"SecretId": identifier}:
            return _secret(action, identifier, account, region)
        case "secretsmanager", {"SecretIdList": identifiers}:
            return _secrets(action, identifiers, account, region)
        case "s3", _ if resource != "arn:aws:s3:::*":
            return _bucket(action, resource, region)
    return [_target(action, parameters, account, region)]


def _target(action: str, parameters: Mapping[str, Any], account: str, region: str) -> Target:
    match action.partition(":")[0], parameters:
        case "kms", {"KeyId": identifier}:
            context = parameters.get("EncryptionContext", {})
            return _key(action, identifier, account, region, context)
        case "logs", {"logGroupName": group} | {"logGroupIdentifier": group}:
            return _log(action, group, parameters.get("logStreamName", ""), account, region)
        case "sts", {"RoleArn": arn}:
            return _role(action, arn)
    return Target(action, _resource_arn(action, parameters, account, region), account)


def _parameters(response: BaseResponse) -> dict[str, Any]:
    """The parameters in the JSON body, or in the form of the query protocol."""
    body = response.body if isinstance(response.body, str) else ""
    if body.startswith("{"):
        parameters: dict[str, Any] = json.loads(body)
        return parameters
    return {name: values[0] for name, values in response.querystring.items()}


def _resource_arn(action: str, parameters: Mapping[str, Any], account: str, region: str) -> str:
    """The ARN of a resource that has no resource policy, so that only the caller's policies decide."""
    match action.partition(":")[0], parameters:
        case "ecr", {"repositoryName": name}:
            return f"arn:aws:ecr:{region}:{account}:repository/{name}"
        case "ecs", {"cluster": cluster, "service": name}:
            return f"arn:aws:ecs:{region}:{account}:service/{cluster}/{name}"
        case "iam", {"RoleName": name}:
            return f"arn:aws:iam::{account}:role/{name}"
        case "iam", {"UserName": name}:
            return f"arn:aws:iam::{account}:user/{name}"
        case "rds", {"DBClusterIdentifier": name}:
            return f"arn:aws:rds:{region}:{account}:cluster:{name}"
    return "*"


def _secrets(action: str, identifiers: Iterable[str], account: str, region: str) -> list[Target]:
    """A batch needs a permission for itself, and for each secret the permissions for reading it."""
    read = "secretsmanager:GetSecretValue"
    each = (_secret(read, identifier, account, region) for identifier in identifiers)
    return [Target(action, "*", account), *chain.from_iterable(each)]


def _secret(action: str, identifier: str, account: str, region: str) -> list[Target]:
    owner = _owner(identifier) or account
    secrets = secretsmanager_backends[owner][region].secrets
    if identifier not in secrets:
        return [Target(action, identifier, owner)]
    secret: Any = secrets[identifier]
    found = [Target(action, secret.arn, owner, secret.policy)]
    if action == "secretsmanager:GetSecretValue" and secret.kms_key_id:
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
        context = {"SecretARN": secret.arn}
        found.append(_key("kms:Decrypt", secret.kms_key_id, owner, region, context, through="secretsmanager"))
    return found


def _role(action: str, arn: str) -> Target:
    owner = str(_owner(arn))
    trust = iam_backends[owner]["aws"].get_role_by_arn(arn).assume_role_policy_document
    return Target(action, arn, owner, trust, policy_decides=True)


def _key(
    action: str,
    identifier: str,
    account: str,
    region: str,
    encryption_context: Mapping[str, str],
    *,
    through: str | None = None,
) -> Target:
    """A call to KMS, made by the caller, or by the service `through` on the caller's behalf."""
    owner = _owner(identifier) or account
    backend = kms_backends[owner][region]
    key = backend.keys[backend.any_id_to_key_id(identifier)]
    context = {f"kms:EncryptionContext:{name}": value for name, value in encryption_context.items()}
    if through:
        context["kms:ViaService"] = f"{through}.{region}.amazonaws.com"
    return Target(action, key.arn, owner, key.policy, policy_decides=True, context=context)


def _log(action: str, group: str, stream: str, account: str, region: str) -> Target:
    owner = _owner(group) or account
    # The resource policies of CloudWatch Logs belong to the account.
    found = logs_backends[owner][region].resource_policies.values()
    account_policy = policy(
        *(statement for each in found for statement in statements_of(each.policy_document))
    )
    arn = group.removesuffix(":*")
    if not arn.startswith("arn:"):
        arn = f"arn:aws:logs:{region}:{account}:log-group:{group}"
    return Target(action, f"{arn}:log-stream:{stream}", owner, account_policy)


def _bucket(action: str, resource: str, region: str) -> list[Target]:
    name, _, key = resource.removeprefix("arn:aws:s3:::").partition("/")
    _, owner = s3_backends.bucket_accounts[name]
    bucket = s3_backends[owner]["aws"].buckets[name]
    document = bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy
    found = [Target(action, resource, owner, document)]
    key_id = bucket.keys[key].kms_key_id if key in bucket.keys else None
    if key_id and action in ("s3:GetObject", "s3:GetObjectVersion"):
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
        found.append(_key("kms:Decrypt", key_id, owner, region, {"aws:s3:arn": bucket.arn}, through="s3"))
    return found


def _owner(identifier: str) -> str | None:
    """The account id in an ARN; None for a name."""
    return identifier.split(":")[4] if identifier.startswith("arn:") else None
