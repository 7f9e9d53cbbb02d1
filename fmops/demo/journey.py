"""The steps of the demo. Each is idempotent: a run that was killed is finished by the next one."""

import csv
import io
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from fmops_constructs import names

from fmops import delivery, deployment, launching, rollout
from fmops.board import Board
from fmops.delivery import Project
from fmops.demo.application import Application
from fmops.problem import FAILED, Problem
from fmops.target import Target
from fmops.verify import posture, verify
from fmops.verify.templates import read
from fmops.verify.values import World
from foundation import Foundation

TEMPLATE = "ml-train-deploy-realtime"
DATASET = "datasets/breast-cancer/1/"
ROWS = 5


@dataclass
class Journey:
    """What the demo finds out on its way; `facts` becomes build/demo.json."""

    target: Target
    foundation: Foundation
    path: Path
    board: Board
    project: Project
    facts: dict[str, Any] = field(default_factory=dict)

    def run(self) -> dict[str, Any]:
        """Every step in order; gives the facts."""
        rollout.roll_out(self.target, self.foundation, self.path, self.board)
        self.verify()
        dataset = self.provide_data()
        fresh = self.launch(dataset)
        application = self.application()
        if application:
            application.launch()  # its pipelines run while the model is trained
        package = self.train(fresh)
        self.promote(package)
        self.predict(package)
        if application:
            application.promote()
            application.ask()
            self.facts["application"] = application.facts
        self.count()
        return self.facts

    def verify(self) -> None:
        """Proves what was deployed: no path to or from the internet, nobody who may what they shouldn't.

        Raises:
            Problem: something is found, or can't be told.
        """
        with self.board.step("verify") as step:
            world = World(read([rollout.ASSEMBLY]))
            found = sorted(verify(world, asked=posture.Options([rollout.ASSEMBLY])))
            if found:
                first = found[0]
                raise Problem(f"{first.message} ({len(found)} in all)", "See all: fmops verify", FAILED)
            counted = sum(len(template.resources) for template in world.templates)
            step.note = f"0 internet paths · {len(world.templates)} templates · {counted:,} resources"
        self.facts["internet_paths"] = len(found)

    def application(self) -> Application | None:
        """The second project, where the business unit has accounts for it."""
        name = names.Project(f"{self.project.name.name}-chat"[:24].rstrip("-"), self.project.unit)
        second = Project(self.target, self.foundation, name)
        return Application(second, self.board) if Application.is_offered(second) else None

    def count(self) -> None:
        """Counts what stands, by account."""
        stands: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
        for environment in self.foundation.environments():
            client = self.project.platform(environment.account, "cloudformation")
            pages = client.get_paginator("list_stacks").paginate(
                StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"]
            )
            for page in pages:
                for stack in page["StackSummaries"]:
                    found = client.describe_stack_resources(StackName=stack["StackName"])["StackResources"]
                    stands.setdefault(environment.name, {})[stack["StackName"]] = found
        self.facts["accounts"] = len(stands)
        self.facts["resources"] = sum(len(resources) for stacks in stands.values() for resources in stacks.values())
        self.facts["stands"] = stands

    def provide_data(self) -> str:
        """Puts a version of the example's data into the lake's curated zone, once; gives its URI."""
        with self.board.step("data") as step:
            delivery.provide_image(self.project)
            lake = self.foundation.accounts.data_lake
            bucket = names.bucket("curated", lake, self.target.region)
            client = self.target.client(self.in_role(lake, "ingest"), "s3")
            uri = f"s3://{bucket}/{DATASET}"
            if "Contents" in client.list_objects_v2(Bucket=bucket, Prefix=DATASET):
                step.note = f"{uri} · already there"
            else:
                client.put_object(
                    Bucket=bucket, Key=f"{DATASET}data.csv", Body=example_data().encode(), ContentType="text/csv"
                )
                step.note = uri
        return uri

    def in_role(self, account: str, role: str, business_unit: str | None = None) -> boto3.Session:
        """A session of a foundation's role, which its account's administrators may take."""
        arn = names.role_arn(account, role, business_unit)
        return self.target.assume(self.target.administrator(account), arn, name="demo")

    def launch(self, dataset: str) -> bool:
        """Launches the project as a data scientist; says whether it is new."""
        name = self.project.name
        wanted = launching.Launch(
            TEMPLATE, name.name, {"ProjectName": name.name, "BusinessUnit": name.business_unit, "Dataset": dataset}
        )
        with self.board.step("launch") as step:
            done = launching.launch(self.target, self.project.as_person("data-scientist"), wanted, step.progress)
            step.note = f'{TEMPLATE} → "{name.name}" ({name.business_unit})' + (
                " · was there already" if done.existed else ""
            )
        self.facts.update(launch_seconds=round(done.seconds, 1), launch_existed=done.existed, dataset=dataset)
        return not done.existed

    def train(self, fresh: bool) -> str:
        """Build and model pipeline; gives the model package that waits for approval."""
        tooling = self.project.platform(self.project.tooling, "codepipeline")
        # a run that a killed demo left unfinished is not waited for: this one starts its own
        since = 0.0 if fresh else time.time() - 1
        execution = None
        if not fresh:
            execution = tooling.start_pipeline_execution(name=self.project.name.build)["pipelineExecutionId"]
        with self.board.step("build") as step:
            delivery.wait_for_build(self.project, execution, step.progress)
            step.note = "the seed's tests pass · model pipeline started in dev"
        with self.board.step("pipeline") as step:
            run = delivery.wait_for_model(self.project, since, step.progress)
            auc = float(self.describe(run.package or "")["CustomerMetadataProperties"]["auc"])
            step.note = f"{' ▸ '.join(run.names)}  AUC {auc:.3f}"
        self.facts.update(pipeline_steps=run.names, auc=auc, model_package=run.package)
        return str(run.package)

    def describe(self, package: str) -> dict[str, Any]:
        """A model package, as tooling has it."""
        client = self.project.platform(self.project.tooling, "sagemaker")
        found: dict[str, Any] = client.describe_model_package(ModelPackageName=package)
        return found

    def promote(self, package: str) -> None:
        """Three approvals by three personas; the same artifact, code and image through preprod to production."""
        tooling = self.project.platform(self.project.tooling, "codepipeline")
        before = delivery.last_execution(tooling, self.project.name.promotion)
        with self.board.step("approve + promote") as step:
            delivery.approve_model(self.project, package, "AUC above the threshold; data version known")
            self.facts["promotion"] = delivery.promote(self.project, before, "Preprod tests pass", step.progress)
            step.note = "ml engineer ▸ preprod + tests ▸ product owner + risk ▸ prod"

    def predict(self, package: str) -> None:
        """Asks production for real rows, as a consumer; what every stage runs must be the registered artifact."""
        name, account = self.project.name.endpoint("prod"), self.project.account("prod")
        with self.board.step("predict") as step:
            digest = self.describe(package)["CustomerMetadataProperties"]["model_sha256"]
            deployed = self.deployed_digests()
            if set(deployed.values()) != {digest}:
                raise Problem(f"The stages don't run the registered artifact {digest}: {deployed}", exit_code=FAILED)
            session = self.in_role(account, "consumer", self.project.unit)
            rows, labels = held_out_rows()
            answer = self.target.client(session, "sagemaker-runtime").invoke_endpoint(
                EndpointName=name, ContentType="text/csv", Accept="text/csv", Body=rows.encode()
            )
            scores = [float(line) for line in answer["Body"].read().decode().split()]
            if len(scores) != ROWS:
                raise Problem(f"{name} answered {len(scores)} of {ROWS} rows.", exit_code=FAILED)
            step.note = f"{name} answered {len(scores)} of {ROWS} rows, same digest sha256:{digest[:8]}…"
        self.facts["digest"] = digest
        self.facts["predictions"] = [
            {"label": label, "score": score} for label, score in zip(labels, scores, strict=True)
        ]

    def deployed_digests(self) -> dict[str, str]:
        """The digest that each stage's stack says it runs, by stage."""
        found: dict[str, str] = {}
        stages: tuple[delivery.Stage, ...] = ("preprod", "prod")
        for stage in stages:
            client = self.project.platform(self.project.account(stage), "cloudformation")
            stack = client.describe_stacks(StackName=self.project.name.stack(stage))["Stacks"][0]
            found[stage] = next(o["OutputValue"] for o in stack["Outputs"] if o["OutputKey"] == "ModelDigest")
        return found


def example_data() -> str:
    """The breast cancer data set that scikit-learn ships, as CSV: the label first, then 30 measurements."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["target", *(name.replace(" ", "_") for name in data.feature_names)])
    writer.writerows([int(label), *row] for label, row in zip(data.target, data.data.tolist(), strict=True))
    return out.getvalue()


def held_out_rows() -> tuple[str, list[int]]:
    """The last rows without their labels, as the endpoint takes them, and the labels."""
    lines = example_data().splitlines()[-ROWS:]
    return "\n".join(line.split(",", 1)[1] for line in lines) + "\n", [int(line.split(",", 1)[0]) for line in lines]


def now() -> str:
    """The time for the report."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def environment_note() -> str:
    """The tools' versions, for the first line."""
    return " · ".join(f"{tool} {version}" for tool, version in deployment.versions().items())
