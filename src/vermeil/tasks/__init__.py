"""What is being labelled: one file for each task."""
