"""Actions that invariants ask about, each list with where it comes from."""

UNDER_A_BOUNDARY = (
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
)
"""Changes of roles and users that can be limited by iam:PermissionsBoundary:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagement.html"""

AT_WILL = (
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "identitystore:CreateGroupMembership",
    "organizations:DeletePolicy",
    "organizations:DetachPolicy",
    "organizations:LeaveOrganization",
    "organizations:UpdatePolicy",
    "sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
    "sso:AttachManagedPolicyToPermissionSet",
    "sso:CreateAccountAssignment",
    "sso:DeletePermissionsBoundaryFromPermissionSet",
    "sso:PutInlinePolicyToPermissionSet",
)
"""Changes of rights that no boundary limits. With the list above, the paths of
https://github.com/RhinoSecurityLabs/AWS-IAM-Privilege-Escalation (1 to 15), and those of Identity Center and
organisations: https://docs.aws.amazon.com/singlesignon/latest/userguide/iam-auth-access-using-id-policies.html"""

CREDENTIALS = (
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential",
    "iam:UpdateLoginProfile",
)
"""Ways to act as another user; of one's own they raise nothing."""

CALLS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
"""Converse and ConverseStream ask for the same:
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-prereq.html"""

DOORS_WITHOUT_GUARDRAIL = (
    "bedrock-mantle:CreateInference",
    "bedrock:CreateModelInvocationJob",
    "bedrock:InvokeAgent",
    "bedrock:InvokeFlow",
    "bedrock:InvokeInlineAgent",
    "bedrock:InvokeModelWithBidirectionalStream",
    "bedrock:OptimizePrompt",
    "bedrock:RetrieveAndGenerate",
    "bedrock:StartAsyncInvoke",
)
"""Ways to a model on which bedrock:GuardrailIdentifier can't be required:
https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html"""
