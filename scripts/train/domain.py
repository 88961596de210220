"""Questions about any domain, from its tables of words: figures, breakdowns, rankings, courses, comparisons, shares.

A domain says in which words its metrics, dimensions and values are asked for; how questions are put is the same for all.
Sales has modules of its own (totals, rankings, comparisons), with more phrasings than tables can hold.
"""

import re
from dataclasses import dataclass, field

import linking
import names
import noise
import periods
import unsupported
from comparisons import AGAINST
from frames import ACCUMULATED, BOTTOM, CHANGE, COMPARE_WORDS, FIRST, LEAD, MOVE, ONE_OF, PART, RANK, RUNNING, SHARE, SORTED, TAILS, TOP, TOTAL, TWO, VERSUS, WHEN, YOY
from grammar import DIMENSION, END, dimension, expand, value
from particular import NOW, NOW_TOO, THAN
from rankings import HIGH, LOW
from scene import Scene, pick, possessive, sample_value
from totals import BREAKDOWN, STEPPED, TREND
from words import ADJECTIVE

TIMES = ["day", "week", "month", "quarter", "year"]


@dataclass
class Metric:
    """One metric in words. Point metrics are known for now alone; lists are asked for by what is on them."""

    nouns: list
    weight: float = 1
    how: list = field(default_factory=list)  # whole questions for one figure: "how many <I> do we have<T>"
    by_how: list = field(default_factory=list)  # for a breakdown: "how many <I> does each <D> have<T>"
    rank: dict = field(default_factory=dict)  # "desc"/"asc" to whole questions for a ranking by this metric, with <K>
    lists: list = field(default_factory=list)  # questions whose answer is the things that have it: "which <K> are low"
    point: bool = False
    dated: bool = True  # may be broken down by time
    additive: bool = True
    counts: list = field(default_factory=list)  # nouns that ask for one figure, where the others alone ask for the list
    standing: list = field(default_factory=list)  # nouns that say by themselves how things stand, where the others fit what happened too
    high: list = field(default_factory=lambda: HIGH)
    low: list = field(default_factory=lambda: LOW)


@dataclass
class Domain:
    name: str
    metrics: dict
    singular: dict  # dimension to words
    plural: dict
    dimensions: dict  # dimension to weight; what one can group by but time
    values: dict  # kind of filter to (weight, sampler, phrases that follow, phrases that stand in front)
    listed: str  # the dimension of a list that names none
    things: list  # nouns of what is counted
    subject: list  # "we"
    unsupported: dict  # reason to templates of its own
    unknown: list  # "one,many" of what people group by and the catalogue has not
    forms: list  # the guide's questions and the catalogue's suggestions
    packs: list = field(default_factory=list)  # what things come in: "boxes of …"
    people: tuple = ()  # endings of values that name people already: "myopes", not "myopes patients"
    versus: list = field(default_factory=list)  # metric, kind, templates with <v> and <w>, order and limit they say
    particular: list = field(default_factory=list)  # Particular
    parts: list = field(default_factory=list)  # "metric,kind" and templates that ask which share of all <u> is
    than: list = field(default_factory=list)  # metric and templates that ask for more or less than <then>
    words: dict = field(default_factory=dict)  # further slots: name to a template of the slots of values

    def __post_init__(self):
        self.values = {kind: (weight, linking.noted(kind)(sampler), *phrases) for kind, (weight, sampler, *phrases) in self.values.items()}


def standing(template):
    """The template without what says that it is over: how things stand is asked for in the present."""
    for past in ("did", "had", "was", "were", "saw"):
        template = template.replace(past + "|", "").replace("|" + past, "")
    return re.sub(r"\{(\w+)\}", r"\1", template)


def present(templates):
    return [t for t in map(standing, templates) if not re.search(r"\b(did|had|was|were|saw|see|recorded)\b", t)]


TOTAL_NOW, BREAKDOWN_NOW, RANK_NOW = present(TOTAL), present(BREAKDOWN), present(RANK)


class DomainScene(Scene):
    """The slots of one question of a domain."""

    def __init__(self, rng, domain, metric, period=None, filters=None, by=()):
        super().__init__(rng, metric, period, filters, by)
        self.domain, self.subject, self.nouns = domain, None, domain.metrics[metric].nouns if metric else []
        if metric and domain.metrics[metric].point:
            self.said_period = True

    def front(self, template):
        """Now and then the period or a value stands before the question."""
        rng, bits = self.rng, []
        if template.startswith("<T>"):
            return ""
        if "<T>" in template and not self.said_period and rng.random() < 0.09:
            self.said_period = True
            bits.append(self.say(rng.choice([w for w in self.period.after if not w.startswith("of ")])))
        if self.filters and not any(slot in template for slot in ("<O>", "<I>")) and rng.random() < 0.1:
            kind = rng.choice(list(self.filters))
            kept = {k: self.filters.pop(k) for k in list(self.filters) if k != kind}  # all that is left is said in front
            named = self.join(self.filters.pop(kind)) if rng.random() < 0.5 else ""
            if named:
                bits.insert(0, rng.choice(["", "", "for ", "on ", "about ", "regarding ", "looking at "]) + named)
            else:
                bits.insert(0, "".join(self.filter_phrases()))
            self.filters.update(kept)
        return (rng.choice([" ", ", "]).join(b for b in bits if b) + rng.choice([", ", ", ", ": ", " ", " - "])) if any(bits) else ""

    def object(self):
        """Noun phrase of the values that can stand for the thing itself; '' when there is none left."""
        rng, f = self.rng, self.filters
        heads = [k for k in ("brand", "category", "product") if k in f]
        if heads:
            return super().object()
        for kind in list(f):
            front = self.domain.values[kind][3]
            if front and rng.random() < 0.5:
                v = self.join(f.pop(kind))
                people = "" if v.removesuffix(END).endswith(self.domain.people or ("\0",)) else rng.choice(["patients", "patients", "people"])
                return expand(rng, rng.choice(front), {"v": v, "thing": rng.choice(self.domain.things), "people": people})
        return ""

    def s_O(self):
        return self.object() or self.rng.choice(["", "", *self.domain.things])

    def s_I(self):
        thing = self.object()
        if thing and self.domain.packs and self.rng.random() < 0.1:
            return f"{self.rng.choice(self.domain.packs)} of {thing}"
        return thing or self.rng.choice(self.domain.things)

    def s_S(self):
        return self.rng.choice(self.domain.subject)

    def s_N(self):
        return self.say_plain(self.rng.choice(self.nouns))

    def say_plain(self, template):
        return expand(self.rng, template, self)

    def s_M(self):
        rng, f = self.rng, self.filters
        noun, front = self.s_N(), rng.choice(["our ", "our ", "the ", "the ", "", "", "", "my ", "your "])
        if noun.startswith("number") and not front:
            front = "the "
        roll = rng.random()
        if roll < 0.25 and not self.said_period and self.period.name:
            self.said_period = True
            return f"{self.say_plain(rng.choice(self.period.name))}{rng.choice([chr(39) + 's', '', ''])} {noun}"
        beside = [k for k in f if k in self.domain.values and self.domain.values[k][3] and len(f[k]) == 1]
        if beside and rng.random() < 0.4:  # "dry eye visits", "registered vsp patients"
            return f"{rng.choice(['', '', 'our ', 'the '])}{value(f.pop(rng.choice(beside))[0])} {noun}"
        if len(f.get("store", [])) == 1 and rng.random() < 0.35:
            v = value(f.pop("store")[0])
            return rng.choice([f"{possessive(rng, v)} {noun}", f"{v} {noun}", f"the {v} {self.shop()}'s {noun}"])
        if any(k in f for k in ("brand", "category", "product")) and rng.random() < 0.45:
            return f"{rng.choice(['', '', 'our ', 'the '])}{self.object()} {noun}"
        return front + noun

    def filter_phrases(self):
        rng, f, out = self.rng, self.filters, []
        if any(k in f for k in ("brand", "category", "product")):
            thing = super().object()
            out.append(f"{rng.choice(['for', 'for', 'for', 'of', 'of', 'in', 'on', 'just', 'only', ',', '', 'just for', 'only for', 'within', 'across'])} {thing}")
        for kind in [k for k in f if k in self.domain.values]:
            v = self.join(f.pop(kind))
            out.append(expand(rng, rng.choice(self.domain.values[kind][2]), {"v": v, "shop": self.shop(), "thing": rng.choice(self.domain.things)}))
        return out

    def s_D(self):
        return dimension(self.by[0], self.rng.choice(self.domain.singular[self.by[0]]))

    def s_Ds(self):
        return dimension(self.by[0], self.rng.choice(self.domain.plural[self.by[0]]))

    def s_DD(self):
        word = self.rng.choice(self.domain.singular[self.by[0]])
        return dimension(self.by[0], f"{word} by {word}" if " " not in word else f"by {word}")

    def s_E(self):
        return dimension(self.by[1], self.rng.choice(self.domain.singular[self.by[1]]))

    def s_A(self):
        return dimension(self.by[0], self.rng.choice(ADJECTIVE[self.by[0]]))

    def s_T(self):
        still, said = self.said_period, super().s_T()
        if still and self.metric and self.domain.metrics[self.metric].point and self.rng.random() < 0.06:
            said += " " + self.rng.choice(NOW if self.metric in ("patients_on_file", "average_age") else NOW + NOW_TOO)
        return said

    def s_was(self):
        if self.metric and self.domain.metrics[self.metric].point:
            return self.rng.choice(["is", "are", "is"])
        return super().s_was()


class Asker:
    """The intents of one domain."""

    def __init__(self, domain):
        self.d = domain
        dated = {k: m.weight for k, m in domain.metrics.items() if not m.point}
        timed = {k: m.weight for k, m in domain.metrics.items() if m.dated and not m.point}
        self.weights = {k: m.weight for k, m in domain.metrics.items()}
        lists = {k: m.weight for k, m in domain.metrics.items() if m.lists}
        self.dated, self.timed, self.lists = dated, timed, lists
        self.additive = {k: w for k, w in self.weights.items() if domain.metrics[k].additive}
        self.answerable = {self.total: 22, self.breakdown: 14, self.ranking: 18, self.two: 3, self.share: 5, self.versus: 4 if domain.versus else 2.5}
        if lists:
            self.answerable[self.listing] = 20
        if timed:
            self.answerable |= {self.stepped: 6, self.trend: 5, self.running: 2}
        if dated:
            self.answerable |= {self.compare: 8, self.change: 5, self.move: 4}
        if domain.particular:
            self.answerable |= {self.particular: 19, self.part: 2.5, self.than: 2.5, self.accumulated: 1, self.ordered: 2.5}
        self.intents = {**self.answerable, self.elsewhere: 4, self.unknown: 4}
        for reason in ("off_topic", "not_in_data", "forecast", "cause"):
            self.intents[lambda rng, reason=reason: self.unsupported(rng, reason)] = {"off_topic": 4, "not_in_data": 8, "forecast": 3, "cause": 3}[reason]
        if any(m.point for m in domain.metrics.values()):
            self.intents[self.past] = 2
        if domain.particular:
            self.intents[self.tailed] = 2.5

    def filters(self, rng, average=0.6):
        count = rng.choices([0, 1, 2], [max(0.05, 1.15 - average), 0.6, 0.3 * average])[0]
        out = {}
        for kind in self.kinds(rng, count):
            sampler = self.d.values[kind][1]
            out[kind] = list(dict.fromkeys(sampler(rng) for _ in range(rng.choices([1, 2, 3], [0.9, 0.09, 0.01])[0])))
        if "product" in out:
            out.pop("brand", None)
            out.pop("category", None)
        return out

    def kinds(self, rng, count):
        left, out = {k: v[0] for k, v in self.d.values.items()}, []
        if count and "brand" in left and rng.random() < 0.12:  # "zeiss lenses": two values that look like one name
            return ["brand", "category"] + (["store"] if rng.random() < 0.3 else [])
        for _ in range(min(count, len(left))):
            kind = pick(rng, left)
            out.append(kind)
            del left[kind]
        return out

    def scene(self, rng, metric, by=(), default=0.4, average=0.7):
        m = self.d.metrics[metric]
        period = None
        if not m.point:
            period = periods.DEFAULT if rng.random() < default else periods.sample(rng)
        s = DomainScene(rng, self.d, metric, period, self.filters(rng, average), by)
        for b in by:
            s.filters.pop(b, None)
            if b == "product":
                s.filters.pop("product", None)
        s.extra["embed"] = rng.choice(noise.EMBED)
        s.extra["F"] = lambda: " " + " ".join(s.filter_phrases())
        return s

    def plan(self, s, **more):
        m = self.d.metrics[s.metric]
        return {"metric": s.metric, "period": "now" if m.point else s.period.plan, **more}

    def group(self, rng, metric):
        d = dict(self.d.dimensions)
        if metric in self.timed and "weekday" in self.d.singular:
            d["weekday"] = 6
        return pick(rng, d)

    def total(self, rng):
        m = pick(rng, self.weights)
        s = self.scene(rng, m)
        metric = self.d.metrics[m]
        if metric.how and rng.random() < 0.6:
            return s.say(rng.choice(metric.how)), self.plan(s)
        s.nouns = metric.counts or s.nouns
        return s.say(rng.choice(TOTAL_NOW if metric.point else TOTAL)), self.plan(s)

    def breakdown(self, rng):
        m = pick(rng, self.weights)
        s = self.scene(rng, m, [self.group(rng, m)], average=0.5)
        by_how = self.d.metrics[m].by_how
        return s.say(rng.choice(by_how) if by_how and rng.random() < 0.4 else rng.choice(BREAKDOWN_NOW if self.d.metrics[m].point else BREAKDOWN)), self.plan(s)

    def two(self, rng):
        m = pick(rng, self.weights)
        by = self.kinds_of(rng)
        if m in self.timed and rng.random() < 0.4:
            by[0] = rng.choice(TIMES[1:4])
        s = self.scene(rng, m, by, average=0.2)
        return s.say(rng.choice(TWO)), self.plan(s)

    def kinds_of(self, rng):
        return rng.sample(list(self.d.dimensions), 2)

    def count(self, rng):
        roll = rng.random()
        if roll < 0.36:
            n = rng.choice([2, 3, 3, 4, 5, 5, 6, 7, 8, 10, 10, 12, 15, 20, 25, 30, 50, rng.randint(2, 60)])
            return n, periods.spell(rng, n)
        return (1, "") if roll < 0.62 else (None, "")

    def head(self, s, rng, by, number, plural):
        noun = dimension(by, rng.choice((self.d.plural if plural else self.d.singular)[by]))
        f = s.filters
        if by == "product" and ("category" in f or "brand" in f) and rng.random() < 0.7:
            thing = " ".join(s.join(f.pop(k)) for k in ("brand", "category") if k in f)
            noun = f"{thing} {noun}" if not plural or rng.random() < 0.5 else thing + dimension("product")  # plurals alone are many
        return f"{number} {noun}"

    def ranking(self, rng):
        m = pick(rng, self.weights)
        by = self.group(rng, m)
        timed = m in self.timed and rng.random() < 0.16
        if timed:
            by = rng.choice(["day", "day", "week", "month", "month", "quarter", "year"])
        metric, high = self.d.metrics[m], rng.random() < 0.7
        order = "desc" if high else "asc"
        s = self.scene(rng, m, [by], average=0.4)
        s.extra["R"] = rng.choice(TOP if high else BOTTOM)
        s.extra["L"] = rng.choice(metric.high if high else metric.low)
        limit, number = self.count(rng)
        s.extra["K"] = self.head(s, rng, by, number, limit != 1)
        more = {"order": order, **({"limit": limit} if limit else {})}
        special = metric.rank.get(order)
        if timed:
            special = [t for t in special or [] if re.search("busiest|quietest|(had|has)[^<]* the (most|fewest)", t)]
        template = rng.choice(special if timed and special and rng.random() < 0.4 else WHEN if timed else special if special and rng.random() < 0.6 else LEAD if high and rng.random() < 0.1 else RANK_NOW if metric.point else RANK)
        if limit == 1 and not timed and rng.random() < 0.15:
            template = rng.choice(ONE_OF[:1] + ONE_OF[2:] if not high else ONE_OF)
        text = s.say(template)
        if number and rng.random() < 0.35:
            text = re.sub(rf"\b({s.extra['R']}|{s.extra['L']}) {number} ", lambda x: f"{number} {x.group(1)} ", text, count=1)
        return text, self.plan(s, **more)

    def ordered(self, rng):
        """All of them, the highest or the lowest first."""
        m, order = pick(rng, self.weights), "desc" if rng.random() < 0.7 else "asc"
        metric = self.d.metrics[m]
        s = self.scene(rng, m, [self.group(rng, m)], average=0.3)
        s.extra["L"] = rng.choice(metric.high if order == "desc" else metric.low)
        # Without a word for the order it is the highest first.
        templates = [t for t in SORTED if order == "desc" or "{, <first>" not in t]
        s.extra["first"] = rng.choice(FIRST[order])
        return s.say(rng.choice(templates)), self.plan(s, order=order)

    def listing(self, rng):
        """What has it: "which items are low in stock"."""
        m = pick(rng, self.lists)
        by = self.d.listed if rng.random() < 0.88 else self.group(rng, m)
        s = self.scene(rng, m, [by], average=0.45)
        limit, number = (None, "") if rng.random() < 0.88 else self.count(rng)
        if limit == 1:
            limit, number = None, ""
        s.extra["K"] = self.head(s, rng, by, number, True)
        if not self.d.metrics[m].counts and "\x05\x03" in s.extra["K"]:  # "hoya on order" asks how many
            s.extra["K"] += rng.choice([" items", " products", " models", " articles"])
        template = rng.choice(self.d.metrics[m].lists)
        text = s.say(template)
        if DIMENSION not in text:
            text, limit = text + dimension(self.d.listed), None
            s.by = [self.d.listed]
        more = {"order": "desc", "limit": limit} if limit else {}
        return text, self.plan(s, **more)

    def stepped(self, rng):
        m = pick(rng, self.timed)
        s = self.scene(rng, m, [rng.choice(TIMES[:3] + TIMES)], average=0.35)
        return s.say(rng.choice(STEPPED)), self.plan(s)

    def trend(self, rng):
        m = pick(rng, self.timed)
        s = self.scene(rng, m, average=0.35)
        return s.say(rng.choice(TREND)) + dimension(s.period.step), self.plan(s)

    def running(self, rng):
        m = pick(rng, {k: w for k, w in self.timed.items() if k in self.additive})
        s = self.scene(rng, m, [rng.choice(TIMES[:3])], average=0.3)
        return s.say(rng.choice(RUNNING)), self.plan(s, **{"as": "running"})

    def accumulated(self, rng):
        """A running total that names no step."""
        m = pick(rng, {k: w for k, w in self.timed.items() if k in self.additive})
        s = self.scene(rng, m, default=0.15, average=0.3)
        return s.say(rng.choice(ACCUMULATED)) + dimension(s.period.step), self.plan(s, **{"as": "running"})

    def particular(self, rng):
        """In the words of the domain's values: who has, wears, is."""
        p = rng.choices(self.d.particular, [p.weight for p in self.d.particular])[0]
        template, said = rng.choice(p.templates), set()
        s = self.scene(rng, p.metric, default=0.0 if p.named else 0.35)
        s.filters = {}
        self.values(rng, s, said)
        if p.by:
            s.by = [p.by if p.by != "time" else rng.choice(TIMES[1:4] + TIMES)]
        more, slots = dict(p.more), ("<D>", "<Ds>", "<K>", "<E>", "<T>")
        # What is named as a value is nothing to break down by, so the values come first.
        text = [x if x in slots else expand(rng, x, s) for x in re.split("(<D>|<Ds>|<K>|<E>|<T>)", template)]
        if any(x in slots[:3] for x in text) and not p.by:
            left = {k: w for k, w in self.d.dimensions.items() if k not in said}
            s.by = [pick(rng, left)]
            if p.metric in self.timed and "<K>" not in text and "did {each" not in template and rng.random() < 0.25:
                s.by = [rng.choice(TIMES[1:4] + TIMES)]
            if "<E>" in text:
                s.by.append(pick(rng, {k: w for k, w in left.items() if k not in s.by}))
            limit, number = self.count(rng)
            s.extra["K"] = self.head(s, rng, s.by[0], number, limit != 1)
            if limit and "<K>" in text:
                more["limit"] = limit
        if "compare" in more:
            s.period = periods.DEFAULT if rng.random() < 0.5 else periods.comparable(rng)
            s.said_period = s.period is periods.DEFAULT
        if p.against:
            s.period, compare = periods.comparable(rng), "previous"
            if s.period.year_ago and rng.random() < 0.36:
                compare = "year_ago"
            s.other = f"{rng.choice(AGAINST)} {expand(rng, rng.choice(getattr(s.period, compare)), {})}"
            s.said_period, more["compare"] = False, compare
        if "store" not in said and "store" not in s.by and "<T>" in text and rng.random() < 0.2:
            s.filters["store"] = [sample_value(rng, "store")]
        s.fronted = "<T>" in text[:2] or rng.random() < 0.6
        return s.say("".join(text)) + (dimension(p.by) if p.by not in ("", "time") else ""), self.plan(s, **more)

    def values(self, rng, s, said):
        """Slots of the scene that name one value of a kind each, and what the domain makes of them."""
        def named(kind):
            def say():
                said.add(kind)
                some = list(dict.fromkeys(self.d.values[kind][1](rng) for _ in range(1 if rng.random() < 0.95 else 2)))
                return s.join(some)
            return say

        s.extra |= {kind: named(kind) for kind in self.d.values}
        for word, (kind, some) in self.d.words.items():
            if kind:
                s.extra[word] = lambda kind=kind, some=some: said.add(kind) or value(rng.choice(some))
            else:
                s.extra[word] = lambda some=some: rng.choice(some)

    def part(self, rng):
        """Which share one value has: the breakdown by its kind, of everything."""
        if rng.random() < 0.5:
            m, kind, templates = rng.choice(self.d.parts)
        else:
            m, kind, templates = pick(rng, self.additive), self.kinds(rng, 1)[0], PART
        s = self.scene(rng, m, [kind], average=0.0)
        s.filters = {}
        s.extra["u"] = lambda: self.d.values[kind][1](rng)
        return s.say(rng.choice(templates)) + dimension(kind), self.plan(s, **{"as": "share"})

    def than(self, rng):
        """More or less than in a named period, the one asked about unsaid."""
        m, templates = rng.choice(self.d.than)
        then, period, compare = rng.choice(THAN) if "<then>" in (text := rng.choice(templates)) else ("", "default", "previous")
        s = self.scene(rng, m)
        s.period, s.said_period, s.filters = periods.Period(period), True, {}
        self.values(rng, s, set())
        s.extra["then"] = then
        if "<F>" in text and rng.random() < 0.2:
            s.filters["store"] = [sample_value(rng, "store")]
        return s.say(text), self.plan(s, compare=compare)

    def share(self, rng):
        m = pick(rng, self.additive)
        s = self.scene(rng, m, [self.group(rng, m)], average=0.25)
        return s.say(rng.choice(SHARE)), self.plan(s, **{"as": "share"})

    def compare(self, rng):
        m = pick(rng, self.dated)
        s = self.scene(rng, m, [self.group(rng, m)] if rng.random() < 0.2 else (), average=0.35)
        s.period = p = periods.comparable(rng)
        s.said_period = False
        if p.year_ago and rng.random() < 0.36:
            compare, name = "year_ago", expand(rng, rng.choice(p.year_ago), {})
        else:
            compare, name = "previous", expand(rng, rng.choice(p.previous), {})
        s.other = f"{rng.choice(AGAINST)} {name}"
        return s.say(rng.choice(["<M> {by|per|for each} <D><T>", "<show> <N> by <D><T>"]) if s.by else rng.choice(COMPARE_WORDS)), self.plan(s, compare=compare)

    def change(self, rng):
        m = pick(rng, self.dated)
        s = self.scene(rng, m, average=0.35)
        if rng.random() < 0.3:
            s.period = periods.DEFAULT
            return s.say(rng.choice(YOY)), self.plan(s, compare="year_ago")
        s.period = periods.DEFAULT if rng.random() < 0.5 else periods.comparable(rng)
        s.said_period = s.period is periods.DEFAULT
        template = rng.choice(CHANGE)
        if "<T>" not in template:
            s.period, template = periods.DEFAULT, template + "<F>"
        return s.say(template), self.plan(s, compare="previous")

    def move(self, rng):
        m, order = pick(rng, self.dated), rng.choice(["growth", "decline"])
        by = self.group(rng, m)
        s = self.scene(rng, m, [by], average=0.3)
        s.period = periods.DEFAULT if rng.random() < 0.5 else periods.comparable(rng)
        s.said_period = s.period is periods.DEFAULT
        limit, number = self.count(rng)
        s.extra["K"] = self.head(s, rng, by, number, limit != 1)
        template = rng.choice(MOVE[order])
        while "<N>" not in template:
            template = rng.choice(MOVE[order])
        template = re.sub(r"\{ (in|by) <N>\|( by <N>\|| in <N>\|)?\}", r" \1 <N>", template)
        return s.say(template), self.plan(s, compare="previous", order=order, **({"limit": limit} if limit else {}))

    def versus(self, rng):
        """Two named values against each other: a breakdown."""
        if self.d.versus and rng.random() < 0.5:
            m, kind, templates, more = rng.choice(self.d.versus)
            sampler, s = self.d.values[kind][1], self.scene(rng, m, [kind], default=0.5)
            s.filters, s.fronted = {}, True
            self.values(rng, s, set())
            s.extra["v"], s.extra["w"] = value(sampler(rng)), value(sampler(rng))
            return s.say(rng.choice(templates)) + dimension(kind), self.plan(s, **more)
        kind = self.kinds(rng, 1)[0]
        if kind == "product":
            kind = "store"
        m, sampler = pick(rng, self.weights), self.d.values[kind][1]
        v, w = sampler(rng), sampler(rng)
        if v == w:
            return self.versus(rng)
        s = self.scene(rng, m, [kind], average=0.1)
        s.extra["v"], s.extra["w"] = value(v), value(w)
        return s.say(rng.choice(VERSUS)) + dimension(kind), self.plan(s)

    def elsewhere(self, rng):
        """What another catalogue answers, this one does not."""
        import questions

        other = rng.choice([d for d in questions.DOMAINS if d != self.d.name])
        while True:
            text, plan = rng.choices(*zip(*questions.INTENTS[other].items()))[0](rng)
            # Units sold, received and lost are inventory's too, and who has how many patients is anybody's guess; so is
            # whose two words are.
            if plan.get("metric") == "revenue" and self.d.name == "inventory" and re.search(r"\bs(old|ells?|elling|ellers?|hift)\b|demand", text):
                continue  # "which brand sold the most" is units sold where there is no revenue
            if plan.get("metric") and plan["metric"] not in ("units", "orders", "returns", "return_rate", "returning_patients", "customers") and len(text.split()) > 3:
                return re.sub("\x02|\x03|\x04[^\x05]*\x05", "", text), {"unsupported": "not_in_data"}

    def unknown(self, rng):
        """A known figure by what the catalogue does not know."""
        m = pick(rng, self.weights)
        metric, (one, many) = self.d.metrics[m], rng.choice(self.d.unknown).split(",")
        s = self.scene(rng, m, [self.group(rng, m)], average=0.35)
        s.extra.update(D=one, Ds=many, DD=f"by {one}", K=rng.choice([one, many, many, f"{rng.randint(2, 10)} {many}"]))
        high = rng.random() < 0.75
        s.extra["R"], s.extra["L"] = rng.choice(TOP if high else BOTTOM), rng.choice(metric.high if high else metric.low)
        by_how, special = metric.by_how, metric.rank.get("desc" if high else "asc")
        if rng.random() < 0.6:
            template = rng.choice(by_how if by_how and rng.random() < 0.5 else BREAKDOWN)
        else:
            template = rng.choice(special if special and rng.random() < 0.6 else RANK)
        return re.sub("\x02|\x03|\x04[^\x05]*\x05", "", s.say(template)), {"unsupported": "not_in_data"}

    def tailed(self, rng):
        """A question the plan could answer, but for its last words."""
        text, _ = rng.choice([self.total, self.total, self.breakdown, self.particular, self.ranking])(rng)
        kind = rng.choice(list(self.d.values))
        tail = expand(rng, rng.choice(TAILS), {"store": lambda: names.store(rng), "value": lambda: self.d.values[kind][1](rng)})
        return re.sub("\x02|\x03|\x04[^\x05]*\x05", "", f"{text} {tail}"), {"unsupported": "not_in_data"}

    def past(self, rng):
        """How things stood is not known."""
        m = pick(rng, {k: w for k, w in self.weights.items() if self.d.metrics[k].point and k not in ("recall_due", "recall_overdue")})
        s = self.scene(rng, m, [self.group(rng, m)], average=0.3)
        s.period = rng.choice([p for p in periods.COMMON if p.plan.startswith(("last_", "yesterday"))]) if rng.random() < 0.5 else periods.month(rng) if rng.random() < 0.6 else periods.ago(rng)
        s.said_period = False
        s.s_was, s.nouns = lambda: "was", self.d.metrics[m].standing or s.nouns
        s.extra["K"] = rng.choice(self.d.plural[self.d.listed or "store"])
        lists = [t for t in self.d.metrics[m].lists if " are " in t]
        template = rng.choice(lists).replace(" are ", " were ") if lists and rng.random() < 0.5 else rng.choice(["what {was|were} <M><T>", "how much {was|were} <M><T>", "<N> {back |}<T>", "what did <M> look like<T>", "how {big|high|much} {was|were} <M><T>", "<M> {as of|at the end of|at the beginning of} <n>", "what {was|were} <M> {on|at the end of} <n>", "<N> by <D><T>"])
        s.extra["n"] = lambda: expand(rng, rng.choice(s.period.name or s.period.after), {})
        if "<n>" in template:
            s.said_period = True
        text = s.say(template)
        return re.sub("\x02|\x03|\x04[^\x05]*\x05", "", text), {"unsupported": "not_in_data"}

    def unsupported(self, rng, reason):
        own = self.d.unsupported.get(reason, [])
        if reason == "off_topic" or not own or (reason != "not_in_data" and rng.random() < 0.25):
            text, plan = {"off_topic": unsupported.off_topic, "forecast": unsupported.forecast, "cause": unsupported.cause}[reason](rng)
            return text, plan
        m = pick(rng, self.weights)
        s = self.scene(rng, m, [self.group(rng, m)], average=0.4)
        s.said_period, s.period = False, s.period if s.period is not periods.DEFAULT else periods.sample(rng)
        s.extra["t"] = lambda: "" if s.said_period or rng.random() < 0.4 else " " + s.period_words()
        s.extra["thing"] = lambda: rng.choice([names.brand, names.product, lambda r: sample_value(r, "category")])(rng)
        s.extra["store"], s.extra["brand"], s.extra["staff"] = lambda: names.store(rng), lambda: names.brand(rng), lambda: names.staff(rng)
        text = expand(rng, rng.choice(own), s)
        return re.sub("\x02|\x03|\x04[^\x05]*\x05", "", text), {"unsupported": reason}
