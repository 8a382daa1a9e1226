"""Settings from the environment and cdktf.json, the two stacks, their JSON."""

import os
import sys
from pathlib import Path

from constructs_lib.bindings import load_fast

load_fast()

from cdktf import App

from constructs_lib.payment_api_stack import PaymentApiStack
from constructs_lib.settings_loader import SettingsError, load_settings, read_context
from constructs_lib.state_stack import StateStack


def main() -> None:
    """Synthesize both stacks, or say on stderr what is wrong with the settings and exit with 1."""
    try:
        settings = load_settings(os.environ, read_context(os.environ, Path(__file__).with_name("cdktf.json")))
    except SettingsError as error:
        sys.exit(str(error))
    app = App()  # not before the settings are accepted, since it creates the output folder
    StateStack(app, "payment-api-state", region=settings.region, settings=settings.state)
    PaymentApiStack(app, settings.name_prefix, settings=settings)
    app.synth()


if __name__ == "__main__":
    main()
