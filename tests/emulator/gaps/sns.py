"""SNS: e-mail subscriptions that wait for confirmation."""

from moto.sns.models import SNSBackend, Subscription

from tests.emulator.gaps.patching import Method, replaces


@replaces(SNSBackend)
def subscribe(
    original: Method, self: SNSBackend, topic_arn: str, endpoint: str, protocol: str
) -> Subscription:
    """An e-mail subscription is pending until the endpoint's owner confirms it, which never happens on the
    emulator; moto confirms it at once.

    https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
    """
    subscription: Subscription = original(self, topic_arn, endpoint, protocol)
    if protocol.startswith("email"):
        subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
    return subscription
