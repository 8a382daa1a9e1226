"""What a request to moto is about: the resource, whose it is, and the policies that stand on it."""

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

from tests.deployed.access.policies import policy, statements_of


@dataclass(frozen=True)
class Target:
    """One thing that the caller needs to be let do. `policy_decides` as in `policies.allowed`."""

    action: str
    resource: str
    owner: str
    policy: str | None = None
    policy_decides: bool = False
    context: Mapping[str, str] = field(default_factory=dict)


def targets(response: BaseResponse, action: str, resource: str) -> list[Target]:
    """What AWS asks IAM about for the action, by the service authorization reference.

    A call of any service that is not told apart here is about "*": an exact ARN never lets it pass.
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
    return Target(action, _named(action, parameters, account, region), account)


def _parameters(response: BaseResponse) -> dict[str, Any]:
    """Those of the JSON body, or of the query protocol's form."""
    body = response.body if isinstance(response.body, str) else ""
    if body.startswith("{"):
        parameters: dict[str, Any] = json.loads(body)
        return parameters
    return {name: values[0] for name, values in response.querystring.items()}


def _named(action: str, parameters: Mapping[str, Any], account: str, region: str) -> str:
    """What stands under no policy of its own, so that the caller's alone decide."""
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
    """A batch asks for itself, and for each secret as if that were read by itself."""
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
    """A call to KMS, by the caller or, `through` a service, on the caller's behalf."""
    owner = _owner(identifier) or account
    backend = kms_backends[owner][region]
    key = backend.keys[backend.any_id_to_key_id(identifier)]
    context = {f"kms:EncryptionContext:{name}": value for name, value in encryption_context.items()}
    if through:
        context["kms:ViaService"] = f"{through}.{region}.amazonaws.com"
    return Target(action, key.arn, owner, key.policy, policy_decides=True, context=context)


def _log(action: str, group: str, stream: str, account: str, region: str) -> Target:
    owner = _owner(group) or account
    # CloudWatch Logs keeps the policies of its resources by the account.
    found = logs_backends[owner][region].resource_policies.values()
    shared = policy(*(statement for each in found for statement in statements_of(each.policy_document)))
    arn = group.removesuffix(":*")
    if not arn.startswith("arn:"):
        arn = f"arn:aws:logs:{region}:{account}:log-group:{group}"
    return Target(action, f"{arn}:log-stream:{stream}", owner, shared)


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
    """The account in an ARN; None where it is a name."""
    return identifier.split(":")[4] if identifier.startswith("arn:") else None
