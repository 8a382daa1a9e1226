"""What the stack tells whoever applied it."""

import pytest

from tests.unit.synthesis import Synthesized, synthesize

# Output → the resource and the attribute that it is.
ATTRIBUTES = {
    "load_balancer_name": ("aws_lb", "name"),
    "vpc_id": ("aws_vpc", "id"),
    "cluster_name": ("aws_ecs_cluster", "name"),
    "service_name": ("aws_ecs_service", "name"),
    "database_writer_endpoint": ("aws_rds_cluster", "endpoint"),
    "database_reader_endpoint": ("aws_rds_cluster", "reader_endpoint"),
    "database_secret_arn": ("aws_secretsmanager_secret", "arn"),
    "web_acl_arn": ("aws_wafv2_web_acl", "arn"),
    "alarm_topic_arn": ("aws_sns_topic", "arn"),
}


def test_these_are_all_outputs(every: Synthesized) -> None:
    assert set(every.document["output"]) == {
        *ATTRIBUTES,
        "api_url",
        "dashboard_url",
        "database_password_given",
    }


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_output_is_the_attribute_of_its_resource(every: Synthesized, name: str) -> None:
    resource, attribute = ATTRIBUTES[name]

    assert every.document["output"][name]["value"] == every.ref(resource, attribute)


@pytest.mark.parametrize("name", ["payment-api.example.com", "pay.example.com"])
def test_the_api_answers_under_its_name_over_https(name: str) -> None:
    system = synthesize("dev", PAYMENT_API_DOMAIN__NAME=name)

    assert system.document["output"]["api_url"]["value"] == f"https://{name}"


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_the_dashboard_is_found_in_its_region(region: str) -> None:
    system = synthesize("dev", AWS_REGION=region)
    name = system.ref("aws_cloudwatch_dashboard", "dashboard_name")

    assert system.document["output"]["dashboard_url"]["value"] == (
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#dashboards/dashboard/{name}"
    )


def test_every_output_says_what_it_is(every: Synthesized) -> None:
    for name, output in every.document["output"].items():
        assert output["description"].strip(), name


def test_no_output_is_a_secret(every: Synthesized) -> None:
    """A secret would need the mark `sensitive`, and would stand in the state all the same."""
    for name, output in every.document["output"].items():
        assert "sensitive" not in output, name
        assert "password" not in str(output["value"]), name
