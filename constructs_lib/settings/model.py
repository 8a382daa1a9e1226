"""Every setting of the payment API: typed, described, validated, frozen.

A group is a model; what differs between dev, staging and prod stands in `settings_profiles`, and
`settings_loader.load_settings` reads the values from the environment, cdktf.json and the profile.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from constructs_lib.settings import documents, numbers, quotas, rules, texts
from constructs_lib.settings.names import stack_name
from constructs_lib.settings.profiles import Profile, profile_of
from constructs_lib.settings.regions import known_region, zones_of

DEFAULT_IMAGE = "public.ecr.aws/nginx/nginx:1.28.0"
"""Stands in until there is an application: the stack makes it answer the health path."""

Switch = Annotated[bool, BeforeValidator(numbers.switch)]
Percent = Annotated[int, BeforeValidator(numbers.whole_number(1, 100))]
Tasks = Annotated[int, BeforeValidator(numbers.whole_number(1, quotas.MAX_TASKS))]
DomainName = Annotated[str, AfterValidator(texts.host_name), AfterValidator(rules.not_an_example_domain)]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class DomainSettings(_Group):
    """Where the API answers."""

    hosted_zone: DomainName = Field(
        default="example.com", description="Public Route 53 zone that holds the API's records."
    )
    name: Annotated[
        DomainName, AfterValidator(texts.certificate_name), AfterValidator(rules.domain_in_hosted_zone)
    ] = Field(default="payment-api.example.com", description="Host name of the API, in the hosted zone.")


class StateSettings(_Group):
    """Where Terraform keeps its state."""

    bucket: Annotated[str, AfterValidator(texts.bucket_name)] = Field(
        description="S3 bucket of the remote state; globally unique, so staging and prod must name theirs."
    )
    key_alias: Annotated[str, AfterValidator(texts.key_alias)] = Field(
        default="payment-api-state", description="Alias, without alias/, of the state's KMS key."
    )


class NetworkSettings(_Group):
    """The VPC."""

    cidr: Annotated[str, AfterValidator(texts.vpc_cidr)] = Field(
        default="10.0.0.0/16", description="Private IPv4 range, /16 to /20: nine /24 subnets fit in."
    )
    nat_gateways: Annotated[Literal[1, 3], BeforeValidator(numbers.number_of(1, 3))] = Field(
        description="NAT gateways: 1 for all zones, or 3, one in each; interface endpoints likewise."
    )
    destinations: Annotated[
        Mapping[str, documents.Destination],
        BeforeValidator(documents.destinations),
        AfterValidator(MappingProxyType),
    ] = Field(
        default={},
        description="What tasks may reach besides AWS, such as a card network: names and CIDR:port as JSON.",
    )


class DatabaseSettings(_Group):
    """The Aurora PostgreSQL cluster."""

    engine_version: Annotated[str, AfterValidator(texts.engine_version)] = Field(
        default="15", description="Aurora PostgreSQL version; a bare major takes AWS's current default minor."
    )
    instance_class: Annotated[str, AfterValidator(texts.instance_class)] = Field(
        description="Instance class of the writer and the reader."
    )
    database_name: Annotated[str, AfterValidator(texts.postgresql_name(63))] = Field(
        default="payments", description="Database that the cluster starts with."
    )
    master_username: Annotated[str, AfterValidator(texts.postgresql_name(16))] = Field(
        description="Name of the master user; its password is generated."
    )
    password_version: Annotated[int, BeforeValidator(numbers.whole_number(1, 2**31 - 1))] = Field(
        default=1, description="Raise by one to rotate the master password."
    )
    rotation_months: Annotated[int, BeforeValidator(numbers.whole_number(0, 12))] = Field(
        default=0,
        description="Calendar months after which the next apply rotates the password; 0: never.",
    )
    backup_retention_days: Annotated[int, BeforeValidator(numbers.whole_number(1, 35))] = Field(
        description="Days that automated backups are kept (AWS: 1 to 35)."
    )
    deletion_protection: Switch = Field(description="Whether AWS refuses to delete the cluster.")
    final_snapshot: Switch = Field(description="Whether deleting the cluster leaves a last snapshot.")
    insights_mode: Literal["standard", "advanced"] = Field(
        description="Database Insights: standard keeps 7 days, advanced 465 and is charged by the vCPU."
    )
    vault_backups: Switch = Field(
        description="Whether AWS Backup keeps a daily copy in a vault, besides the cluster's own backups."
    )
    secret_reader_arns: Annotated[tuple[str, ...], BeforeValidator(documents.principal_arns)] = Field(
        default=(),
        description="Users and roles that deploy, and so must read the secret; none: the one that applies.",
    )
    secret_recovery_window_days: Annotated[int, BeforeValidator(numbers.recovery_window)] = Field(
        description="Days in which the deleted secret can be restored: 0 for none, or 7 to 30."
    )

    @property
    def parameter_group_family(self) -> str:
        """The RDS parameter group family of the engine version, such as aurora-postgresql15."""
        return f"aurora-postgresql{self.engine_version.split('.')[0]}"


class LoadBalancerSettings(_Group):
    """The public load balancer."""

    tls_policy: Annotated[quotas.TlsPolicy, BeforeValidator(texts.tls_policy)] = Field(
        default="ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        description="Security policy of the HTTPS listener; only those without TLS 1.1 and below.",
    )
    deletion_protection: Switch = Field(description="Whether AWS refuses to delete the load balancer.")


class ServiceSettings(_Group):
    """The Fargate service."""

    image: Annotated[str, AfterValidator(texts.pinned_image), AfterValidator(rules.pullable_image)] = Field(
        default=DEFAULT_IMAGE, description="Container image, pinned by tag or digest."
    )
    port: Annotated[int, BeforeValidator(numbers.whole_number(1, 65535))] = Field(
        default=8080, description="Port that the container listens on."
    )
    health_path: Annotated[str, AfterValidator(texts.health_path)] = Field(
        default="/health", description="Path that answers 200 when the container is healthy."
    )
    health_command: Annotated[
        Annotated[str, AfterValidator(texts.health_command)] | None,
        AfterValidator(rules.health_command_required_in_prod),
    ] = Field(
        default=None,
        description="Shell command that exits 0 in a healthy container; the default image brings one.",
    )
    cpu: Annotated[int, BeforeValidator(numbers.fargate_cpu)] = Field(
        default=256, description="CPU units of a task; 1024 are one vCPU."
    )
    memory: Annotated[
        int,
        BeforeValidator(numbers.whole_number(512, 249_856)),
        AfterValidator(rules.valid_fargate_memory),
    ] = Field(
        default=512, description="Memory of a task in MiB; Fargate sells certain pairs of CPU and memory."
    )
    min_capacity: Tasks = Field(default=2, description="Fewest tasks that scaling leaves running.")
    max_capacity: Annotated[Tasks, AfterValidator(rules.at_least_min_capacity)] = Field(
        default=10, description="Most tasks that scaling starts."
    )
    cpu_target: Percent = Field(default=70, description="Average CPU in percent that scaling holds.")
    memory_target: Percent = Field(default=80, description="Average memory in percent that scaling holds.")
    requests_per_target: Annotated[int, BeforeValidator(numbers.whole_number(1, 1_000_000))] = Field(
        default=1000, description="Requests a minute to each task that scaling holds."
    )
    environment: Annotated[
        Mapping[str, str], BeforeValidator(documents.container_environment), AfterValidator(MappingProxyType)
    ] = Field(default={}, description="Further environment variables of the container; never a secret.")
    tls: Switch = Field(description="Whether the load balancer speaks HTTPS to the tasks.")

    @property
    def image_repository_arn(self) -> str | None:
        """The ARN of the image's private ECR repository; None if it comes from a public registry."""
        repository = texts.ecr_repository(self.image)
        return repository.arn if repository else None


class FirewallSettings(_Group):
    """The web application firewall."""

    rate_limit: Annotated[int, BeforeValidator(numbers.whole_number(10, 2_000_000_000))] = Field(
        default=2000, description="Requests that one address may make in five minutes (AWS WAF: at least 10)."
    )
    oversize_body: Literal["block", "allow"] = Field(
        default="block", description="What becomes of a request whose body is too large to inspect."
    )


class MonitoringSettings(_Group):
    """Alarms and logs."""

    alarm_email: Annotated[str, AfterValidator(texts.email_address)] | None = Field(
        default=None, description="Address that receives the alarms, once it has confirmed the subscription."
    )
    error_rate_percent: Percent = Field(
        default=5, description="Share of requests answered 5xx, in percent, that raises the alarm."
    )
    database_cpu_percent: Percent = Field(
        default=80, description="Database CPU in percent that raises the alarm."
    )
    latency_p99_milliseconds: Annotated[int, BeforeValidator(numbers.whole_number(1, 60_000))] = Field(
        default=1000, description="Response time of the slowest percent of requests that raises the alarm."
    )
    database_connections: Annotated[int, BeforeValidator(numbers.whole_number(1, 16_000))] = Field(
        description="Connections to one instance that raise the alarm; some 80 % of what its memory allows."
    )
    database_free_memory_mib: Annotated[int, BeforeValidator(numbers.whole_number(1, 1_000_000))] = Field(
        description="Free memory of an instance, in MiB, that raises the alarm."
    )
    replica_lag_milliseconds: Annotated[int, BeforeValidator(numbers.whole_number(1, 3_600_000))] = Field(
        default=1000, description="Delay of the reader behind the writer that raises the alarm."
    )
    blocked_requests: Annotated[int, BeforeValidator(numbers.whole_number(1, 1_000_000_000))] = Field(
        default=1000, description="Requests blocked by the firewall within five minutes that raise the alarm."
    )
    log_retention_days: Annotated[int, BeforeValidator(numbers.number_of(*quotas.LOG_RETENTION_DAYS))] = (
        Field(default=365, description="Days that CloudWatch keeps logs; only the periods it offers.")
    )


class Settings(_Group):
    """All settings of one deployment."""

    suffix: Annotated[str, AfterValidator(texts.suffix)] = Field(
        description="Names the deployment and picks its profile."
    )
    region: Annotated[str, AfterValidator(known_region)] = Field(description="AWS region of the deployment.")
    domain: DomainSettings
    state: StateSettings
    network: NetworkSettings
    database: DatabaseSettings
    load_balancer: LoadBalancerSettings
    service: ServiceSettings
    firewall: FirewallSettings
    monitoring: MonitoringSettings

    @property
    def profile(self) -> Profile:
        """The profile that the suffix picks."""
        return profile_of(self.suffix)

    @property
    def name_prefix(self) -> str:
        """What every AWS name begins with."""
        return stack_name(self.suffix)

    @property
    def zones(self) -> tuple[str, str, str]:
        """The three availability zones, always the same for a region."""
        return zones_of(self.region)
