"""CodeCommit over real git: `repositories` and `commits` answer the API, `http` serves clone and push."""

from fmops.local.services.codecommit import commits, http, repositories

__all__ = ["commits", "http", "repositories"]
