"""The domain name of the API: certificate, validation, and the record of the load balancer."""

from tests.unit.synthesis import Synthesized, synthesize


def test_the_certificate_is_validated_through_dns(every: Synthesized) -> None:
    assert every.one("aws_acm_certificate")["validation_method"] == "DNS"


def test_the_certificate_has_a_2048_bit_rsa_key(every: Synthesized) -> None:
    assert every.one("aws_acm_certificate")["key_algorithm"] == "RSA_2048"


def test_a_replacement_of_the_certificate_is_created_before_it_is_destroyed(every: Synthesized) -> None:
    assert every.one("aws_acm_certificate")["lifecycle"] == {"create_before_destroy": True}


def test_the_setting_sets_the_domain_name_of_certificate_and_record(every: Synthesized) -> None:
    name = every.settings.domain.name

    assert every.one("aws_acm_certificate")["domain_name"] == name
    assert every.one("aws_route53_record", type="A")["name"] == name


def test_the_setting_sets_the_public_hosted_zone(every: Synthesized) -> None:
    (zone,) = every.document["data"]["aws_route53_zone"].values()

    domain = every.settings.domain
    by_name = {"name": domain.hosted_zone, "private_zone": False}
    lookup = {"zone_id": domain.hosted_zone_id} if domain.hosted_zone_id else by_name
    assert {name: zone.get(name) for name in ("name", "private_zone", "zone_id") if name in zone} == lookup


def test_a_hosted_zone_that_is_looked_up_by_id_must_have_the_name_of_the_settings_and_be_public() -> None:
    stack = synthesize("dev", PAYMENT_API_DOMAIN__HOSTED_ZONE_ID="Z0123456789ABCDEFGHIJ")
    (zone,) = stack.document["data"]["aws_route53_zone"].values()

    assert zone["lifecycle"]["postcondition"] == [
        {
            "condition": '${self.name == "example.com"}',
            "error_message": "domain.hosted_zone_id is Z0123456789ABCDEFGHIJ, which is not the zone "
            "example.com of domain.hosted_zone.",
        },
        {
            "condition": "${self.private_zone == false}",
            "error_message": "domain.hosted_zone_id is Z0123456789ABCDEFGHIJ, which is a private zone, so "
            "that nobody could resolve the API's name.",
        },
    ]


def test_the_domain_name_of_another_dev_deployment_contains_the_suffix() -> None:
    assert synthesize("pr-7").one("aws_acm_certificate")["domain_name"] == "payment-api-pr-7.example.com"


def test_the_default_domain_name_of_dev_is_in_example_com(dev: Synthesized) -> None:
    (zone,) = dev.document["data"]["aws_route53_zone"].values()

    assert zone["name"] == "example.com"
    assert dev.one("aws_acm_certificate")["domain_name"] == "payment-api.example.com"


def test_all_records_are_in_the_hosted_zone(every: Synthesized) -> None:
    (zone,) = every.document["data"]["aws_route53_zone"]

    for record in every.all("aws_route53_record").values():
        assert record["zone_id"] == f"${{data.aws_route53_zone.{zone}.zone_id}}"


def test_the_validation_record_is_the_one_that_acm_requires(every: Synthesized) -> None:
    option = f"tolist({every.address('aws_acm_certificate')}.domain_validation_options).0"

    assert every.has(
        "aws_route53_record",
        {
            "name": f"${{{option}.resource_record_name}}",
            "type": f"${{{option}.resource_record_type}}",
            "records": [f"${{{option}.resource_record_value}}"],
            "ttl": 60,
            "allow_overwrite": True,
        },
    )


def test_the_validation_waits_for_the_validation_record(every: Synthesized) -> None:
    validation = every.one("aws_acm_certificate_validation")
    record = every.address("aws_route53_record", ttl=60)

    assert validation["certificate_arn"] == every.ref("aws_acm_certificate", "arn")
    assert validation["validation_record_fqdns"] == [f"${{{record}.fqdn}}"]


def test_the_a_record_is_an_alias_of_the_load_balancer(every: Synthesized) -> None:
    load_balancer = every.address("aws_lb")

    assert every.one("aws_route53_record", type="A")["alias"] == {
        "name": f"${{{load_balancer}.dns_name}}",
        "zone_id": f"${{{load_balancer}.zone_id}}",
        "evaluate_target_health": True,
    }
