"""Writes one record for every change of a model version and for every answer to a promotion's question.

An event says what happened; who did it, and why, is asked of the service that recorded it. The same event gives the
same key, and a record is written once: EventBridge may deliver an event twice.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

Json = dict[str, Any]
DECISIONS = {"SUCCEEDED": "approved", "FAILED": "rejected"}


def handler(event: Mapping[str, Any], _context: object) -> str:
    """Records an event; gives the record's key.

    Args:
        event: of EventBridge, from SageMaker's model registry or from CodePipeline.
    """
    if event["source"] == "aws.sagemaker":
        record = of_model(event["detail"], boto3.client("sagemaker"))
    else:
        record = of_promotion(event["detail"], boto3.client("codepipeline"))
    record = {"event": event["id"], "when": event["time"], **record}
    where = f"{record['project']}/{event['time'].replace(':', '')}-{event['id']}.json"
    return write(boto3.client("s3"), os.environ["LOG_BUCKET"], where, record)


def write(s3: Any, bucket: str, key: str, record: Json) -> str:
    """Writes a record that is not there yet; what is there stays as it is."""
    try:
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=json.dumps(record, indent=2, sort_keys=True).encode(),
            ContentType="application/json",
            IfNoneMatch="*",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise
    return key


def person(arn: str | None) -> str | None:
    """The name of a session: a person's is called as its source identity, which IAM makes sure of."""
    return arn.rpartition("/")[2] if arn else None


def of_model(detail: Mapping[str, Any], sagemaker: Any) -> Json:
    """What became of a model version: registered, approved, rejected, moved to a stage, or changed otherwise."""
    arn = detail["ModelPackageArn"]
    package = sagemaker.describe_model_package(ModelPackageName=arn)
    changed = detail.get("UpdatedModelPackageFields") or []
    author = package.get("LastModifiedBy" if changed else "CreatedBy", {}).get("IamIdentity", {})
    stage = detail.get("ModelLifeCycle") or {}
    if not changed:
        what, why = "registered", package.get("ModelPackageDescription")
    elif "ModelApprovalStatus" in changed:
        what, why = f"model {detail['ModelApprovalStatus'].lower()}", package.get("ApprovalDescription")
    elif any(field.startswith("ModelLifeCycle") for field in changed):
        what = f"{stage.get('Stage')}: {stage.get('StageStatus')}"
        why = stage.get("StageDescription")
    else:
        what, why = f"changed: {', '.join(changed)}", None
    containers = package.get("InferenceSpecification", {}).get("Containers", [{}])
    return {
        "project": detail["ModelPackageGroupName"],
        "what": what,
        "who": author.get("SourceIdentity") or person(author.get("Arn")),
        "as": author.get("Arn"),
        "why": why,
        "model_package": arn,
        "approval": detail.get("ModelApprovalStatus"),
        "lifecycle": stage,
        "about": package.get("CustomerMetadataProperties", {}),
        "artifact": containers[0].get("ModelDataUrl"),
        "image": containers[0].get("Image"),
    }


def of_promotion(detail: Mapping[str, Any], codepipeline: Any) -> Json:
    """A persona's answer to a promotion's question, and what was promoted."""
    pipeline, execution = detail["pipeline"], detail["execution-id"]
    pages = codepipeline.get_paginator("list_action_executions").paginate(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution}
    )
    action: Json = next(
        (
            one
            for page in pages
            for one in page["actionExecutionDetails"]
            if one["actionExecutionId"] == detail["action-execution-id"]
        ),
        {},
    )
    found = codepipeline.get_pipeline_execution(pipelineName=pipeline, pipelineExecutionId=execution)
    values = {one["name"]: one["resolvedValue"] for one in found["pipelineExecution"].get("variables", [])}
    return {
        "project": pipeline.removesuffix("-promotion"),
        "what": f"{detail['stage']}/{detail['action']}: {DECISIONS.get(detail['state'], detail['state'].lower())}",
        "who": person(action.get("updatedBy")),
        "as": action.get("updatedBy"),
        "why": action.get("output", {}).get("executionResult", {}).get("externalExecutionSummary"),
        "model_package": values.get("MODEL_PACKAGE_ARN"),
        "promotion": execution,
        "promoted": values,
    }
