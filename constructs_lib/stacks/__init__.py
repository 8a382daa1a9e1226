"""What is deployed: the payment API's stack, with its traffic matrix, and the stack of the remote state."""
