"""Greedy answers of a model on what was held out: exact plans, and sentences that keep to the rules."""

import json
import re

import facts
import questions

REFERENCE = re.compile(r"\{(?:(r(?:[1-9]|10)|first|last|max|min|total)\.([a-z_]+)|(period|previous_period|filters))\}")


def plans(model, prompt, pairs, domain="sales"):
    """(share exact, misses): misses as (question, wanted, got)."""
    outputs = model.greedy([prompt.ids("plan", q, domain) for q, _ in pairs], prompt.tokenizer.eot, 100)
    misses = []
    for (question, plan), ids in zip(pairs, outputs):
        wanted, got = questions.plan_text(plan), prompt.tokenizer.decode(ids)
        if got != wanted:
            misses.append((question, wanted, got))
    return 1 - len(misses) / len(pairs), misses


def answers(model, prompt, users, domain="sales"):
    """(share that keep the rules, faults): faults as (user text, sentence, what is wrong)."""
    outputs = model.greedy([prompt.ids("answer", u, domain) for u in users], prompt.tokenizer.eot, 200)
    faults = []
    for user, ids in zip(users, outputs):
        text = prompt.tokenizer.decode(ids)
        fault = wrong(user, text)
        if fault:
            faults.append((user, text, fault))
    return 1 - len(faults) / len(users), faults


UP, DOWN = r"\b(up from|went up|higher:|rose|rising|grew fastest|fastest growing|is up)\b", r"\b(down from|went down|lower:|fell\b(?! the most)|falling|is down|fell the most|biggest decline)\b"


def wrong(user, text):
    """What a sentence gets wrong against its facts, or None."""
    question, line = user.rsplit("\n", 1)
    f = dict(word.split("=", 1) for word in line.split())
    rows = 10 if f["rows"] == "many" else int(f["rows"])
    by = f["by"].split(",") if "by" in f else []
    rest = text
    for match in REFERENCE.finditer(text):
        row, column, phrase = match.groups()
        rest = rest.replace(match.group(0), "", 1)
        if phrase == "filters" and "filters" not in f or phrase == "previous_period" and "compare" not in f:
            return f"nothing for {match.group(0)}"
        if phrase:
            continue
        allowed = set(by) | {f["metric"]} | ({"previous", "change", "change_rate"} if "compare" in f else set()) | ({f["as"]} if "as" in f else set())
        if column not in allowed:
            return f"no column {column}"
        if row[0] == "r" and int(row[1:]) > rows:
            return f"no row {row}"
        if row == "total" and (f["metric"] not in facts.ADDITIVE or rows < 2):
            return "no total"
        if row in ("first", "last", "max", "min") and not set(by) & set(facts.TIMES):
            return f"no {row} without time rows"
    if re.search(r"[{}]", rest):
        return "broken reference"
    for number in re.findall(r"\d+", rest):
        if not re.search(rf"\b{number}\b", question):
            return f"figure {number}"
    if "{period}" not in text:
        return "period not named"
    if ("partial" in f) != ("o far" in text):
        return "so far"
    if "filters" in f and "{filters}" not in text:
        return "filters not named"
    empty = rows == 0 or f.get("value") == "none"
    if empty and (re.search(r"\{(r|first|last|max|min|total)", text) or not re.search(r"\b(no|nothing)\b", text.lower())):
        return "not said to be empty"
    change, trend = f.get("change"), f.get("trend")
    if re.search(UP, text) and "up" not in (change, trend) and f.get("value") != "zero":
        return "says up"
    if re.search(DOWN, text) and "down" not in (change, trend) and not text.startswith("No "):
        return "says down"
    if f.get("order") == "asc" and re.search(r"\b(highest|leads|first place|The top)\b", text):
        return "says highest"
    if f.get("order") == "desc" and re.search(r"\b(lowest|bottom|last place)\b", text):
        return "says lowest"
    if "hidden" in f and re.search(r"\b(total|highest|lowest|leads|up from|down from|rose|fell)\b", text):
        return "compares or sums up"
    if "tie" in f and "hidden" not in f and "compare" not in f and len(by) == 1 and "share" not in text:
        return "tie not said"
    return "too long" if len(text) > 400 else None


def report(model, prompt, pairs, users, domain="sales", show=25):
    """Scores and misses, printed; the scores returned."""
    exact, misses = plans(model, prompt, pairs, domain)
    clean, faults = answers(model, prompt, users, domain)
    for question, wanted, got in misses[:show]:
        print(f"miss: {question}\n  want {wanted}\n  got  {got}")
    for user, text, fault in faults[:show]:
        print(f"fault ({fault}): {json.dumps(user)}\n  {text}")
    print(f"{domain}: exact plans {exact:.1%} of {len(pairs)}, sentences within the rules {clean:.1%} of {len(users)}", flush=True)
    return {"exact_plan": round(exact, 4), "plans": len(pairs), "sentence_rules": round(clean, 4), "sentences": len(users)}
