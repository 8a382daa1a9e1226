"""Tests on stacks that Terraform has applied to the emulator."""
