"""The command line: one file for each verb, each of them glue over one public function."""

from vermeil.cli.app import main

__all__ = ["main"]
