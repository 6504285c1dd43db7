"""What `atalaya model` shows: versions with their standing, the history of promotions, a run made again."""
