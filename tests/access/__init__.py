"""Records what Terraform is authorized for on the emulator, and derives the pipeline's policies from it."""
