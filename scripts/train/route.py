"""Which kind of question it is: (user text, name of the kind), by docs/plan-language.md."""

import follow
import noise
import previous
import optics
import questions
import unsupported
from grammar import expand, tidy

# What is asked of the last answer with a verb of another kind: sold and made are sales, have and need are stock.
OTHER = {"sales": ("inventory", ["revenue", "gross_margin", "customers"]), "inventory": ("sales", ["on_hand", "reorder", "low_stock", "days_of_cover"])}
KINDS = {"sales": 0.29, "inventory": 0.24, "patients": 0.23, "ophthalmic": 0.24}
# What somebody asks after an answer about optics.
GO_ON = ["what about plus lenses", "and minus lenses", "what index would you take", "which one would you take", "and in polycarbonate", "and for presbyopes", "what about progressives", "and bifocals", "how often", "how long", "is it dangerous", "is there a test for it", "can it be cured", "can it be treated", "what are the signs", "what are the symptoms", "who should not wear them", "and the disadvantages", "any downsides", "what does it cost in light", "does that change with age", "at what age", "what about kids", "and adults", "and with astigmatism", "what tolerance is allowed", "how exact must it be", "and without coating", "can they drive with that", "explain it simply", "in simple words", "more detail please", "tell me more", "and the other eye", "what lens then", "and which material", "should i send them to a doctor", "is that normal", "why does that happen", "how can i fix that", "what else could it be", "and at near", "and at distance", "for reading", "and outdoors", "for screen work", "what if the prescription is higher", "and with prism", "how thin does it get", "which tint then", "what would help", "why is that", "why", "and for children", "what about contact lenses", "and for older people", "how come", "is that safe", "does it hurt", "how long does that take", "and at night", "and for driving", "what else can i do", "is there an alternative", "and with high minus", "and for high plus", "how do i explain that", "what does that mean", "and in glass", "and if that does not help", "which is better", "and for sports", "can you explain that", "what if the customer still complains", "and the other coating", "how thick is that", "and how do i measure it"]


def alone(rng, kind):
    """A question of the kind that stands alone."""
    while True:
        if kind == "ophthalmic":
            text = tidy(optics.question(rng))
            text = noise.mistype(rng, text, 0.0 if rng.random() < 0.6 else 0.04)
            return questions.normalise(tidy(noise.punctuate(rng, noise.chat(rng, text, True))))
        text, plan = questions.example(rng, kind)
        reason = plan.get("unsupported")
        if kind == "sales" and rng.random() < 0.22:
            return questions.normalise(tidy(noise.punctuate(rng, unsupported.off_topic(rng)[0])))
        if plan.get("metric") == "units_sold":
            continue  # inventory can tell, but what was sold is asked of sales
        if reason == "off_topic" and kind != "sales":
            continue
        if reason == "not_in_data" or reason and reason != "off_topic" and kind != "sales" and rng.random() < 0.5:
            continue  # what one catalogue lacks, another may have
        return text


def example(rng):
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    if rng.random() < 0.66:
        return alone(rng, kind), kind
    if kind == "ophthalmic" and rng.random() < 0.4:
        return "ophthalmic\n" + questions.normalise(noise.punctuate(rng, rng.choice(GO_ON))), kind
    if kind == "ophthalmic" or rng.random() < 0.35:  # a new subject in the same conversation
        before = rng.choice(list(KINDS))
        return f"{before}\n{alone(rng, kind)}", kind
    if kind in OTHER and rng.random() < 0.12:
        last, metrics = OTHER[kind]
        text = tidy(expand(rng, rng.choice(previous.POINT_TO[kind][rng.choice(metrics)]), {}))
        if not text.startswith(("in ", "and in ", "as ")):
            return f"{last}\n{questions.normalise(noise.punctuate(rng, text))}", kind
    while True:
        _, text, plan = follow.fragment(rng, kind)
        if "unsupported" not in plan or rng.random() < 0.3 and plan["unsupported"] in ("cause", "forecast"):
            return f"{kind}\n{text}", kind
