"""`python -m documents verify`: does the storage hold what the database names, and nothing else?

Both sides are read in the order of their keys and compared as they pass, in constant memory.
"""

import argparse
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from common.runtime import Command

from documents.documents.domain import Bucket
from documents.resources import DocumentsResources

_NAMED = """
SELECT key, required FROM (
  SELECT storage_key AS key, uploaded_at IS NOT NULL AND purged_at IS NULL AS required FROM documents WHERE bucket = $1
  UNION ALL
  SELECT thumbnail_key, purged_at IS NULL FROM documents WHERE bucket = $1 AND thumbnail_key IS NOT NULL
) AS named ORDER BY key COLLATE "C"
"""
_SHOWN = 100


@dataclass
class Report:
    """`missing`: named and not stored; `unknown`: stored and not named, as a crash may leave. The first 100 of each."""

    stored: int = 0
    named: int = 0
    missing_count: int = 0
    unknown_count: int = 0
    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def miss(self, place: str) -> None:
        self.missing_count += 1
        if len(self.missing) < _SHOWN:
            self.missing.append(place)

    def wonder(self, place: str) -> None:
        self.unknown_count += 1
        if len(self.unknown) < _SHOWN:
            self.unknown.append(place)

    def as_json(self) -> dict[str, Any]:
        return {
            "stored": self.stored,
            "named": self.named,
            "missingCount": self.missing_count,
            "unknownCount": self.unknown_count,
            "missing": self.missing,
            "unknown": self.unknown,
        }


async def compare(resources: DocumentsResources) -> Report:
    """All buckets, both ways."""
    report = Report()
    connection = await resources.database.connect()
    try:
        for bucket in Bucket:
            async with connection.transaction():
                named = connection.cursor(_NAMED, bucket.name)
                await _compare_bucket(report, bucket, named, resources.storage.keys(resources.bucket(bucket), ""))
    finally:
        await connection.close()
    return report


async def _compare_bucket(
    report: Report, bucket: Bucket, named: AsyncIterator[Any], stored: AsyncIterator[str]
) -> None:
    stored = aiter(stored)
    key = await anext(stored, None)
    async for row in named:
        report.named += 1
        while key is not None and key < row["key"]:
            report.stored += 1
            report.wonder(f"{bucket.value}/{key}")
            key = await anext(stored, None)
        if key == row["key"]:
            report.stored += 1
            key = await anext(stored, None)
        elif row["required"]:
            report.miss(f"{bucket.value}/{row['key']}")
    while key is not None:
        report.stored += 1
        report.wonder(f"{bucket.value}/{key}")
        key = await anext(stored, None)


async def run(resources: DocumentsResources, arguments: argparse.Namespace) -> int:
    """Print the report; 1 when something is missing."""
    report = await compare(resources)
    if arguments.json:
        json.dump(report.as_json(), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        lines = [f"{report.stored} objects stored, {report.named} named"]
        lines += [f"missing: {place}" for place in report.missing] + [f"unknown: {place}" for place in report.unknown]
        lines.append(f"{report.missing_count} missing, {report.unknown_count} unknown")
        sys.stdout.write("\n".join(lines) + "\n")
    return 1 if report.missing_count else 0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the report as JSON")


COMMAND: Command[DocumentsResources] = Command(
    "verify", "compare the documents in the database with the objects in the storage", _arguments, run
)
