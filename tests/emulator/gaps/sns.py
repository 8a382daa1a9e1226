"""SNS: subscriptions that somebody has to confirm."""

from moto.sns.models import SNSBackend, Subscription

from tests.emulator.gaps.patching import Method, replaces


@replaces(SNSBackend)
def subscribe(
    original: Method, self: SNSBackend, topic_arn: str, endpoint: str, protocol: str
) -> Subscription:
    """Subscribe leaves an e-mail's subscription pending until its reader follows the link in the mail, which
    nobody does here.

    https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
    """
    subscription: Subscription = original(self, topic_arn, endpoint, protocol)
    if protocol.startswith("email"):
        subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
    return subscription
