"""The whole program: foundation.yaml becomes one cdk.Stage per environment.

python app.py                                    # or: cdk synth, cdk deploy "retail-dev/*"
cdk synth -c foundation=FILE -c accounts=tooling,retail-dev
"""

import sys

from foundation import ConfigError, load
from stacks.application import Application


def main() -> int:
    app = Application()
    try:
        app.build(load(app.setting("foundation") or "foundation.yaml"))
    except (ConfigError, LookupError) as error:
        print(error, file=sys.stderr)
        return 2
    if not app.passes():
        print("Put each finding right, or acknowledge it in acknowledgements.yaml.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
