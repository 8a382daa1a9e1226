"""Lambda functions that Terraform invokes: with their role, log group and archive."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cdktf import AssetType, ITerraformDependable, TerraformAsset, TerraformResource
from cdktf_cdktf_provider_aws.lambda_function import (
    LambdaFunction,
    LambdaFunctionLoggingConfig,
    LambdaFunctionTracingConfig,
    LambdaFunctionVpcConfig,
)
from cdktf_cdktf_provider_aws.lambda_invocation import LambdaInvocation
from constructs import Construct

from constructs_lib.foundation.archive import archive_of
from constructs_lib.foundation.iam import Deployment, ServiceRole, Statement
from constructs_lib.foundation.logs import LogGroupDefaults

RUNTIME = "python3.13"
ARCHITECTURE = "arm64"

# What Lambda needs to connect a function to a VPC: AWS's policy AWSLambdaVPCAccessExecutionRole without the
# statements for logs. Lambda checks these permissions when it creates the function.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
NETWORK_INTERFACE_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)


@dataclass(frozen=True, kw_only=True)
class FunctionNetwork:
    """The subnets and the security group of a function that is connected to the VPC."""

    subnet_ids: Sequence[str]
    security_group_id: str


class Function(Construct):
    """A Python function that only Terraform invokes, and that logs to its own encrypted log group.

    The archive contains the files of `folder` and the installed distributions `packages`; it is the same on
    every machine. The function has no environment variables: its input is the event of the invocation, so a
    change of the input invokes it again. `network` connects it to the VPC.

    Outputs: `name`, `arn`, `role_arn`, `code_hash` (another value with every change of the archive), and
    `ready`, on which an invocation depends.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        purpose: str,
        short_purpose: str | None = None,
        description: str,
        folder: Path,
        packages: tuple[str, ...] = (),
        statements: Sequence[Statement],
        logs: LogGroupDefaults,
        timeout_seconds: int,
        memory_mib: int = 256,
        network: FunctionNetwork | None = None,
    ) -> None:
        """`purpose` is part of the names; `short_purpose` replaces it where a role's name has the region."""
        super().__init__(scope, id_)
        self.name = f"{deployment.name_prefix}-{purpose}"
        self.arn = deployment.arn("lambda", f"function:{self.name}")
        log_group = logs.group(self, name=f"/aws/lambda/{deployment.name_prefix}/{purpose}")
        role = ServiceRole(
            self,
            "role",
            name=deployment.role_name(purpose, with_region=short_purpose),
            description=description,
            service="lambda.amazonaws.com",
            permissions_boundary_arn=deployment.permissions_boundary_arn,
            # The only condition in a trust policy that AWS publishes for functions; it documents
            # aws:SourceArn only for policies that allow something to invoke a function.
            # https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
            # https://github.com/aws/agent-toolkit-for-aws (deploying-custom-domain-rest-api)
            trust={"StringEquals": {"aws:SourceAccount": deployment.account_id}},
            statements=[
                *statements,
                Statement(
                    sid="WriteLogs",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[f"{log_group.arn}:log-stream:*"],
                ),
                *(_network_statements(self.arn) if network else ()),
            ],
        )
        archive = archive_of(folder, packages)
        asset = TerraformAsset(
            self, "archive", path=str(archive.path), asset_hash=archive.hexadecimal, type=AssetType.FILE
        )
        function = LambdaFunction(
            self,
            "function",
            function_name=self.name,
            description=description,
            role=role.arn,
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            handler="handler.handler",
            filename=asset.path,
            source_code_hash=archive.source_code_hash,
            timeout=timeout_seconds,
            memory_size=memory_mib,
            logging_config=LambdaFunctionLoggingConfig(log_format="JSON", log_group=log_group.name),
            tracing_config=LambdaFunctionTracingConfig(mode="PassThrough"),
            vpc_config=LambdaFunctionVpcConfig(
                subnet_ids=list(network.subnet_ids), security_group_ids=[network.security_group_id]
            )
            if network
            else None,
            # Lambda assumes the role, and uses its permissions, when it creates the function.
            depends_on=[role.policy_attachment],
        )
        self.role_arn = role.arn
        self.code_hash = archive.source_code_hash
        self.ready: TerraformResource = function

    def invoke(
        self,
        scope: Construct,
        id_: str,
        *,
        event: Mapping[str, object],
        triggers: Mapping[str, str] | None = None,
        after: Sequence[ITerraformDependable] = (),
    ) -> LambdaInvocation:
        """Invoke the function in the apply that creates it, and in each that changes the event or a trigger.

        A failed invocation fails the apply and is repeated by the next one. Destroying invokes nothing. The
        event and the result are stored in the state in clear text, and so must contain nothing secret.

        With lifecycle_scope CRUD, the provider would save a failed repetition as successful:
        https://github.com/hashicorp/terraform-provider-aws/issues/43447
        """
        return LambdaInvocation(
            scope,
            id_,
            function_name=self.name,
            input=json.dumps(event),
            triggers=triggers,
            lifecycle_scope="CREATE_ONLY",
            depends_on=[self.ready, *after],
        )


def _network_statements(function_arn: str) -> list[Statement]:
    """Let Lambda manage the network interfaces of a function, but not the code of the function.

    Lambda needs the actions on all resources. It calls them on its own, without the function's ARN, so the
    Deny applies only to calls from the code.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    """
    return [
        Statement(sid="ManageNetworkInterfaces", actions=NETWORK_INTERFACE_ACTIONS, resources=["*"]),
        Statement(
            sid="DenyNetworkInterfacesToTheCode",
            effect="Deny",
            actions=NETWORK_INTERFACE_ACTIONS,
            resources=["*"],
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": function_arn}},
        ),
    ]
