"""EC2: resources that are in use."""

from collections.abc import Iterator

from tests.emulator.calls import Call
from tests.emulator.refusals.rules import RefusedError, refuses


@refuses("ec2", "DeleteSecurityGroup", kind="in use")
def security_group_in_use(call: Call) -> None:
    """DeleteSecurityGroup refuses a group that a network interface or another group's rule uses.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
    """
    group_id = call.parameters.get("GroupId")
    if user := next(_users_of(call, str(group_id)), None):
        raise RefusedError("DependencyViolation", f"resource {group_id} has a dependent object: {user}")


def _users_of(call: Call, group_id: str) -> Iterator[str]:
    for balancer in call.backend("elbv2").load_balancers.values():
        if group_id in balancer.security_groups:
            yield balancer.arn
