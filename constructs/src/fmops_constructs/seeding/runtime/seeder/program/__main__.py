"""python -m program: what the seeder's build runs; all it needs to know stands in its environment.

python -m program               seed, and answer CloudFormation
python -m program --died        answer CloudFormation for a program that could not
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from .answer import Request, answer

ANSWERED = Path("answered")
"""Stands there once CloudFormation has its answer."""


def request_of(environment: Mapping[str, str]) -> Request:
    """What the starter handed over."""
    return Request(
        response_url=environment["RESPONSE_URL"],
        stack_id=environment["STACK_ID"],
        request_id=environment["REQUEST_ID"],
        logical_resource_id=environment["LOGICAL_RESOURCE_ID"],
        physical_resource_id=environment.get("PHYSICAL_RESOURCE_ID") or environment["REPOSITORY"],
    )


def seed(environment: Mapping[str, str], templates: Path) -> dict[str, str]:
    """Renders and commits; gives the resource's attributes."""
    import boto3

    from .render import Answers, render
    from .repository import Repository

    answers = Answers.parse(environment["ANSWERS"])
    files = render(templates, environment["TEMPLATE"], answers)
    repository = Repository(boto3.client("codecommit"), environment["REPOSITORY"])
    return repository.seed(environment["TEMPLATE"], answers.version, files)


def main(arguments: list[str], environment: Mapping[str, str], templates: Path = Path("templates")) -> int:
    """Seeds and answers, or only answers; gives the exit code."""
    request = request_of(environment)
    if arguments == ["--died"]:
        if not ANSWERED.exists():
            where = environment.get("CODEBUILD_BUILD_ID", "its build")
            answer(request, failed=f"The seeder ended before it could answer; its log is that of {where}.")
        return 0
    failed, data = None, None
    try:
        data = seed(environment, templates)
        print(json.dumps(data))
    except Exception as error:  # noqa: BLE001 - whatever it was, CloudFormation must hear of it
        failed = f"The repository {environment['REPOSITORY']} was not seeded: {error}"
        print(failed, file=sys.stderr)
    answer(request, failed=failed, data=data)
    ANSWERED.touch()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
