"""The names of the stacks, and the suffixes that are reserved."""

from collections.abc import Mapping

PROJECT = "payment-api"
"""The prefix of every stack's name, and the value of the tag `Project`."""


def stack_name(suffix: str) -> str:
    """Return the name of the stack with this suffix, which is the prefix of all of its AWS names."""
    return f"{PROJECT}-{suffix}"


def state_key(suffix: str) -> str:
    """Return the key of the state of the stack with this suffix, in the bucket of the remote state."""
    return f"{PROJECT}/{suffix}/terraform.tfstate"


def default_tags(suffix: str) -> dict[str, str]:
    """Return the tags of all resources of the stack with this suffix."""
    return {"Project": PROJECT, "Environment": suffix, "ManagedBy": "terraform"}


def global_name(name: str, region: str) -> str:
    """Return the name with the region appended, except in us-east-1, for resources that are not regional.

    It lets one account have the same deployment in several regions. A suffix cannot contain the underscore,
    so no other deployment has the same name.
    """
    return name if region == HOME_REGION else f"{name}_{region}"


HOME_REGION = "us-east-1"
"""The region whose deployments have no region in their global names."""

TERRAFORM_VERSION = ">= 1.11.0"
"""Write-only arguments need Terraform 1.11."""

STATE_SUFFIX = "state"
STATE_STACK = stack_name(STATE_SUFFIX)

IMAGES_SUFFIX = "images"
IMAGES_STACK = stack_name(IMAGES_SUFFIX)

ACCESS_SUFFIX = "access"
ACCESS_STACK = stack_name(ACCESS_SUFFIX)

PLAN_ROLE, DEPLOY_ROLE, DRIFT_ROLE = (stack_name(purpose) for purpose in ("plan", "deploy", "drift"))
"""The roles of a pipeline, in the stack of the access."""

BOUNDARY = f"{ACCESS_STACK}/boundary"
"""Path and name of the permissions boundary of all deployments' roles in an account."""

RESERVED_SUFFIXES: Mapping[str, str] = {
    STATE_SUFFIX: "the remote state",
    IMAGES_SUFFIX: "the container images",
    ACCESS_SUFFIX: "the pipeline's roles",
}
"""Suffix → what the stack with that suffix contains."""

_SYNONYMS = {
    **dict.fromkeys(("prod", "production", "productive", "prd", "live"), "prod"),
    **dict.fromkeys(("staging", "stage", "stg"), "staging"),
}
"""Common names of an environment → the profile that is meant.

Names that do not mean one profile alone, such as preprod, uat or qa, are deployments of the dev profile.
"""


def meant_suffix(suffix: str) -> str | None:
    """Return the suffix that selects the meant profile, or None if the suffix is no other name for one.

    A number may follow the name: of prod2, the meant suffix is prod-2.
    """
    name, *rest = suffix.split("-")
    word = name.rstrip("0123456789")
    profile = _SYNONYMS.get(word)
    if profile is None or name == profile:
        return None
    return "-".join([profile, *filter(None, [name.removeprefix(word)]), *rest])


MAX_SUFFIX_LENGTH = 32 - len(stack_name(""))
"""The name of a load balancer has at most 32 characters (CreateLoadBalancer of ELBv2).

This is the lowest limit of all names that contain the suffix.
"""

DATABASE_OWNER = "payment_owner"
"""The role that owns the database's objects; migrations log in as it."""

DATABASE_GROUP = "payment_app"
"""The role with the application's privileges, as which nobody logs in."""

DATABASE_LOGINS: Mapping[str, str] = {"a": f"{DATABASE_GROUP}_a", "b": f"{DATABASE_GROUP}_b"}
"""Key → login of the application; new tasks use the one or the other in turn."""

DATABASE_ROLES = (DATABASE_OWNER, DATABASE_GROUP, *DATABASE_LOGINS.values())
