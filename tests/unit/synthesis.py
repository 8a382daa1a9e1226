"""Synthesized stacks, and questions to ask of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cdktf import Testing

from constructs_lib.settings.loader import load_settings
from constructs_lib.settings.model import Settings
from constructs_lib.settings.names import STATE_STACK
from constructs_lib.stacks.payment_api import PaymentApiStack
from constructs_lib.stacks.state import StateStack
from tests.variables import variables_of

Block = dict[str, Any]

# The account id as policies hold it: known to the one who applies, not to the JSON.
ACCOUNT = "${data.aws_caller_identity.caller.account_id}"


@dataclass(frozen=True)
class Synthesized:
    """One stack's JSON, as text for `Testing` and as a document, and the settings that it was made from."""

    text: str
    settings: Settings = field(repr=False)

    @property
    def prefix(self) -> str:
        """What the AWS names of the deployment's stack begin with."""
        return self.settings.name_prefix

    @property
    def region(self) -> str:
        """The region of the deployment."""
        return self.settings.region

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource of the account, as policies contain it."""
        return f"arn:aws:{service}:{self.region}:{ACCOUNT}:{resource}"

    def key_arn(self, purpose: str) -> str:
        """The reference to the ARN of the customer key with the alias of this purpose, such as `data`."""
        alias = self.one("aws_kms_alias", name=f"alias/{self.prefix}-{purpose}")
        return str(alias["target_key_id"]).replace(".key_id}", ".arn}")

    @property
    def document(self) -> Block:
        """The whole document."""
        document: Block = json.loads(self.text)
        return document

    def all(self, type_: str, **properties: object) -> dict[str, Block]:
        """Resources of a type that have all of the given arguments, by their names in Terraform."""
        resources: dict[str, Block] = self.document["resource"].get(type_, {})
        return {
            name: resource
            for name, resource in resources.items()
            if all(resource.get(key) == value for key, value in properties.items())
        }

    def one(self, type_: str, **properties: object) -> Block:
        """The only resource of a type with the given arguments."""
        found = list(self.all(type_, **properties).values())
        assert len(found) == 1, f"{len(found)} of {type_} with {properties}"
        return found[0]

    def address(self, type_: str, **properties: object) -> str:
        """The address of the only resource of a type with the given arguments, as references name it."""
        found = list(self.all(type_, **properties))
        assert len(found) == 1, f"{len(found)} of {type_} with {properties}"
        return f"{type_}.{found[0]}"

    def ref(self, type_: str, attribute: str = "id", **properties: object) -> str:
        """What another resource's argument holds to point at an attribute of that resource."""
        return f"${{{self.address(type_, **properties)}.{attribute}}}"

    def has(self, type_: str, properties: Mapping[str, object]) -> bool:
        """Whether CDKTF's own matcher finds a resource of the type with these properties."""
        return bool(Testing.to_have_resource_with_properties(self.text, type_, properties))


def settings_of(suffix: str, **variables: str) -> Settings:
    """The settings of a deployment, with what its profile must be told."""
    return load_settings({**variables_of(suffix), **variables}, {})


def synthesize(suffix: str, **variables: str) -> Synthesized:
    """The system of a suffix; variables by their full names."""
    return _system(suffix, frozenset(variables.items()))


@cache
def _system(suffix: str, variables: frozenset[tuple[str, str]]) -> Synthesized:
    value = settings_of(suffix, **dict(variables))
    stack = PaymentApiStack(Testing.app(), value.name_prefix, settings=value)
    return Synthesized(str(Testing.synth(stack)), value)


@cache
def synthesize_state() -> Synthesized:
    """The state stack of dev's settings."""
    value = settings_of("dev")
    stack = StateStack(Testing.app(), STATE_STACK, region=value.region, settings=value.state)
    return Synthesized(str(Testing.synth(stack)), value)


def statements(policy: str) -> dict[str, Block]:
    """The statements of a policy document, by Sid."""
    return {each["Sid"]: each for each in json.loads(policy)["Statement"]}


def container(stack: Synthesized) -> Block:
    """The one container of a system's task definition."""
    (definition,) = json.loads(stack.one("aws_ecs_task_definition")["container_definitions"])
    return dict(definition)
