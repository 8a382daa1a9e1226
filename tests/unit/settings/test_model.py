"""The settings: what each profile holds, which source wins, and that nothing changes them afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from constructs_lib.settings.loader import VARIABLES, SettingsError, load_settings, read_context
from constructs_lib.settings.model import DEFAULT_IMAGE, DomainSettings, Settings
from constructs_lib.settings.names import MAX_SUFFIX_LENGTH
from constructs_lib.settings.regions import ZONE_LETTERS

OWN_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api:1.0.0"
OWN = {
    "PAYMENT_API_DOMAIN__NAME": "pay.shop.test",
    "PAYMENT_API_DOMAIN__HOSTED_ZONE": "shop.test",
    "PAYMENT_API_STATE__BUCKET": "shop-state",
}
"""What staging and prod have no default for."""

OWN_CONTAINER = {
    "PAYMENT_API_SERVICE__IMAGE": OWN_IMAGE,
    "PAYMENT_API_SERVICE__HEALTH_COMMAND": "/app/healthy",
}
"""What prod asks for besides."""


def load(suffix: str, **variables: str) -> Settings:
    prod = OWN_CONTAINER if suffix.startswith("prod") else {}
    return load_settings({"ENVIRONMENT_SUFFIX": suffix, **OWN, **prod, **variables}, {})


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
            ("production", "dev"),
            ("stagingx", "dev"),
            ("pre-prod", "dev"),
        ],
    )
    def test_the_suffix_picks_the_profile(self, suffix: str, profile: str) -> None:
        assert load(suffix).profile == profile

    @pytest.mark.parametrize(
        ("profile", "values"),
        [
            ("dev", (1, "db.t3.medium", "postgres", 7, False, False, 0, False, False)),
            ("staging", (3, "db.t4g.medium", "payments_admin", 7, True, True, 7, True, True)),
            ("prod", (3, "db.r6g.large", "payments_admin", 35, True, True, 30, True, True)),
        ],
    )
    def test_what_a_profile_decides(self, profile: str, values: tuple[object, ...]) -> None:
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
    def test_how_a_profile_watches_and_keeps_the_database(
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
    def test_what_all_profiles_share(self, profile: str) -> None:
        settings = load(profile)
        assert settings.region == "us-east-1"
        assert settings.state.key_alias == "payment-api-state"
        assert settings.network.cidr == "10.0.0.0/16"
        assert settings.load_balancer.tls_policy == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
        assert (settings.database.engine_version, settings.database.database_name) == ("15", "payments")
        assert (settings.database.password_version, settings.database.rotation_months) == (1, 0)
        assert dict(settings.service) == {
            "tls": profile != "dev",
            "image": OWN_IMAGE if profile == "prod" else DEFAULT_IMAGE,
            "port": 8080,
            "health_path": "/health",
            "health_command": "/app/healthy" if profile == "prod" else None,
            "cpu": 256,
            "memory": 512,
            "min_capacity": 2,
            "max_capacity": 10,
            "cpu_target": 70,
            "memory_target": 80,
            "requests_per_target": 1000,
            "environment": {},
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

    def test_dev_needs_nothing_set(self) -> None:
        settings = load_settings({}, {})
        assert (settings.suffix, settings.profile) == ("dev", "dev")
        assert (settings.domain.name, settings.domain.hosted_zone) == (
            "payment-api.example.com",
            "example.com",
        )
        assert settings.state.bucket == "payment-api-terraform-state"


class TestSources:
    def test_the_suffix_variable_wins_over_the_context(self) -> None:
        """Parity 27."""
        assert load_settings({"ENVIRONMENT_SUFFIX": "pr-1"}, {"environment_suffix": "pr-2"}).suffix == "pr-1"

    def test_the_suffix_in_the_context_wins_over_dev(self) -> None:
        assert load_settings({}, {"environment_suffix": "pr-2"}).suffix == "pr-2"

    def test_context_keys_that_are_none_count_as_absent(self) -> None:
        absent = {"environment_suffix": None, "payment_api": None}
        assert load_settings({}, absent) == load_settings({}, {})

    def test_a_variable_wins_over_the_context(self) -> None:
        context = {"payment_api": {"service": {"port": 9000, "cpu_target": 50}}}
        service = load_settings({"PAYMENT_API_SERVICE__PORT": "9090"}, context).service
        assert (service.port, service.cpu_target) == (9090, 50)

    def test_the_context_wins_over_the_profile(self) -> None:
        context = {"payment_api": {"network": {"nat_gateways": 3}, "database": {"deletion_protection": True}}}
        settings = load_settings({}, context)
        assert (settings.network.nat_gateways, settings.database.deletion_protection) == (3, True)

    def test_the_region_comes_from_its_variable(self) -> None:
        assert load_settings({"AWS_REGION": "eu-west-1"}, {}).region == "eu-west-1"

    def test_other_variables_are_none_of_our_business(self) -> None:
        assert load_settings({"PATH": "/bin", "PAYMENT_APIARY": "bees"}, {}) == load_settings({}, {})

    def test_loading_one_deployment_leaves_the_profile_alone(self) -> None:
        load_settings({"PAYMENT_API_DATABASE__BACKUP_RETENTION_DAYS": "30"}, {})
        assert load_settings({}, {}).database.backup_retention_days == 7


class TestContextOfCdktfJson:
    FILE = '{"language": "python", "context": {"environment_suffix": "pr-1"}}'

    def test_it_is_read_from_the_file(self, tmp_path: Path) -> None:
        file = tmp_path / "cdktf.json"
        file.write_text(self.FILE)
        assert read_context({}, file) == {"environment_suffix": "pr-1"}

    def test_what_the_cli_hands_on_wins(self, tmp_path: Path) -> None:
        file = tmp_path / "cdktf.json"
        file.write_text(self.FILE)
        handed_on = {"CDKTF_CONTEXT_JSON": '{"environment_suffix": "pr-2"}'}
        assert read_context(handed_on, file) == {"environment_suffix": "pr-2"}

    @pytest.mark.parametrize("text", [None, "{}"])
    def test_without_one_it_is_empty(self, text: str | None, tmp_path: Path) -> None:
        file = tmp_path / "cdktf.json"
        if text is not None:
            file.write_text(text)
        assert read_context({}, file) == {}

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"context": ["dev"]}', '{"context": null}'])
    def test_a_file_that_holds_none_is_refused(self, text: str, tmp_path: Path) -> None:
        file = tmp_path / "cdktf.json"
        file.write_text(text)
        with pytest.raises(SettingsError, match=r"cdktf\.json is .*must be an object"):
            read_context({}, file)


class TestSettings:
    def test_every_setting_is_described(self) -> None:
        groups = list(models(load("dev")))
        silent = [
            (type(group).__name__, name)
            for group in groups
            for name, field in type(group).model_fields.items()
            if not field.description and not isinstance(getattr(group, name), BaseModel)
        ]
        assert silent == []

    def test_every_group_is_frozen(self) -> None:
        for group in models(load("dev")):
            name = next(iter(type(group).model_fields))
            with pytest.raises(ValidationError, match="frozen"):
                setattr(group, name, getattr(group, name))

    def test_every_setting_has_a_variable(self) -> None:
        groups = [group for group in models(load("dev")) if not isinstance(group, Settings)]
        assert len(VARIABLES) == sum(len(type(group).model_fields) for group in groups)
        assert VARIABLES["PAYMENT_API_LOAD_BALANCER__TLS_POLICY"] == ("load_balancer", "tls_policy")

    def test_only_the_loader_makes_them(self) -> None:
        with pytest.raises(TypeError, match="made by load_settings"):
            DomainSettings()

    def test_names_begin_with_the_suffix(self) -> None:
        assert load("pr-123").name_prefix == "payment-api-pr-123"

    def test_the_longest_suffix_just_fits_a_load_balancers_name(self) -> None:
        assert len(load("a" * MAX_SUFFIX_LENGTH).name_prefix) == 32

    @pytest.mark.parametrize(("version", "family"), [("15", "15"), ("16.6", "16")])
    def test_the_parameter_group_family_follows_the_engine_version(self, version: str, family: str) -> None:
        database = load("dev", PAYMENT_API_DATABASE__ENGINE_VERSION=version).database
        assert database.parameter_group_family == f"aurora-postgresql{family}"

    @pytest.mark.parametrize(
        ("region", "letters"), [("us-east-1", "abc"), ("ap-northeast-1", "acd"), ("ca-central-1", "abd")]
    )
    def test_a_region_gives_three_zones(self, region: str, letters: str) -> None:
        assert load("dev", AWS_REGION=region).zones == tuple(region + letter for letter in letters)

    def test_no_region_names_a_zone_twice(self) -> None:
        assert all(len(set(letters)) == 3 for letters in ZONE_LETTERS.values())
