"""The Aurora cluster and its instances: engine, protection, parameters and monitoring."""

import re

import pytest

from tests.unit.synthesis import Block, Synthesized, container, synthesize
from tests.variables import EVERYTHING_ON

# The arguments of the cluster that differ between the deployments.
RETENTION_AND_PROTECTION = {
    "dev": {"backup_retention_period": 7, "deletion_protection": False, "skip_final_snapshot": True},
    "staging": {"backup_retention_period": 7, "deletion_protection": True, "skip_final_snapshot": False},
    "prod": {"backup_retention_period": 35, "deletion_protection": True, "skip_final_snapshot": False},
    EVERYTHING_ON: {"backup_retention_period": 35, "deletion_protection": True, "skip_final_snapshot": False},
}


def cluster(stack: Synthesized) -> Block:
    """The cluster."""
    return stack.one("aws_rds_cluster")


def instances(stack: Synthesized) -> list[Block]:
    """The writer and the reader, in this order."""
    return [
        stack.one("aws_rds_cluster_instance", identifier=f"{stack.prefix}-{role}")
        for role in ("writer", "reader")
    ]


class TestCluster:
    def test_the_default_engine_is_aurora_postgresql_15(self, each_profile: Synthesized) -> None:
        """A major version without a minor version, because AWS no longer creates 15.3."""
        assert each_profile.has(
            "aws_rds_cluster", {"engine": "aurora-postgresql", "engine_version": "15", "port": 5432}
        )

    def test_the_setting_chooses_the_engine_version(self, every: Synthesized) -> None:
        assert every.has(
            "aws_rds_cluster",
            {
                "engine": "aurora-postgresql",
                "engine_version": every.settings.database.engine_version,
                "port": 5432,
            },
        )

    def test_rds_accepts_another_major_version(self, every: Synthesized) -> None:
        assert cluster(every)["allow_major_version_upgrade"] is True
        assert cluster(every)["apply_immediately"] is True

    def test_backup_and_maintenance_windows_are_those_of_the_settings(self, every: Synthesized) -> None:
        """Otherwise RDS chooses a window at random."""
        settings = every.settings.database
        assert cluster(every)["preferred_backup_window"] == settings.backup_window
        for each in (cluster(every), *instances(every)):
            assert each["preferred_maintenance_window"] == settings.maintenance_window

    def test_the_default_windows_are_at_night_in_europe(self, each_profile: Synthesized) -> None:
        assert cluster(each_profile)["preferred_backup_window"] == "00:30-01:30"
        assert cluster(each_profile)["preferred_maintenance_window"] == "sun:02:00-sun:03:00"

    def test_the_application_verifies_the_server_certificate(self, every: Synthesized) -> None:
        """`require` would encrypt the connection, but accept any certificate."""
        variables = {each["name"]: each["value"] for each in container(every)["environment"]}
        assert variables["DB_SSLMODE"] == "verify-full"

    def test_the_cluster_is_encrypted_with_the_data_key(self, every: Synthesized) -> None:
        assert every.has("aws_rds_cluster", {"storage_encrypted": True, "kms_key_id": every.key_arn("data")})

    def test_snapshots_of_the_cluster_have_its_tags(self, every: Synthesized) -> None:
        assert cluster(every)["copy_tags_to_snapshot"] is True

    @pytest.mark.parametrize(
        ("suffix", "username"),
        [
            ("dev", "postgres"),
            ("staging", "payments_admin"),
            ("prod", "payments_admin"),
            (EVERYTHING_ON, "p000000000000000"),
        ],
    )
    def test_the_master_user_has_the_name_of_the_profile_or_the_setting(
        self, suffix: str, username: str
    ) -> None:
        assert cluster(synthesize(suffix))["master_username"] == username

    def test_the_database_has_the_name_of_the_setting(self, every: Synthesized) -> None:
        assert cluster(every)["database_name"] == every.settings.database.database_name

    def test_every_plan_warns_about_roles_that_were_added_outside_terraform(self, every: Synthesized) -> None:
        (warning,) = every.document["check"]["database-roles"]["assert"]
        roles = f"{every.address('aws_rds_cluster')}.iam_roles"
        assert warning["condition"] == f"${{length({roles}) == 0}}"
        assert f'${{join(", ", {roles})}}' in warning["error_message"]
        assert "iam_roles" not in cluster(every)

    def test_the_cluster_uses_the_database_subnet_group(self, every: Synthesized) -> None:
        assert cluster(every)["db_subnet_group_name"] == every.ref("aws_db_subnet_group", "name")

    def test_the_cluster_has_only_the_database_security_group(self, every: Synthesized) -> None:
        assert cluster(every)["vpc_security_group_ids"] == [
            every.ref("aws_security_group", tags={"Name": f"{every.prefix}-database"})
        ]

    def test_the_cluster_has_no_availability_zones_argument(self, every: Synthesized) -> None:
        """AWS adds zones to such a list, and the next plan would replace the cluster."""
        assert "availability_zones" not in cluster(every)

    def test_iam_database_authentication_is_enabled(self, every: Synthesized) -> None:
        assert cluster(every)["iam_database_authentication_enabled"] is True


class TestInstances:
    @pytest.mark.parametrize(
        ("suffix", "instance_class"),
        [
            ("dev", "db.t3.medium"),
            ("staging", "db.t4g.medium"),
            ("prod", "db.r6g.large"),
            (EVERYTHING_ON, "db.r8g.48xlarge"),
        ],
    )
    def test_writer_and_reader_have_the_instance_class_of_the_profile_or_the_setting(
        self, suffix: str, instance_class: str
    ) -> None:
        stack = synthesize(suffix)
        assert [each["instance_class"] for each in instances(stack)] == [instance_class] * 2
        assert len(stack.all("aws_rds_cluster_instance")) == 2

    def test_failover_promotes_the_reader(self, every: Synthesized) -> None:
        assert [each["promotion_tier"] for each in instances(every)] == [0, 1]

    def test_writer_and_reader_are_in_different_zones(self, every: Synthesized) -> None:
        zones = [each["availability_zone"] for each in instances(every)]
        assert zones == list(every.settings.zones[:2])
        assert len(set(zones)) == 2

    def test_the_instances_have_the_engine_of_the_cluster_and_no_version_of_their_own(
        self, every: Synthesized
    ) -> None:
        """RDS gives an instance the version of its cluster, and refuses to create it with another one."""
        for each in instances(every):
            assert each["cluster_identifier"] == every.ref("aws_rds_cluster")
            assert each["engine"] == cluster(every)["engine"]
            assert "engine_version" not in each

    def test_the_reader_is_created_after_the_writer(self, every: Synthesized) -> None:
        """Aurora makes the first instance of a cluster the writer."""
        writer, reader = instances(every)
        address = every.address("aws_rds_cluster_instance", identifier=f"{every.prefix}-writer")
        assert address in reader["depends_on"]
        assert not [each for each in writer["depends_on"] if "aws_rds_cluster_instance" in each]

    def test_changes_of_the_instances_do_not_wait_for_the_maintenance_window(
        self, every: Synthesized
    ) -> None:
        """Until the window, every plan and the nightly drift would list them."""
        assert [each["apply_immediately"] for each in instances(every)] == [True, True]

    def test_the_instances_have_no_public_address(self, every: Synthesized) -> None:
        assert [each["publicly_accessible"] for each in instances(every)] == [False, False]

    def test_the_instances_install_minor_upgrades_by_default(self, every: Synthesized) -> None:
        assert [each["auto_minor_version_upgrade"] for each in instances(every)] == [True, True]

    @pytest.mark.parametrize(
        ("version", "upgrades"), [("14", True), ("14.9", False), ("15.10", False), ("17", True)]
    )
    def test_a_pinned_minor_version_is_not_upgraded(self, version: str, upgrades: bool) -> None:
        """After an upgrade by AWS, every plan would try to go back, which RDS refuses."""
        stack = synthesize("prod", PAYMENT_API_DATABASE__ENGINE_VERSION=version)
        assert [each["auto_minor_version_upgrade"] for each in instances(stack)] == [upgrades] * 2

    def test_snapshots_of_the_instances_have_their_tags(self, every: Synthesized) -> None:
        assert [each["copy_tags_to_snapshot"] for each in instances(every)] == [True, True]


class TestRetentionAndProtection:
    @pytest.mark.parametrize("suffix", RETENTION_AND_PROTECTION)
    def test_dev_can_be_destroyed_and_the_others_are_protected(self, suffix: str) -> None:
        found = cluster(synthesize(suffix))
        expected = RETENTION_AND_PROTECTION[suffix]
        assert {key: found[key] for key in expected} == expected

    @pytest.mark.parametrize("suffix", ["staging", "prod", EVERYTHING_ON])
    def test_the_name_of_the_final_snapshot_has_a_random_suffix(self, suffix: str) -> None:
        """The snapshot of an earlier cluster with the same name would block the deletion of this one."""
        stack = synthesize(suffix)
        (bucket_suffix,) = re.findall(r"random_id\.[\w-]+", stack.one("aws_s3_bucket")["bucket"])
        random_ids = {f"random_id.{name}" for name in stack.all("random_id", byte_length=4)}
        (snapshot_suffix,) = random_ids - {bucket_suffix}
        assert (
            cluster(stack)["final_snapshot_identifier"] == f"{stack.prefix}-final-${{{snapshot_suffix}.hex}}"
        )

    def test_dev_has_no_final_snapshot(self, dev: Synthesized) -> None:
        assert "final_snapshot_identifier" not in cluster(dev)

    def test_the_settings_choose_backup_retention_deletion_protection_and_final_snapshot(self) -> None:
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
    def test_the_parameters_require_tls_and_keep_card_data_out_of_the_logs(self, every: Synthesized) -> None:
        group = every.one("aws_rds_cluster_parameter_group")
        assert {each["name"]: each["value"] for each in group["parameter"]} == {
            "rds.force_ssl": "1",
            "log_connections": "1",
            "log_disconnections": "1",
            "log_statement": "ddl",
            "log_min_duration_statement": "-1",
            "log_min_error_statement": "panic",
        }

    def test_changed_parameters_apply_immediately(self, every: Synthesized) -> None:
        group = every.one("aws_rds_cluster_parameter_group")
        assert {each["apply_method"] for each in group["parameter"]} == {"immediate"}

    def test_the_cluster_uses_the_parameter_group(self, every: Synthesized) -> None:
        group = every.ref("aws_rds_cluster_parameter_group", "name")
        assert cluster(every)["db_cluster_parameter_group_name"] == group

    @pytest.mark.parametrize(
        ("version", "family"),
        [("15", "aurora-postgresql15"), ("16.4", "aurora-postgresql16"), ("17.7", "aurora-postgresql17")],
    )
    def test_the_parameter_group_has_the_family_of_the_engine_version(
        self, version: str, family: str
    ) -> None:
        stack = synthesize("dev", PAYMENT_API_DATABASE__ENGINE_VERSION=version)
        assert cluster(stack)["engine_version"] == version
        assert stack.one("aws_rds_cluster_parameter_group")["family"] == family

    def test_a_new_parameter_group_is_created_before_the_old_one_is_deleted(self, every: Synthesized) -> None:
        group = every.one("aws_rds_cluster_parameter_group")
        assert group["lifecycle"] == {"create_before_destroy": True}
        assert "name" not in group


class TestObservability:
    def test_the_postgresql_log_group_is_created_before_the_cluster(self, every: Synthesized) -> None:
        """Otherwise RDS creates the log group, without the customer key and without a retention period."""
        found = cluster(every)
        assert found["enabled_cloudwatch_logs_exports"] == ["postgresql"]
        name = f"/aws/rds/cluster/{found['cluster_identifier']}/postgresql"
        assert found["depends_on"] == [every.address("aws_cloudwatch_log_group", name=name)]

    @pytest.mark.parametrize(
        ("suffix", "mode", "days"),
        [
            ("dev", "standard", 7),
            ("staging", "standard", 7),
            ("prod", "advanced", 465),
            (EVERYTHING_ON, "advanced", 465),
        ],
    )
    def test_database_insights_has_the_retention_of_its_mode(self, suffix: str, mode: str, days: int) -> None:
        assert synthesize(suffix).has(
            "aws_rds_cluster",
            {
                "database_insights_mode": mode,
                "performance_insights_enabled": True,
                "performance_insights_retention_period": days,
            },
        )

    def test_performance_insights_of_the_instances_is_configured_as_on_the_cluster(
        self, every: Synthesized
    ) -> None:
        for each in instances(every):
            assert each["performance_insights_enabled"] is True
            for argument in ("performance_insights_kms_key_id", "performance_insights_retention_period"):
                assert each[argument] == cluster(every)[argument]

    def test_enhanced_monitoring_is_configured_only_on_the_instances(self, every: Synthesized) -> None:
        """If the cluster configured it too, every plan would show a difference."""
        role = every.ref("aws_iam_role", "arn", name=every.role_name("database-monitoring"))
        assert [(each["monitoring_interval"], each["monitoring_role_arn"]) for each in instances(every)] == [
            (60, role),
            (60, role),
        ]
        assert not {"monitoring_interval", "monitoring_role_arn"} & set(cluster(every))

    def test_the_instances_wait_for_the_policy_of_the_monitoring_role(self, every: Synthesized) -> None:
        role = every.ref("aws_iam_role", "name", name=every.role_name("database-monitoring"))
        attachment = every.address("aws_iam_role_policy_attachment", role=role)
        assert [attachment in each["depends_on"] for each in instances(every)] == [True, True]

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
    def test_events_of_cluster_and_instances_are_published_to_the_alarm_topic(
        self, every: Synthesized, source: str, categories: list[str]
    ) -> None:
        subscription = every.one("aws_db_event_subscription", source_type=source)
        assert subscription["event_categories"] == categories
        assert subscription["sns_topic"] == every.ref("aws_sns_topic", "arn")

    def test_changes_of_all_parameter_groups_are_published_to_the_alarm_topic(
        self, every: Synthesized
    ) -> None:
        subscription = every.one("aws_db_event_subscription", source_type="db-parameter-group")
        assert subscription["event_categories"] == ["configuration change"]
        assert subscription["sns_topic"] == every.ref("aws_sns_topic", "arn")
        assert "source_ids" not in subscription

    def test_event_subscriptions_cover_the_cluster_and_both_instances(self, every: Synthesized) -> None:
        assert every.one("aws_db_event_subscription", source_type="db-cluster")["source_ids"] == [
            every.ref("aws_rds_cluster")
        ]
        assert every.one("aws_db_event_subscription", source_type="db-instance")["source_ids"] == [
            every.ref("aws_rds_cluster_instance", "identifier", identifier=f"{every.prefix}-{role}")
            for role in ("writer", "reader")
        ]
