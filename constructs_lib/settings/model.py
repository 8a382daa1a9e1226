"""All settings of the payment API: their types, descriptions, defaults and validation.

Defaults that differ between dev, staging and prod are in `profiles`. `loader.load_settings` reads the values.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from constructs_lib.settings import documents, grants, numbers, quotas, rules, texts, windows
from constructs_lib.settings.changes import (
    Change,
    Effect,
    fixed,
    in_place,
    interruption,
    replaced,
    rolling,
)
from constructs_lib.settings.grants import Permission
from constructs_lib.settings.messages import Sensitive
from constructs_lib.settings.names import stack_name
from constructs_lib.settings.profiles import Profile, profile_of
from constructs_lib.settings.regions import known_region

DEFAULT_IMAGE = "public.ecr.aws/nginx/nginx:1.28.0"
"""A placeholder for the application's image. The stack configures it to answer on the health check path."""

Switch = Annotated[bool, BeforeValidator(numbers.switch)]
Percent = Annotated[int, BeforeValidator(numbers.whole_number(1, 100))]
ExceedablePercent = Annotated[int, BeforeValidator(numbers.whole_number(1, 99))]
Tasks = Annotated[int, BeforeValidator(numbers.whole_number(1, quotas.MAX_TASKS))]
DomainName = Annotated[str, AfterValidator(texts.host_name), AfterValidator(rules.not_an_example_domain)]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class DomainSettings(_Group):
    """The API's domain name."""

    hosted_zone: Annotated[
        DomainName,
        interruption(
            "The DNS records are deleted in the old hosted zone and then created in the new one, so the "
            "name does not resolve in between. Clients find it once the domain is delegated to the new "
            "zone."
        ),
    ] = Field(
        default="example.com",
        description=(
            "Name of the public Route 53 hosted zone in which the API's DNS records are created. Staging and "
            "prod require a domain that you own."
        ),
    )
    hosted_zone_id: Annotated[
        Annotated[str, AfterValidator(texts.hosted_zone_id)] | None,
        interruption(
            "As for the hosted zone, if the ID is that of another zone. Setting the ID of the current zone "
            "changes nothing."
        ),
    ] = Field(
        default=None,
        description=(
            "ID of the hosted zone, Z and up to 31 capital letters and digits. It is required only if the "
            "account has several public hosted zones of that name: without it, Route 53 is searched by name."
        ),
    )
    name: Annotated[
        DomainName,
        AfterValidator(texts.certificate_name),
        AfterValidator(rules.domain_in_hosted_zone),
        interruption(
            "The certificate, its successor first, and the DNS records are replaced. Requests to the "
            "old name fail from then on, because the certificate has one name. Move the clients to a "
            "second deployment first if the old name must not fail."
        ),
    ] = Field(
        description=(
            "Host name of the API: the hosted zone's name or a name below it, with at most 64 characters "
            "(ACM's limit for the common name of a certificate). The default contains the suffix unless that "
            "is dev, so that several deployments can use one hosted zone."
        ),
    )

    @model_validator(mode="before")
    @classmethod
    def _default_name(cls, values: Mapping[str, object], info: ValidationInfo) -> Mapping[str, object]:
        return rules.with_default_domain_name(values, info, cls.model_fields["hosted_zone"].default)


class StateSettings(_Group):
    """The Terraform remote state."""

    bucket: Annotated[
        str,
        AfterValidator(texts.bucket_name),
        Change(
            Effect.FIXED,
            (
                "Terraform refuses to destroy the state bucket, and a working folder that was initialized "
                "with another one asks for a migration. To move the state, create the new bucket beside the "
                "old one and run terraform init -migrate-state."
            ),
        ),
    ] = Field(
        description=(
            "Name of the S3 bucket that stores the Terraform state, 3 to 56 characters. The name must be "
            "globally unique, so staging and prod have no default. The default of dev is a placeholder that "
            "is enough to synthesize: Terraform refuses to create a bucket of that name."
        )
    )
    key_alias: Annotated[
        str,
        AfterValidator(texts.key_alias),
        replaced(
            "The state stack replaces the alias; the key and what it encrypts stay. Until a deployment "
            "is planned with the new alias, it cannot write its state. A working folder that was "
            "initialized before needs terraform init -reconfigure."
        ),
    ] = Field(
        default="payment-api-state",
        description=(
            "Alias of the KMS key that encrypts the Terraform state, without the prefix alias/: 1 to 250 "
            "characters."
        ),
    )


class ImagesSettings(_Group):
    """The container images, in one repository for all deployments of an account and region."""

    reader_account_ids: Annotated[
        tuple[str, ...],
        Sensitive(),
        BeforeValidator(documents.account_ids),
        in_place("An account that is removed can no longer pull, so its tasks can no longer start."),
    ] = Field(
        default=(),
        description=(
            "IDs of the other AWS accounts that can pull from the repository of the stack "
            "payment-api-images: a JSON array of at most 250 IDs. An account also needs IAM policies that "
            "allow its principals to pull, which a deployment there has for its tasks."
        ),
    )


class AccessSettings(_Group):
    """The roles of a pipeline on GitHub, once per account."""

    github_repository: Annotated[
        Annotated[str, AfterValidator(texts.github_repository)] | None,
        in_place("The pipelines of the old repository can no longer assume the roles."),
    ] = Field(
        default=None,
        description=(
            "Repository on GitHub whose workflows can assume the roles of the stack payment-api-access: "
            "OWNER/NAME. Without it, that stack is not synthesized."
        ),
    )
    github_environment: Annotated[
        str,
        AfterValidator(texts.github_environment),
        in_place("Jobs of the old environment can no longer assume the deployer's role."),
    ] = Field(
        default="prod",
        description=(
            "Environment of the repository on GitHub whose jobs can assume the deployer's role: 1 to 100 "
            "letters, digits, dots, underscores and hyphens."
        ),
    )
    oidc_provider_arn: Annotated[
        Annotated[str, AfterValidator(texts.github_oidc_provider_arn)] | None,
        in_place(
            "The roles trust the provider of that ARN. The one that the stack has created is deleted: "
            "remove it from the state first to keep it."
        ),
    ] = Field(
        default=None,
        description=(
            "ARN of the account's OIDC provider for GitHub Actions. An account can have only one; without "
            "the ARN, the stack payment-api-access creates it."
        ),
    )
    permissions_boundary: Annotated[
        Switch,
        in_place("What a role's policies allow beyond the boundary is denied within seconds."),
    ] = Field(
        default=False,
        description=(
            "Whether the roles of the deployment have the permissions boundary of the stack "
            "payment-api-access, which must be deployed first. The deployer's role can create no role "
            "without it."
        ),
    )


class NetworkSettings(_Group):
    """The VPC and the tasks' outbound traffic."""

    cidr: Annotated[
        str,
        AfterValidator(texts.vpc_cidr),
        fixed(
            "The database cannot move to the subnets of another VPC. For other addresses, deploy with "
            "another suffix and move the data there."
        ),
    ] = Field(
        default="10.0.0.0/16",
        description=(
            "IPv4 CIDR block of the VPC, which is divided into nine /24 subnets: a private range (RFC 1918 "
            "or RFC 6598) from /16, the largest that a VPC supports, to /20."
        ),
    )
    zones: Annotated[
        tuple[str, ...],
        BeforeValidator(documents.zones),
        AfterValidator(rules.zones_of_the_region),
        fixed(
            "The database cannot move to other subnets. For other zones, deploy with another suffix and move "
            "the data there."
        ),
    ] = Field(
        default=(),
        description=(
            "Availability zones of the subnets: a JSON array of the letters or names of three zones of the "
            'region. The default is ["a", "b", "c"], but ["a", "c", "d"] in ap-northeast-1 and '
            '["a", "b", "d"] in ca-central-1. In the oldest regions, accounts created before November 2025 '
            "assign the letters in a different order each, so a default zone can lack the instance class."
        ),
    )
    nat_gateways: Annotated[
        Literal[1, 3],
        BeforeValidator(numbers.number_of(1, 3)),
        interruption(
            "Connections that leave the VPC through another NAT gateway than before end, and tasks "
            "connect again at once. With 3, tasks also use two new public addresses, which destinations "
            "may have to allow first."
        ),
    ] = Field(
        description=(
            "Number of availability zones with a NAT gateway and interface endpoints: 1, shared by all "
            "zones, or 3, one per zone."
        )
    )
    destinations: Annotated[
        Mapping[str, documents.Destination],
        Sensitive(),
        BeforeValidator(documents.destinations),
        AfterValidator(MappingProxyType),
        in_place("A removed destination keeps its open connections until they time out."),
    ] = Field(
        default={},
        description=(
            "Destinations outside AWS that the tasks may connect to, such as a card network: a JSON object "
            "of at most 50 names, each with an IPv4 CIDR block of /16 or smaller and a TCP port, such as "
            '{"card-network": "192.0.2.0/24:443"}.'
        ),
    )


class DatabaseSettings(_Group):
    """The Aurora PostgreSQL cluster and its credentials."""

    engine_version: Annotated[
        str,
        AfterValidator(texts.engine_version),
        interruption(
            "Open connections can end while AWS upgrades the instances. A major version makes the whole "
            "database unavailable during the upgrade and cannot be undone: test it on a restored "
            "snapshot. AWS refuses an older version."
        ),
    ] = Field(
        default="15",
        description=(
            "Aurora PostgreSQL version, 14 to 17. With a major version alone, such as 15, AWS chooses the "
            "minor version and upgrades it in the maintenance window. A minor version, such as 15.10, "
            "remains until the setting is changed."
        ),
    )
    instance_class: Annotated[
        str,
        AfterValidator(texts.instance_class),
        interruption(
            "Each instance restarts with the new class, and open connections end. For the writer, "
            "Aurora fails over to the reader, which typically completes within 30 seconds."
        ),
    ] = Field(description="Instance class of the writer and the reader, such as db.r6g.large.")
    database_name: Annotated[
        str,
        AfterValidator(texts.postgresql_name(63)),
        fixed(
            "RDS uses it only when it creates the cluster. Create another database with SQL, or deploy "
            "with another suffix and move the data there."
        ),
    ] = Field(
        default="payments",
        description="Name of the database that is created with the cluster, 1 to 63 characters.",
    )
    master_username: Annotated[
        str,
        AfterValidator(texts.postgresql_name(16)),
        AfterValidator(texts.not_a_role_of_the_stack),
        fixed(
            "RDS cannot rename the master user. Create another user with SQL, or deploy with another "
            "suffix and move the data there."
        ),
    ] = Field(description="Name of the master user, 1 to 16 characters. AWS generates the password.")
    password_version: Annotated[
        int,
        BeforeValidator(numbers.whole_number(1, 2**31 - 1)),
        rolling(
            "The new tasks use another login than the running ones, whose password stays valid until the "
            "next rotation."
        ),
    ] = Field(
        default=1,
        description=(
            "Version of the database passwords, 1 to 2147483647. Raise it by one to rotate those of the "
            "master, of the owner, and of the application's login that is not in use."
        ),
    )
    rotation_months: Annotated[
        int,
        BeforeValidator(numbers.whole_number(0, 12)),
        rolling(
            "Turning the schedule on or off, or changing its length, rotates the passwords at the next "
            "apply, with the same effect as a new version."
        ),
    ] = Field(
        default=0,
        description=(
            "Length of the password rotation period in calendar months, 1 to 12. The first apply in each "
            "period rotates the passwords. 0 disables scheduled rotation."
        ),
    )
    backup_retention_days: Annotated[
        int,
        BeforeValidator(numbers.whole_number(1, 35)),
        in_place(
            "With fewer days, RDS deletes the automated backups that are older. The vault keeps new "
            "snapshots for the new period."
        ),
    ] = Field(
        description=(
            "Retention in days of the cluster's automated backups and of the snapshots in the backup vault, "
            "1 to 35 (Amazon RDS's range)."
        )
    )
    deletion_protection: Annotated[Switch, in_place()] = Field(
        description=(
            "Whether deletion protection is enabled for the database. If so, Terraform also refuses to "
            "destroy its data key, secrets and backup vault."
        )
    )
    final_snapshot: Annotated[Switch, in_place("It matters when the cluster is deleted.")] = Field(
        description="Whether a final snapshot is created when the cluster is deleted."
    )
    insights_mode: Annotated[
        Literal["standard", "advanced"],
        in_place("With standard, performance history that is older than 7 days is deleted."),
    ] = Field(
        description=(
            "Mode of CloudWatch Database Insights: standard retains 7 days of performance history, advanced "
            "465 days and is billed per vCPU."
        )
    )
    vault_backups: Annotated[
        Switch,
        in_place("When it is turned off, the vault and its snapshots stay until their retention ends."),
    ] = Field(
        description=(
            "Whether AWS Backup takes a daily snapshot into the backup vault at 04:00 UTC, in addition to "
            "the cluster's automated backups. If it is switched off, the vault and its snapshots remain."
        )
    )
    backup_window: Annotated[str, AfterValidator(windows.backup_window), in_place()] = Field(
        default="00:30-01:30",
        description=(
            "Daily window of the automated backups in UTC, at least 30 minutes. With vault_backups it must "
            "not overlap 03:00-07:00, the time of the daily snapshot and the hour before it."
        ),
    )
    maintenance_window: Annotated[str, AfterValidator(windows.maintenance_window), in_place()] = Field(
        default="sun:02:00-sun:03:00",
        description=(
            "Weekly window in UTC in which AWS maintains the database, at least 30 minutes. It must not "
            "overlap backup_window, nor, with vault_backups, 03:00-07:00 of any day."
        ),
    )
    secret_reader_arns: Annotated[
        tuple[str, ...],
        Sensitive(),
        BeforeValidator(documents.principal_arns),
        in_place("A principal that is removed can no longer plan or deploy."),
    ] = Field(
        default=(),
        description=(
            "ARNs of the IAM users and roles that plan or deploy and therefore must read the database "
            "secrets: a JSON array of at most 16384 characters. If it is empty, the principal that applies "
            "the stack is the only one, besides the roles that use them, that can read the secrets."
        ),
    )
    secret_recovery_window_days: Annotated[
        int, BeforeValidator(numbers.recovery_window), in_place("It matters when the secret is deleted.")
    ] = Field(
        description=(
            "Recovery window of the deleted database secrets in days: 7 to 30 (Secrets Manager's range), or "
            "0 to delete them immediately."
        )
    )

    @property
    def parameter_group_family(self) -> str:
        """The RDS parameter group family of the engine version, such as aurora-postgresql15."""
        return f"aurora-postgresql{self.engine_version.split('.')[0]}"

    @property
    def upgrades_minor_versions(self) -> bool:
        """Whether AWS upgrades the minor version by itself: only if the setting does not pin it.

        After an upgrade of a pinned version, every plan would try to go back, which RDS refuses.
        """
        return "." not in self.engine_version


class LoadBalancerSettings(_Group):
    """The public Application Load Balancer."""

    tls_policy: Annotated[
        quotas.TlsPolicy,
        BeforeValidator(texts.tls_policy),
        in_place("Clients that support none of the new policy's ciphers can no longer connect."),
    ] = Field(
        default="ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        description=(
            "ELB security policy of the HTTPS listener: one with TLS 1.3 and without TLS 1.1 or older."
        ),
    )
    deletion_protection: Annotated[Switch, in_place()] = Field(
        description=(
            "Whether deletion protection is enabled for the load balancer. If so, Terraform also refuses to "
            "destroy its log bucket."
        )
    )


class ServiceSettings(_Group):
    """The ECS service on Fargate."""

    image: Annotated[
        str,
        AfterValidator(texts.pinned_image),
        AfterValidator(rules.pullable_image),
        rolling(
            "Between a public registry and Amazon ECR, the tasks' permissions and their access to the "
            "internet change too."
        ),
    ] = Field(
        default=DEFAULT_IMAGE,
        description=(
            "Container image, pinned by a tag other than latest or by a digest. Prod requires an image in "
            "Amazon ECR, in the region of the deployment. The host name of an image in Amazon ECR must be "
            "ACCOUNT.dkr.ecr.REGION.amazonaws.com; other registries must be on port 443. If it is not set "
            "although the last apply deployed another image than the default, the plan fails."
        ),
    )
    port: Annotated[int, BeforeValidator(numbers.container_port), rolling()] = Field(
        default=8080,
        description=(
            "TCP port that the container listens on, 1024 to 65535. The container's user cannot listen on a "
            "lower port."
        ),
    )
    health_path: Annotated[
        str,
        Sensitive(),
        AfterValidator(texts.health_path),
        interruption(
            "The check changes before the tasks do: tasks that do not answer the new path with 200 "
            "become unhealthy, and ECS stops them. Deploy an image that answers both paths first, then "
            "nobody notices."
        ),
    ] = Field(
        default="/health",
        description=(
            "Path of the load balancer's health check, 1 to 1024 characters. The container must answer it "
            "with status 200."
        ),
    )
    health_command: Annotated[
        Annotated[str, AfterValidator(texts.health_command)] | None,
        Sensitive(),
        AfterValidator(rules.health_command_required_in_prod),
        rolling(),
    ] = Field(
        default=None,
        description=(
            "Shell command of the container health check, at most 4096 characters. It must exit with 0 if "
            "the container is healthy. The default image has one; prod requires one for your image."
        ),
    )
    migration_command: Annotated[
        tuple[str, ...] | None,
        Sensitive(),
        BeforeValidator(documents.container_command),
        replaced("The task definition of the migration. The migration runs again in the same apply."),
    ] = Field(
        default=None,
        description=(
            "Command that migrates the database, in the service's image and as the owner of the database: a "
            'JSON array of strings, such as ["python", "-m", "app.migrate"], at most 4096 characters. It '
            "runs before the tasks of each new image or environment, and an apply in which it fails leaves "
            "the running tasks as they are. It must complete within 14 minutes, and running it twice must "
            "do no harm. Without it, nothing runs."
        ),
    )
    cpu: Annotated[int, BeforeValidator(numbers.fargate_cpu), rolling()] = Field(
        default=256,
        description=(
            "CPU units of a task (1024 are one vCPU): 256, 512, 1024, 2048, 4096, 8192, 16384 or 32768, the "
            "sizes that Fargate supports."
        ),
    )
    memory: Annotated[
        int,
        BeforeValidator(numbers.whole_number(512, 249_856)),
        AfterValidator(rules.valid_fargate_memory),
        rolling(),
    ] = Field(
        default=512,
        description=(
            "Memory of a task in MiB, 512 to 249856. Fargate supports only certain values for each CPU size."
        ),
    )
    min_capacity: Annotated[Tasks, in_place()] = Field(
        default=2, description="Minimum number of tasks, 1 to 5000 (Amazon ECS's quota per service)."
    )
    max_capacity: Annotated[
        Tasks,
        AfterValidator(rules.at_least_min_capacity),
        in_place("A lower maximum stops the tasks above it."),
    ] = Field(default=10, description="Maximum number of tasks, from the minimum to 5000.")
    cpu_target: Annotated[ExceedablePercent, in_place()] = Field(
        default=70,
        description=(
            "Target average CPU utilization of the tasks in percent, 1 to 99. The service scales out "
            "above it."
        ),
    )
    memory_target: Annotated[ExceedablePercent, in_place()] = Field(
        default=80,
        description=(
            "Target average memory utilization of the tasks in percent, 1 to 99. The service scales out "
            "above it."
        ),
    )
    requests_per_target: Annotated[int, BeforeValidator(numbers.whole_number(1, 1_000_000)), in_place()] = (
        Field(
            default=1000,
            description=(
                "Target number of requests per task and minute (ALBRequestCountPerTarget), 1 to 1000000."
            ),
        )
    )
    environment: Annotated[
        Mapping[str, str],
        Sensitive(),
        BeforeValidator(documents.container_environment),
        AfterValidator(rules.without_secrets),
        AfterValidator(MappingProxyType),
        rolling(),
    ] = Field(
        default={},
        description=(
            "Additional environment variables of the container: a JSON object with string values, at most "
            "32768 characters and no empty value, which ECS would remove. The values are stored in plain "
            "text. A name with a word such as KEY, TOKEN, PASSWORD or SECRET is refused unless "
            "service.harmless_names lists it; secrets belong in service.secrets."
        ),
    )
    harmless_names: Annotated[
        tuple[str, ...],
        Sensitive(),
        BeforeValidator(documents.variable_names),
        AfterValidator(rules.variables_of_the_environment),
        rolling(
            "The variables of service.environment that it allows change the tasks, the list alone nothing."
        ),
    ] = Field(
        default=(),
        description=(
            "Names of variables in service.environment that look like those of secrets but contain none: a "
            "JSON "
            'array, such as ["PUBLIC_KEY"]. Each must be in service.environment.'
        ),
    )
    secrets: Annotated[
        Mapping[str, str],
        Sensitive(),
        BeforeValidator(documents.container_secrets),
        AfterValidator(rules.readable_secrets),
        AfterValidator(MappingProxyType),
        rolling("The new secrets must exist and have a value, or the new tasks do not start."),
    ] = Field(
        default={},
        description=(
            "Environment variables of the container with values from Secrets Manager: a JSON object with "
            "the ARN of a secret in the deployment's account and region for each name. As in ECS's "
            "valueFrom, :JSON_KEY:VERSION_STAGE:VERSION_ID may follow the ARN, all but one or two of them "
            "empty: a JSON key, and a version stage or the ID of a version. The ARNs of all secrets are at "
            "most 1800 characters of JSON together."
        ),
    )
    permissions: Annotated[
        tuple[Permission, ...],
        Sensitive(),
        BeforeValidator(documents.permissions),
        AfterValidator(rules.beside_the_stacks_own),
        in_place("The running tasks have the permissions within seconds, and lose a removed one as fast."),
    ] = Field(
        default=(),
        description=(
            "Further permissions of the application: a JSON array of objects with the arrays actions "
            "(without wildcards) and resources (exact ARNs; the objects of an S3 bucket may end in /*), at "
            "most 4096 characters as statements of a policy. Actions of IAM and AWS Organizations, the "
            "administration of keys and the secrets of the stack's database are refused."
        ),
    )
    tls: Annotated[
        Switch,
        interruption(
            "The target group is replaced, because its protocol is fixed. Requests are answered with "
            "status 503 until the first new task is healthy."
        ),
    ] = Field(description="Whether the load balancer connects to the tasks over HTTPS instead of HTTP.")

    @property
    def secret_arns(self) -> list[str]:
        """The ARN of each secret in `secrets` once, sorted."""
        return grants.secret_arns(self.secrets)

    @property
    def image_is_set(self) -> bool:
        """Whether the image was set, be it to the default image, and is not merely the default."""
        return "image" in self.model_fields_set

    @property
    def image_repository_arn(self) -> str | None:
        """The ARN of the image's private ECR repository; None if the image is in a public registry."""
        repository = texts.ecr_repository(self.image)
        return repository.arn if repository else None


class FirewallSettings(_Group):
    """The AWS WAF web ACL."""

    rate_limit: Annotated[int, BeforeValidator(numbers.whole_number(10, 2_000_000_000)), in_place()] = Field(
        default=2000,
        description=(
            "Maximum number of requests from one IP address within five minutes, 10 to 2000000000 (AWS WAF's "
            "range). Requests above it are answered with status 429."
        ),
    )
    oversize_body: Annotated[Literal["block", "allow"], in_place()] = Field(
        default="block",
        description=(
            "Action for requests whose body is larger than AWS WAF inspects (8 KB): block them, or allow "
            "them if what was inspected matches no rule."
        ),
    )


class MonitoringSettings(_Group):
    """CloudWatch alarms and log retention."""

    alarm_email: Annotated[
        Annotated[str, AfterValidator(texts.email_address)] | None,
        Sensitive(),
        replaced(
            "The subscription. The new address receives nothing until its owner has confirmed it, and "
            "the old one receives nothing any more."
        ),
    ] = Field(
        default=None,
        description=(
            "E-mail address that is subscribed to the alarm topic. The recipient must confirm the "
            "subscription."
        ),
    )
    error_rate_percent: Annotated[Percent, in_place()] = Field(
        default=5,
        description=(
            "Alarm threshold: percentage of requests answered with a 5xx status within five minutes, 1 to "
            "100. The alarm enters ALARM above it and requires at least 20 requests. 100 disables it, for an "
            "interruption that you plan."
        ),
    )
    database_cpu_percent: Annotated[Percent, in_place()] = Field(
        default=80,
        description="Alarm threshold: CPU utilization of the database in percent over ten minutes, 1 to 100.",
    )
    latency_p99_milliseconds: Annotated[int, BeforeValidator(numbers.whole_number(1, 59_999)), in_place()] = (
        Field(
            default=1000,
            description=(
                "Alarm threshold: 99th percentile of the response time in milliseconds over five minutes, "
                "1 to 59999. The load balancer waits at most 60 seconds for a response."
            ),
        )
    )
    database_connections: Annotated[int, BeforeValidator(numbers.whole_number(1, 5000)), in_place()] = Field(
        description=(
            "Alarm threshold: number of connections to one database instance, 1 to 5000 (the largest "
            "max_connections that Aurora PostgreSQL derives from an instance's memory). The defaults are "
            "about 80 % of the maximum that the instance class's memory allows."
        )
    )
    database_free_memory_mib: Annotated[
        int, BeforeValidator(numbers.whole_number(1, 1_000_000)), in_place()
    ] = Field(
        description=(
            "Alarm threshold: freeable memory of a database instance in MiB over ten minutes, 1 to 1000000."
        )
    )
    replica_lag_milliseconds: Annotated[
        int, BeforeValidator(numbers.whole_number(1, 3_600_000)), in_place()
    ] = Field(
        default=1000,
        description=(
            "Alarm threshold: replica lag of the reader in milliseconds over five minutes, 1 to 3600000."
        ),
    )
    blocked_requests: Annotated[int, BeforeValidator(numbers.whole_number(1, 1_000_000_000)), in_place()] = (
        Field(
            default=1000,
            description=(
                "Alarm threshold: number of requests that AWS WAF blocks within five minutes, 1 to "
                "1000000000."
            ),
        )
    )
    log_retention_days: Annotated[
        int,
        BeforeValidator(numbers.number_of(*quotas.LOG_RETENTION_DAYS)),
        in_place("With fewer days, older logs are deleted, and cannot be restored."),
    ] = Field(
        default=365,
        description=(
            "Retention of the stack's logs in CloudWatch Logs and Amazon S3, in days: 1 to 3653, one of "
            "the periods that CloudWatch Logs supports."
        ),
    )


class Settings(_Group):
    """All settings of one deployment."""

    suffix: Annotated[
        str,
        AfterValidator(texts.suffix),
        Change(
            Effect.ANOTHER_DEPLOYMENT,
            (
                "A deployment with the new suffix is created. The old one stays as it is; destroy it with "
                "its own suffix."
            ),
        ),
    ] = Field(
        description=(
            "Suffix of the deployment's name, 1 to 20 lower-case letters, digits and hyphens. It selects the "
            "profile: prod and suffixes that begin with prod- use prod, staging and suffixes that begin with "
            "staging- use staging, all others use dev. Other names for prod and staging, such as production, "
            "live or stage, are refused."
        )
    )
    region: Annotated[
        str,
        AfterValidator(known_region),
        Change(
            Effect.ANOTHER_DEPLOYMENT,
            (
                "It needs a state bucket of its own in the new region. The old one stays as it is; destroy "
                "it with its own region."
            ),
        ),
    ] = Field(
        description=(
            "AWS region of the deployment: a region of the commercial partition with at least three "
            "availability zones."
        )
    )
    domain: DomainSettings
    state: StateSettings
    images: ImagesSettings
    access: AccessSettings
    network: NetworkSettings
    database: DatabaseSettings
    load_balancer: LoadBalancerSettings
    service: ServiceSettings
    firewall: FirewallSettings
    monitoring: MonitoringSettings

    @property
    def profile(self) -> Profile:
        """The profile that the suffix selects."""
        return profile_of(self.suffix)

    @property
    def name_prefix(self) -> str:
        """The prefix of all AWS names of the deployment."""
        return stack_name(self.suffix)

    @property
    def zones(self) -> tuple[str, ...]:
        """The three availability zones that are used, by default always the same ones for a region."""
        return self.network.zones
