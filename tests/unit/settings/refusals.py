"""Loading settings that must be refused."""

from collections.abc import Mapping

import pytest

from constructs_lib.settings.loader import SettingsError, load_settings


def problems(environment: Mapping[str, str], context: Mapping[str, object] | None = None) -> tuple[str, ...]:
    """Return the problems for which load_settings refuses these settings."""
    with pytest.raises(SettingsError) as error:
        load_settings(environment, context or {})
    return error.value.problems


def only_problem(environment: Mapping[str, str], context: Mapping[str, object] | None = None) -> str:
    """Return the single problem for which load_settings refuses these settings."""
    (problem,) = problems(environment, context)
    return problem
