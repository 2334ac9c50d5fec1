"""What a person can ask and what a person can see, the same for every surface."""
