"""Invented names of people and trades, by country of family."""

from __future__ import annotations

import numpy as np

from sources.workload.columns import Array
from sources.workload.streams import choose

_GIVEN = {
    "PH": ("Maria", "Jose", "Angelica", "Ramon", "Liza", "Carlo", "Rowena", "Dennis"),
    "IN": ("Priya", "Arjun", "Anjali", "Rahul", "Neha", "Vikram", "Meera", "Sanjay"),
    "MX": ("Guadalupe", "Miguel", "Fernanda", "Luis", "Ximena", "Raul", "Alejandra", "Oscar"),
    "CO": ("Valentina", "Andres", "Camila", "Juan", "Daniela", "Felipe", "Paola", "Diego"),
    "MA": ("Fatima", "Youssef", "Salma", "Hamza", "Khadija", "Omar", "Nadia", "Rachid"),
    "SN": ("Aminata", "Mamadou", "Awa", "Ousmane", "Fatou", "Cheikh", "Mariama", "Ibrahima"),
    "NG": ("Chioma", "Emeka", "Ngozi", "Tunde", "Amaka", "Segun", "Ifeoma", "Kelechi"),
    "HT": ("Marie", "Jean", "Rose", "Pierre", "Nadege", "Wilner", "Mirlande", "Frantz"),
    "US": ("Emily", "James", "Olivia", "Noah", "Ava", "Liam", "Grace", "Henry"),
    "EU": ("Lucia", "Hugo", "Anna", "Lukas", "Chiara", "Mateo", "Julie", "Jan"),
}
_FAMILY = {
    "PH": ("Santos", "Reyes", "Cruz", "Bautista", "Garcia", "Mendoza", "Torres", "Flores"),
    "IN": ("Sharma", "Patel", "Singh", "Iyer", "Gupta", "Nair", "Reddy", "Das"),
    "MX": ("Hernandez", "Lopez", "Ramirez", "Vargas", "Castillo", "Ortega", "Rojas", "Luna"),
    "CO": ("Gomez", "Restrepo", "Cardenas", "Mejia", "Suarez", "Pardo", "Quintero", "Rincon"),
    "MA": ("Alaoui", "Bennani", "Tazi", "Idrissi", "Chraibi", "Amrani", "Fassi", "Berrada"),
    "SN": ("Diop", "Ndiaye", "Fall", "Sow", "Faye", "Gueye", "Ba", "Sarr"),
    "NG": ("Okafor", "Adeyemi", "Eze", "Balogun", "Nwosu", "Ibrahim", "Obi", "Afolabi"),
    "HT": ("Joseph", "Baptiste", "Louis", "Charles", "Etienne", "Desir", "Toussaint", "Augustin"),
    "US": ("Miller", "Johnson", "Davis", "Clark", "Lewis", "Walker", "Young", "Hill"),
    "EU": ("Moreau", "Fischer", "Rossi", "Novak", "Garcia", "Jansen", "Silva", "Meyer"),
}
_TRADES = ("Bakery", "Books", "Garden", "Bicycles", "Outfitters", "Kitchen", "Records", "Pharmacy", "Optics", "Toys")


def full_names(rng: np.random.Generator, countries: Array) -> Array:
    """One name for each country code given."""
    given, family = rng.integers(0, 8, len(countries)), rng.integers(0, 8, len(countries))
    names = [
        f"{_GIVEN[country][first]} {_FAMILY[country][last]}"
        for country, first, last in zip(countries.tolist(), given.tolist(), family.tolist(), strict=True)
    ]
    return np.array(names, dtype=object)


def trade_names(rng: np.random.Generator, regions: Array) -> Array:
    """Names of merchants in these regions."""
    families = full_names(rng, regions)
    trades = choose(rng, _TRADES, len(regions))
    return np.array([f"{name.split()[1]} {trade}" for name, trade in zip(families, trades, strict=True)], dtype=object)
