"""The local stack: every part a child process of a small supervisor, no docker, no root needed."""
