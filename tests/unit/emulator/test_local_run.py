"""The output of `pipenv run local`."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from rich.console import Console

from tests.emulator import __main__ as local
from tests.emulator.server import Emulator


def test_text_between_colons_is_not_printed_as_an_emoji(monkeypatch: pytest.MonkeyPatch) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:payment-api-dev"
    providers = SimpleNamespace(describe=lambda: [arn])
    monkeypatch.setattr(local, "Deployment", lambda *_, **__: SimpleNamespace(stacks=(), providers=providers))
    output = io.StringIO()

    emulator = cast(Emulator, SimpleNamespace(account=None))
    local.LocalRun(Console(file=output), emulator, Path(), settings={})

    assert arn in output.getvalue()
