"""The generator of settings sets each of them, so that combinations with a new one are tried too."""

from hypothesis import HealthCheck, Phase, given, settings

from constructs_lib.settings.loader import VARIABLES
from tests import generated_settings as generated
from tests.generated_settings import SettingsInput


def variables_of(generated_input: SettingsInput) -> set[str]:
    """The variables of the settings that are set, in the environment or in cdktf.json."""
    places = {(group, name) for group, values in generated_input.groups.items() for name in values}
    return set(generated_input.environment) | {
        variable for variable, place in VARIABLES.items() if place in places
    }


def test_every_setting_is_generated() -> None:
    seen: set[str] = set()

    @settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=100,
        phases=(Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(generated.valid_settings("prod"))
    def generate(generated_input: SettingsInput) -> None:
        seen.update(variables_of(generated_input))

    generate()
    assert seen >= VARIABLES.keys()
