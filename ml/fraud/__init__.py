"""The fraud model: LightGBM over the kernel's features, calibrated, exported to ONNX."""
