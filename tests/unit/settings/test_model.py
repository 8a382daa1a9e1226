"""The settings: the values of the profiles, the precedence of the sources, the properties of the model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from constructs_lib.settings.loader import VARIABLES, SettingsError, load_settings, read_context
from constructs_lib.settings.model import DEFAULT_IMAGE, DomainSettings, Settings
from constructs_lib.settings.names import MAX_SUFFIX_LENGTH
from constructs_lib.settings.regions import ZONE_LETTERS

ECR_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api:1.0.0"
DOMAIN_AND_BUCKET = {
    "PAYMENT_API_DOMAIN__NAME": "pay.shop.test",
    "PAYMENT_API_DOMAIN__HOSTED_ZONE": "shop.test",
    "PAYMENT_API_STATE__BUCKET": "shop-state",
}
"""The settings that staging and prod require."""

PROD_CONTAINER = {
    "PAYMENT_API_SERVICE__IMAGE": ECR_IMAGE,
    "PAYMENT_API_SERVICE__HEALTH_COMMAND": "/app/healthy",
}
"""The settings that only prod requires."""


def load(suffix: str, **variables: str) -> Settings:
    prod = PROD_CONTAINER if suffix.startswith("prod") else {}
    return load_settings({"ENVIRONMENT_SUFFIX": suffix, **DOMAIN_AND_BUCKET, **prod, **variables}, {})


def models(settings: Settings) -> Iterator[BaseModel]:
    yield settings
    yield from (value for _, value in settings if isinstance(value, BaseModel))


class TestProfiles:
    @pytest.mark.parametrize(
        ("suffix", "profile"),
        [
            ("dev", "dev"),
            ("pr-123", "dev"),
            ("staging", "staging"),
            ("staging-eu", "staging"),
            ("prod", "prod"),
            ("prod-2", "prod"),
            ("development", "dev"),
            ("test", "dev"),
            ("qa", "dev"),
            ("uat", "dev"),
            ("pr-live", "dev"),
            ("stagingx", "dev"),
            ("pre-prod", "dev"),
        ],
    )
    def test_the_suffix_selects_the_profile(self, suffix: str, profile: str) -> None:
        assert load(suffix).profile == profile

    @pytest.mark.parametrize(
        ("profile", "values"),
        [
            ("dev", (1, "db.t3.medium", "postgres", 7, False, False, 0, False, False)),
            ("staging", (3, "db.t4g.medium", "payments_admin", 7, True, True, 7, True, True)),
            ("prod", (3, "db.r6g.large", "payments_admin", 35, True, True, 30, True, True)),
        ],
    )
    def test_values_that_differ_between_profiles(self, profile: str, values: tuple[object, ...]) -> None:
        settings = load(profile)
        database = settings.database
        assert values == (
            settings.network.nat_gateways,
            database.instance_class,
            database.master_username,
            database.backup_retention_days,
            database.deletion_protection,
            database.final_snapshot,
            database.secret_recovery_window_days,
            settings.load_balancer.deletion_protection,
            settings.service.tls,
        )

    @pytest.mark.parametrize(
        ("profile", "values"),
        [
            ("dev", ("standard", False, 320, 256)),
            ("staging", ("standard", True, 320, 256)),
            ("prod", ("advanced", True, 1300, 1024)),
        ],
    )
    def test_database_monitoring_and_backup_that_differ_between_profiles(
        self, profile: str, values: tuple[object, ...]
    ) -> None:
        settings = load(profile)
        assert values == (
            settings.database.insights_mode,
            settings.database.vault_backups,
            settings.monitoring.database_connections,
            settings.monitoring.database_free_memory_mib,
        )

    @pytest.mark.parametrize("profile", ["dev", "staging", "prod"])
    def test_values_that_all_profiles_share(self, profile: str) -> None:
        settings = load(profile)
        assert settings.region == "us-east-1"
        assert settings.state.key_alias == "payment-api-state"
        assert settings.network.cidr == "10.0.0.0/16"
        assert settings.load_balancer.tls_policy == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
        assert (settings.database.engine_version, settings.database.database_name) == ("15", "payments")
        assert (settings.database.password_version, settings.database.rotation_months) == (1, 0)
        assert dict(settings.service) == {
            "tls": profile != "dev",
            "image": ECR_IMAGE if profile == "prod" else DEFAULT_IMAGE,
            "port": 8080,
            "health_path": "/health",
            "health_command": "/app/healthy" if profile == "prod" else None,
            "migration_command": None,
            "cpu": 256,
            "memory": 512,
            "min_capacity": 2,
            "max_capacity": 10,
            "cpu_target": 70,
            "memory_target": 80,
            "requests_per_target": 1000,
            "environment": {},
            "harmless_names": (),
            "secrets": {},
            "permissions": (),
        }
        assert settings.firewall.model_dump() == {"rate_limit": 2000, "oversize_body": "block"}
        assert settings.monitoring.model_dump(
            exclude={"database_connections", "database_free_memory_mib"}
        ) == {
            "alarm_email": None,
            "error_rate_percent": 5,
            "database_cpu_percent": 80,
            "latency_p99_milliseconds": 1000,
            "replica_lag_milliseconds": 1000,
            "blocked_requests": 1000,
            "log_retention_days": 365,
        }

    def test_dev_requires_no_settings(self) -> None:
        settings = load_settings({}, {})
        assert (settings.suffix, settings.profile) == ("dev", "dev")
        assert (settings.domain.name, settings.domain.hosted_zone) == (
            "payment-api.example.com",
            "example.com",
        )
        assert settings.state.bucket == "payment-api-terraform-state"

    @pytest.mark.parametrize(
        ("suffix", "name"), [("dev", "payment-api.shop.test"), ("pr-123", "payment-api-pr-123.shop.test")]
    )
    def test_the_default_domain_name_of_dev_depends_on_hosted_zone_and_suffix(
        self, suffix: str, name: str
    ) -> None:
        zone = {"PAYMENT_API_DOMAIN__HOSTED_ZONE": "shop.test"}
        assert load_settings({"ENVIRONMENT_SUFFIX": suffix, **zone}, {}).domain.name == name
        in_context = {"environment_suffix": suffix, "payment_api": {"domain": {"hosted_zone": "shop.test"}}}
        assert load_settings({}, in_context).domain.name == name


class TestSources:
    def test_the_suffix_variable_takes_precedence_over_the_context(self) -> None:
        assert load_settings({"ENVIRONMENT_SUFFIX": "pr-1"}, {"environment_suffix": "pr-2"}).suffix == "pr-1"

    def test_the_suffix_in_the_context_takes_precedence_over_the_default(self) -> None:
        assert load_settings({}, {"environment_suffix": "pr-2"}).suffix == "pr-2"

    def test_a_context_key_that_is_none_counts_as_not_set(self) -> None:
        absent = {"environment_suffix": None, "payment_api": None}
        assert load_settings({}, absent) == load_settings({}, {})

    def test_a_variable_takes_precedence_over_the_context(self) -> None:
        context = {"payment_api": {"service": {"port": 9000, "cpu_target": 50}}}
        service = load_settings({"PAYMENT_API_SERVICE__PORT": "9090"}, context).service
        assert (service.port, service.cpu_target) == (9090, 50)

    def test_the_context_takes_precedence_over_the_profile(self) -> None:
        context = {"payment_api": {"network": {"nat_gateways": 3}, "database": {"deletion_protection": True}}}
        settings = load_settings({}, context)
        assert (settings.network.nat_gateways, settings.database.deletion_protection) == (3, True)

    def test_aws_region_sets_the_region(self) -> None:
        assert load_settings({"AWS_REGION": "eu-west-1"}, {}).region == "eu-west-1"

    def test_variables_without_the_prefix_are_ignored(self) -> None:
        assert load_settings({"PATH": "/bin", "PAYMENT_APIARY": "bees"}, {}) == load_settings({}, {})

    def test_loading_settings_does_not_change_the_profile(self) -> None:
        load_settings({"PAYMENT_API_DATABASE__BACKUP_RETENTION_DAYS": "30"}, {})
        assert load_settings({}, {}).database.backup_retention_days == 7


class TestReadContext:
    FILE = '{"language": "python", "context": {"environment_suffix": "pr-1"}}'

    def test_the_context_is_read_from_the_file(self, tmp_path: Path) -> None:
        file = tmp_path / "cdktf.json"
        file.write_text(self.FILE)
        assert read_context({}, file) == {"environment_suffix": "pr-1"}

    def test_the_context_of_the_cli_takes_precedence(self, tmp_path: Path) -> None:
        file = tmp_path / "cdktf.json"
        file.write_text(self.FILE)
        environment = {"CDKTF_CONTEXT_JSON": '{"environment_suffix": "pr-2"}'}
        assert read_context(environment, file) == {"environment_suffix": "pr-2"}

    @pytest.mark.parametrize("text", [None, "{}"])
    def test_without_a_context_it_is_empty(self, text: str | None, tmp_path: Path) -> None:
        file = tmp_path / "cdktf.json"
        if text is not None:
            file.write_text(text)
        assert read_context({}, file) == {}

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("", "cdktf.json is not JSON (line 1, column 1): must be a JSON object"),
            ("{", "cdktf.json is not JSON (line 1, column 2): must be a JSON object"),
            ("9" * 5_000, "cdktf.json cannot be read: must be a JSON object"),
            ("[]", "cdktf.json is an array: must be an object"),
            ('{"context": ["dev"]}', "context in cdktf.json is an array: must be an object"),
            ('{"context": null}', "context in cdktf.json is null: must be an object"),
            (
                '{"context": {"payment_api": {"service": {"cpu": 512}, "service": {"memory": 1024}}}}',
                "context.payment_api.service in cdktf.json is set twice: must be set once",
            ),
            (
                '{"context": {"payment_api": {"service": {"environment": {"A": "1", "B": "2", "A": "1"}}}}}',
                "context.payment_api.service.environment.A in cdktf.json is set twice: must be set once",
            ),
            ('{"app": "", "app": ""}', "app in cdktf.json is set twice: must be set once"),
            (
                '{"a": [{"b": 1, "b": 2}]}',
                "a.0.b in cdktf.json is set twice: must be set once",
            ),
            (
                '{"payment_api": {}, "context": {}}',
                "payment_api in cdktf.json is outside of its context: must be in the object context",
            ),
        ],
    )
    def test_a_file_without_an_object_is_refused(self, text: str, problem: str, tmp_path: Path) -> None:
        file = tmp_path / "cdktf.json"
        file.write_text(text)
        with pytest.raises(SettingsError) as error:
            read_context({}, file)
        assert error.value.problems == (problem,)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("{", "CDKTF_CONTEXT_JSON is not JSON (line 1, column 2): must be a JSON object"),
            ('"planted"', "CDKTF_CONTEXT_JSON is a string: must be an object"),
            (
                '{"payment_api": {}, "payment_api": {}}',
                "payment_api in CDKTF_CONTEXT_JSON is set twice: must be set once",
            ),
        ],
    )
    def test_a_variable_of_the_cli_without_an_object_is_refused(
        self, text: str, problem: str, tmp_path: Path
    ) -> None:
        with pytest.raises(SettingsError) as error:
            read_context({"CDKTF_CONTEXT_JSON": text}, tmp_path / "cdktf.json")
        assert error.value.problems == (problem,)


class TestSettings:
    def test_every_setting_has_a_description(self) -> None:
        groups = list(models(load("dev")))
        without_description = [
            (type(group).__name__, name)
            for group in groups
            for name, field in type(group).model_fields.items()
            if not field.description and not isinstance(getattr(group, name), BaseModel)
        ]
        assert without_description == []

    def test_every_group_is_immutable(self) -> None:
        for group in models(load("dev")):
            name = next(iter(type(group).model_fields))
            with pytest.raises(ValidationError, match="frozen"):
                setattr(group, name, getattr(group, name))

    def test_every_setting_has_a_variable(self) -> None:
        groups = [group for group in models(load("dev")) if not isinstance(group, Settings)]
        assert len(VARIABLES) == sum(len(type(group).model_fields) for group in groups)
        assert VARIABLES["PAYMENT_API_LOAD_BALANCER__TLS_POLICY"] == ("load_balancer", "tls_policy")

    def test_only_load_settings_can_create_settings(self) -> None:
        with pytest.raises(TypeError, match="created by load_settings"):
            DomainSettings(name="payment-api.example.com")

    def test_the_name_prefix_contains_the_suffix(self) -> None:
        assert load("pr-123").name_prefix == "payment-api-pr-123"

    def test_the_longest_suffix_fits_the_name_of_a_load_balancer(self) -> None:
        assert len(load("a" * MAX_SUFFIX_LENGTH).name_prefix) == 32

    @pytest.mark.parametrize(("version", "family"), [("15", "15"), ("16.6", "16")])
    def test_the_engine_version_determines_the_parameter_group_family(
        self, version: str, family: str
    ) -> None:
        database = load("dev", PAYMENT_API_DATABASE__ENGINE_VERSION=version).database
        assert database.parameter_group_family == f"aurora-postgresql{family}"

    @pytest.mark.parametrize(
        ("region", "letters"), [("us-east-1", "abc"), ("ap-northeast-1", "acd"), ("ca-central-1", "abd")]
    )
    def test_a_region_has_three_availability_zones(self, region: str, letters: str) -> None:
        assert load("dev", AWS_REGION=region).zones == tuple(region + letter for letter in letters)

    def test_the_zones_of_a_region_are_different(self) -> None:
        assert all(len(set(letters)) == 3 for letters in ZONE_LETTERS.values())
