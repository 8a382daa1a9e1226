"""AWS's quotas against what the deployment needs beside everything else in the account."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from constructs_lib.doctor.examination import Check, Examination
from constructs_lib.doctor.findings import Finding, NotAllowedError

_UNITS_PER_VCPU = 1024


@dataclass(frozen=True)
class _Quota:
    """A quota of Service Quotas, and the limit of an account that never asked for another one."""

    service: str
    code: str
    name: str
    default: int


# Codes and defaults: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
_ADDRESSES = _Quota("ec2", "L-0263D0A3", "Elastic IP addresses", 5)
_VPCS = _Quota("vpc", "L-F678F1CE", "VPCs", 5)
_INTERNET_GATEWAYS = _Quota("vpc", "L-A4707A72", "internet gateways", 5)
_NAT_GATEWAYS = _Quota("vpc", "L-FE5A380F", "NAT gateways", 5)
_GATEWAY_ENDPOINTS = _Quota("vpc", "L-1B52E74A", "gateway endpoints", 20)
_INTERFACE_ENDPOINTS = _Quota("vpc", "L-29B6F2EB", "interface endpoints in a VPC", 50)
_RULES = _Quota("vpc", "L-0EA8095F", "rules of a security group and direction", 60)
_VCPUS = _Quota("fargate", "L-3032A538", "Fargate On-Demand vCPUs", 6)
_CLUSTERS = _Quota("rds", "L-952B80B8", "Aurora clusters", 40)
_INSTANCES = _Quota("rds", "L-7B6409FD", "DB instances", 40)
_LOAD_BALANCERS = _Quota("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers", 50)
_WEB_ACLS = _Quota("wafv2", "L-2EC3DE7B", "regional web ACLs", 100)


def _addresses(examined: Examination) -> Iterator[Finding]:
    found = examined.aws.all("ec2", "describe_addresses", "Addresses")
    yield from _counted(examined, _ADDRESSES, "aws_eip", {each["AllocationId"] for each in found})


def _vpcs(examined: Examination) -> Iterator[Finding]:
    found = examined.aws.all("ec2", "describe_vpcs", "Vpcs")
    yield from _counted(examined, _VPCS, "aws_vpc", {each["VpcId"] for each in found})


def _internet_gateways(examined: Examination) -> Iterator[Finding]:
    found = examined.aws.all("ec2", "describe_internet_gateways", "InternetGateways")
    ids = {each["InternetGatewayId"] for each in found}
    yield from _counted(examined, _INTERNET_GATEWAYS, "aws_internet_gateway", ids)


def _nat_gateways(examined: Examination) -> Iterator[Finding]:
    """This quota applies to each availability zone."""
    zones = {
        each["SubnetId"]: each["AvailabilityZone"]
        for each in examined.aws.all("ec2", "describe_subnets", "Subnets")
    }
    ours = examined.deployed("aws_nat_gateway")
    others = Counter(
        zones.get(each["SubnetId"])
        for each in examined.aws.all("ec2", "describe_nat_gateways", "NatGateways")
        if each["State"] in ("pending", "available") and each["NatGatewayId"] not in ours
    )
    subnets = {
        f"${{aws_subnet.{name}.id}}": block for name, block in examined.resources("aws_subnet").items()
    }
    needed = Counter(
        subnets[each["subnet_id"]]["availability_zone"]
        for each in examined.resources("aws_nat_gateway").values()
    )
    for zone, number in sorted(needed.items()):
        yield from _compared(examined, _NAT_GATEWAYS, number, others[zone], where=f" in {zone}")


def _endpoints(examined: Examination) -> Iterator[Finding]:
    found = examined.aws.all("ec2", "describe_vpc_endpoints", "VpcEndpoints")
    others = {each["VpcEndpointId"] for each in found if each["VpcEndpointType"] == "Gateway"}
    needed = Counter(each["vpc_endpoint_type"] for each in examined.resources("aws_vpc_endpoint").values())
    others -= examined.deployed("aws_vpc_endpoint")
    yield from _compared(examined, _GATEWAY_ENDPOINTS, needed["Gateway"], len(others))
    yield from _compared(examined, _INTERFACE_ENDPOINTS, needed["Interface"], 0)


def _rules(examined: Examination) -> Iterator[Finding]:
    groups = [
        Counter(
            each["security_group_id"]
            for each in examined.resources(f"aws_vpc_security_group_{direction}_rule").values()
        )
        for direction in ("ingress", "egress")
    ]
    largest = max((number for each in groups for number in each.values()), default=0)
    yield from _compared(examined, _RULES, largest, 0)


def _vcpus(examined: Examination) -> Iterator[Finding]:
    """The service needs its maximum of tasks, and in a rolling deployment those that replace them."""
    clusters = examined.aws.all("ecs", "list_clusters", "clusterArns")
    ours = examined.settings.name_prefix
    used = sum(_units(examined, each) for each in clusters if each.rpartition("/")[2] != ours)
    (service,) = examined.resources("aws_ecs_service").values()
    tasks = examined.settings.service.max_capacity * service["deployment_maximum_percent"] // 100
    needed = tasks * examined.settings.service.cpu
    yield from _compared(
        examined,
        _VCPUS,
        needed / _UNITS_PER_VCPU,
        used / _UNITS_PER_VCPU,
        why=f" for {tasks} tasks, the most in a rolling deployment",
    )


def _units(examined: Examination, cluster: str) -> int:
    """The CPU units of the running tasks of a cluster on Fargate, without Fargate Spot."""
    arns = examined.aws.all("ecs", "list_tasks", "taskArns", cluster=cluster)
    tasks = [
        task
        for start in range(0, len(arns), 100)
        for task in examined.aws.get(
            "ecs", "describe_tasks", cluster=cluster, tasks=arns[start : start + 100]
        )["tasks"]
    ]
    return sum(
        int(each.get("cpu") or 0)
        for each in tasks
        if each.get("launchType") == "FARGATE" and each.get("capacityProviderName") != "FARGATE_SPOT"
    )


def _databases(examined: Examination) -> Iterator[Finding]:
    clusters = examined.aws.all("rds", "describe_db_clusters", "DBClusters")
    instances = examined.aws.all("rds", "describe_db_instances", "DBInstances")
    ids = {each["DBClusterIdentifier"] for each in clusters}
    yield from _counted(examined, _CLUSTERS, "aws_rds_cluster", ids)
    ids = {each["DBInstanceIdentifier"] for each in instances}
    yield from _counted(examined, _INSTANCES, "aws_rds_cluster_instance", ids)


def _edge(examined: Examination) -> Iterator[Finding]:
    balancers = examined.aws.all("elbv2", "describe_load_balancers", "LoadBalancers")
    arns = {each["LoadBalancerArn"] for each in balancers if each["Type"] == "application"}
    yield from _counted(examined, _LOAD_BALANCERS, "aws_lb", arns)
    acls = examined.aws.get("wafv2", "list_web_acls", Scope="REGIONAL", Limit=100)["WebACLs"]
    yield from _counted(examined, _WEB_ACLS, "aws_wafv2_web_acl", {each["Id"] for each in acls})


def _iam(examined: Examination) -> Iterator[Finding]:
    """IAM itself returns its quotas."""
    summary = examined.aws.get("iam", "get_account_summary")["SummaryMap"]
    for type_, key in (("aws_iam_role", "Roles"), ("aws_iam_policy", "Policies")):
        needed, ours = len(examined.resources(type_)), len(examined.deployed(type_))
        others, limit = summary[key] - ours, summary[f"{key}Quota"]
        if others + needed > limit:
            yield Finding(
                f"others use {others} of {limit} IAM {key.lower()}, and the deployment needs {needed}",
                "delete unused ones, or request more in the Service Quotas console in us-east-1",
            )


def _counted(examined: Examination, quota: _Quota, type_: str, existing: set[str]) -> Iterator[Finding]:
    """Compare the resources of a type: those of others, and all that the deployment needs."""
    others = existing - examined.deployed(type_)
    yield from _compared(examined, quota, len(examined.resources(type_)), len(others))


def _compared(
    examined: Examination, quota: _Quota, needed: float, others: float, *, where: str = "", why: str = ""
) -> Iterator[Finding]:
    limit, origin = _limit(examined, quota)
    if needed + others > limit:
        yield Finding(
            f"others use {others:g} of {limit:g} {quota.name}{where}{origin}, and the deployment needs "
            f"{needed:g}{why}",
            f"aws service-quotas request-service-quota-increase --service-code {quota.service} "
            f"--quota-code {quota.code} --desired-value {needed + others:g} "
            f"--region {examined.settings.region}",
        )


def _limit(examined: Examination, quota: _Quota) -> tuple[float, str]:
    """The account's limit; AWS's default, and a word about it, where the account's is not shown."""
    try:
        found = examined.aws.find(
            "service-quotas",
            "get_service_quota",
            missing=("NoSuchResourceException",),
            ServiceCode=quota.service,
            QuotaCode=quota.code,
        )
    except NotAllowedError as error:
        return quota.default, f" (AWS's default: {error})"
    return (quota.default, " (AWS's default)") if found is None else (found["Quota"]["Value"], "")


_LOOKS: dict[str, Callable[[Examination], Iterator[Finding]]] = {
    "Elastic IP addresses": _addresses,
    "VPCs": _vpcs,
    "internet gateways": _internet_gateways,
    "NAT gateways": _nat_gateways,
    "VPC endpoints": _endpoints,
    "security group rules": _rules,
    "Fargate vCPUs": _vcpus,
    "databases": _databases,
    "load balancers and web ACLs": _edge,
    "IAM roles and policies": _iam,
}

CHECKS = tuple(Check(f"the quota of {subject}", look) for subject, look in _LOOKS.items())
