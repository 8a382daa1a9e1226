"""The root of the archive of the function that runs the migrations."""
