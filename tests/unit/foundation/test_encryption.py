"""The customer keys: who may use each, and what each encrypts."""

import json
from fnmatch import fnmatchcase

import pytest

from constructs_lib.settings.names import MAX_SUFFIX_LENGTH
from tests.unit.synthesis import ACCOUNT, Block, Synthesized, statements, synthesize

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

# What would let whoever administers a key read what it encrypts.
CRYPTOGRAPHY = {*USE, "kms:CreateGrant", "kms:*"} - {"kms:DescribeKey"}


def key(stack: Synthesized, purpose: str) -> str:
    """The name in Terraform of the key behind an alias."""
    name = f"alias/{stack.one('aws_ecs_cluster')['name']}-{purpose}"
    target: str = stack.one("aws_kms_alias", name=name)["target_key_id"]
    return target.removeprefix("${aws_kms_key.").removesuffix(".key_id}")


def arn(stack: Synthesized, purpose: str) -> str:
    """The reference to the ARN of the key behind an alias."""
    return f"${{aws_kms_key.{key(stack, purpose)}.arn}}"


def policy(stack: Synthesized, purpose: str) -> dict[str, Block]:
    """The statements of the policy of the key behind an alias."""
    return statements(stack.all("aws_kms_key")[key(stack, purpose)]["policy"])


def through(service: str) -> Block:
    """The condition that the account's principals use a key only through a service of the region."""
    return {
        "StringEquals": {"kms:ViaService": f"{service}.us-east-1.amazonaws.com", "kms:CallerAccount": ACCOUNT}
    }


def allowed(found: Block) -> tuple[object, ...]:
    """What a statement says, but for its name and its resource."""
    return found["Effect"], found["Principal"], found["Action"], found.get("Condition")


class TestEveryKey:
    def test_aws_rotates_it(self, every: Synthesized) -> None:
        keys = every.all("aws_kms_key").values()
        assert [each["enable_key_rotation"] for each in keys] == [True] * 3

    def test_its_deletion_can_be_called_off_for_30_days(self, every: Synthesized) -> None:
        assert {each["deletion_window_in_days"] for each in every.all("aws_kms_key").values()} == {30}

    def test_it_has_an_alias_of_the_stack(self, every: Synthesized) -> None:
        prefix = every.one("aws_ecs_cluster")["name"]
        aliases = every.all("aws_kms_alias").values()
        assert sorted(alias["name"] for alias in aliases) == [
            f"alias/{prefix}-{purpose}" for purpose in ("data", "logs", "notifications")
        ]
        assert sorted(alias["target_key_id"] for alias in aliases) == sorted(
            f"${{aws_kms_key.{name}.key_id}}" for name in every.all("aws_kms_key")
        )

    def test_nobody_is_let_in_without_being_named(self, every: Synthesized) -> None:
        for each in every.all("aws_kms_key").values():
            for statement in statements(each["policy"]).values():
                assert "*" not in json.dumps(statement["Principal"])

    def test_its_policy_speaks_of_itself_alone(self, every: Synthesized) -> None:
        """In a key's policy "*" is that key, and the only value there is."""
        for each in every.all("aws_kms_key").values():
            for statement in statements(each["policy"]).values():
                assert statement["Resource"] == ["*"]

    def test_who_administers_it_cannot_read_what_it_encrypts(self, every: Synthesized) -> None:
        for each in every.all("aws_kms_key").values():
            statement = statements(each["policy"])["AdministeredThroughIam"]
            assert statement["Principal"] == ROOT
            assert "kms:PutKeyPolicy" in statement["Action"]
            assert not CRYPTOGRAPHY & set(statement["Action"])

    def test_whoever_else_uses_it_does_so_under_a_condition(self, every: Synthesized) -> None:
        for each in every.all("aws_kms_key").values():
            found = statements(each["policy"])
            del found["AdministeredThroughIam"]
            assert found
            assert all(statement["Condition"] for statement in found.values())


class TestDataKey:
    def test_it_is_used_through_database_secrets_and_backup_alone(self, every: Synthesized) -> None:
        found = policy(every, "data")
        del found["AdministeredThroughIam"]
        grants = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        assert {sid: allowed(statement) for sid, statement in found.items()} == {
            "UsedThroughRds": ("Allow", ROOT, USE, through("rds")),
            "GrantedThroughRds": ("Allow", ROOT, GRANTS, {**through("rds"), **grants}),
            "UsedThroughSecretsmanager": ("Allow", ROOT, USE, through("secretsmanager")),
            "UsedThroughBackup": ("Allow", ROOT, USE, through("backup")),
            "GrantedThroughBackup": ("Allow", ROOT, GRANTS, {**through("backup"), **grants}),
        }

    def test_it_encrypts_database_and_secret(self, every: Synthesized) -> None:
        """Parity 9."""
        cluster = every.one("aws_rds_cluster")
        assert cluster["kms_key_id"] == arn(every, "data")
        assert cluster["performance_insights_kms_key_id"] == arn(every, "data")
        assert every.one("aws_secretsmanager_secret")["kms_key_id"] == arn(every, "data")


class TestLogsKey:
    def test_cloudwatch_logs_alone_uses_it(self, prod: Synthesized) -> None:
        found = policy(prod, "logs")
        del found["AdministeredThroughIam"]
        assert {sid: allowed(statement) for sid, statement in found.items()} == {
            "UsedByCloudWatchLogs": (
                "Allow",
                {"Service": "logs.us-east-1.amazonaws.com"},
                USE,
                {
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": [
                            f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}"
                            for name in (
                                "*/payment-api-prod",
                                "*/payment-api-prod/*",
                                "aws-waf-logs-payment-api-prod",
                            )
                        ]
                    }
                },
            )
        }

    @pytest.mark.parametrize("suffix", ["dev", "staging", "prod", "x" * MAX_SUFFIX_LENGTH])
    def test_its_policy_covers_every_log_group_of_the_stack(self, suffix: str) -> None:
        """CloudWatch Logs refuses a group whose key does not name it."""
        stack = synthesize(suffix)
        condition = policy(stack, "logs")["UsedByCloudWatchLogs"]["Condition"]
        patterns = condition["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
        groups = [group["name"] for group in stack.all("aws_cloudwatch_log_group").values()]
        assert len(groups) == 4
        for name in groups:
            group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}"
            assert any(fnmatchcase(group, pattern) for pattern in patterns), name

    def test_it_does_not_cover_another_deployments_log_group(self, dev: Synthesized) -> None:
        condition = policy(dev, "logs")["UsedByCloudWatchLogs"]["Condition"]
        group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/payment-api-dev-2"
        patterns = condition["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
        assert not any(fnmatchcase(group, pattern) for pattern in patterns)

    def test_it_encrypts_every_log_group(self, every: Synthesized) -> None:
        groups = every.all("aws_cloudwatch_log_group").values()
        assert {group["kms_key_id"] for group in groups} == {arn(every, "logs")}

    def test_every_log_group_is_kept_as_long_as_the_setting_says(self) -> None:
        stack = synthesize("dev", PAYMENT_API_MONITORING__LOG_RETENTION_DAYS="400")
        groups = stack.all("aws_cloudwatch_log_group").values()
        assert {group["retention_in_days"] for group in groups} == {400}

    def test_every_log_group_is_kept_for_a_year_by_default(self, every: Synthesized) -> None:
        groups = every.all("aws_cloudwatch_log_group").values()
        assert {group["retention_in_days"] for group in groups} == {365}


class TestNotificationsKey:
    def test_alarms_and_database_events_of_the_account_use_it(self, every: Synthesized) -> None:
        found = policy(every, "notifications")
        del found["AdministeredThroughIam"]
        assert {sid: allowed(statement) for sid, statement in found.items()} == {
            f"UsedBy{name}": (
                "Allow",
                {"Service": service},
                ["kms:Decrypt", "kms:GenerateDataKey"],
                {
                    "StringEquals": {"aws:SourceAccount": ACCOUNT},
                    "ArnLike": {"aws:SourceArn": f"arn:aws:{source}"},
                },
            )
            for name, service, source in (
                ("Alarms", "cloudwatch.amazonaws.com", f"cloudwatch:us-east-1:{ACCOUNT}:alarm:*"),
                ("DatabaseEvents", "events.rds.amazonaws.com", f"rds:us-east-1:{ACCOUNT}:*"),
            )
        }

    def test_it_encrypts_the_topic(self, every: Synthesized) -> None:
        assert every.one("aws_sns_topic")["kms_master_key_id"] == arn(every, "notifications")
