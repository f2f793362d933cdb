"""One module a part: gather, decide, apply, report."""
