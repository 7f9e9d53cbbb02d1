"""The embedded AWS: a pinned ministack and an extension driven by AWS's own resource schemas, in one process.

Start it with `python -m fmops.local serve --port 4566 --state .local`, or from Python with `fmops.local.control.start`.

Where to look:

- `server` puts everything together; `persistence` saves and restores it; `control` runs it as a child process.
- `schemas`, `mint`, `store` make, change and delete any resource type that AWS has a schema for; `generic` and
  `cloudcontrol` offer the store to CloudFormation and Cloud Control, `wire` and `answers` to the services' own APIs.
- `registry` is where behaviour is registered; `services/` holds it, one module per service.
- `identity`, `authz` and `fidelity` say who may do what, and repair what ministack leaves out.
"""
