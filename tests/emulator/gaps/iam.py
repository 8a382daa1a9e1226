"""IAM: the simulation of a principal's policies."""

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

from tests.emulator.gaps.patching import adds
from tests.emulator.policy_evaluation import Request, allowed


@adds(IamResponse)
def simulate_principal_policy(self: IamResponse) -> ActionResult:
    """SimulatePrincipalPolicy evaluates each action on each resource, by the policies of a user or role.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    principal = self._get_param("PolicySourceArn")
    policies = _policies(self.backend, principal)
    context = {
        each["ContextKeyName"]: each["ContextKeyValues"][0] for each in self._get_param("ContextEntries", [])
    }
    account = principal.split(":")[4]
    results = []
    for action in self._get_param("ActionNames", []):
        for resource in self._get_param("ResourceArns", ["*"]):
            request = Request(principal, action, resource, context)
            decision = allowed(request, owner=account, identity=policies)
            results.append(
                {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": "allowed" if decision else "implicitDeny",
                }
            )
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _policies(backend: IAMBackend, arn: str) -> list[str]:
    """The documents of the policies of a user, with those of its groups, or of a role."""
    principals: list[Any] = [*backend.get_roles(), *backend.users.values()]
    found = next((each for each in principals if each.arn == arn), None)
    if found is None:
        raise NotFoundException(f"Policy source {arn} does not exist.")
    groups = [group for group in backend.groups.values() if any(member.arn == arn for member in group.users)]
    holders: list[Any] = [found, *groups]
    return [
        document
        for holder in holders
        for document in (
            *(
                version.document
                for policy in holder.managed_policies.values()
                for version in policy.versions
                if version.is_default
            ),
            *_inline(holder.policies),
        )
    ]


def _inline(policies: Mapping[str, object]) -> list[str]:
    """moto stores the inline policies of roles as documents, those of users and groups as objects."""
    return [str(getattr(each, "policy_document", each)) for each in policies.values()]
