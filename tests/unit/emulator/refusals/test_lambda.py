"""Lambda refuses what AWS refuses about functions, what they use, and their concurrency."""

from typing import Any

import pytest
from moto.awslambda.models import lambda_backends

from tests.emulator.account import Account
from tests.emulator.gaps.lambda_ import set_concurrency_quota
from tests.emulator.refusals import lambda_
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.networks import Network
from tests.unit.emulator.refusals.resources import ABSENT_ROLE, archive, policy, role

ACCOUNT_ID = "123456789012"
INTERFACES = ("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface")
INVALID = "InvalidParameterValueException"


class Functions:
    """The calls of the tests, with valid defaults."""

    def __init__(self, account: Account) -> None:
        self.account, self.client = account, account.client("lambda")
        self.role = role(account, "function", "lambda", *INTERFACES)

    def create(self, name: str = "function", **changed: Any) -> str:  # noqa: ANN401 - parameters
        """The ARN of a new function."""
        answer = self.client.create_function(
            **{
                "FunctionName": name,
                "Role": self.role,
                "Runtime": "python3.13",
                "Handler": "app.handler",
                "Code": {"ZipFile": archive()},
            }
            | changed
        )
        arn: str = answer["FunctionArn"]
        return arn

    def update(self, **changed: Any) -> None:  # noqa: ANN401 - parameters
        self.client.update_function_configuration(FunctionName="function", **changed)


@pytest.fixture
def functions(account: Account) -> Functions:
    return Functions(account)


def in_vpc(network: Network, group: str | None = None) -> dict[str, list[str]]:
    return {"SubnetIds": network.subnets, "SecurityGroupIds": [group or network.group()]}


def test_the_role_can_be_assumed_by_lambda(functions: Functions, refused: Refuses) -> None:
    for arn in (ABSENT_ROLE, role(functions.account, "tasks", "ecs-tasks")):
        with refused("not there yet", INVALID):
            functions.create(Role=arn)
    functions.create()
    with refused("not there yet", INVALID):
        functions.update(Role=ABSENT_ROLE)


@pytest.mark.parametrize("missing", INTERFACES)
def test_the_role_of_a_function_in_a_vpc_has_permissions_for_interfaces(
    functions: Functions, refused: Refuses, missing: str
) -> None:
    network = in_vpc(Network(functions.account))
    weak = role(functions.account, "weak", "lambda", *{*INTERFACES} - {missing})
    functions.create("outside", Role=weak)
    with refused("not there yet", INVALID):
        functions.create(Role=weak, VpcConfig=network)


def test_the_permissions_for_interfaces_can_be_limited_to_the_network(functions: Functions) -> None:
    network = in_vpc(Network(functions.account))
    arn = role(functions.account, "limited", "lambda", "ec2:DescribeNetworkInterfaces")
    created = policy(
        {
            "Effect": "Allow",
            "Action": ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"],
            "Resource": [
                f"arn:aws:ec2:us-east-1:{ACCOUNT_ID}:{each}/*"
                for each in ("network-interface", "subnet", "security-group")
            ],
        }
    )
    functions.account.client("iam").put_role_policy(
        RoleName="limited", PolicyName="interfaces", PolicyDocument=created
    )
    functions.create(Role=arn, VpcConfig=network)


@pytest.mark.parametrize(
    "changed",
    [
        {"SubnetIds": ["subnet-0123456789abcdef0"]},
        {"SecurityGroupIds": ["sg-0123456789abcdef0"]},
        {"SecurityGroupIds": []},
    ],
)
def test_the_network_of_a_function_exists(
    functions: Functions, refused: Refuses, changed: dict[str, list[str]]
) -> None:
    network = in_vpc(Network(functions.account))
    with refused("not there yet", INVALID):
        functions.create(VpcConfig=network | changed)
    functions.create(VpcConfig=network)
    with refused("not there yet", INVALID):
        functions.update(VpcConfig=changed)


def test_the_network_of_a_function_is_one_vpc(functions: Functions, refused: Refuses) -> None:
    network = in_vpc(Network(functions.account))
    other = Network(functions.account).group()
    with refused("not there yet", INVALID):
        functions.create(VpcConfig=network | {"SecurityGroupIds": [other]})


def test_the_key_exists_and_is_enabled(functions: Functions, refused: Refuses) -> None:
    kms = functions.account.client("kms")
    key = kms.create_key()["KeyMetadata"]
    with refused("not there yet", INVALID):
        functions.create(KMSKeyArn=key["Arn"].replace(key["KeyId"], "00000000-0000-0000-0000-000000000000"))
    functions.create(KMSKeyArn=key["Arn"])
    kms.disable_key(KeyId=key["KeyId"])
    with refused("not there yet", INVALID):
        functions.update(KMSKeyArn=key["Arn"])


def test_names_are_unique(functions: Functions, refused: Refuses) -> None:
    functions.create()
    with refused("taken", "ResourceConflictException"):
        functions.create()


def test_only_a_function_that_exists_can_be_invoked(functions: Functions, refused: Refuses) -> None:
    with refused("not there yet", "ResourceNotFoundException"):
        functions.client.invoke(FunctionName="absent")


def test_the_variables_have_at_most_4_kb(functions: Functions, refused: Refuses) -> None:
    assert lambda_._ENVIRONMENT_BYTES == 4096
    functions.create(Environment={"Variables": {"NAME": "x" * (4096 - len('{"NAME":""}'))}})
    with refused("too many", INVALID):
        functions.update(Environment={"Variables": {"NAME": "x" * (4097 - len('{"NAME":""}'))}})


def test_the_archive_has_at_most_50_mb(
    functions: Functions, refused: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lambda_._ARCHIVE_BYTES == 50 * 1024 * 1024
    functions.create()
    monkeypatch.setattr(lambda_, "_ARCHIVE_BYTES", len(archive()) - 1)
    with refused("too many", "RequestEntityTooLargeException"):
        functions.create("second")
    with refused("too many", "RequestEntityTooLargeException"):
        functions.client.update_function_code(FunctionName="function", ZipFile=archive())


def test_the_payload_has_at_most_6_mb(
    functions: Functions, refused: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lambda_._LARGEST_REQUEST == 6 * 1024 * 1024
    functions.create()
    monkeypatch.setattr(lambda_, "_LARGEST_REQUEST", 8)
    with refused("too many", "RequestTooLargeException"):
        functions.client.invoke(FunctionName="function", Payload=b'"1234567"')


def test_a_hundred_executions_stay_unreserved(functions: Functions, refused: Refuses) -> None:
    functions.create()
    functions.create("second")

    def reserve(name: str, count: int) -> None:
        functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=count)

    reserve("function", 900)
    with refused("too many", INVALID):
        reserve("second", 1)
    set_concurrency_quota(lambda_backends[ACCOUNT_ID]["us-east-1"], 10)
    with refused("too many", INVALID):
        reserve("function", 1)


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME", "AWS_SESSION_TOKEN"])
def test_the_variables_of_the_runtime_are_reserved(functions: Functions, refused: Refuses, name: str) -> None:
    with refused("malformed", INVALID):
        functions.create(Environment={"Variables": {name: "x"}})


def test_a_function_runs_for_at_most_900_seconds(functions: Functions, refused: Refuses) -> None:
    functions.create(Timeout=900)
    with refused("malformed", "ValidationException"):
        functions.update(Timeout=901)


def test_log_levels_are_for_json(functions: Functions, refused: Refuses) -> None:
    functions.create(LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"})
    with refused("malformed", INVALID):
        functions.create("second", LoggingConfig={"LogFormat": "Text", "ApplicationLogLevel": "WARN"})


def test_a_function_has_a_handler(functions: Functions, refused: Refuses) -> None:
    with refused("malformed", INVALID):
        functions.client.create_function(
            FunctionName="function", Role=functions.role, Runtime="python3.13", Code={"ZipFile": archive()}
        )


def test_the_network_of_a_function_cannot_be_deleted_before_it(
    functions: Functions, refused: Refuses
) -> None:
    network = Network(functions.account)
    group = network.group()
    functions.create(VpcConfig=in_vpc(network, group))
    with refused("in use", "DependencyViolation"):
        network.ec2.delete_security_group(GroupId=group)
    with refused("in use", "DependencyViolation"):
        network.ec2.delete_subnet(SubnetId=network.subnets[0])
    functions.client.delete_function(FunctionName="function")
    network.ec2.delete_security_group(GroupId=group)
    network.ec2.delete_subnet(SubnetId=network.subnets[0])
