"""Decisions on movements before they are committed: asked of the job, or made on the last stored activity."""
