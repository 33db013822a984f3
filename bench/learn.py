"""`python -m bench.learn`: train the assistant's net on the labelled utterances that do not only measure.

Writes `learned.bin`; the same utterances give the same file. `--check` prints instead what the net and the tables make
of people whose messages were left out of the training, some people after the others: to choose thresholds by.
"""

import argparse
import csv
import json
import sys
import zlib
from collections.abc import Sequence
from unittest.mock import patch

import numpy as np
from devices.assistant import learned, understanding
from devices.assistant.learned import BUCKETS, CLASSES, WEIGHTS, Suspicion, features
from devices.assistant.report import training, training_digest
from devices.assistant.text import Message
from devices.assistant.understanding import Doubt, Topic
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

_STRENGTH = 8.0
_ALWAYS = frozenset({"seen", "tried", "former", "fresh", "word-lists-safety", "word-lists-medical", "denied"})
"""Parts without one kind of people of their own: never left out."""
_APART = ("former-held", "former-held-2")
"""Parts left out, and printed, each by itself: they were written by people who knew nothing of tables or net."""
_TURNS = 9
_LARGEST = 127
_LABELS = {Topic.GREETING: "SMALLTALK", Topic.THANKS: "SMALLTALK", Topic.HUMAN: "UNSURE"}
_OUTCOMES = ("hotline", "medical", "human", "asked", "answered")


def _matrix(texts: Sequence[Sequence[str]]) -> csr_matrix:
    found = [features(words) for words in texts]
    lengths = np.cumsum([0, *map(len, found)])
    buckets = [bucket for row in found for bucket in row]
    values = [value for row in found for value in row.values()]
    return csr_matrix((values, buckets, lengths), shape=(len(texts), BUCKETS))


def _trained(matrix: csr_matrix, classes: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=_STRENGTH, max_iter=100, tol=1e-3, class_weight="balanced").fit(matrix, classes)


def _written(model: LogisticRegression) -> bytes:
    """The weights, a signed byte each."""
    scale = float(np.abs(model.coef_).max()) / _LARGEST
    intercepts = [round(float(one), 6) for one in model.intercept_]
    head = json.dumps({"of": training_digest(), "scale": scale, "intercepts": intercepts}).encode()
    return head + b"\n" + zlib.compress(np.rint(model.coef_.T / scale).astype(np.int8).tobytes(), 9)


def _suspicions(model: LogisticRegression, messages: Sequence[Message]) -> dict[Sequence[str], Suspicion]:
    """What a net makes of messages and of their parts, by their words."""
    texts = sorted({words for message in messages for words in (message.words, *message.parts)})
    likely = model.predict_proba(_matrix(texts)).tolist()
    return {words: Suspicion.of(one) for words, one in zip(texts, likely, strict=True)}


def _judged(text: str) -> tuple[str, str]:
    """What becomes of a message, and as what it is understood; of a general question the knowledge base decides."""
    reading = understanding.read(text)
    label = "FAQ" if reading.is_question else _LABELS.get(reading.topic, reading.topic.value)
    if reading.topic in {Topic.SAFETY, Topic.MEDICAL}:
        return "hotline" if reading.topic is Topic.SAFETY else "medical", label
    if label == "UNSURE" or reading.doubt is Doubt.ANY or (reading.doubt is not None and label == "SMALLTALK"):
        return "human", label
    return "answered" if reading.doubt is None else "asked", label


def _turns(parts: np.ndarray) -> list[set[str]]:
    """Who is left out together: as many utterances in each turn, about."""
    turns: list[set[str]] = [set() for _ in range(_TURNS)]
    sizes = [0] * _TURNS
    for part in sorted(set(parts) - _ALWAYS - {*_APART}, key=lambda part: (-int((parts == part).sum()), part)):
        least = sizes.index(min(sizes))
        turns[least].add(part)
        sizes[least] += int((parts == part).sum())
    return [*turns, *({apart} for apart in _APART)]


def _left_out(rows: Sequence[dict[str, str]], matrix: csr_matrix, classes: np.ndarray) -> None:
    """Print what is made of people by a net that was trained without them."""
    parts = np.array([row["part"] for row in rows])
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for turn in _turns(parts):
        here = np.isin(parts, sorted(turn))
        if not here.any():
            continue
        theirs = [row for row in rows if row["part"] in turn]
        model = _trained(matrix[~here], classes[~here])
        suspicions = _suspicions(model, [Message.of(row["text"]) for row in theirs])
        with patch.object(learned, "suspicion", side_effect=suspicions.__getitem__):
            for row in theirs:
                group = row["part"] if row["part"] in _APART else "people"
                found.setdefault((group, row["label"]), []).append(_judged(row["text"]))
    out = csv.writer(sys.stdout, delimiter="\t")
    out.writerow(["of", "label", "utterances", *_OUTCOMES, "right", "right later", "understood as"])
    for (group, label), judged in sorted(found.items(), key=lambda one: (one[0][0], CLASSES.index(one[0][1]))):
        outcomes = [outcome for outcome, _ in judged]
        understood = [as_label for _, as_label in judged]
        later = judged.count(("asked", label))
        right = judged.count(("answered", label)) + (judged.count(("human", label)) if label == "UNSURE" else 0)
        counts = [f"{one} {understood.count(one)}" for one in CLASSES if one in understood]
        figures = [len(judged), *map(outcomes.count, _OUTCOMES), right, later]
        out.writerow([group, label, *figures, ", ".join(counts)])


def main() -> None:
    """Train on everything and write; or only cross-check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="print the figures of people left out, write nothing")
    rows = training()
    matrix = _matrix([Message.of(row["text"]).words for row in rows])
    classes = np.array([CLASSES.index(row["label"]) for row in rows])
    if parser.parse_args().check:
        _left_out(rows, matrix, classes)
    else:
        WEIGHTS.write_bytes(_written(_trained(matrix, classes)))


if __name__ == "__main__":
    main()
