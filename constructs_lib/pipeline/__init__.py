"""What the jobs of the workflows in .github/workflows do, beside the commands for people."""
