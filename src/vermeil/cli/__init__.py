"""The command line: one file for each verb, each of them glue over one public function."""
