"""The customer keys that everything at rest is encrypted with."""

from constructs import Construct

from constructs_lib.foundation.customer_key import KEY_PUBLISHING, CustomerKey, used_by, used_through
from constructs_lib.foundation.iam import Deployment


class Encryption(Construct):
    """One rotated customer key per concern, each usable by the services of that concern alone.

    Separate keys because their readers differ: who may read logs must not thereby read payments, and a
    service that publishes alarms needs no way to decrypt a database.

    Outputs: the ARNs `data_key_arn` (database, its secret and its backups), `logs_key_arn` (log groups) and
    `notifications_key_arn` (the alarm topic).
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
        # CloudWatch Logs refuses a key whose policy does not name it for the region and the log group.
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
        # Services that publish to an encrypted topic need its key themselves.
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        self.notifications_key_arn = CustomerKey(
            self,
            "notifications",
            alias=f"{deployment.name_prefix}-notifications",
            description=f"{deployment.name_prefix}: alarm topic",
            account=deployment,
            statements=[
                used_by(
                    name,
                    service,
                    deployment.called_by(deployment.arn(*source)),
                    KEY_PUBLISHING,
                )
                for name, service, source in (
                    ("Alarms", "cloudwatch.amazonaws.com", ("cloudwatch", "alarm:*")),
                    ("DatabaseEvents", "events.rds.amazonaws.com", ("rds", "*")),
                )
            ],
        ).arn
