"""IAM enforcement for the requests of chosen sessions; moto accepts the requests of all others."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import JsonRESTError
from moto.iam.access_control import IAMPolicy

from tests.deployed.access.targets import Target, targets
from tests.emulator.account import Account, Credentials
from tests.emulator.policy_evaluation import Request, allowed


def session(account: Account, role: str) -> Account:
    """The account as seen by a session of a role in it.

    AWS would evaluate the role's trust policy first. moto lets every caller assume every role, so the tests
    can use the permissions of a role that only a service may assume.
    """
    account_id = account.client("sts").get_caller_identity()["Account"]
    arn = f"arn:aws:iam::{account_id}:role/{role}"
    issued = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="access")["Credentials"]
    credentials = Credentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])
    return Account(account.endpoint, account.region, credentials)


@contextmanager
def enforced(*sessions: Account) -> Iterator[None]:
    """Inside, every request of these sessions is authorized by IAM, and denied as AWS denies it."""
    keys = {each.credentials.access_key_id for each in sessions}

    def decide(self: Any, iam_request_class: Any, resource: str = "*") -> None:  # noqa: ANN401 - as in moto
        key = self.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
        if key in keys:
            _decide(self, iam_request_class, resource)

    with patch.object(ActionAuthenticatorMixin, "_authenticate_and_authorize_action", decide):
        yield


def _decide(response: Any, iam_request_class: Any, resource: str) -> None:  # noqa: ANN401 - as in moto
    """Raise moto's AccessDenied, in the wire format of the service, unless all targets are allowed."""
    iam_request = iam_request_class(
        account_id=response.current_account,
        method=response.method,
        path=response.raw_path,
        data=response.data,
        body=response.raw_body,
        headers=response.headers,
        action=response._get_action(),
    )
    if iam_request._action == "sts:GetCallerIdentity":
        return  # every caller is allowed this action, and no policy can deny it
    caller = iam_request._access_key
    principal = f"arn:aws:iam::{response.current_account}:role/{caller._owner_role_name}"
    identity = [_document(policy) for policy in caller.collect_policies()]
    for target in targets(response, iam_request._action, resource):
        context = {
            "aws:SecureTransport": "true",  # the endpoint on loopback is plain HTTP, that of AWS is HTTPS
            "kms:CallerAccount": str(response.current_account),
            **target.context,
        }
        request = Request(principal, target.action, target.resource, context)
        if not allowed(
            request,
            owner=target.owner,
            identity=identity,
            resource=target.policy,
            resource_decides=target.policy_decides,
        ):
            _deny(response, iam_request, target)


def _deny(response: Any, iam_request: Any, target: Target) -> None:  # noqa: ANN401 - as in moto
    if "json" in response.headers.get("Content-Type", ""):
        # moto's own error is XML, whatever the protocol of the service.
        message = f"User: {iam_request._access_key.arn} is not authorized to perform: {target.action}"
        raise JsonRESTError("AccessDeniedException", f"{message} on resource: {target.resource}")
    iam_request._raise_access_denied()


def _document(policy: Any) -> str:  # noqa: ANN401 - text for inline policies, a moto object for managed ones
    return json.dumps(IAMPolicy(policy)._policy_json)
