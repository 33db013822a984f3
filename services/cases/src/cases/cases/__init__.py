"""Cases: the file of one reimbursement, its states, its checklist, who sees it."""
