"""How long a synthesis takes and how much memory, against an app with nothing in it."""
