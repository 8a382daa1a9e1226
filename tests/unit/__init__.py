"""Tests on synthesized JSON, on the settings, and on the tools of the other suites."""
