"""Whether a file is safe to open: one small interface, engines behind it."""

from documents.scanning.clamd import ClamdScanner
from documents.scanning.combined import CombinedScanner, make_scanner
from documents.scanning.verdict import Scanner, ScannerUnavailable, ScanStatus, Verdict
from documents.scanning.yara import YaraScanner

__all__ = [
    "ClamdScanner",
    "CombinedScanner",
    "ScanStatus",
    "Scanner",
    "ScannerUnavailable",
    "Verdict",
    "YaraScanner",
    "make_scanner",
]
