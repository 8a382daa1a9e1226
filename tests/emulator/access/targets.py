"""What a request to moto is about: the resource, whose it is, and the policies that stand on it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.responses import BaseResponse
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends


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
    match action.partition(":")[0]:
        case "secretsmanager" if identifier := _secret_id(parameters):
            return _secret(action, identifier, account, region)
        case "kms" if "KeyId" in parameters:
            context = parameters.get("EncryptionContext", {})
            return [_key(action, parameters["KeyId"], account, region, context)]
        case "logs" if group := parameters.get("logGroupName") or parameters.get("logGroupIdentifier"):
            return [_log(action, group, parameters.get("logStreamName"), account, region)]
        case "s3" if resource != "arn:aws:s3:::*":
            return _bucket(action, resource, region)
        case "sts" if role := response.querystring.get("RoleArn"):
            return [_role(action, role[0])]
    return [Target(action, "*", account)]


def _parameters(response: BaseResponse) -> dict[str, Any]:
    body = response.body if isinstance(response.body, str) else ""
    parameters: dict[str, Any] = json.loads(body) if body.startswith("{") else {}
    return parameters


def _secret_id(parameters: Mapping[str, Any]) -> str | None:
    several = parameters.get("SecretIdList") or [None]
    identifier: str | None = parameters.get("SecretId") or several[0]
    return identifier


def _secret(action: str, identifier: str, account: str, region: str) -> list[Target]:
    owner = identifier.split(":")[4] if identifier.startswith("arn:") else account
    secrets = secretsmanager_backends[owner][region].secrets
    if identifier not in secrets:
        return [Target(action, identifier, owner)]
    secret: Any = secrets[identifier]
    found = [Target(action, secret.arn, owner, secret.policy)]
    if (
        action in ("secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue")
        and secret.kms_key_id
    ):
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
        context = {"SecretARN": secret.arn}
        found.append(_key("kms:Decrypt", secret.kms_key_id, owner, region, context, through="secretsmanager"))
    return found


def _role(action: str, arn: str) -> Target:
    owner = arn.split(":")[4]
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
    owner = identifier.split(":")[4] if identifier.startswith("arn:") else account
    backend = kms_backends[owner][region]
    key = backend.keys[backend.any_id_to_key_id(identifier)]
    context = {f"kms:EncryptionContext:{name}": value for name, value in encryption_context.items()}
    if through:
        context["kms:ViaService"] = f"{through}.{region}.amazonaws.com"
    return Target(action, key.arn, owner, key.policy, policy_decides=True, context=context)


def _log(action: str, group: str, stream: str | None, account: str, region: str) -> Target:
    arn = (
        group.removesuffix(":*")
        if group.startswith("arn:")
        else f"arn:aws:logs:{region}:{account}:log-group:{group}"
    )
    return Target(action, f"{arn}:log-stream:{stream or ''}", arn.split(":")[4])


def _bucket(action: str, resource: str, region: str) -> list[Target]:
    name, _, key = resource.removeprefix("arn:aws:s3:::").partition("/")
    _, owner = s3_backends.bucket_accounts[name]
    bucket = s3_backends[owner]["aws"].buckets[name]
    policy = bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy
    found = [Target(action, resource, owner, policy)]
    key_id = bucket.keys[key].kms_key_id if key in bucket.keys else None
    if key_id and action in ("s3:GetObject", "s3:GetObjectVersion"):
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
        found.append(_key("kms:Decrypt", key_id, owner, region, {"aws:s3:arn": bucket.arn}, through="s3"))
    return found
