"""Whom the texts of the desk are about."""

from __future__ import annotations

PEOPLE = ("Ada Lovelace", "Alan Turing", "Grace Hopper")
PLACES = ("Paris", "Lisbon", "Quito")
