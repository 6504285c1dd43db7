"""The register of regulator reports, and their files."""
