"""`python -m notifications`."""

from common.runtime import main

from notifications.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
