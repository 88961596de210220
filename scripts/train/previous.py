"""The plan that a question goes on from, what may be changed of it, and the words that point at it.

Values are ones whose kind can be told: what "what about oakley?" replaces depends on it.
"""

import re
from dataclasses import dataclass

import clinic
import linking
import names
import periods
import scene
import stock
import unsupported
import words
from domain import TIMES
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


# Values that most conversations are about: what replaces what must be known by heart.
COMMON = {
    "brand": ["ray-ban", "oakley", "gucci", "prada", "persol", "maui jim", "silhouette", "tom ford", "carrera", "versace", "acuvue", "dailies", "biofinity", "zeiss", "hoya", "essilor", "varilux"],
    "store": ["downtown", "airport", "riverside", "old town", "central", "high street", "main street", "station", "harbour", "university", "kingsgate", "mall", "city centre", "northgate", "west end", "harbour street"],
    "category": ["frames", "frames", "lenses", "lenses", "sunglasses", "contact lenses", "accessories", "solutions"], "segment": ["students", "seniors", "families", "children", "professionals", "kids"],
    "age_band": ["kids", "children", "teens", "seniors", "young adults", "under 13", "18-29", "40-49", "60-69"], "diagnosis": ["myopia", "glaucoma", "cataract", "dry eye", "astigmatism", "presbyopia", "hyperopia", "amd"],
    "lens_type": ["progressives", "bifocals", "single vision", "contact lenses", "varifocals", "office lenses", "myopia control"], "insurance_plan": ["vsp", "eyemed", "aetna", "self-pay", "medicare", "uninsured"],
}


def known(rng, kind):
    return linking.note(kind, rng.choice(COMMON[kind]) if kind in COMMON and rng.random() < 0.65 else _known(rng, kind))


def _known(rng, kind):
    return {"brand": lambda: rng.choice(names.BRANDS), "store": lambda: rng.choice(names.STORES), "staff": lambda: rng.choice(names.FIRST), "category": lambda: rng.choice(words.CATEGORIES)[1], "segment": lambda: rng.choice(words.SEGMENTS[:14]),
            "supplier": lambda: f"{names.syllables(rng, 1, 3)} {rng.choice(['distribution', 'wholesale', 'supplies', 'trading'])}", "age_band": lambda: rng.choice(clinic.AGES[:20]), "diagnosis": lambda: rng.choice(clinic.DIAGNOSES[:16]),
            "lens_type": lambda: rng.choice(clinic.LENSES[:14]), "refraction": lambda: rng.choice(clinic.RANGES), "insurance_plan": lambda: rng.choice(clinic.PLANS)}[kind]()


MONEY = {"revenue", "average_order_value", "gross_margin", "discount", "refunds", "stock_value", "retail_value", "dead_stock_value", "reorder_cost"}
RATES = {"margin_rate", "discount_rate", "return_rate", "average_age", "visits_per_patient", "turnover", "days_of_cover"}
# How a measure is asked for of what the last answer spoke of.
POINT_TO = {
    "sales": {
        "revenue": ["how much {money |revenue |}is that", "what's that in {money|euros|dollars|cash}", "{in|as} {euros|cash|turnover}", "how much did {that|they|those} {make us|earn us|come to}", "what {is|was} that worth in sales", "how much cash {is|was} that", "in terms of money", "and how much {money |}was {that|it}", "{and |}in {money|euros|dollars}", "and how much did {they|that|it|those} {bring in|make|bring us}", "what {did they|did that|was that} {bring in|worth}", "how much did we {take|make} {on|with|from} {that|those|them}", "{and |}how much {cash|money} {is|was} that worth", "what's {that|it} worth", "what {is|was} {it|that} worth to us", "in pounds", "in money", "and the takings{ from that|}", "what did that put in the till", "and the money", "what did they spend{ with us|}", "how much did they spend"],
        "units": ["how many {units|pieces} {is|was|are|were} {that|those}", "and how many pieces", "in {units|pieces}", "how many of {them|those|it} did we sell", "how many did {they|people|customers} buy", "how many {went|were sold|did we shift|did they take}", "how many pairs", "as a number of {units|pieces}", "quantity", "quantities", "how many {units|pieces|items} did that take", "how many items", "and how many {units|pieces} were sold", "how many did we sell{ of those| of them|}", "how many {actual |}{pieces|units} {was|were} {that|those|it}", "how many did that come to in units", "how many did we {shift|move|flog}", "number of pieces", "count of units", "how many units {is|was} that"],
        "orders": ["how many {orders|transactions|tickets|receipts} {is|was|were|are} {that|those}", "in how many {orders|transactions}", "from how many orders", "how many {sales|tickets|orders|baskets} did that take", "over how many {orders|tickets|receipts}", "number of orders", "how many times did we ring up"],
        "customers": ["how many {customers|people|shoppers} {is|was|were} {that|it|those}", "from how many {customers|people|shoppers}", "how many {different |}{people|customers|buyers} were {they|there|behind that}", "and how many {people|shoppers|customers}", "how many {people|customers} bought {that|those|them}", "to how many customers", "how many {heads|shoppers|clients} {is|was} that", "spread over how many people", "how many different people bought", "number of customers"],
        "average_order_value": ["what {is|was} the average {order|ticket|basket} {there|for that|for those|then}", "and per order on average", "how much per order", "and per {ticket|basket|receipt|customer visit}", "what's that per {order|ticket|basket|sale}", "per {order|ticket|sale} please", "average {ticket|basket|order|sale} for each{ of them|}", "what's the {average ticket|average basket|average sale}{ there|}", "the average {ticket|basket|spend}", "spend per {ticket|visit|order}"],
        "gross_margin": ["how much {profit|margin} {is|was} {that|in that|in it|there}", "what profit {did that make|is that|was in that}", "what did {we|that} {make|earn} us in profit", "after cost", "and after cost", "what's the profit on {that|those|them}", "what did we make on {it|that|them}", "what {did we earn|is left|do we keep} {on|of} {that|those|it|them}", "how much did we {make|earn} on {that|it|those|them}", "and the profit {on|in} {that|those|it}", "what's the profit{ there| in it| on that|}", "how much of that {do|did} we keep", "how much of that is {profit|margin}", "what did that leave us", "what sticks", "in profit"],
        "margin_rate": ["what margin {is|was} that in {percent|%}", "what percentage {of that |}is {profit|margin}", "margin on {that|those} in percent", "and the margin in {percent|%}", "what margin is that", "at what margin", "profit {margin |}{in percent|in %|as a percentage}", "how profitable {is|was} that in percent"],
        "discount": ["what did we knock off{ there| on that|}", "how much {was|did we} {knocked|knock} off {that|those|them}", "how much discount {did we give|was given|is} {on|in} {that|those|it|them}", "how much of that did we {discount|give away}", "what discounts were in {that|it}", "how much did we {knock|take} off", "how much was {taken|knocked} off", "what did we give away on {that|those|it}", "and the discounts"],
        "discount_rate": ["what discount {rate |in percent |}{is|was} that", "how much % off is that", "at what average discount", "how much off is that in {percent|%}", "what percentage {was|is} knocked off", "the discount {in percent|in %|as a percentage|rate}", "what rate of discount is that"],
        "returns": ["how many {of them|of those|of that|} {came back|were returned|were brought back}", "how many of {those|them} {got returned|did we get back|did people bring back}", "and how many came back", "what came back", "how many {did we get|came} back", "how many did they bring back", "and what came back", "number of returns"],
        "refunds": ["how much of that {was refunded|did we refund|did we pay back}", "what did we {refund|pay back} {for|on} {that|those|them}", "how much did we {refund|pay back|hand back|give back}", "what did we {refund|pay back}", "refunded how much", "and refunds in money", "how much money went back"],
        "return_rate": ["what {percentage|share|%} of {those|them|that} {came back|was returned|were returned}", "as a return rate", "the rate{ of returns|}", "what share of {that|them} came back", "returned in {percent|%}", "how many percent came back", "return rate on {that|those|them}"],
    },
    "inventory": {
        "on_hand": ["how many {of those |of them |of it |}{do we have|have we got|are there|are left|are in stock}", "how many pieces {is|are} {that|those|it|they}", "how much {of that |}is {left|in stock|on hand}", "and how many {are left|are in stock|do we have}", "in units", "how {much|many} {is|are} {still|left} here", "how many {are|do we} still have", "what's left{ of it| of them|}", "how {much|many} {is|are} still {in stock|here|on the shelf|there}", "what do we still have", "how many on the shelf", "how many {are there|are here} now", "what's in stock{ of that| of those|}"],
        "stock_value": ["what {is|are} {all |}{that|it|those|they|of that} worth", "how much {is|are} {that|it|those|they|all that} worth", "what's {it|that|all of that} worth{ at cost|}", "how much money is {that|in that|tied up in it|tied up there|in those}", "value of {that|those|it}", "in money{ at cost|}", "what did {that|those|it|they} cost{ us|}", "what did we pay for {it|that|them|those}", "how much money is {sitting|lying|tied up} {there|in there|in that|in them}", "in euros", "in dollars", "in pounds", "what's the value", "value at cost"],
        "retail_value": ["what {would|could} {that|those|it|they} {sell for|bring|fetch}", "and at {retail|list|selling} {price|prices|value}", "what would we get for {it|them|that}", "worth how much at retail", "at selling price", "at full price", "what's the retail value", "in sales value"],
        "on_order": ["how many {of those |of them |}are on {order|the way}", "is {more|any of that|any of it} on {order|the way}", "and on order", "what's on the way{ of that|}", "how many are coming", "how many {have we|did we} ordered", "what have we got coming", "anything on the way", "what's coming in", "how many are due in", "more on order"],
        "days_of_cover": ["how long will {that|it|they|those} last", "for how long is that enough", "how many days {is that|will that last|does that last}", "how long does {it|that} last{ us|}", "how long will {it|that|they} hold out", "when do we run out, in days", "how many days{ left| worth|}", "days left", "how long does it last at this rate"],
        "low_stock": ["how many of {them|those|these} are {low|running low}", "which of {them|those} are {low|running low}, how many", "and how many are running low", "which of {those|them} {are|is} {low|short}", "how many {are|run} short", "what's {running low|getting low|low}", "any of {them|those} low"],
        "out_of_stock": ["how many of {them|those} are {out|sold out|out of stock}", "and how many are {sold out|out of stock}", "what's {completely |all |}gone", "what {is|have we} run out{ of|}", "which {are|is} {gone|sold out|empty}", "how many are {gone|empty|at zero}", "any {sold out|out of stock}", "what's sold out"],
        "overstock": ["how many of {them|those} are overstocked", "and how many do we have too {many|much} of"],
        "dead_stock": ["how many of {them|those} {are dead stock|do not sell|don't sell|are not selling}", "and how many of that is dead stock", "which of {them|those} {don't move|just sit there|gather dust|do not sell}", "what's just sitting there", "what {isn't|is not} {moving|selling}"],
        "dead_stock_value": ["how much money is {stuck|tied up|locked up} in {dead stock|that dead stock|stuff that does not sell}", "what is the dead stock worth", "how much of that is dead stock in money", "and the money in dead stock", "how much {cash|money} is {stuck|dead} {there|in there|in those|in them|in it}", "money in {that|the|those} dead stock"],
        "reorder": ["how many {of those |of them |}{should we|do we need to|must we} {order|reorder}", "what {should we|do we need to} {order|reorder}{ of that| there|}, how many", "and how many to reorder", "what {do|should} we {order|buy|get in}", "what needs ordering", "how many {do|should} {we|i} {order|get|buy}", "what to order then", "so what do i order"],
        "reorder_cost": ["what would {that|reordering that|the reorder|it} cost", "what will {it|that|the order} cost{ me| us|}", "how much would that be to {order|reorder|buy}", "cost of {that order|ordering that|ordering them}", "and what do i pay for that order", "how much will {that|the order|it} cost{ to order|}", "what does {that|it} set {me|us} back", "how much will {that|it} set us back", "what do we pay for that", "what's the bill", "cost of that", "what does {it|that} cost{ me| us|}", "how much money is that to order", "total cost of the order"],
        "turnover": ["how {fast|often} {does|do} {that|it|they|those} turn{ over|}", "and the turnover {of that|there}", "how fast do they move"],
        "units_sold": ["how many {of those |of them |}{did we sell|were sold|went out}", "and what went out", "how many did we {shift|get through}", "and how many {were sold|sold|went out}", "what did we sell of {that|those|it}", "how many did we {sell|get rid of}", "how many {left|went}{ the shop|}", "what sold{ of those| of it|}", "and sales in units"],
        "received": ["how many {of those |of them |}{did we receive|came in|were delivered|arrived}", "and how many {came in|arrived|were delivered}", "how much of that {came in|was delivered}", "how many came {in|from them}", "what came in", "what did we {get|receive} {of that|of those}", "how many did they {send|deliver}"],
        "shrinkage": ["how many {of those |of them |}{did we lose|got lost|went missing|are missing}", "and how many {went missing|were lost|got lost}", "how much of that {got lost|went missing}", "how many {disappeared|vanished|got broken|were stolen}", "what went missing", "what {is|was} lost", "and the losses"],
    },
    "patients": {
        "visits": ["how many {visits|appointments|exams} {is|was|were|are} {that|those}", "and how many {visits|exams|appointments}", "in visits", "how many exams did they have", "how many {appointments|exams|visits} did that make", "number of {visits|appointments|exams}", "how many times were they here{ in all|}", "visits rather than {patients|people|heads}"],
        "patients": ["how many {different |}{patients|people} {is|was|were} {that|those|it}", "how many {people|patients|heads} {is|was} {that|it}", "how many {people|patients|individuals} were {they|there|behind that}", "in {people|patients|heads}", "as {people|patients} rather than visits", "counting {people|patients}", "how many {patients|people} did we see", "and how many different patients", "how many heads is {that|it}", "how many {heads|bodies|actual people} {is|was|were} {that|it|those}", "number of {patients|people}", "in heads", "people not visits", "how many different {people|patients|faces}"],
        "new_patients": ["how many of {them|those|these} {are|were} new", "and how many {new ones|were new|are new|of them came for the first time}", "how many new ones", "and the new ones", "first timers among {them|those}", "how many first timers", "how many of {those|them} were first timers", "{just|only} the new ones", "newcomers only", "how many {of them |}for the first time", "first visits {only|among them}", "how many {were|are} {first timers|newcomers|brand new}", "number of new ones", "any new {ones|faces}"],
        "returning_patients": ["how many of {them|those} {came back|returned|had been here before|were regulars}", "and how many came back", "and the {regulars|returning ones}", "how many {were|are} {regulars|old faces|returning}", "known ones only", "how many {we knew|knew us} already"],
        "visits_per_patient": ["how often {do|did} {they|these|those} come{ in|}", "how many times each", "and per patient"],
        "patients_on_file": ["how many of {them|those} do we have{ on file|}", "how many {do we have|are there} on file", "and on file"],
        "average_age": ["how old are {they|those|these}{ on average|}", "what {is|'s} their average age", "and {the|their} average age", "and how old{ on average|}"],
        "recall_due": ["how many of {them|those|these} {are due|should we recall|need a check-up|are due for recall}", "and how many are due", "who of them is due, how many", "who's due{ of them|}, how many", "how many should come {back|in}", "due ones", "and due for recall"],
        "recall_overdue": ["how many of {them|those|these} {are overdue|are late|missed their recall|missed it}", "and how many are {overdue|late}", "and how many of {them|those} are {late|overdue|past due}", "the {late|overdue} ones", "only the {late|overdue} ones", "how many {should have been in|haven't come}", "who's late{ of them|}, how many", "and the late ones", "late ones"],
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
        for kind in rng.sample(list(d.values), rng.choices([0, 1, 2], [0.2, 0.35, 0.45])[0]):
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
