"""Measures the time and the memory of a synthesis, compared with an empty CDKTF app."""
