"""The API's name: certificate, its validation, and the record that points to the load balancer."""

from tests.unit.synthesis import Synthesized, synthesize


def test_the_certificate_is_for_the_name_and_validated_through_dns(dev: Synthesized) -> None:
    """Parity 16."""
    certificate = dev.one("aws_acm_certificate")

    assert certificate["domain_name"] == "payment-api.example.com"
    assert certificate["validation_method"] == "DNS"


def test_a_new_certificate_stands_before_the_old_one_goes(every: Synthesized) -> None:
    assert every.one("aws_acm_certificate")["lifecycle"] == {"create_before_destroy": True}


def test_records_stand_in_the_public_hosted_zone(dev: Synthesized) -> None:
    """Parity 16."""
    ((name, zone),) = dev.document["data"]["aws_route53_zone"].items()

    assert (zone["name"], zone["private_zone"]) == ("example.com", False)
    for record in dev.all("aws_route53_record").values():
        assert record["zone_id"] == f"${{data.aws_route53_zone.{name}.zone_id}}"


def test_the_validation_record_is_the_one_that_acm_asks_for(dev: Synthesized) -> None:
    """Parity 16."""
    option = f"tolist({dev.address('aws_acm_certificate')}.domain_validation_options).0"

    assert dev.has(
        "aws_route53_record",
        {
            "name": f"${{{option}.resource_record_name}}",
            "type": f"${{{option}.resource_record_type}}",
            "records": [f"${{{option}.resource_record_value}}"],
            "ttl": 60,
            "allow_overwrite": True,
        },
    )


def test_the_validation_waits_for_the_record(dev: Synthesized) -> None:
    """Parity 16."""
    validation = dev.one("aws_acm_certificate_validation")
    record = dev.address("aws_route53_record", ttl=60)

    assert validation["certificate_arn"] == dev.ref("aws_acm_certificate", "arn")
    assert validation["validation_record_fqdns"] == [f"${{{record}.fqdn}}"]


def test_the_name_is_an_alias_of_the_load_balancer(every: Synthesized) -> None:
    """Parity 16."""
    load_balancer = every.address("aws_lb")
    record = every.one("aws_route53_record", type="A")

    assert record["name"] == every.one("aws_acm_certificate")["domain_name"]
    assert record["alias"] == {
        "name": f"${{{load_balancer}.dns_name}}",
        "zone_id": f"${{{load_balancer}.zone_id}}",
        "evaluate_target_health": True,
    }


def test_the_settings_choose_name_and_zone() -> None:
    system = synthesize(
        "dev",
        PAYMENT_API_DOMAIN__NAME="pay.example.net",
        PAYMENT_API_DOMAIN__HOSTED_ZONE="example.net",
    )

    (zone,) = system.document["data"]["aws_route53_zone"].values()
    assert zone["name"] == "example.net"
    assert system.one("aws_acm_certificate")["domain_name"] == "pay.example.net"
    assert system.one("aws_route53_record", type="A")["name"] == "pay.example.net"


def test_the_certificates_key_is_rsa_of_2048_bits(every: Synthesized) -> None:
    assert every.one("aws_acm_certificate")["key_algorithm"] == "RSA_2048"
