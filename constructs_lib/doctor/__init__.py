"""Looks at the machine, the settings and the account, and finds what would make a deployment fail."""
