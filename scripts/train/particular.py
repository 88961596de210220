"""Questions that name their values themselves, and what "more than" is said against."""

from dataclasses import dataclass, field


@dataclass
class Particular:
    """Questions that name their values themselves: "kids with myopia at downtown"; slots are the kinds of values."""

    metric: str
    templates: list
    weight: float = 1
    named: bool = False  # only with a named period: without one the words mean another metric
    against: bool = False  # compared with another period
    by: str = ""  # what the words break down by without naming it; "time": a step that they name, <D> or <A>
    more: dict = field(default_factory=dict)  # order and limit that the words say


# What "more than last month" is compared with, the period asked about, the kind of comparison.
THAN = [("last week", "this_week", "previous"), ("last month", "this_month", "previous"), ("last month", "this_month", "previous"), ("last quarter", "this_quarter", "previous"), ("last year", "this_year", "previous"), ("yesterday", "today", "previous"), ("the previous month", "this_month", "previous"), ("the previous quarter", "this_quarter", "previous"), ("the previous week", "this_week", "previous"),
        ("the same month last year", "this_month", "year_ago"), ("the same week last year", "this_week", "year_ago"), ("the same quarter a year ago", "this_quarter", "year_ago"), ("before", "default", "previous")]

# What changes nothing of a metric that tells how things stand; of people who came, the second kind would be a period.
NOW = ["right now", "at the moment", "currently", "as of today", "at present", "as of now", "as we speak", "as things stand", "at this point", "at this moment", "by now", "for the moment"]
NOW_TOO = ["today", "this week", "this month", "this morning", "now", "today please", "for today", "for this week", "this wk", "tday"]
