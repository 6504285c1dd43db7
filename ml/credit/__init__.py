"""Scorecards of loans: monotone bins, points, reasons, exported to ONNX."""
