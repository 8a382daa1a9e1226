"""Scans every synthesized stack with checkov; a finding without a documented exception fails."""
