-- The shape of a shop's sales database that the shipped catalogue expects.
-- Money is in integer cents. business_date is the shop's own trading day (its time zone), YYYY-MM-DD.
CREATE TABLE stores (
  id   BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL
);
CREATE TABLE staff (
  id       BIGINT PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,
  store_id BIGINT NOT NULL REFERENCES stores (id)
);
CREATE TABLE products (
  id          BIGINT PRIMARY KEY,
  sku         TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL UNIQUE,
  category    TEXT NOT NULL,
  brand       TEXT NOT NULL,
  price_cents BIGINT NOT NULL,
  cost_cents  BIGINT NOT NULL
);
CREATE TABLE customers (
  id      BIGINT PRIMARY KEY,
  segment TEXT NOT NULL -- no name, no address: the assistant needs neither
);
-- One row per line of an order, and one per returned line: a return is dated on the day it came back, with quantity and
-- amounts 0 and returned_quantity and refund_cents set. net_cents = gross_cents - discount_cents.
CREATE TABLE sale_lines (
  id                BIGINT PRIMARY KEY,
  order_id          BIGINT NOT NULL,
  business_date     DATE NOT NULL,
  store_id          BIGINT NOT NULL REFERENCES stores (id),
  staff_id          BIGINT NOT NULL REFERENCES staff (id),
  customer_id       BIGINT NOT NULL REFERENCES customers (id),
  product_id        BIGINT NOT NULL REFERENCES products (id),
  quantity          BIGINT NOT NULL,
  gross_cents       BIGINT NOT NULL,
  discount_cents    BIGINT NOT NULL,
  net_cents         BIGINT NOT NULL,
  cost_cents        BIGINT NOT NULL,
  returned_quantity BIGINT NOT NULL DEFAULT 0,
  refund_cents      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sale_lines_by_date ON sale_lines (business_date);
