"""Which words of a question are a shop's values, and of which kind: the line that the server puts before it.

The server looks words up in the shop's data (assistant/semantic/linking.go). Here whoever makes up a name notes its
kind, and of each example's shop it is drawn anew which names it has. What no shop has must be understood without.
"""

import re

import words

NOTED = {}  # words as they stand in a question to the kind they were made up as
OLD, NEW, COLD, STRAY = 0.94, 0.85, 0.15, 0.04  # known of the last plan, of the question; nothing known; a word that means something else
SHORT = {"product": 0.45, "staff": 0.65}  # of what is seldom called by its full name
_COMMON = {}


def forget():
    NOTED.clear()


def note(kind, text):
    NOTED.setdefault(normal(text), kind)
    return text


def noted(kind):
    """Decorates a sampler of names."""
    return lambda sampler: lambda *a: note(kind, sampler(*a))


def normal(text):
    return " ".join(text.split()).lower()


def inflected(text):
    """A word or its plural finds the other, as in the server."""
    yield text
    yield text + "s"
    if len(text) > 3 and text.endswith("s"):
        yield text[:-1]


def common(domain):
    """The values with names that all shops share, by the catalogue: categories, age bands, diagnoses."""
    if domain not in _COMMON:
        _COMMON[domain] = {normal(form): (d["id"], text) for d in words.catalogue(domain)["dimensions"] for text, said in d.get("synonyms", {}).items() for s in [text, *said] for form in inflected(str(s))}
    return _COMMON[domain]


def mentions(rng, domain, question):
    """[(kind, words)] of the question in their order, the longest first where they lie over each other."""
    lacks, found = {}, []
    padded = f" {question} "
    for text, (kind, value) in common(domain).items():
        if text not in NOTED and lacks.setdefault(value, rng.random() >= NEW) is False:
            found += _at(padded, kind, text)
    for text, kind in NOTED.items():
        if rng.random() < SHORT.get(kind, NEW):
            found += _at(padded, kind, text)
    if rng.random() < STRAY:
        w = rng.choice(question.split()).strip(",.?!:;\"'()")
        if w:
            found += _at(padded, rng.choice(["brand", "product", "store", "staff"] if domain == "sales" else ["brand", "product", "store"] if domain == "inventory" else ["store", "insurance_plan"]), w)
    out, end = [], 0
    for start, _, kind, text in sorted(found):
        if start >= end:
            out.append((kind, text))
            end = start + len(text)
    return list(dict.fromkeys(out))


def _at(padded, kind, text):
    return [(m.start() + 1, -len(text), kind, text) for m in re.finditer(r"(?<=[ '\"(:/])" + re.escape(text) + r"(?=[ ,?.!:;'\u2019)/])", padded)] if text in padded else []


def line(old, new):
    """The values of the last plan and of the question by kind, kinds in the order they come up; "" without any."""
    kinds = list(dict.fromkeys(kind for kind, _ in [*old, *new]))
    parts = []
    for kind in kinds:
        before, now = [t for k, t in old if k == kind], [t for k, t in new if k == kind]
        parts.append(" ".join([kind, *([", ".join(before)] if before else []), *([">", ", ".join(now)] if now else [])]))
    return "; ".join(parts)


def before(rng, domain, question, previous=()):
    """The line with its end, to stand before the question; "" where the shop knows nothing of it."""
    if rng.random() < COLD:
        return ""
    text = line([(k, normal(v)) for k, v in previous if rng.random() < OLD], mentions(rng, domain, question))
    return text + "\n" if text else ""
