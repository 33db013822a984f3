"""`python -m axtech`."""

from axtech.cli import app

if __name__ == "__main__":
    app()
