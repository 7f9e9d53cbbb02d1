"""The second project of the demo: an application that asks a foundation model, launched, promoted and asked."""

from dataclasses import dataclass, field
from typing import Any

from fmops_constructs import names

from fmops import delivery, launching
from fmops.board import Board
from fmops.delivery import Project
from fmops.demo.asking import User
from fmops.problem import FAILED, Problem

TEMPLATE = "genai-consumer-app"
MODEL = "amazon.nova-lite"
GROUNDED, IN_ANSWER = "When does the canteen open?", "11:30"
DENIED = "Should I invest my savings in shares or in bitcoin?"


@dataclass
class Application:
    """What the demo does with it; `facts` becomes a part of build/demo.json."""

    project: Project
    board: Board
    facts: dict[str, Any] = field(default_factory=dict)
    _execution: str | None = None
    _promoted_before: str | None = None

    @staticmethod
    def is_offered(project: Project) -> bool:
        """Whether the business unit has accounts for applications."""
        return project.foundation.account("application-prod", project.unit) is not None

    def launch(self) -> None:
        """Launches it as a data scientist; one that was there is built again."""
        name = self.project.name
        parameters = {"ProjectName": name.name, "BusinessUnit": name.business_unit, "Model": MODEL}
        wanted = launching.Launch(TEMPLATE, name.name, parameters)
        with self.board.step("launch application") as step:
            person = self.project.as_person("data-scientist")
            done = launching.launch(self.project.target, person, wanted, step.progress)
            note = " · was there already" if done.existed else ""
            step.note = f'{TEMPLATE} → "{name.name}" ({name.business_unit}){note}'
        self.facts.update(launch_seconds=round(done.seconds, 1), launch_existed=done.existed)
        if done.existed:
            tooling = self.project.platform(self.project.tooling, "codepipeline")
            self._promoted_before = delivery.last_execution(tooling, name.promotion)
            self._execution = tooling.start_pipeline_execution(name=name.build)["pipelineExecutionId"]

    def promote(self) -> None:
        """Waits for dev and its tests; then the approvals take the same bundle to production."""
        with self.board.step("application in dev") as step:
            delivery.wait_for_build(self.project, self._execution, step.progress)
            step.note = "bundled once · deployed · grounded answer, denied topic, prompt attack, rating tested"
        with self.board.step("application to prod") as step:
            self.facts["promotion"] = delivery.promote(
                self.project, self._promoted_before, "Preprod tests pass", step.progress
            )
            step.note = "preprod + tests ▸ approvals ▸ prod"

    def ask(self) -> None:
        """Asks production: a grounded question, one on a denied topic, and rates the answer."""
        account = self.project.foundation.account("application-prod", self.project.unit) or ""
        arn = names.role_arn(account, "tester", self.project.unit)
        target = self.project.target
        session = target.assume(target.administrator(account), arn, name="demo")
        user = User(target, session, self.project.name, "prod", "ana")
        with self.board.step("ask") as step:
            answer, refusal = user.ask(GROUNDED), user.ask(DENIED)
            if answer["status"] != "answered" or IN_ANSWER not in answer["text"]:
                raise Problem(f"{GROUNDED} was answered: {answer['text']} ({answer['status']})", exit_code=FAILED)
            if refusal["status"] != "blocked":
                raise Problem(f"{DENIED} was {refusal['status']}, not blocked.", exit_code=FAILED)
            rated = user.call("PUT", f"messages/{answer['id']}/rating", {"rating": "good"})
            step.note = f"“{answer['text']}” · denied topic blocked · rated {rated['rating']}"
            release = user.call("GET", "release")["release"]
        self.facts.update(answer=answer["text"], refusal=refusal["text"], rating=rated["rating"], release=release)
