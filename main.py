"""Settings from the environment and cdktf.json, the two stacks, their JSON."""

import os
import sys

from constructs_lib.bindings import load_fast

load_fast()

from cdktf import App

from constructs_lib.payment_api_stack import PaymentApiStack
from constructs_lib.settings_loader import SettingsError, load_settings
from constructs_lib.state_stack import StateStack


def main() -> None:
    """Synthesize both stacks, or say on stderr what is wrong with the settings and exit with 1."""
    app = App()
    context = {key: app.node.try_get_context(key) for key in ("environment_suffix", "payment_api")}
    try:
        settings = load_settings(os.environ, context)
    except SettingsError as error:
        sys.exit(str(error))
    StateStack(app, "payment-api-state", region=settings.region, settings=settings.state)
    PaymentApiStack(app, settings.name_prefix, settings=settings)
    app.synth()


if __name__ == "__main__":
    main()
