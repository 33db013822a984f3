"""Break-glass access of staff to one patient's records; identity grants it."""
