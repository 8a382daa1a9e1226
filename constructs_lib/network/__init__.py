"""The VPC, security groups and their rules, VPC endpoints, and flow logs."""
