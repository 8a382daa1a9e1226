"""Metrics, alarms, the dashboard, and the topic that notifies people."""
