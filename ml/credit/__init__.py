"""The micro-loan scorecard: monotone bins, points, reasons, exported to ONNX."""
