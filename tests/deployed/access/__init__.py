"""Access tests: IAM enforcement, which moto lacks, the callers, and the calls that they make."""
