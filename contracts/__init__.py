"""What every part of the platform agrees on: data files with typed loaders, and no engine."""
