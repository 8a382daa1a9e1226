"""VPC endpoints, through which the tasks reach AWS services without leaving the VPC."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct

from constructs_lib.foundation.field_key import FieldKey
from constructs_lib.foundation.iam import PULL_IMAGE, Conditions, Deployment, Statement, policy_document
from constructs_lib.foundation.terraform import address
from constructs_lib.network.security_groups import Peer, security_group
from constructs_lib.network.vpc import Network
from constructs_lib.settings.grants import Permission


@dataclass(frozen=True)
class Grant:
    """The actions that an endpoint policy allows on resources, if conditions on the request hold."""

    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Conditions = field(default_factory=dict)


class Endpoints(Construct):
    """Endpoints of the services that a Fargate task needs, with policies that allow only what it needs.

    That includes what `permissions` give the application in these services, which no other way leads to.

    The interface endpoints are in as many zones as there are NAT gateways, because AWS charges for each
    endpoint by the hour and zone.

    Outputs: `peer` (the network interfaces), `s3_peer` (the prefix list of S3 in the region), `addresses`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        network: Network,
        image_repository_arn: str | None,
        secret_arns: Sequence[str],
        field_key: FieldKey,
        permissions: Sequence[Permission],
    ) -> None:
        """`image_repository_arn` is the image's ECR repository, in this or another account; `secret_arns` are
        the secrets that the tasks receive besides those of the stack."""
        super().__init__(scope, id_)
        self._secret_arns = secret_arns
        self._field_key = field_key
        self._permissions = permissions
        self._image_repository_arn = image_repository_arn
        self._deployment = deployment
        self._vpc_id = network.vpc_id
        self.peer = security_group(
            self,
            name="endpoints",
            name_prefix=deployment.name_prefix,
            vpc_id=network.vpc_id,
            description="Interface endpoints of AWS services: answer the tasks, open nothing",
        )
        interfaces = [
            self._interface(service, grants, network.endpoint_subnet_ids)
            for service, grants in self._grants().items()
        ]
        s3 = self._s3_gateway(network.private_route_table_ids)
        self.s3_peer = Peer(name="s3", prefix_list_id=s3.prefix_list_id)
        self.addresses = [address(each) for each in (*interfaces, s3)]

    def _grants(self) -> dict[str, list[Grant]]:
        """Return what the policy of each interface endpoint allows, by service."""
        deployment, prefix = self._deployment, self._deployment.name_prefix
        pull_image = [
            # ecr:GetAuthorizationToken does not support resource-level permissions.
            Grant(["ecr:GetAuthorizationToken"], ["*"]),
            Grant(PULL_IMAGE, [self._image_repository_arn or deployment.arn("ecr", "repository/*")]),
        ]
        write_logs = ["logs:CreateLogStream", "logs:PutLogEvents"]
        log_streams = deployment.arn("logs", f"log-group:/ecs/{prefix}:log-stream:*")
        own_secrets = deployment.arn("secretsmanager", f"secret:{prefix}-*")
        key = self._field_key
        return {
            "ecr.api": pull_image,
            "ecr.dkr": pull_image,
            "logs": [Grant(write_logs, [log_streams]), *self._granted_to_application("logs")],
            "secretsmanager": [
                Grant(["secretsmanager:GetSecretValue"], [own_secrets, *self._secret_arns]),
                *self._granted_to_application("secretsmanager"),
            ],
            # Secrets Manager decrypts secrets by itself, not through this endpoint.
            "kms": [
                Grant(key.actions, [key.arn], key.conditions),
                *self._granted_to_application("kms"),
            ],
        }

    def _granted_to_application(self, service: str) -> list[Grant]:
        """What the settings let the application do in a service, for the role of the tasks only."""
        conditions: Conditions = {"ArnEquals": {"aws:PrincipalArn": self._deployment.role_arn("task")}}
        return [
            Grant(actions, each.resources, conditions)
            for each in self._permissions
            if (actions := each.of_service(service))
        ]

    def _in_this_account(self, grants: Sequence[Grant]) -> list[Statement]:
        """The statements of an endpoint's policy, for principals of this account."""
        account = {"aws:PrincipalAccount": self._deployment.account_id}
        return [
            Statement(
                sid=f"ThisAccountOnly{number}",
                principals={"*": "*"},
                actions=grant.actions,
                resources=grant.resources,
                conditions={
                    **grant.conditions,
                    "StringEquals": {**account, **grant.conditions.get("StringEquals", {})},
                },
            )
            for number, grant in enumerate(grants, start=1)
        ]

    def _interface(self, service: str, grants: Sequence[Grant], subnet_ids: Sequence[str]) -> VpcEndpoint:
        return VpcEndpoint(
            self,
            service.replace(".", "-"),
            vpc_id=self._vpc_id,
            service_name=f"com.amazonaws.{self._deployment.region}.{service}",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=list(subnet_ids),
            security_group_ids=[str(self.peer.security_group_id)],
            policy=policy_document(*self._in_this_account(grants)),
            tags={"Name": f"{self._deployment.name_prefix}-{service}"},
        )

    def _s3_gateway(self, route_table_ids: Sequence[str]) -> VpcEndpoint:
        """Create the gateway endpoint of S3, which allows only reading the bucket of ECR's image layers, and
        what the settings let the application do.

        The layers are fetched by a principal of AWS, so the policy cannot require this account.
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
        """
        region = self._deployment.region
        return VpcEndpoint(
            self,
            "s3",
            vpc_id=self._vpc_id,
            service_name=f"com.amazonaws.{region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=list(route_table_ids),
            policy=policy_document(
                Statement(
                    sid="ImageLayers",
                    principals={"*": "*"},
                    actions=["s3:GetObject"],
                    resources=[f"arn:aws:s3:::prod-{region}-starport-layer-bucket/*"],
                ),
                *self._in_this_account(self._granted_to_application("s3")),
            ),
            tags={"Name": f"{self._deployment.name_prefix}-s3"},
        )
