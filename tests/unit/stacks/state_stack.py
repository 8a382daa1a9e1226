"""The state stack of any deployment's settings."""

from functools import cache

from cdktf import Testing

from constructs_lib.settings.names import STATE_STACK
from constructs_lib.stacks.state import StateStack
from tests.unit.synthesis import Synthesized, settings_of


@cache
def synthesize_state_of(suffix: str) -> Synthesized:
    """Synthesize the state stack with the settings of the deployment with this suffix."""
    settings = settings_of(suffix)
    stack = StateStack(Testing.app(), STATE_STACK, region=settings.region, settings=settings.state)
    return Synthesized(str(Testing.synth(stack)), settings)
