"""The whole program: foundation.yaml becomes one cdk.Stage per environment.

python app.py                                    # or: cdk synth, cdk deploy "retail-dev/*"
cdk synth -c foundation=FILE -c accounts=tooling,retail-dev
cdk synth -c accounts=tooling -c require-handoff=true    # an id that handoff.lock.yaml lacks is an error
"""

import sys
from pathlib import Path

import stacks.early  # noqa: F401

# isort: split
from foundation import ConfigError, load
from foundation.handoff import LOCK, Handoff
from stacks.application import Application


def main() -> int:
    app = Application()
    path = Path(app.setting("foundation") or "foundation.yaml")
    try:
        app.build(load(path), Handoff.load(app.setting("handoff") or path.with_name(LOCK)))
    except (ConfigError, LookupError) as error:
        print(error, file=sys.stderr)
        return 2
    if not app.passes():
        print("Put each finding right, or acknowledge it in acknowledgements.yaml.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
