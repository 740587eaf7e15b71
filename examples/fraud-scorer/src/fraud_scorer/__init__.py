"""Scores card transactions for fraud."""
