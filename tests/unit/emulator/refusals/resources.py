"""Resources that several tests of refused calls need."""

import io
import json
import textwrap
import zipfile
from typing import Any

from tests.emulator.account import Account

ABSENT_ROLE = "arn:aws:iam::123456789012:role/absent"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(**principal: str) -> str:
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


ANY_POLICY = policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})


def role(account: Account, name: str, service: str, *actions: str) -> str:
    """The ARN of a new role that the service can assume, with these actions on all resources."""
    iam = account.client("iam")
    document = trust(Service=f"{service}.amazonaws.com")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if actions:
        document = policy({"Effect": "Allow", "Action": [*actions], "Resource": "*"})
        iam.put_role_policy(RoleName=name, PolicyName="actions", PolicyDocument=document)
    return arn


def vpc(account: Account, zones: str = "ab", cidr: str = "10.0.0.0/16") -> tuple[str, list[str]]:
    """A new VPC with an internet gateway, and a subnet of it in each zone."""
    ec2 = account.client("ec2")
    vpc_id: str = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
    network = cidr.rpartition(".0.0/")[0]
    return vpc_id, [
        ec2.create_subnet(
            VpcId=vpc_id, CidrBlock=f"{network}.{index}.0/24", AvailabilityZone=f"{account.region}{zone}"
        )["Subnet"]["SubnetId"]
        for index, zone in enumerate(zones)
    ]


def security_group(account: Account, vpc_id: str, name: str = "group") -> str:
    ec2 = account.client("ec2")
    group: str = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"]
    return group


def archive(code: str = "def handler(event, context): return event", **files: str) -> bytes:
    """A Lambda function's archive: `app.py` with the code, and further files by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("app.py", textwrap.dedent(code))
        for name, text in files.items():
            opened.writestr(name, text)
    return buffer.getvalue()
