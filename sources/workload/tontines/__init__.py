"""Tontines: members of one credit union who pay into a pot in rounds, each round's pot going to the next of them."""
