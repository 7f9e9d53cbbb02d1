"""Cloud Control, and the services' own APIs over the store: the same resources, whoever made them."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Embedded

pytestmark = pytest.mark.e2e
ACCOUNT, TYPE = "000000000012", "AWS::SageMaker::Domain"
SETTINGS = {"ExecutionRole": f"arn:aws:iam::{ACCOUNT}:role/x"}
DOMAIN = {"DomainName": "cc", "AuthMode": "IAM", "DefaultUserSettings": SETTINGS}


def test_one_resource_three_apis(embedded: Embedded) -> None:
    control, sagemaker = embedded.client("cloudcontrol", ACCOUNT), embedded.client("sagemaker", ACCOUNT)
    made = control.create_resource(TypeName=TYPE, DesiredState=json.dumps(DOMAIN))["ProgressEvent"]
    assert made["OperationStatus"] == "SUCCESS"
    wanted = made["Identifier"]
    assert sagemaker.describe_domain(DomainId=wanted)["DomainName"] == "cc"
    shown = json.loads(control.get_resource(TypeName=TYPE, Identifier=wanted)["ResourceDescription"]["Properties"])
    assert shown.items() >= DOMAIN.items()
    patch = [{"op": "add", "path": "/AppNetworkAccessType", "value": "VpcOnly"}]
    control.update_resource(TypeName=TYPE, Identifier=wanted, PatchDocument=json.dumps(patch))
    assert sagemaker.describe_domain(DomainId=wanted)["AppNetworkAccessType"] == "VpcOnly"
    arn = sagemaker.describe_domain(DomainId=wanted)["DomainArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "a"}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []
    control.delete_resource(TypeName=TYPE, Identifier=wanted)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sagemaker.describe_domain(DomainId=wanted)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        control.get_resource(TypeName=TYPE, Identifier=wanted)


def test_wrong_properties_and_types_are_refused(embedded: Embedded) -> None:
    control = embedded.client("cloudcontrol", ACCOUNT)
    event = control.create_resource(TypeName=TYPE, DesiredState=json.dumps({"Colour": "red"}))["ProgressEvent"]
    assert event["OperationStatus"] == "FAILED"
    assert "extraneous key [Colour]" in event["StatusMessage"]
    with pytest.raises(ClientError, match="TypeNotFoundException"):
        control.list_resources(TypeName="AWS::SageMaker::Crystal")


def test_an_operation_beyond_the_store_is_refused_by_name(embedded: Embedded) -> None:
    with pytest.raises(ClientError, match="lakeformation:StartTransaction is not part of the embedded AWS"):
        embedded.client("lakeformation", ACCOUNT).start_transaction()


def test_status_tells_backends(embedded: Embedded) -> None:
    resources = {
        "P": {"Type": "AWS::ServiceCatalog::Portfolio", "Properties": {"DisplayName": "s", "ProviderName": "s"}},
        "T": {"Type": "AWS::SNS::Topic"},
        "G": {"Type": "AWS::RAM::ResourceShare", "Properties": {"Name": "s"}},
    }
    client = embedded.client("cloudformation", ACCOUNT)
    client.create_stack(StackName="status", TemplateBody=json.dumps({"Resources": resources}))
    types = {name: entry["backend"] for name, entry in embedded.status()["types"].items()}
    assert types["AWS::ServiceCatalog::Portfolio"] == "behaviour"
    assert types["AWS::SNS::Topic"] == "ministack"
    assert types["AWS::RAM::ResourceShare"] == "schema"
    assert embedded.status()["iam_enforced"] is True
    client.delete_stack(StackName="status")
