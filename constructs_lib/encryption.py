"""The customer keys that everything at rest is encrypted with."""

from constructs import Construct

from constructs_lib.customer_key import CustomerKey, used_by, used_through
from constructs_lib.iam import Account


class Encryption(Construct):
    """One rotated customer key per concern, each usable by the services of that concern alone.

    Separate keys because their readers differ: who may read logs must not thereby read payments, and a
    service that publishes alarms needs no way to decrypt a database.

    Outputs: the ARNs `data_key_arn` (database, its secret and its backups), `logs_key_arn` (log groups) and
    `notifications_key_arn` (the alarm topic).
    """

    def __init__(
        self, scope: Construct, id_: str, *, name_prefix: str, account: Account, destroyable: bool
    ) -> None:
        super().__init__(scope, id_)
        self.data_key_arn = CustomerKey(
            self,
            "data",
            alias=f"{name_prefix}-data",
            description=f"{name_prefix}: database, its secret and its backups",
            account=account,
            statements=[
                *used_through(account, "rds", grants=True),
                *used_through(account, "secretsmanager"),
                *used_through(account, "backup", grants=True),
            ],
            prevent_destroy=not destroyable,
        ).arn
        # CloudWatch Logs refuses a key whose policy does not name it for the region and the log group.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        log_groups = [
            account.arn("logs", f"log-group:{name}")
            for name in (f"*/{name_prefix}", f"*/{name_prefix}/*", f"aws-waf-logs-{name_prefix}")
        ]
        self.logs_key_arn = CustomerKey(
            self,
            "logs",
            alias=f"{name_prefix}-logs",
            description=f"{name_prefix}: log groups",
            account=account,
            statements=[
                used_by(
                    "CloudWatchLogs",
                    f"logs.{account.region}.amazonaws.com",
                    {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
                )
            ],
        ).arn
        # Services that publish to an encrypted topic need its key themselves.
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        self.notifications_key_arn = CustomerKey(
            self,
            "notifications",
            alias=f"{name_prefix}-notifications",
            description=f"{name_prefix}: alarm topic",
            account=account,
            statements=[
                used_by(
                    "Publishers",
                    ["cloudwatch.amazonaws.com", "events.rds.amazonaws.com"],
                    {"StringEquals": {"aws:SourceAccount": account.account_id}},
                )
            ],
        ).arn
