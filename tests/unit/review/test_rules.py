"""What changes of single attributes mean."""

import json
from typing import Any

import pytest

from constructs_lib.review.findings import Kind
from tests.unit.review.plans import change, kinds, plan, texts, updated

Values = dict[str, Any]


def waf(action: str, limit: int = 2000) -> Values:
    """A web ACL with one rule."""
    rule = {
        "name": "limit",
        "priority": 1,
        "action": [{"allow": [], "block": [], "count": [], action: [{}]}],
        "statement": [{"rate_based_statement": [{"limit": limit}]}],
    }
    return {"rule": [rule]}


def container(**changed: object) -> Values:
    """A task definition with one container."""
    definition = {"name": "api", "image": "app:1", "readonlyRootFilesystem": True, **changed}
    return {"container_definitions": json.dumps([definition])}


def expiring(days: int) -> Values:
    """The lifecycle of a bucket."""
    return {"rule": [{"id": "all", "status": "Enabled", "expiration": [{"days": days}]}]}


WEAKER = [
    (
        "aws_rds_cluster",
        {"deletion_protection": True},
        {"deletion_protection": False},
        "deletion protection is off",
    ),
    (
        "aws_rds_cluster",
        {"backup_retention_period": 35},
        {"backup_retention_period": 7},
        "days of automated backups: 35 → 7",
    ),
    (
        "aws_rds_cluster",
        {"skip_final_snapshot": False},
        {"skip_final_snapshot": True},
        "the omission of the final snapshot is on",
    ),
    (
        "aws_rds_cluster",
        {"kms_key_id": "a"},
        {"kms_key_id": None},
        "the key of the database is removed",
    ),
    (
        "aws_cloudwatch_log_group",
        {"retention_in_days": 365},
        {"retention_in_days": 30},
        "days that logs are kept, older ones are deleted: 365 → 30",
    ),
    (
        "aws_cloudwatch_log_group",
        {"retention_in_days": 0},
        {"retention_in_days": 30},
        "days that logs are kept, older ones are deleted: 0 → 30",
    ),
    (
        "aws_cloudwatch_log_group",
        {"kms_key_id": "a"},
        {"kms_key_id": ""},
        "the key of the logs is removed",
    ),
    (
        "aws_wafv2_web_acl",
        waf("block"),
        waf("count"),
        "the firewall rule with priority 1 only counts",
    ),
    (
        "aws_wafv2_web_acl",
        waf("block"),
        waf("block", 4000),
        "the firewall rule with priority 1 has another limit: 2000 → 4000",
    ),
    (
        "aws_wafv2_web_acl",
        waf("block"),
        {"rule": []},
        "the firewall rule with priority 1 is removed",
    ),
    (
        "aws_cloudwatch_metric_alarm",
        {"alarm_actions": ["a"]},
        {"alarm_actions": []},
        "actions of the alarm: 1 fewer",
    ),
    (
        "aws_cloudwatch_metric_alarm",
        {"evaluation_periods": 1},
        {"evaluation_periods": 5},
        "periods before the alarm: 1 → 5",
    ),
    (
        "aws_s3_bucket_public_access_block",
        {"block_public_acls": True},
        {"block_public_acls": False},
        "the block of public access is off",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration",
        expiring(365),
        expiring(30),
        "objects are kept for less time: 365 → 30 days",
    ),
    (
        "aws_lb_listener",
        {"ssl_policy": "ELBSecurityPolicy-TLS13-1-3-2021-06"},
        {"ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
        "TLS versions and ciphers: ELBSecurityPolicy-TLS13-1-3-2021-06 → ELBSecurityPolicy-TLS13-1-2-2021-06",
    ),
    (
        "aws_ecs_service",
        {"enable_execute_command": False},
        {"enable_execute_command": True},
        "shells in the containers (ECS Exec) is on",
    ),
    (
        "aws_ecs_task_definition",
        container(),
        container(readonlyRootFilesystem=False),
        "what the container may do on its host changes",
    ),
    (
        "aws_ecs_task_definition",
        container(),
        container(user="0"),
        "what the container may do on its host changes",
    ),
    (
        "aws_kms_key",
        {"enable_key_rotation": True},
        {"enable_key_rotation": False},
        "the rotation of the key is off",
    ),
    (
        "aws_secretsmanager_secret",
        {"recovery_window_in_days": 30},
        {"recovery_window_in_days": 0},
        "days that a deleted secret can be restored: 30 → 0",
    ),
    (
        "aws_ecr_repository",
        {"image_tag_mutability": "IMMUTABLE"},
        {"image_tag_mutability": "MUTABLE"},
        "tags of images: IMMUTABLE → MUTABLE",
    ),
]


@pytest.mark.parametrize(("type_", "before", "after", "text"), WEAKER)
def test_a_weaker_protection(type_: str, before: Values, after: Values, text: str) -> None:
    assert texts(updated(type_, before, after), Kind.PROTECTION) == [
        text.replace("(ECS Exec) is", "(ECS Exec) is")
    ]


STRONGER = [
    each
    for each in WEAKER
    if each[0] in ("aws_rds_cluster", "aws_s3_bucket_public_access_block", "aws_kms_key", "aws_ecs_service")
    and "key of" not in each[3]
]


@pytest.mark.parametrize(("type_", "after", "before", "_text"), STRONGER)
def test_the_stronger_protection_is_no_finding(type_: str, before: Values, after: Values, _text: str) -> None:
    assert kinds(updated(type_, before, after)) == []


@pytest.mark.parametrize(
    ("operator", "before", "after", "laxer"),
    [
        ("GreaterThanThreshold", 5, 6, True),
        ("GreaterThanThreshold", 5, 4, False),
        ("LessThanThreshold", 5, 4, True),
        ("LessThanOrEqualToThreshold", 5, 6, False),
    ],
)
def test_a_threshold_is_laxer_in_the_direction_of_its_comparison(
    operator: str, before: int, after: int, laxer: bool
) -> None:
    same = {"comparison_operator": operator}
    document = updated(
        "aws_cloudwatch_metric_alarm", {**same, "threshold": before}, {**same, "threshold": after}
    )
    assert kinds(document) == [Kind.PROTECTION if laxer else Kind.ROUTINE]


@pytest.mark.parametrize(
    "type_",
    [
        "aws_cloudwatch_metric_alarm",
        "aws_cloudwatch_composite_alarm",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_versioning",
        "aws_wafv2_web_acl_association",
        "aws_wafv2_web_acl_logging_configuration",
        "aws_flow_log",
        "aws_backup_plan",
        "aws_backup_selection",
        "aws_iam_role_policies_exclusive",
        "aws_network_acl",
    ],
)
def test_a_protection_that_goes(type_: str) -> None:
    assert kinds(plan(change(type_, {"id": "a"}, None))) == [Kind.PROTECTION]


@pytest.mark.parametrize(
    ("type_", "before", "after", "text"),
    [
        (
            "aws_rds_cluster",
            {"engine_version": "15.4"},
            {"engine_version": "15.5"},
            "connections can end while the instances are upgraded: 15.4 → 15.5",
        ),
        (
            "aws_rds_cluster_instance",
            {"instance_class": "db.r6g.2xlarge"},
            {"instance_class": "db.r6g.large"},
            "the instance restarts with another class: db.r6g.2xlarge → db.r6g.large",
        ),
        (
            "aws_lb_target_group",
            {"health_check": [{"path": "/a"}]},
            {"health_check": [{"path": "/b"}]},
            "tasks that do not answer the new health check are stopped",
        ),
        (
            "aws_appautoscaling_target",
            {"max_capacity": 10},
            {"max_capacity": 5},
            "maximum number of tasks, those above it are stopped: 10 → 5",
        ),
    ],
)
def test_an_interruption(type_: str, before: Values, after: Values, text: str) -> None:
    assert texts(updated(type_, before, after), Kind.INTERRUPTION) == [text]
    assert Kind.COST not in kinds(updated(type_, before, after))


@pytest.mark.parametrize("type_", ["aws_lb", "aws_lb_target_group", "aws_ecs_service", "aws_route53_record"])
def test_a_replacement_that_interrupts(type_: str) -> None:
    replaced = change(type_, {"id": "a"}, {}, actions=["delete", "create"], after_unknown={"id": True})
    assert Kind.INTERRUPTION in kinds(plan(replaced))


@pytest.mark.parametrize(
    ("type_", "before", "after", "text"),
    [
        (
            "aws_appautoscaling_target",
            {"min_capacity": 2},
            {"min_capacity": 3},
            "minimum number of tasks: 2 → 3",
        ),
        ("aws_ecs_task_definition", {"cpu": "256"}, {"cpu": "512"}, "CPU units of a task: 256 → 512"),
        (
            "aws_ecs_task_definition",
            {"memory": "512"},
            {"memory": "1024"},
            "memory of a task (MiB): 512 → 1024",
        ),
        (
            "aws_rds_cluster_instance",
            {"instance_class": "db.r6g.large"},
            {"instance_class": "db.r6g.xlarge"},
            "instance class: db.r6g.large → db.r6g.xlarge",
        ),
        (
            "aws_rds_cluster",
            {"database_insights_mode": "standard"},
            {"database_insights_mode": "advanced"},
            "Database Insights: standard → advanced",
        ),
    ],
)
def test_what_costs_more_and_not_what_costs_less(
    type_: str, before: Values, after: Values, text: str
) -> None:
    assert texts(updated(type_, before, after), Kind.COST) == [text]
    assert texts(updated(type_, after, before), Kind.COST) == []


class TestNetwork:
    RULE: Values = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443}  # noqa: RUF012

    @pytest.mark.parametrize(
        ("values", "text"),
        [
            ({"cidr_ipv4": "203.0.113.0/24"}, "TCP 443 from 203.0.113.0/24 to a security group"),
            ({"cidr_ipv6": "::/0"}, "TCP 443 from ::/0 (everyone) to a security group"),
            ({"prefix_list_id": "pl-1"}, "TCP 443 from the addresses of an AWS service to a security group"),
            (
                {"cidr_ipv4": "203.0.113.0/24", "from_port": 1, "to_port": 9},
                "TCP 1-9 from 203.0.113.0/24 to a security group",
            ),
            (
                {"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "-1"},
                "every port from 0.0.0.0/0 (everyone) to a security group",
            ),
        ],
    )
    def test_a_rule_of_a_security_group(self, values: Values, text: str) -> None:
        created = change("aws_vpc_security_group_ingress_rule", None, {**self.RULE, **values})
        assert texts(plan(created), Kind.NETWORK) == [text]

    def test_a_wider_rule_is_a_new_path(self) -> None:
        before = {**self.RULE, "cidr_ipv4": "203.0.113.0/24"}
        document = updated(
            "aws_vpc_security_group_ingress_rule", before, {**before, "cidr_ipv4": "0.0.0.0/0"}
        )
        assert kinds(document) == [Kind.NETWORK]

    def test_another_description_is_no_path(self) -> None:
        before = {**self.RULE, "cidr_ipv4": "203.0.113.0/24"}
        document = updated(
            "aws_vpc_security_group_ingress_rule",
            {**before, "description": "a"},
            {**before, "description": "b"},
        )
        assert kinds(document) == []

    def test_an_entry_of_a_network_acl(self) -> None:
        entry = {"action": "allow", "protocol": "tcp", "from_port": 22, "to_port": 22}
        before = {"ingress": [{**entry, "cidr_block": "10.0.0.0/24"}]}
        after = {"ingress": [*before["ingress"], {**entry, "cidr_block": "0.0.0.0/0"}]}
        document = updated("aws_network_acl", before, after)
        assert texts(document, Kind.NETWORK) == ["TCP 22 from 0.0.0.0/0 (everyone)"]

    @pytest.mark.parametrize(
        ("type_", "before", "after"),
        [
            ("aws_rds_cluster_instance", {"publicly_accessible": False}, {"publicly_accessible": True}),
            ("aws_subnet", {"map_public_ip_on_launch": False}, {"map_public_ip_on_launch": True}),
            ("aws_lb", {"internal": True}, {"internal": False}),
            ("aws_lb_listener", {"port": 443, "protocol": "HTTPS"}, {"port": 80, "protocol": "HTTP"}),
            (
                "aws_ecs_service",
                {"network_configuration": [{"assign_public_ip": False}]},
                {"network_configuration": [{"assign_public_ip": True}]},
            ),
            ("aws_route_table", {"route": []}, {"route": [{"cidr_block": "0.0.0.0/0"}]}),
        ],
    )
    def test_what_becomes_reachable(self, type_: str, before: Values, after: Values) -> None:
        assert kinds(updated(type_, before, after)) == [Kind.NETWORK]
        assert Kind.NETWORK in kinds(plan(change(type_, None, after))) or type_ == "aws_route_table"


class TestNotUnderstood:
    def test_an_attribute_without_a_rule(self) -> None:
        document = updated("aws_lb", {"brand_new_switch": True}, {"brand_new_switch": False})
        assert texts(document, Kind.NOT_UNDERSTOOD) == ["brand_new_switch changes"]

    def test_a_value_that_must_be_compared_and_is_unknown(self) -> None:
        unknown = change(
            "aws_rds_cluster",
            {"deletion_protection": True},
            {},
            after_unknown={"deletion_protection": True},
        )
        configured = {"address": "aws_rds_cluster.main", "expressions": {"deletion_protection": {}}}
        document = plan(unknown, configuration={"root_module": {"resources": [configured]}})
        assert texts(document, Kind.NOT_UNDERSTOOD) == ["deletion_protection is known only after the apply"]

    def test_a_value_that_must_be_compared_and_is_sensitive(self) -> None:
        sensitive = change(
            "aws_rds_cluster",
            {"deletion_protection": False},
            {"deletion_protection": True},
            after_sensitive={"deletion_protection": True},
        )
        assert texts(plan(sensitive), Kind.NOT_UNDERSTOOD) == ["deletion_protection is sensitive"]

    def test_a_part_of_an_unexpected_form(self) -> None:
        document = updated("aws_wafv2_web_acl", {"rule": ["text"]}, {"rule": [1]})
        assert texts(document, Kind.NOT_UNDERSTOOD) == ["rule has an unexpected form"]

    @pytest.mark.parametrize("part", ["deferred_changes", "action_invocations"])
    def test_what_the_plan_defers_or_invokes(self, part: str) -> None:
        assert kinds(plan(**{part: [{"reason": "x"}]})) == [Kind.NOT_UNDERSTOOD]

    def test_an_incomplete_plan(self) -> None:
        assert kinds(plan(complete=False)) == [Kind.NOT_UNDERSTOOD]

    @pytest.mark.parametrize("status", ["fail", "error"])
    def test_a_check_that_fails(self, status: str) -> None:
        check = {"address": {"kind": "check", "to_display": "check.rules"}, "status": status}
        assert texts(plan(checks=[check]), Kind.NOT_UNDERSTOOD) == [
            "check.rules fails: terraform plan prints its message"
        ]

    def test_a_check_that_the_apply_evaluates_is_routine(self) -> None:
        check = {"address": {"kind": "check", "to_display": "check.rules"}, "status": "unknown"}
        assert kinds(plan(checks=[check])) == [Kind.ROUTINE]

    def test_a_container_that_cannot_be_read(self) -> None:
        document = updated("aws_ecs_task_definition", container(), {"container_definitions": "no JSON"})
        assert kinds(document) == [Kind.NOT_UNDERSTOOD]

    def test_a_second_container(self) -> None:
        both = [*json.loads(container()["container_definitions"]), {"name": "other"}]
        document = updated(
            "aws_ecs_task_definition", container(), {"container_definitions": json.dumps(both)}
        )
        assert kinds(document) == [Kind.NOT_UNDERSTOOD]


class TestContainer:
    def test_a_further_secret_allows_more(self) -> None:
        secret = {"name": "KEY", "valueFrom": "arn:aws:secretsmanager:us-east-1:1:secret:a-b"}
        document = updated("aws_ecs_task_definition", container(), container(secrets=[secret]))
        assert texts(document, Kind.ACCESS) == ["secrets of the container: 1 added"]

    def test_another_version_of_a_secret_does_not(self) -> None:
        arn = "arn:aws:secretsmanager:us-east-1:1:secret:a-b"
        before, after = (
            container(secrets=[{"name": "KEY", "valueFrom": f"{arn}:key::{version}"}]) for version in "12"
        )
        assert kinds(updated("aws_ecs_task_definition", before, after)) == [Kind.ROUTINE]

    def test_variables_are_counted(self) -> None:
        before = container(environment=[{"name": "A", "value": "1"}, {"name": "B", "value": "1"}])
        after = container(environment=[{"name": "B", "value": "2"}, {"name": "C", "value": "3"}])
        document = updated("aws_ecs_task_definition", before, after)
        assert texts(document, Kind.ROUTINE) == ["variables of the container: 1 added, 1 removed, 1 changed"]
