"""The payment processing API on AWS: its settings, its constructs and the stacks made of them."""
