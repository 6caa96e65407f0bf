"""`python -m vermeil`: the same as the program `vermeil`."""

from vermeil.cli.app import main

if __name__ == "__main__":
    main()
