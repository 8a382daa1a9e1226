"""A local AWS for this project: moto on loopback, the real Terraform and the real AWS provider."""
