"""The JSON Schema of foundation.yaml, for editors: `python -m foundation.schema > docs/foundation.schema.json`."""

import json

from foundation.model import Foundation


def text() -> str:
    """The schema as it is kept in docs/, deterministic."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Foundation.model_json_schema()}
    return json.dumps(schema, indent=2) + "\n"


if __name__ == "__main__":
    print(text(), end="")
