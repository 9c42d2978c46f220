"""`python -m matsim`: the same as `matsim`."""

from matsim.cli import main

if __name__ == "__main__":
    main()
