"""The migration: a task with the owner's credentials, and the function that runs it before the service."""

import json

import pytest

from tests.unit.synthesis import Block, Synthesized, statements, synthesize
from tests.variables import EVERYTHING_ON

COMMAND = ["python", "-m", "app.migrate"]
OWN_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api:1.0.0"


@pytest.fixture(scope="module", params=["dev", EVERYTHING_ON])
def migrated(request: pytest.FixtureRequest) -> Synthesized:
    """A deployment with a migration: one of the default image, and the one in which every setting is set."""
    if request.param == EVERYTHING_ON:
        return synthesize(EVERYTHING_ON)
    return synthesize("dev", PAYMENT_API_SERVICE__MIGRATION_COMMAND=json.dumps(COMMAND))


def family(stack: Synthesized) -> str:
    return f"{stack.prefix}-migration"


def definition(stack: Synthesized) -> Block:
    return stack.one("aws_ecs_task_definition", family=family(stack))


def container(stack: Synthesized, name: str = "migration") -> Block:
    found = [
        each
        for task in stack.all("aws_ecs_task_definition").values()
        for each in json.loads(task["container_definitions"])
        if each["name"] == name
    ]
    (only,) = found
    return dict(only)


def invocation(stack: Synthesized) -> Block:
    name = stack.one("aws_lambda_function", function_name=family(stack))["function_name"]
    return stack.one("aws_lambda_invocation", function_name=name)


def policy(stack: Synthesized, purpose: str) -> dict[str, Block]:
    return statements(stack.one("aws_iam_policy", name=stack.role_name(purpose))["policy"])


def owner(stack: Synthesized, type_: str, attribute: str) -> str:
    (name,) = (name for name in stack.all(type_) if name.startswith("logins_owner_"))
    return f"${{{type_}.{name}.{attribute}}}"


def test_without_a_command_there_is_no_task_no_function_and_no_role(dev: Synthesized) -> None:
    found = [
        name
        for resources in dev.document["resource"].values()
        for name, resource in resources.items()
        if "migration" in name or resource.get("family") == family(dev)
    ]
    assert found == []


class TestTask:
    def test_it_runs_the_command_in_the_image_of_the_service(self, migrated: Synthesized) -> None:
        assert container(migrated)["command"] == [*(migrated.settings.service.migration_command or ())]
        assert container(migrated)["image"] == container(migrated, "api")["image"]

    @pytest.mark.parametrize(
        "member", ["user", "readonlyRootFilesystem", "linuxParameters", "essential", "stopTimeout"]
    )
    def test_it_is_as_confined_as_the_service(self, member: str, migrated: Synthesized) -> None:
        assert container(migrated)[member] == container(migrated, "api")[member]

    def test_it_has_the_size_of_the_services_tasks(self, migrated: Synthesized) -> None:
        service = migrated.one("aws_ecs_task_definition", family=migrated.prefix)
        for argument in ("cpu", "memory", "runtime_platform", "network_mode", "requires_compatibilities"):
            assert definition(migrated)[argument] == service[argument]

    def test_it_logs_in_as_the_owner_with_exactly_one_version_of_the_secret(
        self, migrated: Synthesized
    ) -> None:
        arn = owner(migrated, "aws_secretsmanager_secret", "arn")
        version = owner(migrated, "aws_secretsmanager_secret_version", "version_id")
        assert container(migrated)["secrets"] == [
            {"name": "DB_PASSWORD", "valueFrom": f"{arn}:password::{version}"},
            {"name": "DB_USERNAME", "valueFrom": f"{arn}:username::{version}"},
        ]

    def test_it_has_the_services_variables_except_the_field_key(self, migrated: Synthesized) -> None:
        of_the_service = [
            each
            for each in container(migrated, "api")["environment"]
            if not each["name"].startswith("FIELD_KEY")
        ]
        assert container(migrated)["environment"] == of_the_service

    def test_it_has_no_role_of_its_own(self, migrated: Synthesized) -> None:
        assert "task_role_arn" not in definition(migrated)

    def test_its_log_streams_have_a_prefix_of_their_own(self, migrated: Synthesized) -> None:
        options = container(migrated)["logConfiguration"]["options"]
        of_the_service = container(migrated, "api")["logConfiguration"]["options"]
        assert options == {**of_the_service, "awslogs-stream-prefix": "payment-api-migration"}

    def test_it_listens_on_no_port_and_has_no_health_check(self, migrated: Synthesized) -> None:
        assert container(migrated)["portMappings"] == []
        assert "healthCheck" not in container(migrated)


class TestPermissions:
    def test_the_execution_role_reads_exactly_the_owners_secret(self, migrated: Synthesized) -> None:
        found = policy(migrated, "migration-execution")
        secret = [owner(migrated, "aws_secretsmanager_secret", "arn")]
        assert found["ReadDatabaseSecrets"]["Resource"] == secret
        decryption = found["DecryptDatabaseSecrets"]["Condition"]["StringEquals"]
        assert decryption["kms:EncryptionContext:SecretARN"] == secret

    def test_the_policy_of_the_owners_secret_admits_it_and_that_of_no_other_secret_does(
        self, migrated: Synthesized
    ) -> None:
        role = migrated.ref("aws_iam_role", "arn", name=migrated.role_name("migration-execution"))
        admitting = {
            each["secret_arn"]
            for each in migrated.all("aws_secretsmanager_secret_policy").values()
            if role in each["policy"]
        }
        assert admitting == {owner(migrated, "aws_secretsmanager_secret", "arn")}

    def test_the_execution_role_pulls_the_image_of_an_ecr_repository(self) -> None:
        variables = {
            "PAYMENT_API_SERVICE__MIGRATION_COMMAND": json.dumps(COMMAND),
            "PAYMENT_API_SERVICE__IMAGE": OWN_IMAGE,
        }
        stack = synthesize("dev", **variables)
        assert policy(stack, "migration-execution")["PullImage"] == policy(stack, "execution")["PullImage"]

    def test_the_function_runs_this_task_in_this_cluster_and_nothing_else(
        self, migrated: Synthesized
    ) -> None:
        cluster = {"ArnEquals": {"ecs:cluster": migrated.ref("aws_ecs_cluster", "arn")}}
        name = migrated.ref("aws_ecs_cluster", "name")
        role = migrated.ref("aws_iam_role", "arn", name=migrated.role_name("migration-execution"))
        found = policy(migrated, "migration")
        assert {
            sid: (each["Action"], each["Resource"], each.get("Condition"))
            for sid, each in found.items()
            if sid not in ("WriteLogs", "ReadItsLog")
        } == {
            "RunMigration": (
                ["ecs:RunTask"],
                [migrated.arn("ecs", f"task-definition/{family(migrated)}:*")],
                cluster,
            ),
            "SeeItsEnd": (["ecs:DescribeTasks"], [migrated.arn("ecs", f"task/{name}/*")], cluster),
            "FindMigrations": (["ecs:ListTasks"], ["*"], cluster),
            "PassItsRole": (
                ["iam:PassRole"],
                [role],
                {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            ),
        }

    def test_the_function_reads_only_the_migrations_log_streams(self, migrated: Synthesized) -> None:
        found = policy(migrated, "migration")["ReadItsLog"]
        group = migrated.ref("aws_cloudwatch_log_group", "arn", name=f"/ecs/{migrated.prefix}")
        assert found["Action"] == ["logs:GetLogEvents"]
        assert found["Resource"] == [f"{group}:log-stream:payment-api-migration/*"]

    def test_the_function_is_outside_the_vpc_and_has_lambdas_longest_timeout(
        self, migrated: Synthesized
    ) -> None:
        function = migrated.one("aws_lambda_function", function_name=family(migrated))
        assert "vpc_config" not in function
        assert function["timeout"] == 900


class TestInvocation:
    def test_each_revision_of_the_task_runs_once(self, migrated: Synthesized) -> None:
        """The event contains the revision; nothing else that changes with an apply is in it."""
        assert invocation(migrated)["lifecycle_scope"] == "CREATE_ONLY"
        assert invocation(migrated).get("triggers") is None
        assert json.loads(invocation(migrated)["input"]) == {
            "task_definition": migrated.ref("aws_ecs_task_definition", "arn", family=family(migrated)),
            "cluster": migrated.ref("aws_ecs_cluster", "arn"),
            "subnets": [
                f"${{aws_subnet.{name}.id}}"
                for zone in migrated.settings.zones
                for name in migrated.all("aws_subnet")
                if f"private-subnet-{zone}" in name
            ],
            "security_group": container_security_group(migrated),
            "container": "migration",
            "log_group": migrated.ref("aws_cloudwatch_log_group", "name", name=f"/ecs/{migrated.prefix}"),
            "log_prefix": "payment-api-migration",
        }

    def test_it_runs_after_the_role_manager_and_when_the_network_is_open(self, migrated: Synthesized) -> None:
        before = set(invocation(migrated)["depends_on"])
        roles = migrated.address("aws_lambda_invocation", function_name=f"{migrated.prefix}-database-roles")
        rules = {
            f"{type_}.{name}"
            for type_ in ("aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule")
            for name in migrated.all(type_)
        }
        endpoints = {f"aws_vpc_endpoint.{name}" for name in migrated.all("aws_vpc_endpoint")}
        assert before >= {roles} | rules | endpoints

    def test_the_service_is_updated_after_it(self, migrated: Synthesized) -> None:
        address = migrated.address("aws_lambda_invocation", function_name=family(migrated))
        assert address in migrated.one("aws_ecs_service")["depends_on"]


def container_security_group(stack: Synthesized) -> str:
    """The security group of the service's tasks."""
    (group,) = stack.one("aws_ecs_service")["network_configuration"]["security_groups"]
    return str(group)
