"""Validation that depends on several settings, unknown names, and the format of error messages."""

from typing import ClassVar

import pytest

from constructs_lib.settings.loader import SettingsError, load_settings
from tests.unit.settings.refusals import only_problem, problems

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
IMAGE = f"{REGISTRY}/payment-api:1.0.0"
CONTAINER = {"PAYMENT_API_SERVICE__IMAGE": IMAGE, "PAYMENT_API_SERVICE__HEALTH_COMMAND": "/app/healthy"}


class TestDomainAndBucket:
    @pytest.mark.parametrize("suffix", ["staging", "staging-eu", "prod", "prod-2"])
    def test_both_are_required_in_staging_and_prod(self, suffix: str) -> None:
        profile = suffix.split("-", maxsplit=1)[0]
        refusal = (
            f"by default: must be a domain that you own in {profile}; "
            "example.com is reserved for documentation"
        )
        assert problems({"ENVIRONMENT_SUFFIX": suffix, **CONTAINER}) == (
            f'PAYMENT_API_DOMAIN__HOSTED_ZONE is "example.com" {refusal}',
            f"PAYMENT_API_DOMAIN__NAME is not set: must be set, because {profile} has no default",
            f"PAYMENT_API_STATE__BUCKET is not set: must be set, because {profile} has no default",
        )

    def test_an_example_domain_is_refused_in_prod(self) -> None:
        environment = {
            "ENVIRONMENT_SUFFIX": "prod",
            "PAYMENT_API_DOMAIN__HOSTED_ZONE": "pay.example.com",
            "PAYMENT_API_DOMAIN__NAME": "api.pay.example.com",
            "PAYMENT_API_STATE__BUCKET": "shop-state",
            **CONTAINER,
        }
        assert [problem.split(" is ")[0] for problem in problems(environment)] == [
            "PAYMENT_API_DOMAIN__HOSTED_ZONE",
            "PAYMENT_API_DOMAIN__NAME",
        ]

    def test_other_problems_do_not_hide_them(self) -> None:
        environment = {
            "ENVIRONMENT_SUFFIX": "prod-" + "x" * 20,
            "PAYMENT_API_DOMAIN__HOSTED_ZONE": "shop_test",
            "PAYMENT_API_STATE__KEY_ALIAS": "aws/s3",
            "PAYMENT_API_SERVICE__CPU": "300",
        }
        assert [problem.split(" is ")[0] for problem in problems(environment)] == [
            "ENVIRONMENT_SUFFIX",
            "PAYMENT_API_DOMAIN__HOSTED_ZONE",
            "PAYMENT_API_DOMAIN__NAME",
            "PAYMENT_API_STATE__BUCKET",
            "PAYMENT_API_STATE__KEY_ALIAS",
            "PAYMENT_API_SERVICE__IMAGE",
            "PAYMENT_API_SERVICE__HEALTH_COMMAND",
            "PAYMENT_API_SERVICE__CPU",
        ]


class TestImage:
    PROD: ClassVar = {
        "ENVIRONMENT_SUFFIX": "prod",
        "PAYMENT_API_SERVICE__HEALTH_COMMAND": "/app/healthy",
        "PAYMENT_API_DOMAIN__NAME": "pay.shop.test",
        "PAYMENT_API_DOMAIN__HOSTED_ZONE": "shop.test",
        "PAYMENT_API_STATE__BUCKET": "shop-state",
    }

    def test_prod_requires_a_health_command(self) -> None:
        environment = {**self.PROD, "PAYMENT_API_SERVICE__IMAGE": IMAGE}
        del environment["PAYMENT_API_SERVICE__HEALTH_COMMAND"]
        assert only_problem(environment).startswith(
            "PAYMENT_API_SERVICE__HEALTH_COMMAND is not set: must be set in prod"
        )

    def test_prod_accepts_an_image_in_ecr(self) -> None:
        service = load_settings({**self.PROD, "PAYMENT_API_SERVICE__IMAGE": IMAGE}, {}).service
        arn = "arn:aws:ecr:us-east-1:123456789012:repository/payment-api"
        assert service.image_repository_arn == arn

    def test_an_image_in_a_public_registry_has_no_repository_arn(self) -> None:
        assert load_settings({}, {}).service.image_repository_arn is None

    def test_prod_refuses_the_default_image(self) -> None:
        assert only_problem(self.PROD).startswith(
            'PAYMENT_API_SERVICE__IMAGE is "public.ecr.aws/nginx/nginx:1.28.0" by default: '
            "must be in Amazon ECR in prod (ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG)"
        )

    @pytest.mark.parametrize(
        "image",
        [
            "app:1.4.2",
            "ghcr.io/team/app:1.4.2",
            f"mirror.test/{REGISTRY}/app:1.4.2",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.test/app:1.4.2",
        ],
    )
    def test_prod_refuses_an_image_outside_ecr(self, image: str) -> None:
        assert "must be in Amazon ECR in prod" in only_problem(
            {**self.PROD, "PAYMENT_API_SERVICE__IMAGE": image}
        )

    @pytest.mark.parametrize("suffix", ["dev", "prod"])
    def test_an_image_in_the_ecr_of_another_region_is_refused(self, suffix: str) -> None:
        other_region = {"ENVIRONMENT_SUFFIX": suffix, "AWS_REGION": "eu-west-1"}
        assert only_problem({**self.PROD, **other_region, "PAYMENT_API_SERVICE__IMAGE": IMAGE}) == (
            f'PAYMENT_API_SERVICE__IMAGE is "{IMAGE}": must be in Amazon ECR in eu-west-1, the region of the '
            "deployment: the tasks pull images through the VPC's endpoints, which connect to this region only"
        )

    def test_an_unknown_region_is_not_compared_with_the_region_of_the_image(self) -> None:
        other_region = {"AWS_REGION": "mars-1", "PAYMENT_API_SERVICE__IMAGE": IMAGE}
        assert only_problem({**self.PROD, **other_region}).startswith("AWS_REGION is ")


class TestRelatedSettings:
    def test_memory_that_fargate_does_not_support_with_the_cpu_is_refused(self) -> None:
        assert problems({"PAYMENT_API_SERVICE__CPU": "4096", "PAYMENT_API_SERVICE__MEMORY": "8200"}) == (
            'PAYMENT_API_SERVICE__MEMORY is "8200": must be 8192 to 30720 MiB in steps of 1024 MiB: '
            "Fargate supports only these sizes with 4096 CPU units",
        )

    def test_the_default_memory_is_refused_if_it_does_not_fit_the_cpu(self) -> None:
        (problem,) = problems({"PAYMENT_API_SERVICE__CPU": "1024"})
        assert problem.startswith("PAYMENT_API_SERVICE__MEMORY is 512 by default: must be 2048 to 8192")

    @pytest.mark.parametrize(("cpu", "memory"), [("32768", "131072"), ("16384", "33792"), ("512", "1536")])
    def test_other_unsupported_task_sizes_are_refused(self, cpu: str, memory: str) -> None:
        task_size = {"PAYMENT_API_SERVICE__CPU": cpu, "PAYMENT_API_SERVICE__MEMORY": memory}
        assert f"Fargate supports only these sizes with {cpu} CPU units" in problems(task_size)[0]

    def test_a_minimum_above_the_default_maximum_is_refused(self) -> None:
        assert problems({"PAYMENT_API_SERVICE__MIN_CAPACITY": "12"}) == (
            "PAYMENT_API_SERVICE__MAX_CAPACITY is 10 by default: must be at least 12 (min_capacity)",
        )

    def test_settings_from_two_sources_are_compared(self) -> None:
        context: dict[str, object] = {"payment_api": {"service": {"max_capacity": 3}}}
        assert problems({"PAYMENT_API_SERVICE__MIN_CAPACITY": "4"}, context) == (
            "payment_api.service.max_capacity in cdktf.json is 3: must be at least 4 (min_capacity)",
        )


class TestUnknownNames:
    @pytest.mark.parametrize(
        ("variable", "near"),
        [
            ("PAYMENT_API_SERVICE__IMGAE", "PAYMENT_API_SERVICE__IMAGE"),
            ("PAYMENT_API_SERVICE_CPU", "PAYMENT_API_SERVICE__CPU"),
            ("PAYMENT_API_FIREWAL__RATE_LIMIT", "PAYMENT_API_FIREWALL__RATE_LIMIT"),
            ("payment_api_service__port", "PAYMENT_API_SERVICE__PORT"),
        ],
    )
    def test_an_unknown_variable_is_refused(self, variable: str, near: str) -> None:
        assert problems({variable: "1"}) == (f"{variable} is not a setting: did you mean {near}?",)

    def test_an_unknown_group_in_the_context_is_refused(self) -> None:
        assert problems({}, {"payment_api": {"servce": {}}}) == (
            "payment_api.servce in cdktf.json is not a setting: did you mean payment_api.service?",
        )

    def test_an_unknown_name_in_the_context_is_refused(self) -> None:
        assert problems({}, {"payment_api": {"service": {"ports": 80}}}) == (
            "payment_api.service.ports in cdktf.json is not a setting: "
            "did you mean payment_api.service.port?",
        )

    @pytest.mark.parametrize(
        ("key", "meant"),
        [
            ("environmentSuffix", "environment_suffix"),
            ("environment-suffix", "environment_suffix"),
            ("ENVIRONMENT_SUFFIX", "environment_suffix"),
            ("enviroment_suffix", "environment_suffix"),
            ("payment-api", "payment_api"),
            ("paymentApi", "payment_api"),
            ("PAYMENT_API", "payment_api"),
            ("payments_api", "payment_api"),
            ("PAYMENT_API_SERVICE__CPU", "payment_api.service.cpu"),
        ],
    )
    def test_a_key_of_the_context_that_resembles_ours_is_refused(self, key: str, meant: str) -> None:
        assert problems({}, {key: "x"}) == (f"{key} in cdktf.json is not a setting: did you mean {meant}?",)

    @pytest.mark.parametrize(
        "key",
        [
            "excludeStackIdFromLogicalIds",
            "allowSepCharsInLogicalIds",
            "cdktfRelativeModules",
            "targetVersions",
            "environment",
            "payment",
            "region",
        ],
    )
    def test_other_keys_of_the_context_are_ignored(self, key: str) -> None:
        assert load_settings({}, {key: True}) == load_settings({}, {})

    def test_a_long_name_is_shortened(self) -> None:
        problem = only_problem({f"PAYMENT_API_{'X' * 10_000}": "1"})
        assert problem.startswith(f"PAYMENT_API_{'X' * 88}… is not a setting: ")

    def test_an_unprintable_name_is_escaped(self) -> None:
        problem = only_problem({}, {"payment_api": {"service": {"port\n": 80}}})
        assert problem.startswith("payment_api.service.port\\n in cdktf.json is not a setting: ")

    def test_what_follows_an_equals_sign_in_a_name_is_not_shown(self) -> None:
        problem = only_problem({}, {"payment_api": {"API_TOKEN=planted": "x"}})
        assert problem.startswith("payment_api.API_TOKEN… in cdktf.json is not a setting: ")


class TestKubernetes:
    """Variables that Kubernetes sets in a pod beside a Service of this name."""

    SUFFIXES = (
        *("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_8080_TCP"),
        *("PORT_8080_TCP_ADDR", "PORT_8080_TCP_PORT", "PORT_8080_TCP_PROTO"),
    )

    @pytest.mark.parametrize("service", ["PAYMENT_API", "PAYMENT_API_DEV", "PAYMENT_API_SERVICE"])
    def test_the_variables_of_a_service_are_ignored(self, service: str) -> None:
        environment = dict.fromkeys((f"{service}_{suffix}" for suffix in self.SUFFIXES), "tcp://10.0.0.1:80")
        assert load_settings(environment, {}) == load_settings({}, {})

    @pytest.mark.parametrize("variable", ["PAYMENT_API_SERVICE_HOST", "PAYMENT_API_PORT_8080_TCP_ADDR"])
    def test_a_variable_that_no_setting_resembles_is_ignored_alone(self, variable: str) -> None:
        assert load_settings({variable: "10.0.0.1"}, {}) == load_settings({}, {})

    @pytest.mark.parametrize("variable", ["PAYMENT_API_SERVICE_PORT", "PAYMENT_API_PORT"])
    @pytest.mark.parametrize("others", [{}, {"PAYMENT_API_DEV_SERVICE_HOST": "10.0.0.1"}])
    def test_a_variable_that_may_be_a_misspelt_setting_is_refused_without_the_host_of_its_service(
        self, variable: str, others: dict[str, str]
    ) -> None:
        assert only_problem({variable: "80", **others}) == (
            f"{variable} is not a setting: did you mean PAYMENT_API_SERVICE__PORT?"
        )

    @pytest.mark.parametrize("variable", ["PAYMENT_API_SERVICE_CPU", "payment_api_service_port"])
    def test_other_misspelt_settings_are_refused_beside_a_service(self, variable: str) -> None:
        environment = {"PAYMENT_API_SERVICE_HOST": "10.0.0.1", variable: "1"}
        assert only_problem(environment).startswith(f"{variable} is not a setting: did you mean ")

    def test_the_setting_is_read_beside_a_service(self) -> None:
        environment = {"PAYMENT_API_SERVICE_HOST": "10.0.0.1", "PAYMENT_API_SERVICE__PORT": "9090"}
        assert load_settings(environment, {}).service.port == 9090


class TestDefaultDomainName:
    def test_a_default_that_is_too_long_is_refused(self) -> None:
        zone = f"{'a' * 60}.test"
        assert only_problem({"PAYMENT_API_DOMAIN__HOSTED_ZONE": zone}) == (
            f'PAYMENT_API_DOMAIN__NAME is "payment-api.{zone}" by default: must be at most 64 characters, '
            "ACM's limit for certificates, not 77"
        )

    @pytest.mark.parametrize("zone", ["shop_test", ""])
    def test_a_hosted_zone_that_is_not_valid_is_the_only_problem(self, zone: str) -> None:
        assert only_problem({"PAYMENT_API_DOMAIN__HOSTED_ZONE": zone}).startswith(
            "PAYMENT_API_DOMAIN__HOSTED_ZONE is "
        )


class TestContext:
    @pytest.mark.parametrize(
        ("context", "problem"),
        [
            ([], "payment_api in cdktf.json is an array: must be an object"),
            ("dev", "payment_api in cdktf.json is a string: must be an object"),
            (True, "payment_api in cdktf.json is a boolean: must be an object"),
            ({"service": 8080}, "payment_api.service in cdktf.json is a number: must be an object"),
            ({"service": None}, "payment_api.service in cdktf.json is null: must be an object"),
            (
                {"database": {"engine_version": 15}},
                "payment_api.database.engine_version in cdktf.json is 15: must be a string",
            ),
            (
                {"network": {"nat_gateways": True}},
                "payment_api.network.nat_gateways in cdktf.json is true: must be 1 or 3",
            ),
            (
                {"service": {"port": 80.5}},
                "payment_api.service.port in cdktf.json is 80.5: must be a whole number from 1024 to 65535",
            ),
            (
                {"service": {"port": [80]}},
                "payment_api.service.port in cdktf.json is an array: "
                "must be a whole number from 1024 to 65535",
            ),
            (
                {"service": {"image": {"tag": "1"}}},
                "payment_api.service.image in cdktf.json is an object: must be a string",
            ),
            (
                {"service": {"health_path": 80}},
                "payment_api.service.health_path in cdktf.json is not valid: must be a string",
            ),
            (
                {"service": {"tls": 1}},
                "payment_api.service.tls in cdktf.json is 1: must be true or false",
            ),
        ],
    )
    def test_a_value_of_the_wrong_type_is_refused(self, context: object, problem: str) -> None:
        assert problems({}, {"payment_api": context}) == (problem,)

    def test_the_message_names_the_variable_that_overrides_the_context(self) -> None:
        context: dict[str, object] = {"payment_api": {"service": {"port": 80}}}
        (problem,) = problems({"PAYMENT_API_SERVICE__PORT": "0"}, context)
        assert problem.startswith('PAYMENT_API_SERVICE__PORT is "0": ')


MANY_PROBLEMS = {
    "ENVIRONMENT_SUFFIX": "Prod",
    "AWS_REGION": "mars-1",
    "PAYMENT_API_BANANA": "1",
    "PAYMENT_API_NETWORK__CIDR": "8.8.0.0/16",
    "PAYMENT_API_SERVICE__CPU": "300",
    "PAYMENT_API_SERVICE__MIN_CAPACITY": "12",
}


class TestMessage:
    def test_all_problems_are_reported_at_once(self) -> None:
        context: dict[str, object] = {"payment_api": {"monitoring": {"alarm_email": "nobody"}}}
        assert [problem.split(" is ")[0] for problem in problems(MANY_PROBLEMS, context)] == [
            "PAYMENT_API_BANANA",
            "ENVIRONMENT_SUFFIX",
            "AWS_REGION",
            "PAYMENT_API_NETWORK__CIDR",
            "PAYMENT_API_SERVICE__CPU",
            "PAYMENT_API_SERVICE__MAX_CAPACITY",
            "payment_api.monitoring.alarm_email in cdktf.json",
        ]

    def test_the_error_has_a_headline_and_a_line_for_each_problem(self) -> None:
        with pytest.raises(SettingsError) as error:
            load_settings(MANY_PROBLEMS, {})
        headline, *lines = str(error.value).splitlines()
        assert headline == "The settings are refused:"
        assert lines == [f"  - {problem}" for problem in error.value.problems]

    def test_the_message_does_not_contain_text_of_pydantic(self) -> None:
        message = "\n".join(problems(MANY_PROBLEMS)).lower()
        assert not [
            word for word in ("pydantic", "http", "value error", "input", "validation") if word in message
        ]

    def test_a_value_with_a_line_break_is_escaped(self) -> None:
        problem = only_problem({"PAYMENT_API_SERVICE__IMAGE": "app:1\n  - no problems"})
        assert problem.startswith(r'PAYMENT_API_SERVICE__IMAGE is "app:1\n  - no problems": must be')
        assert problem.isprintable()

    def test_a_long_value_is_shortened(self) -> None:
        problem = only_problem({"PAYMENT_API_SERVICE__PORT": "8" * 10_000})
        assert problem == (
            f'PAYMENT_API_SERVICE__PORT is "{"8" * 399}…: must be a whole number from 1024 to 65535'
        )

    def test_the_longest_valid_value_is_not_shortened(self) -> None:
        image = f"{'a' * 253}:1@sha256:{'0' * 64}"
        assert only_problem({**TestImage.PROD, "PAYMENT_API_SERVICE__IMAGE": image}).startswith(
            f'PAYMENT_API_SERVICE__IMAGE is "{image}": must be in Amazon ECR'
        )
