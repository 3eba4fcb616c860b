"""poolkeep: a self-hosted implementation of Amazon Cognito."""

__version__ = "0.1.0"
