"""Sales by tables, for the phrasings that all domains share; what only sales is asked stands in its own modules."""

import names
import words
from domain import Domain, Metric
from scene import NOUNS, sample_value
from stock import LEAST, MOST, STORE

STAFF = ["by <v>", "by <v>", "for <v>", "from <v>", "<v>", ", <v>", "of <v>", "with <v>", "sold by <v>", "by our colleague <v>", "just <v>", "only <v>", "from our colleague <v>", "through <v>"]
SEGMENT = ["to <v>", "for <v>", "from <v>", "by <v>", "among <v>", "with <v>", "to our <v>", "in the <v> segment", "<v>", "of <v> customers", "for <v> customers", "bought by <v>", "of the <v> group"]
# Shares of the others are asked for in shares.py, which keeps "margin in per cent" apart from "share of the margin".
ADDITIVE = {"revenue", "units", "orders", "refunds"}
COUNTS = {"units", "orders", "customers", "returns"}

SALES = Domain(
    name="sales",
    metrics={k: Metric(NOUNS[k], w, additive=k in ADDITIVE, **({"high": MOST, "low": LEAST} if k in COUNTS else {})) for k, w in words.METRIC_WEIGHTS.items()},
    singular=words.SINGULAR, plural=words.PLURAL, dimensions=words.DIMENSION_WEIGHTS,
    values={
        "brand": (22, names.brand, [], []), "category": (20, lambda rng: sample_value(rng, "category"), [], []), "product": (10, names.product, [], []), "store": (22, lambda rng: sample_value(rng, "store"), STORE, []),
        "staff": (14, lambda rng: sample_value(rng, "staff"), STAFF, []), "segment": (12, lambda rng: sample_value(rng, "segment"), SEGMENT, ["<v> customers", "<v> shoppers"]),
    },
    listed="", things=["units", "pieces", "pairs", "items", "products"], subject=["we", "we", "i", "the shop"], unsupported={}, unknown=[], forms=[],
)
