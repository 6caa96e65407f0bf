"""A comparison as HTML, Markdown, CSV and figures."""

from vermeil.report.table import table
from vermeil.report.write import report

__all__ = ["report", "table"]
