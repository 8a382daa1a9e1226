"""The permissions boundary of the deployments' roles: the most that a role which a pipeline makes can do."""

from constructs_lib.foundation.iam import PULL_IMAGE, Account, Statement, policy_document
from constructs_lib.settings.model import ServiceSettings
from constructs_lib.settings.names import PROJECT

# Of services that AWS restricts to `*`, or whose resources have names that AWS or other stacks choose.
_ON_EVERYTHING = (
    *("ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
    *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"),
    *("ecr:GetAuthorizationToken", *PULL_IMAGE),
    *("ecs:DescribeTasks", "ecs:ListTasks"),
    *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams"),
    *("logs:PutLogEvents", "logs:PutRetentionPolicy"),
    *("rds:DescribeDBClusterAutomatedBackups", "rds:DescribeDBClusterSnapshots", "rds:DescribeDBClusters"),
    *("rds:DescribeDBInstances", "rds:DescribeDBSnapshots", "rds:ListTagsForResource"),
    "tag:GetResources",
)


def workload_boundary(account: Account, service: ServiceSettings) -> str:
    """Return the document: what the stack's own roles do, and the settings' secrets and permissions."""
    ours = f"{PROJECT}-*"

    def named(name: str, kind: str) -> str:
        return f"arn:aws:{name}:*:{account.account_id}:{kind}{ours}"

    statements = [
        Statement(sid="OfAnyName", actions=_ON_EVERYTHING, resources=["*"]),
        Statement(
            sid="Backup",
            actions=[
                *("backup:CopyIntoBackupVault", "backup:DescribeBackupVault"),
                *("rds:AddTagsToResource", "rds:CopyDBClusterSnapshot", "rds:CreateDBClusterSnapshot"),
                *("rds:DeleteDBClusterSnapshot", "rds:ModifyDBClusterSnapshotAttribute"),
            ],
            resources=[
                named("backup", "backup-vault:"),
                named("rds", "cluster:"),
                f"arn:aws:rds:*:{account.account_id}:cluster-snapshot:awsbackup:*",
            ],
        ),
        Statement(
            sid="Migration",
            actions=["ecs:RunTask", "ecs:TagResource", "logs:GetLogEvents"],
            resources=[
                named("ecs", "task-definition/"),
                named("ecs", "task/"),
                f"arn:aws:logs:*:{account.account_id}:log-group:*",
            ],
        ),
        Statement(
            sid="MigrationRoles",
            actions=["iam:PassRole"],
            resources=[f"arn:aws:iam::{account.account_id}:role/{ours}"],
            conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        Statement(
            sid="Secrets",
            actions=["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
            resources=[named("secretsmanager", "secret:"), *service.secret_arns],
        ),
        # The policies of the keys decide: the field key's names the role of the tasks.
        Statement(
            sid="Keys",
            actions=[
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
            ],
            resources=[f"arn:aws:kms:*:{account.account_id}:key/*"],
        ),
        *(
            Statement(sid=each.sid, actions=each.actions, resources=each.resources)
            for each in service.permissions
        ),
    ]
    return policy_document(*statements)
