"""What outlives a project, and how the platform removes it once nobody needs it: what serves, its data, code, models.

A table of production outlives its stack, too: it is protected, and its name would be in a next project's way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, WaiterError
from fmops_constructs import names

from fmops import projects, rollout
from fmops.launching import Progress
from fmops.problem import FAILED, Problem
from fmops.target import Target
from foundation import Foundation

TRIES = 3
"""How often a group of models is emptied before it is told that it doesn't stay empty."""
ABSENT = ("RepositoryDoesNotExistException", "ValidationException", "ResourceNotFound")


@dataclass(frozen=True)
class Remains:
    """What is left of a project that was ended: each entry says what it is and where, for people."""

    stacks: tuple[tuple[str, str, str], ...]
    tables: tuple[tuple[str, str, str], ...]
    repository: bool
    models: tuple[str, ...]
    group: bool

    def lines(self, name: str) -> list[str]:
        """One line for each."""
        kept = [f"stack {stack} in {environment} ({account})" for environment, account, stack in self.stacks]
        kept += [f"table {table} in {environment} ({account})" for environment, account, table in self.tables]
        kept += [f"repository {name} in tooling"] if self.repository else []
        return kept + ([f"model package group {name} in tooling, {len(self.models)} models"] if self.group else [])


class Platform:
    """The platform's administrator, for one name of a business unit."""

    def __init__(self, target: Target, foundation: Foundation, business_unit: str, name: str) -> None:
        self.target, self.foundation = target, foundation
        self.project = names.Project(name, business_unit)
        self.tooling = rollout.account(foundation, "tooling")

    def client(self, account: str, service: str) -> Any:
        """A client of an account's administrator."""
        return self.target.client(self.target.administrator(account), service)

    def check_ended(self) -> None:
        """Refuses while the project stands.

        Raises:
            Problem: it is registered, or Service Catalog has something of its name.
        """
        name, unit = self.project.name, self.project.business_unit
        standing = name in [p.name for p in projects.registered(self.client(self.tooling, "ssm"), unit)]
        catalog = self.client(self.tooling, "servicecatalog")
        everyone = {"Key": "Account", "Value": "self"}
        launched = catalog.search_provisioned_products(
            AccessLevelFilter=everyone, Filters={"SearchQuery": [f"name:{name}"]}
        )["ProvisionedProducts"]
        if standing or any(product["Name"] == name for product in launched):
            raise Problem(f"{name} stands: nothing is removed.", f"End it first: fmops project delete {name}", FAILED)

    def remains(self) -> Remains:
        """What is left of the project."""
        group, models = self._models()
        return Remains(tuple(self._stacks()), tuple(self._tables()), self._has_repository(), models, group)

    def _environments(self) -> Iterator[tuple[str, str]]:
        """Name and account of each of the unit's environments at home."""
        for environment in self.foundation.environments():
            if environment.business_unit == self.project.business_unit and environment.home:
                yield environment.name, environment.account

    def _stacks(self) -> Iterator[tuple[str, str, str]]:
        for environment, account in self._environments():
            client = self.client(account, "cloudformation")
            for stack in sorted({self.project.stack(stage) for stage in names.STAGES}):
                try:
                    found = client.describe_stacks(StackName=stack)["Stacks"][0]
                except ClientError as error:
                    if error.response["Error"]["Code"] != "ValidationError":
                        raise
                    continue
                if found["StackStatus"] != "DELETE_COMPLETE":
                    yield environment, account, stack

    def _tables(self) -> Iterator[tuple[str, str, str]]:
        wanted = {self.project.messages(stage) for stage in names.STAGES}
        for environment, account in self._environments():
            pages = self.client(account, "dynamodb").get_paginator("list_tables").paginate()
            for table in sorted(wanted & {name for page in pages for name in page["TableNames"]}):
                yield environment, account, table

    def _has_repository(self) -> bool:
        try:
            self.client(self.tooling, "codecommit").get_repository(repositoryName=self.project.repository)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ABSENT:
                raise
            return False
        return True

    def _models(self) -> tuple[bool, tuple[str, ...]]:
        client, group = self.client(self.tooling, "sagemaker"), self.project.model_package_group
        try:
            client.describe_model_package_group(ModelPackageGroupName=group)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ABSENT:
                raise
            return False, ()
        pages = client.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
        return True, tuple(m["ModelPackageArn"] for page in pages for m in page["ModelPackageSummaryList"])

    def purge(self, remains: Remains, progress: Progress) -> None:
        """Removes what is left: what serves first, then models and code. What was removed stays so if it is stopped.

        Raises:
            Problem: a stack could not be deleted, or models were still being made.
        """
        for environment, account, stack in remains.stacks:
            progress(f"deleting {stack} in {environment}")
            client = self.client(account, "cloudformation")
            try:
                client.delete_stack(StackName=stack)
                client.get_waiter("stack_delete_complete").wait(
                    StackName=stack, WaiterConfig={"Delay": 2, "MaxAttempts": 900}
                )
            except (ClientError, WaiterError) as error:
                raise Problem(f"{stack} in {environment} was not deleted: {error}", exit_code=FAILED) from error
        for environment, account, table in remains.tables:
            progress(f"deleting {table} in {environment}")
            _drop(self.client(account, "dynamodb"), table)
        if remains.group:
            self._drop_models(progress)
        if remains.repository:
            self.client(self.tooling, "codecommit").delete_repository(repositoryName=self.project.repository)

    def _drop_models(self, progress: Progress) -> None:
        """Deletes the group with its versions; a training that ends meanwhile registers one more.

        Raises:
            Problem: there was a new version each time.
        """
        registry, group = self.client(self.tooling, "sagemaker"), self.project.model_package_group
        for _ in range(TRIES):
            for model in self._models()[1]:
                progress(f"deleting {group} {model.rpartition('/')[2]}")
                registry.delete_model_package(ModelPackageName=model)
            try:
                registry.delete_model_package_group(ModelPackageGroupName=group)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConflictException":
                    raise
            else:
                return
        raise Problem(
            f"{group}: new versions came while its models were deleted.",
            "A training of the project still runs in dev: wait for its end, and purge again.",
            FAILED,
        )


def _drop(dynamodb: Any, table: str) -> None:
    """Deletes a table, protected or not; one that went with its stack is no error."""
    try:
        if dynamodb.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"):
            dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
        dynamodb.delete_table(TableName=table)
        dynamodb.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig={"Delay": 2, "MaxAttempts": 300})
    except dynamodb.exceptions.ResourceNotFoundException:
        return
