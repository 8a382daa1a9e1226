"""A stand-in for the provider hashicorp/random, with the resource `random_id` only.

`providers.py` installs it if the Terraform registry is unreachable. Terraform starts it as a program, so it
imports nothing from this project.
"""

# The framework is untyped:
# mypy: disallow-subclassing-any=False
# ruff: noqa: ARG002 - the framework defines the arguments, used or not

import base64
import secrets

from tf import runner, schema, types
from tf.iface import (
    Config,
    CreateContext,
    DataSource,
    DeleteContext,
    ImportContext,
    Provider,
    ReadContext,
    Resource,
    State,
    UpdateContext,
)
from tf.utils import Diagnostics


class RandomId(Resource):
    """Random bytes, generated when the resource is created and stored in the state."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    @classmethod
    def get_name(cls) -> str:
        return "id"

    @classmethod
    def get_schema(cls) -> schema.Schema:
        optional = {"optional": True, "requires_replace": True}
        return schema.Schema(
            version=0,
            attributes=[
                schema.Attribute("byte_length", types.Number(), required=True, requires_replace=True),
                schema.Attribute("keepers", types.Map(types.String()), **optional),
                schema.Attribute("prefix", types.String(), **optional),
                *(
                    schema.Attribute(name, types.String(), computed=True)
                    for name in ("id", "b64_url", "b64_std", "hex", "dec")
                ),
            ],
        )

    def create(self, ctx: CreateContext, planned: State) -> State:
        return _state(secrets.token_bytes(int(planned["byte_length"])), planned)

    def read(self, ctx: ReadContext, current: State) -> State:
        return current

    def update(self, ctx: UpdateContext, current: State, planned: State) -> State:
        return planned

    def delete(self, ctx: DeleteContext, current: State) -> None:
        """Nothing exists outside the state."""

    def import_(self, ctx: ImportContext, id: str) -> State:
        """Import from the id, which is the bytes in base64. Like hashicorp/random, it imports no keepers: if
        the configuration has keepers, the next plan replaces the resource."""
        value = base64.urlsafe_b64decode(id + "=" * (-len(id) % 4))
        return _state(value, {"byte_length": len(value), "keepers": None, "prefix": None})


def _state(value: bytes, arguments: State) -> State:
    """The resource's state: its arguments, and the value in all encodings."""
    url = base64.urlsafe_b64encode(value).decode().rstrip("=")
    prefix = arguments.get("prefix") or ""
    return {
        **arguments,
        "id": url,
        "b64_url": prefix + url,
        "b64_std": prefix + base64.b64encode(value).decode(),
        "hex": prefix + value.hex(),
        "dec": prefix + str(int.from_bytes(value, "big")),
    }


class RandomProvider(Provider):
    """The provider, which has no settings."""

    def get_model_prefix(self) -> str:
        return "random_"

    def full_name(self) -> str:
        return "registry.terraform.io/hashicorp/random"

    def get_provider_schema(self, diags: Diagnostics) -> schema.Schema:
        return schema.Schema()

    def validate_config(self, diags: Diagnostics, config: Config) -> None:
        pass

    def configure_provider(self, diags: Diagnostics, config: Config) -> None:
        pass

    def get_data_sources(self) -> list[type[DataSource]]:
        return []

    def get_resources(self) -> list[type[Resource]]:
        return [RandomId]


if __name__ == "__main__":
    runner.run_provider(RandomProvider())
