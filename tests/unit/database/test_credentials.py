"""The master password: AWS generates it, only the secret stores it, database and tasks use it."""

import json
from collections.abc import Iterator

import pytest

from constructs_lib.database.credentials import PASSWORD_SET_OUTPUT
from tests.unit.synthesis import Block, Synthesized, container, synthesize
from tests.variables import EVERYTHING_ON

GENERATED = "ephemeral.aws_secretsmanager_random_password.database"
STORED = "ephemeral.aws_secretsmanager_secret_version.database"

# Terraform passes the values of these arguments to the provider and stores them nowhere.
WRITE_ONLY_ARGUMENTS = {"secret_string_wo", "master_password_wo"}
VERSION_ARGUMENTS = {"secret_string_wo_version", "master_password_wo_version"}


def values(document: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every scalar value in a document, with the keys that lead to it."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from values(value, (*path, key))
    elif isinstance(document, list):
        for value in document:
            yield from values(value, path)
    else:
        yield path, document


def secret(stack: Synthesized) -> Block:
    """The JSON document that Terraform writes into the secret."""
    document: Block = json.loads(stack.one("aws_secretsmanager_secret_version")["secret_string_wo"])
    return document


class TestPasswordPath:
    def test_aws_generates_32_characters_without_punctuation(self, every: Synthesized) -> None:
        assert every.document["ephemeral"]["aws_secretsmanager_random_password"] == {
            "database": {"password_length": 32, "exclude_punctuation": True}
        }

    def test_the_secret_contains_the_generated_password(self, every: Synthesized) -> None:
        """As a reference that Terraform evaluates; after `$${` it would store the text of the reference."""
        assert secret(every)["password"] == f"${{{GENERATED}.random_password}}"

    def test_terraform_reads_back_the_version_of_the_secret_that_it_wrote(self, every: Synthesized) -> None:
        """So database and secret agree even if an apply fails between the two."""
        assert every.document["ephemeral"]["aws_secretsmanager_secret_version"] == {
            "database": {
                "secret_id": every.ref("aws_secretsmanager_secret"),
                "version_id": every.ref("aws_secretsmanager_secret_version", "version_id"),
            }
        }

    def test_the_database_password_is_the_one_that_the_secret_contains(self, every: Synthesized) -> None:
        password = every.one("aws_rds_cluster")["master_password_wo"]
        assert password == f"${{jsondecode({STORED}.secret_string).password}}"

    def test_the_tasks_use_the_same_version_of_the_secret(self, every: Synthesized) -> None:
        """So a rotation creates a new revision of the task definition."""
        arn = every.ref("aws_secretsmanager_secret", "arn")
        version = every.ref("aws_secretsmanager_secret_version", "version_id")
        secrets = {each["name"]: each["valueFrom"] for each in container(every)["secrets"]}
        assert secrets["DB_USERNAME"] == f"{arn}:username::{version}"
        assert secrets["DB_PASSWORD"] == f"{arn}:password::{version}"


class TestSecret:
    @pytest.mark.parametrize(
        ("profile", "username"),
        [("dev", "postgres"), ("staging", "payments_admin"), ("prod", "payments_admin")],
    )
    def test_the_secret_contains_user_name_engine_port_and_database_name(
        self, profile: str, username: str
    ) -> None:
        document = secret(synthesize(profile))
        del document["password"]
        assert document == {"username": username, "engine": "postgres", "port": 5432, "dbname": "payments"}

    def test_the_secret_agrees_with_the_database(self, every: Synthesized) -> None:
        cluster, document = every.one("aws_rds_cluster"), secret(every)
        assert document["username"] == cluster["master_username"]
        assert document["dbname"] == cluster["database_name"]
        assert document["port"] == cluster["port"]

    def test_the_settings_choose_user_name_and_database_name_of_secret_and_database(self) -> None:
        stack = synthesize(
            "dev",
            PAYMENT_API_DATABASE__MASTER_USERNAME="owner",
            PAYMENT_API_DATABASE__DATABASE_NAME="ledger",
        )
        cluster, document = stack.one("aws_rds_cluster"), secret(stack)
        assert (document["username"], document["dbname"]) == ("owner", "ledger")
        assert (cluster["master_username"], cluster["database_name"]) == ("owner", "ledger")

    def test_the_tasks_have_the_writer_endpoint_as_db_host(self, every: Synthesized) -> None:
        environment = {each["name"]: each["value"] for each in container(every)["environment"]}
        assert environment["DB_HOST"] == every.ref("aws_rds_cluster", "endpoint")

    @pytest.mark.parametrize(
        ("suffix", "days"), [("dev", 0), ("staging", 7), ("prod", 30), (EVERYTHING_ON, 30)]
    )
    def test_the_secret_has_the_recovery_window_of_the_profile_or_the_setting(
        self, suffix: str, days: int
    ) -> None:
        assert synthesize(suffix).one("aws_secretsmanager_secret")["recovery_window_in_days"] == days


class TestRotation:
    @pytest.mark.parametrize("version", [1, 7])
    def test_without_a_schedule_the_secret_has_the_version_of_the_setting(self, version: int) -> None:
        stack = synthesize("dev", PAYMENT_API_DATABASE__PASSWORD_VERSION=str(version))
        assert stack.one("aws_secretsmanager_secret_version")["secret_string_wo_version"] == version

    @pytest.mark.parametrize(
        ("suffix", "months", "password_version"), [("dev", 3, 1), (EVERYTHING_ON, 12, 2**31 - 1)]
    )
    def test_with_a_schedule_each_calendar_period_raises_the_version_of_the_secret(
        self, suffix: str, months: int, password_version: int
    ) -> None:
        stack = synthesize(suffix, PAYMENT_API_DATABASE__ROTATION_MONTHS=str(months))
        version = stack.one("aws_secretsmanager_secret_version")["secret_string_wo_version"]
        assert version == (
            f'${{{password_version} + floor((tonumber(formatdate("YYYY", plantimestamp())) * 12'
            f' + tonumber(formatdate("M", plantimestamp())) - 1) / {months})}}'
        )

    def test_every_plan_sets_the_database_password_until_an_apply_confirms_it(
        self, every: Synthesized
    ) -> None:
        """The provider saves the new version number in the state even if AWS rejects the change."""
        number = every.one("aws_rds_cluster")["master_password_wo_version"]
        password_set_at = every.document["locals"][number.removeprefix("${local.").removesuffix("}")]
        confirmation = f"one(data.terraform_remote_state.last-state).outputs.{PASSWORD_SET_OUTPUT}"
        version = every.ref("aws_secretsmanager_secret_version", "version_id")[2:-1]
        assert password_set_at == (
            f"${{coalesce(try({confirmation}.secret_version == {version}"
            f" ? {confirmation}.attempt : null, null),"
            ' tonumber(formatdate("YYYYMMDDhhmmss", plantimestamp())))}'
        )

    def test_the_output_confirms_the_password_after_the_database_is_applied(self, every: Synthesized) -> None:
        confirmation = every.document["output"][PASSWORD_SET_OUTPUT]
        assert confirmation["depends_on"] == [every.address("aws_rds_cluster")]
        assert confirmation["value"] == {
            "secret_version": every.ref("aws_secretsmanager_secret_version", "version_id"),
            "attempt": every.one("aws_rds_cluster")["master_password_wo_version"],
        }

    def test_a_new_password_does_not_wait_for_the_maintenance_window(self, every: Synthesized) -> None:
        assert every.one("aws_rds_cluster")["apply_immediately"] is True


class TestNothingSecretIsStored:
    def test_only_write_only_arguments_contain_passwords(self, every: Synthesized) -> None:
        arguments = {
            path[-1]
            for path, _ in values(every.document["resource"])
            if "password" in path[-1] or "secret_string" in path[-1]
        }
        assert arguments == WRITE_ONLY_ARGUMENTS | VERSION_ARGUMENTS

    def test_only_write_only_arguments_use_ephemeral_values(self, every: Synthesized) -> None:
        document = every.document
        del document["ephemeral"]
        arguments = {path[-1] for path, value in values(document) if "ephemeral." in str(value)}
        assert arguments == WRITE_ONLY_ARGUMENTS

    def test_no_resource_of_the_random_provider_generates_a_password(self, every: Synthesized) -> None:
        """Terraform stores the values of the random provider in the state."""
        random = {type_ for type_ in every.document["resource"] if type_.startswith("random_")}
        assert random == {"random_id"}

    def test_no_data_source_reads_a_secret(self, every: Synthesized) -> None:
        """Terraform stores the values of data sources in the state."""
        assert not [type_ for type_ in every.document["data"] if "secret" in type_ or "password" in type_]

    def test_outputs_contain_the_arn_of_the_secret_and_not_its_value(self, every: Synthesized) -> None:
        outputs = every.document["output"]
        assert outputs["database_secret_arn"]["value"] == every.ref("aws_secretsmanager_secret", "arn")
        assert "secret_string" not in json.dumps(outputs)
