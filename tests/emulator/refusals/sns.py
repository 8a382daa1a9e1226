"""SNS: topic policies and subscriptions."""

import re

from tests.emulator.calls import Call
from tests.emulator.policy_evaluation import listed
from tests.emulator.refusals.policies import missing_principals
from tests.emulator.refusals.resource_policies import MalformedPolicyError, statements
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("sns", "Subscribe", code="NotFound", kind="not there yet")
moto_refuses("sns", "SetTopicAttributes", code="NotFound", kind="not there yet")

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@refuses("sns", "SetTopicAttributes", "CreateTopic", kind="malformed")
def topic_policy_malformed(call: Call) -> None:
    """A topic's policy is a policy document about actions of SNS, and its principals exist.

    https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
    """
    attributes = call.parameters.get("Attributes") or {
        call.parameters.get("AttributeName"): call.parameters.get("AttributeValue")
    }
    document = attributes.get("Policy")
    if not document:
        return
    try:
        actions = [action for statement in statements(document) for action in listed(statement.get("Action"))]
    except MalformedPolicyError as error:
        raise RefusedError("InvalidParameter", f"Invalid parameter: Policy Error: {error}") from error
    if any(not action.lower().startswith("sns:") for action in actions):
        raise RefusedError(
            "InvalidParameter", "Invalid parameter: Policy statement action out of service scope!"
        )
    if any(missing_principals(document)):
        raise RefusedError("InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound")


@refuses("sns", "Subscribe", kind="malformed")
def email_malformed(call: Call) -> None:
    """The endpoint of an e-mail subscription is an e-mail address.

    https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
    """
    protocol, endpoint = call.parameters["Protocol"], call.parameters.get("Endpoint") or ""
    if protocol.startswith("email") and not _EMAIL.fullmatch(endpoint):
        raise RefusedError("InvalidParameter", "Invalid parameter: Email address")
