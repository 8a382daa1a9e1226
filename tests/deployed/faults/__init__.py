"""What goes wrong between Terraform and AWS: calls refused, Terraform killed, two people at once."""
