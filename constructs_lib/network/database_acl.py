"""The network ACL of the database subnets."""

from cdktf_cdktf_provider_aws.network_acl import NetworkAcl, NetworkAclEgress, NetworkAclIngress
from constructs import Construct

from constructs_lib.foundation.iam import Deployment
from constructs_lib.network.vpc import Network

# A network ACL is stateless, so the answers need a rule, to any port that a client may have.
# https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
_EPHEMERAL_PORTS = (1024, 65535)
_FIRST_RULE = 100
_RULE_STEP = 10


class DatabaseAcl(Construct):
    """Allows connections from the private to the database subnets on one port, their answers, and no more.

    The rules are inline, so that Terraform detects and removes those that were added outside of it. Aurora's
    replication uses its storage layer and is not affected: the database's security group has never allowed
    traffic between the instances either.
    """

    def __init__(
        self, scope: Construct, id_: str, *, deployment: Deployment, network: Network, port: int
    ) -> None:
        super().__init__(scope, id_)
        rules = [
            (_FIRST_RULE + number * _RULE_STEP, cidr)
            for number, cidr in enumerate(network.private_cidr_blocks)
        ]
        first, last = _EPHEMERAL_PORTS
        NetworkAcl(
            self,
            "network-acl",
            vpc_id=network.vpc_id,
            subnet_ids=network.database_subnet_ids,
            ingress=[
                NetworkAclIngress(
                    rule_no=number,
                    action="allow",
                    protocol="tcp",
                    cidr_block=cidr,
                    from_port=port,
                    to_port=port,
                )
                for number, cidr in rules
            ],
            egress=[
                NetworkAclEgress(
                    rule_no=number,
                    action="allow",
                    protocol="tcp",
                    cidr_block=cidr,
                    from_port=first,
                    to_port=last,
                )
                for number, cidr in rules
            ],
            tags={"Name": f"{deployment.name_prefix}-database"},
        )
