"""The private ways to AWS: which there are, where they stand, and what may be done through them."""

import pytest

from tests.unit.synthesis import ACCOUNT, Block, Synthesized, statements, synthesize

# What may be done through each interface endpoint: actions, and the one resource they may be done to.
# Resources are of this account alone; "*" stands where AWS knows no narrower one.
PULL_IMAGE = [
    (["ecr:GetAuthorizationToken"], "*"),
    (
        ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*",
    ),
]
INTERFACES = {
    "ecr.api": PULL_IMAGE,
    "ecr.dkr": PULL_IMAGE,
    "logs": [
        (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/payment-api-prod:log-stream:*",
        )
    ],
    "secretsmanager": [
        (
            ["secretsmanager:GetSecretValue"],
            f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:payment-api-prod-*",
        )
    ],
    "kms": [(["kms:Decrypt"], f"arn:aws:kms:us-east-1:{ACCOUNT}:key/*")],
}


def endpoint(stack: Synthesized, service: str) -> Block:
    """The endpoint of a service."""
    return stack.one("aws_vpc_endpoint", service_name=f"com.amazonaws.us-east-1.{service}")


def test_there_is_one_for_each_service_that_a_task_needs(every: Synthesized) -> None:
    services = [each["service_name"] for each in every.all("aws_vpc_endpoint").values()]
    assert sorted(services) == sorted(f"com.amazonaws.us-east-1.{name}" for name in ("s3", *INTERFACES))


def test_they_are_those_of_the_deployments_region() -> None:
    stack = synthesize("dev", AWS_REGION="eu-west-1")
    services = [each["service_name"] for each in stack.all("aws_vpc_endpoint").values()]
    assert services
    assert all(service.startswith("com.amazonaws.eu-west-1.") for service in services)


@pytest.mark.parametrize("service", INTERFACES)
class TestInterfaces:
    def test_it_answers_under_the_services_own_name(self, every: Synthesized, service: str) -> None:
        found = endpoint(every, service)
        assert found["vpc_endpoint_type"] == "Interface"
        assert found["private_dns_enabled"] is True

    def test_its_security_group_is_the_endpoints(self, every: Synthesized, service: str) -> None:
        group = every.one("aws_ecs_cluster")["name"] + "-endpoints"
        assert endpoint(every, service)["security_group_ids"] == [
            every.ref("aws_security_group", tags={"Name": group})
        ]

    def test_its_policy_lets_this_account_do_exactly_this(self, prod: Synthesized, service: str) -> None:
        found = list(statements(endpoint(prod, service)["policy"]).values())
        assert [(each["Action"], each["Resource"]) for each in found] == [
            (actions, [resource]) for actions, resource in INTERFACES[service]
        ]
        for each in found:
            assert each["Effect"] == "Allow"
            assert each["Principal"] == "*"
            assert each["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}


@pytest.mark.parametrize(
    ("profile", "zones"), [("dev", ["a"]), ("staging", ["a", "b", "c"]), ("prod", ["a", "b", "c"])]
)
def test_interfaces_stand_in_the_private_subnets_of_the_zones_with_a_nat_gateway(
    profile: str, zones: list[str]
) -> None:
    stack = synthesize(profile)
    expected = [
        stack.ref("aws_subnet", tags={"Name": f"payment-api-{profile}-private-us-east-1{zone}"})
        for zone in zones
    ]
    for found in stack.all("aws_vpc_endpoint", vpc_endpoint_type="Interface").values():
        assert found["subnet_ids"] == expected


class TestS3:
    def test_it_is_a_gateway_in_every_private_route_table_and_no_other(self, every: Synthesized) -> None:
        found = endpoint(every, "s3")
        assert found["vpc_endpoint_type"] == "Gateway"
        assert sorted(found["route_table_ids"]) == sorted(
            f"${{aws_route_table.{name}.id}}"
            for name, table in every.all("aws_route_table").items()
            if "-private-" in table["tags"]["Name"]
        )

    def test_it_gives_nothing_but_ecrs_image_layers(self, every: Synthesized) -> None:
        """Neither a bucket of ours nor anybody else's: no way to carry data out."""
        assert list(statements(endpoint(every, "s3")["policy"]).values()) == [
            {
                "Sid": "ImageLayers",
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["s3:GetObject"],
                "Resource": ["arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"],
            }
        ]
