"""VPC flow logs: a record of all accepted and rejected traffic."""

from cdktf_cdktf_provider_aws.flow_log import FlowLog
from constructs import Construct

from constructs_lib.foundation.iam import Deployment, ServiceRole, Statement
from constructs_lib.foundation.logs import LogGroupDefaults
from constructs_lib.network.vpc import Network


class FlowLogs(Construct):
    """Flow logs of the whole VPC in an encrypted log group, delivered by a role that can do nothing else."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        network: Network,
        logs: LogGroupDefaults,
    ) -> None:
        super().__init__(scope, id_)
        group = logs.group(self, name=f"/vpc/{deployment.name_prefix}/flow-logs")
        # The role does not need logs:CreateLogGroup, because the log group exists.
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
        role = ServiceRole(
            self,
            "role",
            name=deployment.role_name("flow-logs"),
            description="Writes the VPC's flow logs",
            service="vpc-flow-logs.amazonaws.com",
            permissions_boundary_arn=deployment.permissions_boundary_arn,
            trust=deployment.called_by(deployment.arn("ec2", "vpc-flow-log/*")),
            statements=[
                Statement(
                    sid="WriteFlowLogs",
                    actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    resources=[group.arn, f"{group.arn}:log-stream:*"],
                ),
                # The delivery service looks up its log group with a call that lists all of them.
                Statement(
                    sid="FindLogGroup",
                    actions=["logs:DescribeLogGroups"],
                    resources=[deployment.arn("logs", "log-group:*")],
                ),
            ],
        )
        FlowLog(
            self,
            "flow-log",
            vpc_id=network.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            # One minute instead of ten: an investigation needs the finer timestamps more than it saves costs.
            max_aggregation_interval=60,
            tags={"Name": f"{deployment.name_prefix}-vpc"},
            depends_on=[role.policy_attachment],
        )
