"""EC2: the network's resources that are in use, missing, too many or malformed."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend

from tests.emulator.calls import Call
from tests.emulator.gaps.patching import Method, replaces
from tests.emulator.refusals.lambda_ import functions_with_network
from tests.emulator.refusals.resource_policies import allows
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("ec2", "DeleteInternetGateway", code="DependencyViolation", kind="in use")
moto_refuses("ec2", "DeleteNetworkAcl", code="DependencyViolation", kind="in use")
moto_refuses("ec2", "DeleteRouteTable", code="DependencyViolation", kind="in use")
moto_refuses("ec2", "AttachInternetGateway", code="Resource.AlreadyAssociated", kind="taken")
moto_refuses("ec2", "CreateFlowLogs", code="FlowLogAlreadyExists", kind="taken")
moto_refuses("ec2", "CreateRoute", code="RouteAlreadyExists", kind="taken")
moto_refuses("ec2", "CreateSecurityGroup", code="InvalidGroup.Duplicate", kind="taken")
moto_refuses("ec2", "CreateSubnet", code="InvalidSubnet.Conflict", kind="taken")
moto_refuses("ec2", "CreateSubnet", code="InvalidSubnet.Range", kind="malformed")
moto_refuses("ec2", "CreateVpc", code="InvalidVpc.Range", kind="malformed")
for _operation in ("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"):
    moto_refuses("ec2", _operation, code="InvalidPermission.Duplicate", kind="taken")
moto_refuses(
    "ec2", "CreateNatGateway", code="Gateway.NotAttached", kind="not there yet", answered_with_success=True
)


@dataclass(frozen=True)
class _User:
    """A resource that has network interfaces in subnets and security groups."""

    name: str
    subnets: frozenset[str]
    groups: frozenset[str] = frozenset()
    public: bool = False


def _users(call: Call) -> Iterator[_User]:
    """What has network interfaces. A resource that is deleted has none, even if moto still lists it."""
    ec2 = call.backend("ec2")
    owned = set()
    for gateway in list(ec2.nat_gateways.values()):
        owned |= {address["networkInterfaceId"] for address in gateway.address_set}
        if gateway.state == "available":
            public = gateway.connectivity_type == "public"
            yield _User(gateway.id, frozenset({gateway.subnet_id}), public=public)
    for endpoint in list(ec2.vpc_end_points.values()):
        owned |= set(endpoint.network_interface_ids)
        if endpoint.state == "available" and _is_interface(endpoint.vpc_endpoint_type):
            subnets = frozenset(endpoint.subnet_ids or ())
            yield _User(endpoint.id, subnets, frozenset(endpoint.security_group_ids))
    for interface in list(ec2.enis.values()):
        if interface.id not in owned:
            groups = frozenset(group.id for group in interface.group_set)
            public = bool(interface.public_ip)
            yield _User(interface.id, frozenset({interface.subnet.id}), groups, public=public)
    for balancer in list(call.backend("elbv2").load_balancers.values()):
        subnets = frozenset(subnet.id for subnet in balancer.subnets)
        public = balancer.scheme != "internal"
        yield _User(balancer.arn, subnets, frozenset(balancer.security_groups or ()), public=public)
    for service in list(call.backend("ecs").services.values()):
        network = service.network_configuration.get("awsvpcConfiguration", {})
        if service.status != "INACTIVE" and service.running_count:
            public = network.get("assignPublicIp") == "ENABLED"
            subnets = frozenset(network.get("subnets", ()))
            groups = frozenset(network.get("securityGroups", ()))
            yield _User(service.physical_resource_id, subnets, groups, public=public)
    for arn, subnets, groups in functions_with_network(call):
        yield _User(arn, subnets, groups)
    yield from _databases(call)


def _databases(call: Call) -> Iterator[_User]:
    """A DB instance has one interface: in the subnet of its group that is in its Availability Zone."""
    rds = call.backend("rds")
    for instance in list(rds.databases.values()):
        cluster = rds.clusters.get(instance.db_cluster_identifier)
        name = cluster.db_subnet_group_name if cluster else instance.db_subnet_group_name
        group = rds.subnet_groups.get(name)
        members = group.subnets if group else ()
        zones = {each["SubnetIdentifier"]: each["SubnetAvailabilityZone"]["Name"] for each in members}
        yield _User(
            instance.db_instance_arn,
            frozenset(subnet for subnet, zone in zones.items() if zone == instance.availability_zone),
            frozenset(instance.vpc_security_group_ids),
        )


def _is_interface(endpoint_type: str | None) -> bool:
    return (endpoint_type or "").lower() == "interface"


def _endpoints(call: Call, vpc_id: str) -> list[Any]:
    endpoints = list(call.backend("ec2").vpc_end_points.values())
    return [each for each in endpoints if each.vpc_id == vpc_id and each.state == "available"]


def _groups(call: Call) -> Iterator[Any]:
    for groups in list(call.backend("ec2").groups.values()):
        yield from list(groups.values())


def _subnets(call: Call, vpc_id: str | None = None) -> list[Any]:
    zones = list(call.backend("ec2").subnets.values())
    subnets = [subnet for zone in zones for subnet in list(zone.values())]
    return [subnet for subnet in subnets if vpc_id in (None, subnet.vpc_id)]


def _vpc_of(call: Call, subnet_id: str) -> str | None:
    return next((subnet.vpc_id for subnet in _subnets(call) if subnet.id == subnet_id), None)


def internet_gateway_of(call: Call, vpc_id: str | None) -> str | None:
    """Return the id of the internet gateway that is attached to the VPC."""
    gateways = list(call.backend("ec2").internet_gateways.values())
    return next((each.id for each in gateways if each.vpc and each.vpc.id == vpc_id), None)


def _refuse_dependents(resource: str, dependents: Iterable[str]) -> None:
    if dependent := next(iter(dependents), None):
        raise RefusedError(
            "DependencyViolation", f"{resource} has dependencies and cannot be deleted: {dependent}"
        )


@refuses("ec2", "DeleteSecurityGroup", kind="in use")
def security_group_in_use(call: Call) -> None:
    """DeleteSecurityGroup refuses a VPC's default group, and a group that a network interface or a rule of
    another group uses.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
    """
    group_id = call.parameters.get("GroupId")
    if any(group.id == group_id and group.is_default for group in _groups(call)):
        raise RefusedError("CannotDelete", f"the specified group: {group_id} cannot be deleted by a user")
    _refuse_dependents(
        f"resource {group_id}", (user.name for user in _users(call) if group_id in user.groups)
    )
    _refuse_dependents(
        f"resource {group_id}",
        (
            group.id
            for group in _groups(call)
            for rule in (*group.ingress_rules, *group.egress_rules)
            if group.id != group_id == rule.source_group.get("GroupId")
        ),
    )


@refuses("ec2", "DeleteSubnet", kind="in use")
def subnet_in_use(call: Call) -> None:
    """DeleteSubnet refuses a subnet with a network interface.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html
    """
    subnet_id = call.parameters.get("SubnetId")
    _refuse_dependents(
        f"The subnet '{subnet_id}'", (user.name for user in _users(call) if subnet_id in user.subnets)
    )


@refuses("ec2", "DeleteVpc", kind="in use")
def vpc_in_use(call: Call) -> None:
    """DeleteVpc refuses a VPC that has more than the resources that were created with it: the default
    security group, the main route table and the default network ACL.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
    """
    ec2, vpc_id = call.backend("ec2"), call.parameters["VpcId"]
    tables, lists = list(ec2.route_tables.values()), list(ec2.network_acls.values())
    dependents = [
        *_subnets(call, vpc_id),
        *_endpoints(call, vpc_id),
        *(group for group in _groups(call) if group.vpc_id == vpc_id and not group.is_default),
        *(table for table in tables if table.vpc_id == vpc_id and not table.main_association_id),
        *(each for each in lists if each.vpc_id == vpc_id and not each.default),
    ]
    gateway = internet_gateway_of(call, vpc_id)
    _refuse_dependents(
        f"The vpc '{vpc_id}'", (*([gateway] if gateway else []), *(each.id for each in dependents))
    )


@refuses("ec2", "DetachInternetGateway", kind="in use")
def public_addresses_mapped(call: Call) -> None:
    """DetachInternetGateway refuses while an interface in the VPC has a public address.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html
    """
    vpc_id = call.parameters["VpcId"]
    subnets = {subnet.id for subnet in _subnets(call, vpc_id)}
    if user := next((each for each in _users(call) if each.public and each.subnets & subnets), None):
        raise RefusedError(
            "DependencyViolation",
            f"Network {vpc_id} has some mapped public address(es): {user.name}. Please unmap those public "
            "address(es) before detaching the gateway.",
        )


@refuses("ec2", "ReleaseAddress", kind="in use")
def address_in_use(call: Call) -> None:
    """ReleaseAddress refuses an address that is associated with a NAT gateway or a network interface.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html
    """
    ec2, allocation = call.backend("ec2"), call.parameters.get("AllocationId")
    gateways = list(ec2.nat_gateways.values())
    deleted = {
        address["networkInterfaceId"]
        for gateway in gateways
        if gateway.state != "available"
        for address in gateway.address_set
    }
    for address in list(ec2.addresses):
        if address.allocation_id == allocation and address.eni and address.eni.id not in deleted:
            raise RefusedError(
                "InvalidIPAddress.InUse", f"Address {address.public_ip} is in use by {address.eni.id}."
            )


@replaces(NatGatewayBackend)
def create_nat_gateway(
    original: Method,
    self: Any,  # noqa: ANN401 - moto's backend of EC2
    *,
    subnet_id: str,
    allocation_id: str,
    connectivity_type: str | None,
    tags: dict[str, str],
) -> NatGateway:
    """A public NAT gateway in a VPC without an internet gateway is created, and fails; it uses no address.

    https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
    """
    vpc_id = self.get_subnet(subnet_id).vpc_id
    attached = any(gateway.vpc and gateway.vpc.id == vpc_id for gateway in self.internet_gateways.values())
    fails = connectivity_type != "private" and not attached
    gateway: NatGateway = original(
        self, subnet_id, "" if fails else allocation_id, tags, connectivity_type or "public"
    )
    if fails:
        failure: Any = gateway
        failure.state = "failed"
        failure.failure_code = "Gateway.NotAttached"
        failure.failure_message = f"Network {vpc_id} has no Internet gateway attached"
    return gateway


@refuses("ec2", "CreateRoute", "ReplaceRoute", kind="not there yet")
def gateway_of_route_missing(call: Call) -> None:
    """CreateRoute refuses an internet gateway that is not attached to the route table's VPC, and a NAT
    gateway that has failed or was deleted.

    https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
    """
    ec2, parameters = call.backend("ec2"), call.parameters
    table = ec2.route_tables.get(parameters["RouteTableId"])
    gateway_id = parameters.get("GatewayId") or ""
    if table and gateway_id.startswith("igw-") and internet_gateway_of(call, table.vpc_id) != gateway_id:
        raise RefusedError(
            "InvalidParameterValue",
            f"route table {table.id} and network gateway {gateway_id} belong to different networks",
        )
    if nat_id := parameters.get("NatGatewayId"):
        nat = ec2.nat_gateways.get(nat_id)
        if nat is None or nat.state != "available":
            raise RefusedError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{nat_id}' does not exist")


@refuses("ec2", "CreateVpcEndpoint", "ModifyVpcEndpoint", kind="not there yet")
def private_dns_without_dns_of_vpc(call: Call) -> None:
    """An endpoint has private DNS names only in a VPC with both of its DNS attributes on.

    https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
    """
    ec2 = call.backend("ec2")
    vpc = ec2.vpcs.get(_endpoint_with_private_dns(call)[0])
    if vpc and not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        raise RefusedError(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set "
            f"to true for {vpc.id}",
        )


@refuses("ec2", "CreateVpcEndpoint", "ModifyVpcEndpoint", kind="taken")
def private_dns_name_taken(call: Call) -> None:
    """One endpoint per service in a VPC has private DNS names.

    https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
    """
    vpc_id, service = _endpoint_with_private_dns(call)
    for endpoint in _endpoints(call, vpc_id or ""):
        if (
            endpoint.service_name == service
            and endpoint.private_dns_enabled
            and endpoint.id != call.parameters.get("VpcEndpointId")
        ):
            raise RefusedError(
                "InvalidParameter",
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                f"{service} in the VPC {vpc_id}",
            )


def _endpoint_with_private_dns(call: Call) -> tuple[str | None, str | None]:
    """The VPC and the service of an endpoint that the call gives private DNS names."""
    if not call.parameters.get("PrivateDnsEnabled"):
        return None, None
    if endpoint := call.backend("ec2").vpc_end_points.get(call.parameters.get("VpcEndpointId")):
        return endpoint.vpc_id, endpoint.service_name
    return call.parameters.get("VpcId"), call.parameters.get("ServiceName")


@refuses("ec2", "CreateVpcEndpoint", kind="taken")
def gateway_endpoint_taken(call: Call) -> None:
    """A route table has one route to the prefix list of a service: one gateway endpoint.

    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    """
    tables = set(call.parameters.get("RouteTableIds") or ())
    for endpoint in _endpoints(call, call.parameters["VpcId"]):
        taken = tables & set(endpoint.route_table_ids or ())
        if taken and endpoint.service_name == call.parameters.get("ServiceName"):
            raise RefusedError(
                "RouteAlreadyExists",
                f"route table {min(taken)} already has a route with destination-prefix-list-id "
                f"{endpoint.destination_prefix_list_id}",
            )


@refuses("ec2", "CreateVpcEndpoint", kind="malformed")
def two_endpoint_subnets_in_a_zone(call: Call) -> None:
    """An interface endpoint has one subnet in each Availability Zone.

    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """
    subnets = set(call.parameters.get("SubnetIds") or ())
    zones = Counter(subnet.availability_zone for subnet in _subnets(call) if subnet.id in subnets)
    if twice := [zone for zone, count in zones.items() if count > 1]:
        raise RefusedError("DuplicateSubnetsInSameZone", f"Found another VPC endpoint subnet in {twice[0]}")


@refuses("ec2", "AttachInternetGateway", kind="taken")
def vpc_has_a_gateway(call: Call) -> None:
    """A VPC has one internet gateway.

    https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
    """
    vpc_id = call.parameters["VpcId"]
    if internet_gateway_of(call, vpc_id) not in (None, call.parameters["InternetGatewayId"]):
        raise RefusedError(
            "InvalidParameterValue", f"Network {vpc_id} already has an internet gateway attached"
        )


@refuses("ec2", "CreateFlowLogs", kind="not there yet")
def role_of_flow_logs_missing(call: Call) -> None:
    """CreateFlowLogs refuses a role that does not exist or that the flow logs service cannot assume.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    arn = call.parameters.get("DeliverLogsPermissionArn")
    roles = {role.arn: role for role in list(call.backend("iam").roles.values())}
    if arn and not (
        arn in roles
        and allows(
            roles[arn].assume_role_policy_document,
            principals={"vpc-flow-logs.amazonaws.com"},
            action="sts:AssumeRole",
            resource="*",
            context={
                "aws:SourceAccount": call.account_id,
                "aws:SourceArn": f"arn:aws:ec2:{call.region}:{call.account_id}:vpc-flow-log/fl-1",
            },
        )
    ):
        raise RefusedError("InvalidParameter", "Unable to assume given IAM role")


def _refuse_over_quota(used: int, quota: int, code: str, name: str) -> None:
    if used > quota:
        raise RefusedError(code, f"The maximum number of {name} has been reached: {quota}")


@refuses("ec2", "AllocateAddress", kind="too many")
def too_many_addresses(call: Call) -> None:
    """Five Elastic IP addresses per Region.

    https://docs.aws.amazon.com/general/latest/gr/ec2-service.html#limits_ec2
    """
    _refuse_over_quota(len(call.backend("ec2").addresses) + 1, 5, "AddressLimitExceeded", "addresses")


@refuses("ec2", "CreateVpc", kind="too many")
def too_many_vpcs(call: Call) -> None:
    """Five VPCs per Region, the default VPC included.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-vpcs-subnets
    """
    _refuse_over_quota(len(call.backend("ec2").vpcs) + 1, 5, "VpcLimitExceeded", "VPCs")


@refuses("ec2", "CreateSubnet", kind="too many")
def too_many_subnets(call: Call) -> None:
    """200 subnets per VPC.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-vpcs-subnets
    """
    used = len(_subnets(call, call.parameters["VpcId"])) + 1
    _refuse_over_quota(used, 200, "SubnetLimitExceeded", "subnets per VPC")


@refuses("ec2", "CreateRouteTable", kind="too many")
def too_many_route_tables(call: Call) -> None:
    """200 route tables per VPC, the main route table included.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-route-tables
    """
    tables = list(call.backend("ec2").route_tables.values())
    used = sum(table.vpc_id == call.parameters["VpcId"] for table in tables) + 1
    _refuse_over_quota(used, 200, "RouteTableLimitExceeded", "route tables per VPC")


@refuses("ec2", "CreateInternetGateway", kind="too many")
def too_many_internet_gateways(call: Call) -> None:
    """Five internet gateways per Region.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-gateways
    """
    used = len(call.backend("ec2").internet_gateways) + 1
    _refuse_over_quota(used, 5, "InternetGatewayLimitExceeded", "internet gateways")


@refuses("ec2", "CreateNatGateway", kind="too many")
def too_many_nat_gateways(call: Call) -> None:
    """Five NAT gateways per Availability Zone; gateways that failed or were deleted do not count.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-gateways
    """
    zones = {subnet.id: subnet.availability_zone for subnet in _subnets(call)}
    gateways = list(call.backend("ec2").nat_gateways.values())
    zone = zones.get(call.parameters.get("SubnetId"))
    used = sum(each.state == "available" and zones.get(each.subnet_id) == zone for each in gateways) + 1
    _refuse_over_quota(used, 5, "NatGatewayLimitExceeded", f"NAT gateways in {zone}")


@refuses("ec2", "CreateVpcEndpoint", kind="too many")
def too_many_endpoints(call: Call) -> None:
    """50 interface endpoints per VPC, 20 gateway endpoints per Region.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html
    """
    endpoints = list(call.backend("ec2").vpc_end_points.values())
    active = [each for each in endpoints if each.state == "available"]
    if _is_interface(call.parameters.get("VpcEndpointType")):
        vpc_id = call.parameters["VpcId"]
        used = sum(_is_interface(each.vpc_endpoint_type) and each.vpc_id == vpc_id for each in active)
        _refuse_over_quota(used + 1, 50, "VpcEndpointLimitExceeded", "interface endpoints per VPC")
    else:
        used = sum(not _is_interface(each.vpc_endpoint_type) for each in active)
        _refuse_over_quota(used + 1, 20, "VpcEndpointLimitExceeded", "gateway endpoints")


@refuses("ec2", "CreateFlowLogs", kind="too many")
def too_many_flow_logs(call: Call) -> None:
    """Two flow logs per VPC, subnet or network interface.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-limitations.html
    """
    existing = Counter(log.resource_id for log in list(call.backend("ec2").flow_logs.values()))
    used = max(existing[resource] + 1 for resource in call.parameters["ResourceIds"])
    _refuse_over_quota(used, 2, "FlowLogsLimitExceeded", "flow logs per resource")


@refuses("ec2", "CreateVpcEndpoint", "CreateNetworkInterface", kind="too many")
def too_many_groups_of_an_interface(call: Call) -> None:
    """Five security groups per network interface.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
    """
    groups = call.parameters.get("SecurityGroupIds") or call.parameters.get("Groups") or []
    _refuse_over_quota(
        len(groups), 5, "SecurityGroupsPerInterfaceLimitExceeded", "security groups per interface"
    )


_PEERS = ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds")

# Prefix lists of AWS that count as more than one rule.
_WEIGHTS = {"cloudfront.origin-facing": 55, "route53-healthchecks": 25, "groundstation": 5, "vpc-lattice": 10}


@refuses("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", kind="too many")
def too_many_rules(call: Call) -> None:
    """60 inbound and 60 outbound rules per security group. A prefix list counts as its maximum number of
    entries, one of AWS's as its weight.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
    https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
    """
    group = next((each for each in _groups(call) if each.id == call.parameters.get("GroupId")), None)
    if group is None:
        return
    ingress = call.operation.name.endswith("Ingress")
    rules = group.ingress_rules if ingress else group.egress_rules
    added = [
        peer for permission in _permissions(call) for kind in _PEERS for peer in permission.get(kind) or ()
    ]
    lists = [rule.prefix_list_id for rule in rules] + [peer.get("PrefixListId") for peer in added]
    used = sum(_weight(call, prefix_list) for prefix_list in lists)
    _refuse_over_quota(used, 60, "RulesPerSecurityGroupLimitExceeded", "rules per security group")


def _permissions(call: Call) -> list[Any]:
    return list(call.parameters.get("IpPermissions") or ())


def _weight(call: Call, prefix_list: str | None) -> int:
    found = call.backend("ec2").managed_prefix_lists.get(prefix_list)
    if found is None:
        return 1
    weights = (weight for name, weight in _WEIGHTS.items() if name in found.prefix_list_name)
    return int(found.max_entries or next(weights, 1))


_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")


@refuses(
    "ec2",
    "CreateSecurityGroup",
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    kind="malformed",
)
def description_malformed(call: Call) -> None:
    """Descriptions of security groups and of rules have at most 255 characters, which are letters, digits,
    spaces and some punctuation.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
    """
    peers = [peer for each in _permissions(call) for kind in _PEERS for peer in each.get(kind) or ()]
    descriptions = [call.parameters.get("Description"), *(peer.get("Description") for peer in peers)]
    if any(not _DESCRIPTION.fullmatch(description or "") for description in descriptions):
        raise RefusedError(
            "InvalidParameterValue",
            "Invalid security group description. Valid descriptions are strings less than 256 characters "
            "from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
        )
