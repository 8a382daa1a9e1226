"""EC2 refuses to delete what is in use."""

from tests.emulator.account import Account
from tests.unit.emulator.refusals.conftest import Refuses


def test_a_security_group_of_a_load_balancer_cannot_be_deleted(account: Account, refused: Refuses) -> None:
    ec2, elbv2 = account.client("ec2"), account.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"us-east-1{zone}")[
            "Subnet"
        ]["SubnetId"]
        for index, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="balancer", Description="Balancer", VpcId=vpc)["GroupId"]
    elbv2.create_load_balancer(Name="balancer", Subnets=subnets, SecurityGroups=[group])

    with refused("in use", "DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
