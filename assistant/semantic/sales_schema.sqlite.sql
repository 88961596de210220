-- The shape of a shop's sales database that the shipped catalogue expects.
-- Money is in integer cents. business_date is the shop's own trading day (its time zone), YYYY-MM-DD.
CREATE TABLE stores (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL
);
CREATE TABLE staff (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,
  store_id INTEGER NOT NULL REFERENCES stores (id)
);
CREATE TABLE products (
  id          INTEGER PRIMARY KEY,
  sku         TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL UNIQUE,
  category    TEXT NOT NULL,
  brand       TEXT NOT NULL,
  price_cents INTEGER NOT NULL,
  cost_cents  INTEGER NOT NULL
);
CREATE TABLE customers (
  id      INTEGER PRIMARY KEY,
  segment TEXT NOT NULL -- no name, no address: the assistant needs neither
);
-- One row per line of an order, and one per returned line: a return is dated on the day it came back, with quantity and
-- amounts 0 and returned_quantity and refund_cents set. net_cents = gross_cents - discount_cents.
CREATE TABLE sale_lines (
  id                INTEGER PRIMARY KEY,
  order_id          INTEGER NOT NULL,
  business_date     TEXT NOT NULL,
  store_id          INTEGER NOT NULL REFERENCES stores (id),
  staff_id          INTEGER NOT NULL REFERENCES staff (id),
  customer_id       INTEGER NOT NULL REFERENCES customers (id),
  product_id        INTEGER NOT NULL REFERENCES products (id),
  quantity          INTEGER NOT NULL,
  gross_cents       INTEGER NOT NULL,
  discount_cents    INTEGER NOT NULL,
  net_cents         INTEGER NOT NULL,
  cost_cents        INTEGER NOT NULL,
  returned_quantity INTEGER NOT NULL DEFAULT 0,
  refund_cents      INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sale_lines_by_date ON sale_lines (business_date);
