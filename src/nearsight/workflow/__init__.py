"""What the rules know of a study: jobs that share variants, and what a job asks a cluster for."""
