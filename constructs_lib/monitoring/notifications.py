"""The encrypted SNS topic that alarms and database events are published to, and its e-mail subscription."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

from constructs_lib.foundation.iam import Deployment, Statement, policy_document


class Notifications(Construct):
    """An encrypted topic to which only CloudWatch alarms and RDS events of this account can publish.

    The e-mail subscription is pending until its owner opens the confirmation link that AWS sends.

    Outputs: `topic_arn`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        kms_key_arn: str,
        email: str | None,
    ) -> None:
        super().__init__(scope, id_)
        topic = SnsTopic(
            self, "topic", name=f"{deployment.name_prefix}-alarms", kms_master_key_id=kms_key_arn
        )
        policy = SnsTopicPolicy(
            self,
            "topic-policy",
            arn=topic.arn,
            policy=policy_document(
                Statement(
                    sid="PublishedByAlarms",
                    principals={"Service": "cloudwatch.amazonaws.com"},
                    actions=["sns:Publish"],
                    resources=[topic.arn],
                    conditions=deployment.called_by(deployment.arn("cloudwatch", "alarm:*")),
                ),
                Statement(
                    sid="PublishedByDatabaseEvents",
                    principals={"Service": "events.rds.amazonaws.com"},
                    actions=["sns:Publish"],
                    resources=[topic.arn],
                    conditions=deployment.called_by(deployment.arn("rds", "*")),
                ),
            ),
        )
        if email is not None:
            # The policy's ARN is the topic's: the reference makes the subscription wait for the policy.
            SnsTopicSubscription(self, "email", topic_arn=policy.arn, protocol="email", endpoint=email)
        self.topic_arn = topic.arn
