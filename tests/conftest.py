"""Load the AWS bindings with the fast loader, once per test session."""

from constructs_lib.bindings import load_fast

load_fast()
