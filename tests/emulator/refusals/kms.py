"""KMS: key policies, aliases and the states of keys."""

from typing import Any

from moto.sts.models import sts_backends

from tests.emulator.calls import Call
from tests.emulator.refusals.policies import missing_principals
from tests.emulator.refusals.resource_policies import MalformedPolicyError, allows, statements
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("kms", "CreateAlias", code="AlreadyExistsException", kind="taken")
moto_refuses("kms", "CreateAlias", code="NotFoundException", kind="not there yet")
moto_refuses("kms", "PutKeyPolicy", code="NotFoundException", kind="not there yet")
moto_refuses("kms", "EnableKeyRotation", code="NotFoundException", kind="not there yet")


@refuses("kms", "CreateKey", "PutKeyPolicy", kind="malformed")
def key_policy_malformed(call: Call) -> None:
    """A key policy names only principals that exist, and it lets the caller change it later, unless the
    call bypasses that check.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
    """
    document = call.parameters.get("Policy")
    if document is None:
        return
    try:
        found = statements(document)
    except MalformedPolicyError as error:
        raise RefusedError("MalformedPolicyDocumentException", str(error)) from error
    if not found:
        raise RefusedError("MalformedPolicyDocumentException", "The key policy has no statements.")
    if any(missing_principals(document)):
        raise RefusedError(
            "MalformedPolicyDocumentException",
            "Policy contains a statement with one or more invalid principals.",
        )
    if not call.parameters.get("BypassPolicyLockoutSafetyCheck") and not allows(
        document, principals=_names_of_caller(call), action="kms:PutKeyPolicy", resource="*", context={}
    ):
        raise RefusedError(
            "MalformedPolicyDocumentException",
            "The new key policy will not allow you to update the key policy in the future.",
        )


def _names_of_caller(call: Call) -> set[str]:
    """How a key policy can name the caller: as the account, or as the role that was assumed."""
    account = call.account_id
    assumed = list(sts_backends[account]["aws"].assumed_roles)
    roles = {each.role_arn for each in assumed if each.access_key_id == call.access_key_id}
    return {account, f"arn:aws:iam::{account}:root", *roles}


def _key(call: Call, parameter: str) -> Any:  # noqa: ANN401 - moto's class, or None
    return call.backend("kms").keys.get((call.parameters.get(parameter) or "").rpartition("/")[2])


@refuses(
    "kms",
    *("CreateAlias", "DisableKey", "DisableKeyRotation", "EnableKey", "EnableKeyRotation"),
    *("ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription"),
    kind="in use",
)
def key_pending_deletion(call: Call) -> None:
    """A key that is scheduled for deletion can be neither changed nor used.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    """
    key = _key(call, "KeyId") or _key(call, "TargetKeyId")
    if key and key.key_state == "PendingDeletion":
        raise RefusedError("KMSInvalidStateException", f"{key.arn} is pending deletion.")


@refuses("kms", "EnableKeyRotation", "Encrypt", "Decrypt", "GenerateDataKey", kind="not there yet")
def key_disabled(call: Call) -> None:
    """A disabled key cannot be used, and its rotation cannot be changed.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    """
    key = _key(call, "KeyId")
    if key and key.key_state == "Disabled":
        raise RefusedError("DisabledException", f"{key.arn} is disabled.")


@refuses("kms", "ScheduleKeyDeletion", kind="malformed")
def waiting_period_malformed(call: Call) -> None:
    """A key is deleted after a waiting period of 7 to 30 days.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
    """
    if not 7 <= call.parameters.get("PendingWindowInDays", 30) <= 30:
        raise RefusedError("ValidationException", "PendingWindowInDays must be between 7 and 30 (inclusive)")
