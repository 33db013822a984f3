"""`python -m identity`."""

from common.runtime import main

from identity.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
