"""The whole platform on one machine: what it consists of (`plan`) and what keeps it running (`supervisor`)."""
