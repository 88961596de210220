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


def known(rng, kind):
    return {"brand": lambda: rng.choice(names.BRANDS), "store": lambda: rng.choice(names.STORES), "staff": lambda: rng.choice(names.FIRST), "category": lambda: rng.choice(words.CATEGORIES)[1], "segment": lambda: rng.choice(words.SEGMENTS[:14]),
            "supplier": lambda: f"{names.syllables(rng, 1, 3)} {rng.choice(['distribution', 'wholesale', 'supplies', 'trading'])}", "age_band": lambda: rng.choice(clinic.AGES[:20]), "diagnosis": lambda: rng.choice(clinic.DIAGNOSES[:16]),
            "lens_type": lambda: rng.choice(clinic.LENSES[:14]), "refraction": lambda: rng.choice(clinic.RANGES), "insurance_plan": lambda: rng.choice(clinic.PLANS)}[kind]()


def _of(domain):
    m = domain.metrics
    return Measures({k: x.nouns for k, x in m.items()}, {k: x.weight for k, x in m.items()}, {k for k, x in m.items() if x.point}, {k for k, x in m.items() if x.dated and not x.point},
                    {k for k, x in m.items() if x.additive}, domain.singular, domain.plural, domain.dimensions, {k: v[0] for k, v in domain.values.items() if k != "product"})


SALES = Measures(scene.NOUNS, words.METRIC_WEIGHTS, set(), set(words.METRIC_WEIGHTS), {"revenue", "units", "orders", "gross_margin", "discount", "returns", "refunds"}, words.SINGULAR, words.PLURAL, words.DIMENSION_WEIGHTS,
                 {"brand": 22, "category": 22, "store": 20, "staff": 12, "segment": 12})
DOMAINS = {"sales": SALES, "inventory": _of(stock.INVENTORY), "patients": _of(clinic.PATIENTS)}


class Last:
    """A plan and the kinds of its values."""

    def __init__(self, rng, d):
        self.d = d
        self.metric = pick(rng, d.weights)
        self.filters = {}
        for kind in rng.sample(list(d.values), rng.choices([0, 1, 2], [0.45, 0.42, 0.13])[0]):
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
    return say(rng, [f"{LEAD}the {word} before", f"{LEAD}the {word} before that", f"{LEAD}the previous {word}", f"{LEAD}the one before{{ that|}}", "before that", "and before that", "and before", f"the {word} before", f"{LEAD}the {word} {{earlier|prior}}", f"{LEAD}the preceding {word}", f"one {word} {{earlier|back|before}}", f"{word} before", f"{word} before that", f"the {word} prior", f"what was it the {word} before"]), new


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
    return say(rng, [f"{LEAD}a year {{ago|earlier|before}}", f"{LEAD}the same {unit} {{last year|a year ago|a year earlier|the year before}}", f"same {unit} last year", f"{LEAD}the year before" if unit == "year" else f"same {unit} {{a year ago|last year}}", "and one year {ago|before|earlier}", "what was it a year {ago|earlier}", f"{LEAD}this time last year" if last.period.startswith("this_") else "and a year ago"]), new


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
    timed = last.metric in last.d.timed and rng.random() < 0.3
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
    return say(rng, ["in total", "and in total", "altogether", "all together", "overall total", "just the total", "the total", "and the total", "what's the total", "total please", "summed up", "in sum", "what does that come to{ in total|}", "how much is that {in total|altogether}", "only the total", "as one figure", "and all in all"]), new


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


CHANGES = {named_period: 16, step_back: 13, year_back: 8, compares: 9, names_values: 20, drops: 6, breaks_down: 15, in_all: 5, ranks: 9, measures: 14, shows_as: 5}
BACK = ["", "", "", "", "", "", " please", " then", " thanks", " pls"]


def fragment(rng, domain):
    """(last plan, words, new plan): the words mean something only after the plan."""
    d = DOMAINS[domain]
    while True:
        last = Last(rng, d)
        if not last.legal():
            continue
        got = pick(rng, CHANGES)(rng, last)
        if got is None or not got[1].legal():
            continue
        text, new = got
        text = noise.mistype(rng, tidy(text), 0.0 if rng.random() < 0.8 else 0.05) + rng.choice(BACK)
        text = questions.normalise(text.replace(VALUE, "").replace(END, "")) + rng.choice(["?", "?", "", "", "", "."])
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
