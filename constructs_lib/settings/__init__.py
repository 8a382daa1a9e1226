"""Every setting: its type and default, what is valid, and where its value is read from."""
