"""checkov on every stack as shipped: what it finds is mended, or excused with a reason, or fails."""

from constructs_lib.bindings import load_fast

# Before the settings of the unit tests are imported, and with them the bindings.
load_fast()
