"""Rules that look beyond the one value: at a setting beside it, at the profile or at the region.

Each goes with the setting that it refuses, as one of its checks, so that nothing wrong elsewhere hides it.
"""

from dataclasses import dataclass

from pydantic import ValidationInfo

from constructs_lib.settings.profiles import Profile
from constructs_lib.settings.quotas import FARGATE_MEMORY
from constructs_lib.settings.regions import ZONE_LETTERS
from constructs_lib.settings.texts import ecr_repository


@dataclass(frozen=True)
class ValidationContext:
    """What the settings are for, known before any of them is checked: the context of their validation."""

    profile: Profile
    region: str


def _context(info: ValidationInfo) -> ValidationContext:
    if not isinstance(info.context, ValidationContext):
        raise TypeError("settings are made by load_settings, which says what deployment they are for")
    return info.context


def not_an_example_domain(name: str, info: ValidationInfo) -> str:
    """Return the domain if it is not the example, or if this is dev."""
    profile = _context(info).profile
    if profile != "dev" and f".{name}".endswith(".example.com"):
        raise ValueError(f"must be a domain of your own in {profile}, and example.com is nobody's")
    return name


def domain_in_hosted_zone(name: str, info: ValidationInfo) -> str:
    """Return the domain if the hosted zone holds it."""
    zone = info.data.get("hosted_zone", name)
    if name != zone and not name.endswith(f".{zone}"):
        raise ValueError(f"must be {zone}, the hosted_zone, or end in .{zone}")
    return name


def pullable_image(image: str, info: ValidationInfo) -> str:
    """Return the image if the tasks can pull it, and in prod without a way to the internet."""
    deployment, repository = _context(info), ecr_repository(image)
    if repository is None:
        if deployment.profile == "prod":
            raise ValueError(
                "must be in your own ECR in prod (ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG); push a copy"
                " there: pulling from a public registry opens port 443 from the tasks to the whole internet"
            )
    elif repository.region != deployment.region and deployment.region in ZONE_LETTERS:
        raise ValueError(
            f"must be in the ECR of {deployment.region}, the region of the deployment: the VPC's endpoints, "
            "through which the tasks pull, reach no other"
        )
    return image


def health_command_required_in_prod(command: str | None, info: ValidationInfo) -> str | None:
    """Return the command if there is one, or if ECS may do without: what runs in prod is nobody's default."""
    if command is None and _context(info).profile == "prod":
        raise ValueError(
            "must be set in prod: a shell command of your image that exits 0 in a healthy container, such as"
            " curl --fail --silent --insecure https://127.0.0.1:8080/health"
        )
    return command


def valid_fargate_memory(memory: int, info: ValidationInfo) -> int:
    """Return the memory if Fargate sells it with the task's CPU units."""
    if "cpu" not in info.data:
        return memory
    cpu = info.data["cpu"]
    sold = FARGATE_MEMORY[cpu]
    if memory not in sold:
        sizes = (
            f"{sold[0]} to {sold[-1]} in steps of {sold.step}"
            if isinstance(sold, range)
            else f"{sold[0]}, {sold[1]} or {sold[2]}"
        )
        raise ValueError(f"must be {sizes} MiB: with {cpu} CPU units Fargate sells no other memory")
    return memory


def at_least_min_capacity(most: int, info: ValidationInfo) -> int:
    """Return the largest capacity if it is not below the smallest."""
    fewest = info.data.get("min_capacity", most)
    if most < fewest:
        raise ValueError(f"must be at least {fewest}, the min_capacity")
    return most
