"""A repository's first commit, through CodeCommit's API (git would need credentials of its own)."""

from collections.abc import Mapping
from typing import Any

import yaml

from .render import File

MAIN = "main"
STAGING = "seeding"
"""Where a seed of several commits grows, so that nothing builds half of it."""
FILES_PER_COMMIT = 100


class Repository:
    """A CodeCommit repository.

    Args:
        client: a boto3 client of its account.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client, self.name = client, name

    def seed(self, template: str, version: str, files: Mapping[str, File]) -> dict[str, str]:
        """Makes the files the main branch; gives its commit.

        A main branch that stands is its team's, and is left alone: so a repeated request changes nothing, and a newer
        version of the template never overwrites work.

        Raises:
            ValueError: the branch was seeded from another template, or not by a seeder.
        """
        tip = self._tip(MAIN)
        if tip is not None:
            seeded = self._seeded(tip)
            if seeded.get("template") != template:
                raise ValueError(
                    f"its main branch was not seeded from {template} but from {seeded.get('template', 'elsewhere')}. "
                    "Launch under another name, or delete the repository if nobody needs it."
                )
            return {"Commit": tip, "Version": str(seeded.get("version")), "Seeded": "false"}
        parts = [dict(list(files.items())[at : at + FILES_PER_COMMIT]) for at in range(0, len(files), FILES_PER_COMMIT)]
        message = f"Seed: {template} {version}"
        commit = self._commit(MAIN, message, parts[0]) if len(parts) == 1 else self._grow(message, parts)
        return {"Commit": commit, "Version": version, "Seeded": "true"}

    def _tip(self, branch: str) -> str | None:
        try:
            return str(self._client.get_branch(repositoryName=self.name, branchName=branch)["branch"]["commitId"])
        except self._client.exceptions.BranchDoesNotExistException:
            return None

    def _seeded(self, commit: str) -> Mapping[str, Any]:
        """What project.yaml says the repository was made from; nothing if there is no such file."""
        try:
            file = self._client.get_file(repositoryName=self.name, commitSpecifier=commit, filePath="project.yaml")
        except self._client.exceptions.FileDoesNotExistException:
            return {}
        content = yaml.safe_load(file["fileContent"])
        seed = content.get("seed") if isinstance(content, dict) else None
        return seed if isinstance(seed, dict) else {}

    def _commit(self, branch: str, message: str, files: Mapping[str, File], parent: str | None = None) -> str:
        answer = self._client.create_commit(
            repositoryName=self.name,
            branchName=branch,
            **({"parentCommitId": parent} if parent else {}),
            authorName="fmops seeder",
            email="seeder@fmops.invalid",
            commitMessage=message,
            putFiles=[
                {
                    "filePath": path,
                    "fileMode": "EXECUTABLE" if file.executable else "NORMAL",
                    "fileContent": file.content,
                }
                for path, file in files.items()
            ],
        )
        return str(answer["commitId"])

    def _grow(self, message: str, parts: list[dict[str, File]]) -> str:
        """Several commits on a branch of their own, which then becomes main: one event, one build.

        What a seeder that died has left of the branch is built upon: each commit puts its files whole.
        """
        parent = self._tip(STAGING)
        for number, files in enumerate(parts, start=1):
            parent = self._commit(STAGING, f"{message} ({number} of {len(parts)})", files, parent)
        assert parent is not None  # noqa: S101 - for the type checker: there are at least two parts
        self._client.create_branch(repositoryName=self.name, branchName=MAIN, commitId=parent)
        self._client.update_default_branch(repositoryName=self.name, defaultBranchName=MAIN)
        self._client.delete_branch(repositoryName=self.name, branchName=STAGING)
        return parent
