"""What fills a launched project's repository: `infrastructure` in CDK, `runtime` in plain Python."""
