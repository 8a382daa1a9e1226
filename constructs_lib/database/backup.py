"""Daily snapshots in AWS Backup, which remain when the database is deleted."""

from cdktf_cdktf_provider_aws.backup_plan import BackupPlan, BackupPlanRule, BackupPlanRuleLifecycle
from cdktf_cdktf_provider_aws.backup_selection import BackupSelection
from cdktf_cdktf_provider_aws.backup_vault import BackupVault
from constructs import Construct

from constructs_lib.foundation.iam import Deployment, ServiceRole, Statement
from constructs_lib.foundation.terraform import protection
from constructs_lib.settings.windows import VAULT_BACKUP_HOUR, VAULT_COMPLETION_MINUTES, VAULT_START_MINUTES


class Backup(Construct):
    """An encrypted backup vault and, if `enabled`, a daily snapshot of the database into it.

    The snapshots remain when someone deletes the cluster together with its automated backups. The vault
    exists in every deployment, so that a change of the setting never deletes snapshots: without `enabled`,
    only the plan and its selection are deleted. The role remains, because AWS Backup uses it to delete
    snapshots at the end of their retention.

    If `protected`, Terraform rejects any plan that destroys the vault; otherwise the vault and its snapshots
    are destroyed with the stack.

    Outputs: `vault_name`, `enabled`.
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
        enabled: bool,
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
        role = self._role(deployment, kms_key_arn)
        if enabled:
            self._daily_snapshot(deployment.name_prefix, vault, role, database_arn, retention_days)
        self.vault_name = vault.name
        self.enabled = enabled

    def _daily_snapshot(
        self, name: str, vault: BackupVault, role: ServiceRole, database_arn: str, retention_days: int
    ) -> None:
        plan = BackupPlan(
            self,
            "plan",
            name=name,
            rule=[
                BackupPlanRule(
                    rule_name="daily",
                    target_vault_name=vault.name,
                    schedule=f"cron(0 {VAULT_BACKUP_HOUR} * * ? *)",
                    start_window=VAULT_START_MINUTES,
                    completion_window=VAULT_COMPLETION_MINUTES,
                    lifecycle=BackupPlanRuleLifecycle(delete_after=retention_days),
                )
            ],
        )
        BackupSelection(
            self,
            "selection",
            name=name,
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=[database_arn],
            depends_on=[role.policy_attachment],
        )

    def _role(self, deployment: Deployment, kms_key_arn: str) -> ServiceRole:
        """Grants what AWSBackupServiceRolePolicyForBackup grants for Aurora, and changes only this database.

        As in that policy, describing and listing is allowed for all resources, here of the account and
        region: AWS Backup lists clusters and snapshots without naming one. CreateBackupSelection rejects a
        role without tag:GetResources, which supports no resource.
        https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
        """
        cluster = deployment.arn("rds", f"cluster:{deployment.name_prefix}")
        snapshots = deployment.arn("rds", "cluster-snapshot:awsbackup:*")
        return ServiceRole(
            self,
            "role",
            name=deployment.role_name("backup"),
            description="Backs up the payment database",
            service="backup.amazonaws.com",
            permissions_boundary_arn=deployment.permissions_boundary_arn,
            trust={"StringEquals": {"aws:SourceAccount": deployment.account_id}},
            statements=[
                Statement(
                    sid="FindResources",
                    actions=[
                        "rds:DescribeDBClusterAutomatedBackups",
                        "rds:DescribeDBClusterSnapshots",
                        "rds:DescribeDBClusters",
                        "rds:DescribeDBInstances",
                        "rds:DescribeDBSnapshots",
                        "rds:ListTagsForResource",
                    ],
                    resources=[deployment.arn("rds", "*")],
                ),
                Statement(sid="FindTaggedResources", actions=["tag:GetResources"], resources=["*"]),
                Statement(
                    sid="SnapshotDatabase",
                    actions=["rds:AddTagsToResource", "rds:CreateDBClusterSnapshot"],
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
