"""The alarm against renames: a renamed construct would destroy what its resource holds.

Terraform knows a resource by its address, and CDKTF makes the address from the construct's path. So a change
here is a deletion on the next apply, unless a `moved` block goes with it.
"""

import pytest

from constructs_lib.settings.names import MAX_SUFFIX_LENGTH
from constructs_lib.stacks import payment_api as payment_api_stack
from tests.stateful_types import REPLACEABLE, STATEFUL
from tests.unit.synthesis import Synthesized, synthesize

EVERYWHERE = {
    "aws_acm_certificate.domain_certificate_B29D45B6",
    "aws_cloudwatch_log_group.database_log-group_D8F361D1",
    "aws_cloudwatch_log_group.flow-logs_log-group_BD9661F8",
    "aws_cloudwatch_log_group.service_log-group_D4C0FDDC",
    "aws_cloudwatch_log_group.web-firewall_log-group_26DE77E8",
    "aws_db_subnet_group.database_subnet-group_706EB4D1",
    "aws_ecs_cluster.service_cluster_B81F1F5D",
    "aws_ecs_service.service_E7C408F2",
    "aws_eip.network_nat-address-us-east-1a_02E97092",
    "aws_internet_gateway.network_internet-gateway_E855E801",
    "aws_kms_alias.encryption_data_alias_BE59867B",
    "aws_kms_alias.encryption_logs_alias_5F3A6599",
    "aws_kms_alias.encryption_notifications_alias_1183FF66",
    "aws_kms_key.encryption_data_key_B417BE32",
    "aws_kms_key.encryption_logs_key_9C0F22AD",
    "aws_kms_key.encryption_notifications_key_4D28A7AA",
    "aws_lb.load-balancer_30A23327",
    "aws_lb_listener.load-balancer_http-listener_283EE2AF",
    "aws_lb_listener.load-balancer_https-listener_989F589C",
    "aws_nat_gateway.network_nat-gateway-us-east-1a_4ED306F6",
    "aws_rds_cluster.database_cluster_FAF2FB92",
    "aws_rds_cluster_instance.database_reader_665D6E24",
    "aws_rds_cluster_instance.database_writer_36AD03F8",
    "aws_s3_bucket.log-bucket_1E92143C",
    "aws_secretsmanager_secret.credentials_secret_E9FDEF67",
    "aws_secretsmanager_secret_version.credentials_secret-version_D16DC888",
    "aws_sns_topic.notifications_topic_9813ADB4",
    "aws_subnet.network_database-subnet-us-east-1a_D8C8E36E",
    "aws_subnet.network_database-subnet-us-east-1b_DEC6E3BE",
    "aws_subnet.network_database-subnet-us-east-1c_45CAD741",
    "aws_subnet.network_private-subnet-us-east-1a_2997953D",
    "aws_subnet.network_private-subnet-us-east-1b_8C4CAADF",
    "aws_subnet.network_private-subnet-us-east-1c_06765F40",
    "aws_subnet.network_public-subnet-us-east-1a_220BD765",
    "aws_subnet.network_public-subnet-us-east-1b_E74EF40A",
    "aws_subnet.network_public-subnet-us-east-1c_2AB69E0B",
    "aws_vpc.network_vpc_4E8F0223",
    "aws_wafv2_web_acl.web-firewall_web-acl_80AE5D6F",
    "random_id.log-bucket_suffix_71A06B5B",
}

# Besides, where each zone has a NAT gateway and the database leaves copies behind.
KEPT = {
    "aws_backup_vault.backup_vault_A3268EAD",
    "aws_eip.network_nat-address-us-east-1b_5786386A",
    "aws_eip.network_nat-address-us-east-1c_A6168AF3",
    "aws_nat_gateway.network_nat-gateway-us-east-1b_7407FD3A",
    "aws_nat_gateway.network_nat-gateway-us-east-1c_9876CE58",
    "random_id.database_final-snapshot-suffix_FA071C2A",
}

STATE = {
    "aws_kms_alias.key_alias_9418169B",
    "aws_kms_key.key_F64E54E4",
    "aws_s3_bucket.access-logs_bucket_7E528747",
    "aws_s3_bucket.bucket_3056591E",
}

# What Terraform refuses to delete where AWS would, too: so a plan that would is refused before it begins.
PROTECTED = {
    "aws_backup_vault.backup_vault_A3268EAD",
    "aws_kms_key.encryption_data_key_B417BE32",
    "aws_lb.load-balancer_30A23327",
    "aws_rds_cluster.database_cluster_FAF2FB92",
    "aws_s3_bucket.log-bucket_1E92143C",
    "aws_secretsmanager_secret.credentials_secret_E9FDEF67",
}


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


def test_devs_addresses_are_those_that_were_deployed(dev: Synthesized) -> None:
    assert stateful(dev) == EVERYWHERE


@pytest.mark.parametrize("profile", ["staging", "prod"])
def test_stagings_and_prods_addresses_are_those_that_were_deployed(
    profile: str, request: pytest.FixtureRequest
) -> None:
    assert stateful(request.getfixturevalue(profile)) == EVERYWHERE | KEPT


def test_every_type_is_either_stateful_or_replaceable(every: Synthesized, state: Synthesized) -> None:
    """So a new one is judged."""
    assert not set(STATEFUL) & set(REPLACEABLE)
    for stack in (every, state):
        assert stack.document["resource"].keys() <= {*STATEFUL, *REPLACEABLE}


@pytest.mark.parametrize(
    ("construct", "id_"),
    [
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
def test_a_renamed_construct_is_caught(construct: str, id_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {address for address in EVERYWHERE if address.partition(".")[2].startswith(f"{id_}_")}
    made = getattr(payment_api_stack, construct)
    monkeypatch.setattr(
        payment_api_stack, construct, lambda scope, _id, **arguments: made(scope, "renamed", **arguments)
    )
    found = stateful(synthesize(f"with-{id_}-renamed"[:MAX_SUFFIX_LENGTH].rstrip("-")))
    assert own
    assert EVERYWHERE - found == own
    assert len(found - EVERYWHERE) == len(own)


def test_the_state_stacks_addresses_are_those_that_were_deployed(state: Synthesized) -> None:
    assert stateful(state) == STATE


@pytest.mark.parametrize("profile", ["staging", "prod"])
def test_stagings_and_prods_data_is_protected(profile: str, request: pytest.FixtureRequest) -> None:
    assert protected(request.getfixturevalue(profile)) == PROTECTED


def test_dev_is_removable(dev: Synthesized) -> None:
    """Parity 10."""
    assert protected(dev) == set()


def test_the_state_stacks_buckets_and_key_are_protected(state: Synthesized) -> None:
    """Parity 26."""
    assert protected(state) == {address for address in STATE if "alias" not in address}
