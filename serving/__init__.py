"""The API by domain, and the recorder that stores what the stream decides."""
