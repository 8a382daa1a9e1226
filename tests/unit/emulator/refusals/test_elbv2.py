"""Elastic Load Balancing refuses what is protected, in use, missing or malformed."""

import json

import pytest

from tests.emulator.account import Account
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.networks import Client, Network, certificate

ANSWER = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]


@pytest.fixture
def network(account: Account) -> Network:
    return Network(account)


@pytest.fixture
def elbv2(account: Account) -> Client:
    return account.client("elbv2")


def test_a_protected_load_balancer_cannot_be_deleted(
    network: Network, elbv2: Client, refused: Refuses
) -> None:
    balancer = network.load_balancer()
    elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=balancer, Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}]
    )
    with refused("protected", "OperationNotPermitted"):
        elbv2.delete_load_balancer(LoadBalancerArn=balancer)


def test_the_names_of_load_balancers_and_target_groups_are_unique(
    network: Network, elbv2: Client, refused: Refuses
) -> None:
    assert network.load_balancer() == network.load_balancer()
    with refused("taken", "DuplicateLoadBalancerName"):
        network.load_balancer(Scheme="internal")
    target_group = {"Name": "api", "Protocol": "HTTP", "VpcId": network.vpc, "TargetType": "ip"}
    elbv2.create_target_group(Port=80, **target_group)
    with refused("taken", "DuplicateTargetGroupName"):
        elbv2.create_target_group(Port=443, **target_group)


def test_an_internet_facing_load_balancer_needs_an_internet_gateway(
    network: Network, refused: Refuses
) -> None:
    network.ec2.detach_internet_gateway(InternetGatewayId=network.gateway, VpcId=network.vpc)
    with refused("not there yet", "InvalidSubnet"):
        network.load_balancer()
    network.load_balancer(Scheme="internal")


def test_a_load_balancer_has_one_subnet_in_each_of_two_zones(
    network: Network, elbv2: Client, refused: Refuses
) -> None:
    balancer = network.load_balancer()
    one, two_in_a_zone = network.subnets[:1], [network.subnets[0], network.subnet(2, "a")]
    with refused("malformed", "ValidationError"):
        elbv2.create_load_balancer(Name="other", Subnets=one)
    with refused("malformed", "InvalidConfigurationRequest"):
        elbv2.create_load_balancer(Name="other", Subnets=two_in_a_zone)
    with refused("malformed", "ValidationError"):
        elbv2.set_subnets(LoadBalancerArn=balancer, Subnets=one)


def test_a_target_group_of_a_listener_cannot_be_deleted(
    network: Network, elbv2: Client, refused: Refuses
) -> None:
    created = elbv2.create_target_group(
        Name="api", Protocol="HTTP", Port=80, VpcId=network.vpc, TargetType="ip"
    )
    group = created["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    listener = elbv2.create_listener(
        LoadBalancerArn=network.load_balancer(), Protocol="HTTP", Port=80, DefaultActions=forward
    )
    with refused("in use", "ResourceInUse"):
        elbv2.delete_target_group(TargetGroupArn=group)
    elbv2.delete_listener(ListenerArn=listener["Listeners"][0]["ListenerArn"])
    elbv2.delete_target_group(TargetGroupArn=group)


def test_a_port_has_one_listener(network: Network, elbv2: Client, refused: Refuses) -> None:
    redirect = [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}]
    listener = {"LoadBalancerArn": network.load_balancer(), "Protocol": "HTTP", "DefaultActions": ANSWER}
    created = elbv2.create_listener(Port=80, **listener)["Listeners"]
    assert elbv2.create_listener(Port=80, **listener)["Listeners"] == created
    with refused("taken", "DuplicateListener"):
        elbv2.create_listener(Port=80, **listener | {"DefaultActions": redirect})


def test_a_listener_needs_an_issued_certificate(network: Network, elbv2: Client, refused: Refuses) -> None:
    listener = {
        "LoadBalancerArn": network.load_balancer(),
        "Protocol": "HTTPS",
        "Port": 443,
        "DefaultActions": ANSWER,
    }
    pending = certificate(network.account, issued=False)
    with refused("not there yet", "ValidationError"):
        elbv2.create_listener(**listener)
    with refused("not there yet", "CertificateNotFound"):
        elbv2.create_listener(Certificates=[{"CertificateArn": f"{pending}0"}], **listener)
    with refused("not there yet", "UnsupportedCertificate"):
        elbv2.create_listener(Certificates=[{"CertificateArn": pending}], **listener)


def test_a_changed_listener_needs_a_certificate_and_a_policy_that_exist(
    network: Network, elbv2: Client, refused: Refuses
) -> None:
    listener = {"LoadBalancerArn": network.load_balancer(), "Protocol": "HTTP", "DefaultActions": ANSWER}
    with refused("malformed", "SSLPolicyNotFound"):
        elbv2.create_listener(Port=443, SslPolicy="ELBSecurityPolicy-SSL-3", **listener)
    created = elbv2.create_listener(Port=80, **listener)["Listeners"][0]["ListenerArn"]
    with refused("malformed", "SSLPolicyNotFound"):
        elbv2.modify_listener(ListenerArn=created, SslPolicy="ELBSecurityPolicy-SSL-3")
    absent = "arn:aws:acm:us-east-1:123456789012:certificate/absent"
    with refused("not there yet", "CertificateNotFound"):
        elbv2.modify_listener(
            ListenerArn=created, Protocol="HTTPS", Certificates=[{"CertificateArn": absent}]
        )


def _policy(service: str, prefix: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::logs/{prefix}/AWSLogs/123456789012/*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/*"}
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize("log", ["access_logs", "connection_logs"])
@pytest.mark.parametrize(
    "policy",
    [
        None,
        _policy("delivery.logs", "alb"),
        _policy("logdelivery.elasticloadbalancing", "other"),
        _policy("logdelivery.elasticloadbalancing", "alb").replace(
            ":123456789012:load", ":222222222222:load"
        ),
    ],
    ids=["no policy", "another service", "another prefix", "another account"],
)
def test_logs_need_a_bucket_that_the_load_balancer_can_write_to(
    network: Network, elbv2: Client, refused: Refuses, log: str, policy: str | None
) -> None:
    s3, balancer = network.account.client("s3"), network.load_balancer()
    s3.create_bucket(Bucket="logs")
    attributes = [
        {"Key": f"{log}.s3.{key}", "Value": value}
        for key, value in {"enabled": "true", "bucket": "logs", "prefix": "alb"}.items()
    ]
    if policy:
        s3.put_bucket_policy(Bucket="logs", Policy=policy)
    with refused("not there yet", "InvalidConfigurationRequest"):
        elbv2.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=attributes)
    s3.put_bucket_policy(Bucket="logs", Policy=_policy("logdelivery.elasticloadbalancing", "alb"))
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=attributes)


def test_a_region_has_50_load_balancers(network: Network, refused: Refuses) -> None:
    for index in range(50):
        network.load_balancer(f"balancer-{index}")
    with refused("too many", "TooManyLoadBalancers"):
        network.load_balancer()


def test_a_load_balancer_has_50_listeners(network: Network, elbv2: Client, refused: Refuses) -> None:
    listener = {"LoadBalancerArn": network.load_balancer(), "Protocol": "HTTP", "DefaultActions": ANSWER}
    for port in range(1, 51):
        elbv2.create_listener(Port=port, **listener)
    with refused("too many", "TooManyListeners"):
        elbv2.create_listener(Port=51, **listener)


def test_load_balancers_listeners_and_target_groups_have_every_default_attribute(
    network: Network, elbv2: Client
) -> None:
    balancer = network.load_balancer()
    created = elbv2.create_target_group(
        Name="api", Protocol="HTTPS", Port=8443, VpcId=network.vpc, TargetType="ip"
    )
    group = created["TargetGroups"][0]["TargetGroupArn"]
    listener = elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )["Listeners"][0]["ListenerArn"]
    balancer_attributes = elbv2.describe_load_balancer_attributes(LoadBalancerArn=balancer)["Attributes"]
    group_attributes = elbv2.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
    listener_attributes = elbv2.describe_listener_attributes(ListenerArn=listener)["Attributes"]

    assert {"Key": "idle_timeout.timeout_seconds", "Value": "60"} in balancer_attributes
    assert {"Key": "load_balancing.cross_zone.enabled", "Value": "true"} in balancer_attributes
    assert {"Key": "stickiness.lb_cookie.duration_seconds", "Value": "86400"} in group_attributes
    assert {"Key": "routing.http.response.server.enabled", "Value": "true"} in listener_attributes
