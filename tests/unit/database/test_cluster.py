"""The Aurora cluster: what it is, how it is kept, and what it tells about itself."""

import re

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize
from tests.variables import PROFILES

# What differs between the profiles, as the arguments of the cluster.
KEPT = {
    "dev": {"backup_retention_period": 7, "deletion_protection": False, "skip_final_snapshot": True},
    "staging": {"backup_retention_period": 7, "deletion_protection": True, "skip_final_snapshot": False},
    "prod": {"backup_retention_period": 35, "deletion_protection": True, "skip_final_snapshot": False},
}


def cluster(stack: Synthesized) -> Block:
    """The cluster."""
    return stack.one("aws_rds_cluster")


def instances(stack: Synthesized) -> list[Block]:
    """Writer and reader, in this order."""
    name = cluster(stack)["cluster_identifier"]
    return [
        stack.one("aws_rds_cluster_instance", identifier=f"{name}-{role}") for role in ("writer", "reader")
    ]


class TestCluster:
    def test_it_is_aurora_postgresql_15_on_its_port(self, every: Synthesized) -> None:
        """Parity 9: a bare major, since AWS no longer creates 15.3."""
        assert every.has(
            "aws_rds_cluster", {"engine": "aurora-postgresql", "engine_version": "15", "port": 5432}
        )

    def test_it_is_encrypted_and_its_snapshots_carry_its_tags(self, every: Synthesized) -> None:
        """Parity 9."""
        assert every.has("aws_rds_cluster", {"storage_encrypted": True, "copy_tags_to_snapshot": True})

    @pytest.mark.parametrize(
        ("profile", "username"),
        [("dev", "postgres"), ("staging", "payments_admin"), ("prod", "payments_admin")],
    )
    def test_its_master_has_the_profiles_name(self, profile: str, username: str) -> None:
        """Parity 9."""
        assert cluster(synthesize(profile))["master_username"] == username

    def test_every_plan_warns_of_roles_that_somebody_gave_it(self, every: Synthesized) -> None:
        (warning,) = every.document["check"]["database-roles"]["assert"]
        roles = f"{every.address('aws_rds_cluster')}.iam_roles"
        assert warning["condition"] == f"${{length({roles}) == 0}}"
        assert f'${{join(", ", {roles})}}' in warning["error_message"]
        assert "iam_roles" not in cluster(every)

    def test_it_stands_in_the_isolated_subnets(self, every: Synthesized) -> None:
        """Parity 5."""
        assert cluster(every)["db_subnet_group_name"] == every.ref("aws_db_subnet_group", "name")

    def test_it_is_reached_through_its_own_security_group_alone(self, every: Synthesized) -> None:
        """Parity 11."""
        name = f"{cluster(every)['cluster_identifier']}-database"
        assert cluster(every)["vpc_security_group_ids"] == [
            every.ref("aws_security_group", tags={"Name": name})
        ]

    def test_its_zones_are_left_to_the_subnet_group(self, every: Synthesized) -> None:
        """AWS would add to a list of zones, and the next plan would replace the cluster."""
        assert "availability_zones" not in cluster(every)

    def test_iam_may_authenticate(self, every: Synthesized) -> None:
        assert cluster(every)["iam_database_authentication_enabled"] is True


class TestInstances:
    @pytest.mark.parametrize(
        ("profile", "instance_class"),
        [("dev", "db.t3.medium"), ("staging", "db.t4g.medium"), ("prod", "db.r6g.large")],
    )
    def test_writer_and_reader_are_of_the_profiles_class(self, profile: str, instance_class: str) -> None:
        """Parity 9."""
        stack = synthesize(profile)
        assert [each["instance_class"] for each in instances(stack)] == [instance_class] * 2
        assert len(stack.all("aws_rds_cluster_instance")) == 2

    def test_the_reader_takes_over_from_the_writer(self, every: Synthesized) -> None:
        """Parity 9."""
        assert [each["promotion_tier"] for each in instances(every)] == [0, 1]

    def test_they_stand_in_different_zones(self, every: Synthesized) -> None:
        assert [each["availability_zone"] for each in instances(every)] == ["us-east-1a", "us-east-1b"]

    def test_they_follow_the_clusters_engine_and_version(self, every: Synthesized) -> None:
        for each in instances(every):
            assert each["cluster_identifier"] == every.ref("aws_rds_cluster")
            for argument in ("engine", "engine_version"):
                assert each[argument] == cluster(every)[argument]

    def test_they_have_no_public_address(self, every: Synthesized) -> None:
        assert [each["publicly_accessible"] for each in instances(every)] == [False, False]

    def test_they_take_minor_upgrades(self, every: Synthesized) -> None:
        assert [each["auto_minor_version_upgrade"] for each in instances(every)] == [True, True]

    def test_their_snapshots_carry_their_tags(self, every: Synthesized) -> None:
        """Parity 9."""
        assert [each["copy_tags_to_snapshot"] for each in instances(every)] == [True, True]


class TestKeeping:
    @pytest.mark.parametrize("profile", PROFILES)
    def test_dev_is_removable_and_the_others_are_not(self, profile: str) -> None:
        """Parity 10."""
        found = cluster(synthesize(profile))
        assert {key: found[key] for key in KEPT[profile]} == KEPT[profile]

    @pytest.mark.parametrize("profile", ["staging", "prod"])
    def test_the_final_snapshots_name_ends_at_random(self, profile: str) -> None:
        """Parity 10: one left by an earlier cluster would block the deletion of this one."""
        stack = synthesize(profile)
        name = f"payment-api-{profile}"
        (in_bucket,) = re.findall(r"random_id\.[\w-]+", stack.one("aws_s3_bucket")["bucket"])
        (own,) = {f"random_id.{each}" for each in stack.all("random_id", byte_length=4)} - {in_bucket}
        assert cluster(stack)["final_snapshot_identifier"] == f"{name}-final-${{{own}.hex}}"

    def test_dev_has_no_final_snapshot(self, dev: Synthesized) -> None:
        """Parity 10."""
        assert "final_snapshot_identifier" not in cluster(dev)

    def test_how_it_is_kept_is_a_setting(self) -> None:
        stack = synthesize(
            "dev",
            PAYMENT_API_DATABASE__BACKUP_RETENTION_DAYS="14",
            PAYMENT_API_DATABASE__DELETION_PROTECTION="true",
            PAYMENT_API_DATABASE__FINAL_SNAPSHOT="true",
        )
        assert stack.has(
            "aws_rds_cluster",
            {"backup_retention_period": 14, "deletion_protection": True, "skip_final_snapshot": False},
        )


class TestParameters:
    def test_they_require_tls_and_keep_card_data_out_of_the_logs(self, every: Synthesized) -> None:
        group = every.one("aws_rds_cluster_parameter_group")
        assert {each["name"]: each["value"] for each in group["parameter"]} == {
            "rds.force_ssl": "1",
            "log_connections": "1",
            "log_disconnections": "1",
            "log_statement": "ddl",
            "log_min_duration_statement": "-1",
            "log_min_error_statement": "panic",
        }

    def test_they_are_in_force_at_once(self, every: Synthesized) -> None:
        group = every.one("aws_rds_cluster_parameter_group")
        assert {each["apply_method"] for each in group["parameter"]} == {"immediate"}

    def test_the_cluster_has_them(self, every: Synthesized) -> None:
        group = every.ref("aws_rds_cluster_parameter_group", "name")
        assert cluster(every)["db_cluster_parameter_group_name"] == group

    @pytest.mark.parametrize(
        ("version", "family"), [("15", "aurora-postgresql15"), ("16.4", "aurora-postgresql16")]
    )
    def test_their_family_is_the_engines(self, version: str, family: str) -> None:
        stack = synthesize("dev", PAYMENT_API_DATABASE__ENGINE_VERSION=version)
        assert cluster(stack)["engine_version"] == version
        assert stack.one("aws_rds_cluster_parameter_group")["family"] == family

    def test_a_new_family_stands_before_the_old_one_goes(self, every: Synthesized) -> None:
        group = every.one("aws_rds_cluster_parameter_group")
        assert group["lifecycle"] == {"create_before_destroy": True}
        assert "name" not in group


class TestObservability:
    def test_its_log_group_stands_before_it_writes(self, every: Synthesized) -> None:
        """RDS would create the group itself: unencrypted and kept for ever."""
        found = cluster(every)
        assert found["enabled_cloudwatch_logs_exports"] == ["postgresql"]
        name = f"/aws/rds/cluster/{found['cluster_identifier']}/postgresql"
        assert found["depends_on"] == [every.address("aws_cloudwatch_log_group", name=name)]

    @pytest.mark.parametrize(
        ("profile", "mode", "days"),
        [("dev", "standard", 7), ("staging", "standard", 7), ("prod", "advanced", 465)],
    )
    def test_insights_are_on(self, profile: str, mode: str, days: int) -> None:
        assert synthesize(profile).has(
            "aws_rds_cluster",
            {
                "database_insights_mode": mode,
                "performance_insights_enabled": True,
                "performance_insights_retention_period": days,
            },
        )

    def test_the_instances_insights_are_the_clusters(self, every: Synthesized) -> None:
        for each in instances(every):
            assert each["performance_insights_enabled"] is True
            for argument in ("performance_insights_kms_key_id", "performance_insights_retention_period"):
                assert each[argument] == cluster(every)[argument]

    def test_the_instances_alone_are_monitored(self, every: Synthesized) -> None:
        """On the cluster too, the provider would see a change in every plan."""
        name = f"{cluster(every)['cluster_identifier']}-database-monitoring"
        role = every.ref("aws_iam_role", "arn", name=name)
        assert [(each["monitoring_interval"], each["monitoring_role_arn"]) for each in instances(every)] == [
            (60, role),
            (60, role),
        ]
        assert not {"monitoring_interval", "monitoring_role_arn"} & set(cluster(every))

    def test_they_wait_until_their_role_may_write(self, every: Synthesized) -> None:
        name = f"{cluster(every)['cluster_identifier']}-database-monitoring"
        role = every.ref("aws_iam_role", "name", name=name)
        attachment = every.address("aws_iam_role_policy_attachment", role=role)
        assert [each["depends_on"] for each in instances(every)] == [[attachment]] * 2

    @pytest.mark.parametrize(
        ("source", "categories"),
        [
            (
                "db-cluster",
                ["configuration change", "deletion", "failover", "failure", "maintenance", "notification"],
            ),
            (
                "db-instance",
                ["availability", "configuration change", "deletion", "failure", "low storage", "maintenance"],
            ),
        ],
    )
    def test_its_events_go_to_the_alarms_topic(
        self, every: Synthesized, source: str, categories: list[str]
    ) -> None:
        subscription = every.one("aws_db_event_subscription", source_type=source)
        assert subscription["event_categories"] == categories
        assert subscription["sns_topic"] == every.ref("aws_sns_topic", "arn")

    def test_a_change_of_any_parameter_group_is_told(self, every: Synthesized) -> None:
        subscription = every.one("aws_db_event_subscription", source_type="db-parameter-group")
        assert subscription["event_categories"] == ["configuration change"]
        assert "source_ids" not in subscription

    def test_events_of_the_cluster_and_both_instances_are_told(self, every: Synthesized) -> None:
        name = cluster(every)["cluster_identifier"]
        assert every.one("aws_db_event_subscription", source_type="db-cluster")["source_ids"] == [
            every.ref("aws_rds_cluster")
        ]
        assert every.one("aws_db_event_subscription", source_type="db-instance")["source_ids"] == [
            every.ref("aws_rds_cluster_instance", "identifier", identifier=f"{name}-{role}")
            for role in ("writer", "reader")
        ]
