"""Secrets Manager: secrets, their values and resource policies."""

from typing import Any

from tests.emulator.calls import Call
from tests.emulator.refusals.policies import is_public, missing_principals, statements
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("secretsmanager", "DeleteSecret", code="InvalidParameterException", kind="malformed")
moto_refuses("secretsmanager", "CreateSecret", code="ResourceExistsException", kind="taken")
moto_refuses("secretsmanager", "PutSecretValue", code="ResourceNotFoundException", kind="not there yet")
moto_refuses("secretsmanager", "GetSecretValue", code="ResourceNotFoundException", kind="not there yet")

_POLICY_SIZE = 20_480


def _secret(call: Call) -> Any:  # noqa: ANN401 - moto's secret
    identifier = call.parameters.get("SecretId")
    return call.backend("secretsmanager").secrets.get(identifier) if identifier else None


def _check_key(call: Call, key_id: str | None, code: str) -> None:
    """The AWS managed key, which is used without a key id, always exists."""
    if key_id is None or key_id.endswith("alias/aws/secretsmanager"):
        return
    kms = call.backend("kms")
    alias = key_id.partition(":")[2].rpartition(":")[2] if key_id.startswith("arn:") else key_id
    known = kms.get_key_id_from_alias(alias) if "alias/" in alias else kms.get_key_id(key_id)
    key = kms.keys.get(known)
    if key is None or key.key_state != "Enabled":
        raise RefusedError(
            code, f"Secrets Manager cannot use the KMS key {key_id}: check that it is enabled."
        )


@refuses("secretsmanager", "CreateSecret", kind="taken")
def name_is_scheduled_for_deletion(call: Call) -> None:
    """The name of a deleted secret is free only after its recovery window.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html
    """
    name = call.parameters.get("Name")
    secret = call.backend("secretsmanager").secrets.get(name)
    if secret and secret.is_deleted():
        raise RefusedError(
            "InvalidRequestException",
            "You cannot create this secret because a secret with this name is already scheduled for "
            "deletion.",
        )


@refuses(
    "secretsmanager",
    *("GetSecretValue", "PutSecretValue", "UpdateSecret", "TagResource", "UntagResource", "RotateSecret"),
    kind="in use",
)
def secret_is_scheduled_for_deletion(call: Call) -> None:
    """A secret that is scheduled for deletion is neither read nor changed until it is restored.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html
    """
    secret = _secret(call)
    if secret and secret.is_deleted():
        raise RefusedError(
            "InvalidRequestException",
            "You cannot perform this operation on the secret because it was marked for deletion.",
        )


@refuses("secretsmanager", "CreateSecret", "UpdateSecret", "PutSecretValue", kind="not there yet")
def encryption_key(call: Call) -> None:
    """A value is encrypted with the secret's key, which must exist and be enabled.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    """
    secret = _secret(call)
    _check_key(
        call, call.parameters.get("KmsKeyId") or getattr(secret, "kms_key_id", None), "EncryptionFailure"
    )


@refuses("secretsmanager", "GetSecretValue", kind="not there yet")
def decryption_key(call: Call) -> None:
    """A value is decrypted with the secret's key, which must exist and be enabled.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    """
    _check_key(call, getattr(_secret(call), "kms_key_id", None), "DecryptionFailure")


@refuses("secretsmanager", "PutResourcePolicy", kind="malformed")
def resource_policy(call: Call) -> None:
    """A resource policy is a JSON policy of at most 20,480 characters whose principals exist.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
    """
    document = call.parameters.get("ResourcePolicy") or ""
    try:
        found = statements(document)
    except ValueError:
        raise RefusedError(
            "MalformedPolicyDocumentException", "This resource policy contains errors."
        ) from None
    valid = all(
        {"Effect", "Action"} <= {*each} or {"Effect", "NotAction"} <= {*each} for each in found
    ) and all("Principal" in each or "NotPrincipal" in each for each in found)
    if len(document) > _POLICY_SIZE or not valid:
        raise RefusedError("MalformedPolicyDocumentException", "This resource policy contains errors.")
    if any(missing_principals(document)):
        raise RefusedError(
            "MalformedPolicyDocumentException", "This resource policy contains an unsupported principal."
        )


@refuses("secretsmanager", "PutResourcePolicy", kind="protected")
def public_policy(call: Call) -> None:
    """With BlockPublicPolicy, a policy that gives everyone access is refused.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
    """
    if call.parameters.get("BlockPublicPolicy") and is_public(call.parameters.get("ResourcePolicy") or ""):
        raise RefusedError("PublicPolicyException", "This resource policy grants public access.")
