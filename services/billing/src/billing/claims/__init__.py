"""Claims: from the approved quote to the euro paid."""
