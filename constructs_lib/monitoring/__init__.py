"""CloudWatch metrics, alarms and dashboard, and the SNS topic that alarms publish to."""
