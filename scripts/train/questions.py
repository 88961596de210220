"""Seeded (question, plan) pairs: an intent, a phrasing, noise, and the plan in the contract's form."""

import json
import re

import clinic
import comparisons
import counter
import domain as domains
import grammar
import noise
import rankings
import shares
import stock
import terse
import totals
import unsupported

SHARED = {intent: 0.6 * weight for intent, weight in domains.Asker(counter.SALES).answerable.items()}  # a third of sales' own
INTENTS = {
    "sales": {**SHARED, **totals.INTENTS, **rankings.INTENTS, **comparisons.INTENTS, **unsupported.INTENTS, **shares.INTENTS, **terse.INTENTS},
    "inventory": domains.Asker(stock.INVENTORY).intents,
    "patients": domains.Asker(clinic.PATIENTS).intents,
}
DOMAINS = list(INTENTS)
ORDER = ["metric", "by", "where", "period", "compare", "order", "limit", "as", "unsupported"]


def normalise(text):
    """The compact profile's normal form: what the server does to a question before the model sees it."""
    return " ".join(text.split()).lower()


def example(rng, domain="sales"):
    """One (question, plan) of a domain; the question in normal form."""
    intents = INTENTS[domain]
    while True:
        intent = rng.choices(list(intents), list(intents.values()))[0]
        text, plan = intent(rng)
        text = re.sub(r"\b(our|my|the|your) (the|our|my)\b", r"\2", grammar.tidy(text))
        text = re.sub(r"\b(total|of|selling|up|sold|items) \1\b", r"\1", re.sub(r"\s+(\x04[^\x05]*\x05\x03)$", r"\1", text))
        rate = 0.0 if rng.random() < 0.54 else rng.choice([0.04, 0.07, 0.1])
        text = noise.mistype(rng, text, rate)
        text = noise.chat(rng, text, plan.get("period", "default") != "default" or plan.get("unsupported"))
        text = grammar.tidy(noise.punctuate(rng, text)) if rng.random() < 0.9 else grammar.tidy(text)
        text = re.sub(r"([,:;?])(\s*,)+", r"\1", text)
        question, values, dimensions = grammar.read(text)
        question = normalise(question).lstrip(" ,;:.-\u2013")
        values = [normalise(v) for v in values]
        if not question or len(question) > 220 or not fits(question, values):
            continue
        if "unsupported" not in plan:
            if dimensions:
                plan["by"] = dimensions
            if values:
                plan["where"] = [" " + v for v in values]
        return question, {k: plan[k] for k in ORDER if k in plan}


def fits(question, values):
    """Every value stands in the question as words of its own, once at least, and there are at most four."""
    padded = f" {question} "
    return len(values) <= 4 and len(set(values)) == len(values) and all(v and len(v.split()) <= 5 and v[-1] != "." and any(f"{a}{v}{b}" in padded for a in " '\"(:/" for b in " ,?.!:;'\u2019)/") for v in values)


def plan_text(plan):
    """The plan as the model writes it."""
    return json.dumps(plan, ensure_ascii=False, separators=(",", ":"))


# The catalogue's suggestions and the guide's own questions, by form, are worth a few repetitions in any training run.
FORMS = {"inventory": stock.INVENTORY.forms, "patients": clinic.PATIENTS.forms, "sales": [
    ("what were our top 3 products this month?", {"metric": "revenue", "by": ["product"], "period": "this_month", "order": "desc", "limit": 3}),
    ("show revenue trend for the last quarter", {"metric": "revenue", "by": ["month"], "period": "last_quarter"}),
    ("which customer segment is growing fastest?", {"metric": "revenue", "by": ["segment"], "period": "default", "compare": "previous", "order": "growth", "limit": 1}),
    ("what were our top selling products?", {"metric": "revenue", "by": ["product"], "period": "default", "order": "desc"}),
    ("what were our top products last month?", {"metric": "revenue", "by": ["product"], "period": "last_month", "order": "desc"}),
    ("how did revenue last month compare with the month before?", {"metric": "revenue", "period": "last_month", "compare": "previous"}),
    ("which store sold the most this week?", {"metric": "revenue", "by": ["store"], "period": "this_week", "order": "desc", "limit": 1}),
    ("what is our average order value by category?", {"metric": "average_order_value", "by": ["category"], "period": "default"}),
]}
