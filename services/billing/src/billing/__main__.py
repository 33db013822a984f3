"""`python -m billing`."""

from common.runtime import main

from billing.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
