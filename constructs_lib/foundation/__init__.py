"""Building blocks that the other folders share: IAM, KMS keys, S3 buckets, log groups and Terraform."""
