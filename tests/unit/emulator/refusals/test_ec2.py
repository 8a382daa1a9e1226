"""EC2 refuses to delete what is in use, to use what is missing, and more than its quotas."""

import json
from collections.abc import Callable

import pytest

from tests.emulator.account import Account
from tests.emulator.refusals.rules import Kind
from tests.emulator.server import Emulator
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.networks import Network

USERS: dict[str, Callable[[Network, str], object]] = {
    "endpoint": lambda network, group: network.endpoint(
        SubnetIds=network.subnets[:1], SecurityGroupIds=[group]
    ),
    "interface": lambda network, group: network.ec2.create_network_interface(
        SubnetId=network.subnets[0], Groups=[group]
    ),
    "load balancer": lambda network, group: network.load_balancer(SecurityGroups=[group]),
    "service": lambda network, group: network.service(group),
    "database": lambda network, group: network.database(group),
}


@pytest.fixture
def network(account: Account) -> Network:
    return Network(account)


@pytest.mark.parametrize("user", USERS)
def test_a_security_group_of_an_interface_cannot_be_deleted(
    network: Network, refused: Refuses, user: str
) -> None:
    group = network.group()
    USERS[user](network, group)
    with refused("in use", "DependencyViolation"):
        network.ec2.delete_security_group(GroupId=group)


def test_a_security_group_of_another_groups_rule_cannot_be_deleted(
    network: Network, refused: Refuses
) -> None:
    source, target = network.group("source"), network.group("target")
    rule = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "UserIdGroupPairs": [{"GroupId": source}],
    }
    for group in (source, target):
        network.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    with refused("in use", "DependencyViolation"):
        network.ec2.delete_security_group(GroupId=source)
    network.ec2.delete_security_group(GroupId=target)
    network.ec2.delete_security_group(GroupId=source)


def test_a_default_security_group_cannot_be_deleted(network: Network, refused: Refuses) -> None:
    groups = network.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [network.vpc]}])
    with refused("in use", "CannotDelete"):
        network.ec2.delete_security_group(GroupId=groups["SecurityGroups"][0]["GroupId"])


@pytest.mark.parametrize("user", [*USERS, "NAT gateway"])
def test_a_subnet_with_an_interface_cannot_be_deleted(network: Network, refused: Refuses, user: str) -> None:
    if user == "NAT gateway":
        network.nat_gateway()
    else:
        USERS[user](network, network.group())
    with refused("in use", "DependencyViolation"):
        network.ec2.delete_subnet(SubnetId=network.subnets[0])


def test_a_deleted_resource_releases_its_subnet_and_its_address(network: Network) -> None:
    group, address = network.group(), network.address()
    nat_gateway = network.nat_gateway(address)
    endpoint = network.endpoint(SubnetIds=network.subnets, SecurityGroupIds=[group])
    balancer = network.load_balancer(SecurityGroups=[group])
    network.ec2.delete_nat_gateway(NatGatewayId=nat_gateway)
    network.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    network.account.client("elbv2").delete_load_balancer(LoadBalancerArn=balancer)

    network.ec2.release_address(AllocationId=address)
    network.ec2.delete_security_group(GroupId=group)
    for subnet in network.subnets:
        network.ec2.delete_subnet(SubnetId=subnet)
    network.ec2.detach_internet_gateway(InternetGatewayId=network.gateway, VpcId=network.vpc)
    network.ec2.delete_vpc(VpcId=network.vpc)


def test_a_vpc_with_a_subnet_cannot_be_deleted(network: Network, refused: Refuses) -> None:
    with refused("in use", "DependencyViolation"):
        network.ec2.delete_vpc(VpcId=network.vpc)


@pytest.mark.parametrize(
    "create",
    [
        Network.group,
        Network.route_table,
        lambda network: network.endpoint("s3", VpcEndpointType="Gateway"),
        lambda network: network.ec2.create_network_acl(VpcId=network.vpc),
        lambda network: network.ec2.attach_internet_gateway(
            InternetGatewayId=network.gateway, VpcId=network.vpc
        ),
    ],
)
def test_a_vpc_with_other_resources_cannot_be_deleted(
    network: Network, refused: Refuses, create: Callable[[Network], object]
) -> None:
    for subnet in network.subnets:
        network.ec2.delete_subnet(SubnetId=subnet)
    network.ec2.detach_internet_gateway(InternetGatewayId=network.gateway, VpcId=network.vpc)
    create(network)
    with refused("in use", "DependencyViolation"):
        network.ec2.delete_vpc(VpcId=network.vpc)


@pytest.mark.parametrize(
    "user",
    [
        Network.nat_gateway,
        Network.load_balancer,
        lambda network: network.service(network.group(), assignPublicIp="ENABLED"),
    ],
)
def test_an_internet_gateway_of_public_addresses_cannot_be_detached(
    network: Network, refused: Refuses, user: Callable[[Network], object]
) -> None:
    user(network)
    with refused("in use", "DependencyViolation"):
        network.ec2.detach_internet_gateway(InternetGatewayId=network.gateway, VpcId=network.vpc)


def test_an_attached_internet_gateway_cannot_be_deleted(network: Network, refused: Refuses) -> None:
    with refused("in use", "DependencyViolation"):
        network.ec2.delete_internet_gateway(InternetGatewayId=network.gateway)


def test_an_associated_route_table_cannot_be_deleted(network: Network, refused: Refuses) -> None:
    table = network.route_table()
    network.ec2.associate_route_table(RouteTableId=table, SubnetId=network.subnets[0])
    with refused("in use", "DependencyViolation"):
        network.ec2.delete_route_table(RouteTableId=table)


def test_an_associated_network_acl_cannot_be_deleted(network: Network, refused: Refuses) -> None:
    acls = network.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [network.vpc]}])
    with refused("in use", "DependencyViolation"):
        network.ec2.delete_network_acl(NetworkAclId=acls["NetworkAcls"][0]["NetworkAclId"])


def test_the_address_of_a_nat_gateway_cannot_be_released(network: Network, refused: Refuses) -> None:
    address = network.address()
    network.nat_gateway(address)
    with refused("in use", "InvalidIPAddress.InUse"):
        network.ec2.release_address(AllocationId=address)


def test_a_nat_gateway_fails_without_an_internet_gateway(
    network: Network, emulator: Emulator, provoked: set[tuple[Kind, str]]
) -> None:
    network.ec2.detach_internet_gateway(InternetGatewayId=network.gateway, VpcId=network.vpc)
    address = network.address()
    emulator.refusals.refused.clear()
    nat_gateway = network.nat_gateway(address)
    (found,) = network.ec2.describe_nat_gateways(NatGatewayIds=[nat_gateway])["NatGateways"]
    assert (found["State"], found["FailureCode"]) == ("failed", "Gateway.NotAttached")
    network.ec2.release_address(AllocationId=address)
    (refusal,) = emulator.refusals.refused
    assert refusal == ("not there yet", "ec2", "CreateNatGateway", "Gateway.NotAttached")
    provoked.add(("not there yet", "ec2 CreateNatGateway"))


def test_a_route_to_a_detached_internet_gateway_is_refused(network: Network, refused: Refuses) -> None:
    network.ec2.detach_internet_gateway(InternetGatewayId=network.gateway, VpcId=network.vpc)
    route = {"RouteTableId": network.route_table(), "DestinationCidrBlock": "0.0.0.0/0"}
    with refused("not there yet", "InvalidParameterValue"):
        network.ec2.create_route(GatewayId=network.gateway, **route)


@pytest.mark.parametrize("call", ["create_route", "replace_route"])
def test_a_route_to_a_deleted_nat_gateway_is_refused(network: Network, refused: Refuses, call: str) -> None:
    nat_gateway = network.nat_gateway()
    network.ec2.delete_nat_gateway(NatGatewayId=nat_gateway)
    route = {"RouteTableId": network.route_table(), "DestinationCidrBlock": "0.0.0.0/0"}
    with refused("not there yet", "InvalidNatGatewayID.NotFound"):
        getattr(network.ec2, call)(NatGatewayId=nat_gateway, **route)


def test_a_route_exists_once(network: Network, refused: Refuses) -> None:
    route = {"RouteTableId": network.route_table(), "DestinationCidrBlock": "0.0.0.0/0"}
    network.ec2.create_route(GatewayId=network.gateway, **route)
    with refused("taken", "RouteAlreadyExists"):
        network.ec2.create_route(GatewayId=network.gateway, **route)


def test_private_dns_of_an_endpoint_needs_dns_in_the_vpc(network: Network, refused: Refuses) -> None:
    with refused("not there yet", "InvalidParameter"):
        network.endpoint(PrivateDnsEnabled=True)
    endpoint = network.endpoint(PrivateDnsEnabled=False)
    with refused("not there yet", "InvalidParameter"):
        network.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PrivateDnsEnabled=True)


def test_one_endpoint_of_a_service_has_private_dns(network: Network, refused: Refuses) -> None:
    network.ec2.modify_vpc_attribute(VpcId=network.vpc, EnableDnsHostnames={"Value": True})
    network.endpoint("logs", PrivateDnsEnabled=True)
    endpoint = network.endpoint(PrivateDnsEnabled=True)
    network.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PrivateDnsEnabled=True)
    with refused("taken", "InvalidParameter"):
        network.endpoint(PrivateDnsEnabled=True)
    second = network.endpoint(PrivateDnsEnabled=False)
    with refused("taken", "InvalidParameter"):
        network.ec2.modify_vpc_endpoint(VpcEndpointId=second, PrivateDnsEnabled=True)


def test_a_route_table_has_one_gateway_endpoint_of_a_service(network: Network, refused: Refuses) -> None:
    table = network.route_table()
    network.endpoint("s3", VpcEndpointType="Gateway", RouteTableIds=[table])
    with refused("taken", "RouteAlreadyExists"):
        network.endpoint("s3", VpcEndpointType="Gateway", RouteTableIds=[table])


def test_an_endpoint_has_one_subnet_in_a_zone(network: Network, refused: Refuses) -> None:
    with refused("malformed", "DuplicateSubnetsInSameZone"):
        network.endpoint(SubnetIds=[network.subnets[0], network.subnet(9, "a")])


def test_a_vpc_has_one_internet_gateway(network: Network, refused: Refuses) -> None:
    with refused("taken", "Resource.AlreadyAssociated"):
        network.ec2.attach_internet_gateway(InternetGatewayId=network.gateway, VpcId=network.vpc)
    second = network.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    with refused("taken", "InvalidParameterValue"):
        network.ec2.attach_internet_gateway(InternetGatewayId=second, VpcId=network.vpc)


def test_the_ranges_of_subnets_do_not_overlap(network: Network, refused: Refuses) -> None:
    with refused("taken", "InvalidSubnet.Conflict"):
        network.ec2.create_subnet(VpcId=network.vpc, CidrBlock="10.0.0.0/20")
    with refused("malformed", "InvalidSubnet.Range"):
        network.ec2.create_subnet(VpcId=network.vpc, CidrBlock="10.1.0.0/24")


def test_the_range_of_a_vpc_has_at_most_65536_addresses(account: Account, refused: Refuses) -> None:
    with refused("malformed", "InvalidVpc.Range"):
        account.client("ec2").create_vpc(CidrBlock="10.0.0.0/15")


def test_the_name_of_a_security_group_is_unique_in_its_vpc(network: Network, refused: Refuses) -> None:
    network.group()
    with refused("taken", "InvalidGroup.Duplicate"):
        network.group()


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_rule_exists_once(network: Network, refused: Refuses, direction: str) -> None:
    group = network.group()
    authorize = getattr(network.ec2, f"authorize_security_group_{direction}")
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    authorize(GroupId=group, IpPermissions=[rule])
    with refused("taken", "InvalidPermission.Duplicate"):
        authorize(GroupId=group, IpPermissions=[rule])


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_rule_has_a_plain_description(network: Network, refused: Refuses, direction: str) -> None:
    authorize = getattr(network.ec2, f"authorize_security_group_{direction}")
    ranges = [{"CidrIp": "10.0.0.0/8", "Description": "Clients > API"}]
    with refused("malformed", "InvalidParameterValue"):
        authorize(
            GroupId=network.group(),
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": ranges}],
        )


def test_a_security_group_has_a_plain_description(network: Network, refused: Refuses) -> None:
    with refused("malformed", "InvalidParameterValue"):
        network.ec2.create_security_group(GroupName="group", Description="a > b", VpcId=network.vpc)


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_security_group_has_60_rules_in_each_direction(
    network: Network, refused: Refuses, direction: str
) -> None:
    group = network.group()
    authorize = getattr(network.ec2, f"authorize_security_group_{direction}")
    default = 1 if direction == "egress" else 0
    ranges = [{"CidrIp": f"10.0.{index}.0/24"} for index in range(60 - default)]
    authorize(
        GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": ranges}]
    )
    with refused("too many", "RulesPerSecurityGroupLimitExceeded"):
        authorize(
            GroupId=group,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 2, "ToPort": 2, "IpRanges": ranges[:1]}],
        )


def test_a_prefix_list_counts_as_its_maximum_number_of_entries(network: Network, refused: Refuses) -> None:
    prefix_list = network.ec2.create_managed_prefix_list(
        PrefixListName="clients", MaxEntries=61, AddressFamily="IPv4"
    )["PrefixList"]["PrefixListId"]
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "PrefixListIds": [{"PrefixListId": prefix_list}]}
    with refused("too many", "RulesPerSecurityGroupLimitExceeded"):
        network.ec2.authorize_security_group_ingress(GroupId=network.group(), IpPermissions=[rule])


def test_a_region_has_five_addresses(network: Network, refused: Refuses) -> None:
    for _ in range(5):
        network.address()
    with refused("too many", "AddressLimitExceeded"):
        network.address()


def test_a_region_has_five_vpcs_with_the_default_one(account: Account, refused: Refuses) -> None:
    ec2 = account.client("ec2")
    for _ in range(4):
        ec2.create_vpc(CidrBlock="10.0.0.0/16")
    with refused("too many", "VpcLimitExceeded"):
        ec2.create_vpc(CidrBlock="10.0.0.0/16")


def test_a_region_has_five_internet_gateways(account: Account, refused: Refuses) -> None:
    ec2 = account.client("ec2")
    for _ in range(5):
        ec2.create_internet_gateway()
    with refused("too many", "InternetGatewayLimitExceeded"):
        ec2.create_internet_gateway()


def test_a_vpc_has_200_subnets(network: Network, refused: Refuses) -> None:
    for index in range(2, 200):
        network.subnet(index, "a")
    with refused("too many", "SubnetLimitExceeded"):
        network.subnet(200, "a")


def test_a_vpc_has_200_route_tables_with_the_main_one(network: Network, refused: Refuses) -> None:
    for _ in range(199):
        network.route_table()
    with refused("too many", "RouteTableLimitExceeded"):
        network.route_table()


def test_a_zone_has_five_nat_gateways(network: Network, refused: Refuses) -> None:
    for _ in range(5):
        network.nat_gateway()
    with refused("too many", "NatGatewayLimitExceeded"):
        network.nat_gateway("eipalloc-00000000000000000")


def test_a_vpc_has_50_interface_endpoints(network: Network, refused: Refuses) -> None:
    for _ in range(50):
        network.endpoint(PrivateDnsEnabled=False)
    with refused("too many", "VpcEndpointLimitExceeded"):
        network.endpoint(PrivateDnsEnabled=False)


def test_a_region_has_20_gateway_endpoints(network: Network, refused: Refuses) -> None:
    for _ in range(20):
        network.endpoint("s3", VpcEndpointType="Gateway")
    with refused("too many", "VpcEndpointLimitExceeded"):
        network.endpoint("s3", VpcEndpointType="Gateway")


def test_an_interface_has_five_security_groups(network: Network, refused: Refuses) -> None:
    groups = [network.group(f"group-{index}") for index in range(6)]
    with refused("too many", "SecurityGroupsPerInterfaceLimitExceeded"):
        network.endpoint(SecurityGroupIds=groups)
    with refused("too many", "SecurityGroupsPerInterfaceLimitExceeded"):
        network.ec2.create_network_interface(SubnetId=network.subnets[0], Groups=groups)


@pytest.fixture
def flow_log(network: Network) -> dict[str, object]:
    """The parameters of a flow log."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    iam = network.account.client("iam")
    role = iam.create_role(RoleName="flow-logs", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    return {
        "ResourceIds": [network.vpc],
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogGroupName": "flow-logs",
        "DeliverLogsPermissionArn": role,
    }


def test_a_flow_log_needs_a_role_that_its_service_can_assume(
    network: Network, refused: Refuses, flow_log: dict[str, object]
) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = network.account.client("iam")
    other = iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for arn in (other, f"{other}-absent"):
        with refused("not there yet", "InvalidParameter"):
            network.ec2.create_flow_logs(**flow_log | {"DeliverLogsPermissionArn": arn})


def test_a_flow_log_exists_once(network: Network, refused: Refuses, flow_log: dict[str, object]) -> None:
    network.ec2.create_flow_logs(**flow_log)
    with refused("taken", "FlowLogAlreadyExists"):
        network.ec2.create_flow_logs(**flow_log)


def test_a_vpc_has_two_flow_logs(network: Network, refused: Refuses, flow_log: dict[str, object]) -> None:
    for index in range(2):
        network.ec2.create_flow_logs(**flow_log | {"LogGroupName": f"flow-logs-{index}"})
    with refused("too many", "FlowLogsLimitExceeded"):
        network.ec2.create_flow_logs(**flow_log)
