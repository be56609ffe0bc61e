"""What the reports of ``python -m course_lib bench`` measure: fidelity to the public simulator, and
speed."""
