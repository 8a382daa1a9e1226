"""The stacks that the pictures of the documentation show."""

from constructs_lib.commands.synthesis import EXAMPLE
from tests.unit.synthesis import Synthesized, synthesize, synthesize_images, synthesize_state

_VARIABLES = {name: value for name, value in EXAMPLE.items() if name != "ENVIRONMENT_SUFFIX"}


def example() -> Synthesized:
    """The system with the settings of the example."""
    return synthesize(EXAMPLE["ENVIRONMENT_SUFFIX"], **_VARIABLES)


def example_stacks() -> list[Synthesized]:
    """All stacks, in any order."""
    suffix = EXAMPLE["ENVIRONMENT_SUFFIX"]
    return [example(), synthesize_state(suffix), synthesize_images(suffix)]
