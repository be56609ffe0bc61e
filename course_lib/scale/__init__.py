"""Optional: other trainers over the same environments, which need packages that the course does not bring."""
