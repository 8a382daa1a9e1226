"""Pictures for review: the architecture, what a plan changes in it, and the CloudWatch dashboard."""
