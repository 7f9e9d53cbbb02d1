"""The whole program: foundation.yaml becomes one cdk.Stage per environment.

python app.py                                    # or: cdk synth, cdk deploy "retail-dev/*"
cdk synth -c foundation=FILE -c accounts=tooling,retail-dev
"""

import sys

from foundation import FoundationError, load
from stacks.application import Application


def main() -> int:
    app = Application()
    try:
        app.build(load(app.setting("foundation") or "foundation.yaml"))
    except (FoundationError, LookupError) as error:
        print(error, file=sys.stderr)
        return 2
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
