"""`python -m documents`."""

from common.runtime import main

from documents.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
