"""What Terraform is authorized for, recorded on the emulator and derived into the policies of the pipeline."""
