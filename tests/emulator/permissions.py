"""What a role's IAM policies allow, as the services that act with the role ask."""

from moto.iam.models import iam_backends

from tests.emulator.policy_evaluation import Request, allowed


def role_may(role_arn: str, action: str, resource: str = "*") -> bool:
    """Whether a policy of the role allows the action on the resource, by default on all, and none denies it.

    Conditions on any other key than the principal are not met. A role that does not exist may do nothing.
    """
    account = role_arn.split(":")[4]
    if account not in iam_backends:
        return False
    role = next((each for each in iam_backends[account]["aws"].get_roles() if each.arn == role_arn), None)
    if role is None:
        return False
    managed = (
        version.document
        for policy in role.managed_policies.values()
        for version in policy.versions
        if version.is_default
    )
    request = Request(role_arn, action, resource)
    return allowed(request, owner=account, identity=[*managed, *role.policies.values()])
