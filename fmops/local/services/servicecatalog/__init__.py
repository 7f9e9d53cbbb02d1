"""Service Catalog: portfolios shared account by account, and launches that are real CloudFormation stacks."""
