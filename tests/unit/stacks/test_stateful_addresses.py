"""The addresses of all stateful resources: a renamed construct would destroy the data of its resource.

CDKTF derives the address of a resource from the path of its construct, and Terraform identifies the resource
by it. After a change of an address here, the next apply deletes the resource and creates another one, unless
a `moved` block is added.
"""

import pytest

from constructs_lib.settings.names import MAX_SUFFIX_LENGTH
from constructs_lib.stacks import payment_api as payment_api_stack
from tests.stateful_types import REPLACEABLE, STATEFUL
from tests.unit.synthesis import Synthesized, synthesize
from tests.variables import EVERYTHING_ON

# In every deployment.
ALWAYS = {
    "aws_backup_vault.backup_vault_A3268EAD",
    "aws_acm_certificate.domain_certificate_B29D45B6",
    "aws_cloudwatch_log_group.database_log-group_D8F361D1",
    "aws_cloudwatch_log_group.flow-logs_log-group_BD9661F8",
    "aws_cloudwatch_log_group.service_container-insights_EBF84337",
    "aws_cloudwatch_log_group.service_log-group_D4C0FDDC",
    "aws_cloudwatch_log_group.web-firewall_log-group_26DE77E8",
    "aws_db_subnet_group.database_subnet-group_706EB4D1",
    "aws_ecs_cluster.service_cluster_B81F1F5D",
    "aws_ecs_service.service_E7C408F2",
    "aws_internet_gateway.network_internet-gateway_E855E801",
    "aws_kms_alias.encryption_data_alias_BE59867B",
    "aws_kms_alias.encryption_fields_key_alias_038329E6",
    "aws_kms_alias.encryption_logs_alias_5F3A6599",
    "aws_kms_alias.encryption_notifications_alias_1183FF66",
    "aws_kms_key.encryption_data_key_B417BE32",
    "aws_kms_key.encryption_fields_key_AFDEDAED",
    "aws_kms_key.encryption_logs_key_9C0F22AD",
    "aws_kms_key.encryption_notifications_key_4D28A7AA",
    "aws_lb.load-balancer_30A23327",
    "aws_lb_listener.load-balancer_http-listener_283EE2AF",
    "aws_lb_listener.load-balancer_https-listener_989F589C",
    "aws_rds_cluster.database_cluster_FAF2FB92",
    "aws_rds_cluster_instance.database_reader_665D6E24",
    "aws_rds_cluster_instance.database_writer_36AD03F8",
    "aws_s3_bucket.log-bucket_1E92143C",
    "aws_secretsmanager_secret.credentials_secret_E9FDEF67",
    "aws_secretsmanager_secret_version.credentials_secret-version_D16DC888",
    "aws_sns_topic.notifications_topic_9813ADB4",
    "aws_vpc.network_vpc_4E8F0223",
    "aws_wafv2_web_acl.web-firewall_web-acl_80AE5D6F",
    "random_id.log-bucket_suffix_71A06B5B",
}

# In each zone of the deployment.
SUBNETS = {
    "us-east-1a": {
        "aws_subnet.network_database-subnet-us-east-1a_D8C8E36E",
        "aws_subnet.network_private-subnet-us-east-1a_2997953D",
        "aws_subnet.network_public-subnet-us-east-1a_220BD765",
    },
    "us-east-1b": {
        "aws_subnet.network_database-subnet-us-east-1b_DEC6E3BE",
        "aws_subnet.network_private-subnet-us-east-1b_8C4CAADF",
        "aws_subnet.network_public-subnet-us-east-1b_E74EF40A",
    },
    "us-east-1c": {
        "aws_subnet.network_database-subnet-us-east-1c_45CAD741",
        "aws_subnet.network_private-subnet-us-east-1c_06765F40",
        "aws_subnet.network_public-subnet-us-east-1c_2AB69E0B",
    },
    "ca-central-1a": {
        "aws_subnet.network_database-subnet-ca-central-1a_6031DB78",
        "aws_subnet.network_private-subnet-ca-central-1a_DA7677BE",
        "aws_subnet.network_public-subnet-ca-central-1a_36C02663",
    },
    "ca-central-1b": {
        "aws_subnet.network_database-subnet-ca-central-1b_580715D4",
        "aws_subnet.network_private-subnet-ca-central-1b_133C9B8E",
        "aws_subnet.network_public-subnet-ca-central-1b_0BFFBA99",
    },
    "ca-central-1d": {
        "aws_subnet.network_database-subnet-ca-central-1d_20547A76",
        "aws_subnet.network_private-subnet-ca-central-1d_FA952E0E",
        "aws_subnet.network_public-subnet-ca-central-1d_05BDA325",
    },
}

# In each zone with a NAT gateway.
NAT_GATEWAYS = {
    "us-east-1a": {
        "aws_eip.network_nat-address-us-east-1a_02E97092",
        "aws_nat_gateway.network_nat-gateway-us-east-1a_4ED306F6",
    },
    "us-east-1b": {
        "aws_eip.network_nat-address-us-east-1b_5786386A",
        "aws_nat_gateway.network_nat-gateway-us-east-1b_7407FD3A",
    },
    "us-east-1c": {
        "aws_eip.network_nat-address-us-east-1c_A6168AF3",
        "aws_nat_gateway.network_nat-gateway-us-east-1c_9876CE58",
    },
    "ca-central-1a": {
        "aws_eip.network_nat-address-ca-central-1a_9990BC12",
        "aws_nat_gateway.network_nat-gateway-ca-central-1a_27059D25",
    },
    "ca-central-1b": {
        "aws_eip.network_nat-address-ca-central-1b_6022AD3D",
        "aws_nat_gateway.network_nat-gateway-ca-central-1b_3ABA8833",
    },
    "ca-central-1d": {
        "aws_eip.network_nat-address-ca-central-1d_7F9C95CD",
        "aws_nat_gateway.network_nat-gateway-ca-central-1d_AF071CAD",
    },
}

FINAL_SNAPSHOT_SUFFIX = "random_id.database_final-snapshot-suffix_FA071C2A"

STATE = {
    "aws_kms_alias.key_alias_9418169B",
    "aws_kms_key.key_F64E54E4",
    "aws_s3_bucket.access-logs_bucket_7E528747",
    "aws_s3_bucket.bucket_3056591E",
}

IMAGES = {
    "aws_ecr_repository.repository",
    "aws_kms_alias.key_alias_9418169B",
    "aws_kms_key.key_F64E54E4",
}

# Terraform refuses a plan that deletes one of these. AWS's deletion protection alone would fail in the middle
# of an apply.
PROTECTED = {
    "aws_backup_vault.backup_vault_A3268EAD",
    "aws_kms_key.encryption_data_key_B417BE32",
    "aws_kms_key.encryption_fields_key_AFDEDAED",
    "aws_lb.load-balancer_30A23327",
    "aws_rds_cluster.database_cluster_FAF2FB92",
    "aws_s3_bucket.log-bucket_1E92143C",
    "aws_secretsmanager_secret.credentials_secret_E9FDEF67",
}


def expected(stack: Synthesized) -> set[str]:
    """The addresses of a deployment's stateful resources, according to its settings."""
    settings = stack.settings
    addresses = set(ALWAYS)
    for zone in settings.zones:
        addresses |= SUBNETS[zone]
    for zone in settings.zones[: settings.network.nat_gateways]:
        addresses |= NAT_GATEWAYS[zone]
    if settings.database.final_snapshot:
        addresses.add(FINAL_SNAPSHOT_SUFFIX)
    return addresses


def stateful(stack: Synthesized) -> set[str]:
    """The addresses of a stack's stateful resources."""
    return {f"{type_}.{name}" for type_ in STATEFUL for name in stack.all(type_)}


def protected(stack: Synthesized) -> set[str]:
    """The addresses of a stack's resources that Terraform refuses to delete."""
    return {
        f"{type_}.{name}"
        for type_, resources in stack.document["resource"].items()
        for name, resource in resources.items()
        if resource.get("lifecycle", {}).get("prevent_destroy")
    }


def test_the_addresses_of_stateful_resources_have_not_changed(every: Synthesized) -> None:
    assert stateful(every) == expected(every)


def test_the_addresses_of_the_state_stack_have_not_changed(state: Synthesized) -> None:
    assert stateful(state) == STATE


def test_the_addresses_of_the_stack_of_the_images_have_not_changed(images: Synthesized) -> None:
    assert stateful(images) == IMAGES


def test_dev_has_no_final_snapshot(dev: Synthesized) -> None:
    assert FINAL_SNAPSHOT_SUFFIX not in stateful(dev)


@pytest.mark.parametrize("deployment", ["staging", "prod", EVERYTHING_ON])
def test_the_others_have_a_final_snapshot(deployment: str) -> None:
    assert FINAL_SNAPSHOT_SUFFIX in stateful(synthesize(deployment))


def test_every_resource_type_is_classified_as_stateful_or_replaceable(
    every: Synthesized, state: Synthesized, images: Synthesized
) -> None:
    assert not set(STATEFUL) & set(REPLACEABLE)
    for stack in (every, state, images):
        assert stack.document["resource"].keys() <= {*STATEFUL, *REPLACEABLE}


@pytest.mark.parametrize(
    ("construct", "id_"),
    [
        ("Backup", "backup"),
        ("Credentials", "credentials"),
        ("Database", "database"),
        ("Domain", "domain"),
        ("Encryption", "encryption"),
        ("FlowLogs", "flow-logs"),
        ("LoadBalancer", "load-balancer"),
        ("LogBucket", "log-bucket"),
        ("Network", "network"),
        ("Notifications", "notifications"),
        ("Service", "service"),
        ("WebFirewall", "web-firewall"),
    ],
)
def test_a_renamed_construct_is_detected(
    construct: str, id_: str, dev: Synthesized, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = expected(dev)
    of_construct = {address for address in before if address.partition(".")[2].startswith(f"{id_}_")}
    class_ = getattr(payment_api_stack, construct)
    monkeypatch.setattr(
        payment_api_stack, construct, lambda scope, _id, **arguments: class_(scope, "renamed", **arguments)
    )
    # A suffix that no other test uses, because synthesized stacks are cached by suffix.
    after = stateful(synthesize(f"with-{id_}-renamed"[:MAX_SUFFIX_LENGTH].rstrip("-")))
    assert of_construct
    assert before - after == of_construct
    assert len(after - before) == len(of_construct)


@pytest.mark.parametrize("deployment", ["staging", "prod", EVERYTHING_ON])
def test_data_is_protected_from_deletion_in_staging_and_prod(deployment: str) -> None:
    assert protected(synthesize(deployment)) == PROTECTED


def test_everything_in_dev_can_be_deleted(dev: Synthesized) -> None:
    assert protected(dev) == set()


def test_the_buckets_and_the_key_of_the_state_stack_are_protected_from_deletion(state: Synthesized) -> None:
    assert protected(state) == {address for address in STATE if "alias" not in address}


def test_the_repository_of_the_images_and_its_key_are_protected_from_deletion(images: Synthesized) -> None:
    assert protected(images) == {address for address in IMAGES if "alias" not in address}
