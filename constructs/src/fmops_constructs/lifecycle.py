"""A model version's way: where it is, how it stands there, and which role may say so.

SageMaker keeps both with the version (`ModelLifeCycle`), and IAM can read them: of the request and of the version as it
is. So the order of the stages is a rule of IAM's, not a habit of ours.

    dev PendingApproval -> dev Approved -> preprod InProgress -> preprod PendingApproval -> prod InProgress
    -> prod Approved; Rejected ends it in dev and in preprod
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from fmops_constructs.iam import OF_OWN_UNIT, When

TRAINED_BY = "trained_by"
"""Metadata of a version: the source identity under which its training was started."""

SET_STAGE, SET_STATUS = "sagemaker:ModelLifeCycle:stage", "sagemaker:ModelLifeCycle:stageStatus"
STAGE_IS, STATUS_IS = "sagemaker:CurrentModelLifeCycleStage", "sagemaker:CurrentModelLifeCycleStageStatus"
APPROVAL = "sagemaker:ModelApprovalStatus"
TRAINER_IS = f"sagemaker:CurrentCustomerMetadataProperties/{TRAINED_BY}"


class Move(NamedTuple):
    """What a stage's deployment may say about a version: statuses there, and from where it may come."""

    statuses: tuple[str, ...]
    from_stages: tuple[str, ...]
    from_statuses: tuple[str, ...]


MOVES: Mapping[Literal["preprod", "prod"], Move] = {
    "preprod": Move(
        ("InProgress", "PendingApproval", "Rejected"), ("dev", "preprod"), ("Approved", "InProgress", "PendingApproval")
    ),
    "prod": Move(("InProgress", "Approved"), ("preprod", "prod"), ("PendingApproval", "InProgress", "Approved")),
}


def when_registered() -> When:
    """A new version waits for approval in dev: whoever registers it cannot approve it in the same breath."""
    return {"StringEquals": {SET_STAGE: "dev", SET_STATUS: "PendingApproval", APPROVAL: "PendingManualApproval"}}


def when_reviewed() -> When:
    """The first approval: of the own unit's versions in dev, by somebody else than who trained them.

    A version without a known trainer cannot be reviewed: it was not started by the platform. The console's button sends
    the approval alone, so the request need not name the stage.
    """
    return {
        **OF_OWN_UNIT,
        "StringEqualsIfExists": {SET_STAGE: "dev"},
        "StringNotEquals": {TRAINER_IS: "${aws:SourceIdentity}"},
        "Null": {TRAINER_IS: "false", "aws:SourceIdentity": "false"},
    }


def when_moved(stage: Literal["preprod", "prod"]) -> When:
    """What a stage's deployment says: never about the approval, and only in the stages' order."""
    move = MOVES[stage]
    return {
        "StringEquals": {
            **OF_OWN_UNIT["StringEquals"],
            SET_STAGE: stage,
            SET_STATUS: list(move.statuses),
            STAGE_IS: list(move.from_stages),
            STATUS_IS: list(move.from_statuses),
        },
        "Null": {APPROVAL: "true"},
    }
