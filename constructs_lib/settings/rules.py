"""Validation that depends on another setting, on the profile or on the region.

Each function validates the setting that it rejects, so that it runs even if other settings are not valid.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationInfo

from constructs_lib.settings import documents, grants, texts
from constructs_lib.settings.grants import Permission
from constructs_lib.settings.messages import shown_name
from constructs_lib.settings.names import PROJECT, stack_name
from constructs_lib.settings.profiles import Profile
from constructs_lib.settings.quotas import FARGATE_MEMORY
from constructs_lib.settings.regions import ZONE_LETTERS, zones_of


@dataclass(frozen=True)
class ValidationContext:
    """The profile, the region and the suffix, which the validators need before the settings exist.

    So are the harmless names, as they were given: the variables that they are about are validated first.
    """

    profile: Profile
    region: str
    suffix: str
    harmless_names: object = None


def _context(info: ValidationInfo) -> ValidationContext:
    if not isinstance(info.context, ValidationContext):
        raise TypeError("settings must be created by load_settings, which sets the context of the validation")
    return info.context


def not_an_example_domain(name: str, info: ValidationInfo) -> str:
    """Return the domain if it is not below example.com, which is allowed only in dev."""
    profile = _context(info).profile
    if profile != "dev" and f".{name}".endswith(".example.com"):
        raise ValueError(
            f"must be a domain that you own in {profile}; example.com is reserved for documentation"
        )
    return name


def with_default_domain_name(
    domain: Mapping[str, object], info: ValidationInfo, default_zone: str
) -> Mapping[str, object]:
    """Return the domain's settings with the name that dev has by default, which staging and prod have not.

    Only the suffix dev has a name without the suffix: two deployments cannot have the same alias record.
    """
    context = _context(info)
    if context.profile != "dev" or "name" in domain:
        return domain
    label = PROJECT if context.suffix == "dev" or not _valid(texts.suffix, context.suffix) else None
    zone = domain.get("hosted_zone", default_zone)
    # A hosted zone that is not valid is refused itself, and not its default name as well.
    zone = zone if _valid(texts.host_name, zone) else default_zone
    return {**domain, "name": f"{label or stack_name(context.suffix)}.{zone}"}


def _valid(validate: Callable[[str], str], value: object) -> bool:
    try:
        return isinstance(value, str) and bool(validate(value))
    except ValueError:
        return False


def domain_in_hosted_zone(name: str, info: ValidationInfo) -> str:
    """Return the domain if it is the hosted zone's name or a name below it."""
    zone = info.data.get("hosted_zone", name)
    if name != zone and not name.endswith(f".{zone}"):
        raise ValueError(f"must be the hosted zone's name, {zone}, or end with .{zone}")
    return name


def zones_of_the_region(zones: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """Return the names of the zones, by default the region's, if they are different zones of the region."""
    region = _context(info).region
    if region not in ZONE_LETTERS:
        return zones
    if not zones:
        return zones_of(region)
    names = tuple(zone if len(zone) > 1 else f"{region}{zone}" for zone in zones)
    if any(name[:-1] != region for name in names):
        raise ValueError(f"must be zones of {region}, the region of the deployment, such as {region}a")
    if len(set(names)) < len(names):
        raise ValueError("must be different zones")
    return names


def pullable_image(image: str, info: ValidationInfo) -> str:
    """Return the image if the tasks can pull it, and in prod only if they do so without internet access."""
    deployment, repository = _context(info), texts.ecr_repository(image)
    if repository is None:
        texts.served_by_ecr_endpoint(image)
        if deployment.profile == "prod":
            raise ValueError(
                "must be in Amazon ECR in prod (ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG): pulling from "
                "a public registry would require port 443 to be open from the tasks to the internet"
            )
        host = texts.image_host(image)
        if host is not None:
            texts.registry_host(host)
    elif repository.region != deployment.region and deployment.region in ZONE_LETTERS:
        raise ValueError(
            f"must be in Amazon ECR in {deployment.region}, the region of the deployment: the tasks pull "
            "images through the VPC's endpoints, which connect to this region only"
        )
    return image


def health_command_required_in_prod(command: str | None, info: ValidationInfo) -> str | None:
    """Return the command, which may be None except in prod, where no default fits the image."""
    if command is None and _context(info).profile == "prod":
        raise ValueError(
            "must be set in prod to a shell command that exits with 0 if the container is healthy, such as "
            "curl --fail --silent --insecure https://127.0.0.1:8080/health"
        )
    return command


def valid_fargate_memory(memory: int, info: ValidationInfo) -> int:
    """Return the memory if Fargate supports it with the task's CPU units."""
    if "cpu" not in info.data:
        return memory
    cpu = info.data["cpu"]
    supported = FARGATE_MEMORY[cpu]
    if memory not in supported:
        sizes = (
            f"{supported[0]} to {supported[-1]} MiB in steps of {supported.step} MiB"
            if isinstance(supported, range)
            else f"{supported[0]}, {supported[1]} or {supported[2]} MiB"
        )
        raise ValueError(f"must be {sizes}: Fargate supports only these sizes with {cpu} CPU units")
    return memory


def at_least_min_capacity(max_capacity: int, info: ValidationInfo) -> int:
    """Return the maximum capacity if it is not less than the minimum capacity."""
    min_capacity = info.data.get("min_capacity", max_capacity)
    if max_capacity < min_capacity:
        raise ValueError(f"must be at least {min_capacity} (min_capacity)")
    return max_capacity


def without_secrets(environment: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
    """Return the variables if no name looks like that of a secret, except names listed as harmless."""
    try:
        harmless = documents.variable_names(_context(info).harmless_names or ())
    except ValueError:
        return environment  # only the list is refused
    secret = [name for name in environment if grants.looks_secret(name) and name not in harmless]
    if secret:
        raise ValueError(
            f"must not contain {_names(secret)}, because the name looks like that of a secret, and the "
            "values here are stored in plain text: put a secret into Secrets Manager and its ARN into "
            "service.secrets; if the value is none, add the name to service.harmless_names"
        )
    return environment


def variables_of_the_environment(names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """Return the names if each is that of a variable in the environment of the container."""
    missing = [name for name in names if name not in info.data.get("environment", names)]
    if missing:
        raise ValueError(
            f"must contain only names of variables in service.environment, which has no {_names(missing)}"
        )
    return names


def readable_secrets(references: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
    """Return the references if the tasks can read the secrets, and no variable is set twice."""
    deployment = _context(info)
    both = sorted(references.keys() & info.data.get("environment", {}).keys())
    if both:
        raise ValueError(f"must not contain {_names(both)}, because service.environment contains it too")
    elsewhere = [name for name, each in references.items() if grants.secret_region(each) != deployment.region]
    if elsewhere and deployment.region in ZONE_LETTERS:
        raise ValueError(
            f"must map {_names(elsewhere)} to a secret in {deployment.region}, the region of the "
            "deployment: the tasks read secrets through the VPC's endpoint, which connects to this region "
            "only"
        )
    own = [
        name for name, each in references.items() if _of_the_database(grants.secret_name(each), deployment)
    ]
    if own:
        raise ValueError(
            f"must not map {_names(own)} to a secret of the stack's database: the tasks have their "
            "credentials in DB_USERNAME and DB_PASSWORD, and must not have those of others"
        )
    return references


def beside_the_stacks_own(
    permissions: tuple[Permission, ...], info: ValidationInfo
) -> tuple[Permission, ...]:
    """Return the permissions if none is about a secret of the stack's database."""
    for each, name in grants.secret_names(permissions):
        if _of_the_database(name, _context(info)):
            raise ValueError(
                f"must not have in entry {each.number} a secret of the stack's database: the tasks have "
                "their credentials in DB_USERNAME and DB_PASSWORD, and must not have those of others"
            )
    return permissions


def _of_the_database(secret: str, deployment: ValidationContext) -> bool:
    name = f"{stack_name(deployment.suffix)}-database"
    return secret == name or secret.startswith(f"{name}-")


def _names(names: Sequence[str]) -> str:
    return ", ".join(map(shown_name, names))
