"""Findings and plans as text, Markdown, SARIF and JSON."""
