"""checkov on every stack as shipped: what it finds is mended, or excused with a reason, or fails."""
