"""The outputs of the stack."""

import pytest

from tests.unit.synthesis import Synthesized, synthesize

# Output → the resource type and the attribute of its value.
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


def test_there_are_no_other_outputs(every: Synthesized) -> None:
    assert set(every.document["output"]) == {
        *ATTRIBUTES,
        "api_url",
        "dashboard_url",
        "database_password_given",
        "fixed_settings",
        "security_group_rule_ids",
        "service_image",
        "target_protocol",
    }


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_the_output_is_an_attribute_of_its_resource(every: Synthesized, name: str) -> None:
    resource, attribute = ATTRIBUTES[name]

    assert every.document["output"][name]["value"] == every.ref(resource, attribute)


def test_the_api_url_is_the_domain_name_over_https(every: Synthesized) -> None:
    assert every.document["output"]["api_url"]["value"] == f"https://{every.settings.domain.name}"


def test_the_setting_sets_the_domain_name_of_the_api_url() -> None:
    stack = synthesize("dev", PAYMENT_API_DOMAIN__NAME="pay.example.com")

    assert stack.document["output"]["api_url"]["value"] == "https://pay.example.com"


def test_the_default_api_url_of_dev(dev: Synthesized) -> None:
    assert dev.document["output"]["api_url"]["value"] == "https://payment-api.example.com"


def test_the_dashboard_url_is_in_the_console_of_the_region(every: Synthesized) -> None:
    name, region = every.ref("aws_cloudwatch_dashboard", "dashboard_name"), every.region

    assert every.document["output"]["dashboard_url"]["value"] == (
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#dashboards/dashboard/{name}"
    )


def test_every_output_has_a_description(every: Synthesized) -> None:
    for name, output in every.document["output"].items():
        assert output["description"].strip(), name


def test_no_output_is_a_secret(every: Synthesized) -> None:
    """Terraform stores the value of an output in the state, even if it is marked as sensitive."""
    for name, output in every.document["output"].items():
        assert "sensitive" not in output, name
        assert "password" not in str(output["value"]), name
