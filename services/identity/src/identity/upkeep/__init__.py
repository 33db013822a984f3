"""What runs by itself: scheduled jobs, and dropping what is spent."""
