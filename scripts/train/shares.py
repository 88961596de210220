"""Sales questions for shares of the total and for running totals."""

from domain import RUNNING, SHARE
from scene import Scene, pick, sample_filters
from totals import period
from words import DIMENSION_WEIGHTS, METRIC_WEIGHTS, TIMES

ADDITIVE = {k: METRIC_WEIGHTS[k] for k in ("revenue", "units", "orders", "gross_margin", "discount", "returns", "refunds")}


def share(rng):
    m, by = pick(rng, ADDITIVE), pick(rng, DIMENSION_WEIGHTS)
    s = Scene(rng, m, period(rng), sample_filters(rng, 0.25), [by])
    s.filters.pop(by, None)
    return s.say(rng.choice(SHARE)), {"metric": m, "period": s.period.plan, "as": "share"}


def running(rng):
    m, by = pick(rng, ADDITIVE), rng.choice(TIMES[:3])
    s = Scene(rng, m, period(rng), sample_filters(rng, 0.3), [by])
    return s.say(rng.choice(RUNNING)), {"metric": m, "period": s.period.plan, "as": "running"}


INTENTS = {share: 2.4, running: 1.6}
