"""Bedrock that really answers: a small language model behind every model id, guardrails that act, IAM before both.

`language` and `minilm` are the two small models, `models` knows ids, profiles and families, `guardrails` and
`profiles` are the control plane, `policies` judges a text, `converse` and `invoke` answer, `invocations` logs and
counts, `access` tells IAM what a call touches. Model ids are AWS's, the answers are the small model's.
"""
