"""The master password: generated, into the secret, from there to database and tasks, and nowhere else."""

import json
from collections.abc import Iterator

import pytest

from constructs_lib.database.credentials import PASSWORD_SET_OUTPUT
from tests.unit.synthesis import Block, Synthesized, container, synthesize
from tests.variables import PROFILES

GENERATED = "ephemeral.aws_secretsmanager_random_password.database"
STORED = "ephemeral.aws_secretsmanager_secret_version.database"

# Arguments that Terraform hands to the provider and forgets.
WRITE_ONLY = {"secret_string_wo", "master_password_wo"}
VERSIONS = {"secret_string_wo_version", "master_password_wo_version"}


def values(document: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every value in a document that is no map or list, by the keys that lead to it."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from values(value, (*path, key))
    elif isinstance(document, list):
        for value in document:
            yield from values(value, path)
    else:
        yield path, document


def secret(stack: Synthesized) -> Block:
    """What is written into the secret."""
    document: Block = json.loads(stack.one("aws_secretsmanager_secret_version")["secret_string_wo"])
    return document


class TestChain:
    def test_aws_generates_32_characters_without_punctuation(self, every: Synthesized) -> None:
        """Parity 7."""
        assert every.document["ephemeral"]["aws_secretsmanager_random_password"] == {
            "database": {"password_length": 32, "exclude_punctuation": True}
        }

    def test_the_generated_password_goes_into_the_secret(self, every: Synthesized) -> None:
        """Parity 7: as a reference that Terraform resolves; `$${` would be the text of it."""
        assert secret(every)["password"] == f"${{{GENERATED}.random_password}}"

    def test_that_very_version_of_the_secret_is_read_back(self, every: Synthesized) -> None:
        """So database and secret agree even when an apply stops between them."""
        assert every.document["ephemeral"]["aws_secretsmanager_secret_version"] == {
            "database": {
                "secret_id": every.ref("aws_secretsmanager_secret"),
                "version_id": every.ref("aws_secretsmanager_secret_version", "version_id"),
            }
        }

    def test_the_database_is_given_what_the_secret_holds(self, every: Synthesized) -> None:
        """Parity 9."""
        password = every.one("aws_rds_cluster")["master_password_wo"]
        assert password == f"${{jsondecode({STORED}.secret_string).password}}"

    def test_the_tasks_pin_that_version(self, every: Synthesized) -> None:
        """Parity 8: so a rotation is a new task definition."""
        arn = every.ref("aws_secretsmanager_secret", "arn")
        version = every.ref("aws_secretsmanager_secret_version", "version_id")
        assert {each["name"]: each["valueFrom"] for each in container(every)["secrets"]} == {
            "DB_USERNAME": f"{arn}:username::{version}",
            "DB_PASSWORD": f"{arn}:password::{version}",
        }


class TestSecret:
    @pytest.mark.parametrize(
        ("profile", "username"),
        [("dev", "postgres"), ("staging", "payments_admin"), ("prod", "payments_admin")],
    )
    def test_it_holds_what_a_client_must_know(self, profile: str, username: str) -> None:
        """Parity 7, 8: the endpoint reaches the tasks as DB_HOST."""
        document = secret(synthesize(profile))
        del document["password"]
        assert document == {"username": username, "engine": "postgres", "port": 5432, "dbname": "payments"}

    def test_it_agrees_with_the_database(self) -> None:
        """Parity 8."""
        stack = synthesize(
            "dev",
            PAYMENT_API_DATABASE__MASTER_USERNAME="owner",
            PAYMENT_API_DATABASE__DATABASE_NAME="ledger",
        )
        cluster, document = stack.one("aws_rds_cluster"), secret(stack)
        assert (document["username"], document["dbname"]) == ("owner", "ledger")
        assert (cluster["master_username"], cluster["database_name"]) == ("owner", "ledger")
        assert document["port"] == cluster["port"]

    def test_the_endpoint_reaches_the_tasks(self, every: Synthesized) -> None:
        """Parity 8."""
        environment = {each["name"]: each["value"] for each in container(every)["environment"]}
        assert environment["DB_HOST"] == every.ref("aws_rds_cluster", "endpoint")

    @pytest.mark.parametrize(("profile", "days"), [("dev", 0), ("staging", 7), ("prod", 30)])
    def test_how_long_a_deleted_one_can_be_restored(self, profile: str, days: int) -> None:
        assert synthesize(profile).one("aws_secretsmanager_secret")["recovery_window_in_days"] == days


class TestRotation:
    @pytest.mark.parametrize("version", [1, 7])
    def test_the_secret_follows_the_setting(self, version: int) -> None:
        stack = synthesize("dev", PAYMENT_API_DATABASE__PASSWORD_VERSION=str(version))
        assert stack.one("aws_secretsmanager_secret_version")["secret_string_wo_version"] == version

    def test_with_a_schedule_it_counts_the_periods_of_the_calendar_besides(self) -> None:
        stack = synthesize("dev", PAYMENT_API_DATABASE__ROTATION_MONTHS="3")
        version = stack.one("aws_secretsmanager_secret_version")["secret_string_wo_version"]
        assert version == (
            '${1 + floor((tonumber(formatdate("YYYY", plantimestamp())) * 12'
            ' + tonumber(formatdate("M", plantimestamp())) - 1) / 3)}'
        )

    def test_the_database_is_given_the_password_anew_until_it_has_it(self, every: Synthesized) -> None:
        """The provider alone would take an update that AWS refused as done."""
        number = every.one("aws_rds_cluster")["master_password_wo_version"]
        attempt = every.document["locals"][number.removeprefix("${local.").removesuffix("}")]
        last = f"one(data.terraform_remote_state.last-state).outputs.{PASSWORD_SET_OUTPUT}"
        version = every.ref("aws_secretsmanager_secret_version", "version_id")[2:-1]
        assert attempt == (
            f"${{coalesce(try({last}.secret_version == {version} ? {last}.attempt : null, null),"
            ' tonumber(formatdate("YYYYMMDDhhmmss", plantimestamp())))}'
        )

    def test_that_it_has_it_is_recorded_once_it_stands_as_it_should(self, every: Synthesized) -> None:
        given = every.document["output"][PASSWORD_SET_OUTPUT]
        (cluster,) = every.all("aws_rds_cluster")
        assert given["depends_on"] == [f"aws_rds_cluster.{cluster}"]
        assert given["value"] == {
            "secret_version": every.ref("aws_secretsmanager_secret_version", "version_id"),
            "attempt": every.one("aws_rds_cluster")["master_password_wo_version"],
        }

    def test_it_does_not_wait_for_the_maintenance_window(self, every: Synthesized) -> None:
        assert every.one("aws_rds_cluster")["apply_immediately"] is True


class TestNothingSecretIsStored:
    def test_passwords_stand_in_write_only_arguments_alone(self, every: Synthesized) -> None:
        named = {
            path[-1]
            for path, _ in values(every.document["resource"])
            if "password" in path[-1] or "secret_string" in path[-1]
        }
        assert named == WRITE_ONLY | VERSIONS

    @pytest.mark.parametrize("profile", PROFILES)
    def test_ephemeral_values_go_into_write_only_arguments_alone(self, profile: str) -> None:
        document = synthesize(profile).document
        del document["ephemeral"]
        used_in = {path[-1] for path, value in values(document) if "ephemeral." in str(value)}
        assert used_in == WRITE_ONLY

    def test_what_is_random_and_stored_is_no_password(self, every: Synthesized) -> None:
        random = {type_ for type_ in every.document["resource"] if type_.startswith("random_")}
        assert random == {"random_id"}

    def test_no_secret_is_read_as_data(self, every: Synthesized) -> None:
        """Terraform stores what it reads as data."""
        assert not [type_ for type_ in every.document["data"] if "secret" in type_ or "password" in type_]

    def test_the_outputs_hold_none(self, every: Synthesized) -> None:
        """The secret's ARN is a name, not its value."""
        outputs = every.document["output"]
        assert outputs["database_secret_arn"]["value"] == every.ref("aws_secretsmanager_secret", "arn")
        assert "secret_string" not in json.dumps(outputs)
