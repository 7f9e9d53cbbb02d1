"""Says that a release has passed dev: an event on tooling's bus, which starts the project's promotion."""

import json
import os

import boto3
from fmops_constructs import names

from deploy.settings import Build, Project


def main() -> None:
    build, project = Build.of(os.environ), Project.load()
    detail = {"project": project.name, "release": build.release, "commit": os.environ["COMMIT_ID"]}
    entry = {"Source": names.RELEASE_SOURCE, "DetailType": names.RELEASE_PASSED, "Detail": json.dumps(detail)}
    answer = boto3.client("events", region_name=build.region).put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise SystemExit(f"The offer was not taken: {answer['Entries'][0].get('ErrorMessage')}")
    print(f"{project.name}: sha256:{build.release} is offered for promotion")


if __name__ == "__main__":
    main()
