"""Synthesized stacks, and queries on their resources."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cdktf import Testing

from constructs_lib.settings.loader import load_settings
from constructs_lib.settings.model import Settings
from constructs_lib.settings.names import ACCESS_STACK, IMAGES_STACK, STATE_STACK
from constructs_lib.stacks.access import AccessStack
from constructs_lib.stacks.images import ImagesStack
from constructs_lib.stacks.payment_api import PaymentApiStack
from constructs_lib.stacks.state import StateStack
from tests.variables import variables_of

Block = dict[str, Any]

# The account id in policies, which Terraform reads during the apply.
ACCOUNT = "${data.aws_caller_identity.caller.account_id}"


@dataclass(frozen=True)
class Synthesized:
    """The synthesized JSON of a stack, and the settings of its deployment."""

    text: str
    settings: Settings = field(repr=False)

    @property
    def prefix(self) -> str:
        """The prefix of all AWS names of the deployment."""
        return self.settings.name_prefix

    @property
    def region(self) -> str:
        """The AWS region of the deployment."""
        return self.settings.region

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a regional resource of the account, as policies contain it."""
        return f"arn:aws:{service}:{self.region}:{ACCOUNT}:{resource}"

    def role_name(self, purpose: str) -> str:
        """Return the name of the IAM role for a purpose, such as `task`, and of its policy."""
        if self.region == "us-east-1":
            return f"{self.prefix}-{purpose}"
        short = purpose.replace("database-", "db-").replace("-execution", "-exec")
        return f"{self.prefix}-{short}_{self.region}"

    def key_arn(self, purpose: str) -> str:
        """Return the reference to the ARN of the customer managed key for a purpose, such as `data`."""
        alias = self.one("aws_kms_alias", name=f"alias/{self.prefix}-{purpose}")
        return str(alias["target_key_id"]).replace(".key_id}", ".arn}")

    @property
    def document(self) -> Block:
        """The JSON as a dictionary."""
        document: Block = json.loads(self.text)
        return document

    def all(self, type_: str, **properties: object) -> dict[str, Block]:
        """Return the resources of a type with these arguments, by their Terraform names."""
        resources: dict[str, Block] = self.document["resource"].get(type_, {})
        return {
            name: resource
            for name, resource in resources.items()
            if all(resource.get(key) == value for key, value in properties.items())
        }

    def one(self, type_: str, **properties: object) -> Block:
        """Return the only resource of a type with these arguments."""
        found = list(self.all(type_, **properties).values())
        assert len(found) == 1, f"{len(found)} of {type_} with {properties}"
        return found[0]

    def address(self, type_: str, **properties: object) -> str:
        """Return the Terraform address of the only resource of a type with these arguments."""
        found = list(self.all(type_, **properties))
        assert len(found) == 1, f"{len(found)} of {type_} with {properties}"
        return f"{type_}.{found[0]}"

    def ref(self, type_: str, attribute: str = "id", **properties: object) -> str:
        """Return a reference to an attribute of the only resource of a type with these arguments."""
        return f"${{{self.address(type_, **properties)}.{attribute}}}"

    def has(self, type_: str, properties: Mapping[str, object]) -> bool:
        """Return whether CDKTF's matcher finds a resource of the type with these properties."""
        return bool(Testing.to_have_resource_with_properties(self.text, type_, properties))


def settings_of(suffix: str, **variables: str) -> Settings:
    """Return the settings of a deployment: those that its profile requires, and these variables."""
    return load_settings({**variables_of(suffix), **variables}, {})


def synthesize(suffix: str, **variables: str) -> Synthesized:
    """Return the stack of a deployment with further environment variables, by their full names."""
    return _stack(suffix, frozenset(variables.items()))


@cache
def _stack(suffix: str, variables: frozenset[tuple[str, str]]) -> Synthesized:
    value = settings_of(suffix, **dict(variables))
    stack = PaymentApiStack(Testing.app(), value.name_prefix, settings=value)
    return Synthesized(str(Testing.synth(stack)), value)


@cache
def synthesize_state(suffix: str = "dev") -> Synthesized:
    """Return the state stack, synthesized with the settings of the deployment with this suffix."""
    value = settings_of(suffix)
    stack = StateStack(Testing.app(), STATE_STACK, region=value.region, settings=value.state)
    return Synthesized(str(Testing.synth(stack)), value)


def synthesize_images(suffix: str = "dev", **variables: str) -> Synthesized:
    """Return the stack of the images, synthesized with the settings of the deployment with this suffix."""
    return _images(suffix, frozenset(variables.items()))


@cache
def _images(suffix: str, variables: frozenset[tuple[str, str]]) -> Synthesized:
    value = settings_of(suffix, **dict(variables))
    stack = ImagesStack(
        Testing.app(), IMAGES_STACK, region=value.region, state=value.state, settings=value.images
    )
    return Synthesized(str(Testing.synth(stack)), value)


@cache
def synthesize_access(suffix: str = "dev", **variables: str) -> Synthesized:
    """Return the stack of the pipeline's roles, for the repository example/payment-api by default."""
    repository = {"PAYMENT_API_ACCESS__GITHUB_REPOSITORY": "example/payment-api"}
    value = settings_of(suffix, **{**repository, **variables})
    stack = AccessStack(
        Testing.app(),
        ACCESS_STACK,
        region=value.region,
        state=value.state,
        service=value.service,
        settings=value.access,
    )
    return Synthesized(str(Testing.synth(stack)), value)


def statements(policy: str) -> dict[str, Block]:
    """Return the statements of a policy document by Sid."""
    return {each["Sid"]: each for each in json.loads(policy)["Statement"]}


def container(stack: Synthesized) -> Block:
    """Return the container definition of the service's task definition, which has one container."""
    task = stack.one("aws_ecs_task_definition", family=stack.prefix)
    (definition,) = json.loads(task["container_definitions"])
    return dict(definition)
