"""Importing the official export of the LPP: a zip of DBF tables, read by a job."""
