"""Elastic Load Balancing: load balancers, listeners and target groups."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args

from moto.elbv2.models import ELBv2Backend

from constructs_lib.settings.quotas import TlsPolicy
from tests.emulator.calls import Call
from tests.emulator.gaps.patching import Method, replaces
from tests.emulator.refusals.ec2 import internet_gateway_of
from tests.emulator.refusals.resource_policies import allows
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("elbv2", "CreateTargetGroup", code="DuplicateTargetGroupName", kind="taken")
moto_refuses("elbv2", "DeleteTargetGroup", code="ResourceInUse", kind="in use")

_LOG_WRITER = "logdelivery.elasticloadbalancing.amazonaws.com"
# The test object that Elastic Load Balancing writes when logs are switched on, by the attributes' prefix.
_TEST_OBJECTS = {"access_logs.s3": "ELBAccessLogTestFile", "connection_logs.s3": "ELBConnectionLogTestFile"}


def _balancers(call: Call) -> list[Any]:
    return list(call.backend("elbv2").load_balancers.values())


def _balancer(call: Call) -> Any:  # noqa: ANN401 - moto's class, or None
    return call.backend("elbv2").load_balancers.get(call.parameters.get("LoadBalancerArn"))


def listeners(call: Call) -> Iterator[Any]:
    """Yield the listeners of all load balancers."""
    for balancer in _balancers(call):
        yield from list(balancer.listeners.values())


@refuses("elbv2", "DeleteLoadBalancer", kind="protected")
def load_balancer_protected(call: Call) -> None:
    """DeleteLoadBalancer refuses a load balancer whose deletion protection is on.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html
    """
    balancer = _balancer(call)
    if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
        raise RefusedError(
            "OperationNotPermitted",
            f"Load balancer '{balancer.arn}' cannot be deleted because deletion protection is enabled",
        )


@refuses("elbv2", "CreateLoadBalancer", kind="taken")
def load_balancer_name_taken(call: Call) -> None:
    """The name of a load balancer is unique in the account and the Region. The same request again returns the
    load balancer.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    requested = (
        call.parameters.get("Scheme", "internet-facing"),
        {subnet.id for subnet in _subnets(call)},
        set(call.parameters.get("SecurityGroups") or ()),
    )
    for balancer in _balancers(call):
        settings = (
            balancer.scheme or "internet-facing",
            {subnet.id for subnet in balancer.subnets},
            set(balancer.security_groups or ()),
        )
        if balancer.name == call.parameters["Name"] and settings != requested:
            raise RefusedError(
                "DuplicateLoadBalancerName",
                f"A load balancer with the same name '{balancer.name}' exists, but with different settings",
            )


@replaces(ELBv2Backend)
def create_load_balancer(original: Method, self: Any, **settings: Any) -> Any:  # noqa: ANN401 - as in moto
    """The same request again returns the load balancer; moto creates a second one.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    existing = (each for each in self.load_balancers.values() if each.name == settings["name"])
    return next(existing, None) or original(self, **settings)


def _subnets(call: Call) -> list[Any]:
    mappings = [mapping["SubnetId"] for mapping in call.parameters.get("SubnetMappings") or ()]
    ids = {*(call.parameters.get("Subnets") or ()), *mappings}
    zones = list(call.backend("ec2").subnets.values())
    return [subnet for zone in zones for subnet in list(zone.values()) if subnet.id in ids]


@refuses("elbv2", "CreateLoadBalancer", kind="not there yet")
def internet_gateway_missing(call: Call) -> None:
    """An internet-facing load balancer needs a VPC with an internet gateway.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    if call.parameters.get("Scheme") == "internal":
        return
    for subnet in _subnets(call):
        if internet_gateway_of(call, subnet.vpc_id) is None:
            raise RefusedError("InvalidSubnet", f"VPC {subnet.vpc_id} has no internet gateway")


@refuses("elbv2", "CreateLoadBalancer", "SetSubnets", kind="malformed")
def too_few_zones(call: Call) -> None:
    """An Application Load Balancer has one subnet in each of at least two Availability Zones.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    zones = Counter(subnet.availability_zone for subnet in _subnets(call))
    if any(count > 1 for count in zones.values()):
        raise RefusedError(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    application = call.parameters.get("Type", "application") == "application"
    if application and len(zones) == 1:
        raise RefusedError(
            "ValidationError", "At least two subnets in two different Availability Zones must be specified"
        )


@refuses("elbv2", "ModifyLoadBalancerAttributes", kind="not there yet")
def log_bucket_not_writable(call: Call) -> None:
    """Access and connection logs are switched on only if the load balancer can write a test object to the
    bucket.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-connection-logging.html
    """
    balancer = _balancer(call)
    if balancer is None:
        return
    changed = {each["Key"]: each.get("Value", "") for each in call.parameters["Attributes"]}
    attributes = balancer.attrs | changed
    for name, test_object in _TEST_OBJECTS.items():
        if not any(key.startswith(name) for key in changed) or attributes.get(f"{name}.enabled") != "true":
            continue
        bucket = call.backend("s3").buckets.get(name_ := attributes.get(f"{name}.bucket"))
        prefix = f"{attributes.get(f'{name}.prefix') or ''}/AWSLogs/{call.account_id}".lstrip("/")
        if not bucket or not allows(
            bucket.policy,
            principals={_LOG_WRITER},
            action="s3:PutObject",
            resource=f"arn:aws:s3:::{name_}/{prefix}/{test_object}",
            context={
                "aws:SecureTransport": "true",
                "aws:SourceAccount": call.account_id,
                "aws:SourceArn": balancer.arn,
                "s3:x-amz-acl": "bucket-owner-full-control",
            },
        ):
            raise RefusedError(
                "InvalidConfigurationRequest",
                f"Access Denied for bucket: {name_}. Please check S3bucket permission",
            )


def _on_port(balancer: Any, port: object) -> Any:  # noqa: ANN401 - moto's classes
    listeners_ = list(balancer.listeners.values()) if balancer else []
    return next((each for each in listeners_ if str(each.port) == str(port)), None)


@refuses("elbv2", "CreateListener", kind="taken")
def listener_port_taken(call: Call) -> None:
    """A load balancer has one listener on a port. The same request again returns the listener.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    """
    listener = _on_port(_balancer(call), call.parameters.get("Port"))
    if listener is None:
        return
    certificates = [each["CertificateArn"] for each in call.parameters.get("Certificates") or ()]
    types = [action["Type"] for action in call.parameters["DefaultActions"]]
    settings = listener.protocol, listener.certificates, [each.type for each in listener.default_actions]
    if settings != (call.parameters.get("Protocol"), certificates, types):
        raise RefusedError("DuplicateListener", f"A listener already exists on port {listener.port}")


@replaces(ELBv2Backend)
def create_listener(original: Method, self: Any, **settings: Any) -> Any:  # noqa: ANN401 - as in moto
    """The same request again returns the listener; moto creates a second one.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    """
    balancer = self.load_balancers.get(settings["load_balancer_arn"])
    return _on_port(balancer, settings["port"]) or original(self, **settings)


@refuses("elbv2", "CreateListener", "ModifyListener", kind="not there yet")
def certificate_missing(call: Call) -> None:
    """An HTTPS listener needs a certificate of Certificate Manager that exists and is issued.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html
    """
    certificates = [each["CertificateArn"] for each in call.parameters.get("Certificates") or ()]
    create = call.operation.name == "CreateListener"
    if call.parameters.get("Protocol") == "HTTPS" and create and not certificates:
        raise RefusedError("ValidationError", "A certificate must be specified for HTTPS listeners")
    known = call.backend("acm")._certificates
    for arn in (each for each in certificates if ":acm:" in each):
        if arn not in known:
            raise RefusedError("CertificateNotFound", f"Certificate '{arn}' not found")
        known[arn].check()
        if known[arn].status != "ISSUED":
            raise RefusedError(
                "UnsupportedCertificate",
                f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, "
                "and a supported key size.",
            )


@refuses("elbv2", "CreateListener", "ModifyListener", kind="malformed")
def tls_policy_unknown(call: Call) -> None:
    """The TLS policy of an HTTPS listener is one of AWS's; only those with TLS 1.2 or later are known here.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
    """
    policy = call.parameters.get("SslPolicy")
    if policy and policy not in {*get_args(TlsPolicy), "ELBSecurityPolicy-2016-08"}:
        raise RefusedError("SSLPolicyNotFound", f"SSL policy '{policy}' not found")


@refuses("elbv2", "CreateLoadBalancer", kind="too many")
def too_many_load_balancers(call: Call) -> None:
    """50 Application Load Balancers per Region.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
    """
    names = {balancer.name for balancer in _balancers(call)}
    if len(names - {call.parameters["Name"]}) >= 50:
        raise RefusedError("TooManyLoadBalancers", "The limit of 50 load balancers has been reached")


@refuses("elbv2", "CreateListener", kind="too many")
def too_many_listeners(call: Call) -> None:
    """50 listeners per Application Load Balancer.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
    """
    balancer = _balancer(call)
    ports = {str(listener.port) for listener in balancer.listeners.values()} if balancer else set()
    if len(ports - {str(call.parameters.get("Port"))}) >= 50:
        raise RefusedError("TooManyListeners", "The limit of 50 listeners per load balancer has been reached")
