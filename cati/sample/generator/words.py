"""Words that fictional persons and places are made of."""

LAST_NAMES = (
    "Lenglet", "Delattre", "Vasseur", "Caron", "Dubrulle", "Hennebelle", "Cuvelier", "Desmaret",
    "Fauquembergue", "Wattel", "Obin", "Tellier", "Bécue", "Carlier", "Debruyne", "Evrard", "Flament",
    "Gosselin", "Houvenaghel", "Italiano", "Jourdain", "Kowalczyk", "Lheureux", "Macrez", "Noël",
    "Osiecki", "Pruvost", "Quétu", "Rouzé", "Sénéchal", "Thuillier", "Urbaniak", "Vandeputte", "Wiart",
    "Zajac", "Benali", "Cissé", "Diallo", "El-Amrani", "Ferreira", "Traoré", "N'Diaye", "Ouali",
    "Da-Costa", "Nguyen", "Petrescu", "Bouzidi", "Kaczmarek", "Deroubaix", "Lamourette", "Boidin",
    "Choquet", "Duflos", "Hochart", "Lefebvre-Masson", "Ringot", "Tétart", "Verbrugghe", "Wypych",
    "Ansart",
)  # fmt: skip

WOMEN = (
    "Marie", "Élise", "Nadia", "Françoise", "Chloé", "Fatima", "Monique", "Aurélie", "Sabrina",
    "Jeanne", "Céline", "Zoé", "Véronique", "Inès", "Léa", "Renée", "Karima", "Hélène", "Stéphanie",
    "Odile", "Maïté", "Sylvie", "Amina", "Lucie",
)  # fmt: skip

MEN = (
    "Jean", "Rémi", "Karim", "Michel", "Loïc", "Mohamed", "Gérard", "Kévin", "Thierry", "André", "Hugo",
    "Étienne", "Samir", "Frédéric", "Noé", "Bernard", "Yanis", "Jérôme", "Marcel", "Ludovic", "Raphaël",
    "Didier", "Nordine", "Théo",
)  # fmt: skip

STREETS = (
    "rue des Lilas", "rue du Beffroi", "allée des Tilleuls", "rue de la Filature", "cité du Moulin",
    "rue Jean-Macé", "boulevard des Écluses", "rue des Géants", "place du Marché-aux-Laines",
    "résidence les Hortensias", "rue du 11-Novembre", "allée du Canal", "rue de l'Égalité",
    "chemin des Maraîchers", "rue Louise-Michel", "avenue des Houillères",
)  # fmt: skip

RESIDENCES = (
    "Les Hortensias", "Le Beffroi", "Les Coquelicots", "La Filature", "Les Mésanges", "Le Grand-Cerf",
    "Les Écluses", "La Roseraie", "Les Terrasses", "Le Clos Fleuri", "Les Marronniers",
    "La Fosse Neuve", "Les Dentellières", "Le Moulin Rouge-Gorge", "L'Étoile",
)  # fmt: skip

#: Fictional communes by department, with a postcode of the department.
COMMUNES: dict[str, tuple[tuple[str, str], ...]] = {
    "59": (
        ("Beffroi-en-Flandre", "59990"),
        ("Lys-la-Neuve", "59991"),
        ("Écaillon-sur-Deûle", "59992"),
        ("Malo-les-Prés", "59993"),
    ),
    "62": (
        ("Terril-en-Gohelle", "62990"),
        ("Saint-Josse-les-Dunes", "62991"),
        ("Noyelles-la-Fosse", "62992"),
    ),
    "60": (("Beauvoir-en-Bray", "60990"), ("Pont-sur-Oise", "60991")),
    "80": (("Hortillon-sur-Somme", "80990"), ("Vallée-du-Crinchon", "80991")),
    "02": (("Laon-le-Vieux-Château", "02990"), ("Thiérache-aux-Bois", "02991")),
}
