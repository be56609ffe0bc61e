"""The study: which teams are trained, what their records say, and the claims that follow from
them."""
