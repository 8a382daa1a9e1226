"""A construct takes its own group of the settings, so that its arguments say what it depends on."""

import ast
from pathlib import Path

from constructs_lib.settings.model import Settings

PACKAGE = Path(__file__).parents[3] / "constructs_lib"

# The backend and the tags are those of a whole stack.
OF_A_STACK = {"foundation/terraform.py"}
# The last two are what two of the commands are made of.
WHOLE = {"stacks", "settings", "commands", "doctor", "pipeline"}


def imports_root_settings(source: str) -> bool:
    """Whether a module imports the type of all settings."""
    return any(
        isinstance(node, ast.ImportFrom) and Settings.__name__ in {each.name for each in node.names}
        for node in ast.walk(ast.parse(source))
    )


def test_only_stacks_and_commands_see_all_settings() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if imports_root_settings(path.read_text(encoding="utf-8"))
    }
    assert {each for each in found if each.split("/")[0] not in WHOLE} == OF_A_STACK


def test_an_import_of_all_settings_is_found() -> None:
    assert imports_root_settings("from constructs_lib.settings.model import DatabaseSettings, Settings\n")
    assert not imports_root_settings("from constructs_lib.settings.model import DatabaseSettings\n")
