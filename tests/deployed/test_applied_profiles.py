"""What must hold after the first apply, in every profile and with every setting set."""

import json
from typing import Any

import pytest

from tests.deployed.lookups import document, state_object
from tests.emulator import postgres
from tests.emulator.backends import master_password
from tests.emulator.deployment import Deployment
from tests.emulator.terraform import Plan
from tests.variables import variables_of


def secret_of(deployment: Deployment) -> dict[str, Any]:
    """The content of the database's secret."""
    arn = deployment.system.outputs()["database_secret_arn"]
    value = deployment.account.client("secretsmanager").get_secret_value(SecretId=arn)
    secret: dict[str, Any] = json.loads(value["SecretString"])
    return secret


def passwords(deployment: Deployment) -> list[str]:
    """The passwords of the master, the owner and the two logins of the application."""
    secrets = deployment.account.client("secretsmanager")
    return [
        json.loads(secrets.get_secret_value(SecretId=f"{deployment.name}-database{name}")["SecretString"])[
            "password"
        ]
        for name in ("", "-owner", "-app-a", "-app-b")
    ]


def function_log(deployment: Deployment) -> str:
    """Everything that the role manager has logged."""
    logs = deployment.account.client("logs")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{deployment.name}/database-roles"
    )
    return "\n".join(event["message"] for page in pages for event in page["events"])


def remote_state(deployment: Deployment) -> str:
    """The state of the system's stack, read from the bucket."""
    bucket, key = state_object(deployment)
    stored = deployment.account.client("s3").get_object(Bucket=bucket, Key=key)
    return str(stored["Body"].read().decode())


def local_state(deployment: Deployment) -> str:
    """The state of the state stack, which is a local file."""
    return (deployment.state.directory / "terraform.tfstate").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def second_plan(deployment: Deployment) -> Plan:
    """The plan after the first apply."""
    return deployment.system.plan()


def test_the_second_plan_is_empty(second_plan: Plan) -> None:
    assert second_plan.empty, second_plan.text


def test_the_password_has_32_characters_and_no_punctuation(deployment: Deployment) -> None:
    password = secret_of(deployment)["password"]
    assert len(password) == 32
    assert password.isalnum()


def test_the_secret_holds_the_connection_settings_of_the_cluster(deployment: Deployment) -> None:
    secret = secret_of(deployment)
    (cluster,) = deployment.account.client("rds").describe_db_clusters()["DBClusters"]
    assert secret.keys() == {"username", "password", "engine", "port", "dbname"}
    assert (secret["username"], secret["port"], secret["dbname"]) == (
        cluster["MasterUsername"],
        cluster["Port"],
        cluster["DatabaseName"],
    )


def test_the_database_has_the_password_of_the_secret(deployment: Deployment) -> None:
    assert master_password(deployment.account, deployment.name) == secret_of(deployment)["password"]


def test_no_password_is_in_a_state(deployment: Deployment) -> None:
    for password in passwords(deployment):
        assert password not in remote_state(deployment)
        assert password not in local_state(deployment)


def test_no_password_is_in_a_log(deployment: Deployment) -> None:
    (cluster,) = deployment.account.client("rds").describe_db_clusters()["DBClusters"]
    servers = postgres.current()
    server = servers and servers.of(cluster["DbClusterResourceId"])
    assert server
    log, function = server.log_file.read_text(encoding="utf-8"), function_log(deployment)
    assert "ALTER ROLE" in log
    assert "created payment_owner" in function
    for password in passwords(deployment):
        assert password not in log
        assert password not in function


def test_every_role_logs_in_with_the_password_of_its_secret(deployment: Deployment) -> None:
    secrets = deployment.account.client("secretsmanager")
    for name in ("", "-owner", "-app-a", "-app-b"):
        stored = secrets.get_secret_value(SecretId=f"{deployment.name}-database{name}")["SecretString"]
        content = json.loads(stored)
        user, password = content["username"], content["password"]
        postgres.connect(deployment.account, deployment.name, user=user, password=password).close()


def test_no_password_is_in_the_plan_or_in_the_synthesized_json(
    deployment: Deployment, second_plan: Plan
) -> None:
    for password in passwords(deployment):
        assert password not in second_plan.text
        assert password not in json.dumps(second_plan.document)
        assert password not in json.dumps(document(deployment))


def test_the_state_is_encrypted_with_the_customer_key(deployment: Deployment) -> None:
    bucket, suffix = deployment.state.outputs()["state_bucket"], deployment.name.removeprefix("payment-api-")
    stored = deployment.account.client("s3").head_object(
        Bucket=bucket, Key=f"payment-api/{suffix}/terraform.tfstate"
    )
    alias = variables_of(suffix).get("PAYMENT_API_STATE__KEY_ALIAS", "payment-api-state")
    assert stored["ServerSideEncryption"] == "aws:kms"
    assert stored["SSEKMSKeyId"] == f"alias/{alias}"


def test_the_apply_has_released_its_state_lock(deployment: Deployment) -> None:
    bucket = deployment.state.outputs()["state_bucket"]
    keys = [
        each["Key"] for each in deployment.account.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    ]
    assert not [key for key in keys if key.endswith(".tflock")]
