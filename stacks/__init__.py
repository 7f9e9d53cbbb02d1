"""The stacks of the foundation: one module each; `placement` says which account type holds which."""

import fmops_constructs as fmops_constructs  # first, because it chooses the Node that aws_cdk starts
