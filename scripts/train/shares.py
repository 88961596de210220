"""Sales questions for shares of the total and for running totals."""

import re

import linking
import names
from domain import RUNNING, SHARE
from frames import PART
from grammar import dimension
from scene import Scene, pick, sample_filters, sample_value
from totals import period
from words import DIMENSION_WEIGHTS, METRIC_WEIGHTS, TIMES

MORE = ["how much of <M> is each <D>{ in percent| in %|, percentage wise}<T>", "how much of <M> {comes from|is down to|is due to|is from} each <D>{,|} {in percent|in %|as a share|percentage wise|proportionally}<T>", "what {slice|chunk|piece|share|portion|part} of <M> {comes from|is|belongs to|goes to} {each|every} <D><T>", "each <D> as a {share|percentage|%|proportion} of {total |our |all |}<N><T>", "{percentages|pct|% share|share} of <N> by <D><T>", "<N> {mix|shares} by <D><T>", "<N>{,|:} share {per|by|of each|for each} <D><T>", "what {share|proportion|percentage|%} does {each|every} <D> {have|take|make up|bring in} of <N><T>", "<D> shares of <N><T>", "{share|proportion|percentage|portion} of <N> {for|from|at|with} {each|every} <D><T>", "<show> what {share|percentage|proportion} of <N> {each|every} <D> {has|makes up|brings in|takes}<T>", "how {big|large} a {share|part|slice} of <M> {does each <D> have|is each <D>}<T>", "<T>, share of <N> {by|per} <D>", "{by|per} <D>{,|:} {share|percentage|proportion|%} of {total |}<N><T>", "relative share of {each|every} <D> in <N><T>"]
MORE_RUNNING = ["<N><T>{,|} {cumulative|cumulated|running total|added up} {by|per} <D>", "cumulative <A> <N><T>", "<A> <N>{,|} {as a running total|with running total|building up|totted up}<T>", "<N> {piling up|adding up|building up|accumulating} {by|per|each} <D><T>", "{accumulated|cumulated|cumulative} <N>{,|} {by|per|each|for each} <D><T>", "running total{,|:| of} <N>{,|} <A><T>", "{keep adding up|add up} <N> {by|per|each} <D><T>", "<N> {running|cumulative} sum {by|per} <D><T>", "{tot up|sum up} <N> <A>{,|} {cumulative|running}<T>", "<N> to date {per|by} <D>{,|} {cumulative|running total|accumulated}<T>"]
# Asked for in per cent, these would be the rates of their own: margin rate, discount rate, return rate.
RATED = {"gross_margin", "discount", "returns"}
PER_CENT = re.compile(r"%|per ?cent|\bpct\b")
ADDITIVE = {k: METRIC_WEIGHTS[k] for k in ("revenue", "units", "orders", "gross_margin", "discount", "returns", "refunds")}


def share(rng):
    m, by = pick(rng, ADDITIVE), pick(rng, DIMENSION_WEIGHTS)
    s = Scene(rng, m, period(rng), sample_filters(rng, 0.25), [by])
    s.filters.pop(by, None)
    text = s.say(rng.choice(SHARE + MORE))
    return (text, {"metric": m, "period": s.period.plan, "as": "share"}) if m not in RATED or not PER_CENT.search(text) else share(rng)


# One value's share is the breakdown by its kind, of everything.
MORE_PART = ["how much of <M> {comes from|is down to|is from} <u><T>", "{how much|what share|what part} of <M> {do|does} we {make|get} {from|with|on} <u><T>", "what {share|part|portion|proportion|chunk} of <M> {comes from|came from|is|was} <u><T>", "{percentage|share|proportion|%} of <M> {from|for|that is} <u><T>", "<u> as a {share|part|proportion|percentage} of total <N><T>", "<u>{,|:} share of <N><T>", "how {big|large} is <u>'s share of <N><T>", "how {big|large} a {share|part} of <M> is <u><T>", "what {percentage|percent|%} of <M> {are|is|was|were} <u><T>", "<T>, what share of <M> {came from|was} <u>"]


REAL = [b for b in names.BRANDS if b not in {*names.FIRST, *names.LAST, *names.STORES}]


def part(rng):
    m, by = pick(rng, {"revenue": 8, "units": 3, "orders": 2, "gross_margin": 1, "refunds": 1}), pick(rng, {"category": 8, "segment": 5, "brand": 6, "store": 5, "staff": 2})
    s = Scene(rng, m, period(rng), {}, [by])
    # Its kind is to be known by the name or by the line in front.
    s.extra["u"] = lambda: linking.note(by, rng.choice({"store": names.STORES, "staff": names.FIRST, "brand": REAL}[by])) if by in ("store", "staff", "brand") else sample_value(rng, by)
    text = s.say(rng.choice(PART + MORE_PART))
    return (text + dimension(by), {"metric": m, "period": s.period.plan, "as": "share"}) if m not in RATED or not PER_CENT.search(text) else part(rng)


def running(rng):
    m, by = pick(rng, ADDITIVE), rng.choice(TIMES[:3])
    s = Scene(rng, m, period(rng), sample_filters(rng, 0.3), [by])
    return s.say(rng.choice(RUNNING + MORE_RUNNING)), {"metric": m, "period": s.period.plan, "as": "running"}


INTENTS = {share: 2.4, part: 1.4, running: 1.6}
