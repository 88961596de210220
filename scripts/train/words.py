"""The catalogue's metrics and dimensions in the words of a shop, on top of the words the catalogue itself lists."""

import os

import yaml

CATALOGUES = os.path.join(os.path.dirname(__file__), "..", "..", "assistant", "semantic")
DOMAINS = ("sales", "inventory", "patients")

# How often people ask for each metric.
METRIC_WEIGHTS = {"revenue": 40, "units": 12, "orders": 9, "customers": 6, "average_order_value": 8, "gross_margin": 8, "margin_rate": 5,
                  "discount": 5, "discount_rate": 4, "returns": 5, "refunds": 4, "return_rate": 4}

# Nouns, beyond the catalogue's words.
NOUNS = {
    "revenue": ["revenue", "sales", "sales", "numbers", "sales report", "sales summary", "sales overview", "sales performance", "sales results", "till takings", "sales amount", "total sales value", "total sales", "sales figures", "sales numbers", "sales total", "sales revenue", "net sales", "takings", "turnover", "income", "rev", "sales figure",
                "total revenue", "total takings", "money in", "sales income", "total turnover", "sales in money", "sales value"],
    "units": ["number of units", "number of pieces", "number of items sold", "unit sales", "quantity sold", "qty", "qty sold", "sales in units", "number of units sold", "pieces sold", "sales quantity", "sold pieces",
              "number of pairs", "pairs sold", "sales volume in pieces", "number of products sold", "number of pairs sold", "sold units", "unit volume", "total units"],
    "orders": ["number of orders", "order count", "number of transactions", "transaction count", "orders count", "number of receipts", "number of invoices", "total orders", "order numbers", "number of tickets", "no. of orders", "order volume"],
    "customers": ["number of customers", "customer count", "unique customers", "customer numbers", "distinct customers", "number of shoppers", "number of clients", "number of buyers", "different customers", "paying customers", "total customers", "buying customers"],
    "average_order_value": ["avg order value", "avg basket", "avg ticket", "average basket size", "average transaction value", "basket size", "average ticket size", "average order size", "mean order value", "basket value", "avg spend",
                            "average order", "average transaction", "avg sale", "average spend per customer", "avg spend per ticket", "atv", "spend per order", "revenue per order", "average receipt", "average invoice", "average spend per order", "avg order", "avg basket value", "ticket size", "average basket value"],
    "gross_margin": ["profit", "profits", "margin", "margins", "total profit", "gross profits", "gm", "gross margin in money", "total margin", "profit made", "gross profit total", "profit margin"],
    "margin_rate": ["margin %", "margin percent", "gross margin %", "gross margin percentage", "gross margin rate", "margin in percent", "percentage margin", "profit percentage", "% margin", "margin as a percentage", "margin pct", "profit rate",
                    "profit margin percentage", "profit margin %", "gross margin in percent", "profit in percent", "margin in %", "gm %", "profit ratio", "gross margin ratio"],
    "discount": ["total discounts", "discounts given", "discount amount", "discount total", "reductions", "discounting", "price cuts", "discounts granted", "discount value", "total markdowns", "money off given", "discount money"],
    "discount_rate": ["discount %", "avg discount", "average discount rate", "markdown rate", "average markdown", "% discount", "discount in percent", "discount as a percentage", "markdown percentage", "discount pct", "avg discount %", "average discount percentage", "mean discount"],
    "returns": ["number of returns", "returned products", "product returns", "return count", "returned goods", "units returned", "number of returned items", "returned units", "number of pieces returned", "total returns", "items brought back", "pieces brought back"],
    "refunds": ["refund amount", "total refunds", "refund total", "refunded money", "value of refunds", "refunds paid", "amount refunded", "refunds given", "refund value", "money given back"],
    "return_rate": ["return percentage", "returns rate", "return %", "% returned", "percentage of returns", "percentage returned", "return ratio", "returns %", "returns ratio", "rate of return", "return rate in percent", "percent returned"],
}

# Questions that name the metric by what happens. <did> <have> <does> agree with the subject <S>; <O> is what is sold.
HOW = {
    "revenue": ["how much <did> <S> {sell|sell|make|take|bring in|earn|turn over|gross|take in}<of>", "how much <have> <S> {sold|made|taken|brought in|earned}<of>", "how much money <did> <S> {make|take|bring in|earn}<of>",
                "how much <O> <did> <S> sell", "how much <O> <have> <S> sold", "how much {money |cash |}{came in|was made|was taken|was brought in|did we pull in}<of>", "how much {revenue|turnover|income} <did> <S> {make|do|have|get|generate|bring in}<of>",
                "what <did> <S> {make|take|take in|bring in|earn|turn over|do in sales|do in revenue|gross}<of>", "how much {<O> |}{was|has been} sold", "what {have|has} <S> {made|taken|brought in}<of>", "how much in sales <did> <S> {do|make|have}<of>",
                "how much {is|are} <S> {selling|making|taking|bringing in}<of>", "how much <did> <S> do<of>", "how much<of>", "how much <have> <S> done<of>", "what <have> <S> {done|sold|taken}<of>", "how much <does> <S> {sell|make|take|bring in}<of>", "how much {worth of |}<O> did {we|people|customers} {sell|buy}", "how much did {people|customers|clients} spend<of>", "what did {people|customers|clients} spend<of>", "how much {money |cash |}<did> <S> {generate|ring up|clear|rake in|pull in}<of>", "how much went through the till<of>", "what {came in|went through the till|was rung up|was taken}<of>", "how much <did> <S> {shift|flog|sell in total|sell altogether|bring in in sales}<of>", "how much money did <O> {make us|bring in|bring us|earn us|make}", "what were <S> {making|taking|selling}<of>", "how much were <S> {making|taking|selling}<of>", "how much {sales|turnover|revenue|income} came<of>"],
    "units": ["how many <I> <did> <S> sell", "how many <I> <did> <S> sell", "how many <I> <have> <S> sold", "how many <I> {were|have been|got} sold", "how many <I> {went out|left the shop|went over the counter}", "how many <I> <does> <S> sell", "how many {pairs|pieces|units} of <O> <did> <S> sell",
              "how many <I> did {people|customers|clients} buy", "what quantity {of <O> |}<did> <S> sell", "how many of <O> <did> <S> sell", "how many <did> <S> sell<of>", "<O>: how many {sold|did we sell}", "how many <I> <did> <S> {move|get rid of|hand out|dispense}", "how many units<of> {were|have been} sold", "how many <I> {<did> <S> shift|<did> <S> ship|<did> <S> dispense|<did> <S> get through|have <S> shifted|have <S> moved}", "how many <I> {are|is} <S> {selling|moving|shifting}", "how many {pairs|units|pieces} {were|have been} sold<of>", "number of <I> sold", "how many sales of <O> <did> <S> {make|do|have}", "how many <I> {sold|shifted|moved}", "how many <I> left the {shelf|shelves|shop}", "how many <I> did we {hand over|sell in total|sell altogether}"],
    "orders": ["how many {orders|transactions|receipts|invoices|tickets} <did> <S> {have|get|take|process|do|ring up|handle|complete|close|make|write}<of>", "how many {orders|transactions|receipts|invoices|tickets} {were there|came in|went through|have there been|are there}<of>",
               "how many {orders|transactions} <have> <S> {had|done|taken|processed|completed}<of>", "how many orders {contained|included|had} <O>", "how many times did {people|customers} {buy|order}<of>", "how many {orders|transactions|tickets} <does> <S> {do|get|have|process}<of>", "how busy {were|was|are|is} <S>", "how many {orders|transactions|tickets}<of>", "how many {orders|transactions|receipts|invoices|tickets} {are|is} <S> {doing|getting|taking|processing|making}<of>", "how many {orders|transactions|receipts|invoices|tickets} <did> <S> {ring through|put through|issue|print|log|book|close out}<of>", "how many {orders|receipts|transactions|tickets} {went|were put} through the till<of>", "how many {receipts|tickets|invoices|orders} {were|got} {rung up|written|issued|taken|made}<of>"],
    "customers": ["how many {customers|clients|shoppers|buyers|people} {bought|purchased} <Q>", "how many {different |unique |}{customers|clients|shoppers|buyers} <did> <S> {have|serve|get|see|sell to}<of>", "how many {customers|clients|shoppers|buyers} {came in and bought|bought|shopped with us|bought from us|were there|have there been}<of>",
                  "how many people bought {something|anything|from us|<O>}", "how many {customers|shoppers|clients|buyers} <have> <S> {had|served|sold to}<of>", "how many {people|customers} <did> <S> serve<of>", "how many {customers|clients|shoppers|people} {are|is} <S> {serving|getting|seeing}<of>", "how many {different|unique|separate} people bought <Q>", "how many {customers|shoppers|people|clients} {got|picked up|took home|went for} <Q>", "how many {customers|shoppers|buyers} <did> <S> {attract|deal with|help|look after}<of>"],
    "average_order_value": ["how much {does|did} {a|each|the average|the typical} {customer|client|shopper|order} {spend|spend per order|spend on average}<of>", "how much {do|did} {people|customers|clients|they} spend {on average|per order|per ticket|at a time|each time}<of>", "how {big|large|high} {is|was} {our|the} {average|avg} {order|basket|ticket|sale}<of>",
                            "what {does|did} {an|the} average {order|ticket|sale} {come to|bring in|amount to}<of>", "how much {is|was} {an|the} average {order|ticket|basket|sale} {worth|}<of>", "what {is|was} {a typical order|the typical basket} worth<of>", "how much {do|did} <S> {make|take|sell} per order<of>", "how much <did> <S> sell per {order|ticket|transaction} on average<of>"],
    "gross_margin": ["how much {profit|margin|gross profit|gross margin} <did> <S> {make|have|earn|bring in|get|generate}<of>", "what <did> <S> make in {profit|margin}<of>", "how much <did> <S> {profit|make after cost of goods|keep after cost}<of>", "how much {profit|margin} {have|has} <S> made<of>", "how much {profit|margin} {is|was} {there|left}<of>", "how much {profit|margin} <does> <S> make<of>",
                     "how profitable {was|is|were} {<O>|<S>}"],
    "margin_rate": ["what {percentage|percent|%} {margin|profit} <did> <S> make<of>", "what {percentage|percent|%} {margin|profit} <does> <S> make<of>", "how much {margin|profit} in {percent|%} <did> <S> make<of>", "what {is|was} {our|the} {margin|profit} {as a percentage|in percent|in %}<of>", "what {percentage|percent|share} of {revenue|sales} is {profit|margin}<of>", "how high {is|was} {our|the} margin {rate|percentage}<of>",
                    "what margin % {are|is} <S> {making|running at|getting}<of>", "what {margin rate|margin percentage|margin %|percentage margin|profit percentage} {are|were} <S> {running at|making|on|working at|getting}<of>", "how many percent {margin|profit} {do|did} we make<of>", "what {margin rate|margin percentage} do we {have|make|get}<of>"],
    "discount": ["how much {discount|money off} <did> <S> {give|grant|offer|hand out|allow}<of>", "how much <did> <S> {discount|mark down|knock off|take off}<of>", "how much {discount|money off} {was|has been} given<of>", "how much {did|do} {discounts|markdowns|price reductions} cost us<of>", "what {did|do} <S> {give|grant} in discounts<of>", "how much in discounts <did> <S> give<of>", "how much <have> <S> {handed out|knocked off|granted} {in discounts|in markdowns|in money off}<of>", "how much {have|has} <S> {let go|lost|given up} in discounts<of>", "how much money {was|has been} {knocked off|taken off} {prices|the price}<of>", "what <have> <S> given away in {discounts|markdowns}<of>", "how much {have|has} <S> {discounted|given in discounts|marked down}<of>",
                 "what did {discounts|markdowns} come to<of>", "how much {were|was} the {discounts|markdowns}<of>", "{were there |did we give |}any {discounts|markdowns}<of>"],
    "discount_rate": ["what {percentage|percent|%} {discount|off} <did> <S> give<of>", "how much {discount|off} {do|did|does} <S> give on average<of>", "by {what percent|what percentage|how many percent} <did> <S> discount<of>", "how {deep|high|big} {are|were|is|was} {our|the} {average discount|discount rate|discounts in percent|discount percentage}<of>", "what {percentage|percent|share} of {list price|the price|sales} {do|did} <S> give away<of>",
                      "what {is|was} the average {discount|markdown}<of>", "what {discount rate|discount percentage|discount %|average discount} {are|were} <S> {running at|giving|on|working with|offering}<of>", "how much {do|did} we {take off|knock off} {on average|in percent}<of>"],
    "returns": ["how many <I> {were returned|came back|were brought back|got returned|were sent back|have been returned|got brought back}", "how many <I> did {customers|people|clients} {return|bring back|send back}", "how many returns <did> <S> {have|get|process|take|see}<of>", "how many returns {were there|have there been|came in|are there}<of>", "how many <I> <did> <S> take back", "{were there |did we have |}any returns<of>", "did anything come back<of>", "how much came back<of>", "how much {stuff|merchandise} {was returned|came back}<of>"],
    "refunds": ["how much <did> <S> {refund|pay back|give back|pay out in refunds|hand back}<of>", "how much money <did> <S> {refund|give back|pay back|return to customers}<of>", "how much {was|has been|got} refunded<of>", "what did {refunds|returns} cost us<of>", "how much {money |}{went|was paid} {back to customers|out in refunds}<of>", "how much {money |}did {customers|people} get back<of>", "how much money back <did> <S> {give|hand out|give out|give customers}<of>", "what <did> <S> {refund|pay back|give back}<of>", "how much money {has|have} <S> {given back|paid back|returned to customers}<of>", "how much {have|has} <S> refunded<of>", "{were there |did we have |did we pay |}any refunds<of>"],
    "return_rate": ["what {percentage|percent|%|share} of <I> {was|were|get|got|are|is} {returned|brought back|sent back}", "what {percentage|percent|%|share} of <I> {comes|come|came} back", "how often {are|were|do|did} <I> {returned|come back|get returned}", "how high {is|was} {our|the} return rate<of>", "what {portion|proportion} of {sales|<I>} {was|were|is|are} returned", "out of every hundred <I> how many come back", "what return rate {are|were} <S> {running at|on|seeing|getting}<of>", "how many {percent|%} of <I> {came back|were returned|get returned}", "what {is|was} the return rate<of>"],
}

# The same as indirect questions, without inversion.
INDIRECT = {
    "revenue": ["how much <S> {sold|sold|made|took|brought in|earned|took in}<of>", "how much <O> <S> sold", "how much money <S> {made|took|brought in}<of>", "what <S> {sold|made|took|earned|brought in}<of>", "how much <S> {<have> made|<have> sold|<have> taken}<of>", "how well <S> did<of>", "how <S> {did|performed}<of>", "how <O> sold"],
    "units": ["how many <I> <S> sold", "how many <I> <S> <have> sold", "how many <I> were sold", "the number of <I> <S> sold", "how many pairs of <O> <S> sold"],
    "orders": ["how many {orders|transactions|receipts|tickets|invoices} <S> {had|took|got|did|processed|wrote}<of>", "how many orders there were<of>"],
    "customers": ["how many {customers|clients|shoppers|people} <S> {had|served|sold to}<of>", "how many {customers|people} bought <Q>"],
    "average_order_value": ["how much {people|customers|clients} spend {on average|per order}<of>", "what an average {order|ticket|sale} is worth<of>", "how big our average {basket|order|ticket} is<of>"],
    "gross_margin": ["how much {profit|margin} <S> made<of>", "what <S> made in profit<of>", "how profitable <S> {was|were}<of>"], "margin_rate": ["what {percentage|percent|%} margin <S> made<of>", "how high our margin {rate|percentage|in percent} is<of>"],
    "discount": ["how much {discount|money off} <S> gave<of>", "how much <S> {discounted|knocked off|marked down}<of>", "the {discounts|money off} <S> gave<of>"], "discount_rate": ["what {percentage|percent|%} discount <S> gave<of>", "how high our average discount is<of>"],
    "returns": ["how many <I> {came back|were returned|were brought back}", "how many returns <S> had<of>"], "refunds": ["how much <S> {refunded|gave back|paid back}<of>", "how much was refunded<of>"], "return_rate": ["what {percentage|percent|share} of <I> {came back|was returned|comes back}", "how high our return rate is<of>"],
}

# Singular and plural words for the dimensions that group things; `who` and the like are in the templates.
SINGULAR = {
    "product": ["product", "product", "item", "article", "model", "sku", "style"], "category": ["category", "product category", "product group", "product type", "type of product", "department", "kind of product", "category of products"],
    "brand": ["brand", "brand", "label", "make", "manufacturer"], "segment": ["segment", "customer segment", "customer group", "type of customer", "customer type", "group of customers", "kind of customer"],
    "store": ["store", "store", "shop", "branch", "location", "outlet"], "staff": ["staff member", "salesperson", "employee", "colleague", "seller", "team member", "sales rep", "sales person", "member of staff", "optician", "sales assistant"],
    "weekday": ["day of the week", "weekday", "weekday", "day of week"], "day": ["day"], "week": ["week"], "month": ["month"], "quarter": ["quarter"], "year": ["year"],
}
PLURAL = {
    "product": ["products", "products", "items", "articles", "models", "skus", "styles"], "category": ["categories", "product categories", "product groups", "product types", "types of product", "departments", "kinds of product"],
    "brand": ["brands", "brands", "labels", "makes", "manufacturers"], "segment": ["segments", "customer segments", "customer groups", "types of customer", "customer types", "groups of customers"],
    "store": ["stores", "stores", "shops", "branches", "locations", "outlets"], "staff": ["staff", "salespeople", "employees", "colleagues", "sellers", "team members", "sales reps", "staff members", "sales persons", "opticians", "sales assistants", "sales staff"],
    "weekday": ["days of the week", "weekdays"], "day": ["days"], "week": ["weeks"], "month": ["months"], "quarter": ["quarters"], "year": ["years"],
}
ADJECTIVE = {"day": ["daily", "day by day", "day-by-day"], "week": ["weekly", "week by week", "week-by-week"], "month": ["monthly", "month by month", "month-by-month"], "quarter": ["quarterly", "quarter by quarter"], "year": ["yearly", "annual", "year by year"]}
TIMES = ["day", "week", "month", "quarter", "year"]
THINGS = ["product", "category", "brand", "segment", "store", "staff"]
DIMENSION_WEIGHTS = {"product": 22, "category": 11, "brand": 18, "segment": 12, "store": 20, "staff": 17}

# Categories as one, as several; the catalogue's own and others a shop may have (any noun that names a kind of goods).
CATEGORIES = [("frame", "frames"), ("frame", "frames"), ("lens", "lenses"), ("contact lens", "contact lenses"), ("pair of sunglasses", "sunglasses"), ("sunglass", "sunglasses"), ("accessory", "accessories"), ("solution", "solutions"),
              ("eyeglass", "eyeglasses"), ("contact", "contacts"), ("spectacle", "spectacles"), ("spec", "specs"), ("shade", "shades"), ("sunny", "sunnies"), ("case", "cases"), ("cord", "cords"), ("extra", "extras"), ("spectacle lens", "spectacle lenses"),
              ("rx lens", "rx lenses"), ("ophthalmic lens", "ophthalmic lenses"), ("contact lens solution", "contact lens solutions"), ("care product", "care products"), ("eye drop", "eye drops"), ("eyewear", "eyewear"), ("glasses", "glasses"), ("cl", "cls"), ("drop", "drops"),
              ("reader", "readers"), ("reading glass", "reading glasses"), ("progressive", "progressives"), ("varifocal", "varifocals"), ("bifocal", "bifocals"), ("goggle", "goggles"), ("hearing aid", "hearing aids"), ("watch", "watches"), ("wipe", "wipes"), ("chain", "chains"),
              ("daily lens", "daily lenses"), ("toric", "torics"), ("multifocal", "multifocals"), ("cleaning cloth", "cleaning cloths"), ("lens cleaner", "lens cleaners"), ("safety glass", "safety glasses"), ("magnifier", "magnifiers"), ("monthly lens", "monthly lenses"), ("clip-on", "clip-ons")]
SEGMENTS = ["children", "kids", "students", "young adults", "professionals", "families", "seniors", "child", "student", "college students", "young people", "office workers", "working people", "family", "senior", "pensioners", "retirees", "elderly",
            "older customers", "adults", "teens", "teenagers", "vip", "gold members", "teachers", "tourists", "corporate", "walk-ins", "loyalty members", "drivers", "athletes", "gamers", "parents", "business customers", "women", "men", "first-time buyers", "regulars"]


def catalogue(domain="sales"):
    with open(os.path.join(CATALOGUES, f"{domain}.yaml"), encoding="utf-8") as f:
        return yaml.safe_load(f)


def nouns(loaded):
    """Metric id to every noun for it; the catalogue's own words count double."""
    return {m["id"]: NOUNS[m["id"]] + 2 * m["words"] for m in loaded["metrics"]}
