"""What several verbs do with a running stack: wait until data has travelled, run the pipeline, ask the engines."""
