"""`python -m axtech.stack`: the stack in the foreground, without a word; what `axtech up --detach` starts."""

import sys

from common.servers import PortTakenError, ServerError

from axtech.stack.running import AlreadyRunningError, supervise

if __name__ == "__main__":
    try:
        supervise()
    except (AlreadyRunningError, PortTakenError, ServerError, ValueError) as error:
        sys.exit(str(error))
