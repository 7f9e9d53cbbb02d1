"""How a request from a business unit's experimentation account becomes a project in tooling, or nothing."""
