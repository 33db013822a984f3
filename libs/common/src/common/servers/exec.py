"""Becomes another program: `exec.py SIGNAL PARENT USER PROGRAM ARGUMENTS...`.

Asks the kernel for SIGNAL when the parent dies (Linux), after taking on USER's identity, since a change of user clears
that request. Run with `python -I -S`, so it imports little; a preexec function would fork from a threaded process.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Take on the user, tie the life to the parent's, become the program."""
    signal_number, parent, user = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    program = sys.argv[4:]
    if user:
        entry = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it died before the request
        sys.exit(1)
    try:
        os.execvp(program[0], program)  # noqa: S606
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
