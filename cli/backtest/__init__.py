"""History through the live job again, with other rules or another model, compared with what was decided."""
