"""The customer managed keys that encrypt all data at rest."""

from constructs import Construct

from constructs_lib.foundation.customer_key import KEY_PUBLISHING, CustomerKey, used_by, used_through
from constructs_lib.foundation.field_key import FieldKey
from constructs_lib.foundation.iam import Deployment


class Encryption(Construct):
    """Customer managed keys: three usable only through the services that need them, one only by the tasks.

    The keys are separate because their readers differ: permission to read logs must not include payments, and
    a service that publishes alarms must not be able to decrypt the database.

    Outputs: the ARNs `data_key_arn` (database, its secret and its backups), `logs_key_arn` (log groups) and
    `notifications_key_arn` (the alarm topic), and `field_key`.
    """

    def __init__(self, scope: Construct, id_: str, *, deployment: Deployment, protected: bool) -> None:
        super().__init__(scope, id_)
        self.data_key_arn = CustomerKey(
            self,
            "data",
            alias=f"{deployment.name_prefix}-data",
            description=f"{deployment.name_prefix}: database, its secret and its backups",
            account=deployment,
            statements=[
                *used_through(deployment, "rds", grants=True),
                *used_through(deployment, "secretsmanager"),
                *used_through(deployment, "backup", grants=True),
            ],
            protected=protected,
        ).arn
        self.field_key = FieldKey(
            self,
            "fields",
            deployment=deployment,
            role_arn=deployment.role_arn("task"),
            protected=protected,
        )
        # CloudWatch Logs rejects a key whose policy does not allow it to use the key for the log group.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        log_groups = [
            deployment.arn("logs", f"log-group:{name}")
            for name in (
                f"*/{deployment.name_prefix}",
                f"*/{deployment.name_prefix}/*",
                f"aws-waf-logs-{deployment.name_prefix}",
            )
        ]
        self.logs_key_arn = CustomerKey(
            self,
            "logs",
            alias=f"{deployment.name_prefix}-logs",
            description=f"{deployment.name_prefix}: log groups",
            account=deployment,
            statements=[
                used_by(
                    "CloudWatchLogs",
                    f"logs.{deployment.region}.amazonaws.com",
                    {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
                )
            ],
        ).arn
        # A service that publishes to an encrypted topic must be allowed to use the topic's key.
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        # RDS documents aws:SourceAccount and aws:SourceArn only for the policy of the topic. If it does not
        # send them with the use of the key, events are lost without an error. The encryption context, which
        # SNS sends for every publisher, limits the use to the topic, whose policy denies other accounts.
        # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.GrantingPermissions.html
        topic = deployment.arn("sns", f"{deployment.name_prefix}-alarms")
        self.notifications_key_arn = CustomerKey(
            self,
            "notifications",
            alias=f"{deployment.name_prefix}-notifications",
            description=f"{deployment.name_prefix}: alarm topic",
            account=deployment,
            statements=[
                used_by(
                    "Alarms",
                    "cloudwatch.amazonaws.com",
                    deployment.called_by(deployment.arn("cloudwatch", "alarm:*")),
                    KEY_PUBLISHING,
                ),
                used_by(
                    "DatabaseEvents",
                    "events.rds.amazonaws.com",
                    {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic}},
                    KEY_PUBLISHING,
                ),
            ],
        ).arn
