"""The Fargate service: its container, its roles and its autoscaling."""
