"""How tasks in private subnets reach AWS without leaving the VPC."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct

from constructs_lib.foundation.iam import Deployment, Statement, policy_document
from constructs_lib.network.security_groups import Peer, security_group
from constructs_lib.network.vpc import Network

# Actions, and the resource that they may be done to.
Use = tuple[Sequence[str], str]


class Endpoints(Construct):
    """Private ways to the services that a Fargate task needs, each for this stack's purposes alone.

    Interface endpoints stand in as many zones as NAT gateways, since each costs by the hour and zone.
    Outputs: `peer` (the interfaces), `s3_peer` (S3's addresses in the region).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        network: Network,
    ) -> None:
        super().__init__(scope, id_)
        self._deployment = deployment
        self._vpc_id = network.vpc_id
        self.peer = security_group(
            self,
            name="endpoints",
            name_prefix=deployment.name_prefix,
            vpc_id=network.vpc_id,
            description="Interface endpoints of AWS services: answer the tasks, open nothing",
        )
        for service, uses in self._uses().items():
            self._interface(service, uses, network.endpoint_subnet_ids)
        s3 = self._s3_gateway(network.private_route_table_ids)
        self.s3_peer = Peer(name="s3", prefix_list_id=s3.prefix_list_id)

    def _uses(self) -> dict[str, list[Use]]:
        """What may be done through each endpoint: actions, and the resources they may be done to."""
        here, prefix = self._deployment, self._deployment.name_prefix
        pull_image: list[Use] = [
            # A token is for the whole registry; the call knows no narrower resource.
            (["ecr:GetAuthorizationToken"], "*"),
            (
                ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                here.arn("ecr", "repository/*"),
            ),
        ]
        write_logs = ["logs:CreateLogStream", "logs:PutLogEvents"]
        log_streams = here.arn("logs", f"log-group:/ecs/{prefix}:log-stream:*")
        return {
            "ecr.api": pull_image,
            "ecr.dkr": pull_image,
            "logs": [(write_logs, log_streams)],
            "secretsmanager": [
                (["secretsmanager:GetSecretValue"], here.arn("secretsmanager", f"secret:{prefix}-*"))
            ],
            "kms": [(["kms:Decrypt"], here.arn("kms", "key/*"))],
        }

    def _interface(self, service: str, uses: Sequence[Use], subnet_ids: Sequence[str]) -> None:
        VpcEndpoint(
            self,
            service.replace(".", "-"),
            vpc_id=self._vpc_id,
            service_name=f"com.amazonaws.{self._deployment.region}.{service}",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=list(subnet_ids),
            security_group_ids=[str(self.peer.security_group_id)],
            policy=policy_document(
                *(
                    Statement(
                        sid=f"ThisAccountOnly{number}",
                        principals={"*": "*"},
                        actions=actions,
                        resources=[resource],
                        conditions={"StringEquals": {"aws:PrincipalAccount": self._deployment.account_id}},
                    )
                    for number, (actions, resource) in enumerate(uses, start=1)
                )
            ),
            tags={"Name": f"{self._deployment.name_prefix}-{service}"},
        )

    def _s3_gateway(self, route_table_ids: Sequence[str]) -> VpcEndpoint:
        """Only the bucket from which ECR serves image layers; AWS's own principal fetches them.

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
                )
            ),
            tags={"Name": f"{self._deployment.name_prefix}-s3"},
        )
