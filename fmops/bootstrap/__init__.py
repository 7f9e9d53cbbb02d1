"""CDK bootstrap templates of our own: what each account's templates need, and no more.

`assembly` reads what is deployed where, `rights` turns resource types into IAM grants, `packing` into managed policies,
`template` puts them into the CDK CLI's own bootstrap template. Nothing here knows a stack: cdk.out tells it all.
"""
