"""Plausible facts about the rows of a plan, in the form the server writes them (docs/answer-language.md)."""

import words

LOADED = [m for domain in words.DOMAINS for m in words.catalogue(domain)["metrics"]]
ADDITIVE = {m["id"] for m in LOADED if m.get("additive", True)}
PROTECTED = {m["id"] for domain in words.DOMAINS if words.catalogue(domain).get("minimum") for m in words.catalogue(domain)["metrics"]}
EMPTY_NONE = {m["id"] for m in LOADED if m["empty"] == "none"}
TIMES = ("day", "week", "month", "quarter", "year")
KEYS = ["metric", "by", "period", "partial", "filters", "compare", "as", "order", "rows", "value", "change", "trend", "tie", "hidden"]


def partial(rng, period):
    """Whether the period contains today: sure for the running ones, by chance where the date decides."""
    if period == "now":
        return False
    if period.startswith("this_") or period == "today":
        return True
    if period in ("default", "all_time") or period.endswith("..today") or (period.startswith("last_") and period.endswith("s")):
        return rng.random() < 0.05  # the server calls these whole; a catalogue of another mind would not surprise the model
    if period.startswith("last_") or period.endswith("ago") or period == "yesterday" or "last_year" in period:
        return False
    return rng.random() < 0.2


def simulate(rng, plan):
    """One possible outcome of the plan."""
    by, order, compare, limit = plan.get("by", []), plan.get("order"), plan.get("compare"), plan.get("limit")
    f = {"metric": plan["metric"], "period": plan["period"] if plan["period"] in ("default", "now") else "named"}
    if by:
        f["by"] = ",".join(by)
    if partial(rng, plan["period"]):
        f["partial"] = "yes"
    if plan.get("where"):
        f["filters"] = rng.randint(1, len(plan["where"]))  # spans of one dimension are one filter
    if compare:
        f["compare"] = compare
    if plan.get("as"):
        f["as"] = plan["as"]
    if order:
        f["order"] = order
    if not by:
        rows = 1
        roll = rng.random()
        if roll < 0.08:
            rows = 0
        elif roll < 0.18:
            f["value"] = "none" if plan["metric"] in EMPTY_NONE else "zero"
    else:
        roll = rng.random()
        rows = 0 if roll < 0.09 else 1 if roll < 0.17 else rng.randint(2, 5) if roll < 0.6 else 6
        if limit:
            rows = min(limit, rows if roll < 0.3 else 100)
        elif order:
            rows = min(rows, 5)
    f["rows"] = "many" if rows > 5 else rows
    if rows and compare and f.get("value") == "none":
        f["change"] = "unknown"
    elif rows and compare:
        f["change"] = rng.choices(["up", "down", "flat", "unknown"], [0.36, 0.36, 0.1, 0.18])[0]
        if order in ("growth", "decline"):
            right = "up" if order == "growth" else "down"
            f["change"] = right if rng.random() < 0.6 else f["change"]
        if f.get("value") == "zero" and f["change"] == "up":
            f["change"] = "down"
    if rows and len(by) == 1 and by[0] in TIMES and not order and rows > 1 and (rows > 3 or rng.random() < 0.8):
        f["trend"] = rng.choices(["up", "down", "flat", "mixed"], [0.32, 0.32, 0.12, 0.24])[0]
    if rows > 1 and order in ("asc", "desc") and rng.random() < 0.12:
        f["tie"] = "yes"
    if rows and "value" not in f and plan["metric"] in PROTECTED and rng.random() < 0.18:
        f["hidden"] = "yes"
    return f


def line(facts):
    return " ".join(f"{k}={facts[k]}" for k in KEYS if k in facts)
