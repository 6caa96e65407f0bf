"""A comparison as HTML, Markdown, CSV and figures."""
