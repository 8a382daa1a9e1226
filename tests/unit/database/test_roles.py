"""The function that makes the roles of the database, its invocation, and the login of the tasks."""

import json
import re

import boto3
import pytest

from constructs_lib.database.functions.roles import handler
from constructs_lib.database.logins import GIVEN_OUTPUT, USED_OUTPUT
from constructs_lib.settings.names import DATABASE_GROUP, DATABASE_LOGINS, DATABASE_OWNER
from tests.unit.synthesis import Block, Synthesized, container

SECRETS = {"owner": "-owner", "a": "-app-a", "b": "-app-b"}


def by_name(stack: Synthesized) -> dict[str, str]:
    """The name by which the function and its invocation are found: a migration has a function as well."""
    return {"function_name": f"{stack.prefix}-database-roles"}


def function(stack: Synthesized) -> Block:
    """The function."""
    return stack.one("aws_lambda_function", **by_name(stack))


def invocation(stack: Synthesized) -> Block:
    """The invocation of the function."""
    return stack.one("aws_lambda_invocation", **by_name(stack))


def event(stack: Synthesized) -> Block:
    """The event of the invocation."""
    content: Block = json.loads(invocation(stack)["input"])
    return content


def secret_id(stack: Synthesized, name: str) -> str:
    """The reference to the id of a secret."""
    return stack.ref("aws_secretsmanager_secret", name=f"{stack.prefix}-database{name}")


def secret_of(stack: Synthesized, name: str) -> Block:
    """The ARN and the version of a secret, as the event contains them."""
    return {
        "arn": stack.ref("aws_secretsmanager_secret", "arn", name=f"{stack.prefix}-database{name}"),
        "version": stack.ref(
            "aws_secretsmanager_secret_version", "version_id", secret_id=secret_id(stack, name)
        ),
    }


def local(stack: Synthesized, reference: str) -> str:
    """The expression of the local value that a reference names."""
    return str(stack.document["locals"][reference.removeprefix("${local.").removesuffix("}")])


class TestFunction:
    def test_it_is_in_the_private_subnets_with_a_security_group_of_its_own(self, every: Synthesized) -> None:
        network = function(every)["vpc_config"]
        group = every.ref("aws_security_group", name_prefix=f"{every.prefix}-database-roles-")
        assert network["security_group_ids"] == [group]
        assert set(network["subnet_ids"]) == {
            f"${{aws_subnet.{name}.id}}" for name in every.all("aws_subnet") if "private-subnet" in name
        }

    def test_its_log_group_is_encrypted_and_has_the_configured_retention(self, every: Synthesized) -> None:
        name = f"/aws/lambda/{every.prefix}/database-roles"
        group = every.one("aws_cloudwatch_log_group", name=name)
        assert group["kms_key_id"] == every.key_arn("logs")
        assert group["retention_in_days"] == every.settings.monitoring.log_retention_days
        logging = function(every)["logging_config"]
        assert logging["log_group"] == every.ref("aws_cloudwatch_log_group", "name", name=name)

    def test_its_archive_is_named_by_its_digest_without_a_path_of_this_machine(
        self, every: Synthesized
    ) -> None:
        filename = function(every)["filename"]
        assert re.fullmatch(
            r"assets/database-roles_function_archive_\w+/[0-9a-f]{64}/function\.zip", filename
        )

    def test_it_has_no_environment(self, every: Synthesized) -> None:
        """Everything is in the event, so that a change invokes it again."""
        assert "environment" not in function(every)


class TestInvocation:
    def test_the_event_says_where_the_database_is_and_which_secrets_have_the_passwords(
        self, every: Synthesized
    ) -> None:
        given = event(every)
        login = given.pop("login")
        assert given == {
            "host": every.ref("aws_rds_cluster", "endpoint"),
            "port": 5432,
            "database": every.settings.database.database_name,
            "group": DATABASE_GROUP,
            "secrets": {
                "master": secret_of(every, ""),
                **{key: secret_of(every, name) for key, name in SECRETS.items()},
            },
        }
        assert login == every.document["output"][GIVEN_OUTPUT]["value"]["login"]

    def test_new_code_invokes_it_again(self, every: Synthesized) -> None:
        assert invocation(every)["triggers"] == {"code": function(every)["source_code_hash"]}

    def test_a_failed_invocation_is_repeated(self, every: Synthesized) -> None:
        assert invocation(every)["lifecycle_scope"] == "CREATE_ONLY"

    def test_it_waits_for_the_writer_the_policies_and_every_network_path(self, every: Synthesized) -> None:
        writer = every.address("aws_rds_cluster_instance", identifier=f"{every.prefix}-writer")
        needed = {writer, every.address("aws_lambda_function", **by_name(every))}
        for type_ in (
            "aws_secretsmanager_secret_policy",
            "aws_vpc_endpoint",
            "aws_vpc_security_group_egress_rule",
            "aws_vpc_security_group_ingress_rule",
        ):
            needed |= {f"{type_}.{name}" for name in every.all(type_)}
        assert set(invocation(every)["depends_on"]) == needed

    def test_the_function_waits_for_the_permissions_of_its_role(self, every: Synthesized) -> None:
        role = every.ref("aws_iam_role", "name", name=every.role_name("database-roles"))
        attachment = every.address("aws_iam_role_policy_attachment", role=role)
        assert set(function(every)["depends_on"]) == {attachment}

    def test_the_service_waits_for_it(self, every: Synthesized) -> None:
        assert (
            every.address("aws_lambda_invocation", **by_name(every))
            in every.one("aws_ecs_service")["depends_on"]
        )

    def test_only_it_reaches_the_database_besides_the_tasks(self, every: Synthesized) -> None:
        database = every.ref("aws_security_group", name_prefix=f"{every.prefix}-database-")
        sources = {
            rule["referenced_security_group_id"]
            for rule in every.all("aws_vpc_security_group_ingress_rule", security_group_id=database).values()
        }
        assert sources == {
            every.ref("aws_security_group", name_prefix=f"{every.prefix}-{name}-")
            for name in ("service", "database-roles")
        }


class TestLogins:
    @pytest.mark.parametrize(
        ("name", "username"),
        [("-owner", DATABASE_OWNER), *((f"-app-{key}", name) for key, name in DATABASE_LOGINS.items())],
    )
    def test_each_secret_contains_its_user_and_a_password_of_its_own(
        self, every: Synthesized, name: str, username: str
    ) -> None:
        version = every.one("aws_secretsmanager_secret_version", secret_id=secret_id(every, name))
        generator = name.removeprefix("-")
        assert json.loads(version["secret_string_wo"]) == {
            "username": username,
            "password": f"${{ephemeral.aws_secretsmanager_random_password.{generator}.random_password}}",
            "engine": "postgres",
            "port": 5432,
            "dbname": every.settings.database.database_name,
        }

    def test_the_tasks_have_the_version_of_the_current_logins_secret(self, every: Synthesized) -> None:
        secrets = {each["name"]: each["valueFrom"] for each in container(every)["secrets"]}
        username = re.fullmatch(r"(\$\{[^}]+\}):username::(\$\{[^}]+\})", secrets["DB_USERNAME"])
        assert username is not None
        arn, version = username.groups()
        assert secrets["DB_PASSWORD"] == f"{arn}:password::{version}"
        login = event(every)["login"].removeprefix("${").removesuffix("}")
        first, second = secret_of(every, "-app-a"), secret_of(every, "-app-b")
        for reference, key in ((arn, "arn"), (version, "version")):
            assert local(every, reference) == (
                f'${{{login} == "a" ? {first[key][2:-1]} : {second[key][2:-1]}}}'
            )

    def test_the_outputs_are_written_after_the_function_and_after_the_service(
        self, every: Synthesized
    ) -> None:
        outputs = every.document["output"]
        assert outputs[GIVEN_OUTPUT]["depends_on"] == [
            every.address("aws_lambda_invocation", **by_name(every))
        ]
        assert outputs[USED_OUTPUT]["depends_on"] == [every.address("aws_ecs_service")]

    def test_the_owner_gets_a_new_password_with_every_rotation(self, every: Synthesized) -> None:
        def number(name: str) -> str:
            version = every.one("aws_secretsmanager_secret_version", secret_id=secret_id(every, name))
            return str(version["secret_string_wo_version"])

        logins = ", ".join(number(f"-app-{key}")[2:-1] for key in DATABASE_LOGINS)
        assert local(every, number("-owner")) == f"${{max({logins})}}"


class TestHandler:
    def test_a_secret_in_another_form_is_an_error_without_its_value(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Client:
            def get_secret_value(self, **_: str) -> dict[str, str]:
                return {"SecretString": "a value that is no JSON"}

        monkeypatch.setattr(boto3, "client", lambda *_, **__: Client())
        with pytest.raises(handler.RolesError) as raised:
            handler._login({"arn": "arn:secret", "version": "1"})
        assert "a value" not in str(raised.value)
        assert "arn:secret cannot be read: it is not a JSON object" in str(raised.value)

    def test_a_login_does_not_show_its_password(self) -> None:
        assert "hidden" not in repr(handler.Login("payment_app_a", "hidden"))
