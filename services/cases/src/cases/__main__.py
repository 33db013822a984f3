"""`python -m cases`."""

from cases.app import SERVICE
from common.runtime import main

if __name__ == "__main__":
    main(SERVICE)
