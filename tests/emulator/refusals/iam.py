"""IAM: roles and customer managed policies."""

import re

from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator

from tests.emulator.calls import Call
from tests.emulator.refusals.policies import missing_principals
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("iam", "DeleteRole", code="DeleteConflict", kind="in use")
moto_refuses("iam", "DeletePolicyVersion", code="DeleteConflict", kind="in use")
moto_refuses("iam", "CreateRole", code="EntityAlreadyExists", kind="taken")
moto_refuses("iam", "CreatePolicy", code="EntityAlreadyExists", kind="taken")
moto_refuses("iam", "CreatePolicyVersion", code="LimitExceeded", kind="too many")
moto_refuses("iam", "CreatePolicy", code="MalformedPolicyDocument", kind="malformed")
moto_refuses("iam", "CreatePolicyVersion", code="MalformedPolicyDocument", kind="malformed")
moto_refuses("iam", "PutRolePolicy", code="MalformedPolicyDocument", kind="malformed")
moto_refuses("iam", "AttachRolePolicy", code="NoSuchEntity", kind="not there yet")

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_MANAGED_POLICY_SIZE = 6_144
_INLINE_POLICIES_SIZE = 10_240
_TRUST_POLICY_SIZE = 2_048
_POLICIES_PER_ROLE = 10
_ROLES, _POLICIES = 1_000, 1_500


def _size(document: str) -> int:
    """The characters that IAM counts: all but white space."""
    return len(re.sub(r"\s", "", document))


def _limit(message: str) -> RefusedError:
    return RefusedError("LimitExceeded", message)


@refuses("iam", "DeletePolicy", kind="in use")
def policy_in_use(call: Call) -> None:
    """DeletePolicy refuses a policy that is attached, or that has versions besides the default one.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
    """
    policy = call.backend("iam").managed_policies.get(call.parameters.get("PolicyArn"))
    if policy and policy.attachment_count:
        raise RefusedError("DeleteConflict", "Cannot delete a policy attached to entities.")
    if policy and len(policy.versions) > 1:
        raise RefusedError(
            "DeleteConflict",
            "This policy has more than one version. Before you delete a policy, you must delete the policy's "
            "versions. The default version is deleted with the policy.",
        )


@refuses("iam", "CreateRole", kind="taken")
def role_name_in_another_case(call: Call) -> None:
    """The names of roles are unique in an account whatever their case.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    """
    name = str(call.parameters.get("RoleName"))
    if any(
        role.name.lower() == name.lower() and role.name != name for role in call.backend("iam").get_roles()
    ):
        raise RefusedError("EntityAlreadyExists", f"Role with name {name} already exists.")


@refuses("iam", "CreatePolicy", kind="taken")
def policy_name_in_another_case(call: Call) -> None:
    """The names of policies are unique in an account whatever their case.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
    """
    name = str(call.parameters.get("PolicyName"))
    for policy in call.backend("iam").managed_policies.values():
        own = f":{call.account_id}:" in policy.arn
        if own and policy.name.lower() == name.lower() and policy.name != name:
            raise RefusedError("EntityAlreadyExists", f"A policy called {name} already exists.")


@refuses("iam", "CreatePolicy", "CreatePolicyVersion", kind="too many")
def size_of_a_managed_policy(call: Call) -> None:
    """A managed policy has at most 6,144 characters, without white space.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    if _size(call.parameters.get("PolicyDocument") or "") > _MANAGED_POLICY_SIZE:
        raise _limit(f"Cannot exceed quota for PolicySize: {_MANAGED_POLICY_SIZE}")


@refuses("iam", "PutRolePolicy", kind="too many")
def size_of_the_inline_policies(call: Call) -> None:
    """The inline policies of a role have at most 10,240 characters in total, without white space.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    role_name, policy_name = call.parameters.get("RoleName"), call.parameters.get("PolicyName")
    for role in call.backend("iam").get_roles():
        if role.name == role_name:
            others = (text for name, text in role.policies.items() if name != policy_name)
            size = sum(map(_size, others)) + _size(call.parameters.get("PolicyDocument") or "")
            if size > _INLINE_POLICIES_SIZE:
                raise _limit(
                    f"Maximum policy size of {_INLINE_POLICIES_SIZE} bytes exceeded for role {role_name}"
                )


@refuses("iam", "CreateRole", "UpdateAssumeRolePolicy", kind="too many")
def size_of_a_trust_policy(call: Call) -> None:
    """A role's trust policy has at most 2,048 characters, without white space.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    document = call.parameters.get("AssumeRolePolicyDocument") or call.parameters.get("PolicyDocument") or ""
    if _size(document) > _TRUST_POLICY_SIZE:
        raise _limit(f"Cannot exceed quota for ACLSizePerRole: {_TRUST_POLICY_SIZE}")


@refuses("iam", "AttachRolePolicy", kind="too many")
def policies_per_role(call: Call) -> None:
    """A role has at most ten managed policies.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    arn = call.parameters.get("PolicyArn")
    for role in call.backend("iam").get_roles():
        policies = role.managed_policies if role.name == call.parameters.get("RoleName") else ()
        if arn not in policies and len(policies) >= _POLICIES_PER_ROLE:
            raise _limit(f"Cannot exceed quota for PoliciesPerRole: {_POLICIES_PER_ROLE}")


@refuses("iam", "CreateRole", kind="too many")
def roles_per_account(call: Call) -> None:
    """An account has at most 1,000 roles.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    if len(call.backend("iam").get_roles()) >= _ROLES:
        raise _limit(f"Cannot exceed quota for RolesPerAccount: {_ROLES}")


@refuses("iam", "CreatePolicy", kind="too many")
def policies_per_account(call: Call) -> None:
    """An account has at most 1,500 customer managed policies.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    own = [arn for arn in call.backend("iam").managed_policies if f":{call.account_id}:" in arn]
    if len(own) >= _POLICIES:
        raise _limit(f"Cannot exceed quota for PoliciesPerAccount: {_POLICIES}")


@refuses("iam", "CreateRole", "UpdateAssumeRolePolicy", kind="malformed")
def trust_policy(call: Call) -> None:
    """A trust policy is valid, and its principals exist.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_policies.html
    """
    document = call.parameters.get("AssumeRolePolicyDocument") or call.parameters.get("PolicyDocument") or ""
    try:
        IAMTrustPolicyDocumentValidator(document).validate()
    except MalformedPolicyDocument as error:
        raise RefusedError("MalformedPolicyDocument", str(error.message)) from None
    if missing := next(missing_principals(document), None):
        raise RefusedError("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{missing}"')
