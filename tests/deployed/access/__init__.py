"""IAM enforced on the emulator: what moto lacks of it, and who asks."""
