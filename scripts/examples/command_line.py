"""The command lines of the examples: argparse, and the option that was meant."""

import argparse
import difflib


class Parser(argparse.ArgumentParser):
    """Ends the program with 2 for what makes no sense, naming the nearest option."""

    def __init__(self, about, endpoint):
        super().__init__(description=about, allow_abbrev=False)
        self.names = ["--help"]
        self.add_argument("endpoint", nargs="?", default=endpoint, help=f"default: {endpoint}")

    def add_option(self, name, **more):
        self.names.append(name)
        self.add_argument(name, **more)

    def parse(self):
        args, unknown = self.parse_known_args()
        if unknown:
            word = unknown[0].split("=")[0]
            kind = "Unknown option" if word.startswith("-") else "Unexpected argument"
            meant = difflib.get_close_matches(word, self.names, 1)
            self.error(f"{kind} {word}" + "".join(f": did you mean {name}?" for name in meant))
        return args
