"""A local AWS for this project: moto on the loopback interface, the real Terraform and AWS provider."""
