"""The customer managed keys: who can use each, and what each encrypts."""

import json
from fnmatch import fnmatchcase

import pytest

from constructs_lib.settings.names import MAX_SUFFIX_LENGTH
from tests.unit.synthesis import ACCOUNT, Block, Synthesized, statements, synthesize
from tests.variables import DEPLOYMENTS

ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}

USE = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:DescribeKey",
]
GRANTS = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]

# The actions that would allow an administrator of a key to read what it encrypts.
DECRYPTION = {*USE, "kms:CreateGrant", "kms:*"} - {"kms:DescribeKey"}


def policy(stack: Synthesized, purpose: str) -> dict[str, Block]:
    """Return the statements of a key's policy, without the one for its administration."""
    name = stack.key_arn(purpose).removeprefix("${aws_kms_key.").removesuffix(".arn}")
    found = statements(stack.all("aws_kms_key")[name]["policy"])
    del found["AdministeredThroughIam"]
    return found


def through(stack: Synthesized, service: str) -> Block:
    """Return the condition that the account's principals use a key only through a service of the region."""
    return {
        "StringEquals": {
            "kms:ViaService": f"{service}.{stack.region}.amazonaws.com",
            "kms:CallerAccount": ACCOUNT,
        }
    }


def permission(statement: Block) -> tuple[object, ...]:
    """Return the elements of a statement, except its Sid and its resource."""
    return statement["Effect"], statement["Principal"], statement["Action"], statement.get("Condition")


def log_groups(stack: Synthesized) -> list[str]:
    """Return the ARN patterns of the log groups for which CloudWatch Logs can use the key."""
    condition = policy(stack, "logs")["UsedByCloudWatchLogs"]["Condition"]
    patterns: list[str] = condition["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    return patterns


def topic_arn(stack: Synthesized) -> str:
    """Return the ARN of the alarm topic."""
    return stack.arn("sns", stack.one("aws_sns_topic")["name"])


class TestEveryKey:
    def test_kms_rotates_it(self, every: Synthesized) -> None:
        keys = every.all("aws_kms_key").values()
        assert [each["enable_key_rotation"] for each in keys] == [True] * 4

    def test_its_deletion_can_be_cancelled_for_30_days(self, every: Synthesized) -> None:
        assert {each["deletion_window_in_days"] for each in every.all("aws_kms_key").values()} == {30}

    def test_it_has_an_alias_with_the_name_prefix(self, every: Synthesized) -> None:
        aliases = every.all("aws_kms_alias").values()
        assert sorted(alias["name"] for alias in aliases) == [
            f"alias/{every.prefix}-{purpose}" for purpose in ("data", "fields", "logs", "notifications")
        ]
        assert sorted(alias["target_key_id"] for alias in aliases) == sorted(
            f"${{aws_kms_key.{name}.key_id}}" for name in every.all("aws_kms_key")
        )

    def test_its_policy_has_no_wildcard_principal(self, every: Synthesized) -> None:
        for each in every.all("aws_kms_key").values():
            for statement in statements(each["policy"]).values():
                assert "*" not in json.dumps(statement["Principal"])

    def test_its_policy_applies_to_this_key_only(self, every: Synthesized) -> None:
        """In a key policy, the resource `*` means the key itself."""
        for each in every.all("aws_kms_key").values():
            for statement in statements(each["policy"]).values():
                assert statement["Resource"] == ["*"]

    def test_its_administrators_cannot_decrypt(self, every: Synthesized) -> None:
        for each in every.all("aws_kms_key").values():
            statement = statements(each["policy"])["AdministeredThroughIam"]
            assert statement["Principal"] == ROOT
            assert "kms:PutKeyPolicy" in statement["Action"]
            assert not DECRYPTION & set(statement["Action"])

    def test_every_other_statement_has_a_condition(self, every: Synthesized) -> None:
        for each in every.all("aws_kms_key").values():
            found = statements(each["policy"])
            del found["AdministeredThroughIam"]
            assert found
            assert all(statement["Condition"] for statement in found.values())


class TestDataKey:
    def test_it_is_used_only_through_rds_secrets_manager_and_backup(self, every: Synthesized) -> None:
        rds, secrets, backup = (through(every, name) for name in ("rds", "secretsmanager", "backup"))
        grants = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        found = policy(every, "data").items()
        assert {sid: permission(statement) for sid, statement in found} == {
            "UsedThroughRds": ("Allow", ROOT, USE, rds),
            "GrantedThroughRds": ("Allow", ROOT, GRANTS, {**rds, **grants}),
            "UsedThroughSecretsmanager": ("Allow", ROOT, USE, secrets),
            "UsedThroughBackup": ("Allow", ROOT, USE, backup),
            "GrantedThroughBackup": ("Allow", ROOT, GRANTS, {**backup, **grants}),
        }

    def test_it_encrypts_the_database_and_the_secret(self, every: Synthesized) -> None:
        cluster = every.one("aws_rds_cluster")
        assert cluster["kms_key_id"] == every.key_arn("data")
        assert cluster["performance_insights_kms_key_id"] == every.key_arn("data")
        assert every.one("aws_secretsmanager_secret")["kms_key_id"] == every.key_arn("data")


class TestFieldKey:
    USE = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext")

    def test_only_the_tasks_role_uses_it_and_only_with_a_context_that_names_the_deployment(
        self, every: Synthesized
    ) -> None:
        role = f"arn:aws:iam::{ACCOUNT}:role/{every.role_name('task')}"
        conditions = {
            "ArnEquals": {"aws:PrincipalArn": role},
            "StringEquals": {"kms:EncryptionContext:Deployment": every.prefix},
        }
        found = policy(every, "fields").items()
        assert {sid: permission(statement) for sid, statement in found} == {
            "UsedByTasks": ("Allow", ROOT, [*self.USE], conditions)
        }

    def test_the_role_in_its_policy_is_the_one_of_the_task_definition(self, every: Synthesized) -> None:
        """The policy contains the ARN as text, because the role's policy depends on the key."""
        role = every.ref("aws_iam_role", "arn", name=every.role_name("task"))
        assert every.one("aws_ecs_task_definition")["task_role_arn"] == role
        assert "path" not in every.one("aws_iam_role", name=every.role_name("task"))

    def test_it_encrypts_nothing_that_the_stack_creates(self, every: Synthesized) -> None:
        key = every.key_arn("fields")
        allowed = {"aws_iam_policy", "aws_vpc_endpoint", "aws_ecs_task_definition"}
        users = {
            type_ for type_, resources in every.document["resource"].items() if key in json.dumps(resources)
        }
        assert users == allowed


class TestLogsKey:
    def test_only_cloudwatch_logs_uses_it(self, every: Synthesized) -> None:
        found = policy(every, "logs").items()
        names = (f"*/{every.prefix}", f"*/{every.prefix}/*", f"aws-waf-logs-{every.prefix}")
        patterns = [every.arn("logs", f"log-group:{name}") for name in names]
        assert {sid: permission(statement) for sid, statement in found} == {
            "UsedByCloudWatchLogs": (
                "Allow",
                {"Service": f"logs.{every.region}.amazonaws.com"},
                USE,
                {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": patterns}},
            )
        }

    @pytest.mark.parametrize("suffix", [*DEPLOYMENTS, "x" * MAX_SUFFIX_LENGTH])
    def test_its_policy_covers_every_log_group_of_the_stack(self, suffix: str) -> None:
        """CloudWatch Logs rejects a log group whose key does not allow it."""
        stack = synthesize(suffix)
        groups = [group["name"] for group in stack.all("aws_cloudwatch_log_group").values()]
        assert len(groups) == 5
        for name in groups:
            group = stack.arn("logs", f"log-group:{name}")
            assert any(fnmatchcase(group, pattern) for pattern in log_groups(stack)), name

    def test_it_does_not_cover_a_log_group_of_another_deployment(self, dev: Synthesized) -> None:
        group = dev.arn("logs", "log-group:/ecs/payment-api-dev-2")
        assert not any(fnmatchcase(group, pattern) for pattern in log_groups(dev))

    def test_it_encrypts_every_log_group(self, every: Synthesized) -> None:
        groups = every.all("aws_cloudwatch_log_group").values()
        assert {group["kms_key_id"] for group in groups} == {every.key_arn("logs")}

    def test_the_setting_is_the_retention_of_every_log_group(self, every: Synthesized) -> None:
        groups = every.all("aws_cloudwatch_log_group").values()
        retention = {group["retention_in_days"] for group in groups}
        assert retention == {every.settings.monitoring.log_retention_days}

    def test_the_default_retention_of_every_log_group_is_a_year(self, each_profile: Synthesized) -> None:
        groups = each_profile.all("aws_cloudwatch_log_group").values()
        assert {group["retention_in_days"] for group in groups} == {365}


class TestNotificationsKey:
    def test_only_alarms_of_the_account_and_database_events_use_it(self, every: Synthesized) -> None:
        found = policy(every, "notifications").items()
        publish = ["kms:Decrypt", "kms:GenerateDataKey"]
        source = {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": every.arn("cloudwatch", "alarm:*")},
        }
        topic = {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic_arn(every)}}
        assert {sid: permission(statement) for sid, statement in found} == {
            "UsedByAlarms": ("Allow", {"Service": "cloudwatch.amazonaws.com"}, publish, source),
            "UsedByDatabaseEvents": ("Allow", {"Service": "events.rds.amazonaws.com"}, publish, topic),
        }

    def test_database_events_do_not_depend_on_what_rds_sends_to_kms(self, every: Synthesized) -> None:
        """RDS documents aws:SourceAccount and aws:SourceArn for the topic only; SNS sends the encryption
        context for every publisher."""
        condition = policy(every, "notifications")["UsedByDatabaseEvents"]["Condition"]
        assert "aws:Source" not in json.dumps(condition)

    def test_it_encrypts_the_topic(self, every: Synthesized) -> None:
        assert every.one("aws_sns_topic")["kms_master_key_id"] == every.key_arn("notifications")
