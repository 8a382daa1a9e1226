"""Faults between Terraform and AWS: throttled, denied and lost calls, killed and concurrent applies."""
