"""A VPC and what uses it, for the tests of refused calls."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.emulator.account import Account

# boto3 makes its clients' types at run time; their parameters are JSON.
Client: TypeAlias = Any
Parameter: TypeAlias = Any

KEY_ADMINISTRATION = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}
"""The statement that every key policy of the tests has."""


@dataclass
class Network:
    """A VPC with an attached internet gateway, and two subnets in different Availability Zones."""

    account: Account

    def __post_init__(self) -> None:
        self.ec2 = self.account.client("ec2")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.subnets = [self.subnet(index, zone) for index, zone in enumerate("ab")]

    def subnet(self, index: int, zone: str) -> str:
        created = self.ec2.create_subnet(
            VpcId=self.vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"us-east-1{zone}"
        )
        subnet_id: str = created["Subnet"]["SubnetId"]
        return subnet_id

    def group(self, name: str = "group") -> str:
        created = self.ec2.create_security_group(GroupName=name, Description="Group", VpcId=self.vpc)
        group_id: str = created["GroupId"]
        return group_id

    def address(self) -> str:
        allocation_id: str = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        return allocation_id

    def nat_gateway(self, allocation: str | None = None) -> str:
        created = self.ec2.create_nat_gateway(
            SubnetId=self.subnets[0], AllocationId=allocation or self.address()
        )
        nat_gateway_id: str = created["NatGateway"]["NatGatewayId"]
        return nat_gateway_id

    def route_table(self) -> str:
        route_table_id: str = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        return route_table_id

    def endpoint(self, service: str = "kms", **options: Parameter) -> str:
        created = self.ec2.create_vpc_endpoint(
            VpcId=self.vpc,
            ServiceName=f"com.amazonaws.us-east-1.{service}",
            **({"VpcEndpointType": "Interface"} | options),
        )
        endpoint_id: str = created["VpcEndpoint"]["VpcEndpointId"]
        return endpoint_id

    def load_balancer(self, name: str = "balancer", **options: Parameter) -> str:
        elbv2 = self.account.client("elbv2")
        created = elbv2.create_load_balancer(Name=name, Subnets=self.subnets, **options)
        arn: str = created["LoadBalancers"][0]["LoadBalancerArn"]
        return arn

    def service(self, group: str, **network: str) -> None:
        """A service on Fargate with a running task."""
        ecs = self.account.client("ecs")
        ecs.create_cluster(clusterName="cluster")
        ecs.register_task_definition(
            family="task",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "api", "image": "api"}],
        )
        ecs.create_service(
            cluster="cluster",
            serviceName="service",
            taskDefinition="task",
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": [group], **network}
            },
        )

    def database(self, group: str) -> None:
        """A cluster with one instance, in the first zone."""
        rds = self.account.client("rds")
        rds.create_db_subnet_group(
            DBSubnetGroupName="database", DBSubnetGroupDescription="Database", SubnetIds=self.subnets
        )
        rds.create_db_cluster(
            DBClusterIdentifier="database",
            Engine="aurora-postgresql",
            MasterUsername="payment",
            MasterUserPassword="not-a-secret",
            DBSubnetGroupName="database",
            VpcSecurityGroupIds=[group],
        )
        rds.create_db_instance(
            DBInstanceIdentifier="writer",
            DBInstanceClass="db.r6g.large",
            Engine="aurora-postgresql",
            DBClusterIdentifier="database",
            AvailabilityZone="us-east-1a",
        )


def certificate(account: Account, *, issued: bool = True) -> str:
    """The ARN of a certificate, with its validation record unless it is not issued."""
    acm, route53 = account.client("acm"), account.client("route53")
    zone = route53.create_hosted_zone(Name="example.net", CallerReference="1")["HostedZone"]["Id"]
    arn: str = acm.request_certificate(DomainName="pay.example.net", ValidationMethod="DNS")["CertificateArn"]
    if issued:
        (option,) = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
        record = option["ResourceRecord"]
        change = {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": record["Name"],
                "Type": record["Type"],
                "TTL": 60,
                "ResourceRecords": [{"Value": record["Value"]}],
            },
        }
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    return arn
