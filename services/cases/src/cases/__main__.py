"""`python -m cases`."""

from common.runtime import main

from cases.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
