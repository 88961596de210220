"""Questions that go on from the plan before them: "and the month before?", "only frames", "by store?".

One change of the last plan each, by the table of docs/plan-language.md; or a question that stands alone and takes
nothing of it. Values are ones whose kind can be told: what "what about oakley?" replaces depends on it.
"""

import re
from dataclasses import dataclass

import clinic
import names
import noise
import periods
import questions
import scene
import stock
import unsupported
import words
from domain import TIMES
from grammar import END, VALUE, expand, tidy, value
from scene import pick

MONTHS = periods.MONTHS


@dataclass
class Measures:
    """What follow-ups must know of a domain."""

    nouns: dict  # metric to nouns
    weights: dict
    point: set
    timed: set
    additive: set
    singular: dict
    plural: dict
    dimensions: dict
    values: dict  # kind to a sampler of names whose kind can be told
    point_to: dict  # metric to questions that need the plan before: "how many of them are new"
    by: list  # what people go on to ask by and the catalogue has not


def known(rng, kind):
    return {"brand": lambda: rng.choice(names.BRANDS), "store": lambda: rng.choice(names.STORES), "staff": lambda: rng.choice(names.FIRST), "category": lambda: rng.choice(words.CATEGORIES)[1], "segment": lambda: rng.choice(words.SEGMENTS[:14]),
            "supplier": lambda: f"{names.syllables(rng, 1, 3)} {rng.choice(['distribution', 'wholesale', 'supplies', 'trading'])}", "age_band": lambda: rng.choice(clinic.AGES[:20]), "diagnosis": lambda: rng.choice(clinic.DIAGNOSES[:16]),
            "lens_type": lambda: rng.choice(clinic.LENSES[:14]), "refraction": lambda: rng.choice(clinic.RANGES), "insurance_plan": lambda: rng.choice(clinic.PLANS)}[kind]()


# How a measure is asked for of what the last answer spoke of.
POINT_TO = {
    "sales": {
        "revenue": ["how much {money |revenue |}is that", "{and |}in {money|euros|dollars}", "and how much did {they|that|it|those} {bring in|make|bring us}", "what {did they|did that|was that} {bring in|worth}", "how much did we {take|make} {on|with|from} {that|those|them}"],
        "units": ["how many {units|pieces} {is|was|are|were} {that|those}", "and how many pieces", "in {units|pieces}", "how many of {them|those|it} did we sell", "and how many {units|pieces} were sold", "how many did we sell{ of those| of them|}"],
        "orders": ["how many {orders|transactions|tickets|receipts} {is|was|were|are} {that|those}", "in how many {orders|transactions}", "from how many orders"],
        "customers": ["how many {customers|people|shoppers} {is|was|were} {that|it|those}", "how many {people|customers} bought {that|those|them}", "to how many customers"],
        "average_order_value": ["what {is|was} the average {order|ticket|basket} {there|for that|for those|then}", "and per order on average", "how much per order"],
        "gross_margin": ["how much {profit|margin} {is|was} {that|in that|in it|there}", "what {did we earn|is left|do we keep} {on|of} {that|those|it|them}", "how much did we {make|earn} on {that|it|those|them}", "and the profit {on|in} {that|those|it}"],
        "margin_rate": ["what margin {is|was} that in {percent|%}", "what percentage {of that |}is {profit|margin}", "margin on {that|those} in percent"],
        "discount": ["how much discount {did we give|was given|is} {on|in} {that|those|it|them}", "how much of that did we {discount|give away}", "what discounts were in {that|it}"],
        "discount_rate": ["what discount {rate |in percent |}{is|was} that", "how much % off is that", "at what average discount"],
        "returns": ["how many {of them|of those|of that|} {came back|were returned|were brought back}", "how many of {those|them} {got returned|did we get back|did people bring back}", "and how many came back"],
        "refunds": ["how much of that {was refunded|did we refund|did we pay back}", "what did we {refund|pay back} {for|on} {that|those|them}"],
        "return_rate": ["what {percentage|share|%} of {those|them|that} {came back|was returned|were returned}"],
    },
    "inventory": {
        "on_hand": ["how many {of those |of them |of it |}{do we have|have we got|are there|are left|are in stock}", "how many pieces {is|are} {that|those|it|they}", "how much {of that |}is {left|in stock|on hand}", "and how many {are left|are in stock|do we have}", "in units"],
        "stock_value": ["what {is|are} {all |}{that|it|those|they|of that} worth", "how much {is|are} {that|it|those|they|all that} worth", "what's {it|that|all of that} worth{ at cost|}", "how much money is {that|in that|tied up in it|tied up there|in those}", "value of {that|those|it}", "in money{ at cost|}", "what did {that|those|it|they} cost{ us|}"],
        "retail_value": ["what {would|could} {that|those|it|they} {sell for|bring|fetch}", "and at {retail|list|selling} {price|prices|value}"],
        "on_order": ["how many {of those |of them |}are on {order|the way}", "is {more|any of that|any of it} on {order|the way}", "and on order", "what's on the way{ of that|}", "how many are coming"],
        "days_of_cover": ["how long will {that|it|they|those} last", "for how long is that enough", "how many days {is that|will that last|does that last}", "how long does {it|that} last{ us|}"],
        "low_stock": ["how many of {them|those|these} are {low|running low}", "which of {them|those} are {low|running low}, how many", "and how many are running low"],
        "out_of_stock": ["how many of {them|those} are {out|sold out|out of stock}", "and how many are {sold out|out of stock}"],
        "overstock": ["how many of {them|those} are overstocked", "and how many do we have too {many|much} of"],
        "dead_stock": ["how many of {them|those} {are dead stock|do not sell|don't sell|are not selling}", "and how many of that is dead stock"],
        "dead_stock_value": ["how much of that is dead stock in money", "and the money in dead stock"],
        "reorder": ["how many {of those |of them |}{should we|do we need to|must we} {order|reorder}", "what {should we|do we need to} {order|reorder}{ of that| there|}, how many", "and how many to reorder"],
        "reorder_cost": ["what would {that|reordering that|the reorder|it} cost", "how much will {that|the order|it} cost{ to order|}"],
        "turnover": ["how {fast|often} {does|do} {that|it|they|those} turn{ over|}", "and the turnover {of that|there}", "how fast do they move"],
        "units_sold": ["how many {of those |of them |}{did we sell|were sold|went out}", "and how many {were sold|sold|went out}", "what did we sell of {that|those|it}"],
        "received": ["how many {of those |of them |}{did we receive|came in|were delivered|arrived}", "and how many {came in|arrived|were delivered}", "how much of that {came in|was delivered}"],
        "shrinkage": ["how many {of those |of them |}{did we lose|got lost|went missing|are missing}", "and how many {went missing|were lost|got lost}", "how much of that {got lost|went missing}"],
    },
    "patients": {
        "visits": ["how many {visits|appointments|exams} {is|was|were|are} {that|those}", "and how many {visits|exams|appointments}", "in visits", "how many exams did they have"],
        "patients": ["how many {different |}{patients|people} {is|was|were} {that|those|it}", "how many {patients|people} did we see", "and how many different patients"],
        "new_patients": ["how many of {them|those|these} {are|were} new", "and how many {new ones|were new|are new|of them came for the first time}", "how many new ones", "and the new ones"],
        "returning_patients": ["how many of {them|those} {came back|returned|had been here before|were regulars}", "and how many came back", "and the {regulars|returning ones}"],
        "visits_per_patient": ["how often {do|did} {they|these|those} come{ in|}", "how many times each", "and per patient"],
        "patients_on_file": ["how many of {them|those} do we have{ on file|}", "how many {do we have|are there} on file", "and on file"],
        "average_age": ["how old are {they|those|these}{ on average|}", "what {is|'s} their average age", "and {the|their} average age", "and how old{ on average|}"],
        "recall_due": ["how many of {them|those|these} {are due|should we recall|need a check-up|are due for recall}", "and how many are due", "who of them is due, how many"],
        "recall_overdue": ["how many of {them|those|these} {are overdue|are late|missed their recall|missed it}", "and how many are {overdue|late}"],
    },
}


def _of(domain):
    m = domain.metrics
    return Measures({k: x.nouns for k, x in m.items()}, {k: x.weight for k, x in m.items()}, {k for k, x in m.items() if x.point}, {k for k, x in m.items() if x.dated and not x.point},
                    {k for k, x in m.items() if x.additive}, domain.singular, domain.plural, domain.dimensions, {k: v[0] for k, v in domain.values.items() if k != "product"}, POINT_TO[domain.name], [x.split(",")[0] for x in domain.unknown])


SALES = Measures(scene.NOUNS, words.METRIC_WEIGHTS, set(), set(words.METRIC_WEIGHTS), {"revenue", "units", "orders", "gross_margin", "discount", "returns", "refunds"}, words.SINGULAR, words.PLURAL, words.DIMENSION_WEIGHTS,
                 {"brand": 22, "category": 22, "store": 20, "staff": 12, "segment": 12}, POINT_TO["sales"], [x.split(",")[0] for x in unsupported.UNKNOWN_DIMENSIONS])
DOMAINS = {"sales": SALES, "inventory": _of(stock.INVENTORY), "patients": _of(clinic.PATIENTS)}


class Last:
    """A plan and the kinds of its values."""

    def __init__(self, rng, d):
        self.d = d
        self.metric = pick(rng, d.weights)
        self.filters = {}
        for kind in rng.sample(list(d.values), rng.choices([0, 1, 2], [0.36, 0.44, 0.2])[0]):
            self.filters[kind] = list(dict.fromkeys(known(rng, kind) for _ in range(rng.choices([1, 2], [0.88, 0.12])[0])))
        self.by, self.order, self.limit, self.compare, self.as_ = [], None, None, None, None
        self.period = "now" if self.now else "default" if rng.random() < 0.28 else rng.choice(periods.COMMON).plan if rng.random() < 0.6 else periods.sample(rng).plan
        roll = rng.random()
        if roll < 0.62:
            if self.metric in d.timed and rng.random() < 0.3:
                self.by = [rng.choice(TIMES)]
            else:
                self.by = rng.sample(list(d.dimensions), 2 if rng.random() < 0.1 else 1)
        if not self.now and rng.random() < 0.15:
            self.compare = rng.choice(["previous", "previous", "year_ago"])
        if self.by and not self.steps and rng.random() < 0.4:
            self.order = rng.choice(["desc", "desc", "asc"] + (["growth", "decline"] if self.compare else []))
            self.limit = rng.choice([None, None, 1, 3, 5, 10])
        elif self.by and self.metric in d.additive and not self.compare and rng.random() < 0.1:
            self.as_ = "running" if len(self.by) == 1 and self.steps else "share" if not self.steps else None
        for b in self.by:
            self.filters.pop(b, None)

    @property
    def now(self):
        return self.metric in self.d.point

    @property
    def steps(self):
        return [b for b in self.by if b in TIMES or b == "weekday"]

    def copy(self):
        out = object.__new__(Last)
        out.__dict__ = {k: (list(v) if isinstance(v, list) else {a: list(b) for a, b in v.items()} if k == "filters" else v) for k, v in self.__dict__.items()}
        return out

    def plan(self):
        where = [" " + v for values in self.filters.values() for v in values]
        members = {"metric": self.metric, "by": self.by, "where": where, "period": self.period, "compare": self.compare, "order": self.order, "limit": self.limit, "as": self.as_}
        return {k: v for k, v in members.items() if v}

    def legal(self):
        if self.now and (self.compare or self.steps or self.period != "now"):
            return False
        if sum(map(len, self.filters.values())) > 4 or len(self.by) > 2 or len([b for b in self.by if b in TIMES]) > 1:
            return False
        if self.order in ("growth", "decline") and not self.compare or (self.order or self.limit) and not self.by or self.limit and not self.order:
            return False
        if self.as_ and (self.metric not in self.d.additive or self.compare):
            return False
        return not (self.as_ == "share" and not self.by) and not (self.as_ == "running" and (len(self.by) != 1 or self.by[0] not in TIMES or self.order or self.limit))


UNIT = re.compile(r"^(?:this|last)_(week|month|quarter|year|weekend)$|^\d+_(day|week|month|quarter|year)s_ago$")


def unit_of(period):
    if period in ("today", "yesterday"):
        return "day"
    m = UNIT.match(period)
    if m:
        return m.group(1) or m.group(2)
    if period.split("_")[0] in MONTHS:
        return "month" if re.fullmatch(r"[a-z]+(_20\d\d|_last_year)?", period) else None
    if re.fullmatch(r"q[1-4](_.*)?", period):
        return "quarter"
    return "year" if re.fullmatch(r"20\d\d", period) else None


def before(period):
    """The period one step back, by name; None where it has none."""
    if period in ("today", "yesterday"):
        return {"today": "yesterday", "yesterday": "2_days_ago"}[period]
    m = re.fullmatch(r"(this|last)_(week|month|quarter|year)", period)
    if m:
        return f"last_{m.group(2)}" if m.group(1) == "this" else f"2_{m.group(2)}s_ago"
    m = re.fullmatch(r"(\d+)_(\w+)_ago", period)
    if m:
        return f"{int(m.group(1)) + 1}_{m.group(2)}_ago"
    m = re.fullmatch(r"([a-z]+)(?:_(20\d\d))?", period)
    if m and m.group(1) in MONTHS:
        i = MONTHS.index(m.group(1))
        if m.group(2):
            return f"{MONTHS[i - 1]}_{int(m.group(2)) - (i == 0)}"
        return MONTHS[i - 1]
    m = re.fullmatch(r"q([1-4])(?:_(20\d\d))?", period)
    if m and (m.group(1) != "1" or m.group(2)):
        q = int(m.group(1))
        return f"q{q - 1 or 4}" + (f"_{int(m.group(2)) - (q == 1)}" if m.group(2) else "")
    return str(int(period) - 1) if re.fullmatch(r"20\d\d", period) else None


def year_before(period):
    if period == "this_year":
        return "last_year"
    m = re.fullmatch(r"([a-z]+|q[1-4])(?:_(20\d\d))?", period)
    if m and (m.group(1) in MONTHS or m.group(1)[0] == "q" and len(m.group(1)) == 2):
        return f"{m.group(1)}_{int(m.group(2)) - 1}" if m.group(2) else f"{m.group(1)}_last_year"
    return str(int(period) - 1) if re.fullmatch(r"20\d\d", period) else None


def say(rng, templates, **slots):
    return expand(rng, rng.choice(templates), slots)


LEAD = "{and |and |what about |how about |now |ok, |same for |show me |then |so |}"
PERIOD = ["and <p>", "what about <p>", "how about <p>", "<p>", "<p> please", "same {thing |}<p>", "and for <n>", "same for <n>", "the same for <n>", "now <p>", "show me <p>", "and how was it <p>", "what was it <p>", "ok and <p>", "<p> instead", "change it to <n>", "make it <n>", "for <n>", "and then <p>", "do <n>", "<n> then", "what were they <p>", "can you do <n>", "rather <n>"]


def named_period(rng, last):
    new, p = last.copy(), periods.sample(rng)
    if last.now:
        return None
    new.period = p.plan
    return say(rng, PERIOD, p=expand(rng, rng.choice(p.after), {}), n=expand(rng, rng.choice(p.name or p.after), {})), new


def step_back(rng, last):
    unit, new = unit_of(last.period), last.copy()
    if last.now or unit == "weekend":
        return None
    back = before(last.period)
    if back:
        new.period = back
    else:
        if last.compare or last.as_:
            return None
        new.compare, unit = "previous", unit or "period"
    word = unit or "period"
    return say(rng, [f"{LEAD}the {word} before", f"{LEAD}the {word} before that", f"{LEAD}the previous {word}", f"{LEAD}the one before{{ that|}}", "before that", "and before that", "and before", f"the {word} before", f"{LEAD}the {word} {{earlier|prior}}", f"{LEAD}the preceding {word}", f"one {word} {{earlier|back|before}}", f"{word} before", f"{word} before", f"{word} before that", f"the {word} before then", f"previous {word}", f"{LEAD}the {word} prior to that", f"the {word} prior", f"what was it the {word} before"]), new


def year_back(rng, last):
    new, unit = last.copy(), unit_of(last.period) or "period"
    if last.now:
        return None
    back = year_before(last.period)
    if back:
        new.period = back
    else:
        if last.as_ or last.compare == "year_ago":
            return None
        new.compare = "year_ago"
        if re.fullmatch(r"last_year|\d+_years_ago|all_time", last.period):
            return None
    return say(rng, [f"{LEAD}a year {{ago|earlier|before}}", f"{LEAD}the same {unit} {{last year|a year ago|a year earlier|the year before}}", f"same {unit} last year", f"{LEAD}the year before" if unit == "year" else f"same {unit} {{a year ago|last year}}", "and one year {ago|before|earlier}", "what was it a year {ago|earlier}", "{and |}{the |}same {time|period} {last year|a year ago|a year earlier|the year before}", "{and |}that time {last year|a year ago}", "{a|one} year {ago|earlier|before that}", f"{LEAD}this time last year" if last.period.startswith("this_") else "and a year ago"]), new


def compares(rng, last):
    new, unit = last.copy(), unit_of(last.period) or "period"
    if last.now or last.compare:
        return None
    new.as_ = None
    if last.period == "this_year" and rng.random() < 0.5:
        new.compare = "previous"
        return say(rng, ["{compared to|compared with|vs|versus|against} last year", "vs last year", "is that {more|better|up|less} than last year", "and compared with last year", "how does that compare {to|with} last year"]), new
    if rng.random() < 0.35 and unit != "year" and not last.period.endswith(("year", "years", "years_ago")) and last.period not in ("all_time", "default"):
        new.compare = "year_ago"
        return say(rng, ["{compared to|compared with|vs|versus|against} {last year|a year ago|the year before|the same <u> last year}", "is that {more|better|up} than {last year|a year ago}", "how does {that|it} compare {to|with} {last year|a year ago}", "year over year", "year on year", "yoy", "and {compared with|vs} {last year|the same <u> last year}"], u=unit), new
    new.compare = "previous"
    return say(rng, ["{compared to|compared with|vs|versus|against} the <u> before", "{compared to|compared with|vs|versus|against} the previous <u>", "is that {up|down|up or down|more|less|better|worse}", "is that {more|better|less|worse} than {before|the <u> before|the previous <u>}", "how does {that|it} compare", "how does {that|it} compare {to|with} the <u> before", "up or down", "and the change", "what's the change", "{growth|change}", "compare {it |that |}{with|to} the <u> before", "did {it|that} {go up|grow|change|improve}", "is {it|that} {growing|rising|falling|increasing}", "better or worse than before", "and compared with the <u> before"], u=unit), new


ONE = {"store": ["<v>", "<v>", "the <v> {store|shop|branch}", "<v> {store|shop}"], "brand": ["<v>", "<v>", "<v>", "the brand <v>"], "category": ["<v>"], "staff": ["<v>"], "segment": ["<v>", "<v>", "<v> customers"], "supplier": ["<v>", "from <v>", "supplier <v>"], "age_band": ["<v>"],
       "diagnosis": ["<v>", "<v>", "<v> patients", "with <v>"], "lens_type": ["<v>", "<v>", "<v> wearers"], "refraction": ["<v>"], "insurance_plan": ["<v>", "with <v>", "<v> patients"]}
PREPOSITION = {"store": "{at |in |for |for |}", "staff": "{by |for |for |}", "brand": "{for |of |}", "category": "{for |of |in |}", "segment": "{for |to |with |}", "age_band": "{for |among |}"}


def words_of(rng, kind, v):
    return expand(rng, rng.choice(ONE[kind]), {"v": value(v)})


def names_values(rng, last):
    kind = pick(rng, last.d.values)
    if kind in last.by or len(last.filters) > 2:
        return None
    new, v = last.copy(), known(rng, kind)
    if v in last.filters.get(kind, []):
        return None
    both = kind in last.filters and rng.random() < 0.3
    new.filters[kind] = last.filters[kind] + [v] if both else [v]
    if not both:
        new.filters = {k: x for k, x in new.filters.items() if k != kind} | {kind: [v]}
        if rng.random() < 0.1 and kind in last.filters:  # two at once
            w = known(rng, kind)
            if w != v:
                new.filters[kind] = [v, w]
                return say(rng, ["and <v> and <w>", "what about <v> and <w>", "only <v> and <w>", "<v> and <w>", "just <v> or <w>"], v=words_of(rng, kind, v), w=words_of(rng, kind, w)), new
    else:  # the values of one kind stay together
        order = list(last.filters)
        new.filters = {k: new.filters[k] for k in order}
    p = PREPOSITION.get(kind, "{for |}")
    if both:
        return say(rng, ["also <v>", "and <v> as well", "and <v> too", "plus <v>", "<v> as well", "<v> too", "add <v>", "include <v>", "also include <v>", "together with <v>", "and also <v>"], v=words_of(rng, kind, v)), new
    return say(rng, ["only <v>", "just <v>", f"{p}<v> only", f"what about <v>", "how about <v>", f"and {p}<v>", f"and <v>", f"{p}<v>", f"same for <v>", f"the same for <v>", f"now {p}<v>", f"only {p}<v>", f"just {p}<v>", "<v>", "<v> please", f"ok and {p}<v>", "what does it look like for <v>", "show <v>", "show me <v>", f"and what about <v>", f"limit it to <v>", "and how about <v>", f"{p}<v> instead", "narrow it down to <v>", "and if we only look at <v>", "and <v>, how {many|much} there", "and <v>, how {many|much}", "what about <v> there"], v=words_of(rng, kind, v)), new


def drops(rng, last):
    if not last.filters:
        return None
    new = last.copy()
    if rng.random() < 0.6:
        kind = rng.choice(list(last.filters))
        del new.filters[kind]
        noun = rng.choice(last.d.plural.get(kind, [kind]))
        return say(rng, ["all <k>", "all <k> now", "all <k> please", "now all <k>", "for all <k>", "and all <k>", "across all <k>", "and for all <k>", "what about all <k>", "over all <k>", "every <o>", "regardless of <o>", "all the <k>", "same for all <k>"], k=noun, o=rng.choice(last.d.singular.get(kind, [kind]))), new
    new.filters = {}
    return say(rng, ["everything", "for everything", "and overall", "all of it", "without {the |any |}{filter|filters}", "no filter", "and for the whole {business|company|shop}", "overall", "in general, without filters", "for all", "no, everything", "no, all of it", "everything please", "all of them", "and everything together", "remove the {filter|filters}"]), new


def breaks_down(rng, last):
    new = last.copy()
    timed = last.metric in last.d.timed and rng.random() < 0.38
    kind = rng.choice(TIMES[:4]) if timed else pick(rng, last.d.dimensions)
    if kind in last.by:
        return None
    one, many = rng.choice(last.d.singular[kind]), rng.choice(last.d.plural[kind])
    adds = len(last.by) == 1 and not (timed and last.steps) and rng.random() < 0.3
    if adds:
        new.by = last.by + [kind]
        if new.as_ == "running":
            new.as_ = None
        text = say(rng, ["also by <o>", "and by <o>", "and also by <o>", "within that by <o>", "and by <o> as well", "and split that by <o>", "also per <o>", "and per <o> too", "additionally by <o>", "and then by <o>", "broken down further by <o>"], o=one)
    else:
        new.by = [kind]
        templates = ["by <o>", "by <o>", "per <o>", "split by <o>", "broken down by <o>", "for each <o>", "show {it |that |}by <o>", "can i {see|have} {it|that} by <o>", "break {it|that} down by <o>", "split {it|that} by <o>", "group by <o>", "by <o> please", "by <o> instead", "now by <o>", "each <o>", "what about {by|per} <o>", "and for each <o>"]
        if not timed:
            templates += ["which <m>", "which <m>", "and which <m>", "for {all |the |}different <m>"]
            if kind == "staff":
                templates += ["who", "who", "and who", "by whom", "by person"]
        else:
            templates += [f"{{{'|'.join(words.ADJECTIVE[kind])}}}"] * 3
        text = say(rng, templates, o=one, m=many)
        if timed:
            new.order = new.limit = None
        if new.as_ == "running" and not timed or new.as_ == "share" and timed:
            new.as_ = None if new.as_ == "running" else "share"
    return text, new


def in_all(rng, last):
    if not last.by:
        return None
    new = last.copy()
    new.by, new.order, new.limit, new.as_ = [], None, None, None
    return say(rng, ["{whats|what's|what is} {that|it} {in total|altogether|all together|in sum|overall}", "how {much|many} {is that |}{in total|altogether|in all}", "add {that|it|them} up", "all {of them |}together", "in total", "and in total", "altogether", "all together", "overall total", "just the total", "the total", "and the total", "what's the total", "total please", "summed up", "in sum", "what does that come to{ in total|}", "how much is that {in total|altogether}", "only the total", "as one figure", "and all in all"]), new


def ranks(rng, last):
    if not last.by or last.steps or last.as_ == "running" or len(last.by) > 1:
        return None
    new, high = last.copy(), rng.random() < 0.68
    new.order = "desc" if high else "asc"
    roll, good = rng.random(), ("best", "top", "highest", "biggest", "strongest") if high else ("worst", "bottom", "lowest", "smallest", "weakest")
    word = rng.choice(good)
    if roll < 0.5:
        n = rng.choice([2, 3, 3, 5, 5, 10, 4, 6, 20])
        new.limit = n
        return say(rng, [f"{{top|the top|only the top|just the top|show the top}} {n}" if high else f"{{bottom|the bottom|only the bottom|the worst|the lowest|the last}} {n}", f"the {periods.spell(rng, n)} {word}", f"only the {n} {word}", f"just the {word} {n}", f"and the {word} {n}", f"{word} {n}", f"{n} {word} ones"]), new
    if roll < 0.75:
        new.limit = 1
        return say(rng, [f"only the {word}{{ one|}}", f"which {{one |}}is {{the |}}{word}", f"the {word} one", f"just the {word}{{ one|}}", f"and the {word}", f"which {{one |}}was {{the |}}{word}", f"who is {{the |}}{word}" if last.by == ["staff"] else f"the {word}"]), new
    new.limit = None
    return say(rng, [f"the {word} ones", f"only the {word} ones", f"and the {word} ones", f"{word} first", f"sorted, {word} first", f"show the {word} ones", f"rank them, {word} first", f"which ones are {{the |}}{word}"]), new


def measures(rng, last):
    metric = pick(rng, last.d.weights)
    if metric == last.metric:
        return None
    was, new = last.now, last.copy()
    new.metric = metric
    if new.now:
        new.period, new.compare = "now", None
    elif was:
        new.period = "default"
    if metric not in last.d.timed:
        new.by = [b for b in new.by if b not in TIMES and b != "weekday"]
    if new.order in ("growth", "decline") and not new.compare or not new.by:
        new.order = new.limit = None
    if new.as_ and (metric not in last.d.additive or not new.by):
        new.as_ = None
    if metric in last.d.point_to and rng.random() < 0.4:
        return say(rng, last.d.point_to[metric]), new
    noun = expand(rng, rng.choice(last.d.nouns[metric]), {})
    return say(rng, ["and <n>", "and the <n>", "what about <n>", "what about the <n>", "how about <n>", "<n> instead", "<n>", "in <n>", "and <n> then", "same for <n>", "the same for <n>", "now <n>", "show <n> instead", "and what about <n>", "and <n> please", "<n> please", "rather <n>", "and in terms of <n>", "can i see <n> instead", "the same with <n>", "and our <n>", "how much <n> is that", "and how much <n> is that", "what is that in <n>", "and as <n>", "and how much is that in <n>"], n=noun), new


def shows_as(rng, last):
    if last.metric not in last.d.additive or last.compare or not last.by:
        return None
    new = last.copy()
    if last.steps and len(last.by) == 1 and last.by[0] in TIMES and not last.order and not last.limit:
        new.as_ = "running"
        return say(rng, ["cumulative", "cumulatively", "as a running total", "running total", "and cumulative", "and the running total", "added up", "accumulated", "show it cumulatively", "summed up step by step"]), new
    if last.steps:
        return None
    new.as_ = "share"
    return say(rng, ["in per cent", "in percent", "as a share", "as shares", "in %", "as a percentage", "as percentages", "what share is that", "and the share", "and in percent", "what percentage is that each", "as a share of the total", "as % of total", "and as a percentage", "show the shares", "what part of the total is that"]), new


def ranks_by(rng, last):
    """Another breakdown and its ranking at once: "top 5 stores", "which brand is best"."""
    kind = pick(rng, last.d.dimensions)
    if kind in last.by or last.as_ or last.order in ("growth", "decline"):
        return None
    new, high = last.copy(), rng.random() < 0.7
    new.by, new.order = [kind], "desc" if high else "asc"
    one, many = rng.choice(last.d.singular[kind]), rng.choice(last.d.plural[kind])
    word = rng.choice(("best", "top", "highest", "strongest") if high else ("worst", "lowest", "weakest", "bottom"))
    if rng.random() < 0.5:
        new.limit = rng.choice([2, 3, 3, 5, 5, 10, 4])
        return say(rng, [f"{{the |and the |show the |}}{word} {new.limit} {many}", f"{{the |and the |only the |}}{new.limit} {word} {many}", f"{word} {periods.spell(rng, new.limit)} {many}"]), new
    if rng.random() < 0.6:
        new.limit = 1
        return say(rng, [f"which {one} {{is|was|did|has}} {{the |}}{word}", f"and {{the|which is the}} {word} {one}", f"{word} {one}", f"which {one} {{has|had}} the {'most' if high else 'least'}"]), new
    new.limit = None
    return say(rng, [f"{{and |}}{{the |which are the |}}{word} {many}", f"which {many} {{are|were}} {{the |}}{word}", f"which {many} {{have|had}} the {'most' if high else 'least'}"]), new


def two_at_once(rng, last):
    """Two changes in one breath: a value and a period, a breakdown and a period."""
    first = rng.choice([names_values, breaks_down, ranks_by])(rng, last)
    if first is None or last.now:
        return None
    text, new = first
    p = periods.sample(rng)
    new.period = p.plan
    when = expand(rng, rng.choice(p.after), {})
    return (f"{text} {when}" if rng.random() < 0.8 else f"{when}{rng.choice([',', ''])} {text}"), new


def cannot(rng, last):
    """What no plan answers, said of the last one."""
    reason = pick(rng, {"cause": 5, "forecast": 5, "not_in_data": 6, "off_topic": 2})
    one, by = rng.choice(last.d.singular[pick(rng, last.d.dimensions)]), rng.choice(last.d.by)
    text = {
        "cause": lambda: say(rng, ["{and |but |}why{ is that| is it| so| is that so| did that happen| though| the change|}", "how come{ that is| it is so {low|high}|}", "{and |}what's {the reason|behind {that|it}|going on there|wrong there}", "what {can|should|could} we do {about {it|that}|there|to improve that}", "{and |}what should {i|we} do{ now|}", "how {do|can} we {change|improve|fix|raise|lower} {that|it}", "what caused {that|it|the change|this}", "explain {that|this|it|the difference|the drop|the rise}", "{reason|reasons|cause}", "what do you {recommend|suggest|advise}{ then|}", "any {ideas|idea|tips} {how to improve {it|that}|what to do|why}", "why {so|is it so|are they so} {low|high|few|many|much|little}", "what happened{ there|}", "how could that happen"]),
        "forecast": lambda: say(rng, ["{and |what about |how about |}{next|the coming} {week|month|quarter|year}", "and {tomorrow|in the future|for the rest of the year|in the next {three|six|12} months}", "what will {it|that|they} be {next {week|month|year|quarter}|tomorrow|by year end|at the end of the year}", "{forecast|predict|estimate|project} {it|that|next {month|year|quarter}|the next three months}", "how will {that|it|this} {develop|go on|look next {month|year}}", "will {it|that|they} {go up|rise|fall|get better|continue|be more next {month|year}}", "{and |}the {forecast|outlook|projection}", "when will {we|it|that} reach {1000|500|10,000|double that}", "where will {we|it} be {next year|in december|by christmas}", "are we on {track|target}{ with that|}"]),
        "not_in_data": lambda: say(rng, [f"{{by|per|split by|for each|and by}} {by}", f"{{by|per|and by}} {by}", f"which {by}", f"{{without|except|excluding|not counting|all but|everything but}} {known(rng, pick(rng, last.d.values))}", f"the {{best|worst|top}} one {{per|in each|for every}} {one}", "only {those|the ones} {with|over|above|under} {more than |less than |}{10|100|50|1000}", "and by name", "{and |}compared {to|with} {our competitors|other shops|the industry|the market}", "{and |}the median", "how many {complaints|phone calls|emails} was that"]),
        "off_topic": lambda: say(rng, ["{ok |}{thanks|thank you|thx}{ a lot|}", "{great|cool|nice|perfect|ok|super}{ thanks|}", "{thanks|thank you}, {bye|that's all|that is all}", "tell me {a joke|something funny|a story|a riddle}", "{what|who} are you", "{haha|lol|wow}{ ok| nice|}", "never mind", "what's the weather{ today|}", "{you are|you're} {great|wrong|funny}", "hello", "forget it"]),
    }[reason]()
    return text, reason


CHANGES = {named_period: 16, step_back: 14, year_back: 9, compares: 9, names_values: 22, drops: 9, breaks_down: 16, in_all: 7, ranks: 9, ranks_by: 7, measures: 18, shows_as: 5, two_at_once: 8, cannot: 15}
FRONT = ["ok ", "ok, ", "and ", "so ", "now ", "thanks, ", "great, ", "hmm ", "alright, ", "good, ", "right, ", "fine, ", "cool, ", "okay ", "please ", "can you do ", "could you show ", "sorry, ", "i mean ", "no, ", "yes, ", "then ", "oh, ", "got it, "]
BACK = [" please", " then", " thanks", " pls", ", please", " for me", " now", " again", ", thanks", " thx", " if possible", " instead"]


def fragment(rng, domain):
    """(last plan, words, new plan): the words mean something only after the plan."""
    d = DOMAINS[domain]
    while True:
        last = Last(rng, d)
        if not last.legal():
            continue
        got = pick(rng, CHANGES)(rng, last)
        if got is None or not isinstance(got[1], str) and not got[1].legal():
            continue
        text, new = got
        text = noise.mistype(rng, tidy(text), 0.0 if rng.random() < 0.68 else rng.choice([0.05, 0.1]))
        if rng.random() < 0.12 and not text.startswith(("and ", "ok ", "now ", "so ", "then ")):
            text = rng.choice(FRONT) + text
        if rng.random() < 0.22:
            text += rng.choice(BACK)
        text = questions.normalise(text.replace(VALUE, "").replace(END, "")) + rng.choice(["?", "?", "", "", "", ".", "??", " ?"] if rng.random() < 0.2 else ["?", "?", "", ""])
        if isinstance(new, str):
            return last.plan(), text, {"unsupported": new}
        if not questions.fits(text, [v.strip() for v in new.plan().get("where", []) if v not in last.plan().get("where", [])]):
            continue
        return last.plan(), text, new.plan()


def example(rng, domain):
    """(user text, plan): the last plan and the question on two lines, and the plan they come to."""
    if rng.random() < 0.62:
        last, text, new = fragment(rng, domain)
    else:
        while not (last := Last(rng, DOMAINS[domain])).legal():
            pass
        last, (text, new) = last.plan(), questions.example(rng, domain)
    return f"{questions.plan_text(last)}\n{text}", new
