"""What takes more than one value to refuse or accept, and how a message is put together."""

from typing import ClassVar

import pytest

from constructs_lib.settings.loader import SettingsError, load_settings
from tests.unit.settings.refusals import only, problems

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
IMAGE = f"{REGISTRY}/payment-api:1.0.0"
CONTAINER = {"PAYMENT_API_SERVICE__IMAGE": IMAGE, "PAYMENT_API_SERVICE__HEALTH_COMMAND": "/app/healthy"}


class TestOwnDomainAndBucket:
    @pytest.mark.parametrize("suffix", ["staging", "staging-eu", "prod", "prod-2"])
    def test_both_must_be_set_outside_dev(self, suffix: str) -> None:
        profile = suffix.split("-", maxsplit=1)[0]
        own = f"by default: must be a domain of your own in {profile}, and example.com is nobody's"
        assert problems({"ENVIRONMENT_SUFFIX": suffix, **CONTAINER}) == (
            f'PAYMENT_API_DOMAIN__HOSTED_ZONE is "example.com" {own}',
            f'PAYMENT_API_DOMAIN__NAME is "payment-api.example.com" {own}',
            f"PAYMENT_API_STATE__BUCKET is not set: must be, since {profile} has no default for it",
        )

    def test_an_example_domain_is_refused_when_set_by_hand(self) -> None:
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

    def test_they_are_refused_beside_a_bad_suffix_and_a_bad_neighbour(self) -> None:
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

    def test_prod_asks_for_a_health_command(self) -> None:
        environment = {**self.PROD, "PAYMENT_API_SERVICE__IMAGE": IMAGE}
        del environment["PAYMENT_API_SERVICE__HEALTH_COMMAND"]
        assert only(environment).startswith(
            "PAYMENT_API_SERVICE__HEALTH_COMMAND is null by default: must be set"
        )

    def test_prod_takes_one_in_ecr_by_its_repository(self) -> None:
        service = load_settings({**self.PROD, "PAYMENT_API_SERVICE__IMAGE": IMAGE}, {}).service
        arn = "arn:aws:ecr:us-east-1:123456789012:repository/payment-api"
        assert service.image_repository_arn == arn

    def test_one_in_a_public_registry_has_no_repository_of_ours(self) -> None:
        assert load_settings({}, {}).service.image_repository_arn is None

    def test_prod_refuses_the_default_image(self) -> None:
        assert only(self.PROD).startswith(
            'PAYMENT_API_SERVICE__IMAGE is "public.ecr.aws/nginx/nginx:1.28.0" by default: '
            "must be in your own ECR in prod (ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG)"
        )

    @pytest.mark.parametrize(
        "image",
        [
            "app:1.4.2",
            "ghcr.io/team/app:1.4.2",
            f"mirror.test/{REGISTRY}/app:1.4.2",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.test/app:1.4.2",
            "12345.dkr.ecr.us-east-1.amazonaws.com/app:1.4.2",
        ],
    )
    def test_prod_refuses_an_image_outside_ecr(self, image: str) -> None:
        assert "must be in your own ECR in prod" in only({**self.PROD, "PAYMENT_API_SERVICE__IMAGE": image})

    @pytest.mark.parametrize("suffix", ["dev", "prod"])
    def test_an_image_in_the_ecr_of_another_region_is_refused(self, suffix: str) -> None:
        elsewhere = {"ENVIRONMENT_SUFFIX": suffix, "AWS_REGION": "eu-west-1"}
        assert only({**self.PROD, **elsewhere, "PAYMENT_API_SERVICE__IMAGE": IMAGE}) == (
            f'PAYMENT_API_SERVICE__IMAGE is "{IMAGE}": must be in the ECR of eu-west-1, the region of the '
            "deployment: the VPC's endpoints, through which the tasks pull, reach no other"
        )

    def test_a_region_that_is_refused_itself_is_not_compared_with_the_images(self) -> None:
        elsewhere = {"AWS_REGION": "mars-1", "PAYMENT_API_SERVICE__IMAGE": IMAGE}
        assert only({**self.PROD, **elsewhere}).startswith("AWS_REGION is ")


class TestPairs:
    def test_memory_that_fargate_does_not_sell_with_the_cpu(self) -> None:
        assert problems({"PAYMENT_API_SERVICE__CPU": "4096", "PAYMENT_API_SERVICE__MEMORY": "8200"}) == (
            'PAYMENT_API_SERVICE__MEMORY is "8200": must be 8192 to 30720 in steps of 1024 MiB: '
            "with 4096 CPU units Fargate sells no other memory",
        )

    def test_a_cpu_alone_shows_that_the_default_memory_does_not_fit(self) -> None:
        (problem,) = problems({"PAYMENT_API_SERVICE__CPU": "1024"})
        assert problem.startswith("PAYMENT_API_SERVICE__MEMORY is 512 by default: must be 2048 to 8192")

    @pytest.mark.parametrize(("cpu", "memory"), [("32768", "131072"), ("16384", "33792"), ("512", "1536")])
    def test_other_pairs_not_sold(self, cpu: str, memory: str) -> None:
        pair = {"PAYMENT_API_SERVICE__CPU": cpu, "PAYMENT_API_SERVICE__MEMORY": memory}
        assert f"with {cpu} CPU units Fargate sells no other memory" in problems(pair)[0]

    def test_a_minimum_above_the_default_maximum(self) -> None:
        assert problems({"PAYMENT_API_SERVICE__MIN_CAPACITY": "12"}) == (
            "PAYMENT_API_SERVICE__MAX_CAPACITY is 10 by default: must be at least 12, the min_capacity",
        )

    def test_pairs_from_two_sources_are_seen(self) -> None:
        context: dict[str, object] = {"payment_api": {"service": {"max_capacity": 3}}}
        assert problems({"PAYMENT_API_SERVICE__MIN_CAPACITY": "4"}, context) == (
            "payment_api.service.max_capacity in cdktf.json is 3: must be at least 4, the min_capacity",
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
    def test_a_variable(self, variable: str, near: str) -> None:
        assert problems({variable: "1"}) == (
            f'{variable} is "1", but no such setting exists: did you mean {near}?',
        )

    def test_a_group_in_the_context(self) -> None:
        assert problems({}, {"payment_api": {"servce": {}}}) == (
            "payment_api.servce in cdktf.json is {}, but no such setting exists: "
            "did you mean payment_api.service?",
        )

    def test_a_name_in_the_context(self) -> None:
        assert problems({}, {"payment_api": {"service": {"ports": 80}}}) == (
            "payment_api.service.ports in cdktf.json is 80, but no such setting exists: "
            "did you mean payment_api.service.port?",
        )


class TestContext:
    @pytest.mark.parametrize(
        ("context", "problem"),
        [
            ([], "payment_api in cdktf.json is []: must be an object"),
            ("dev", 'payment_api in cdktf.json is "dev": must be an object'),
            ({"service": 8080}, "payment_api.service in cdktf.json is 8080: must be an object"),
            ({"service": None}, "payment_api.service in cdktf.json is null: must be an object"),
            (
                {"database": {"engine_version": 15}},
                "payment_api.database.engine_version in cdktf.json is 15: must be text",
            ),
            (
                {"network": {"nat_gateways": True}},
                "payment_api.network.nat_gateways in cdktf.json is true: must be 1 or 3",
            ),
            (
                {"service": {"port": 80.5}},
                "payment_api.service.port in cdktf.json is 80.5: must be a whole number from 1 to 65535",
            ),
            (
                {"service": {"tls": 1}},
                "payment_api.service.tls in cdktf.json is 1: must be true or false",
            ),
        ],
    )
    def test_a_value_of_the_wrong_type(self, context: object, problem: str) -> None:
        assert problems({}, {"payment_api": context}) == (problem,)

    def test_a_variable_takes_the_blame_when_it_has_won(self) -> None:
        context: dict[str, object] = {"payment_api": {"service": {"port": 80}}}
        (problem,) = problems({"PAYMENT_API_SERVICE__PORT": "0"}, context)
        assert problem.startswith('PAYMENT_API_SERVICE__PORT is "0": ')


MANY_MISTAKES = {
    "ENVIRONMENT_SUFFIX": "Prod",
    "AWS_REGION": "mars-1",
    "PAYMENT_API_BANANA": "1",
    "PAYMENT_API_NETWORK__CIDR": "8.8.0.0/16",
    "PAYMENT_API_SERVICE__CPU": "300",
    "PAYMENT_API_SERVICE__MIN_CAPACITY": "12",
}


class TestMessage:
    def test_all_refusals_come_at_once(self) -> None:
        context: dict[str, object] = {"payment_api": {"monitoring": {"alarm_email": "nobody"}}}
        assert [problem.split(" is ")[0] for problem in problems(MANY_MISTAKES, context)] == [
            "PAYMENT_API_BANANA",
            "ENVIRONMENT_SUFFIX",
            "AWS_REGION",
            "PAYMENT_API_NETWORK__CIDR",
            "PAYMENT_API_SERVICE__CPU",
            "PAYMENT_API_SERVICE__MAX_CAPACITY",
            "payment_api.monitoring.alarm_email in cdktf.json",
        ]

    def test_the_error_reads_as_a_headline_and_a_line_for_each_refusal(self) -> None:
        with pytest.raises(SettingsError) as refusal:
            load_settings(MANY_MISTAKES, {})
        headline, *lines = str(refusal.value).splitlines()
        assert headline == "The settings are refused:"
        assert lines == [f"  - {problem}" for problem in refusal.value.problems]

    def test_nothing_of_pydantic_shows(self) -> None:
        message = "\n".join(problems(MANY_MISTAKES)).lower()
        assert not [
            word for word in ("pydantic", "http", "value error", "input", "validation") if word in message
        ]

    def test_a_value_cannot_break_its_line(self) -> None:
        (problem,) = problems({"PAYMENT_API_SERVICE__IMAGE": "app:1\n  - all is well"})
        assert problem.startswith(r'PAYMENT_API_SERVICE__IMAGE is "app:1\n  - all is well": must be')
        assert problem.isprintable()
