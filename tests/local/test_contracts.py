"""What we hook into ministack, name by name: a ministack that changed one of these fails here, and says which."""

import importlib
import inspect
from typing import Any

import pytest

HOOKS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("app", "SERVICE_HANDLERS", ()),
    ("app", "SERVICE_REGISTRY", ()),
    ("app", "_loaded_modules", ()),
    ("app", "_state_map", ()),
    ("app", "_build_persistence_save_dict", ()),
    ("app", "_load_persisted_state", ()),
    ("app", "save_all", ("services",)),
    ("app", "pin_request_origin", ("source_ip", "secure_transport")),
    ("app", "AUTH", ()),
    ("core.router", "SERVICE_PATTERNS", ()),
    ("core.router", "extract_access_key_id", ("headers", "query_params")),
    ("core.persistence", "_json_default", ("obj",)),
    ("core.persistence", "_state_format_version", ("service",)),
    ("core.concurrency", "run_reentrant", ("fn", "args", "thread_name")),
    ("core.concurrency", "spawn_background", ("fn", "args", "thread_name", "kwargs")),
    ("core.responses", "request_scope", ("account_id", "region")),
    (
        "core.iam_evaluator",
        "enforce",
        ("access_key_id", "iam_action", "service", "region", "resource_arn", "service_context"),
    ),
    ("core.iam_evaluator", "_resolve_condition_key", ("key", "ctx")),
    ("core.iam_evaluator", "_principal_keys", ("credential",)),
    ("core.iam_evaluator", "_principal_org_id", ("account_id",)),
    ("core.iam_evaluator", "evaluate_trust_policy", ("trust_doc", "caller_arn", "ctx")),
    (
        "core.iam_evaluator",
        "evaluate_resource_policy",
        ("doc", "ctx", "service", "named_only", "direct_only"),
    ),
    ("core.iam_evaluator", "caller_arn", ()),
    (
        "core.iam_actions",
        "extract_iam_action",
        ("service", "method", "path", "headers", "body", "query_params"),
    ),
    (
        "core.iam_actions",
        "extract_resource_arn",
        ("service", "method", "path", "headers", "body", "query_params", "region", "account_id"),
    ),
    ("core.iam_actions", "SERVICE_TO_IAM_NAMESPACE", ()),
    ("services.cloudformation", "handle_request", ("method", "path", "headers", "body", "query_params")),
    ("services.cloudformation", "_stacks", ()),
    ("services.cloudformation.provisioners", "_RESOURCE_HANDLERS", ()),
    ("services.cloudformation.provisioners", "_REPLACING_PROPERTIES", ()),
    ("services.cloudformation.provisioners", "_STACK_TAG_PROPERTY", ()),
    ("services.cloudformation.changesets", "_RESOURCE_HANDLERS", ()),
    ("services.cloudformation.drift", "_DRIFT_READERS", ()),
    ("services.cloudformation.stacks", "_runs_on_worker_thread", ("resource_type",)),
    ("services.cloudformation.helpers", "_resolve_document", ("params", "body_key", "url_key", "label")),
    ("services.cloudformation.engine", "_parse_template", ("template_body",)),
    ("core.iam_evaluator", "resolve_principal", ("access_key_id", "account_id", "credential")),
    ("core.iam_evaluator", "evaluate", ("ctx", "policies", "limits")),
    (
        "core.iam_evaluator",
        "combine_resource_policy",
        ("identity", "ctx", "policy", "owner_account", "required", "limits"),
    ),
    (
        "core.iam_actions",
        "access_denied_response",
        (
            "service",
            "action",
            "principal_arn",
            "request_id",
            "error_code",
            "message",
            "headers",
            "resource_arn",
            "explicit_deny",
            "resource_policy_arn",
        ),
    ),
    ("core.iam_actions", "identity_denial_message", ("action", "principal_arn", "resource", "explicit_deny")),
    ("services.cloudformation", "_exports", ()),
    ("services.cloudformation.engine", "_evaluate_conditions", ("template", "params")),
    (
        "services.cloudformation.engine",
        "_resolve_refs",
        ("value", "resources", "params", "conditions", "mappings", "stack_name", "stack_id"),
    ),
    ("services.cloudformation.engine", "_topological_sort", ("resources", "conditions")),
    ("services.cloudformation.engine", "validate_template_support", ("template", "conditions", "params")),
    ("services.cloudformation.engine", "_resolve_parameters", ("template", "provided_params", "previous_params")),
    (
        "services.cloudformation.stacks",
        "_resolve_stack_outputs",
        ("outputs_defs", "conditions", "resources", "param_values", "mappings", "stack_name", "stack_id"),
    ),
    ("services.cloudformation.changesets", "_IMPORT_LOOKUPS", ()),
    ("services.cloudformation.provisioners", "_replacing_change", ("resource_type", "old_props", "new_props")),
    (
        "services.cloudformation.provisioners",
        "_custom_resource_create",
        ("logical_id", "props", "stack_name", "resource_type"),
    ),
    (
        "services.cloudformation.provisioners",
        "_custom_resource_update",
        ("physical_id", "old_props", "new_props", "stack_name", "logical_id", "resource_type"),
    ),
    ("services.ec2", "_ACTION_MAP", ()),
    ("services.ec2", "_vpc_endpoints", ()),
    ("services.ec2", "_vpcs", ()),
    ("services.ec2", "_subnets", ()),
    ("services.iam", "_policies", ()),
    ("services.iam", "_users", ()),
    ("services.kms", "_resolve_key", ("key_id_or_arn",)),
    ("services.kms", "_aliases", ()),
    ("services.organizations", "_policies", ()),
    ("services.organizations", "_ous", ()),
    ("services.s3", "_resolve_sse_write_headers", ("headers", "bucket_name")),
    ("services.s3", "_bucket_owner_account", ("name",)),
    ("services.cloudcontrol", "handle_request", ("method", "path", "headers", "body", "query_params")),
    (
        "services.cloudcontrol",
        "_progress_event",
        (
            "operation",
            "status",
            "type_name",
            "identifier",
            "request_token",
            "resource_model",
            "status_message",
            "error_code",
        ),
    ),
    ("services.cloudcontrol", "_record_request", ("event",)),
    ("services.cloudcontrol", "_apply_json_patch", ("doc", "operations")),
    ("services.organizations", "handle_request", ("method", "path", "headers", "body", "query_params")),
    ("services.organizations", "_ensure_org", ()),
    ("services.organizations", "_accounts", ()),
    ("services.organizations", "_attachments", ()),
    ("services.organizations", "_orgs", ()),
    ("services.organizations", "_roots", ()),
    ("services.organizations", "FULL_ACCESS_POLICY_ID", ()),
    ("services.sts", "handle_request", ("method", "path", "headers", "body", "query_params")),
    ("services.sts", "register_session", ("access_key", "session")),
    ("services.sts", "_sessions", ()),
    ("services.sts", "_gen_session_access_key", ()),
    ("services.sts", "_gen_secret", ()),
    ("services.sts", "_gen_session_token", ()),
    ("services.iam", "_roles", ()),
    ("services.iam", "_oidc_providers", ()),
    ("services.iam", "_gen_id", ("prefix",)),
    ("services.iam", "_now", ()),
    ("services.s3", "_bucket_versioning", ()),
    ("services.ec2", "_vpce_fields_xml", ("ep", "tag")),
)


@pytest.mark.parametrize(("module", "name", "parameters"), HOOKS, ids=[f"{m}.{n}" for m, n, _ in HOOKS])
def test_hook(module: str, name: str, parameters: tuple[str, ...]) -> None:
    found: Any = getattr(importlib.import_module(f"ministack.{module}"), name)
    if parameters:
        assert tuple(inspect.signature(found).parameters) == parameters


def test_ministack_is_the_pinned_one() -> None:
    from importlib.metadata import version

    assert version("ministack") == "1.5.33"
