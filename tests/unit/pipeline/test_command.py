"""`pipenv run pipeline`: its help, and what it answers to a step that does not exist."""

import pytest

from constructs_lib.commands.pipeline import main, steps


def test_the_help_lists_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert [step for step in steps() if f"\n    {step} " not in shown] == []


@pytest.mark.parametrize(
    "arguments", [["no-such-step"], [], ["comment", "--pull-request", "$(id)", "--file", "x"]]
)
def test_wrong_arguments_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    assert capsys.readouterr().err.endswith(" --help\n")
