"""A stand-in for hashicorp/random: its `random_id`, served over Terraform's own plugin protocol.

Only for machines that cannot reach the Terraform registry; `providers.py` decides. It is started by
Terraform as a program, so it imports nothing of this project.
"""

# The framework has no types:
# mypy: disallow-subclassing-any=False
# ruff: noqa: ARG002 - the framework's interface, whether an argument is used or not

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
    """A number of random bytes, drawn when the resource is created and kept in the state."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    @classmethod
    def get_name(cls) -> str:
        return "id"

    @classmethod
    def get_schema(cls) -> schema.Schema:
        given = {"optional": True, "requires_replace": True}
        return schema.Schema(
            version=0,
            attributes=[
                schema.Attribute("byte_length", types.Number(), required=True, requires_replace=True),
                schema.Attribute("keepers", types.Map(types.String()), **given),
                schema.Attribute("prefix", types.String(), **given),
                *(
                    schema.Attribute(name, types.String(), computed=True)
                    for name in ("id", "b64_url", "b64_std", "hex", "dec")
                ),
            ],
        )

    def create(self, ctx: CreateContext, planned: State) -> State:
        return _written(secrets.token_bytes(int(planned["byte_length"])), planned)

    def read(self, ctx: ReadContext, current: State) -> State:
        return current

    def update(self, ctx: UpdateContext, current: State, planned: State) -> State:
        return planned

    def delete(self, ctx: DeleteContext, current: State) -> None:
        """The state forgets it: there is nothing else."""

    def import_(self, ctx: ImportContext, id: str) -> State:
        """From the base64 that is its id. As with the original, the import knows of no keepers: where the
        configuration has some, the next plan replaces it."""
        drawn = base64.urlsafe_b64decode(id + "=" * (-len(id) % 4))
        return _written(drawn, {"byte_length": len(drawn), "keepers": None, "prefix": None})


def _written(drawn: bytes, given: State) -> State:
    """The state of what was drawn."""
    url = base64.urlsafe_b64encode(drawn).decode().rstrip("=")
    prefix = given.get("prefix") or ""
    return {
        **given,
        "id": url,
        "b64_url": prefix + url,
        "b64_std": prefix + base64.b64encode(drawn).decode(),
        "hex": prefix + drawn.hex(),
        "dec": prefix + str(int.from_bytes(drawn, "big")),
    }


class RandomProvider(Provider):
    """hashicorp/random with `random_id` alone."""

    def get_model_prefix(self) -> str:
        return "random_"

    def full_name(self) -> str:
        return "registry.terraform.io/hashicorp/random"

    def get_provider_schema(self, diags: Diagnostics) -> schema.Schema:
        return schema.Schema()

    def validate_config(self, diags: Diagnostics, config: Config) -> None:
        """It has no settings."""

    def configure_provider(self, diags: Diagnostics, config: Config) -> None:
        """It has no settings."""

    def get_data_sources(self) -> list[type[DataSource]]:
        return []

    def get_resources(self) -> list[type[Resource]]:
        return [RandomId]


if __name__ == "__main__":
    runner.run_provider(RandomProvider())
