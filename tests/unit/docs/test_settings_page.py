"""docs/settings.md is what the settings type says, and `pipenv run docs` writes it."""

import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.commands import docs
from constructs_lib.settings.changes import MEANINGS
from constructs_lib.settings.loader import GROUPS, VARIABLES
from constructs_lib.settings.model import Settings

CHECKOUT = Path(__file__).parents[3]
VARIABLE, DEFAULT, RULE, DESCRIPTION, CHANGE = 0, 2, 3, 4, 5


def rows() -> dict[str, list[str]]:
    """The cells of every setting's row, by its variable."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in docs.page().splitlines()
        if line.startswith("| `")
    ]
    return {row[VARIABLE].strip("`"): row for row in cells}


def test_the_page_is_up_to_date() -> None:
    assert docs.PAGE.read_text(encoding="utf-8") == docs.page(), "run `pipenv run docs`, and commit the page"


def test_every_setting_has_a_row() -> None:
    assert rows().keys() == {"ENVIRONMENT_SUFFIX", "AWS_REGION", *VARIABLES}


def test_every_setting_has_a_description_that_is_a_sentence() -> None:
    fields = [Settings.model_fields["suffix"], Settings.model_fields["region"]]
    fields += [field for group in GROUPS.values() for field in group.model_fields.values()]
    assert not [field for field in fields if not (field.description or "").endswith(".")]


def test_every_setting_says_what_its_value_must_be() -> None:
    assert not [variable for variable, row in rows().items() if not row[RULE] or row[RULE] == "be text"]


@pytest.mark.parametrize(
    ("variable", "default"),
    [
        ("ENVIRONMENT_SUFFIX", "`dev`"),
        ("AWS_REGION", "`us-east-1`"),
        ("PAYMENT_API_SERVICE__PORT", "`8080`"),
        ("PAYMENT_API_SERVICE__TLS", "`false` / `true` / `true`"),
        ("PAYMENT_API_SERVICE__HEALTH_COMMAND", "none / none / must be set"),
        ("PAYMENT_API_DATABASE__SECRET_READER_ARNS", "none"),
        ("PAYMENT_API_STATE__BUCKET", "`payment-api-terraform-state` / must be set / must be set"),
        ("PAYMENT_API_DOMAIN__NAME", "`payment-api.example.com` / must be set / must be set"),
        ("PAYMENT_API_DOMAIN__HOSTED_ZONE", "`example.com` / must be set / must be set"),
    ],
)
def test_the_default_is_that_of_each_profile(variable: str, default: str) -> None:
    assert rows()[variable][DEFAULT] == default


@pytest.mark.parametrize(
    ("variable", "rule"),
    [
        ("PAYMENT_API_SERVICE__PORT", "be a whole number from 1024 to 65535"),
        ("PAYMENT_API_FIREWALL__OVERSIZE_BODY", "be `block` or `allow`"),
        ("PAYMENT_API_NETWORK__NAT_GATEWAYS", "be 1 or 3"),
    ],
)
def test_the_valid_values_are_those_of_the_check(variable: str, rule: str) -> None:
    assert rows()[variable][RULE] == rule


@pytest.mark.parametrize(
    ("variable", "effect"),
    [
        ("ENVIRONMENT_SUFFIX", "**another deployment**: A deployment with the new suffix is created."),
        ("PAYMENT_API_NETWORK__CIDR", "**fixed for life**: "),
        ("PAYMENT_API_SERVICE__IMAGE", "**rolling**: "),
        ("PAYMENT_API_SERVICE__TLS", "**interruption**: "),
        ("PAYMENT_API_MONITORING__ALARM_EMAIL", "**replaced**: The subscription."),
    ],
)
def test_the_effect_of_a_later_change_is_that_of_the_settings_type(variable: str, effect: str) -> None:
    assert rows()[variable][CHANGE].startswith(effect)


def test_an_effect_without_a_note_has_no_colon() -> None:
    assert rows()["PAYMENT_API_FIREWALL__RATE_LIMIT"][CHANGE] == "**in place**"


def test_every_effect_is_explained_above_the_tables() -> None:
    introduction = docs.page().partition("## Deployment")[0]
    assert all(f"| {effect} | {meaning} |" in introduction for effect, meaning in MEANINGS.items())


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    assert docs.main([], tmp_path / "settings.md") == 0
    assert (tmp_path / "settings.md").read_text(encoding="utf-8") == docs.page()


def test_check_fails_on_a_stale_page_and_leaves_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "settings.md"
    stale.write_text("# Settings\n", encoding="utf-8")
    assert docs.main(["--check"], stale) == 1
    assert "is stale: run `pipenv run docs`" in capsys.readouterr().err
    assert stale.read_text(encoding="utf-8") == "# Settings\n"


@pytest.mark.parametrize("arguments", [["--check"], []])
def test_a_page_that_cannot_be_read_or_written_is_one_line(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert docs.main(arguments, tmp_path / "missing" / "settings.md") == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_script_of_the_pipfile_runs() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "constructs_lib.commands.docs", "--check"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
