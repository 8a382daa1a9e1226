"""Every role of the stack: who may assume it, and exactly what it may do."""

from tests.unit.synthesis import ACCOUNT, Block, Synthesized, statements

# Actions, resources, conditions.
Permission = tuple[list[str], list[str], Block]

NO_CONDITION: Block = {}


def arn(service: str, resource: str) -> str:
    """An ARN of this account in the default region."""
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{resource}"


def prefix(stack: Synthesized) -> str:
    """What the stack's names begin with."""
    name: str = stack.one("aws_ecs_cluster")["name"]
    return name


def key(stack: Synthesized, purpose: str) -> str:
    """The reference to the ARN of a customer key."""
    alias = stack.one("aws_kms_alias", name=f"alias/{prefix(stack)}-{purpose}")
    return str(alias["target_key_id"]).replace(".key_id}", ".arn}")


def log_group(stack: Synthesized, name: str) -> str:
    """The reference to the ARN of a log group."""
    return stack.ref("aws_cloudwatch_log_group", "arn", name=name)


def called_by(source_arn: str) -> Block:
    """The conditions that keep a service from acting for another account, or for another source."""
    return {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": source_arn}}


def trusts(stack: Synthesized) -> dict[str, tuple[str, Block]]:
    """Who may assume each role, and under which conditions."""
    tasks = ("ecs-tasks.amazonaws.com", called_by(arn("ecs", "*")))
    expected = {
        "execution": tasks,
        "task": tasks,
        "flow-logs": ("vpc-flow-logs.amazonaws.com", called_by(arn("ec2", "vpc-flow-log/*"))),
        "database-monitoring": (
            "monitoring.rds.amazonaws.com",
            called_by(arn("rds", f"db:{prefix(stack)}-*")),
        ),
    }
    if stack.all("aws_backup_vault"):
        expected["backup"] = (
            "backup.amazonaws.com",
            {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        )
    return expected


def read_secret(stack: Synthesized) -> list[Permission]:
    """What a reader of the database's secret needs, and no more."""
    secret = stack.ref("aws_secretsmanager_secret", "arn")
    through = {
        "StringEquals": {
            "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com",
            "kms:EncryptionContext:SecretARN": secret,
        }
    }
    return [
        (["secretsmanager:GetSecretValue"], [secret], NO_CONDITION),
        (["kms:Decrypt"], [key(stack, "data")], through),
    ]


def execution(stack: Synthesized) -> list[Permission]:
    """What ECS needs to start a task; only a private repository needs a permission to pull."""
    logs = f"{log_group(stack, f'/ecs/{prefix(stack)}')}:log-stream:*"
    permissions = [
        *read_secret(stack),
        (["logs:CreateLogStream", "logs:PutLogEvents"], [logs], NO_CONDITION),
    ]
    if prefix(stack) != "payment-api-dev":
        repository = "arn:aws:ecr:us-east-1:123456789012:repository/payment-api"
        pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        permissions += [
            (["ecr:GetAuthorizationToken"], ["*"], NO_CONDITION),
            (pull, [repository], NO_CONDITION),
        ]
    return permissions


def flow_logs(stack: Synthesized) -> list[Permission]:
    """What the VPC needs to write to its group, which exists already."""
    group = log_group(stack, f"/vpc/{prefix(stack)}/flow-logs")
    write = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return [
        (write, [group, f"{group}:log-stream:*"], NO_CONDITION),
        (["logs:DescribeLogGroups"], [arn("logs", "log-group:*")], NO_CONDITION),
    ]


def database_monitoring(_: Synthesized) -> list[Permission]:
    """What RDS needs to write operating system metrics to its one group."""
    group = arn("logs", "log-group:RDSOSMetrics")
    write = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"]
    return [
        (["logs:CreateLogGroup", "logs:PutRetentionPolicy"], [group, f"{group}:*"], NO_CONDITION),
        (write, [f"{group}:log-stream:*"], NO_CONDITION),
    ]


def backup(stack: Synthesized) -> list[Permission]:
    """What AWS Backup needs for this database and this vault."""
    cluster = arn("rds", f"cluster:{prefix(stack)}")
    snapshots = arn("rds", "cluster-snapshot:awsbackup:*")
    vault = arn("backup", f"backup-vault:{prefix(stack)}")
    take = ["AddTagsToResource", "CreateDBClusterSnapshot", "DescribeDBClusterSnapshots"]
    take += ["DescribeDBClusters", "ListTagsForResource"]
    manage = ["CopyDBClusterSnapshot", "DeleteDBClusterSnapshot", "ModifyDBClusterSnapshotAttribute"]
    grant = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [
        ([f"rds:{action}" for action in take], [cluster, snapshots], NO_CONDITION),
        ([f"rds:{action}" for action in manage], [snapshots], NO_CONDITION),
        (["backup:DescribeBackupVault", "backup:CopyIntoBackupVault"], [vault], NO_CONDITION),
        (["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [key(stack, "data")], NO_CONDITION),
        (["kms:CreateGrant"], [key(stack, "data")], grant),
    ]


PERMISSIONS = {
    "execution": execution,
    "task": read_secret,
    "flow-logs": flow_logs,
    "database-monitoring": database_monitoring,
    "backup": backup,
}


def policy(stack: Synthesized, role: str) -> list[Block]:
    """The statements of the one policy of a role."""
    document = stack.one("aws_iam_policy", name=f"{prefix(stack)}-{role}")["policy"]
    return list(statements(document).values())


class TestRoles:
    def test_there_are_no_others(self, every: Synthesized) -> None:
        names = {
            role["name"].removeprefix(f"{prefix(every)}-") for role in every.all("aws_iam_role").values()
        }
        assert names == set(trusts(every))

    def test_each_is_assumed_by_its_service_for_this_account_and_source(self, every: Synthesized) -> None:
        """Parity 14."""
        for name, (service, conditions) in trusts(every).items():
            role = every.one("aws_iam_role", name=f"{prefix(every)}-{name}")
            assert statements(role["assume_role_policy"]) == {
                "AssumedByService": {
                    "Sid": "AssumedByService",
                    "Effect": "Allow",
                    "Principal": {"Service": service},
                    "Action": ["sts:AssumeRole"],
                    "Condition": conditions,
                }
            }

    def test_each_may_do_exactly_this(self, every: Synthesized) -> None:
        """Parity 14."""
        for name in trusts(every):
            found = policy(every, name)
            permissions = [(each["Action"], each["Resource"], each.get("Condition", {})) for each in found]
            assert permissions == PERMISSIONS[name](every), name
            assert {each["Effect"] for each in found} == {"Allow"}

    def test_each_holds_its_one_managed_policy_and_nothing_else(self, every: Synthesized) -> None:
        """Whatever others attach, the next apply takes off again."""
        for name in trusts(every):
            role = every.ref("aws_iam_role", "name", name=f"{prefix(every)}-{name}")
            own = every.ref("aws_iam_policy", "arn", name=f"{prefix(every)}-{name}")
            attached = every.ref("aws_iam_role_policy_attachment", "policy_arn", role=role, policy_arn=own)
            exclusive = every.one("aws_iam_role_policy_attachments_exclusive", role_name=role)
            assert exclusive["policy_arns"] == [attached]
            assert every.one("aws_iam_role_policies_exclusive", role_name=role)["policy_names"] == []
        assert len(every.all("aws_iam_role_policy_attachment")) == len(trusts(every))
        assert not every.all("aws_iam_role_policy")

    def test_the_tasks_run_with_the_two_roles_of_the_service(self, every: Synthesized) -> None:
        """Parity 14."""
        task = every.one("aws_ecs_task_definition")
        for argument, name in (("execution_role_arn", "execution"), ("task_role_arn", "task")):
            assert task[argument] == every.ref("aws_iam_role", "arn", name=f"{prefix(every)}-{name}")
