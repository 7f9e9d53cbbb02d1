"""What bench_synth.py times, each in a process of its own: python -m benchmarks.synth_subjects NAME [ARGUMENT …]."""

import sys
from collections.abc import Callable

import fmops_constructs  # noqa: F401  (before aws_cdk, because it chooses the Node that aws_cdk starts)


def bare_import() -> None:
    """Nothing but CDK, on the Node of the environment."""
    import aws_cdk  # noqa: F401


def floor(resources: str, stacks: str) -> None:
    """Plain L1 resources without properties that matter, nobody looking."""
    import aws_cdk as cdk
    from aws_cdk import aws_sns as sns

    app = cdk.App(analytics_reporting=False, tree_metadata=False, builtin_cloud_formation_validation=False)
    made = [cdk.Stack(app, f"Stack{number}") for number in range(int(stacks))]
    for number in range(int(resources)):
        sns.CfnTopic(made[number % len(made)], f"Topic{number}", topic_name=f"topic-{number}")
    app.synth()


def program() -> None:
    """app.py, as `cdk synth` runs it: packs on."""
    import app

    if code := app.main():
        raise SystemExit(code)


def unchecked() -> None:
    """app.py without cdk-nag's packs and without our own checks."""
    from stacks import review

    def nobody(*_: object, **__: object) -> None:
        """No reviewer."""

    review.attach = nobody
    program()


SUBJECTS: dict[str, Callable[..., None]] = {
    "import": bare_import,
    "floor": floor,
    "program": program,
    "unchecked": unchecked,
}

if __name__ == "__main__":
    SUBJECTS[sys.argv[1]](*sys.argv[2:])
