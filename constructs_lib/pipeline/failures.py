"""The error of a step of a workflow."""


class PipelineError(Exception):
    """A step cannot do its work; the message says in one line what is wrong and what would be right."""
