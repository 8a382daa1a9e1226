"""The commands that `pipenv run` offers besides synthesis."""
