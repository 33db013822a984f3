"""`python -m devices`."""

from common.runtime import main

from devices.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
