"""Every role of the stack: which service can assume it, and its exact permissions."""

import json
import re

from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.unit.synthesis import ACCOUNT, Block, Synthesized, statements
from tests.variables import EVERYTHING_ON

# Actions, resources, conditions.
Permission = tuple[list[str], list[str], Block]

NO_CONDITION: Block = {}

# Suffix → the private repository of the image.
REPOSITORIES = {
    "dev": None,
    "staging": "arn:aws:ecr:us-east-1:123456789012:repository/payment-api",
    "prod": "arn:aws:ecr:us-east-1:123456789012:repository/payment-api",
    EVERYTHING_ON: "arn:aws:ecr:ca-central-1:123456789012:repository/team/payment-api",
}

_WEBHOOK = f"arn:aws:secretsmanager:ca-central-1:123456789012:secret:{'team/webhook'.ljust(512, 'w')}-Z9y8X7"

# Suffix → the secrets that the settings declare, each once and without JSON key and version.
DECLARED_SECRETS = {
    EVERYTHING_ON: ["arn:aws:secretsmanager:ca-central-1:123456789012:secret:provider-a1B2c3", _WEBHOOK]
}

# Suffix → the permissions that the settings give the application.
PERMISSIONS_OF_SETTINGS: dict[str, list[Permission]] = {
    EVERYTHING_ON: [
        (["sqs:SendMessage"], ["arn:aws:sqs:ca-central-1:123456789012:settlements"], NO_CONDITION),
        (
            ["kms:Sign", "s3:PutObject", "s3:GetObject"],
            [
                "arn:aws:s3:::example-net-receipts/2026/*",
                "arn:aws:kms:ca-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            ],
            NO_CONDITION,
        ),
    ]
}


def log_group(stack: Synthesized, name: str) -> str:
    """Return the reference to the ARN of a log group."""
    return stack.ref("aws_cloudwatch_log_group", "arn", name=name)


def called_by(source_arn: str) -> Block:
    """Return the conditions under which a service acts for this account and this source only."""
    return {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": source_arn}}


def trusts(stack: Synthesized) -> dict[str, tuple[str, Block]]:
    """Return which service can assume each role, and under which conditions."""
    tasks = ("ecs-tasks.amazonaws.com", called_by(stack.arn("ecs", "*")))
    return {
        "execution": tasks,
        "task": tasks,
        "flow-logs": ("vpc-flow-logs.amazonaws.com", called_by(stack.arn("ec2", "vpc-flow-log/*"))),
        "database-monitoring": (
            "monitoring.rds.amazonaws.com",
            called_by(stack.arn("rds", f"db:{stack.prefix}-*")),
        ),
        "backup": ("backup.amazonaws.com", {"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
    }


def read_secret(stack: Synthesized) -> list[Permission]:
    """Return the permissions of a reader of the database secret."""
    secret = stack.ref("aws_secretsmanager_secret", "arn")
    through = {
        "StringEquals": {
            "kms:ViaService": f"secretsmanager.{stack.region}.amazonaws.com",
            "kms:EncryptionContext:SecretARN": secret,
        }
    }
    return [
        (["secretsmanager:GetSecretValue"], [secret], NO_CONDITION),
        (["kms:Decrypt"], [stack.key_arn("data")], through),
    ]


def read_secrets_of_settings(stack: Synthesized) -> list[Permission]:
    """Return the permissions to read the secrets that the settings declare, which only EVERYTHING_ON has."""
    arns = DECLARED_SECRETS.get(stack.settings.suffix)
    if arns is None:
        return []
    through = {
        "StringEquals": {
            "kms:ViaService": f"secretsmanager.{stack.region}.amazonaws.com",
            "kms:EncryptionContext:SecretARN": arns,
        }
    }
    return [
        (["secretsmanager:GetSecretValue"], arns, NO_CONDITION),
        (["kms:Decrypt"], [stack.arn("kms", "key/*")], through),
    ]


def task(stack: Synthesized) -> list[Permission]:
    """Return the permissions of the application: its credentials, its key, and those of the settings."""
    use = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"]
    context = {"StringEquals": {"kms:EncryptionContext:Deployment": stack.prefix}}
    return [
        *read_secret(stack),
        (use, [stack.key_arn("fields")], context),
        *PERMISSIONS_OF_SETTINGS.get(stack.settings.suffix, []),
    ]


def execution(stack: Synthesized) -> list[Permission]:
    """Return the permissions with which ECS starts a task; pulling from a public registry needs none."""
    logs = f"{log_group(stack, f'/ecs/{stack.prefix}')}:log-stream:*"
    permissions = [
        *read_secret(stack),
        (["logs:CreateLogStream", "logs:PutLogEvents"], [logs], NO_CONDITION),
    ]
    if (repository := REPOSITORIES[stack.settings.suffix]) is not None:
        pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        permissions += [
            (["ecr:GetAuthorizationToken"], ["*"], NO_CONDITION),
            (pull, [repository], NO_CONDITION),
        ]
    return permissions + read_secrets_of_settings(stack)


def flow_logs(stack: Synthesized) -> list[Permission]:
    """Return the permissions with which the VPC writes flow logs to their existing log group."""
    group = log_group(stack, f"/vpc/{stack.prefix}/flow-logs")
    write = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return [
        (write, [group, f"{group}:log-stream:*"], NO_CONDITION),
        (["logs:DescribeLogGroups"], [stack.arn("logs", "log-group:*")], NO_CONDITION),
    ]


def database_monitoring(stack: Synthesized) -> list[Permission]:
    """Return the permissions with which RDS writes Enhanced Monitoring metrics to its log group."""
    group = stack.arn("logs", "log-group:RDSOSMetrics")
    write = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"]
    return [
        (["logs:CreateLogGroup", "logs:PutRetentionPolicy"], [group, f"{group}:*"], NO_CONDITION),
        (write, [f"{group}:log-stream:*"], NO_CONDITION),
    ]


def backup(stack: Synthesized) -> list[Permission]:
    """Return the permissions of AWS Backup for this database and this vault."""
    cluster = stack.arn("rds", f"cluster:{stack.prefix}")
    snapshots = stack.arn("rds", "cluster-snapshot:awsbackup:*")
    vault = stack.arn("backup", f"backup-vault:{stack.prefix}")
    find = ["DescribeDBClusterAutomatedBackups", "DescribeDBClusterSnapshots", "DescribeDBClusters"]
    find += ["DescribeDBInstances", "DescribeDBSnapshots", "ListTagsForResource"]
    create = ["AddTagsToResource", "CreateDBClusterSnapshot"]
    manage = ["CopyDBClusterSnapshot", "DeleteDBClusterSnapshot", "ModifyDBClusterSnapshotAttribute"]
    grant = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [
        ([f"rds:{action}" for action in find], [stack.arn("rds", "*")], NO_CONDITION),
        (["tag:GetResources"], ["*"], NO_CONDITION),
        ([f"rds:{action}" for action in create], [cluster, snapshots], NO_CONDITION),
        ([f"rds:{action}" for action in manage], [snapshots], NO_CONDITION),
        (["backup:DescribeBackupVault", "backup:CopyIntoBackupVault"], [vault], NO_CONDITION),
        (["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [stack.key_arn("data")], NO_CONDITION),
        (["kms:CreateGrant"], [stack.key_arn("data")], grant),
    ]


PERMISSIONS = {
    "execution": execution,
    "task": task,
    "flow-logs": flow_logs,
    "database-monitoring": database_monitoring,
    "backup": backup,
}


def policy(stack: Synthesized, role: str) -> list[Block]:
    """Return the statements of the policy of a role."""
    document = stack.one("aws_iam_policy", name=stack.role_name(role))["policy"]
    return list(statements(document).values())


def aws_backup_actions() -> set[str]:
    """Return the actions of AWS's own policy for AWS Backup that are about an Aurora cluster or its tags."""
    name = "AWSBackupServiceRolePolicyForBackup"
    document = json.loads(aws_managed_policies_data)[name]["Document"]
    actions = {
        action
        for statement in document["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    # Backing up instances, and continuous backups, which the plan does not enable.
    not_needed = {"rds:CreateDBSnapshot", "rds:CopyDBSnapshot", "rds:DeleteDBSnapshot"}
    not_needed |= {"rds:ModifyDBSnapshotAttribute", "rds:ModifyDBInstance", "rds:ModifyDBCluster"}
    not_needed |= {"rds:DeleteDBInstanceAutomatedBackup", "rds:DeleteDBClusterAutomatedBackup"}
    return {action for action in actions if action.startswith(("rds:", "tag:"))} - not_needed


class TestRoles:
    def test_no_other_roles_exist(self, every: Synthesized) -> None:
        names = {role["name"] for role in every.all("aws_iam_role").values()}
        assert names == {every.role_name(purpose) for purpose in trusts(every)}

    def test_only_its_service_can_assume_each_for_this_account_and_source(self, every: Synthesized) -> None:
        for name, (service, conditions) in trusts(every).items():
            role = every.one("aws_iam_role", name=every.role_name(name))
            assert statements(role["assume_role_policy"]) == {
                "AssumedByService": {
                    "Sid": "AssumedByService",
                    "Effect": "Allow",
                    "Principal": {"Service": service},
                    "Action": ["sts:AssumeRole"],
                    "Condition": conditions,
                }
            }

    def test_each_has_exactly_these_permissions(self, every: Synthesized) -> None:
        for name in trusts(every):
            found = policy(every, name)
            permissions = [(each["Action"], each["Resource"], each.get("Condition", {})) for each in found]
            assert permissions == PERMISSIONS[name](every), name
            assert {each["Effect"] for each in found} == {"Allow"}

    def test_aws_backup_may_do_what_the_policy_of_aws_allows_for_aurora(self, every: Synthesized) -> None:
        """CreateBackupSelection checks the role."""
        actions = {action for statement in policy(every, "backup") for action in statement["Action"]}
        assert aws_backup_actions() >= {"tag:GetResources", "rds:CreateDBClusterSnapshot"}
        assert {action for action in actions if action.startswith(("rds:", "tag:"))} == aws_backup_actions()

    def test_aws_backup_changes_only_this_database_and_its_snapshots(self, every: Synthesized) -> None:
        everything = {"*", every.arn("rds", "*")}
        on_all = [each for each in policy(every, "backup") if everything & set(each["Resource"])]
        actions = [action for statement in on_all for action in statement["Action"]]
        assert len(on_all) == 2
        assert all(re.search(":(Describe|List|Get)", action) for action in actions)

    def test_each_has_one_managed_policy_and_no_other_policy(self, every: Synthesized) -> None:
        """An apply detaches all other policies."""
        for name in trusts(every):
            role = every.ref("aws_iam_role", "name", name=every.role_name(name))
            policy_arn = every.ref("aws_iam_policy", "arn", name=every.role_name(name))
            attached = every.ref(
                "aws_iam_role_policy_attachment", "policy_arn", role=role, policy_arn=policy_arn
            )
            exclusive = every.one("aws_iam_role_policy_attachments_exclusive", role_name=role)
            assert exclusive["policy_arns"] == [attached]
            assert every.one("aws_iam_role_policies_exclusive", role_name=role)["policy_names"] == []
        assert len(every.all("aws_iam_role_policy_attachment")) == len(trusts(every))
        assert not every.all("aws_iam_role_policy")

    def test_a_new_name_creates_role_and_policy_before_the_old_ones_are_deleted(
        self, every: Synthesized
    ) -> None:
        """So the running tasks keep their permissions until the tasks with the new role replace them."""
        for type_ in ("aws_iam_role", "aws_iam_policy", "aws_iam_role_policy_attachment"):
            for resource in every.all(type_).values():
                assert resource["lifecycle"]["create_before_destroy"] is True

    def test_a_new_description_does_not_replace_a_policy(self, every: Synthesized) -> None:
        """The description cannot be changed, and a second policy of the same name cannot be created."""
        for policy in every.all("aws_iam_policy").values():
            assert policy["lifecycle"]["ignore_changes"] == ["description"]

    def test_the_task_definition_has_the_execution_role_and_the_task_role(self, every: Synthesized) -> None:
        task = every.one("aws_ecs_task_definition")
        for argument, name in (("execution_role_arn", "execution"), ("task_role_arn", "task")):
            assert task[argument] == every.ref("aws_iam_role", "arn", name=every.role_name(name))
