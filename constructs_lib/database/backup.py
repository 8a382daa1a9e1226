"""Daily snapshots in AWS Backup, which remain when the database is deleted."""

from cdktf_cdktf_provider_aws.backup_plan import BackupPlan, BackupPlanRule, BackupPlanRuleLifecycle
from cdktf_cdktf_provider_aws.backup_selection import BackupSelection
from cdktf_cdktf_provider_aws.backup_vault import BackupVault
from constructs import Construct

from constructs_lib.foundation.iam import Deployment, ServiceRole, Statement
from constructs_lib.foundation.terraform import protection

# Outside the business hours of Europe and of the Americas.
DAILY_AT_FOUR_UTC = "cron(0 4 * * ? *)"
# The minimum that AWS Backup accepts.
# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRule.html
START_WINDOW_MINUTES = 60
COMPLETION_WINDOW_MINUTES = 180


class Backup(Construct):
    """A daily snapshot of the database in an encrypted backup vault, in addition to the automated backups.

    The snapshots remain when someone deletes the cluster together with its automated backups. If `protected`,
    Terraform rejects any plan that destroys the vault; otherwise the vault and its snapshots are destroyed
    with the stack.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        kms_key_arn: str,
        database_arn: str,
        retention_days: int,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)
        vault = BackupVault(
            self,
            "vault",
            name=deployment.name_prefix,
            kms_key_arn=kms_key_arn,
            force_destroy=not protected,
            lifecycle=protection(protected),
        )
        plan = BackupPlan(
            self,
            "plan",
            name=deployment.name_prefix,
            rule=[
                BackupPlanRule(
                    rule_name="daily",
                    target_vault_name=vault.name,
                    schedule=DAILY_AT_FOUR_UTC,
                    start_window=START_WINDOW_MINUTES,
                    completion_window=COMPLETION_WINDOW_MINUTES,
                    lifecycle=BackupPlanRuleLifecycle(delete_after=retention_days),
                )
            ],
        )
        role = self._role(deployment, kms_key_arn)
        BackupSelection(
            self,
            "selection",
            name=deployment.name_prefix,
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=[database_arn],
            depends_on=[role.policy_attachment],
        )

    def _role(self, deployment: Deployment, kms_key_arn: str) -> ServiceRole:
        """Grants what AWSBackupServiceRolePolicyForBackup grants for Aurora, limited to this database.

        https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html
        """
        cluster = deployment.arn("rds", f"cluster:{deployment.name_prefix}")
        snapshots = deployment.arn("rds", "cluster-snapshot:awsbackup:*")
        return ServiceRole(
            self,
            "role",
            name=deployment.role_name("backup"),
            description="Backs up the payment database",
            service="backup.amazonaws.com",
            trust={"StringEquals": {"aws:SourceAccount": deployment.account_id}},
            statements=[
                Statement(
                    sid="SnapshotDatabase",
                    actions=[
                        "rds:AddTagsToResource",
                        "rds:CreateDBClusterSnapshot",
                        "rds:DescribeDBClusterSnapshots",
                        "rds:DescribeDBClusters",
                        "rds:ListTagsForResource",
                    ],
                    resources=[cluster, snapshots],
                ),
                Statement(
                    sid="ManageSnapshots",
                    actions=[
                        "rds:CopyDBClusterSnapshot",
                        "rds:DeleteDBClusterSnapshot",
                        "rds:ModifyDBClusterSnapshotAttribute",
                    ],
                    resources=[snapshots],
                ),
                Statement(
                    sid="UseVault",
                    actions=["backup:DescribeBackupVault", "backup:CopyIntoBackupVault"],
                    resources=[deployment.arn("backup", f"backup-vault:{deployment.name_prefix}")],
                ),
                Statement(
                    sid="EncryptSnapshots",
                    actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                    resources=[kms_key_arn],
                ),
                Statement(
                    sid="PassKeyToSnapshots",
                    actions=["kms:CreateGrant"],
                    resources=[kms_key_arn],
                    conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
                ),
            ],
        )
