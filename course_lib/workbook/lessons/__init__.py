"""Exercises and quiz of each lesson, one file per lesson: ``l05.py`` holds ``LESSON`` of lesson 05."""
