"""Requests of chosen roles are put before IAM, those of everyone else pass as ever."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import JsonRESTError
from moto.iam.access_control import IAMPolicy

from tests.deployed.access.policies import Request, allowed
from tests.deployed.access.targets import Target, targets
from tests.emulator.account import Account, Credentials


def session(account: Account, role: str) -> Account:
    """The account as seen by a session of a role in it.

    AWS would ask the role's trust policy first; moto gives anyone a session of anything, so that what a role
    may do can be tried without being the service that assumes it.
    """
    account_id = account.client("sts").get_caller_identity()["Account"]
    arn = f"arn:aws:iam::{account_id}:role/{role}"
    made = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="access")["Credentials"]
    credentials = Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    return Account(account.endpoint, account.region, credentials)


@contextmanager
def enforced(*sessions: Account) -> Iterator[None]:
    """Within the context IAM decides on every request of these sessions, and refuses as AWS does."""
    keys = {each.credentials.access_key_id for each in sessions}

    def decide(self: Any, iam_request_class: Any, resource: str = "*") -> None:  # noqa: ANN401 - as in moto
        key = self.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
        if key in keys:
            _decide(self, iam_request_class, resource)

    with patch.object(ActionAuthenticatorMixin, "_authenticate_and_authorize_action", decide):
        yield


def _decide(response: Any, iam_request_class: Any, resource: str) -> None:  # noqa: ANN401 - as in moto
    """Raise moto's AccessDenied, in the wire format of the service, unless all that is asked is allowed."""
    asked = iam_request_class(
        account_id=response.current_account,
        method=response.method,
        path=response.raw_path,
        data=response.data,
        body=response.raw_body,
        headers=response.headers,
        action=response._get_action(),
    )
    if asked._action == "sts:GetCallerIdentity":
        return  # nobody needs a right to ask who they are, and none can take it away
    caller = asked._access_key
    principal = f"arn:aws:iam::{response.current_account}:role/{caller._owner_role_name}"
    identity = [_document(policy) for policy in caller.collect_policies()]
    for target in targets(response, asked._action, resource):
        context = {
            "aws:SecureTransport": "true",  # the loopback endpoint stands for AWS's, which is HTTPS
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
            _refuse(response, asked, target)


def _refuse(response: Any, asked: Any, target: Target) -> None:  # noqa: ANN401 - as in moto
    if "json" in response.headers.get("Content-Type", ""):
        # moto's own refusal is XML, whatever protocol the service speaks.
        message = f"User: {asked._access_key.arn} is not authorized to perform: {target.action}"
        raise JsonRESTError("AccessDeniedException", f"{message} on resource: {target.resource}")
    asked._raise_access_denied()


def _document(policy: Any) -> str:  # noqa: ANN401 - inline policies are texts, managed ones objects of moto's
    return json.dumps(IAMPolicy(policy)._policy_json)
