"""What is measured, and against what: `axtech bench NAME`. Each figure stands beside a bare baseline of the same run."""
