"""Seeded (question, facts, sentence) triples: what may be said follows from the facts, how it is said varies.

Templates write references as [1.m] (row 1, the metric), [1.d] and [1.e] (its dimensions), [total.m], [period]; <x> is
the metric in the sentence, <f> the filters, <p> the period. Nothing here may claim what the facts do not show.
"""

import re

import facts as simulated
import questions
from grammar import expand

# Metric: noun phrase inside a sentence, whether it is plural, and what is missing when nothing is there.
METRICS = {
    "revenue": (["revenue", "revenue", "sales revenue"], False, "sales"), "units": (["the number of units sold", "the number of pieces sold"], False, "sales"), "orders": (["the number of orders"], False, "orders"),
    "customers": (["the number of customers"], False, "customers"), "average_order_value": (["the average order value", "the average order"], False, "orders"), "gross_margin": (["gross margin", "gross profit"], False, "sales"),
    "margin_rate": (["the margin rate", "the margin percentage"], False, "sales"), "discount": (["the total of discounts", "the amount of discounts"], False, "discounts"), "discount_rate": (["the discount rate", "the average discount"], False, "sales"),
    "returns": (["the number of returns", "the number of returned items"], False, "returns"), "refunds": (["the amount of refunds", "the total of refunds"], False, "refunds"), "return_rate": (["the return rate"], False, "sales"),
}
METRICS |= {  # inventory and patients
    "on_hand": (["stock on hand", "the stock on hand", "the number of units in stock"], False, "units in stock"), "stock_value": (["the stock value", "the value of the stock at cost"], False, "units in stock"),
    "retail_value": (["the stock at list price", "the value of the stock at list prices"], False, "units in stock"), "on_order": (["the number of units on order"], False, "units on order"),
    "days_of_cover": (["the cover in days", "the stock cover"], False, "sales"), "low_stock": (["the number of items low in stock"], False, "items low in stock"), "out_of_stock": (["the number of items out of stock"], False, "items out of stock"),
    "overstock": (["the number of overstocked items"], False, "overstocked items"), "dead_stock": (["the number of items in dead stock"], False, "items in dead stock"), "dead_stock_value": (["the value of dead stock"], False, "items in dead stock"),
    "reorder": (["the number of units to reorder"], False, "units to reorder"), "reorder_cost": (["the cost of the reorder"], False, "units to reorder"), "turnover": (["stock turnover", "the stock turnover"], False, "stock"),
    "units_sold": (["the number of units sold"], False, "sales"), "received": (["the number of units received"], False, "deliveries"), "shrinkage": (["the number of units lost"], False, "losses"),
    "visits": (["the number of visits"], False, "visits"), "patients": (["the number of patients seen"], False, "patients"), "new_patients": (["the number of new patients"], False, "new patients"), "returning_patients": (["the number of returning patients"], False, "returning patients"),
    "visits_per_patient": (["the number of visits per patient"], False, "visits"), "patients_on_file": (["the number of patients on file"], False, "patients"), "average_age": (["the average age"], False, "patients"),
    "recall_due": (["the number of patients due for recall"], False, "patients due for recall"), "recall_overdue": (["the number of patients overdue for recall"], False, "patients overdue for recall"),
}
ONE = {"supplier": "supplier", "age_band": "age band", "diagnosis": "diagnosis", "lens_type": "lens type", "refraction": "refraction range", "insurance_plan": "insurance plan", "product": "product", "category": "category", "brand": "brand", "segment": "customer segment", "store": "store", "staff": "team member", "weekday": "weekday", "day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}
MANY = {"supplier": "suppliers", "age_band": "age bands", "diagnosis": "diagnoses", "lens_type": "lens types", "refraction": "refraction ranges", "insurance_plan": "insurance plans", "product": "products", "category": "categories", "brand": "brands", "segment": "customer segments", "store": "stores", "staff": "team members", "weekday": "weekdays", "day": "days", "week": "weeks", "month": "months", "quarter": "quarters", "year": "years"}

EMPTY = ["No <nothing> are recorded<f> <p><far>.", "There are no <nothing> on record<f> <p><far>.", "Nothing is recorded<f> <p><far>, so there is no figure to show."]
NONE = ["No <nothing> are recorded<f> <p><far>, so <x> cannot be worked out.", "There is nothing to work out <x> from<f> <p><far>: no <nothing> are recorded."]
ZERO = ["No <nothing> are recorded<f> <p><far>.", "<X><f> <is> zero <p><far>: nothing is recorded."]
ZERO_MARGIN = ["<X><f> <is> zero <p><far>.", "<X><f> <is> [1.m] <p><far>: there is nothing to count."]
TOTAL = ["<X><f> <p> was [1.m].", "<X><f> came to [1.m] <p>.", "<X><f> was [1.m] <p>."]
TOTAL_FAR = ["So far <p>, <x><f> is [1.m].", "<X><f> stands at [1.m] so far <p>.", "<X><f> has come to [1.m] so far <p>."]
COMPARE = {
    "up": ["<X><f> <is> [1.m] <p><far>, up from [1.previous] [previous_period] ([1.change_rate]).", "<X><f> went up<far>: [1.m] <p> against [1.previous] [previous_period], a change of [1.change] ([1.change_rate]).", "<X><f> <is> higher<far>: [1.m] <p>, compared with [1.previous] [previous_period] ([1.change_rate])."],
    "down": ["<X><f> <is> [1.m] <p><far>, down from [1.previous] [previous_period] ([1.change_rate]).", "<X><f> went down<far>: [1.m] <p> against [1.previous] [previous_period], a change of [1.change] ([1.change_rate]).", "<X><f> <is> lower<far>: [1.m] <p>, compared with [1.previous] [previous_period] ([1.change_rate])."],
    "flat": ["<X><f> <is> [1.m] <p><far>, practically unchanged from [1.previous] [previous_period].", "<X><f> held steady<far>: [1.m] <p>, compared with [1.previous] [previous_period]."],
    "unknown": ["<X><f> <is> [1.m] <p><far>; there is nothing to compare it with [previous_period].", "<X><f> <is> [1.m] <p><far>, and no figure to compare it with is recorded [previous_period]."],
}
ZERO_COMPARE = {"down": ["No <nothing> are recorded<f> <p><far>, down from [1.previous] [previous_period]."], "flat": ["No <nothing> are recorded<f> <p><far>, unchanged from [1.previous] [previous_period]."], "unknown": ["No <nothing> are recorded<f> <p><far>, and there is nothing to compare with [previous_period]."]}
LIST_ONE = ["[1.d] is the only <one> with a figure<f> <p><far>: <x> <is> [1.m].", "There is a single <one><f> <p><far>: [1.d], where <x> <is> [1.m]."]
LIST = ["<X> by <one><f> <p><far>: <rows>.<total>", "Here is <x> by <one><f> <p><far>: <rows>.<total>"]
LIST_MANY = ["<X> by <one><f> <p><far> starts with <rows>; the table shows the rest.<total>", "Here is <x> by <one><f> <p><far>, with the first rows being <rows>.<total>"]
RANK_ONE = {"desc": ["[1.d] <had> the highest figure<f> <p><far>: <x> <is> [1.m].", "The top <one><f> <p><far> <is> [1.d], with [1.m].", "[1.d] <comes> first<f> <p><far>, with [1.m]."], "asc": ["[1.d] <had> the lowest figure<f> <p><far>: <x> <is> [1.m].", "The lowest <one><f> <p><far> <is> [1.d], with [1.m].", "[1.d] <comes> last<f> <p><far>, with [1.m]."]}
RANK = {"desc": ["The top <limit><many> by <short><f> <p><far> are <rows>.", "[1.d] leads<f> <p><far> with [1.m], followed by <rest>.", "The <limit>highest <many> by <short><f> <p><far>: <rows>."], "asc": ["The <limit>lowest <many> by <short><f> <p><far> are <rows>.", "[1.d] is at the bottom<f> <p><far> with [1.m], then <rest>.", "The bottom <limit><many> by <short><f> <p><far>: <rows>."]}
TIE = {"desc": ["[1.d] and [2.d] share first place<f> <p><far> with [1.m] each<then>."], "asc": ["[1.d] and [2.d] share last place<f> <p><far> with [1.m] each<then>."]}
MOVE = {
    ("growth", "up"): ["[1.d] grew fastest<f> <p><far>: <x> <is> [1.m], up from [1.previous] [previous_period] ([1.change_rate])<next>.", "The fastest growing <one><f> <p><far> <is> [1.d]: [1.m] against [1.previous] [previous_period] ([1.change_rate])<next>."],
    ("growth", "down"): ["No <one> grew<f> <p><far>; [1.d] held up best, with [1.m] against [1.previous] [previous_period] ([1.change_rate])<next>."],
    ("growth", "flat"): ["No <one> really grew<f> <p><far>; [1.d] held steady at [1.m], compared with [1.previous] [previous_period]<next>."],
    ("decline", "down"): ["[1.d] fell the most<f> <p><far>: <x> <is> [1.m], down from [1.previous] [previous_period] ([1.change_rate])<next>.", "The biggest decline<f> <p><far> <is> at [1.d]: [1.m] against [1.previous] [previous_period] ([1.change_rate])<next>."],
    ("decline", "up"): ["No <one> fell<f> <p><far>; the smallest rise is at [1.d], with [1.m] against [1.previous] [previous_period] ([1.change_rate])<next>."],
    ("decline", "flat"): ["No <one> really fell<f> <p><far>; [1.d] held steady at [1.m], compared with [1.previous] [previous_period]<next>."],
}
MOVE_UNKNOWN = ["[1.d] has [1.m]<f> <p><far>, but there is nothing to compare it with [previous_period].", "There is nothing to compare with [previous_period]; [1.d] <is> at [1.m]<f> <p><far>."]
CHANGES = {"up": ["<X> by <one><f> <p><far>: [1.d] is up at [1.m], from [1.previous] [previous_period] ([1.change_rate])<next>."], "down": ["<X> by <one><f> <p><far>: [1.d] is down at [1.m], from [1.previous] [previous_period] ([1.change_rate])<next>."],
           "flat": ["<X> by <one><f> <p><far>: [1.d] is practically unchanged at [1.m], from [1.previous] [previous_period]<next>."], "unknown": ["<X> by <one><f> <p><far>: [1.d] has [1.m], with nothing to compare it with [previous_period]<next>."]}
RANGE = ["; the highest <one> <is> [max.d] with [max.m], the lowest [min.d] with [min.m].<total>", ", between [min.m] ([min.d]) and [max.m] ([max.d]).<total>"]
ENDS = [", from [first.m] ([first.d]) to [last.m] ([last.d]).<total>", ", from [first.m] ([first.d]) to [last.m] ([last.d]); the highest <one> <is> [max.d] with [max.m].<total>"]
TREND = {"up": {False: ["<X><f> rose <p>"], True: ["<X><f> has been rising so far <p>"]}, "down": {False: ["<X><f> fell <p>"], True: ["<X><f> has been falling so far <p>"]},
         "flat": {False: ["<X><f> held steady <p>"], True: ["<X><f> has held steady so far <p>"]}, "mixed": {False: ["<X><f> moved up and down <p>"], True: ["<X><f> has moved up and down so far <p>"]}}
# How things stand: the period is "now (28 November 2026)".
TOTAL_NOW = ["<X><f> <p> is [1.m].", "<X><f> is [1.m] <p>.", "<X><f> stands at [1.m] <p>."]
EMPTY_NOW = ["There are no <nothing><f> <p>.", "No <nothing> are on record<f> <p>."]
ZERO_NOW = ["There are no <nothing><f> <p>.", "<X><f> is zero <p>."]
NONE_NOW = ["There is nothing to work out <x> from<f> <p>.", "<X><f> cannot be worked out <p>: there is nothing to work it out from."]
# Some figure is not shown, because too few people are behind it: nothing is compared, nothing summed up.
HIDDEN_COMPARE = ["<X><f> <is> [1.m] <p><far>; no comparison can be shown.", "<X><f> <p><far> <is> [1.m]. A comparison cannot be shown."]
HIDDEN_LIST = ["<X> by <one><f> <p><far>: <rows><rest_of>.", "Here is <x> by <one><f> <p><far>: <rows><rest_of>."]
# Things that have it: what they are matters, not how many stores they are counted in.
HAVING = {
    "low_stock": ["Low in stock<f> <p>: <names><rest_of>.", "These <many> are low in stock<f> <p>: <names><rest_of>."], "out_of_stock": ["Out of stock<f> <p>: <names><rest_of>.", "These <many> are out of stock<f> <p>: <names><rest_of>."],
    "overstock": ["Overstocked<f> <p>: <names><rest_of>.", "These <many> have more stock than they need<f> <p>: <names><rest_of>."], "dead_stock": ["Dead stock<f> <p>: <names><rest_of>.", "These <many> do not sell<f> <p>: <names><rest_of>."],
    "on_order": ["On order<f> <p>: <amounts><rest_of>."], "reorder": ["To reorder<f> <p>: <amounts><rest_of>.<total>", "Reorder<f> <p>: <amounts><rest_of>."],
}
HAVING_ONE = {
    "low_stock": ["[1.d] is low in stock<f> <p>; nothing else is."], "out_of_stock": ["[1.d] is out of stock<f> <p>; nothing else is."], "overstock": ["[1.d] is overstocked<f> <p>; nothing else is."], "dead_stock": ["[1.d] does not sell<f> <p>; it is the only dead stock."],
    "on_order": ["[1.m] of [1.d] are on order<f> <p>; nothing else is."], "reorder": ["Reorder [1.m] of [1.d]<f> <p>; nothing else needs it."],
}
HAVING_NONE = {
    "low_stock": ["Nothing is low in stock<f> <p>."], "out_of_stock": ["Nothing is out of stock<f> <p>."], "overstock": ["Nothing is overstocked<f> <p>."], "dead_stock": ["There is no dead stock<f> <p>."], "dead_stock_value": ["There is no dead stock<f> <p>."],
    "on_order": ["Nothing is on order<f> <p>."], "reorder": ["Nothing needs to be reordered<f> <p>."], "reorder_cost": ["Nothing needs to be reordered<f> <p>."], "recall_due": ["No patients are due for recall<f> <p>."], "recall_overdue": ["No patients are overdue for recall<f> <p>."],
}
SHARE = ["Of <x><f> <p><far>, <shares><rest_of>.", "<X> by <one><f> <p><far>: <shares><rest_of>."]
RUNNING = ["<X><f> added up to [last.running] <p><far>, from [first.m] in the first <one>.", "<X><f> <p><far> builds up to [last.running]; the highest <one> <is> [max.d] with [max.m]."]
TOTALS = [" In total: [total.m].", " The total is [total.m].", ""]


class Sentence:
    """The slots of one answer."""

    def __init__(self, rng, question, plan, f):
        self.rng, self.plan, self.f = rng, plan, f
        self.by, self.metric = plan.get("by", []), plan["metric"]
        nouns, _, nothing = METRICS[self.metric]
        self.noun = rng.choice(nouns)
        self.far = " so far" if "partial" in f else ""
        self.now = plan["period"] == "now"
        rows = 6 if f["rows"] == "many" else f["rows"]
        limit = plan.get("limit")
        named = f"{limit} " if limit and limit > 1 and rows == limit and re.search(rf"\b{limit}\b", question) else ""
        self.rows = rows
        self.context = {
            "x": self.noun, "X": self.noun[0].upper() + self.noun[1:], "nothing": nothing, "f": " [filters]" if "filters" in f else "", "p": "[period]", "far": self.far,
            "is": "is" if self.far or self.now else "was", "had": "has" if self.far or self.now else "had", "comes": "comes" if self.far or self.now else "came", "one": self.label(ONE), "many": self.label(MANY), "limit": named, "short": self.noun.removeprefix("the "),
            "rows": lambda: self.listing(1, self.shown()), "rest": lambda: self.listing(2, self.shown()), "total": lambda: rng.choice(TOTALS) if self.metric in simulated.ADDITIVE else "",
            "then": lambda: (", followed by " + self.listing(3, self.shown())) if rows > 2 else "", "next": self.moves,
            "names": lambda: self.items("{name}"), "amounts": lambda: self.items("[{i}.m] of {name}"), "shares": lambda: self.items("{name} [{i}.share]"),
            "rest_of": lambda: "; the table shows the rest" if rows > self.shown() else "",
        }

    def label(self, names):
        return " and ".join(names[b] if i == len(self.by) - 1 or names is ONE else ONE[b] for i, b in enumerate(self.by))

    def shown(self):
        if len(self.by) == 2:
            return min(self.rows, 3)
        if self.f.get("order"):
            return min(self.rows, 5 if self.rows <= 5 else 3)
        return min(self.rows, 5 if self.rows <= 5 else 3)

    def name(self, row):
        return f"[{row}.d]" + (f", [{row}.e]" if len(self.by) == 2 else "")

    def listing(self, low, high):
        items = [f"{self.name(i)} ([{i}.m])" for i in range(low, high + 1)]
        separator = "; " if len(self.by) == 2 else ", "
        return separator.join(items[:-1]) + (" and " if len(items) > 1 else "") + items[-1]

    def items(self, form):
        items = [form.format(i=i, name=self.name(i)) for i in range(1, self.shown() + 1)]
        separator = "; " if len(self.by) == 2 else ", "
        return separator.join(items[:-1]) + (" and " if len(items) > 1 else "") + items[-1]

    def moves(self):
        """The next rows' changes, without saying which way they go: only the first row's is known."""
        last = min(self.rows, 3)
        if last < 2:
            return ""
        items = [f"{self.name(i)} ([{i}.change_rate])" for i in range(2, last + 1)]
        return "; then " + " and ".join(items)

    def write(self, templates):
        text = expand(self.rng, self.rng.choice(templates), self.context)
        if len(self.by) == 2:
            text = re.sub(r"\[1\.d\](?!,)", "[1.d], [1.e]", text)

        def reference(match):
            row, column = match.group(1), match.group(2)
            if column is None:
                return "{" + row + "}"
            column = {"m": self.metric, "d": self.by[0] if self.by else "", "e": self.by[-1] if self.by else ""}.get(column, column)
            return "{" + (f"r{row}" if row.isdigit() else row) + "." + column + "}"

        return re.sub(r"\[(\w+)(?:\.(\w+))?\]", reference, text)


def sentence(rng, question, plan, f):
    s = Sentence(rng, question, plan, f)
    by, order, compare, rows, change = s.by, f.get("order"), f.get("compare"), s.rows, f.get("change")
    if s.now and (rows == 0 or f.get("value") == "zero"):
        return s.write(HAVING_NONE.get(s.metric) or (EMPTY_NOW if rows == 0 else ZERO_NOW))
    if rows == 0:
        return s.write(EMPTY)
    if f.get("value") == "none":
        return s.write(NONE_NOW if s.now else NONE)
    if "hidden" in f:
        if by:
            return s.write(HIDDEN_LIST)
        return s.write(HIDDEN_COMPARE if compare else TOTAL_NOW if s.now else TOTAL_FAR if s.far else TOTAL)
    if s.now and not by:
        return s.write(TOTAL_NOW)
    if f.get("as") == "share":
        return s.write(SHARE)
    if f.get("as") == "running" and rows > 1:
        return s.write(RUNNING)
    if s.now and s.metric in HAVING and not order and len(by) == 1 and by[0] == "product":
        return s.write(HAVING_ONE[s.metric] if rows == 1 else HAVING[s.metric])
    if not by:
        if f.get("value") == "zero":
            if change:
                return s.write(ZERO_COMPARE[change])
            return s.write(ZERO_MARGIN if s.metric in ("gross_margin", "shrinkage") else ZERO)
        if compare:
            return s.write(COMPARE[change])
        return s.write(TOTAL_FAR if s.far else TOTAL)
    if order in ("growth", "decline"):
        return s.write(MOVE_UNKNOWN if change == "unknown" else MOVE[order, change])
    if order:
        if "tie" in f:
            return s.write(TIE[order]) if len(by) == 1 else s.write(LIST)
        if rows == 1:
            return s.write(RANK_ONE[order])
        return s.write(RANK[order])
    if "trend" in f:
        text = s.write(TREND[f["trend"]][bool(s.far)])
        ends = f["trend"] in ("up", "down") and not s.far and rng.random() < 0.5
        return text + s.write(ENDS if ends else RANGE)
    if compare:
        return s.write(CHANGES[change])
    if rows == 1:
        return s.write(LIST_ONE)
    return s.write(LIST_MANY if rows > 5 else LIST)


def example(rng, domain="sales"):
    """(user text, sentence): the question and its facts, and what to say."""
    while True:
        question, plan = questions.example(rng, domain)
        if "unsupported" in plan:
            continue
        f = simulated.simulate(rng, plan)
        text = sentence(rng, question, plan, f)
        if len(text) <= 400:
            return f"{question}\n{simulated.line(f)}", text
