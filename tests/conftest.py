"""The AWS bindings are loaded fast, and once for the whole session."""

from constructs_lib.bindings import load_fast

load_fast()
