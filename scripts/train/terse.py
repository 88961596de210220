"""Sales questions as notes: a measure, names and a period one behind the other, in any order; and people as subjects."""

import linking
import names
import periods
import rankings
import words
from grammar import expand, value
from scene import Scene, pick, sample_filters, sample_value
from totals import metric, named, period, spanning

# What a note calls the measures: short.
NOUNS = {
    "revenue": ["sales", "sales", "revenue", "rev", "takings", "turnover", "income", "sales total", "total sales", "sales figures", "figures", "numbers"],
    "units": ["units", "units sold", "pieces", "pieces sold", "pairs sold", "qty", "quantity", "number sold", "unit sales", "volume", "items sold", "pcs"],
    "orders": ["orders", "transactions", "receipts", "tickets", "invoices", "number of orders", "order count", "txns", "bills", "no. of orders"],
    "customers": ["customers", "shoppers", "buyers", "clients", "customer count", "number of customers", "custs"],
    "average_order_value": ["aov", "average order", "average basket", "avg basket", "average ticket", "avg ticket", "avg sale", "average sale", "average order value", "avg spend", "basket size", "average spend"],
    "gross_margin": ["profit", "gross profit", "gp", "margin", "gross margin", "profits"],
    "margin_rate": ["margin %", "margin rate", "gp %", "margin percentage", "% margin", "margin pct", "gross margin %", "margin in percent"],
    "discount": ["discounts", "money off", "markdowns", "discount total", "discounts given", "reductions"],
    "discount_rate": ["discount %", "discount rate", "avg discount", "average discount", "discount percentage", "discount pct"],
    "returns": ["returns", "pieces returned", "items returned", "no. of returns", "returned items", "number of returns"],
    "refunds": ["refunds", "refund total", "money refunded", "refund amount", "money back", "refunded"],
    "return_rate": ["return rate", "return %", "returns %", "% returned", "rate of returns", "returns percentage"],
}
STORE = ["<v>", "<v>", "<v>", "<v> {store|shop|branch}", "the <v> {store|shop|branch}", "{at|in} <v>", "@ <v>"]
STAFF = ["<v>", "<v>", "<v>", "by <v>", "for <v>"]
SEGMENT = ["<v>", "<v>", "<v>", "to <v>", "for <v>", "<v> customers"]


def notes(s):
    """The filters, one note each."""
    rng, f, out = s.rng, s.filters, []
    if named(s):
        out.append(s.object())
    for kind, ways in (("store", STORE), ("staff", STAFF), ("segment", SEGMENT)):
        if kind in f:
            out.append(expand(rng, rng.choice(ways), {"v": s.join(f.pop(kind))}))
    rng.shuffle(out)
    return out


def when(s):
    """The period in its shortest words, or nothing."""
    if s.said_period:
        return ""
    s.said_period = True
    return s.say(s.rng.choice(s.period.name if s.period.name and s.rng.random() < 0.5 else s.period.after))


def joined(rng, notes, what, time):
    """The notes, the measure and the time in one of the orders people write them."""
    notes = [n for n in notes if n]
    if rng.random() < 0.5 or len(notes) > 1 and rng.random() < 0.6:
        out = [*notes, what, time]
        rng.shuffle(out)
        return rng.choice([", ", ", ", ", ", " - ", " / ", ": "]).join(n for n in out if n)
    # Without commas two names would run into each other: the measure or the time stands between.
    first, rest = (notes or [""])[0], ", ".join(notes[1:])
    order = rng.choice([[first, what, rest, time], [first, what, time, rest], [what, first, time, rest], [time, first, what, rest], [first, time, what, rest], [what, time, first, rest]])
    out = [n for n in order if n]
    if rest and out[-1] != rest and out.index(rest) and out[out.index(rest) - 1] == first:
        return ", ".join(out)
    return " ".join(out)


def scene(rng, m, by=(), default=0.25, average=1.1):
    s = Scene(rng, m, spanning(rng, by[0] if by else "", default), sample_filters(rng, average), by)
    for b in by:
        s.filters.pop(b, None)
    if "product" in by:
        s.filters.pop("product", None)
    return s


def total(rng):
    m = metric(rng)
    s = scene(rng, m)
    what = rng.choice(NOUNS[m]) + rng.choice(["", "", "", "", "", "?", ":", " please", " total" if m in ("revenue", "units", "orders", "refunds", "discount", "gross_margin") else ""])
    if rng.random() < 0.12:
        what = rng.choice(["total ", "our ", "the "]) + what
    return joined(rng, notes(s), what, when(s)), {"metric": m, "period": s.period.plan}


def breakdown(rng):
    m, by = metric(rng), pick(rng, {**words.DIMENSION_WEIGHTS, "weekday": 6, "day": 5, "week": 5, "month": 7, "quarter": 2})
    s = scene(rng, m, [by], 0.3, 0.6)
    noun, one = rng.choice(NOUNS[m]), s.s_D()
    what = rng.choice([f"{noun} by {one}", f"{noun} per {one}", f"{noun} / {one}", f"{noun}, by {one}", f"{noun} each {one}", f"{noun} by {one}", f"by {one} {noun}", f"per {one}, {noun}"])
    if by in words.TIMES and rng.random() < 0.5:
        what = f"{s.s_A()} {noun}"
    return joined(rng, notes(s), what, when(s)), {"metric": m, "period": s.period.plan}


def ranking(rng):
    m, by = metric(rng) if rng.random() < 0.6 else "revenue", pick(rng, {**words.DIMENSION_WEIGHTS, "day": 5, "month": 4, "week": 2, "weekday": 4})
    s = scene(rng, m, [by], 0.3, 0.7)
    high = rng.random() < 0.72
    rankings.rank_words(s, rng, high)
    limit, number = rankings.count(rng)
    if number and s.extra["R"] == "number one":
        s.extra["R"] = "top"
    k = rankings.head(s, rng, by, number, limit != 1)
    top = rankings.number_first(s, rng, f"{s.extra['R']} {k.strip()}".strip(), number)
    if m != "revenue" or rng.random() < 0.2:
        noun = rng.choice(NOUNS[m])
        top = rng.choice([f"{top} by {noun}", f"{top} by {noun}", f"{top} for {noun}", f"{noun}, {top}", f"{noun}: {top}", f"{top} ({noun})", f"{top}, {noun}"])
    plan = {"metric": m, "period": s.period.plan, "order": "desc" if high else "asc"}
    if limit:
        plan["limit"] = limit
    return joined(rng, notes(s), top, when(s)), plan


def compare(rng):
    m, p = metric(rng), periods.comparable(rng)
    s = scene(rng, m, (), 0, 0.8)
    s.period = p
    year = p.year_ago and rng.random() < 0.36
    other = expand(rng, rng.choice(p.year_ago if year else p.previous), {})
    name = expand(rng, rng.choice(p.name or p.after), {})
    versus = f"{name} {rng.choice(['vs', 'vs', 'v', 'versus', 'against', 'compared to', 'cf', 'vs.'])} {other}"
    return joined(rng, notes(s), rng.choice(NOUNS[m]), versus), {"metric": m, "period": p.plan, "compare": "year_ago" if year else "previous"}


# One person or one store does it. <z> is who.
DOES = {
    "revenue": ["what did <z> {sell|do|take|make|bring in|turn over|ring up}<t>", "how much did <z> {sell|do|take|make|bring in|turn over|ring up}<t>", "how much has <z> {sold|done|taken|made|brought in|turned over}<t>", "what has <z> {sold|done|taken|made|brought in}<t>", "how {is|'s} <z> {doing|getting on|selling|performing|looking}<t>", "how did <z> {do|get on|perform|sell}<t>", "what's <z> {done|sold|taken|made}<t>", "{how's|hows} <z> been {doing|selling|getting on|performing}<t>", "<z> sold how much<t>", "<z>{,|:|} how much {sold|in sales|taken}<t>", "what did <z> do in {sales|revenue|takings}<t>", "<t>, how much did <z> {sell|take|make}", "<t> what did <z> {sell|do|take}", "{total|everything|all} <z> sold<t>", "how much did <z>'s sales come to<t>"],
    "units": ["how many {pieces|pairs|units|items|frames|things} did <z> {sell|shift|move|dispense}<t>".replace("|frames", ""), "how many {pieces|pairs|units|items} has <z> {sold|shifted|moved}<t>", "<z>{,|:|} {units|pieces|pairs} sold<t>"],
    "orders": ["how many {orders|transactions|receipts|tickets|invoices|bills} did <z> {ring up|do|handle|have|take|write|close|put through}<t>", "how many {orders|transactions|receipts|tickets} has <z> {rung up|done|handled|had|taken}<t>", "how busy {was|is} <z><t>"],
    "customers": ["how many {customers|people|shoppers|clients} did <z> {serve|have|sell to|see|help}<t>", "how many {customers|people|clients} has <z> {served|had|sold to}<t>"],
    "average_order_value": ["what {is|was} <z>'s {average sale|average ticket|aov|average basket|avg order}<t>", "how much {does|did} <z> {sell|make|take} per {order|ticket|transaction}<t>", "how {big|high} {is|was} <z>'s average {sale|ticket|basket|order}<t>"],
    "gross_margin": ["how much profit did <z> {make|bring in|earn}<t>", "what {profit|margin|gp} did <z> make<t>", "how {profitable|much in the black} {is|was} <z><t>".replace("{profitable|much in the black}", "profitable"), "how much {profit|margin|gp} has <z> {made|brought in}<t>"],
    "margin_rate": ["what {margin %|margin rate|margin percentage|percentage margin} {does|did|is} <z> {make|run at|have|at|get}<t>".replace("|is} <z> {make|run at|have|at|get}", "} <z> {make|run at|have|get}")],
    "discount": ["how much {discount|money off} did <z> {give|allow|hand out}<t>", "how much has <z> {discounted|given away|knocked off|given in discounts}<t>", "what did <z> give away in {discounts|markdowns|money off}<t>"],
    "discount_rate": ["what {percentage|percent|%} does <z> {discount|knock off|take off}<t>", "how much does <z> discount on average<t>", "what's <z>'s average discount<t>"],
    "returns": ["how many returns did <z> {have|get|take|see}<t>", "how many {pieces|pairs|items} has <z> {had back|taken back|had returned}<t>", "how many {pieces|items} did <z> take back<t>"],
    "refunds": ["how much did <z> {refund|pay back|give back}<t>", "how much has <z> {refunded|paid back|given back}<t>", "what did <z> refund<t>"],
    "return_rate": ["what's <z>'s return rate<t>", "how high is <z>'s return rate<t>", "what {percentage|percent|share} of <z>'s sales {came back|comes back|were returned}<t>"],
}


def does(rng):
    """"What did maria sell on friday": the subject is a name, with or without what is sold."""
    kind = rng.choice(["staff", "staff", "store"])
    s = Scene(rng, metric(rng) if rng.random() < 0.55 else "revenue", period(rng, 0.25), {kind: [sample_value(rng, kind)]})
    if kind == "staff" and rng.random() < 0.35:
        s.filters[kind] = [linking.note("staff", f"{rng.choice(names.FIRST)} {rng.choice(names.LAST)}")]
    v = value(s.filters.pop(kind)[0])
    z = v if kind == "staff" else rng.choice([v, v, f"the {v} {s.shop()}", f"our {v} {s.shop()}", f"{v} {s.shop()}"])
    if v.endswith(("s\x03", ".\x03")):
        z = v
    s.extra["z"] = z
    if rng.random() < 0.35:
        s.filters.update({k: x for k, x in sample_filters(rng, 1.2).items() if k in ("brand", "category", "product")})

    def rest():
        thing = s.object()
        thing = f" {rng.choice(['of', 'on', 'in', 'for', 'with', 'from'])} {thing}" if thing else ""
        time = "" if s.said_period else " " + s.period_words()
        return thing + time if rng.random() < 0.8 else time + thing

    s.extra["t"] = rest
    return s.say(rng.choice(DOES[s.metric])), {"metric": s.metric, "period": s.period.plan}


MANY = [w for w in words.SEGMENTS if w.endswith("s") and w not in ("gamers",)] + ["children", "young people", "working people", "women", "men"]
# A customer group is the subject: how many bought, how much they spent.
BUY = {
    "customers": ["how many <g> {bought|shopped|purchased|came in and bought|bought from us|shopped here|bought something|made a purchase|spent money} {with us|here|}<t>", "how many <g> did <S> {serve|have|sell to|get|see}<t>", "how many <g> {bought|purchased|got|took home} <O><t>", "number of <g> {who bought|buying|that bought} <Q><t>", "how many <g> {are|were} {buying|shopping}{ with us| here|}<t>", "how many <g> {have bought|have shopped|did we have as customers|were served}<t>", "how many {customers|buyers|shoppers} were <g><t>", "{number|count} of <g> served<t>", "how many <g> bought {something|anything}<t>"],
    "revenue": ["how much {do|did|have} <g> {spend|spent}{ with us| here| in the shop|}<t>", "what {do|did} <g> spend{ with us| here|}<t>", "how much money {do|did} <g> {spend|leave with us|bring in|bring us}<t>", "how much {do|did} <g> {buy|buy for|spend on} <O><t>".replace("buy|buy for|spend on", "spend on"), "<g> {spend|spending}<t>", "how much {came|comes} from <g><t>", "how much did we {make from|take from|sell to|earn from} <g><t>", "what did we {make from|take from|sell to|earn from} <g><t>", "how much {business|money} did <g> bring{ us| in|}<t>"],
    "units": ["how many {pairs|pieces|units|items} did <g> {buy|take|take home}<t>", "how many <I> did <g> buy<t>", "how many <I> did we sell to <g><t>", "what quantity did <g> buy<t>"],
    "orders": ["how many {orders|transactions|receipts} did <g> {make|place|have}<t>", "how many {orders|purchases|transactions} {came|were} from <g><t>".replace("|purchases", "")],
    "average_order_value": ["how much {do|did} <g> spend {on average|per order|per ticket|a time|each time}<t>", "what's the average {basket|order|spend|ticket} {of|for|with} <g><t>", "what {do|did} <g> {typically|usually} spend per {order|ticket|transaction}<t>"],
    "returns": ["how many {pieces|pairs|items|things} did <g> {return|bring back|send back}<t>", "what number of items did <g> return<t>"],
    "discount": ["how much {discount|money off} did <g> get<t>", "how much did we {discount|knock off} for <g><t>"],
    "refunds": ["how much did we refund {to |}<g><t>", "how much did <g> get {back|refunded}<t>"],
}
MANY_WEIGHTS = {"customers": 10, "revenue": 8, "units": 3, "orders": 2, "average_order_value": 3, "returns": 1, "discount": 1, "refunds": 1}


def group(rng):
    m = pick(rng, MANY_WEIGHTS)
    s = Scene(rng, m, period(rng, 0.3), {k: x for k, x in sample_filters(rng, 0.5).items() if k not in ("segment", "staff")})
    g = [rng.choice(MANY)]
    if rng.random() < 0.08:
        g = list(dict.fromkeys([*g, rng.choice(MANY)]))
    s.extra["g"] = s.join([linking.note("segment", w) for w in g])
    s.extra["t"] = lambda: s.s_T()
    template = rng.choice([t for t in BUY[m] if named(s) or "<O>" not in t])
    return s.say(template), {"metric": m, "period": s.period.plan}


INTENTS = {total: 5, breakdown: 2.4, ranking: 3, compare: 2, does: 4, group: 2.4}
