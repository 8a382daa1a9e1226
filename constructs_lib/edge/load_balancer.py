"""The public load balancer, which terminates TLS and forwards requests to the tasks."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs, LbConnectionLogs
from cdktf_cdktf_provider_aws.lb_listener import (
    LbListener,
    LbListenerDefaultAction,
    LbListenerDefaultActionRedirect,
)
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from constructs import Construct

from constructs_lib.edge.domain import Domain
from constructs_lib.edge.log_bucket import ACCESS_LOGS_PREFIX, CONNECTION_LOGS_PREFIX, LogBucket
from constructs_lib.foundation.iam import Deployment
from constructs_lib.foundation.terraform import call, check, equal, literal, protection
from constructs_lib.network.security_groups import security_group
from constructs_lib.network.vpc import Network
from constructs_lib.settings.model import LoadBalancerSettings, ServiceSettings

HTTP_PORT = 80
HTTPS_PORT = 443
ONE_YEAR_SECONDS = 365 * 24 * 60 * 60

TARGET_PROTOCOL_OUTPUT = "target_protocol"

# Each target registers with the container's port; this one is only the default of the target group, and stays
# the same because a change would replace the group.
_TARGET_GROUP_PORT = 8080

# The load balancer waits for a response for up to its idle timeout, so a deregistering target gets as long to
# complete its in-flight requests.
IDLE_TIMEOUT_SECONDS = 60
DEREGISTRATION_DELAY_SECONDS = IDLE_TIMEOUT_SECONDS


class LoadBalancer(Construct):
    """Serves the API over HTTPS only; port 80 redirects to HTTPS.

    Outputs: `peer`, `arn`, `arn_suffix`, `name`, `target_group_arn`, `target_group_arn_suffix`,
    `target_protocol`, `https_listener` (to wait for: it attaches the target group to the load balancer).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        network: Network,
        domain: Domain,
        log_bucket: LogBucket,
        settings: LoadBalancerSettings,
        service: ServiceSettings,
        last_protocol: str,
    ) -> None:
        """`last_protocol` is the expression for the output TARGET_PROTOCOL_OUTPUT of the last apply."""
        super().__init__(scope, id_)
        self.target_protocol = "HTTPS" if service.tls else "HTTP"
        self.peer = security_group(
            self,
            name="load-balancer",
            name_prefix=deployment.name_prefix,
            vpc_id=network.vpc_id,
            description="Payment load balancer: HTTPS from anywhere, on to the tasks",
        )
        load_balancer = Lb(
            self,
            "load-balancer",
            name=deployment.name_prefix,
            load_balancer_type="application",
            internal=False,
            security_groups=[str(self.peer.security_group_id)],
            subnets=network.public_subnet_ids,
            idle_timeout=IDLE_TIMEOUT_SECONDS,
            enable_deletion_protection=settings.deletion_protection,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="strictest",
            access_logs=LbAccessLogs(bucket=log_bucket.name, prefix=ACCESS_LOGS_PREFIX, enabled=True),
            connection_logs=LbConnectionLogs(
                bucket=log_bucket.name, prefix=CONNECTION_LOGS_PREFIX, enabled=True
            ),
            lifecycle=protection(settings.deletion_protection),
            # ELB refuses an internet-facing load balancer in a VPC without an internet gateway.
            depends_on=[log_bucket.policy, network.internet_route],
        )
        target_group = self._target_group(network.vpc_id, service)
        self.https_listener = self._listeners(load_balancer.arn, target_group.arn, domain, settings)
        self._alias(load_balancer, domain)
        self._warn_about_another_protocol(last_protocol)

        self.arn = load_balancer.arn
        self.arn_suffix = load_balancer.arn_suffix
        self.name = load_balancer.name
        self.target_group_arn = target_group.arn
        self.target_group_arn_suffix = target_group.arn_suffix

    def _target_group(self, vpc_id: str, service: ServiceSettings) -> LbTargetGroup:
        """Create the target group; a generated name lets a replacement exist before the old one is deleted.

        A new protocol replaces it.
        """
        return LbTargetGroup(
            self,
            "target-group",
            # The provider accepts a name_prefix of at most 6 characters.
            name_prefix="pay-",
            vpc_id=vpc_id,
            target_type="ip",
            port=_TARGET_GROUP_PORT,
            protocol=self.target_protocol,
            deregistration_delay=str(DEREGISTRATION_DELAY_SECONDS),
            health_check=LbTargetGroupHealthCheck(
                path=service.health_path,
                protocol=self.target_protocol,
                matcher="200",
                interval=30,
                timeout=5,
                healthy_threshold=2,
                unhealthy_threshold=3,
            ),
            lifecycle=TerraformResourceLifecycle(
                create_before_destroy=True,
                # Earlier versions created the group with `service.port`.
                ignore_changes=["port"],
            ),
        )

    def _listeners(
        self, load_balancer_arn: str, target_group_arn: str, domain: Domain, settings: LoadBalancerSettings
    ) -> LbListener:
        LbListener(
            self,
            "http-listener",
            load_balancer_arn=load_balancer_arn,
            port=HTTP_PORT,
            protocol="HTTP",
            default_action=[
                LbListenerDefaultAction(
                    type="redirect",
                    redirect=LbListenerDefaultActionRedirect(
                        protocol="HTTPS", port=str(HTTPS_PORT), status_code="HTTP_301"
                    ),
                )
            ],
        )
        return LbListener(
            self,
            "https-listener",
            load_balancer_arn=load_balancer_arn,
            port=HTTPS_PORT,
            protocol="HTTPS",
            ssl_policy=settings.tls_policy,
            certificate_arn=domain.certificate_arn,
            routing_http_response_server_enabled=False,
            routing_http_response_strict_transport_security_header_value=f"max-age={ONE_YEAR_SECONDS}",
            routing_http_response_x_content_type_options_header_value="nosniff",
            default_action=[LbListenerDefaultAction(type="forward", target_group_arn=target_group_arn)],
        )

    def _warn_about_another_protocol(self, last_protocol: str) -> None:
        """Make a plan warn of an interruption if the protocol differs from that of the last apply."""
        # try(): before the first apply the output does not exist.
        last = call("try", last_protocol, literal(self.target_protocol))
        check(
            self,
            "target-protocol",
            condition=equal(last, literal(self.target_protocol)),
            error_message=(
                "A change of service.tls interrupts the service: the load balancer answers 503 until the"
                " first new task is healthy. See Switch TLS to the tasks on or off in docs/operations.md."
            ),
        )

    def _alias(self, load_balancer: Lb, domain: Domain) -> None:
        Route53Record(
            self,
            "alias-record",
            zone_id=domain.zone_id,
            name=domain.name,
            type="A",
            alias=Route53RecordAlias(
                name=load_balancer.dns_name, zone_id=load_balancer.zone_id, evaluate_target_health=True
            ),
        )
