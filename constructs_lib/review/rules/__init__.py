"""What a change of each resource type means, by capability."""
