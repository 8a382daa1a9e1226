"""The sources of the Lambda functions; each folder below is the root of an archive."""
