"""VPC endpoints: which services have one, in which subnets, and what their policies allow."""

import json

import pytest

from tests.unit.synthesis import ACCOUNT, Block, Synthesized, statements, synthesize
from tests.variables import DEPLOYMENTS, EVERYTHING_ON

# What the settings of EVERYTHING_ON declare.
SECRETS_OF_EVERYTHING = [
    "arn:aws:secretsmanager:ca-central-1:123456789012:secret:provider-a1B2c3",
    f"arn:aws:secretsmanager:ca-central-1:123456789012:secret:{'team/webhook'.ljust(512, 'w')}-Z9y8X7",
]
RESOURCES_OF_EVERYTHING = [
    "arn:aws:s3:::example-net-receipts/2026/*",
    "arn:aws:kms:ca-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
]

INTERFACES = ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "kms")


def endpoint(stack: Synthesized, service: str) -> Block:
    """The endpoint of a service."""
    return stack.one("aws_vpc_endpoint", service_name=f"com.amazonaws.{stack.region}.{service}")


def task_role(stack: Synthesized) -> Block:
    """The condition that a request is the application's."""
    return {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{stack.role_name('task')}"}}


def field_key_context(stack: Synthesized) -> Block:
    """The condition that the encryption context names the deployment."""
    return {"kms:EncryptionContext:Deployment": stack.prefix}


def grants(stack: Synthesized, service: str) -> list[tuple[list[str], list[str]]]:
    """The actions and resources that the policy of an interface endpoint must allow."""
    everything = stack.settings.suffix == EVERYTHING_ON
    use_field_key = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    use_field_key += ["kms:GenerateDataKeyWithoutPlaintext"]
    pull_image = [
        (["ecr:GetAuthorizationToken"], ["*"]),
        (
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [stack.settings.service.image_repository_arn or stack.arn("ecr", "repository/*")],
        ),
    ]
    return {
        "ecr.api": pull_image,
        "ecr.dkr": pull_image,
        "logs": [
            (
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                [stack.arn("logs", f"log-group:/ecs/{stack.prefix}:log-stream:*")],
            )
        ],
        "secretsmanager": [
            (
                ["secretsmanager:GetSecretValue"],
                [
                    stack.arn("secretsmanager", f"secret:{stack.prefix}-*"),
                    *(SECRETS_OF_EVERYTHING if everything else ()),
                ],
            )
        ],
        "kms": [
            (use_field_key, [stack.key_arn("fields")]),
            *([(["kms:Sign"], RESOURCES_OF_EVERYTHING)] if everything else ()),
        ],
    }[service]


def test_each_service_that_a_task_needs_has_an_endpoint_in_the_region(every: Synthesized) -> None:
    services = [found["service_name"] for found in every.all("aws_vpc_endpoint").values()]
    assert sorted(services) == sorted(f"com.amazonaws.{every.region}.{name}" for name in ("s3", *INTERFACES))


@pytest.mark.parametrize("service", INTERFACES)
class TestInterfaces:
    def test_interface_endpoints_use_private_dns(self, every: Synthesized, service: str) -> None:
        found = endpoint(every, service)
        assert found["vpc_endpoint_type"] == "Interface"
        assert found["private_dns_enabled"] is True

    def test_interface_endpoints_have_the_security_group_of_endpoints(
        self, every: Synthesized, service: str
    ) -> None:
        group = every.ref("aws_security_group", tags={"Name": f"{every.prefix}-endpoints"})
        assert endpoint(every, service)["security_group_ids"] == [group]

    def test_the_policy_allows_only_what_a_task_needs(self, every: Synthesized, service: str) -> None:
        found = list(statements(endpoint(every, service)["policy"]).values())
        assert [(each["Action"], each["Resource"]) for each in found] == grants(every, service)

    def test_the_policy_allows_only_principals_of_the_account(self, every: Synthesized, service: str) -> None:
        for statement in statements(endpoint(every, service)["policy"]).values():
            assert statement["Effect"] == "Allow"
            assert statement["Principal"] == "*"
            assert statement["Condition"]["StringEquals"]["aws:PrincipalAccount"] == ACCOUNT


def test_only_the_endpoint_of_kms_has_further_conditions(every: Synthesized) -> None:
    """It is there for the key of the fields, and for keys that the settings let the application use."""
    account = {"aws:PrincipalAccount": ACCOUNT}
    for service in INTERFACES:
        use, *application = (
            each["Condition"] for each in statements(endpoint(every, service)["policy"]).values()
        )
        if service == "kms":
            assert use == {**task_role(every), "StringEquals": {**account, **field_key_context(every)}}
            assert application == [{**task_role(every), "StringEquals": account}] * len(application)
        else:
            assert [use, *application] == [{"StringEquals": account}] * (1 + len(application))


def test_secrets_and_logs_that_the_settings_give_the_application_are_reached_through_their_endpoints() -> (
    None
):
    rates = "arn:aws:secretsmanager:us-east-1:123456789012:secret:exchange-rates-a1B2c3"
    group = "arn:aws:logs:us-east-1:123456789012:log-group:audit:log-stream:payments"
    permissions = [
        {"actions": ["secretsmanager:GetSecretValue", "logs:PutLogEvents"], "resources": [rates, group]},
        {"actions": ["sqs:SendMessage"], "resources": ["arn:aws:sqs:us-east-1:123456789012:settlements"]},
    ]
    stack = synthesize("prod", PAYMENT_API_SERVICE__PERMISSIONS=json.dumps(permissions))
    for service, action in (("secretsmanager", "GetSecretValue"), ("logs", "PutLogEvents")):
        *_, last = statements(endpoint(stack, service)["policy"]).values()
        assert last["Action"] == [f"{service}:{action}"]
        assert last["Resource"] == [rates, group]
        assert last["Condition"] == {
            **task_role(stack),
            "StringEquals": {"aws:PrincipalAccount": ACCOUNT},
        }
    assert "sqs" not in json.dumps(stack.all("aws_vpc_endpoint"))


@pytest.mark.parametrize("service", ["ecr.api", "ecr.dkr"])
@pytest.mark.parametrize("registry", ["123456789012", "999999999999"])
def test_the_image_may_be_in_the_registry_of_any_account(service: str, registry: str) -> None:
    """The account of the deployment is not known before the apply."""
    image = f"{registry}.dkr.ecr.us-east-1.amazonaws.com/team/app:1.0.0"
    stack = synthesize("prod", PAYMENT_API_SERVICE__IMAGE=image)
    resources = [
        resource
        for each in statements(endpoint(stack, service)["policy"]).values()
        for resource in each["Resource"]
    ]
    assert resources == ["*", f"arn:aws:ecr:us-east-1:{registry}:repository/team/app"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
@pytest.mark.parametrize("nat_gateways", [1, 3])
def test_interface_endpoints_are_in_as_many_private_subnets_as_there_are_nat_gateways(
    deployment: str, nat_gateways: int
) -> None:
    stack = synthesize(deployment, PAYMENT_API_NETWORK__NAT_GATEWAYS=str(nat_gateways))
    expected = [
        stack.ref("aws_subnet", tags={"Name": f"{stack.prefix}-private-{zone}"})
        for zone in stack.settings.zones[:nat_gateways]
    ]
    endpoints = stack.all("aws_vpc_endpoint", vpc_endpoint_type="Interface").values()
    assert [found["subnet_ids"] for found in endpoints] == [expected] * len(INTERFACES)


class TestS3:
    def test_the_s3_gateway_is_in_all_private_route_tables_and_no_other(self, every: Synthesized) -> None:
        found = endpoint(every, "s3")
        assert found["vpc_endpoint_type"] == "Gateway"
        assert sorted(found["route_table_ids"]) == sorted(
            f"${{aws_route_table.{name}.id}}"
            for name, table in every.all("aws_route_table").items()
            if table["tags"]["Name"].startswith(f"{every.prefix}-private-")
        )

    def test_the_s3_gateway_allows_only_reading_the_image_layers_of_ecr(self, every: Synthesized) -> None:
        """Any other bucket could be used to exfiltrate data."""
        layers, *application = statements(endpoint(every, "s3")["policy"]).values()
        assert len(application) == (1 if every.settings.suffix == EVERYTHING_ON else 0)
        assert [layers] == [
            {
                "Sid": "ImageLayers",
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["s3:GetObject"],
                "Resource": [f"arn:aws:s3:::prod-{every.region}-starport-layer-bucket/*"],
            }
        ]

    def test_the_s3_gateway_also_allows_what_the_settings_give_the_application(self) -> None:
        stack = synthesize(EVERYTHING_ON)
        _, application = statements(endpoint(stack, "s3")["policy"]).values()
        assert application == {
            "Sid": "ThisAccountOnly1",
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["s3:PutObject", "s3:GetObject"],
            "Resource": RESOURCES_OF_EVERYTHING,
            "Condition": {**task_role(stack), "StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
        }
