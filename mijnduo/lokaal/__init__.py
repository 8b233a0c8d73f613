"""Finds or starts what the portal needs on a bare machine. Development, demo and tests only; knows no Django."""
