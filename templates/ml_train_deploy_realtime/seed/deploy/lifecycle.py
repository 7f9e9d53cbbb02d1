"""How a model version stands in a stage. SageMaker keeps it with the version, and IAM holds the order of the stages."""

from typing import Any


def tell(registry: Any, package: str, stage: str, status: str, why: str) -> None:
    """Says it, as the role of the stage's deployment.

    Args:
        registry: a SageMaker client of the account that has the registry.
        package: the version's ARN.
        status: InProgress, PendingApproval, Approved or Rejected.
    """
    registry.update_model_package(
        ModelPackageArn=package,
        ModelLifeCycle={"Stage": stage, "StageStatus": status, "StageDescription": why},
    )
    print(f"{package}: {stage} {status}", flush=True)
