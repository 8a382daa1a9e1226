"""What must hold once an apply is through, in every profile."""

import json
from typing import Any

import pytest

from tests.emulator.backends import master_password
from tests.emulator.deployment import Deployment
from tests.emulator.terraform import Plan


def secret_of(deployment: Deployment) -> dict[str, Any]:
    """What the database's secret holds."""
    arn = deployment.system.outputs()["database_secret_arn"]
    value = deployment.account.client("secretsmanager").get_secret_value(SecretId=arn)
    secret: dict[str, Any] = json.loads(value["SecretString"])
    return secret


def state_of(deployment: Deployment) -> str:
    """The system's state as it lies in the bucket."""
    document = json.loads((deployment.stacks[deployment.name] / "cdk.tf.json").read_text(encoding="utf-8"))
    backend = document["terraform"]["backend"]["s3"]
    stored = deployment.account.client("s3").get_object(Bucket=backend["bucket"], Key=backend["key"])
    return str(stored["Body"].read().decode())


@pytest.fixture(scope="module")
def second_plan(deployment: Deployment) -> Plan:
    """What Terraform would change after the first apply."""
    return deployment.system.plan()


def test_a_second_plan_changes_nothing(second_plan: Plan) -> None:
    assert second_plan.empty, second_plan.text


def test_the_password_is_generated_as_asked(deployment: Deployment) -> None:
    """Parity 7: 32 characters, no punctuation."""
    password = secret_of(deployment)["password"]
    assert len(password) == 32
    assert password.isalnum()


def test_the_secret_says_all_that_a_client_needs(deployment: Deployment) -> None:
    """Parity 7 and 8."""
    secret = secret_of(deployment)
    cluster = deployment.account.client("rds").describe_db_clusters()["DBClusters"][0]
    assert secret.keys() == {"username", "password", "engine", "port", "dbname"}
    assert (secret["username"], secret["port"], secret["dbname"]) == (
        cluster["MasterUsername"],
        cluster["Port"],
        cluster["DatabaseName"],
    )


def test_the_database_was_given_the_password_of_the_secret(deployment: Deployment) -> None:
    assert master_password(deployment.account, deployment.name) == secret_of(deployment)["password"]


def test_the_password_is_in_no_state(deployment: Deployment) -> None:
    assert secret_of(deployment)["password"] not in state_of(deployment)


def test_the_password_is_in_no_plan_and_no_json(deployment: Deployment, second_plan: Plan) -> None:
    password = secret_of(deployment)["password"]
    assert password not in second_plan.text
    assert password not in json.dumps(second_plan.document)
    assert password not in (deployment.stacks[deployment.name] / "cdk.tf.json").read_text(encoding="utf-8")


def test_the_state_is_encrypted_with_the_customer_key(deployment: Deployment) -> None:
    """Parity 26."""
    s3 = deployment.account.client("s3")
    bucket = deployment.state.outputs()["state_bucket"]
    suffix = deployment.name.removeprefix("payment-api-")
    stored = s3.head_object(Bucket=bucket, Key=f"payment-api/{suffix}/terraform.tfstate")
    assert stored["ServerSideEncryption"] == "aws:kms"
    assert stored["SSEKMSKeyId"] == "alias/payment-api-state"


def test_no_lock_is_left(deployment: Deployment) -> None:
    bucket = deployment.state.outputs()["state_bucket"]
    keys = [
        each["Key"] for each in deployment.account.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    ]
    assert not [key for key in keys if key.endswith(".tflock")]
