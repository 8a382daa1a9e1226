"""ELB: the default attributes of application load balancers, listeners and target groups."""

from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeListener, FakeLoadBalancer, FakeTargetGroup

from tests.emulator.gaps.patching import Method, replaces

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
_LOAD_BALANCER = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
_TARGET_GROUP = {
    "deregistration_delay.timeout_seconds": "300",
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "slow_start.duration_seconds": "0",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.enabled": "false",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.type": "lb_cookie",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ListenerAttribute.html
_HTTP_LISTENER = {
    "routing.http.response.access_control_allow_credentials.header_value": "",
    "routing.http.response.access_control_allow_headers.header_value": "",
    "routing.http.response.access_control_allow_methods.header_value": "",
    "routing.http.response.access_control_allow_origin.header_value": "",
    "routing.http.response.access_control_expose_headers.header_value": "",
    "routing.http.response.access_control_max_age.header_value": "",
    "routing.http.response.content_security_policy.header_value": "",
    "routing.http.response.server.enabled": "true",
    "routing.http.response.x_content_type_options.header_value": "",
    "routing.http.response.x_frame_options.header_value": "",
}
_HTTPS_LISTENER = {
    "routing.http.request.x_amzn_mtls_clientcert.header_name": "X-Amzn-Mtls-Clientcert",
    "routing.http.request.x_amzn_mtls_clientcert_issuer.header_name": "X-Amzn-Mtls-Clientcert-Issuer",
    "routing.http.request.x_amzn_mtls_clientcert_leaf.header_name": "X-Amzn-Mtls-Clientcert-Leaf",
    "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name": (
        "X-Amzn-Mtls-Clientcert-Serial-Number"
    ),
    "routing.http.request.x_amzn_mtls_clientcert_subject.header_name": "X-Amzn-Mtls-Clientcert-Subject",
    "routing.http.request.x_amzn_mtls_clientcert_validity.header_name": "X-Amzn-Mtls-Clientcert-Validity",
    "routing.http.request.x_amzn_tls_cipher_suite.header_name": "X-Amzn-Tls-Cipher-Suite",
    "routing.http.request.x_amzn_tls_version.header_name": "X-Amzn-Tls-Version",
    "routing.http.response.strict_transport_security.header_value": "",
}


@replaces(FakeLoadBalancer)
def __init__(original: Method, self: FakeLoadBalancer, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401, N807 - as in moto
    """DescribeLoadBalancerAttributes returns every attribute, with its default if it was never set.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancerAttributes.html
    """
    original(self, *args, **kwargs)
    if self.type == "application":
        self.attrs = dict(_LOAD_BALANCER)


@replaces(ELBv2Backend)
def create_target_group(original: Method, self: ELBv2Backend, *args: Any, **kwargs: Any) -> FakeTargetGroup:  # noqa: ANN401 - as in moto
    """DescribeTargetGroupAttributes returns every attribute, with its default if it was never set.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroupAttributes.html
    """
    group: FakeTargetGroup = original(self, *args, **kwargs)
    if group.protocol in ("HTTP", "HTTPS"):
        group.attributes = _TARGET_GROUP | group.attributes
    return group


@replaces(ELBv2Backend)
def create_listener(original: Method, self: ELBv2Backend, *args: Any, **kwargs: Any) -> FakeListener:  # noqa: ANN401 - as in moto
    """DescribeListenerAttributes returns every attribute of the protocol, with its default if never set.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListenerAttributes.html
    """
    listener: FakeListener = original(self, *args, **kwargs)
    if listener.protocol in ("HTTP", "HTTPS"):
        defaults = _HTTP_LISTENER | (_HTTPS_LISTENER if listener.protocol == "HTTPS" else {})
        set_ = {name: value for name, value in listener.attributes.items() if name in defaults}
        listener.attributes = defaults | set_
    return listener
