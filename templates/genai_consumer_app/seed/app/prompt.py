"""The prompt: a versioned file. A change is a commit, and every answer says which version it came from."""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "prompts"
LONGEST_QUESTION = 1000


class QuestionError(ValueError):
    """A question that is not asked: empty, too long, or no text."""


@dataclass(frozen=True)
class Prompt:
    """What the model is told besides the question.

    Attributes:
        id, version: of the file.
        system: the instructions, with the texts that answers are to come from.
        max_tokens: the longest answer.
        temperature: 0 gives the most probable answer.
    """

    id: str
    version: str
    system: str
    max_tokens: int
    temperature: float

    @classmethod
    def load(cls, id: str = "answer", folder: Path = FOLDER) -> "Prompt":
        """Reads `<id>.json` and the texts it names."""
        content = json.loads((folder / f"{id}.json").read_text(encoding="utf-8"))
        texts = [(folder / name).read_text(encoding="utf-8").strip() for name in content["texts"]]
        system = "\n".join(content["instructions"]) + "\n\n" + "\n\n".join(texts)
        return cls(id, content["version"], system, content["max_tokens"], content["temperature"])


def checked(question: object) -> str:
    """The question as it is asked.

    Raises:
        QuestionError: it is no text, empty, or too long.
    """
    if not isinstance(question, str) or not question.strip():
        raise QuestionError("Ask a question.")
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(f"Ask in at most {LONGEST_QUESTION} characters.")
    return question.strip()
