"""`python -m bench.learn`: train the assistant's net on the labelled utterances that do not only measure.

Writes `learned.bin`; the same utterances give the same file. `--check` prints instead what the net and the table make
of people whose messages were left out of the training, one kind of people after the other: to choose thresholds by.
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
from devices.assistant.learned import BUCKETS, WEIGHTS, Suspicion, features
from devices.assistant.report import training, training_digest
from devices.assistant.text import Message
from devices.assistant.understanding import Topic
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

_CLASSES = (Topic.SAFETY, Topic.MEDICAL)
_STRENGTH = 30.0
_ALWAYS = frozenset({"seen", "tried", "former", "fresh", "word-lists-safety", "word-lists-medical", "denied"})
"""Parts without one kind of people of their own: never left out."""
_LARGEST = 127


def _matrix(texts: Sequence[str]) -> csr_matrix:
    found = [features(Message.of(text).words) for text in texts]
    lengths = np.cumsum([0, *map(len, found)])
    buckets = [bucket for row in found for bucket in row]
    values = [value for row in found for value in row.values()]
    return csr_matrix((values, buckets, lengths), shape=(len(texts), BUCKETS))


def _class(label: str) -> int:
    return _CLASSES.index(Topic(label)) if label in _CLASSES else len(_CLASSES)


def _trained(matrix: csr_matrix, classes: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=_STRENGTH, max_iter=200, class_weight="balanced").fit(matrix, classes)


def _written(model: LogisticRegression) -> bytes:
    """The weights against those of harmless messages, a signed byte each."""
    weights = (model.coef_[:2] - model.coef_[2]).T
    scale = float(np.abs(weights).max()) / _LARGEST
    intercepts = [round(float(one), 6) for one in model.intercept_[:2] - model.intercept_[2]]
    head = json.dumps({"of": training_digest(), "scale": scale, "intercepts": intercepts}).encode()
    return head + b"\n" + zlib.compress(np.rint(weights / scale).astype(np.int8).tobytes(), 9)


def _judged(texts: Sequence[str], suspicions: Sequence[Suspicion]) -> list[Topic]:
    """What all guardrails together make of messages."""
    topics = []
    for text, suspected in zip(texts, suspicions, strict=True):
        with patch.object(learned, "suspicion", return_value=suspected):
            reading = understanding.read(text)
        topics.append(Topic.HUMAN if reading.doubt is not None else reading.topic)
    return topics


def _left_out(rows: Sequence[dict[str, str]], matrix: csr_matrix, classes: np.ndarray) -> None:
    """Print what is made of each kind of people by a net that was trained without them."""
    parts = np.array([row["part"] for row in rows])
    found: dict[str, list[Topic]] = {"SAFETY": [], "MEDICAL": [], "other": []}
    for part in sorted(set(parts) - _ALWAYS):
        here = parts == part
        likely = _trained(matrix[~here], classes[~here]).predict_proba(matrix[here])
        theirs = [row for row in rows if row["part"] == part]
        topics = _judged([row["text"] for row in theirs], [Suspicion(float(one[0]), float(one[1])) for one in likely])
        for row, topic in zip(theirs, topics, strict=True):
            found[row["label"] if row["label"] in found else "other"].append(topic)
    out = csv.writer(sys.stdout, delimiter="\t")
    out.writerow(["label", "utterances", "hotline", "medical", "human", "answered"])
    people = (Topic.SAFETY, Topic.MEDICAL, Topic.HUMAN)
    for label, topics in found.items():
        counts = [topics.count(topic) for topic in people]
        out.writerow([label, len(topics), *counts, len(topics) - sum(counts)])


def main() -> None:
    """Train on everything and write; or only cross-check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="print the figures of people left out, write nothing")
    rows = training()
    matrix = _matrix([row["text"] for row in rows])
    classes = np.array([_class(row["label"]) for row in rows])
    if parser.parse_args().check:
        _left_out(rows, matrix, classes)
    else:
        WEIGHTS.write_bytes(_written(_trained(matrix, classes)))


if __name__ == "__main__":
    main()
