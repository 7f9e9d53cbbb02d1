"""CodeBuild: `projects` and `builds` answer the API, `runner` runs a build's phases as local bash processes."""

from fmops.local.services.codebuild import builds, projects

__all__ = ["builds", "projects"]
