"""Script mode: what SageMaker's training toolkit does inside a training container before it runs the program."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fmops.local.services.sagemaker.containers import ContainerError, Folder, cpus, download, unpack

Json = dict[str, Any]
INPUT, MODEL, OUTPUT = "/opt/ml/input", "/opt/ml/model", "/opt/ml/output"
DATA, CONFIG, CODE, OUTPUT_DATA = f"{INPUT}/data", f"{INPUT}/config", "/opt/ml/code", f"{OUTPUT}/data"
HOST = "algo-1"


def decoded(value: str) -> Any:
    """A hyperparameter: the SDK sends them JSON-encoded, plain text stays as it is."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def prepare(place: Folder, job: Json) -> None:
    """Writes /opt/ml/input/config and makes the folders that a training container finds."""
    for inside in (CONFIG, DATA, MODEL, OUTPUT_DATA, CODE):
        place.path(inside).mkdir(parents=True, exist_ok=True)
    channels = {
        channel["ChannelName"]: {
            "TrainingInputMode": channel.get("InputMode", "File"),
            "S3DistributionType": "FullyReplicated",
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
            **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
        }
        for channel in job.get("InputDataConfig", ())
    }
    documents = {
        "hyperparameters": job.get("HyperParameters", {}),
        "inputdataconfig": channels,
        "resourceconfig": {"current_host": HOST, "hosts": [HOST], "network_interface_name": "lo"},
    }
    for name, document in documents.items():
        place.path(f"{CONFIG}/{name}.json").write_text(json.dumps(document))


def fetch_code(place: Folder, session: Any, job: Json) -> None:
    """The code archive into /opt/ml/code, as the toolkit gets it: by S3 with the container's own credentials.

    Raises:
        ContainerError: no such archive, or the job is isolated from the network (then the code has to be a channel).
    """
    where = decoded(job["HyperParameters"].get("sagemaker_submit_directory", ""))
    if not where.startswith("s3://"):
        archive = place.path(where)
    elif job.get("EnableNetworkIsolation"):
        raise ContainerError(
            f"AlgorithmError: the container cannot download {where}: EnableNetworkIsolation is true. "
            "Pass the code as a channel and its path as sagemaker_submit_directory."
        )
    else:
        download(session, where, place.path("tmp/code"))
        archive = place.path("tmp/code") / Path(where).name
    if archive.is_dir():
        place.path(CODE).rmdir()
        place.path(CODE).symlink_to(archive)
    else:
        unpack(archive, place.path(CODE))


def command(job: Json) -> list[str]:
    """What the container runs: its own entry point, or the program of script mode with `--name value` arguments."""
    algorithm, given = job["AlgorithmSpecification"], job.get("HyperParameters", {})
    if algorithm.get("ContainerEntrypoint"):
        return [*algorithm["ContainerEntrypoint"], *algorithm.get("ContainerArguments", ())]
    if "sagemaker_program" not in given:
        raise ContainerError(
            f"ClientError: the embedded AWS cannot run the image {algorithm.get('TrainingImage')}: it has no container "
            "engine. Use script mode (hyperparameter sagemaker_program) or AlgorithmSpecification.ContainerEntrypoint."
        )
    return ["python3", str(decoded(given["sagemaker_program"])), *arguments(given)]


def arguments(given: Mapping[str, str]) -> list[str]:
    """The user's hyperparameters as the toolkit passes them, by name."""
    found: list[str] = []
    for name, value in sorted(user(given).items()):
        found += [f"--{name}" if len(name) > 1 else f"-{name}", value if isinstance(value, str) else str(value)]
    return found


def user(given: Mapping[str, str]) -> Json:
    """The hyperparameters that are meant for the program, decoded."""
    return {name: decoded(value) for name, value in given.items() if not name.startswith("sagemaker_")}


def variables(job: Json) -> dict[str, str]:
    """The SM_* variables of the toolkit."""
    given, channels = job.get("HyperParameters", {}), [c["ChannelName"] for c in job.get("InputDataConfig", ())]
    program = str(decoded(given.get("sagemaker_program", "")))
    named = {f"SM_HP_{name.upper().replace('-', '_')}": value for name, value in user(given).items()}
    return {
        **{name: value if isinstance(value, str) else json.dumps(value) for name, value in named.items()},
        **{f"SM_CHANNEL_{name.upper()}": f"{DATA}/{name}" for name in channels},
        "SM_CHANNELS": json.dumps(channels),
        "SM_HPS": json.dumps(user(given)),
        "SM_USER_ARGS": json.dumps(arguments(given)),
        "SM_USER_ENTRY_POINT": program,
        "SM_MODULE_NAME": Path(program).stem,
        "SM_MODULE_DIR": str(decoded(given.get("sagemaker_submit_directory", ""))),
        "SM_MODEL_DIR": MODEL,
        "SM_INPUT_DIR": INPUT,
        "SM_INPUT_CONFIG_DIR": CONFIG,
        "SM_OUTPUT_DIR": OUTPUT,
        "SM_OUTPUT_DATA_DIR": OUTPUT_DATA,
        "SM_CURRENT_HOST": HOST,
        "SM_HOSTS": json.dumps([HOST]),
        "SM_NUM_CPUS": str(cpus()),
        "SM_NUM_GPUS": "0",
        "SM_LOG_LEVEL": "20",
        "TRAINING_JOB_NAME": job["TrainingJobName"],
        "TRAINING_JOB_ARN": job["TrainingJobArn"],
        **job.get("Environment", {}),
    }
