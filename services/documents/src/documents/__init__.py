"""Uploads, antivirus scans, generated PDFs."""
