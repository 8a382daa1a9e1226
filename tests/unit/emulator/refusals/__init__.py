"""The calls that the emulator refuses as AWS does."""
