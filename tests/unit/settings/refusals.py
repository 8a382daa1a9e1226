"""What load_settings refuses, for the tests to look at."""

from collections.abc import Mapping

import pytest

from constructs_lib.settings.loader import SettingsError, load_settings


def problems(environment: Mapping[str, str], context: Mapping[str, object] | None = None) -> tuple[str, ...]:
    """The lines of the refusal that these settings must meet with."""
    with pytest.raises(SettingsError) as refusal:
        load_settings(environment, context or {})
    return refusal.value.problems


def only(environment: Mapping[str, str], context: Mapping[str, object] | None = None) -> str:
    """The one line of the refusal that these settings must meet with."""
    (problem,) = problems(environment, context)
    return problem
