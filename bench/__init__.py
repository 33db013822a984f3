"""What is measured, and against what: `axtech bench NAME`. A figure stands beside a bare baseline of its own run."""
