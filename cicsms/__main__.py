"""Let ``python -m cicsms`` be the command line."""

from cicsms.cli import main

if __name__ == "__main__":
    main(prog_name="python -m cicsms")
