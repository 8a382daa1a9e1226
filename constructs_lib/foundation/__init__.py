"""Building blocks without a domain of their own: IAM, keys, buckets, log groups and Terraform itself."""
