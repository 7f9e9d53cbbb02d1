"""SageMaker that really runs: pipelines, jobs, the model registry and endpoints. The rest is the generic store's."""
